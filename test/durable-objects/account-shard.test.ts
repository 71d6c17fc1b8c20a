import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import type { AccountShard } from "../../durable-objects/account-shard.ts";
import type { AccountBook } from "../../durable-objects/account-shard/account-book.ts";
import type { ChangeOutbox } from "../../durable-objects/account-shard/change-outbox.ts";
import { Entry } from "../../durable-objects/account-shard/entry.ts";
import type { Then } from "../../durable-objects/account-shard/config.ts";
import type { GiveBackOutbox } from "../../durable-objects/account-shard/give-back-outbox.ts";
import type { Instants } from "../../durable-objects/account-shard/instants.ts";
import { MetaStore } from "../../durable-objects/account-shard/meta-store.ts";
import { newPaces, type Paces } from "../../durable-objects/account-shard/pace.ts";
import { Returns } from "../../durable-objects/account-shard/returns.ts";
import type { Timers } from "../../durable-objects/account-shard/timers.ts";
import { mergeKey } from "../../src/domain/account/edge.ts";
import type { AccountDocument, ReadFailure } from "../../src/domain/account/messages.ts";
import type { AccountChange } from "../../src/domain/change.ts";
import { type Event, toLine } from "../../src/domain/event.ts";
import { accountShardName } from "../../src/domain/hash.ts";
import {
  busyScoreRestFactor,
  busyTimerLateMs,
  changeRedriveFloorMs,
  completenessRestMs,
  heardStreamsMax,
  instantAgainMs,
  historyRestPerEvaluationMs,
  historyScoreDelayMaxMs,
  historyScoresPerRunMax,
  sourceBackRestMs,
  timersPerBusyAlarmMax,
  timersRestPerEvaluationMs,
} from "../../src/domain/limits.ts";
import { EventOutcome } from "../../src/domain/outcome.ts";
import { noSources, type SourceReach, type StreamFacts } from "../../src/domain/source-reach.ts";
import type { DeadLetter } from "../../src/domain/intake/dead-letter.ts";
import type { Env } from "../../src/env.ts";
import { callOf, event, plain, sourcesTo } from "../support/account-builders.ts";
import { standingOf } from "../support/account-inside.ts";
import { asOfStep } from "../support/account-schema.ts";
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
  if ("failure" in found) throw new Error(`no account ${id}: ${found.failure}`);
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

test("an event that comes late counts, is marked, and is listed, also after a crash and refolded", async () => {
  const late = recent({ id: "late", occurredAt: Date.now() - 10 * 86_400_000, user: { id: "u" } });
  await shard().apply(callOf([{ account: "a", event: recent({ id: "first" }) }], { "tok_1/events": Date.now() }));
  await shard().apply(
    callOf([
      { account: "a", event: late },
      { account: "a", event: { ...late, id: "history", lane: "backfill" } },
    ]),
  );
  const seen = async (): Promise<unknown> => {
    const timeline = await shard().timeline("a", { limit: 10 });
    const restatements = await shard().restatements("a", { limit: 10 });
    if ("failure" in timeline || "failure" in restatements) throw new Error("no account");
    return { restated: timeline.items.filter(({ restated }) => restated).map(({ id }) => id), ...restatements };
  };
  const before = await seen();
  expect(before).toMatchObject({ restated: ["late"], total: 1, items: [{ eventId: "late", type: "feature.used" }] });
  expect((await document("a")).events).toBe(3);
  await crash();
  expect(await seen()).toEqual(before);
  await stub().refold("a");
  expect(await seen()).toEqual(before);
  expect(await shard().restatements("a", { limit: 10, after: { receivedAt: late.receivedAt, eventId: "late" } })).toEqual({
    items: [],
    total: 1,
  });
});

describe("while code that knows no stamps is about", () => {
  test("its calls are taken, and what it sends again now is known", async () => {
    const one = recent({ id: "1" });
    const { lines: _, stamps: __, stampOf: ___, ...rest } = callOf([{ account: "a", event: one }]);
    expect((await shard().apply({ ...rest, text: toLine(one) })).outcomes).toEqual([applied]);
    expect((await shard().apply(callOf([{ account: "a", event: { ...one, deliveryId: "again" } }]))).outcomes).toEqual([repeat]);
    await crash();
    expect((await document("a")).events).toBe(1);
  });

  test("its journal rows stay readable beside new ones: folded, in the timeline, known by their ids", async () => {
    const [old, late] = [recent({ id: "old", user: { id: "ann" } }), recent({ id: "late", data: { feature: "export" } })];
    await shard().apply(callOf([{ account: "a", event: recent({ id: "new" }) }]));
    const text = [old, late].map(toLine).join("\n");
    await runInDurableObject(stub(), (_, { storage }) =>
      storage.sql.exec(
        "INSERT INTO journal (seq, head, body) VALUES (2, ?, ?)",
        `{"p":[[1,0,2,${text.length + 1},${old.occurredAt},${late.occurredAt},[1]]],"k":[["account|a",0]],"e":[0,2],"w":{}}`,
        text,
      ),
    );
    await crash();
    expect((await document("a")).events).toBe(3);
    const page = await shard().timeline("a", { limit: 10 });
    const items = "failure" in page ? [] : page.items;
    const shown = items.map(({ id, restated, userId }) => [id, restated, userId] as const);
    expect(shown.toSorted(([a], [b]) => (a < b ? -1 : 1))).toEqual([
      ["late", true, null],
      ["new", false, null],
      ["old", false, "ann"],
    ]);
    const again = callOf([{ account: "a", event: { ...old, deliveryId: "again" } }]);
    expect((await shard().apply(again)).outcomes).toEqual([repeat]);
  });
});

describe("an account whose pages were written by older code", () => {
  const headLayouts = (): Promise<number[]> =>
    runInDurableObject(stub(), (_, { storage }) =>
      storage.sql
        .exec<{ body: string }>("SELECT body FROM page WHERE typeof(body) = 'text' AND body LIKE '%pagedSeq%'")
        .toArray()
        .map(({ body }) => (JSON.parse(body) as { layout: number }).layout),
    );

  test("is folded again from its journal, so that what older code did not keep is there, and its pages are written anew", async () => {
    const big = { text: "x".repeat(30_000) };
    await shard().apply(
      callOf([{ account: "a", event: recent({ id: "s", type: "subscription.created", data: { subscriptionId: "s1" } }) }]),
    );
    for (let i = 0; i < 4; i++) await shard().apply(callOf([{ account: "a", event: recent({ id: `big${i}`, data: big }) }]));
    await runInDurableObject(stub(), (_, { storage }) => {
      for (const layout of [3, 4])
        storage.sql.exec(`UPDATE page SET body = replace(body, '{"layout":${layout}', '{"layout":2') WHERE typeof(body) = 'text'`);
      storage.sql.exec("DELETE FROM page WHERE typeof(body) = 'text' AND body LIKE '%\"kind\":\"subscription\"%'");
    });
    expect(await headLayouts()).toEqual([2]);
    await crash();
    expect((await document("a")).events).toBe(5);
    for (let i = 4; i < 8; i++) await shard().apply(callOf([{ account: "a", event: recent({ id: `big${i}`, data: big }) }]));
    expect(await headLayouts()).toEqual([4]);
    await crash();
    const reply = await shard().apply(callOf([{ account: "a", event: { ...recent({ id: "big1", data: big }), deliveryId: "other" } }]));
    expect(reply.outcomes).toEqual([repeat]);
    const kept = await runInDurableObject(stub(), (instance) => {
      const { book } = instance as unknown as { book: AccountBook };
      const { state } = book.load(book.byId.get("a") as Entry, Date.now());
      return [state.events, [...(state.records.get("subscription")?.keys() ?? [])]];
    });
    expect(kept).toEqual([9, ["native/s1"]]);
  });

  type Inside = { book: AccountBook; refolding: { dueAt: (wallMs: number) => number | null } };
  const comment = (id: string, data: Event["data"]) =>
    recent({ id, type: "ticket.commented", connector: "zendesk", connectionId: "z", data: { ticketId: "7", public: true, ...data } });
  const writePages = (): Promise<void> =>
    runInDurableObject(stub(), (object) => {
      const { book } = object as unknown as Inside;
      for (const entry of book.byNumber.values()) book.page(entry, Date.now());
    });
  /** Storage as it was before heads and tickets had their own layout. */
  const makeOlder = (): Promise<void> =>
    runInDurableObject(stub(), (_, { storage: { sql } }) => {
      sql.exec("UPDATE page SET body = json_set(body, '$.layout', 3, '$.toldBy', json('[]')) WHERE body LIKE '%pagedSeq%'");
      sql.exec(
        "UPDATE page SET body = json_set(body, '$.layout', 3, '$.records[0].publicComments', 2) WHERE body LIKE '%\"kind\":\"ticket\"%'",
      );
      asOfStep(sql, 5);
    });
  const seen = (): Promise<unknown> =>
    runInDurableObject(stub(), (object) => {
      const { book, refolding } = object as unknown as Inside;
      const entry = book.byId.get("a") as Entry;
      const { state } = book.load(entry, Date.now());
      const { publicComments } = state.tickets.get("z/7") ?? {};
      return {
        publicComments,
        events: state.events,
        support: [...(state.toldBy.get("support") ?? [])],
        isDue: refolding.dueAt(Date.now()) !== null,
        pagesAreOld: entry.pagesAreOld,
      };
    });

  test("that can be read is served as it stands, takes events, and is folded again by the alarm", async () => {
    await shard().apply(callOf([comment("1", { commentId: "c1" }), comment("2", {})].map((one) => ({ account: "a", event: one }))));
    await writePages();
    await makeOlder();
    faults.alarms = "none";
    await crash();
    expect(await seen()).toEqual({ publicComments: 2, events: 2, support: ["z"], isDue: true, pagesAreOld: false });
    await shard().apply(callOf([{ account: "a", event: recent({ id: "3" }) }]));
    await writePages();
    // Nothing says any more that the pages were of older code, but that it was noted before.
    await crash();
    expect(await seen()).toMatchObject({ publicComments: 2, events: 3, isDue: true });
    expect(await shard().livePage(null)).toMatchObject({ accounts: [], notChecked: [{ id: "a", why: "left" }] });
    faults.alarms = "come";
    await drive();
    const made = { publicComments: 1, events: 3, support: ["z"], isDue: false, pagesAreOld: false };
    await vi.waitFor(async () => expect(await seen()).toEqual(made), { timeout: 5_000 });
    await crash();
    expect(await seen()).toEqual(made);
  });

  test("that can be read is folded again also when a key is to leave it meanwhile that brought it nothing", async () => {
    await shard().apply(callOf([comment("1", { commentId: "c1" }), comment("2", {})].map((one) => ({ account: "a", event: one }))));
    await writePages();
    await makeOlder();
    faults.alarms = "none";
    await crash();
    expect(await shard().release("a", "user|nobody", 2)).toMatchObject({ released: 0, isUnderWay: false });
    expect(await seen()).toMatchObject({ publicComments: 1, isDue: false });
  });

  test("that cannot be read is folded once, also where reads alone give its memory back", async () => {
    await shard().apply(callOf([{ account: "a", event: recent() }]));
    await writePages();
    await runInDurableObject(stub(), (_, { storage: { sql } }) =>
      sql.exec("UPDATE page SET body = json_set(body, '$.layout', 2) WHERE body LIKE '%pagedSeq%'"),
    );
    await crash();
    await runInDurableObject(stub(), (object) => {
      const { book } = object as unknown as Inside;
      const entry = book.byId.get("a") as Entry;
      book.load(entry, Date.now());
      expect(entry.pagesAreOld).toBe(true);
      const full = vi.spyOn(book["memory"], "isExceeded", "get").mockReturnValue(true);
      book.evict(Date.now(), false);
      full.mockRestore();
      expect([entry.loaded, entry.pagesAreOld]).toEqual([null, false]);
    });
    expect(await headLayouts()).toEqual([4]);
  });
});

