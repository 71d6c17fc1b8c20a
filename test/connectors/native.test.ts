import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mapDelivery, mapToItems } from "../../src/connectors/index.ts";
import { contentHash } from "../../src/connectors/kit/content-hash.ts";
import { boundsFault } from "../../src/connectors/kit/json-bounds.ts";
import { isSafeToParse } from "../../src/connectors/kit/json-scan.ts";
import { checkEvent, checkShape } from "../../src/connectors/native/check-event.ts";
import { readPlainEvents } from "../../src/connectors/native/plain-body.ts";
import { toPlainLines } from "../../src/connectors/native/plain-lines.ts";
import { readBody } from "../../src/connectors/native/read-body.ts";
import { NativeEventSchema } from "../../src/connectors/native/schema.ts";
import { countEvents, toEvents } from "../../src/connectors/native/to-events.ts";
import { canaryAccountId } from "../../src/domain/canary.ts";
import type { DeliveryHead } from "../../src/domain/delivery.ts";
import { toEventLine } from "../../src/domain/event-line.ts";
import { lackOf } from "../../src/domain/event-lack.ts";
import { type FieldKind, eventTypes } from "../../src/domain/event-types.ts";

const now = Date.parse("2026-11-25T09:00:00Z");
const event = { id: "e1", type: "feature.used", time: "2026-11-25T08:00:00Z", account: { id: "acct-1" }, data: { feature: "export" } };
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const rules = { receivedAt: now, accountIds: null };
const context = { receivedAt: now, meta: { mode: "json" } };
const head = {
  ...context,
  id: "d1",
  connectionId: "c1",
  connector: "native",
  form: "events",
  lane: "live",
  contentEncoding: "identity",
  settings: {},
  mayCreateAccounts: true,
  accepted: 0,
  rejected: 0,
} as unknown as DeliveryHead;

/** Values that senders get wrong: near the right ones, and of every JSON kind. */
const oddValue = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    1.5,
    -1,
    2 ** 53,
    "",
    "x",
    "x".repeat(129),
    "x".repeat(257),
    "x".repeat(513),
    [],
    ["a"],
    {},
    "2026-11-25T08:00:00Z",
    "2026-02-30T00:00:00Z",
    "2026-11-25",
    "OPEN",
    "high",
    "good",
    "nps",
  ),
  fc.string({ maxLength: 8 }),
);
const record = (fields: Record<string, fc.Arbitrary<unknown>>, requiredKeys: string[] = []): fc.Arbitrary<Record<string, unknown>> =>
  fc.record(fields, { requiredKeys });
const mostly = (value: unknown): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 12, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: oddValue });
const rightValues: Readonly<Record<string, unknown>> = {
  id: "7",
  text: "x",
  integer: 4_900,
  boolean: true,
  time: "2026-11-25",
  any: { a: 1 },
};
const rightValue = (kind: FieldKind): unknown => {
  if (typeof kind === "string") return rightValues[kind];
  return "from" in kind ? kind.to : kind[0]?.toUpperCase();
};

const anyEvent = fc.constantFrom(...eventTypes).chain((type) =>
  record(
    {
      id: mostly("e1"),
      type: mostly(type.type),
      time: mostly("2026-11-25T08:00:00Z"),
      account: fc.oneof(
        { weight: 1, arbitrary: oddValue },
        {
          weight: 6,
          arbitrary: record({
            id: mostly("acct-1"),
            domain: mostly("acme.example"),
            externalIds: fc.oneof(
              { weight: 1, arbitrary: oddValue },
              { weight: 6, arbitrary: fc.dictionary(fc.constantFrom("crm", "Zendesk", "hub.spot", "a b"), mostly("7"), { maxKeys: 3 }) },
            ),
          }),
        },
      ),
      user: fc.oneof(
        { weight: 1, arbitrary: oddValue },
        { weight: 6, arbitrary: record({ id: mostly("u1"), email: mostly("a@b.example"), name: mostly("A") }, ["id"]) },
      ),
      data: fc.oneof(
        { weight: 1, arbitrary: oddValue },
        {
          weight: 8,
          arbitrary: record(Object.fromEntries(Object.entries(type.fields).map(([field, kind]) => [field, mostly(rightValue(kind))]))),
        },
      ),
    },
    ["id", "type", "time"],
  ),
);

