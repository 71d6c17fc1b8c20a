import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { AccountShard } from "../../durable-objects/account-shard.ts";
import { Rebuild } from "../../durable-objects/account-shard/rebuild.ts";
import type { AccountDocument } from "../../src/domain/account/messages.ts";
import { EventOutcome } from "../../src/domain/outcome.ts";
import type { Env } from "../../src/env.ts";
import { type Addressed, callOf, event } from "../support/account-builders.ts";
import { type AccountFaults, faultsFor } from "../support/account-faulty-shard.ts";

const namespace = (env as unknown as Env).ACCOUNT_SHARD;
const { applied, held } = EventOutcome;
const CALLS = 8;
const PER_CALL = 20;
const EVENTS = CALLS * PER_CALL;
/** Ten or more rests of 20 ms between the steps of what follows: time for a call and a crash in the middle. */
const bounds = { linesPerStep: 15, rowsPerStep: 5, linesPerCheckpoint: 40, waitMs: 5_000 };

let name: string;
let faults: AccountFaults;
const shard = () => namespace.getByName(name);
const stub = () => shard() as unknown as DurableObjectStub<AccountShard>;
const sql = <T extends Record<string, SqlStorageValue>>(statement: string): Promise<T[]> =>
  runInDurableObject(stub(), (_, { storage }) => storage.sql.exec<T>(statement).toArray());
const at = (id: string, over: Partial<Addressed> = {}, data = {}): Addressed => ({
  account: "large",
  event: event({ id, occurredAt: Date.now() - 60_000, keys: ["user|u"], user: { id: `u${id.length}` }, data }),
  ...over,
});
/** Every other event came by a key that may move. */
const moving = { key: "user|u", version: 1 };

async function takeMany(): Promise<void> {
  for (let call = 0; call < CALLS; call++) {
    const ids = Array.from({ length: PER_CALL }, (_, i) => call * PER_CALL + i);
    await shard().apply(callOf(ids.map((id) => at(`e${id}`, id % 2 === 0 ? moving : {}))));
  }
}

async function document(account = "large"): Promise<AccountDocument> {
  const found = await shard().account(account);
  if ("failure" in found) throw new Error(found.failure);
  return found;
}