describe("an account whose fold fails", () => {
  const poisoned = () => recent({ id: "poison", data: { poison: true } });
  beforeEach(() => {
    faults.poison = ({ data }) => data["poison"] === true;
  });

  test("is set aside, its events held, while its neighbours in the same call commit", async () => {
    await shard().apply(callOf([{ account: "a", event: recent({ id: "a0" }) }]));
    const call = callOf([
      { account: "a", event: recent({ id: "a1" }) },
      { account: "a", event: poisoned() },
      { account: "b", event: recent({ id: "b1" }) },
    ]);
    expect((await shard().apply(call)).outcomes).toEqual([held, held, applied]);
    // The same arrival answers alike, later ones queue behind.
    expect((await shard().apply(call)).outcomes).toEqual([held, held, applied]);
    expect((await shard().apply(callOf([{ account: "a", event: recent({ id: "a2" }) }]))).outcomes).toEqual([held]);
    await crash();
    expect(await document("a")).toMatchObject({ events: 1, setAside: { heldEvents: 3, reason: expect.stringContaining("struck") } });
    expect(await document("b")).toMatchObject({ events: 1, setAside: null });
    expect((await standingOf(stub())).setAside).toBe(1);
    const timeline = await shard().timeline("a", { limit: 10 });
    expect("items" in timeline && timeline.items.map(({ outcome }) => outcome).sort()).toEqual(["applied", "held", "held", "held"]);
  });

  test("is whole again when it is folded again by hand, and stays aside when that fails", async () => {
    await shard().apply(
      callOf([
        { account: "a", event: recent({ id: "a0" }) },
        { account: "a", event: poisoned() },
      ]),
    );
    expect(await shard().refold("a")).toEqual({ setAside: true, events: 0, isUnderWay: false });
    faults.poison = () => false;
    expect(await shard().refold("a")).toEqual({ setAside: false, events: 2, isUnderWay: false });
    expect(await document("a")).toMatchObject({ events: 2, setAside: null });
    expect(
      (
        await shard().apply(
          callOf([
            { account: "a", event: poisoned() },
            { account: "a", event: recent({ id: "a3" }) },
          ]),
        )
      ).outcomes,
    ).toEqual([applied, applied]);
    await crash();
    expect((await document("a")).events).toBe(3);
  });

  test("is folded again by itself when new code comes", async () => {
    await shard().apply(callOf([{ account: "a", event: poisoned() }]));
    expect((await document("a")).setAside).not.toBeNull();
    faults.poison = () => false;
    faults.foldVersion = 2;
    await crash();
    await shard().sweep();
    await vi.waitFor(async () => expect(await document("a")).toMatchObject({ events: 1, setAside: null }));
  });

  test("is set aside too when code that runs now cannot fold what an older one had", async () => {
    faults.poison = () => false;
    await shard().apply(
      callOf([
        { account: "a", event: poisoned() },
        { account: "b", event: recent({ id: "b1" }) },
      ]),
    );
    faults.poison = ({ data }) => data["poison"] === true;
    await crash();
    const reply = await shard().apply(
      callOf([
        { account: "a", event: recent({ id: "a1" }) },
        { account: "b", event: recent({ id: "b2" }) },
      ]),
    );
    expect(reply.outcomes).toEqual([held, applied]);
    expect((await document("a")).setAside).toMatchObject({ heldEvents: 1 });
  });
});

test("an account folded again from its journal, or woken from pages and tail, is what it was live", async () => {
  const types = [
    "feature.used",
    "page.viewed",
    "ticket.created",
    "ticket.solved",
    "ticket.reopened",
    "ticket.commented",
    "account.updated",
    "odd.thing",
  ];
  const stateOf = (): Promise<unknown> =>
    runInDurableObject(stub(), (object) => {
      const { book } = object as unknown as { book: AccountBook };
      return plain(book.load(book.byId.get("a") as Entry, Date.now()).state);
    });
  for (let call = 0; call < 12; call++) {
    const items = Array.from({ length: 25 }, (_, i) => {
      const n = call * 25 + i;
      const occurredAt = Date.now() - ((n * 7_919) % 3_000) * 1_200_000;
      const data = {
        ticketId: `${n % 9}`,
        feature: `f${n % 5}`,
        name: `Acme ${n % 4}`,
        attributes: { seats: n % 7 },
        text: "x".repeat(n % 3 === 0 ? 900 : 0),
      };
      return {
        account: "a",
        event: recent({ id: `m${n}`, type: types[(n * 31) % types.length] as string, occurredAt, user: { id: `u${n % 11}` }, data }),
      };
    });
    await shard().apply(callOf(items));
  }
  const live = await stateOf();
  expect(
    await runInDurableObject(stub(), (_, { storage }) => storage.sql.exec<{ n: number }>("SELECT count(*) AS n FROM page").one().n),
  ).toBeGreaterThan(3);
  await crash();
  expect(await stateOf()).toEqual(live);
  await shard().refold("a");
  expect(await stateOf()).toEqual(live);
  await crash();
  expect(await stateOf()).toEqual(live);
});

describe("a failed or broken-off call", () => {
  test("whose commit fails leaves memory as storage is, and may be made again", async () => {
    await shard().apply(callOf([{ account: "a", event: recent({ id: "a0" }) }]));
    const call = callOf([
      { account: "a", event: recent({ id: "a1" }) },
      { account: "new", event: recent({ id: "n1" }) },
    ]);
    await runInDurableObject(stub(), async (object, { storage }) => {
      const whole = storage.transactionSync.bind(storage);
      storage.transactionSync = () => {
        throw new Error("disk full");
      };
      await expect(object.apply(call)).rejects.toThrow("disk full");
      storage.transactionSync = whole;
      expect((await object.account("a")) as AccountDocument).toMatchObject({ events: 1 });
      expect(await object.account("new")).toEqual({ failure: "not_found" });
      expect((await object.apply(call)).outcomes).toEqual([applied, applied]);
    });
    expect([(await document("a")).events, (await document("new")).events]).toEqual([2, 1]);
  });

  test("counts each event once, however often the object dies in the middle of it", async () => {
    const calls = Array.from({ length: 12 }, (_, i) =>
      callOf([
        { account: "a", event: recent({ id: `a${i}` }) },
        { account: "b", event: recent({ id: `b${i}` }) },
      ]),
    );
    for (const [i, call] of calls.entries()) {
      const answer = shard()
        .apply(call)
        .catch(() => null);
      if (i % 2 === 0) await crash();
      await answer;
      const again = await shard().apply(call);
      expect(again.outcomes).toEqual([applied, applied]);
    }
    expect([(await document("a")).events, (await document("b")).events]).toEqual([12, 12]);
  });
});

