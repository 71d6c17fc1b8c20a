import fc from "fast-check";
import { expect, it } from "vitest";
import { MASK, redact } from "../../src/domain/redact.ts";

const text = (...parts: string[]): string => parts.join("");

it("a connection's own secret is nowhere in what is shown, in whatever way it was written", () => {
  const secret = fc
    .string({ minLength: 4, maxLength: 40, unit: "grapheme" })
    .filter((value) => !MASK.includes(value) && !/^[\s•]*$/.test(value));
  const around = fc.string({ maxLength: 30 });
  fc.assert(
    fc.property(secret, around, around, (value, before, after) => {
      const bodies = [
        text(before, value, after),
        JSON.stringify({ note: text(before, value, after), list: [value] }),
        JSON.stringify({ inner: JSON.stringify({ value }) }),
        `a=${encodeURIComponent(value)}&b=1`,
      ];
      for (const body of bodies) {
        const shown = redact(body, [value]);
        expect(shown.masked).toBeGreaterThan(0);
        for (const form of [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)]) expect(shown.text).not.toContain(form);
        expect(redact(shown.text, [value]).text).toBe(shown.text);
      }
    }),
    { numRuns: 300 },
  );
});

it.each([
  ["a field of JSON", '{"password":"hunter2-x"}', '{"password":"•••"}'],
  ["a field with a longer name", '{"x-api-key" : "hunter2-x","n":1}', '{"x-api-key" : "•••","n":1}'],
  ["camel case", '{"accessToken":"hunter2-x"}', '{"accessToken":"•••"}'],
  ["a text with quotes in it", String.raw`{"clientSecret":"hunter2-x\"hunter2-x"}`, '{"clientSecret":"•••"}'],
  ["a field that is cut off", '{"secret":"hunter2-x', '{"secret":"•••"'],
  ["a list", '{"secrets":["hunter2-x","hunter2-x"]}', '{"secrets":"•••"}'],
  ["an object", '{"credentials":{"user":"hunter2-x"}}', '{"credentials":"•••"}'],
  ["JSON in JSON", String.raw`{"body":"{\"token\":\"hunter2-x\"}"}`, String.raw`{"body":"{\"token\":\"•••\"}"}`],
  ["a form", "api_key=hunter2-x&page=2", "api_key=•••&page=2"],
  ["a URL", '{"url":"https://a.example/?page=2&access_token=hunter2-x"}', '{"url":"https://a.example/?page=2&access_token=•••"}'],
  ["a header in a text", "Authorization: Bearer hunter2-x", "Authorization: Bearer •••"],
  ["a token of ours", '{"note":"pl_hunter2-xhunter2-x"}', '{"note":"•••"}'],
  ["a JSON web token", '{"note":"eyJhbGciOiJI.eyJzdWIiOiIx.hunter2-x"}', '{"note":"•••"}'],
  ["a key of Stripe", '{"note":"use sk_live_hunter2xhunter2x"}', '{"note":"use •••"}'],
  ["a private key", "-----BEGIN RSA PRIVATE KEY-----\nhunter2-x\n-----END RSA PRIVATE KEY-----", MASK],
])("hides %s", (_what, body, shown) => {
  const found = redact(body, []);
  expect(found).toEqual({ text: shown, masked: 1 });
  expect(redact(found.text, [])).toEqual({ text: shown, masked: 0 });
});

it.each([
  '{"id":"e1","type":"feature.used","account":{"id":"acme"},"data":{"feature":"export","tokens":12}}',
  '{"type":"zen:event-type:ticket.created","detail":{"subject":"I forgot my password: please help","author":"ann"}}',
  "data=eyJldmVudCI6&verbose=1",
])("leaves what is no secret as it came: %s", (body) => {
  expect(redact(body, ["", "abc"])).toEqual({ text: body, masked: 0 });
});