describe("the check of a native event", () => {
  it("says yes and no exactly where the schema does", () => {
    const verdicts = { accepted: 0, refused: 0 };
    fc.assert(
      fc.property(anyEvent, (written) => {
        const item = JSON.parse(JSON.stringify(written)) as Record<string, unknown>;
        const found = checkShape(item);
        const accepted = typeof found === "number";
        expect({ item, accepted, found }).toMatchObject({ accepted: NativeEventSchema.safeParse(item).success });
        verdicts[accepted ? "accepted" : "refused"]++;
      }),
      { numRuns: 4_000 },
    );
    expect(verdicts.accepted).toBeGreaterThan(500);
    expect(verdicts.refused).toBeGreaterThan(500);
  });

  it.each([
    [{ ...event, id: undefined }, "missing_field", "/id: is missing"],
    [{ ...event, id: "x".repeat(10_000) }, "invalid_field", "/id: must be text of 1 to 256 characters"],
    [{ ...event, account: { id: "x".repeat(10_000) } }, "invalid_field", "/account/id: must be text of 1 to 512 characters"],
    [{ ...event, account: { id: "pulseline-canary" } }, "invalid_field", "/account/id: is reserved"],
    [{ ...event, type: "x".repeat(129) }, "invalid_field", "/type: must be text of 1 to 128 characters"],
    [{ ...event, time: "1970-01-01T00:00:00Z" }, "time_out_of_range", "/time: must be from 800 days ago to 24 hours ahead"],
    [{ ...event, time: "2100-01-01T00:00:00Z" }, "time_out_of_range", "/time: must be from 800 days ago to 24 hours ahead"],
    [{ ...event, time: "yesterday" }, "invalid_field", "/time: must be an RFC 3339 time, such as 2026-11-25T09:00:00Z"],
    [{ ...event, account: {} }, "missing_field", "/account: must have an `id`, a `domain` or `externalIds`, or there must be a `user`"],
    [
      { ...event, data: { rows: [1, { n: Number.POSITIVE_INFINITY }] } },
      "number_out_of_range",
      "/data/rows/1/n: must be a number inside the double range",
    ],
    [{ ...event, data: { note: "x".repeat(70_000) } }, "too_large", expect.stringContaining("at most 65536 bytes")],
    [
      { ...event, type: "ticket.created", data: { status: "lost" } },
      "invalid_field",
      expect.stringMatching(/^\/data\/status: must be one of new/),
    ],
    // The schema cannot say this one: zod leaves out a key of this name.
    [
      JSON.parse('{"id":"e","type":"a.b","time":"2026-11-25T08:00:00Z","account":{"externalIds":{"__proto__":"7"}}}'),
      "invalid_field",
      expect.stringContaining("/account/externalIds/__proto__"),
    ],
    [null, "invalid_event", "must be an object"],
    [[event], "invalid_event", "must be an object"],
  ])("refuses %j as %s", (item, reason, detail) => {
    expect(checkEvent(item, rules)).toEqual({ reason, detail });
  });

  it("takes exactly 32 levels and exactly 64 KB", () => {
    const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
    // The event is the first level, `data` the second.
    expect(checkEvent({ ...event, data: { deep: nested(30) } }, rules)).toBeNull();
    expect(checkEvent({ ...event, data: { deep: nested(31) } }, rules)).toMatchObject({ reason: "too_deep" });
    const room = 65_536 - JSON.stringify({ ...event, data: { note: "" } }).length;
    expect(checkEvent({ ...event, data: { note: "é".repeat(Math.floor(room / 2)) } }, rules)).toBeNull();
    expect(checkEvent({ ...event, data: { note: "x".repeat(room + 1) } }, rules)).toMatchObject({ reason: "too_large" });
  });

  it("lets a token for some accounts vouch only for these", () => {
    const restricted = { receivedAt: now, accountIds: new Set(["acct-1"]) };
    expect(checkEvent(event, restricted)).toBeNull();
    expect(checkEvent({ ...event, account: { id: "acct-2" } }, restricted)).toMatchObject({ reason: "account_not_allowed" });
    expect(checkEvent({ ...event, account: { domain: "acme.example" } }, restricted)).toMatchObject({ reason: "account_not_allowed" });
  });

  it("measures the bounds of any value as writing it out would", () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 6 }),
        fc.nat(300),
        (value, max) => (boundsFault(value, max) === null) === bytes(JSON.stringify(value)).length <= max,
      ),
    );
  });
});