describe("a key that moves", () => {
  test("takes its events along: the account is folded without them and gives them back until somebody has them", async () => {
    const byUser = (id: string) => ({
      account: "a",
      event: recent({ id, keys: ["user|u"], user: { id: "u" } }),
      key: "user|u",
      version: 1,
    });
    const own = recent({ id: "own" });
    await shard().apply(callOf([byUser("1"), byUser("2"), { account: "a", event: own }]));
    expect(await shard().release("a", "user|u", 2)).toEqual({ released: 2, mergedInto: null, isUnderWay: false });
    expect(await shard().release("a", "user|u", 2)).toEqual({ released: 0, mergedInto: null, isUnderWay: false });
    expect((await document("a")).events).toBe(1);
    // Still under way by the old edge: to be resolved again. By a newer one: welcome, its id is free.
    expect(await shard().apply(callOf([byUser("3")]))).toMatchObject({ outcomes: [waiting], elsewhere: [{ index: 0, why: "old_edge" }] });
    expect((await shard().apply(callOf([{ ...byUser("1"), version: 2 }]))).outcomes).toEqual([applied]);
    await crash();
    expect((await document("a")).events).toBe(2);
    await shard().sweep();
    await vi.waitFor(() => expect(faults.packs.length).toBeGreaterThan(0));
    const pack = faults.packs[0];
    expect(pack?.header).toMatchObject({ origin: { kind: "account", name }, events: 2 });
    expect(pack?.lines.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual(["1", "2"]);
    const packId = pack?.header.id as string;
    expect(await shard().readPack(packId)).toContain('"id":"2"');
    const report = (outcomes: EventOutcome[]) => ({ packId, plan: 0, outcomes, reasons: [], appliedAt: Date.now() });
    await shard().settle([report([applied, waiting])]);
    expect(await shard().sweep()).toMatchObject({ undone: true });
    await shard().settle([report([applied, EventOutcome.parked])]);
    await shard().settle([report([applied, EventOutcome.parked])]);
    expect(await shard().readPack(packId)).toBeNull();
  });

  test("leaves what nobody takes as a dead letter, which is copied, and can be given back again or discarded once", async () => {
    const moved = (id: string) => ({ account: "a", event: recent({ id, keys: ["user|u"] }), key: "user|u", version: 1 });
    await shard().apply(callOf([moved("1"), moved("2"), moved("3")]));
    await shard().release("a", "user|u", 2);
    await shard().sweep();
    await vi.waitFor(() => expect(faults.packs).toHaveLength(1));
    faults.queue = "fails";
    await shard().settle([
      {
        packId: faults.packs[0]?.header.id as string,
        plan: 0,
        outcomes: [quarantined, applied, quarantined],
        reasons: [{ index: 0, reason: "id_conflict", detail: "came before", accountId: "b" }],
        appliedAt: Date.now(),
      },
    ]);
    await crash();
    faults.queue = "works";
    expect(await shard().sweep()).toMatchObject({ undone: true });
    await vi.waitFor(() => expect(faults.letters).toHaveLength(2), { timeout: 10_000 });
    const [first, second] = faults.letters;
    expect(first).toMatchObject({ kind: "quarantined", reason: "id_conflict", accountId: "b", eventId: "1", status: "open" });
    expect(first?.id).toBe(`account-${name}-1`);
    const { line: keptLine, ...kept } = (await shard().deadLetter(first?.id ?? "")) as DeadLetter;
    expect([kept, (JSON.parse(keptLine) as { id: string }).id]).toEqual([first, "1"]);
    expect(await shard().deadLetter("account-other-1")).toBeNull();

    expect(await shard().replayDeadLetter(first?.id ?? "", { asNew: true })).toMatchObject({ status: "replayed" });
    expect(await shard().replayDeadLetter(first?.id ?? "", { asNew: true })).toMatchObject({ status: "replayed" });
    expect(await shard().discardDeadLetter(second?.id ?? "", "a mistake")).toMatchObject({ status: "discarded" });
    expect(await shard().replayDeadLetter(second?.id ?? "", { asNew: false })).toMatchObject({ status: "discarded" });
    await vi.waitFor(() => expect(faults.packs).toHaveLength(2), { timeout: 10_000 });
    const again = (faults.packs[1]?.lines ?? []).map((line) => JSON.parse(line) as { id: string; deliveryId: string });
    expect(again.map(({ id }) => id)).toEqual([expect.stringMatching(/^1~replay-a\w{1,7}$/)]);
    await vi.waitFor(() => expect(faults.letters.slice(2).map(({ status }) => status)).toEqual(["replayed", "discarded"]), {
      timeout: 10_000,
    });
  });

  describe("in packs", () => {
    const moved = (id: string, version = 1) => ({
      account: "a",
      event: recent({ id, keys: ["user|u"], data: { feature: `f${id}` } }),
      key: "user|u",
      version,
    });
    const report = (packId: string) => ({ packId, plan: 0, outcomes: [applied], reasons: [], appliedAt: Date.now() });
    const sentLines = () => faults.packs.map(({ header, lines }) => [header.id, lines.length] as const);

    test("has no name of a settled pack given to the next, which a late report would settle", async () => {
      await shard().apply(callOf([moved("1")]));
      await shard().release("a", "user|u", 2);
      await drive();
      const [first] = sentLines();
      await shard().settle([report(first?.[0] as string)]);
      await shard().apply(callOf([moved("2", 2)]));
      await shard().release("a", "user|u", 3);
      await shard().settle([report(first?.[0] as string)]);
      await crash();
      await drive();
      const last = sentLines().at(-1);
      expect(last).toEqual([expect.not.stringContaining(first?.[0] as string), 1]);
      expect(await shard().readPack(last?.[0] as string)).toContain('"id":"2"');
    });

    test("has those of older code under their names until they are settled", async () => {
      await shard().apply(callOf([moved("1")]));
      const id = await runInDurableObject(stub(), (_, { storage }) => {
        const { sql } = storage;
        asOfStep(sql, 6);
        sql.exec("INSERT INTO give_back VALUES (7, ?, '{}', 0, 0)", toLine(recent({ id: "old" })));
        return `back-${sql.exec<{ value: string }>("SELECT value FROM meta WHERE name = 'incarnation'").one().value}-7`;
      });
      await crash();
      expect(await shard().readPack(id)).toContain('"id":"old"');
      await drive();
      expect(sentLines()).toEqual([[id, 1]]);
      await shard().settle([report(id)]);
      expect(await shard().readPack(id)).toBeNull();
    });

    test("sends what is due also where nothing more can leave", async () => {
      faults.alarms = "none";
      await shard().apply(callOf([moved("1")]));
      await shard().release("a", "user|u", 2);
      await runInDurableObject(stub(), (object) => {
        const { leaving } = object as unknown as { leaving: { rows: number; step: () => void } };
        leaving.rows = 1;
        leaving.step = () => {
          throw new Error("struck by the test");
        };
      });
      faults.alarms = "come";
      await drive();
      expect(sentLines().map(([, lines]) => lines)).toEqual([1]);
    });

    test("goes on with the others where one cannot be sent", async () => {
      await shard().apply(callOf([moved("1")]));
      await shard().release("a", "user|u", 2);
      await shard().apply(callOf([moved("2", 2)]));
      await shard().release("a", "user|u", 3);
      await runInDurableObject(stub(), async (object) => {
        const { givenBack } = object as unknown as { givenBack: GiveBackOutbox };
        const sent: Uint8Array[] = [];
        let sends = 0;
        const send = async (message: Uint8Array): Promise<void> => {
          if (++sends === 1) throw new Error("struck by the test");
          sent.push(message);
        };
        await givenBack.drive({ send }, Date.now());
        expect([sends, sent.length, givenBack.packs]).toEqual([2, 1, 2]);
        expect(givenBack.dueAt).toBeGreaterThan(Date.now());
      });
    });
  });

  test("is remembered by an account that had nothing by it, and unknown accounts have nothing", async () => {
    await shard().apply(callOf([{ account: "a", event: recent() }]));
    expect(await shard().release("a", "user|u", 5)).toEqual({ released: 0, mergedInto: null, isUnderWay: false });
    expect(await shard().release("nobody", "user|u", 5)).toEqual({ released: 0, mergedInto: null, isUnderWay: false });
    await crash();
    expect((await shard().apply(callOf([{ account: "a", event: recent(), key: "user|u", version: 4 }]))).elsewhere).toEqual([
      { index: 0, why: "old_edge" },
    ]);
  });

  test("is remembered as older code has written it", async () => {
    await shard().apply(callOf([{ account: "a", event: recent() }]));
    await runInDurableObject(stub(), (_, { storage }) => {
      asOfStep(storage.sql, 7);
      storage.sql.exec("UPDATE account SET released = ?", JSON.stringify([["user|u", 5], ["user|v", 2]])); // prettier-ignore
    });
    await crash();
    const by = (key: string, version: number) => ({ account: "a", event: recent(), key, version });
    const { elsewhere } = await shard().apply(callOf([by("user|u", 4), by("user|u", 5), by("user|v", 1)]));
    expect(elsewhere.map(({ index }) => index)).toEqual([0, 2]);
  });

  test("moves out of an account that is set aside as well, which stays aside", async () => {
    faults.poison = ({ data }) => data["poison"] === true;
    await shard().apply(
      callOf([
        { account: "a", event: recent({ id: "1" }), key: "user|u", version: 1 },
        { account: "a", event: recent({ id: "p", data: { poison: true } }) },
      ]),
    );
    expect(await shard().release("a", "user|u", 2)).toEqual({ released: 1, mergedInto: null, isUnderWay: false });
    expect((await document("a")).setAside).not.toBeNull();
    faults.poison = () => false;
    expect(await shard().refold("a")).toEqual({ setAside: false, events: 1, isUnderWay: false });
  });
});

describe("an account that is merged into another", () => {
  const viaA = (version: number) => ({ merges: [{ accountId: "a", version }] });
  const written = (id: string, account: string, data: Record<string, unknown>) => ({
    account,
    event: recent({ id, type: "account.updated", connector: "pulseline", data }),
  });
  const given = (): string[] => faults.packs.flatMap(({ lines }) => lines.map((line) => (JSON.parse(line) as { id: string }).id));

  test("is empty at once, gives all it had away, passes on what comes, and says where it went", async () => {
    await shard().apply(
      callOf([
        { account: "a", event: recent({ id: "1" }) },
        { account: "a", event: recent({ id: "2" }) },
      ]),
    );
    await shard().setMerged("a", "b", 1);
    await shard().setMerged("a", "b", 1);
    await crash();
    expect(await shard().account("a")).toEqual({ failure: "moved", to: "b" });
    expect(await shard().timeline("a", { limit: 10 })).toEqual({ failure: "moved", to: "b" });
    expect((await shard().apply(callOf([{ account: "a", event: recent({ id: "3" }) }]))).elsewhere).toEqual([
      { index: 0, why: "moved", to: "b", version: 1 },
    ]);
    await shard().sweep();
    await vi.waitFor(() => expect(given()).toEqual(["1", "2"]));
    await vi.waitFor(() =>
      expect(faults.changes.flatMap(({ changes }) => changes).findLast(({ accountId }) => accountId === "a")).toMatchObject({
        deleted: true,
        events: 0,
      }),
    );
    expect(await shard().refold("a")).toEqual({ setAside: false, events: 0, isUnderWay: false });
    expect(await standingOf(stub())).toMatchObject({ accounts: 0 });
  });

  test("stands for itself again, empty until it is given back what it had, and takes no older order", async () => {
    await shard().apply(callOf([{ account: "a", event: recent({ id: "1" }) }]));
    await shard().setMerged("a", "b", 1);
    await shard().setMerged("a", null, 2);
    await shard().setMerged("a", "b", 1);
    expect((await document("a")).events).toBe(0);
    expect((await shard().apply(callOf([{ account: "a", event: recent({ id: "1" }) }]))).outcomes).toEqual([applied]);
    await crash();
    expect((await document("a")).events).toBe(1);
  });

  test("leaves the other as it was when it goes: what came by the merge is given back, what is under way refused", async () => {
    await shard().apply(
      callOf([{ account: "b", event: recent({ id: "own" }) }, written("w1", "b", { domains: ["b.example"], attributes: { plan: "pro" } })]),
    );
    const before = await document("b");
    const fromA = [
      { account: "b", event: recent({ id: "1" }), key: "account|a", ...viaA(1) },
      {
        ...written("w2", "b", { name: "A", domains: ["a.example"], externalIds: { crm: "A-1" }, attributes: { plan: "free", seats: 3 } }),
        key: "account|a",
        ...viaA(1),
      },
    ];
    await shard().apply(callOf(fromA));
    const merged = await document("b");
    expect(merged).toMatchObject({ name: "A", events: 2, domains: ["b.example", "a.example"], externalIds: { crm: ["A-1"] } });
    expect(merged.attributes).toMatchObject({ plan: { value: "pro" }, seats: { value: 3 } });
    await crash();
    expect(await document("b")).toMatchObject({ name: "A", domains: ["b.example", "a.example"], events: 2 });
    expect(await shard().release("b", "merged|a", 2)).toEqual({ released: 2, mergedInto: null, isUnderWay: false });
    const { health: _, ...after } = await document("b");
    expect(after).toMatchObject({ name: null, domains: ["b.example"], externalIds: {}, events: 1, attributes: before.attributes });
    expect((await shard().apply(callOf(fromA))).elsewhere.map(({ why }) => why)).toEqual(["old_edge", "old_edge"]);
    expect((await shard().apply(callOf([{ ...fromA[0]!, ...viaA(3) }]))).outcomes).toEqual([applied]);
  });

  test("keeps ids of its own there: what two accounts were told under one id are two events", async () => {
    const first = recent({ id: "same" });
    await shard().apply(callOf([{ account: "b", event: first }]));
    const other = { account: "b", event: { ...first, deliveryId: "d-a", contentHash: 9 }, key: "account|a", ...viaA(1) };
    expect((await shard().apply(callOf([other]))).outcomes).toEqual([applied]);
    await crash();
    expect((await shard().apply(callOf([other]))).outcomes).toEqual([applied]);
    expect((await shard().apply(callOf([{ ...other, event: { ...other.event, deliveryId: "d-a2" } }]))).outcomes).toEqual([repeat]);
    expect((await document("b")).events).toBe(2);
  });

  describe("with more than one step gives away", () => {
    const big = { text: "x".repeat(30_000) };
    const ids = Array.from({ length: 80 }, (_, n) => `e${n}`);
    const rows = (): Promise<number> =>
      runInDurableObject(stub(), (_, { storage }) => storage.sql.exec<{ n: number }>("SELECT count(*) AS n FROM leaving").one().n);
    const takeAll = async (): Promise<void> => {
      for (let part = 0; part < ids.length; part += 20)
        await shard().apply(
          callOf(ids.slice(part, part + 20).map((id) => ({ account: "a", event: recent({ id, data: big }), key: "user|u", version: 1 }))),
        );
    };
    const driveUntilGone = async (): Promise<void> => {
      for (let n = 0; n < 20 && ((await rows()) > 0 || given().length < ids.length); n++) await drive();
    };
    const counted = (): number[] => ids.map((id) => given().filter((one) => one === id).length);

    test("comes to an end wherever the object dies, each event given once", async () => {
      await takeAll();
      const afterOneStep = await runInDurableObject(stub(), async (instance, { storage }) => {
        await instance.setMerged("a", "b", 1);
        return storage.sql.exec<{ next_line: number }>("SELECT next_line FROM leaving").toArray();
      });
      expect(afterOneStep).toEqual([{ next_line: expect.toSatisfy((line: number) => line > 0) }]);
      await crash();
      await drive();
      await crash();
      await driveUntilGone();
      expect(await rows()).toBe(0);
      expect(counted()).toEqual(ids.map(() => 1));
    });

    test("loses nothing when its keys move, and it stands for itself again, meanwhile", async () => {
      await takeAll();
      await shard().setMerged("a", "b", 1);
      expect(await shard().release("a", "user|u", 2)).toEqual({ released: 0, mergedInto: "b", isUnderWay: false });
      await shard().setMerged("a", null, 2);
      await driveUntilGone();
      expect(counted()).toEqual(ids.map(() => 1));
      const [back] = faults.packs.flatMap(({ lines }) => lines);
      const again = { account: "a", event: JSON.parse(back as string) as Event, key: "user|u", version: 2 };
      expect((await shard().apply(callOf([again]))).outcomes).toEqual([applied]);
    });

    test("gives what two keys had brought once, also where the second is released while it is on its way", async () => {
      const m = { accountId: "m", version: 1 };
      for (let part = 0; part < ids.length; part += 20) {
        const some = ids.slice(part, part + 20);
        const of = (id: string) => recent({ id, data: big });
        await shard().apply(callOf(some.map((id) => ({ account: "a", event: of(id), key: "user|u", version: 1, merges: [m] }))));
      }
      expect(await shard().release("a", "user|u", 2)).toMatchObject({ released: ids.length });
      expect(await rows()).toBe(1);
      expect(await shard().release("a", mergeKey("m"), 2)).toMatchObject({ released: 0 });
      await crash();
      await driveUntilGone();
      expect([await rows(), counted()]).toEqual([0, ids.map(() => 1)]);
    });

    test("notes of each key no more than that key, however many the account has released", async () => {
      await takeAll();
      const keys = Array.from({ length: 40 }, (_, n) => `user|${n}`);
      await shard().apply(callOf(keys.map((key) => ({ account: "a", event: recent({ id: key }), key, version: 1 }))));
      for (const key of ["user|u", ...keys]) await shard().release("a", key, 2);
      const noted = await runInDurableObject(stub(), (_, { storage }) =>
        storage.sql.exec<{ n: number; chars: number }>("SELECT count(*) AS n, max(length(taken)) AS chars FROM leaving").one(),
      );
      expect(noted).toEqual({ n: expect.toSatisfy((n: number) => n > 0), chars: expect.toSatisfy((chars: number) => chars < 100) });
      await crash();
      const all = [...ids, ...keys];
      for (let n = 0; n < 100 && ((await rows()) > 0 || given().length < all.length); n++) await drive();
      expect(given().toSorted()).toEqual(all.toSorted());
      const old = callOf([{ account: "a", event: recent(), key: "user|7", version: 1 }]);
      expect((await shard().apply(old)).elsewhere).toEqual([{ index: 0, why: "old_edge" }]);
    });

    test("leaves out what had left before by the same key", async () => {
      await takeAll();
      expect(await shard().release("a", "user|u", 2)).toMatchObject({ released: ids.length });
      await shard().apply(callOf([{ account: "a", event: recent({ id: "newer" }), key: "user|u", version: 2 }]));
      expect(await shard().release("a", "user|u", 3)).toMatchObject({ released: 1 });
      await driveUntilGone();
      expect([counted(), given().filter((id) => id === "newer")]).toEqual([ids.map(() => 1), ["newer"]]);
      expect((await document("a")).events).toBe(0);
    });
  });

  test("tells who asks it to give back where its events are", async () => {
    await shard().apply(callOf([{ account: "a", event: recent({ id: "1" }), key: "user|u", version: 1 }]));
    await shard().setMerged("a", "b", 1);
    expect(await shard().release("a", "user|u", 2)).toEqual({ released: 0, mergedInto: "b", isUnderWay: false });
  });
});

describe("changes", () => {
  const upTo = (accountId: string) => {
    const change = faults.changes.flatMap(({ changes }) => changes).findLast((one) => one.accountId === accountId);
    return [{ accountId, epoch: change?.epoch ?? 0, number: change?.number ?? 0 }];
  };
  const sinksSent = () => faults.changes.map(({ sinks }) => sinks.join("+"));
  /** Makes what waits for a sink due at once. */
  const later = (): Promise<void> =>
    runInDurableObject(stub(), (object) => {
      const { pending } = (object as unknown as { outbox: { pending: Map<unknown, { againAt: number }> } }).outbox;
      for (const one of pending.values()) one.againAt = 0;
      (object as unknown as { outbox: { lastRunAt: number } }).outbox.lastRunAt = 0;
    });

  test("go out at once when idle, with the account's row", async () => {
    await shard().apply(
      callOf([
        { account: "a", event: recent({ user: { id: "u" } }) },
        {
          account: "a",
          event: recent({ type: "account.updated", connector: "pulseline", data: { name: "Acme", attributes: { owner: "ann@x.de" } } }),
        },
      ]),
    );
    await vi.waitFor(() => expect(faults.changes).toHaveLength(1));
    expect(faults.changes[0]?.sinks).toEqual(["readModels", "live"]);
    expect(faults.changes[0]?.changes[0]).toMatchObject({
      accountId: "a",
      shard: name,
      name: "Acme",
      owner: "ann@x.de",
      events: 1,
      activeUsers28d: 1,
      setAside: false,
    });
    expect(faults.changes[0]?.changes[0]?.scoreDays).toHaveLength(90);
  });

  describe("while history comes to many accounts", () => {
    /** Rests from the first account that is scored until it is let go on; how much rest scoring has asked for is known. */
    class HeldPace {
      private readonly pace = newPaces().history;
      private isHeld = false;
      usedMs = 0;

      restMs(wallMs: number): number {
        return this.isHeld ? historyScoreDelayMaxMs : this.pace.restMs(wallMs);
      }

      use(costMs: number): void {
        if (this.usedMs === 0) this.isHeld = true;
        this.usedMs += costMs;
      }

      goOn(): void {
        this.isHeld = false;
      }
    }
    let pace: HeldPace;
    const history = (count: number): string[] => Array.from({ length: count }, (_, i) => `history-${i}`);
    const historyFor = (accounts: readonly string[]) =>
      callOf(accounts.map((account) => ({ account, event: recent({ id: account, lane: "backfill" }) })));
    const live = () => callOf([{ account: "live", event: recent({ id: "live" }) }]);
    const sentBy = ({ changes: messages }: AccountFaults): Set<string> =>
      new Set(messages.flatMap(({ changes }) => changes.map(({ accountId }) => accountId)));
    /** What follows is waited for, however slow the machine is. */
    const patient = { timeout: 15_000 };

    beforeEach(() => {
      pace = new HeldPace();
      faults = faultsFor(name, { ...newPaces(), history: pace });
    });

    test("of what is live do not wait for it, and those accounts have theirs in turn", async () => {
      const accounts = history(3 * historyScoresPerRunMax);
      await shard().apply(historyFor(accounts));
      await vi.waitFor(() => expect(sentBy(faults).size).toBe(historyScoresPerRunMax), patient);
      await shard().apply(live());
      await vi.waitFor(() => expect(sentBy(faults)).toContain("live"), patient);
      expect(sentBy(faults).size).toBe(historyScoresPerRunMax + 1);
      pace.goOn();
      await drive();
      await vi.waitFor(() => expect([...sentBy(faults)].toSorted()).toEqual([...accounts, "live"].toSorted()), patient);
    });

    test("of what is live come at once, also where history must rest because another shard has scored much of it", async () => {
      const other = crypto.randomUUID();
      const othersFaults = faultsFor(other, faults.paces);
      await namespace.getByName(other).apply(historyFor(history(historyScoresPerRunMax)));
      await vi.waitFor(() => expect(sentBy(othersFaults).size).toBe(historyScoresPerRunMax), patient);
      expect(pace.usedMs).toBeGreaterThanOrEqual(historyScoresPerRunMax * historyRestPerEvaluationMs);
      // A timer stands for the history's turn, at the latest in ten seconds. No alarm helps.
      faults.alarms = "none";
      await shard().apply(historyFor(history(1)));
      await shard().apply(live());
      await vi.waitFor(() => expect([...sentBy(faults)]).toEqual(["live"]), { timeout: 8_000 });
    });

    test("of its accounts outlive a crash", async () => {
      const accounts = history(2 * historyScoresPerRunMax);
      await shard().apply(historyFor(accounts));
      await vi.waitFor(() => expect(sentBy(faults).size).toBe(historyScoresPerRunMax), patient);
      await crash();
      faults.changes.length = 0;
      await drive();
      await vi.waitFor(() => expect([...sentBy(faults)].toSorted()).toEqual(accounts.toSorted()), patient);
    });
  });

  test("rest together in one isolate", async () => {
    const pacesOf = (other: string): Promise<unknown> =>
      runInDurableObject(namespace.getByName(other) as unknown as DurableObjectStub<AccountShard>, (object) =>
        (object as unknown as { paces(): Paces }).paces(),
      );
    const [one, another] = [await pacesOf(crypto.randomUUID()), await pacesOf(crypto.randomUUID())];
    expect(one).toBe(another);
  });

  test("rest longer where timers come late, so that events go first", async () => {
    const used: number[] = [];
    faults = faultsFor(name, { ...newPaces(), live: { restMs: () => 0, use: (costMs) => void used.push(costMs) } });
    await shard().apply(callOf([{ account: "a", event: recent() }]));
    await vi.waitFor(() => expect(used).toHaveLength(1));
    // On a busy machine the first may be late by itself.
    const factor = await runInDurableObject(stub(), (instance) =>
      (instance as unknown as { outbox: ChangeOutbox }).outbox.isCrowded ? 1 : busyScoreRestFactor,
    );
    // The next run waits for its turn, and finds that it is late.
    await shard().apply(callOf([{ account: "a", event: recent({ id: "second" }) }]));
    const wallNow = Date.now;
    const late = vi.spyOn(Date, "now").mockImplementation(() => wallNow() + busyTimerLateMs);
    onTestFinished(() => late.mockRestore());
    await vi.waitFor(() => expect(used).toHaveLength(2), { timeout: 4_000 });
    expect(used[1]).toBe(factor * (used[0] ?? 0));
  });

  test("wait a moment for the lists where they look as the last one did, and for nobody where they do not", async () => {
    const usage = () => ({ account: "a", event: recent({ user: { id: "u" } }) });
    const profile = (owner: string) => ({
      account: "a",
      event: recent({ type: "account.updated", connector: "pulseline", data: { attributes: { owner } } }),
    });
    const sentAfter = async (items: Parameters<typeof callOf>[0]) => {
      const before = faults.changes.length;
      await shard().apply(callOf(items));
      await vi.waitFor(() => expect(faults.changes.length).toBeGreaterThan(before), { timeout: 4_000 });
      return faults.changes[before];
    };
    expect((await sentAfter([usage(), profile("ann@x.de")]))?.sinks).toEqual(["readModels", "live"]);
    const quiet = await sentAfter([usage()]);
    expect([quiet?.sinks, quiet?.changes[0]?.events]).toEqual([["live"], 2]);
    await shard().confirmChanges("live", upTo("a"));
    expect((await standingOf(stub())).undelivered).toBe(1);
    const loud = await sentAfter([profile("bob@x.de")]);
    expect([loud?.sinks, loud?.changes[0]?.owner]).toEqual([["readModels", "live"], "bob@x.de"]);
    await sentAfter([usage()]);
    await shard().confirmChanges("live", upTo("a"));
    await later();
    await drive();
    await vi.waitFor(() => expect(faults.changes.at(-1)).toMatchObject({ sinks: ["readModels"], changes: [{ events: 3 }] }));
  });

  test("are sent again to the one sink that has not confirmed, and no more when it has", async () => {
    await shard().apply(callOf([{ account: "a", event: recent() }]));
    await vi.waitFor(() => expect(faults.changes).toHaveLength(1));
    await shard().confirmChanges("readModels", upTo("a"));
    await later();
    await drive();
    await vi.waitFor(() => expect(sinksSent()).toEqual(["readModels+live", "live"]));
    expect(faults.changes[1]?.changes[0]?.number).toBeGreaterThan(faults.changes[0]?.changes[0]?.number ?? 0);
    await shard().confirmChanges("live", upTo("a"));
    expect(await shard().sweep()).toMatchObject({ undone: false });
    await later();
    await drive();
    expect(faults.changes).toHaveLength(2);
  });

  test("that no sink has confirmed are sent again in time, also where history has come for the account since", async () => {
    await shard().apply(callOf([{ account: "a", event: recent() }]));
    await vi.waitFor(() => expect(faults.changes).toHaveLength(1));
    await shard().confirmChanges("live", upTo("a"));
    await runInDurableObject(stub(), (object) => {
      const { outbox, book } = object as unknown as { outbox: ChangeOutbox; book: AccountBook };
      const wallMs = Date.now() + changeRedriveFloorMs;
      const entry = book.byId.get("a") as Entry;
      const turn = () => outbox.turn(Date.now(), wallMs);
      outbox.mark(entry, wallMs, "history");
      expect(outbox.againAt()).toBeLessThanOrEqual(wallMs);
      expect(turn().live).toEqual([]);
      outbox.takeUpAgain(wallMs);
      expect([turn().live, turn().history]).toEqual([[entry], []]);
    });
    // What has come since is for both.
    await drive();
    await vi.waitFor(() => expect(sinksSent()).toEqual(["readModels+live", "readModels+live"]), { timeout: 4_000 });
  });

  test("that wait keep their turn when a score in the background fails", async () => {
    await shard().apply(callOf([{ account: "a", event: recent() }]));
    await vi.waitFor(() => expect(faults.changes).toHaveLength(1));
    await runInDurableObject(stub(), async (object) => {
      const { outbox, book } = object as unknown as { outbox: ChangeOutbox; book: AccountBook };
      const entries = [...book.byNumber.values()];
      outbox.markBackground(entries);
      const turn = { live: [], history: [], background: entries, instants: [], hasTime: false, isLast: true };
      for (const entry of entries) outbox.mark(entry, Date.now());
      outbox.compute = () => {
        throw new Error("struck by the test");
      };
      await outbox.run({ send: async () => undefined }, turn, {} as Then, Date.now());
      expect([outbox.isRecomputing, outbox.restMs(Date.now()) === null]).toEqual([false, false]);
    });
  });

  test("are not confirmed by an older number or another epoch, and a newer event wants both sinks again", async () => {
    await shard().apply(callOf([{ account: "a", event: recent() }]));
    await vi.waitFor(() => expect(faults.changes).toHaveLength(1));
    const [first] = upTo("a");
    await shard().confirmChanges("live", [{ ...(first as { accountId: string; epoch: number; number: number }), epoch: 1 }]);
    await shard().apply(callOf([{ account: "a", event: recent() }]));
    await vi.waitFor(() => expect(faults.changes).toHaveLength(2), { timeout: 4_000 });
    await shard().confirmChanges("live", [first as { accountId: string; epoch: number; number: number }]);
    await shard().confirmChanges("readModels", upTo("a"));
    expect((await standingOf(stub())).undelivered).toBe(1);
    await shard().confirmChanges("live", upTo("a"));
    expect((await standingOf(stub())).undelivered).toBe(0);
  });

  test("survive a crash and a queue that fails: they are sent until they are confirmed, with rising numbers", async () => {
    faults.queue = "fails";
    await shard().apply(callOf([{ account: "a", event: recent() }]));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(faults.changes).toEqual([]);
    await crash();
    faults.queue = "works";
    await drive();
    await vi.waitFor(() => expect(faults.changes).toHaveLength(1));
    const before = faults.changes[0]?.changes[0]?.number ?? 0;
    await crash();
    await drive();
    await vi.waitFor(() => expect(faults.changes).toHaveLength(2));
    expect(faults.changes[1]?.changes[0]?.number).toBeGreaterThan(before);
    await shard().confirmChanges("live", upTo("a"));
    await shard().confirmChanges("readModels", upTo("a"));
    await drive();
    await crash();
    expect(await shard().sweep()).toMatchObject({ undone: false });
  });

  test("survive a crash after a key has moved, of which no journal row speaks", async () => {
    await shard().apply(
      callOf([
        { account: "a", event: recent({ id: "1" }), key: "user|u", version: 1 },
        { account: "a", event: recent({ id: "2" }) },
      ]),
    );
    await vi.waitFor(() => expect(faults.changes[0]?.changes[0]?.events).toBe(2));
    await shard().confirmChanges("live", upTo("a"));
    await shard().confirmChanges("readModels", upTo("a"));
    await drive();
    faults.queue = "fails";
    expect(await shard().release("a", "user|u", 2)).toMatchObject({ released: 1 });
    await crash();
    faults.queue = "works";
    await drive();
    await vi.waitFor(() => expect(faults.changes.at(-1)?.changes[0]?.events).toBe(1));
  });

  test("of all accounts can be read page by page, for a read model that is made anew", async () => {
    await shard().apply(callOf(["c", "a", "b"].map((account) => ({ account, event: recent() }))));
    const first = await shard().currentChanges({ limit: 2 });
    const rest = await shard().currentChanges({ limit: 2, after: "b" });
    expect([...first, ...rest].map(({ accountId }) => accountId)).toEqual(["a", "b", "c"]);
    expect(await shard().currentChanges({ limit: 2, after: "c" })).toEqual([]);
  });
});

test("bands that are held outlive the object: since when they are left, by which rules they were looked at, what those took the place of", async () => {
  await shard().apply(callOf([{ account: "a", event: recent() }]));
  await vi.waitFor(() => expect(faults.changes).toHaveLength(1));
  const [{ accountId, epoch, number }] = (faults.changes[0]?.changes ?? []) as unknown as [
    { accountId: string; epoch: number; number: number },
  ];
  const since = Date.now() - 3_600_000;
  const rules = { since: since - 60_000, written: 7 };
  const setDown = [{ band: "healthy", since: 1, leftAt: null, isOverride: true, rules: { since: 0, written: 5 }, at: since }] as const;
  const heldBand = { band: "watch", since, leftAt: since + 60_000, isOverride: true, rules, setDown } as const;
  const heldBeside = new Map([["side", { band: "critical", since, leftAt: null, rules: { since: 0, written: 5 } }] as const]);
  const entryOf = (object: unknown): Entry => (object as { book: AccountBook }).book.byId.get("a") as Entry;
  await runInDurableObject(stub(), (object) => void Object.assign(entryOf(object), { heldBand, heldBeside }));
  for (const sink of ["live", "readModels"] as const) await shard().confirmChanges(sink, [{ accountId, epoch, number }]);
  await drive();
  await crash();
  expect(await runInDurableObject(stub(), (object) => [entryOf(object).heldBand, entryOf(object).heldBeside])).toEqual([
    heldBand,
    heldBeside,
  ]);
});

/** All that was scored was scored long ago. */
const longAfter = (): Promise<void> =>
  runInDurableObject(stub(), (object) => {
    for (const entry of (object as unknown as { book: AccountBook }).book.byNumber.values()) entry.scoredAt = 1;
  });

test("a timer scores each account again when its time has come, a bounded number at a time, with one alarm", async () => {
  const accounts = Array.from({ length: 230 }, (_, i) => `a${i}`);
  await shard().apply(callOf(accounts.map((account) => ({ account, event: recent() }))));
  await vi.waitFor(() => expect(faults.changes.flatMap(({ changes }) => changes)).toHaveLength(230), { timeout: 8_000 });
  const all = faults.changes.flatMap(({ changes }) => changes).map(({ accountId, epoch, number }) => ({ accountId, epoch, number }));
  await shard().confirmChanges("live", all);
  await shard().confirmChanges("readModels", all);
  await longAfter();
  const nextAts = (): Promise<number[]> =>
    runInDurableObject(stub(), (object) =>
      [...(object as unknown as { book: { byNumber: Map<number, { nextAt: number }> } }).book.byNumber.values()].map(
        ({ nextAt }) => nextAt,
      ),
    );
  // Looked for beside what is live while the isolate rests from the scores, all at once after that; written down when all are known.
  await vi.waitFor(
    async () => {
      await drive();
      for (const at of await nextAts()) expect(at).toBeGreaterThan(Date.now());
    },
    { timeout: 15_000, interval: 100 },
  );
  await crash();
  for (const at of await nextAts()) expect(at).toBeGreaterThan(Date.now());
  await runInDurableObject(stub(), (object) => {
    for (const entry of (object as unknown as { book: { byNumber: Map<number, { nextAt: number }> } }).book.byNumber.values())
      entry.nextAt = 1;
  });
  faults.changes.length = 0;
  await drive();
  // Taken by the timer at once; scored as soon as the isolate has rested from what was scored before.
  expect((await nextAts()).filter((at) => at === 1)).toHaveLength(30);
  await vi.waitFor(() => expect(faults.changes.flatMap(({ changes }) => changes).length).toBeGreaterThanOrEqual(230), { timeout: 15_000 });
});

test("an account has its time while changes of another are under way without end, and what was found outlives a crash", async () => {
  type Inside = { book: AccountBook; timers: { writtenAt: number } };
  const nextAt = (id: string): Promise<number> =>
    runInDurableObject(stub(), (object) => ((object as unknown as Inside).book.byId.get(id) as Entry).nextAt);
  const sent = (id: string) => faults.changes.flatMap(({ changes }) => changes).filter(({ accountId }) => accountId === id);
  await shard().apply(callOf(["busy", "quiet"].map((account) => ({ account, event: recent({ id: account }) }))));
  await vi.waitFor(() => expect([sent("busy").length, sent("quiet").length]).toEqual([1, 1]), { timeout: 4_000 });
  for (const sink of ["live", "readModels"] as const) await shard().confirmChanges(sink, sent("quiet"));
  await runInDurableObject(stub(), (object) => void ((object as unknown as Inside).timers.writtenAt = 0));
  await longAfter();
  await drive();
  expect([await nextAt("busy"), (await nextAt("quiet")) > Date.now()]).toEqual([0, true]);
  expect((await standingOf(stub())).undelivered).toBe(1);

  await crash();
  expect(await nextAt("quiet")).toBeGreaterThan(Date.now());
  faults.queue = "fails";
  await drive();
  await runInDurableObject(stub(), (object) => void (((object as unknown as Inside).book.byId.get("quiet") as Entry).nextAt = 1));
  faults.queue = "works";
  faults.changes.length = 0;
  await drive();
  await vi.waitFor(() => expect(sent("quiet")).toHaveLength(1), { timeout: 4_000 });
});

test("while something is under way instants are looked for at a pace, and of no account that was scored a moment ago", async () => {
  const pace = { restingMs: 0, usedMs: 0, restMs: () => pace.restingMs, use: (costMs: number) => void (pace.usedMs += costMs) };
  faults = faultsFor(name, { ...newPaces(), instants: pace });
  const known = (): Promise<boolean> =>
    runInDurableObject(stub(), (object) => ((object as unknown as { book: AccountBook }).book.byId.get("quiet") as Entry).nextAt > 0);
  await shard().apply(callOf(["busy", "quiet"].map((account) => ({ account, event: recent({ id: account }) }))));
  const changes = () => faults.changes.flatMap((message) => message.changes);
  await vi.waitFor(() => expect(changes()).toHaveLength(2), { timeout: 4_000 });
  const quiet = changes().filter(({ accountId }) => accountId === "quiet");
  for (const sink of ["live", "readModels"] as const) await shard().confirmChanges(sink, quiet);
  await drive();
  expect([await known(), pace.usedMs]).toEqual([false, 0]);

  await longAfter();
  pace.restingMs = 1;
  await drive();
  expect([await known(), pace.usedMs]).toEqual([false, 0]);

  pace.restingMs = 0;
  await drive();
  expect(await known()).toBe(true);
  // Two ways are looked at, each from now to its end.
  expect(pace.usedMs).toBeGreaterThanOrEqual(4 * timersRestPerEvaluationMs);
});

test("an account whose instant cannot be looked for holds up no other, and is looked at again in a while", async () => {
  const changes = () => faults.changes.flatMap((message) => message.changes);
  await shard().apply(callOf(["bad", "good"].map((account) => ({ account, event: recent({ id: account }) }))));
  await vi.waitFor(() => expect(changes()).toHaveLength(2), { timeout: 4_000 });
  for (const sink of ["live", "readModels"] as const) await shard().confirmChanges(sink, changes());
  await longAfter();
  const nextAts = await runInDurableObject(stub(), async (object) => {
    const { book, instants } = object as unknown as { book: AccountBook; instants: Instants };
    const [bad, good] = ["bad", "good"].map((id) => book.byId.get(id) as Entry) as [Entry, Entry];
    const load = book.loadForReading.bind(book);
    book.loadForReading = (entry, now) => {
      if (entry === bad) throw new Error("struck by the test");
      return load(entry, now);
    };
    await instants.find();
    return [bad.nextAt, good.nextAt] as const;
  });
  expect(nextAts[0]).toBeGreaterThan(Date.now() + instantAgainMs - 60_000);
  expect(nextAts[1]).toBeGreaterThan(0);
});

test("instants are looked for where accounts were scored longest ago first, so that busy ones leave no quiet one out", async () => {
  const accounts = Array.from({ length: timersPerBusyAlarmMax + 2 }, (_, i) => `a${i}`);
  await shard().apply(callOf(accounts.map((account) => ({ account, event: recent({ id: account }) }))));
  await runInDurableObject(stub(), (object) => {
    const { outbox, book, timers } = object as unknown as { outbox: ChangeOutbox; book: AccountBook; timers: Timers };
    expect(timers.unknown(timersPerBusyAlarmMax, outbox)).toEqual([]);
    const none = { isUnconfirmed: () => false } as unknown as ChangeOutbox;
    for (const [i, entry] of [...book.byNumber.values()].entries()) entry.scoredAt = 1_000 - i;
    const found = timers.unknown(timersPerBusyAlarmMax, none).map(({ id }) => id);
    expect(found).toEqual(accounts.toReversed().slice(0, timersPerBusyAlarmMax));
  });
});

describe.each([0, 1, 256])("with %i shards", (shards) => {
  test("an account lives in the shard its id leads to, alone or with others", async () => {
    const prefix = crypto.randomUUID();
    const ids = ["x", "y", "z"].map((id) => `${prefix}-${id}`);
    for (const id of ids) {
      const home = namespace.getByName(accountShardName(id, shards));
      expect((await home.apply(callOf([{ account: id, event: recent({ id }) }]))).created).toEqual([id]);
    }
    await crash();
    for (const id of ids) expect(await namespace.getByName(accountShardName(id, shards)).account(id)).toMatchObject({ id, events: 1 });
  });
});

test("an account that falls silent is judged by its silence while its source is well, and only ages while it is not", async () => {
  const days = [40, 30, 20, 10, 3].map((day) =>
    recent({ occurredAt: Date.now() - day * 86_400_000, user: { id: "u" }, data: { feature: "export" } }),
  );
  await shard().apply(callOf(days.map((one) => ({ account: "a", event: one }))));
  const recency = async () => {
    const health = await shard().health("a", null);
    if ("failure" in health) throw new Error(health.failure);
    return health.dimensions.flatMap(({ measures }) => measures).find(({ key }) => key === "recency");
  };
  expect((await recency())?.status).toBe("stale");
  faults.watermarks = { "tok_1/events": Date.now() };
  expect(await recency()).toMatchObject({ status: "ok", value: 3, completeness: 1 });
  faults.arrivals = { "tok_1/events": [[Math.floor(Date.now() / 86_400_000), 10, 4]] };
  expect(await recency()).toMatchObject({ status: "ok", value: 3, completeness: 36 / 40 });
});

test("a source that is back, or has ended, moves the accounts it tells of, once, though they bring nothing, and the mark outlives a crash", async () => {
  const used = (account: string, connectionId: string) =>
    [40, 30, 20, 10, 3].map((day) => ({
      account,
      event: recent({ id: `${account}${day}`, connectionId, occurredAt: Date.now() - day * 86_400_000, user: { id: "u" } }),
    }));
  await shard().apply(callOf([...used("a", "tok_1"), ...used("b", "tok_2")]));
  /** What was sent of each account since the last look; all of it is confirmed. */
  const sent = async (): Promise<ReadonlyMap<string, AccountChange>> => {
    await drive();
    const changes = faults.changes.splice(0).flatMap((message) => message.changes);
    for (const sink of ["live", "readModels"] as const) await shard().confirmChanges(sink, changes);
    return new Map(changes.map((change) => [change.accountId, change]));
  };
  const before = await vi.waitFor(
    async () => {
      const told = await sent();
      expect([...told.keys()].sort()).toEqual(["a", "b"]);
      return told;
    },
    { timeout: 15_000, interval: 100 },
  );
  await vi.waitFor(async () => expect(await sent()).toEqual(new Map()), { timeout: 15_000, interval: 100 });

  const backAt = Date.now();
  const moved = (at: number, stream = "tok_1/events"): SourceReach => ({
    ...sourcesTo({ [stream]: at }),
    streams: new Map([[stream, { kinds: { usage: at }, liveAt: at, isEnded: false, movedAt: at }]]),
  });
  faults.watermarks = { "tok_1/events": backAt };
  faults.streams = moved(backAt).streams;
  await shard().sourcesMoved(moved(backAt));
  // One that comes right after it waits.
  await shard().sourcesMoved(moved(backAt + 1));
  expect(await runInDurableObject(stub(), (object) => (object as unknown as { returns: Returns }).returns.dueAt)).toBe(
    backAt + sourceBackRestMs,
  );
  await crash();
  const known = await vi.waitFor(
    async () => {
      const told = await sent();
      expect([...told.keys()]).toEqual(["a"]);
      return told;
    },
    { timeout: 15_000, interval: 100 },
  );
  expect(known.get("a")?.confidence).toBeGreaterThan(before.get("a")?.confidence ?? 1);

  // Another was back before that, and is told of later.
  await shard().sourcesMoved(moved(backAt - 2_000, "tok_2/events"));
  await vi.waitFor(async () => expect([...(await sent()).keys()]).toEqual(["b"]), { timeout: 15_000, interval: 100 });

  // What the crash left unconfirmed is sent again, in its own time.
  await vi.waitFor(async () => expect(await sent()).toEqual(new Map()), { timeout: 15_000, interval: 100 });
  await shard().sourcesMoved(moved(backAt));
  expect(await sent()).toEqual(new Map());
});

describe("movements of sources", () => {
  const accounts = new Map(
    ["tok_1", "tok_2", "tok_3"].map((teller, i) => [i, Object.assign(new Entry(i, teller), { tellers: new Set([teller]) })] as const),
  );
  /** Each time by another life of the object, to which this is told: stream, when it moved, whether it has ended. */
  const hear = (now: number, ...told: readonly (readonly [string, number, boolean?, number?])[]) =>
    runInDurableObject(stub(), (_, { storage }) => {
      const streams = told.map(
        ([teller, movedAt, isEnded = false, completenessMovedAt = 0]) =>
          [`${teller}/events`, { liveAt: 1, movedAt, isEnded, completenessMovedAt }] as [string, StreamFacts],
      );
      const sources = { ...noSources(), streams: new Map(streams) };
      const book = { sources, toldStreams: new Set(sources.streams.keys()), byNumber: accounts } as unknown as AccountBook;
      const returns = new Returns(book, new MetaStore(storage.sql));
      return { heard: returns.hear(now).map(({ id }) => id), dueAt: returns.dueAt };
    });
  const none = { heard: [], dueAt: null };

  test("are heard of once for each stream, one that has to wait also after a crash and after newer ones of others", async () => {
    const at = 1_000_000_000;
    const due = at + sourceBackRestMs;
    expect(await hear(at, ["tok_1", at])).toEqual({ heard: ["tok_1"], dueAt: null });
    expect(await hear(at + 10, ["tok_1", at], ["tok_2", at - 2_000])).toEqual({ heard: ["tok_2"], dueAt: null });
    expect(await hear(at + 20, ["tok_1", at + 20], ["tok_2", at - 2_000])).toEqual({ heard: [], dueAt: due });
    expect(await hear(due - 1_000, ["tok_1", at + 20], ["tok_2", due - 1_000])).toEqual({ heard: ["tok_2"], dueAt: due });
    expect(await hear(due, ["tok_1", at + 20], ["tok_2", due - 1_000])).toEqual({ heard: ["tok_1"], dueAt: null });
    expect(await hear(due, ["tok_1", at + 20], ["tok_2", due - 1_000])).toEqual(none);
  });

  test("are also that completeness is another, which waits for a minute after the last and not for five", async () => {
    const [at, due] = [1_000_000_000, 1_000_000_000 + completenessRestMs];
    expect(completenessRestMs).toBeLessThan(sourceBackRestMs);
    expect(await hear(at, ["tok_1", at])).toEqual({ heard: ["tok_1"], dueAt: null });
    expect(await hear(at + 9, ["tok_1", at + 9, false, at + 9])).toEqual({ heard: [], dueAt: due });
    expect(await hear(due, ["tok_1", at + 9, false, at + 9])).toEqual({ heard: ["tok_1"], dueAt: null });
    expect(await hear(due, ["tok_1", at + 9, false, at + 9])).toEqual(none);
  });

  test("are also that one goes on which had ended, though that is no return", async () => {
    const [at, later] = [1_000_000_000, 1_000_000_000 + sourceBackRestMs];
    expect(await hear(at, ["tok_1", at, true])).toEqual({ heard: ["tok_1"], dueAt: null });
    expect(await hear(at + 1, ["tok_1", at, false])).toEqual({ heard: [], dueAt: later });
    expect(await hear(later, ["tok_1", at, false])).toEqual({ heard: ["tok_1"], dueAt: null });
    expect(await hear(later, ["tok_1", at, false])).toEqual(none);
  });

  test("are none where a stream ended by what was stored before it went on, of which this life was not told", async () => {
    const [at, ended] = [Date.now() - 2 * sourceBackRestMs, "tok_1/events"];
    const facts: StreamFacts = { liveAt: at, isEnded: true, movedAt: at };
    await runInDurableObject(stub(), (_, { storage }) => {
      const meta = new MetaStore(storage.sql);
      meta.put("streams", JSON.stringify([[ended, facts]]));
      meta.put("sourcesHeard", JSON.stringify({ upTo: 0, streams: [[ended, at, false]] }));
    });
    await crash();
    const other = { ...facts, movedAt: at + 1 };
    await shard().sourcesMoved({ ...noSources(), streams: new Map([["tok_2/events", other]]) });
    const heard = () => runInDurableObject(stub(), (_, { storage }) => JSON.parse(new MetaStore(storage.sql).text("sourcesHeard") ?? ""));
    expect((await heard()).streams).toEqual([
      [ended, at, false],
      ["tok_2/events", at + 1, true],
    ]);
    await shard().sourcesMoved({ ...noSources(), streams: new Map([[ended, facts]]) });
    expect((await heard()).streams).toContainEqual([ended, at, true]);
  });

  test("are also that one goes on which had ended before older code gave way, where nothing else moved meanwhile", async () => {
    const at = 1_000_000_000;
    await runInDurableObject(stub(), (_, { storage }) => new MetaStore(storage.sql).put("sourcesBackAt", at));
    expect(await hear(at + 1, ["tok_1", at, true])).toEqual(none);
    expect(await hear(at + sourceBackRestMs, ["tok_1", at, false])).toEqual({ heard: ["tok_1"], dueAt: null });
  });

  test("that older code has heard of are none, and what moves after them is", async () => {
    const at = 1_000_000_000;
    await runInDurableObject(stub(), (_, { storage }) => new MetaStore(storage.sql).put("sourcesBackAt", at));
    expect(await hear(at + 1, ["tok_1", at, true], ["tok_2", at - 5])).toEqual(none);
    expect(await hear(at + 2, ["tok_1", at, true], ["tok_2", at + 2])).toEqual({ heard: ["tok_2"], dueAt: null });
    expect(await hear(at + sourceBackRestMs, ["tok_1", at, false], ["tok_2", at + 2])).toEqual({ heard: ["tok_1"], dueAt: null });
  });

  test("are kept of those streams that moved last where there are more than may be kept", async () => {
    const at = 1_000_000_000;
    const many = Array.from({ length: heardStreamsMax }, (_, i) => [`other_${i}`, at + 1 + i] as const);
    expect(await hear(at + 10_000, ["tok_3", at], ...many, ["tok_1", at + 10_000])).toEqual({ heard: ["tok_1", "tok_3"], dueAt: null });
    const kept = await runInDurableObject(stub(), (_, { storage }) => new MetaStore(storage.sql).text("sourcesHeard") ?? "");
    expect(JSON.parse(kept)).toMatchObject({ streams: { length: heardStreamsMax } });
    expect(await hear(at + 10_000, ["tok_3", at], ...many, ["tok_1", at + 10_000])).toEqual(none);
    expect(await hear(at + 20_000, ["tok_3", at + 20_000], ...many)).toEqual({ heard: ["tok_3"], dueAt: null });
  });
});

test("a line of daily scores that is to be made anew is, also where the account is dropped or the object dies before", async () => {
  const used = Array.from({ length: 30 }, (_, day) =>
    recent({ id: `d${day}`, occurredAt: Date.now() - (day + 1) * 86_400_000, user: { id: "u" } }),
  );
  await shard().apply(callOf(used.map((one) => ({ account: "a", event: one }))));
  const before = (await shard().currentChanges({ limit: 1 }))[0]?.scoreDays[84];
  expect(before).toBeGreaterThan(10);
  faults.alarms = "none";
  const wrong = 3.5;
  await runInDurableObject(stub(), (object) => {
    const { book } = object as unknown as { book: AccountBook };
    const entry = book.byId.get("a") as Entry;
    const loaded = book.load(entry, Date.now());
    if (loaded.scoreLine !== null) loaded.scoreLine = { ...loaded.scoreLine, scores: loaded.scoreLine.scores.with(84, wrong) };
    entry.headChanged = true;
    expect(book.page(entry, Date.now())).toBe(true);
    book.forget(entry);
  });
  expect((await shard().currentChanges({ limit: 1 }))[0]?.scoreDays[84]).toBe(wrong);
  await shard().remakeScoreLines(["a"]);
  await crash();
  faults.changes.length = 0;
  faults.alarms = "come";
  await vi.waitFor(
    async () => {
      await drive();
      expect(faults.changes.at(-1)?.changes[0]?.scoreDays[84]).toBeCloseTo(before as number, 6);
    },
    { timeout: 10_000, interval: 100 },
  );
});

test("reads answer by name and page, and refuse by name", async () => {
  const at = Date.now() - 3_600_000;
  const ticket = (ticketId: string, type: string, minutes: number) => ({
    account: "a",
    event: recent({ id: `${ticketId}${type}`, type, occurredAt: at + minutes * 60_000, data: { ticketId } }),
  });
  await shard().apply(
    callOf([
      ticket("1", "ticket.created", 0),
      ticket("2", "ticket.created", 1),
      ticket("1", "ticket.solved", 5),
      ticket("3", "ticket.created", 2),
    ]),
  );
  const keysOf = (found: Awaited<ReturnType<AccountShard["tickets"]>>): string[] | ReadFailure =>
    "failure" in found ? found : found.map(({ key }) => key);
  expect(keysOf(await shard().tickets("a", { limit: 2 }))).toEqual(["native/3", "native/2"]);
  expect(keysOf(await shard().tickets("a", { limit: 2, after: "native/2" }))).toEqual(["native/1"]);
  expect(keysOf(await shard().tickets("a", { limit: 2, status: "solved" }))).toEqual(["native/1"]);
  expect(keysOf(await shard().tickets("a", { limit: 2, after: "rubbish" }))).toMatchObject({ failure: "invalid", field: "cursor" });
  expect(await shard().metric("a", { metric: "tickets_created", from: null, to: null, step: "all" })).toMatchObject({
    points: [{ value: 3 }],
  });
  expect(await shard().metric("a", { metric: "rubbish", from: null, to: null, step: "all" })).toMatchObject({
    failure: "invalid",
    field: "metric",
  });
  expect(await shard().timeline("a", { limit: 2, type: "ticket.created" })).toMatchObject({
    items: [{ id: "3ticket.created" }, { id: "2ticket.created" }],
  });
  expect(await shard().timeline("a", { limit: 2, before: "rubbish" })).toMatchObject({ failure: "invalid" });
  const history = await shard().healthHistory("a", { from: null, to: null, stepMs: 86_400_000 });
  expect("points" in history && history.points.length).toBe(91);
  const changes = await shard().healthChanges("a", at - 86_400_000, Date.now());
  expect("from" in changes && changes.to.asOf).toBeGreaterThan(at);
  expect(await shard().health("nobody", null)).toEqual({ failure: "not_found" });
});

test("the sweep finds an alarm that should have fired long ago, tells how late it is and how much is stored, and sets it again", async () => {
  await shard().apply(callOf([{ account: "a", event: recent({ id: "1" }) }]));
  await runInDurableObject(stub(), async (object, { storage }) => {
    await storage.deleteAlarm();
    (object as unknown as { drive: { alarmAt: number | null } }).drive.alarmAt = Date.now() - 180_000;
  });
  const { overdueMs, storedBytes } = await shard().sweep();
  expect(overdueMs).toBeGreaterThanOrEqual(180_000);
  expect(storedBytes).toBe(await runInDurableObject(stub(), (_, { storage }) => storage.sql.databaseSize));
  expect(await runInDurableObject(stub(), (_, { storage }) => storage.getAlarm())).not.toBeNull();
  expect((await shard().sweep()).overdueMs).toBe(0);
});
