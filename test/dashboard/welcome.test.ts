import { createHmac } from "node:crypto";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { faultCountText } from "../../src/dashboard/pages/sources/fault-words.ts";
import { mixpanelLine } from "../../src/dashboard/pages/sources/sdk-line.ts";
import { freeName } from "../../src/dashboard/pages/welcome/free-name.ts";
import { nativeCurl, newTestEvent, zendeskCurl } from "../../src/dashboard/pages/welcome/test-event.ts";

/** Runs the lines in a shell whose `curl` writes down what it is given, one argument a line. */
function pasted(lines: string): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), "pulseline-paste-"));
  const said = join(folder, "said");
  writeFileSync(join(folder, "curl"), `#!/bin/sh\nprintf '%s\\n' "$@" > ${said}\n`, { mode: 0o755 });
  execFileSync("sh", ["-c", lines], { env: { ...process.env, PATH: `${folder}:${process.env["PATH"]}` } });
  const args = readFileSync(said, "utf8").trimEnd().split("\n");
  rmSync(folder, { recursive: true });
  return args;
}
const after = (args: readonly string[], name: string): string => args[args.indexOf(name) + 1] ?? "";

describe("the lines of the first run", () => {
  it("send the same event however often they are pasted, and another one on another page", () => {
    const lines = nativeCurl("https://here.example", "pl_t", newTestEvent());
    const body = after(pasted(lines), "-d");
    expect(JSON.parse(body)).toMatchObject({
      id: expect.stringMatching(/^first-run-/),
      type: "feature.used",
      account: { id: "example-company" },
    });
    expect(after(pasted(lines), "-d")).toBe(body);
    expect(after(pasted(nativeCurl("https://here.example", "pl_t", newTestEvent())), "-d")).not.toBe(body);
  });

  it("sign a webhook anew each time, of the same ticket event", () => {
    const secret = "shh-it's";
    const event = { id: "first-run-1", at: "2026-11-25T09:00:00.000Z" };
    const args = pasted(zendeskCurl("https://here.example/webhooks/zendesk/con_1", secret, event));
    const body = after(args, "-d");
    expect(JSON.parse(body)).toMatchObject({ id: event.id, time: event.at, detail: { id: event.id, created_at: event.at } });
    const header = (name: string): string => args.find((arg) => arg.startsWith(`X-Zendesk-Webhook-${name}: `))?.split(": ")[1] ?? "";
    const signedAt = header("Signature-Timestamp");
    expect(Math.abs(Date.parse(signedAt) - Date.now())).toBeLessThan(60_000);
    expect(header("Signature")).toBe(
      createHmac("sha256", secret)
        .update(signedAt + body)
        .digest("base64"),
    );
  });

  it("name the project of a Mixpanel connection, and this host", () => {
    expect(mixpanelLine({ projectToken: "tok" }, "https://here.example")).toBe(
      'mixpanel.init("tok", { api_host: "https://here.example" });',
    );
    expect(mixpanelLine({}, "https://here.example")).toContain('"YOUR_PROJECT_TOKEN"');
  });

  it("make tokens that are told apart", () => {
    expect(freeName("First run", new Set(["Other"]))).toBe("First run");
    expect(freeName("First run", new Set(["First run", "First run 2"]))).toBe("First run 3");
    expect(freeName("First run", new Set(["First run", "First run 3"]))).toBe("First run 2");
  });
});

describe("what went wrong at a source in a day", () => {
  it.each([
    [{ count24h: 6, refused24h: 2 }, "2 requests refused and 4 events not valid or set aside"],
    [{ count24h: 1, refused24h: 1 }, "1 request refused"],
    [{ count24h: 1, refused24h: 0 }, "1 event not valid or set aside"],
    [{ count24h: 0, refused24h: 0 }, "nothing"],
  ])("tells requests and events apart: %j", (counts, text) => {
    expect(faultCountText(counts)).toBe(text);
  });
});
