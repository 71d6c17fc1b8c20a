import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { cloudNeeds, databaseIdMissing, databaseIdOf, writeDatabaseId } from "../../scripts/cloud/config.ts";
import { type MadeSecrets, setUpCloud } from "../../scripts/cloud/setup.ts";
import { RecordedWrangler } from "../support/scripts-recorded-wrangler.ts";

const needs = { queues: ["events", "changes"], database: "pulseline", bucket: "pulseline-archive" };

function setUp(wrangler: RecordedWrangler, ids: string[] = []): Promise<MadeSecrets> {
  return setUpCloud({ needs, run: wrangler.run, writeDatabaseId: (id) => ids.push(id), tell: () => undefined });
}

describe("the set-up of an account", () => {
  test("makes everything in an empty account, and the token it shows is the one whose hash it stores", async () => {
    const wrangler = new RecordedWrangler();
    const ids: string[] = [];
    const { secretKey, adminToken } = await setUp(wrangler, ids);
    expect(wrangler.made()).toEqual([
      "queues create events",
      "queues create changes",
      "r2 bucket create pulseline-archive",
      "d1 create pulseline",
      "secret put PULSELINE_SECRET_KEY",
      "secret put PULSELINE_ADMIN_TOKEN_HASH",
    ]);
    expect(ids).toEqual(["11111111-2222-3333-4444-555555555555"]);
    expect(Buffer.from(secretKey ?? "", "base64")).toHaveLength(32);
    expect(wrangler.secrets.get("PULSELINE_SECRET_KEY")).toBe(secretKey);
    expect(wrangler.secrets.get("PULSELINE_ADMIN_TOKEN_HASH")).toBe(
      createHash("sha256")
        .update(adminToken ?? "")
        .digest("hex"),
    );
  });

  test("run twice makes nothing the second time, and keeps the secrets", async () => {
    const wrangler = new RecordedWrangler();
    await setUp(wrangler);
    const [before, made] = [new Map(wrangler.secrets), wrangler.made().length];
    const ids: string[] = [];
    expect(await setUp(wrangler, ids)).toEqual({ secretKey: null, adminToken: null });
    expect(wrangler.made()).toHaveLength(made);
    expect([new Map(wrangler.secrets), ids]).toEqual([before, ["11111111-2222-3333-4444-555555555555"]]);
  });

  test.each([
    "queues info changes",
    "queues create changes",
    "r2 bucket info",
    "d1 list",
    "d1 create",
    "secret list",
    "secret put PULSELINE_ADMIN",
  ])("stops when `%s` fails, and goes on from there the next time without making anything twice", async (command) => {
    const wrangler = new RecordedWrangler();
    wrangler.failOnce = command;
    await expect(setUp(wrangler)).rejects.toThrow(/internal error \[code: 10001\]/);
    await setUp(wrangler);
    const succeeded = wrangler.made().filter((each) => !each.startsWith(command));
    expect(new Set(succeeded).size).toBe(succeeded.length);
    expect([wrangler.queues.size, wrangler.buckets.size, wrangler.databases.length, wrangler.secrets.size]).toEqual([2, 1, 1, 2]);
  });

  test("asks for a log-in before it touches anything", async () => {
    const wrangler = new RecordedWrangler();
    wrangler.loggedIn = false;
    await expect(setUp(wrangler)).rejects.toThrow(/wrangler login/);
    expect(wrangler.commands).toEqual(["whoami --json"]);
  });

  test("no secret is ever on a command line", async () => {
    const wrangler = new RecordedWrangler();
    await setUp(wrangler);
    for (const value of wrangler.secrets.values()) expect(wrangler.commands.join("\n")).not.toContain(value);
  });
});

describe("the deployed configuration", () => {
  const configPath = join(import.meta.dirname, "../../wrangler.toml");

  test("names every queue, the database and the bucket that the set-up has to make", async () => {
    expect(await cloudNeeds(configPath)).toEqual({
      queues: ["events", "changes", "dead-letters"],
      database: "pulseline",
      bucket: "pulseline-archive",
    });
  });

  test("takes the database's id and stays as it was otherwise", () => {
    const folder = mkdtempSync(join(tmpdir(), "pulseline-config-"));
    const copy = join(folder, "wrangler.toml");
    const text = readFileSync(configPath, "utf8");
    writeFileSync(copy, text);
    const before = databaseIdOf(copy);
    writeDatabaseId(copy, "11111111-2222-3333-4444-555555555555");
    expect(readFileSync(copy, "utf8")).toBe(text.replace(before, "11111111-2222-3333-4444-555555555555"));
    expect(before).toBe(databaseIdMissing);
    rmSync(folder, { recursive: true });
  });
});
