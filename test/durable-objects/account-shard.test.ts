import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { AccountShard } from "../../durable-objects/account-shard.ts";
import type { AccountDocument, ReadFailure } from "../../src/domain/account/messages.ts";
import { accountShardName } from "../../src/domain/hash.ts";
import { EventOutcome } from "../../src/domain/outcome.ts";
import type { Env } from "../../src/env.ts";
import { callOf, event } from "../support/account-builders.ts";
import { faultsFor, type AccountFaults } from "../support/account-faulty-shard.ts";

const namespace = (env as unknown as Env).ACCOUNT_SHARD;
const { applied, repeat, held, quarantined, waiting } = EventOutcome;

let name: string;
let faults: AccountFaults;
const shard = () => namespace.getByName(name);
const stub = () => shard() as unknown as DurableObjectStub<AccountShard>;
const crash = async (): Promise<void> => {
  await abortAllDurableObjects();
};
const drive = async (): Promise<void> => {
  await runDurableObjectAlarm(stub());
};
const journalRows = (): Promise<number> =>
  runInDurableObject(stub(), (_, { storage }) => storage.sql.exec<{ n: number }>("SELECT count(*) AS n FROM journal").one().n);
const document = async (id: string): Promise<AccountDocument> => {
  const found = await shard().account(id);
  if ("failure" in found) throw new Error(`no account ${id}: ${(found as ReadFailure).failure}`);
  return found;
};
const recent = (over: Parameters<typeof event>[0] = {}) => event({ occurredAt: Date.now() - 60_000, ...over });

beforeEach(() => {
  name = crypto.randomUUID();
  faults = faultsFor(name);
});

describe("apply", () => {
  test("folds what is new for each of its accounts and journals it in one row", async () => {
    const reply = await shard().apply(
      callOf([
        { account: "a", event: recent({ id: "1" }) },
        { account: "b", event: recent({ id: "2" }) },
        { account: "a", event: recent({ id: "3" }) },
      ]),
    );
    expect(reply).toMatchObject({ outcomes: [applied, applied, applied], created: ["a", "b"], elsewhere: [], reasons: [] });
    expect((await document("a")).events).toBe(2);
    expect((await document("b")).events).toBe(1);
    expect(await journalRows()).toBe(1);
  });

  test("answers the same arrival alike without effect, another one as a repeat, other content as a conflict, and writes nothing for them", async () => {
    const first = recent({ id: "1" });
    await shard().apply(callOf([{ account: "a", event: first }]));
    const reply = await shard().apply(
      callOf([
        { account: "a", event: first },
        { account: "a", event: { ...first, deliveryId: "again" } },
        { account: "a", event: { ...first, deliveryId: "again", contentHash: 2 } },
      ]),
    );
    expect(reply.outcomes).toEqual([applied, repeat, quarantined]);
    expect(reply.reasons).toEqual([{ index: 2, reason: "id_conflict", detail: expect.stringContaining("1") }]);
    expect((await document("a")).events).toBe(1);
    expect(await journalRows()).toBe(1);
  });

  test("sends back what is for an account that does not exist and may not be created", async () => {
    const reply = await shard().apply(callOf([{ account: "a", event: recent(), mayCreate: false }]));
    expect(reply).toMatchObject({ outcomes: [waiting], elsewhere: [{ index: 0, why: "unknown" }], created: [] });
    expect(await shard().account("a")).toEqual({ failure: "not_found" });
  });

  test("has the same state after a crash, from the journal alone and from pages", async () => {
    for (let i = 0; i < 5; i++) await shard().apply(callOf([{ account: "a", event: recent({ id: `u${i}`, user: { id: `u${i % 2}` } }) }]));
    const before = await document("a");
    await crash();
    const after = await document("a");
    expect({ ...after, health: null, moves: null }).toEqual({ ...before, health: null, moves: null });
    expect(after.health.score).toBeCloseTo(before.health.score ?? -1, 3);
    const big = { text: "x".repeat(30_000) };
    for (let i = 0; i < 4; i++) await shard().apply(callOf([{ account: "a", event: recent({ id: `big${i}`, data: big }) }]));
    await crash();
    expect((await document("a")).events).toBe(9);
    expect(
      (await shard().apply(callOf([{ account: "a", event: { ...recent({ id: "u1", user: { id: "u1" } }), deliveryId: "other" } }])))
        .outcomes,
    ).toEqual([repeat]);
    expect(
      await runInDurableObject(stub(), (_, { storage }) => storage.sql.exec<{ n: number }>("SELECT count(*) AS n FROM page").one().n),
    ).toBeGreaterThan(2);
  });
});
