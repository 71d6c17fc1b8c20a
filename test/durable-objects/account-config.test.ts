import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { AccountShard } from "../../durable-objects/account-shard.ts";
import type { AccountChange } from "../../src/domain/change.ts";
import { type Configuration, emptyConfiguration } from "../../src/domain/config/active.ts";
import { ScorecardDocumentSchema } from "../../src/domain/config/scorecard.ts";
import { standardScorecard } from "../../src/domain/config/standard.ts";
import type { HealthDocument } from "../../src/domain/health/document.ts";
import type { Env } from "../../src/env.ts";
import { configOf, keepCopy } from "../../src/platform/active-config.ts";
import { spreadConfig } from "../../src/platform/spread-config.ts";
import { callOf, event } from "../support/account-builders.ts";
import { faultsFor, type AccountFaults } from "../support/account-faulty-shard.ts";

const testEnv = env as unknown as Env;

let name: string;
let faults: AccountFaults;
const shard = () => testEnv.ACCOUNT_SHARD.getByName(name);
const stub = () => shard() as unknown as DurableObjectStub<AccountShard>;
const crash = () => abortAllDurableObjects();
const drive = () => runDurableObjectAlarm(stub());
const soon = <T>(work: () => T | Promise<T>) => vi.waitFor(work, { timeout: 15_000, interval: 50 });

/** Numbers rise over the whole file: an isolate remembers what it has read. */
let lastVersion = 0;
const scorecardOf = (title: string) => {
  const { version: _, configVersion: __, ...own } = structuredClone(standardScorecard);
  return ScorecardDocumentSchema.parse({ ...own, title });
};
const configuration = (version: number, more: Partial<Configuration> = {}): Configuration => ({
  ...emptyConfiguration,
  version,
  scorecards: { standard: { version, document: scorecardOf(`Number ${version}`) } },
  ...more,
});
const store = async (stored: Configuration): Promise<number> => {
  await testEnv.DB.prepare("INSERT INTO configurations (version, document_json, author, at) VALUES (?, ?, 'test', 1)")
    .bind(stored.version, JSON.stringify(stored))
    .run();
  return stored.version;
};
const published = (more: Partial<Configuration> = {}) => store(configuration(++lastVersion, more));

const apply = (account: string, configVersion: number, id = crypto.randomUUID()) =>
  shard().apply({ ...callOf([{ account, event: event({ id, occurredAt: Date.now() - 60_000 }) }]), configVersion: String(configVersion) });
const health = async (account: string, scorecard?: string): Promise<HealthDocument> => {
  const found = await shard().health(account, null, scorecard);
  if ("failure" in found) throw new Error(found.failure);
  return found;
};
const changesOf = (account: string): AccountChange[] =>
  faults.changes.flatMap(({ changes }) => changes).filter(({ accountId }) => accountId === account);
const confirm = () =>
  shard().confirmChanges("readModels", faults.changes.flatMap(({ changes }) => changes)).then(() =>
    shard().confirmChanges("live", faults.changes.flatMap(({ changes }) => changes)),
  ); // prettier-ignore

beforeEach(() => {
  name = crypto.randomUUID();
  faults = faultsFor(name);
});

describe("a shard that hears of a configuration", () => {
  test("scores with what ships until then, with the new one from its next score on, and ignores lower numbers", async () => {
    await apply("a", 0);
    expect(await health("a")).toMatchObject({ configVersion: "0", scorecard: standardScorecard.version });
    const first = await published();
    const second = await published();
    await apply("a", second);
    expect(await health("a")).toMatchObject({ configVersion: String(second), scorecard: `standard@${second}` });
    await apply("a", first);
    expect(await health("a")).toMatchObject({ configVersion: String(second) });
    await soon(() => expect(changesOf("a").at(-1)).toMatchObject({ configVersion: String(second) }));
  });

  test("keeps the old one, and marks the score, while the new one cannot be had", async () => {
    const old = await published();
    await apply("a", old);
    const missing = ++lastVersion;
    await apply("a", missing);
    expect(await health("a")).toMatchObject({ configVersion: String(old), configPending: String(missing) });
    await store(configuration(missing));
    await soon(async () => {
      const now = await health("a");
      expect(now).toMatchObject({ configVersion: String(missing) });
      expect(now.configPending).toBeUndefined();
    });
  });

  test("has it after a crash without asking anybody", async () => {
    const version = await published();
    await apply("a", version);
    expect(await health("a")).toMatchObject({ configVersion: String(version) });
    await testEnv.DB.prepare("DELETE FROM configurations WHERE version = ?").bind(version).run();
    await crash();
    expect(await health("a")).toMatchObject({ configVersion: String(version), scorecard: `standard@${version}` });
  });

  test("gives each account the scorecard of its segment, and beside it any other that is published", async () => {
    const version = await published({
      scorecards: { strategic: { version: 4, document: scorecardOf("Strategic") } },
      segments: {
        version: 1,
        document: {
          title: "s",
          scorecard: "standard",
          segments: [{ key: "large", title: "Large", scorecard: "strategic", when: [{ op: "at_least", attribute: "seats", value: 100 }] }],
        },
      },
    });
    const profile = { type: "account.updated", occurredAt: Date.now(), data: { attributes: { seats: 500 } } };
    await shard().apply({ ...callOf([{ account: "large", event: event(profile) }]), configVersion: String(version) });
    await apply("small", version);
    expect([(await health("large")).scorecard, (await health("small")).scorecard]).toEqual(["strategic@4", standardScorecard.version]);
    expect((await health("small", "strategic")).scorecard).toBe("strategic@4");
    expect(await shard().health("small", null, "nobody")).toMatchObject({ failure: "invalid", field: "scorecard" });
    await soon(() => expect(changesOf("large").at(-1)).toMatchObject({ segment: "large" }));
  });
});