describe("reading a body", () => {
  it.each([
    ["one event", JSON.stringify(event), 1],
    ["an array", JSON.stringify([event, event]), 2],
    ["an envelope", JSON.stringify({ events: [event, event, event] }), 3],
    ["lines without a content type", `${JSON.stringify(event)}\n${JSON.stringify(event)}\n`, 2],
    ["lines that end in CRLF", `${JSON.stringify(event)}\r\n${JSON.stringify(event)}\r\n`, 2],
    ["an array without its end", `[${JSON.stringify(event)},${JSON.stringify(event)}\n`, 2],
    ["an empty array", "[]", 0],
    ["a byte order mark", `\uFEFF${JSON.stringify(event)}`, 1],
  ])("takes %s", (_, text, count) => {
    const read = readBody(bytes(text), "json");
    expect(read.ok && read.value.length).toBe(count);
  });

  it.each([
    ["", "empty"],
    ["  \n ", "empty"],
    ["{", "not_json"],
    ['[{"id":"a"},{"id":', "not_json"],
    ["[", "not_json"],
    ["null", "not_events"],
    ["7", "not_events"],
    ['"text"', "not_events"],
    ["true", "not_events"],
    ['{"events":7}', "not_events"],
  ])("refuses %j as %s", (text, reason) => {
    expect(readBody(bytes(text), "json")).toMatchObject({ ok: false, error: { reason } });
  });

  it("refuses what is not UTF-8, too many events, and what would fill the memory", () => {
    expect(readBody(Uint8Array.of(0x22, 0xff, 0x22), "json")).toMatchObject({ error: { reason: "not_utf8" } });
    expect(readBody(bytes(`[${"{},".repeat(10_000)}{}]`), "json")).toMatchObject({ error: { reason: "too_many" } });
    expect(readBody(bytes("[".repeat(100_000)), "json")).toMatchObject({ error: { reason: "too_complex" } });
    expect(isSafeToParse(JSON.stringify("[".repeat(100_000)))).toBe(true);
    expect(isSafeToParse(`"${'\\"['.repeat(100_000)}"`)).toBe(true);
  });

  it("refuses one event of 5,000 levels and takes its neighbours", () => {
    const deep = `{"id":"deep","type":"a.b","time":"2026-11-25T08:00:00Z","account":{"id":"a"},"data":{"d":${"[".repeat(5_000)}${"]".repeat(5_000)}}}`;
    const count = countEvents(bytes(`[${JSON.stringify(event)},${deep},${JSON.stringify(event)}]`), context);
    expect(count).toEqual({
      ok: true,
      value: {
        accepted: 2,
        rejections: [{ index: 1, id: "deep", reason: "too_deep", detail: "must have at most 32 levels" }],
        warnings: [],
      },
    });
  });

  it("takes the last of duplicate keys, a number of 1e400 as out of range, and `__proto__` as a field like any other", () => {
    const text = `[{"id":"first","id":"last","type":"a.b","time":"2026-11-25T08:00:00Z","account":{"id":"a"},"data":{"__proto__":{"polluted":true}}},
      {"id":"huge","type":"a.b","time":"2026-11-25T08:00:00Z","account":{"id":"a"},"data":{"n":1e400}}]`;
    const { items, rejections } = toEvents({ head, body: bytes(text) });
    expect(items).toMatchObject([{ event: { id: "last" } }]);
    expect(JSON.stringify(items[0])).toContain('"data":{"__proto__":{"polluted":true}}');
    expect(rejections).toEqual([
      { index: 1, id: "huge", reason: "number_out_of_range", detail: "/data/n: must be a number inside the double range" },
    ]);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it("counts at the door what the mapper finds later, for any body", () => {
    const bodies = fc.oneof(
      fc.array(anyEvent, { maxLength: 6 }).map((items) => JSON.stringify(items)),
      fc.array(anyEvent, { maxLength: 6 }).map((items) => items.map((item) => JSON.stringify(item)).join("\n")),
      fc.json(),
      fc.string(),
    );
    fc.assert(
      fc.property(bodies, fc.constantFrom("json", "ndjson", "structured", "batch", "binary"), (text, mode) => {
        const meta = { mode, "ce-id": "1", "ce-source": "/s", "ce-type": "a.b", "ce-specversion": "1.0", "ce-userid": "u" };
        const counted = countEvents(bytes(text), { ...context, meta });
        const mapped = toEvents({ head: { ...head, meta }, body: bytes(text) });
        const warnings = mapped.items.flatMap((item) => {
          const detail = "event" in item ? lackOf(item.event.type, item.event.data) : null;
          return detail === null || !("event" in item) ? [] : [{ index: item.event.index, detail }];
        });
        const { accepted, rejections, warnings: told } = counted.ok ? counted.value : { accepted: 0, rejections: [], warnings: [] };
        expect({ accepted: mapped.items.length, rejections: mapped.rejections, warnings }).toEqual({
          accepted,
          rejections,
          warnings: told.map(({ index, detail }) => ({ index, detail })),
        });
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("a body that is plainly an array of events", () => {
  const plain = (text: string, accountIds: ReadonlySet<string> | null = null): number | null =>
    readPlainEvents(bytes(text), { receivedAt: now, accountIds });
  const spaced = fc.constantFrom("", " ", "\n  ", "\t", "\r\n");
  const edit = fc.tuple(fc.nat(), fc.nat(3), fc.constantFrom(...'{}[]":,\\0123456789.-eE\u0001\u00e9 ntf'.split("")));
  /** One character is left out, put in or another, at a place; or none. */
  const edited = (text: string, [at, kind, char]: readonly [number, number, string]): string => {
    const place = at % (text.length + 1);
    if (kind === 3) return text;
    return text.slice(0, place) + (kind === 0 ? "" : char) + text.slice(kind === 1 ? place : place + 1);
  };
  const likely = fc.oneof(
    { weight: 1, arbitrary: anyEvent },
    { weight: 3, arbitrary: record({ data: fc.jsonValue({ maxDepth: 2 }), more: fc.jsonValue() }).map((more) => ({ ...event, ...more })) },
    { weight: 3, arbitrary: fc.constantFrom(event, { ...event, user: { id: "u" } }, { ...event, account: null, user: { id: "u" } }) },
    { weight: 1, arbitrary: fc.constant({ ...event, account: { id: canaryAccountId } }) },
  );

  it("warns of the same events as the long way does", () => {
    const data = fc.oneof(
      fc.constant(undefined),
      fc.dictionary(
        fc.constantFrom("feature", "name", "page", "plan", "x"),
        fc.constantFrom<unknown>("", "feature", '"feature":', 7, null, { feature: "x" }, ["x"]),
      ),
      fc.dictionary(fc.constantFrom("feature", "name", "page", "plan"), fc.constantFrom("feature", "x")),
    );
    const one = fc.record({ data, type: fc.constantFrom("feature.used", "page.viewed", "experiment.exposed", "ticket.rated", "a.b") });
    const seen = { warned: 0, plain: 0 };
    fc.assert(
      fc.property(
        fc.array(
          one.map((part) => ({ ...event, ...part })),
          { minLength: 1, maxLength: 5 },
        ),
        spaced,
        (items, space) => {
          const text = JSON.stringify(items, null, space);
          const short = countEvents(bytes(text), context);
          const long = countEvents(bytes(items.map((item) => JSON.stringify(item)).join("\n")), { ...context, meta: { mode: "ndjson" } });
          expect(short).toEqual(long);
          if (plain(text) !== null) seen.plain++;
          if (short.ok && short.value.warnings.length > 0) seen.warned++;
        },
      ),
      { numRuns: 500 },
    );
    expect(Math.min(seen.warned, seen.plain)).toBeGreaterThan(100);
  });

  it("is counted in one pass only where the long way takes every event", () => {
    const verdicts = { plain: 0, edited: 0, other: 0 };
    fc.assert(
      fc.property(fc.array(likely, { maxLength: 4 }), spaced, edit, (items, space, change) => {
        const whole = JSON.stringify(items, null, space);
        const text = edited(whole, change);
        const count = plain(text);
        verdicts[count === null ? "other" : text === whole ? "plain" : "edited"]++;
        if (count === null) return;
        const { items: mapped, rejections } = toEvents({ head, body: bytes(text) });
        expect({ text, count, rejections }).toEqual({ text, count: mapped.length, rejections: [] });
        // As the path has it: what the door has counted is not checked again.
        const counted = { head: { ...head, accepted: count }, body: bytes(text) };
        expect(toEvents(counted)).toEqual({ items: mapped, rejections: [] });
        expect(toPlainLines(counted)).toEqual(mapped.flatMap((item) => ("event" in item ? [toEventLine(item.event)] : [])));
      }),
      { numRuns: 4_000 },
    );
    expect(Math.min(verdicts.plain, verdicts.edited, verdicts.other)).toBeGreaterThan(50);
  });

  it.each([
    [[event, { ...event, user: { id: "u1" } }], 2],
    [[{ data: { feature: "x" }, user: { id: "u" }, time: event.time, type: "page.viewed", id: "e" }], 1],
    [
      [{ ...event, type: "seat.added", data: { n: -1.5, list: [0, 10, true, false, null, {}], deep: { a: [] } }, source: { name: "app" } }],
      1,
    ],
    [[{ ...event, type: "ticket.created", data: { ticketId: 7, status: "Open", createdAt: "2026-11-25" } }], 1],
    [
      [
        { ...event, data: {} },
        { ...event, data: undefined },
      ],
      2,
    ],
  ])("is %j", (items, count) => {
    expect(plain(JSON.stringify(items))).toBe(count);
    expect(plain(` ${JSON.stringify(items, null, 2)}\n`)).toBe(count);
  });

  it.each([
    ["an escape", [{ ...event, data: { feature: 'a"b' } }]],
    ["more than ASCII", [{ ...event, data: { feature: "é" } }]],
    ["an exponent", [{ ...event, data: { n: 1e30 } }]],
    ["the account that is reserved", [{ ...event, account: { id: canaryAccountId } }]],
    ["an account by its domain", [{ ...event, account: { domain: "acme.example" } }]],
    ["a user with an address", [{ ...event, user: { id: "u", email: "u@acme.example" } }]],
    ["a field without a value", [{ ...event, user: null }]],
    ["a time out of range", [{ ...event, time: "2020-01-01T00:00:00Z" }]],
    ["a status nobody knows", [{ ...event, type: "ticket.created", data: { ticketId: "1", status: "lost" } }]],
    ["no account and no user", [{ ...event, account: undefined }]],
    ["too many events", Array.from({ length: 10_001 }, () => event)],
    ["one event alone", event],
    ["nothing", []],
  ])("is not one with %s", (_, body) => {
    expect(plain(JSON.stringify(body))).toBeNull();
  });

  it.each([
    ["a name of digits", { data: { b: "1", 7: "x" } }],
    ["fields of its own", { source: { name: "app" } }],
    ["numbers and lists", { type: "seat.added", data: { n: 1.5, list: [-0, 10] } }],
    ["words and times", { type: "ticket.created", data: { ticketId: 7, status: "Open", createdAt: "2026-11-25" } }],
    ["nine fields", { data: Object.fromEntries("abcdefghi".split("").map((name) => [name, name])) }],
    ["a user by an address", { user: { id: "ann@acme.example" } }],
    ["a user alone", { account: undefined, user: { id: "u" } }],
    ["no data", { data: undefined }],
  ])("gets the same lines as by the long way with %s", (_, more) => {
    const text = JSON.stringify([event, { ...event, user: { id: "u1" }, time: "2026-11-25T08:00:00.123+01:00" }, { ...event, ...more }]);
    for (const mayCreateAccounts of [true, false]) {
      const counted = { head: { ...head, mayCreateAccounts, accepted: 3 }, body: bytes(text) };
      const { items } = mapDelivery(counted);
      expect(mapToItems(counted).items).toEqual(items.map((item) => "event" in item && toEventLine(item.event)));
    }
  });

  it.each([
    ["a field twice", '"data":{"a":"1","a":"2"}'],
    ["its data twice", '"data":{"a":"1"},"data":{"b":"2"}'],
    ["its time twice", '"time":"2026-11-25T07:00:00Z"'],
    ["blanks", '"data" : { "a":"1" ,"b": "2"}'],
    ["colons and commas in texts", '"data":{"a":":","b":",","c":"}"}'],
  ])("gets the same lines as by the long way with %s", (_, more) => {
    const text = `[{"id":"e1","type":"feature.used","time":"2026-11-25T08:00:00Z","account":{"id":"acct-1"},${more}}]`;
    const counted = { head: { ...head, accepted: 1 }, body: bytes(text) };
    const { items } = mapDelivery(counted);
    expect(mapToItems(counted).items).toEqual(items.map((item) => "event" in item && toEventLine(item.event)));
  });

  it("is mapped the long way where the door has counted otherwise, or the body is of another kind", () => {
    const body = bytes(JSON.stringify([event]));
    const kinds = [{ accepted: 2 }, { accepted: 1, rejected: 1 }, { accepted: 1, meta: { mode: "ndjson" } }, { accepted: 1, meta: {} }];
    expect(kinds.map((kind) => toPlainLines({ head: { ...head, ...kind }, body }))).toEqual([null, null, null, null]);
  });

  it("holds an event to its 64 KB and 32 levels, and a token to its accounts", () => {
    const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
    const withData = (data: unknown): string => JSON.stringify([{ ...event, type: "a.b", data }]);
    expect([plain(withData({ deep: nested(30) })), plain(withData({ deep: nested(31) }))]).toEqual([1, null]);
    const room = 65_536 - withData({ note: "" }).length + 2;
    expect([plain(withData({ note: "x".repeat(room) })), plain(withData({ note: "x".repeat(room + 1) }))]).toEqual([1, null]);
    const text = JSON.stringify([event]);
    expect([plain(text, new Set(["acct-1"])), plain(text, new Set(["acct-2"]))]).toEqual([1, null]);
    expect(plain(JSON.stringify([{ ...event, account: undefined, user: { id: "u" } }]), new Set(["u"]))).toBeNull();
  });
});

describe("the hash of content", () => {
  it("is the same in any order of keys, and another for another value", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), fc.jsonValue(), (item, other) => {
        const reversed = Object.fromEntries(Object.entries(item).reverse());
        expect(contentHash(reversed)).toBe(contentHash(item));
        fc.pre(JSON.stringify(item["changed"]) !== JSON.stringify(other) && !Object.is(other, -0) && item["changed"] !== 0);
        expect(contentHash({ ...item, changed: other })).not.toBe(contentHash(item));
      }),
    );
  });

  it("is what it was: id sets keep it for weeks", () => {
    expect([event, [1, "1", null, true], {}, [], "", 0].map((value) => contentHash(value))).toEqual([
      388083229, 4290578096, 3760482487, 1291169091, 3285854995, 3712485725,
    ]);
  });

  it("tells apart what differs only in place", () => {
    const values = [
      { a: 1, b: 2 },
      { a: 2, b: 1 },
      [1, 2],
      [2, 1],
      { a: "1", b: 2 },
      { a: { b: 2 } },
      { b: { a: 2 } },
      [],
      {},
      "",
      null,
      [[]],
      [{}],
      ["a", "b"],
      ["ab"],
    ];
    expect(new Set(values.map((value) => contentHash(value))).size).toBe(values.length);
  });
});