const given = (): string[] => faults.packs.flatMap(({ lines }) => lines.map((line) => (JSON.parse(line) as { id: string }).id));
const pass = async (): Promise<{ progress: { seq: number; left: number } } | null> => {
  const [row] = await sql<{ pass: string | null }>("SELECT pass FROM refold");
  return row?.pass == null ? null : (JSON.parse(row.pass) as { progress: { seq: number; left: number } });
};
/** As often as it takes: a second call finds what the first began. */
async function until(isDone: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 200 && !(await isDone()); i++) {
    await runDurableObjectAlarm(stub());
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
/** What has been made of accounts, beside what they have. */
const pagesBeside = () => sql<{ id: number }>("SELECT id FROM page WHERE id >= 4503599627370496");
const isOver = async (): Promise<boolean> => (await sql("SELECT 1 AS one FROM refold UNION ALL SELECT 1 FROM leaving")).length === 0;

beforeEach(() => {
  name = crypto.randomUUID();
  faults = faultsFor(name);
  faults.refoldBounds = bounds;
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe("a large account that is made anew", () => {
  test("goes in steps no larger than the bound, and meanwhile it and its neighbours take what comes, each event once", async () => {
    await takeMany();
    const steps = vi.spyOn(Rebuild.prototype, "step");
    const released = shard().release("large", "user|u", 2);
    await vi.waitFor(() => expect(steps.mock.results.length).toBeGreaterThan(3));
    expect(await document()).toMatchObject({ events: EVENTS });
    const reply = await shard().apply(callOf([at("own"), at("by-key", moving), at("other", { account: "small" }), at("e1")]));
    expect(reply.outcomes).toEqual([applied, applied, applied, applied]);
    // A neighbour that is small is made anew at once, and the large one goes on.
    expect(await shard().refold("small")).toEqual({ setAside: false, events: 1, isUnderWay: false });
    expect(await released).toEqual({ released: EVENTS / 2 + 1, mergedInto: null, isUnderWay: false });
    expect(await document()).toMatchObject({ events: EVENTS / 2 + 1, setAside: null });
    expect(await document("small")).toMatchObject({ events: 1 });

    const lines = steps.mock.results.map(({ value }) => (value as { lines: number }).lines);
    expect(Math.max(...lines)).toBeLessThanOrEqual(bounds.linesPerStep);
    expect(lines.reduce((sum, count) => sum + count, 0)).toBe(EVENTS + 2 + 1);
    expect((await shard().apply(callOf([at("late", moving)]))).elsewhere).toEqual([{ index: 0, why: "old_edge" }]);
    await until(async () => (await isOver()) && given().length > EVENTS / 2);
    expect(given().toSorted()).toEqual([...Array.from({ length: EVENTS / 2 }, (_, i) => `e${i * 2}`), "by-key"].toSorted());
    expect(await pagesBeside()).toEqual([]);
  });

  test("goes on where it was when the object dies between two steps, and is what it would have been", async () => {
    await takeMany();
    faults.refoldBounds = { ...bounds, linesPerStep: Infinity, rowsPerStep: Infinity };
    await shard().refold("large");
    const { health: _, moves: __, ...whole } = await document();
    faults.refoldBounds = bounds;
    const asked = shard()
      .refold("large")
      .catch(() => "died");
    const stored: number[] = [];
    for (let life = 0; life < 3; life++) {
      await vi.waitFor(async () => expect((await pass())?.progress.seq ?? 0).toBeGreaterThan(stored.at(-1) ?? 0), { interval: 5 });
      stored.push((await pass())?.progress.seq ?? 0);
      await abortAllDurableObjects();
      await runDurableObjectAlarm(stub());
    }
    const steps = vi.spyOn(Rebuild.prototype, "step");
    expect(await asked).toBe("died");
    await until(isOver);
    const lines = steps.mock.results.map(({ value }) => (value as { lines: number }).lines);
    expect(lines.reduce((sum, count) => sum + count, 0)).toBeLessThan(EVENTS - 2 * bounds.linesPerCheckpoint);
    await abortAllDurableObjects();
    const { health: ___, moves: ____, ...after } = await document();
    expect(after).toEqual(whole);
    const again = ["e3", "e4"].map((id) => ({ ...at(id), event: { ...at(id).event, deliveryId: "again" } }));
    expect((await shard().apply(callOf(again))).outcomes).toEqual([EventOutcome.repeat, EventOutcome.repeat]);
  });

  test("leaves nothing behind of what other code had made of it", async () => {
    await takeMany();
    faults.refoldBounds = { ...bounds, linesPerStep: 5 };
    const asked = shard()
      .refold("large")
      .catch(() => "died");
    await vi.waitFor(async () => expect(await pass()).not.toBeNull(), { interval: 5 });
    faults.alarms = "none";
    await abortAllDurableObjects();
    expect(await asked).toBe("died");
    expect((await pagesBeside()).length).toBeGreaterThan(0);
    faults.foldVersion = 2;
    faults.refoldBounds = { ...bounds, linesPerCheckpoint: Infinity };
    faults.alarms = "come";
    await until(isOver);
    expect(await pagesBeside()).toEqual([]);
    expect(await document()).toMatchObject({ events: EVENTS, setAside: null });
  });

  test("answers that it is under way where that takes longer, and what was asked for is done all the same, also for keys that came since", async () => {
    await takeMany();
    faults.refoldBounds = { ...bounds, waitMs: 0 };
    expect(await shard().release("large", "user|u", 2)).toEqual({ released: 0, mergedInto: null, isUnderWay: true });
    expect(await shard().release("large", "account|large", 1)).toMatchObject({ isUnderWay: true });
    expect(await document()).toMatchObject({ events: EVENTS });
    await until(async () => (await isOver()) && given().length >= EVENTS);
    expect(new Set(given()).size).toBe(EVENTS);
    expect(given()).toHaveLength(EVENTS);
    expect(await document()).toMatchObject({ events: 0 });
    expect(await shard().release("large", "user|u", 2)).toEqual({ released: 0, mergedInto: null, isUnderWay: false });
  });

  test("is done with a key that brought nothing, which leaves nothing behind to be looked through", async () => {
    await takeMany();
    expect(await shard().release("large", "user|nobody", 1)).toEqual({ released: 0, mergedInto: null, isUnderWay: false });
    await until(isOver);
    expect(await sql("SELECT account FROM leaving")).toEqual([]);
    expect(await document()).toMatchObject({ events: EVENTS });
  });

  test("is left as it is when it is merged away meanwhile: it goes as a whole, each event once", async () => {
    await takeMany();
    const released = shard().release("large", "user|u", 2);
    await vi.waitFor(async () => expect(await pass()).not.toBeNull(), { interval: 5 });
    await shard().setMerged("large", "small", 1);
    expect(await released).toEqual({ released: 0, mergedInto: "small", isUnderWay: false });
    await until(async () => (await isOver()) && given().length >= EVENTS);
    expect([given().length, new Set(given()).size]).toEqual([EVENTS, EVENTS]);
    expect(await pagesBeside()).toEqual([]);
  });

  test("is set aside where an event cannot be folded, with what came meanwhile held, and is whole when it can", async () => {
    await takeMany();
    faults.poison = ({ id }) => id === "e111";
    expect(await shard().refold("large")).toEqual({ setAside: true, events: EVENTS, isUnderWay: false });
    expect((await shard().apply(callOf([at("more")]))).outcomes).toEqual([held]);
    expect(await document()).toMatchObject({ setAside: { reason: expect.stringContaining("struck"), heldEvents: 1 } });
    faults.poison = () => false;
    faults.foldVersion = 2;
    await abortAllDurableObjects();
    await until(async () => (await document()).setAside === null);
    expect(await document()).toMatchObject({ events: EVENTS + 1, setAside: null });
  });
});

test("a small account that waits with all others to be made anew is, at once, when a key leaves it, with what was asked for before", async () => {
  await takeMany();
  const small = (id: string, over: Partial<Addressed> = {}) => at(id, { account: "small", ...over });
  await shard().apply(
    callOf([small("s1", moving), small("s2", { key: "user|v", version: 1 }), small("s3"), at("other", { account: "other" })]),
  );
  faults.alarms = "none";
  await sql("INSERT INTO refold (account, keys) SELECT number, '[]' FROM account ORDER BY number");
  await sql(`UPDATE refold SET keys = '[["user|v",2]]' WHERE account = (SELECT number FROM account WHERE id = 'small')`);
  await abortAllDurableObjects();
  expect(await shard().release("small", "user|u", 2)).toEqual({ released: 2, mergedInto: null, isUnderWay: false });
  expect(await sql("SELECT account.id FROM refold JOIN account ON account.number = refold.account ORDER BY account.id")).toEqual([
    { id: "large" },
    { id: "other" },
  ]);
  expect(await document("small")).toMatchObject({ events: 1 });
  faults.alarms = "come";
  await until(async () => (await isOver()) && given().length >= 2);
  expect(given().toSorted()).toEqual(["s1", "s2"]);
  expect(await document()).toMatchObject({ events: EVENTS, setAside: null });
  expect(await document("small")).toMatchObject({ events: 1, setAside: null });
});

describe("a row of the journal that cannot be read", () => {
  const corrupt = (): Promise<unknown> => sql("UPDATE journal SET head = '{' WHERE seq = 2");

  test("sets its account aside when that is made anew, which gives back the rest, and its neighbours go on", async () => {
    await takeMany();
    await shard().apply(callOf([at("n1", { account: "small" })]));
    await corrupt();
    expect(await shard().refold("large")).toMatchObject({ setAside: true, isUnderWay: false });
    const lost = PER_CALL / 2;
    expect(await shard().release("large", "user|u", 2)).toMatchObject({ released: EVENTS / 2 - lost, isUnderWay: false });
    await until(async () => (await isOver()) && given().length >= EVENTS / 2 - lost);
    expect(given()).toHaveLength(EVENTS / 2 - lost);
    expect(await document()).toMatchObject({ events: EVENTS / 2 - lost, setAside: { reason: expect.stringContaining("JSON") } });
    // The shard wakes with it too.
    await abortAllDurableObjects();
    expect((await shard().apply(callOf([at("n2", { account: "small" })]))).outcomes).toEqual([applied]);
    expect(await document("small")).toMatchObject({ events: 2, setAside: null });
  });
});