describe("after a publication", () => {
  const accounts = Array.from({ length: 23 }, (_, i) => `a${i}`);
  const settled = async () => {
    for (const account of accounts) await apply(account, 0);
    await soon(() =>
      expect(new Set(faults.changes.flatMap(({ changes }) => changes.map((one) => one.accountId))).size).toBe(accounts.length),
    );
    await confirm();
  };
  const scoredWith = (version: number): readonly string[] => [
    ...new Set(
      faults.changes.flatMap(({ changes }) => changes.filter((one) => one.configVersion === String(version)).map((one) => one.accountId)),
    ),
  ];

  test("every account is scored again, those that bring nothing too", async () => {
    await settled();
    const version = await published();
    expect(await shard().configure(version)).toEqual({ version });
    await soon(() => expect(scoredWith(version).length).toBe(accounts.length));
  });

  test("a crash half-way leaves none out: what was not confirmed is scored again", async () => {
    await settled();
    const version = await published();
    await shard().configure(version);
    await soon(() => expect(scoredWith(version).length).toBeGreaterThan(0));
    await crash();
    faults.changes.length = 0;
    await drive();
    await soon(() => expect(scoredWith(version).length).toBe(accounts.length));
    await soon(async () => {
      await confirm();
      await drive();
      expect((await shard().sweep()).undone).toBe(false);
    });
    await crash();
    faults.changes.length = 0;
    await drive();
    expect((await shard().sweep()).undone).toBe(false);
    expect(faults.changes).toEqual([]);
  });

  test("what happens meanwhile does not wait for the past: its line of days is made anew later", async () => {
    await settled();
    const version = await published();
    await runInDurableObject(stub(), async (_, { storage }) => storage.deleteAlarm());
    await Promise.all([shard().configure(version), apply("a22", version)]);
    await soon(() => expect(changesOf("a22").at(-1)).toMatchObject({ configVersion: String(version), events: 2 }));
    await soon(() => expect(scoredWith(version).length).toBe(accounts.length));
  });
});

describe("spreading", () => {
  const tellMe = () => testEnv.DB.prepare("INSERT INTO account_shards (name) VALUES (?)").bind(name).run();

  test("tells each shard that has not confirmed the newest, once, and keeps a second copy", async () => {
    const version = await published();
    await apply("a", 0);
    await tellMe();
    expect((await spreadConfig(testEnv, version)).told).toBeGreaterThan(0);
    expect((await health("a")).configVersion).toBe(String(version));
    expect(await spreadConfig(testEnv, version)).toEqual({ told: 0, left: 0 });
    expect(await (await testEnv.ARCHIVE.get(`config/${version}.json`))?.json()).toEqual(configuration(version));
  });

  test("with the database down a configuration is had from its second copy", async () => {
    const version = ++lastVersion;
    await keepCopy(testEnv.ARCHIVE, version, JSON.stringify(configuration(version)));
    const down = new Proxy({} as D1Database, { get: () => () => { throw new Error("D1_ERROR"); } }); // prettier-ignore
    expect((await configOf({ DB: down, ARCHIVE: testEnv.ARCHIVE }, version))?.config.version).toBe(version);
    expect(await configOf({ DB: down, ARCHIVE: testEnv.ARCHIVE }, version + 1)).toBeNull();
  });
});
