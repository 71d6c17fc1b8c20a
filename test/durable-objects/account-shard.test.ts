import { runInDurableObject } from "cloudflare:test";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { AccountShard } from "../../durable-objects/account-shard.ts";
import type { AccountBook } from "../../durable-objects/account-shard/account-book.ts";
import type { Entry } from "../../durable-objects/account-shard/entry.ts";
import type { AccountDocument, ReadFailure } from "../../src/domain/account/messages.ts";
import type { HealthDocument } from "../../src/domain/health/document.ts";
import { type Event, toLine } from "../../src/domain/event.ts";
import { accountShardName } from "../../src/domain/hash.ts";
import { EventOutcome } from "../../src/domain/outcome.ts";
import { callOf, plain } from "../support/account-builders.ts";
import { standingOf } from "../support/account-inside.ts";
import { asOfStep } from "../support/account-schema.ts";
import { faults, namespace, shard, stub, crash, drive, journalRows, document, recent } from "../support/account-one-shard.ts";

function read<T extends object>(answer: T | ReadFailure): T {
  if ("failure" in answer) throw new Error(JSON.stringify(answer));
  return answer;
}
const { applied, repeat, held, quarantined, waiting } = EventOutcome;

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
      for (const layout of [3, 4, 5])
        storage.sql.exec(`UPDATE page SET body = replace(body, '{"layout":${layout}', '{"layout":2') WHERE typeof(body) = 'text'`);
      storage.sql.exec("DELETE FROM page WHERE typeof(body) = 'text' AND body LIKE '%\"kind\":\"subscription\"%'");
    });
    expect(await headLayouts()).toEqual([2]);
    await crash();
    expect((await document("a")).events).toBe(5);
    for (let i = 4; i < 8; i++) await shard().apply(callOf([{ account: "a", event: recent({ id: `big${i}`, data: big }) }]));
    expect(await headLayouts()).toEqual([5]);
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

  test("that can be read has of what an attribute was told at one instant what older code took, and is then folded again", async () => {
    const told = (id: string, seats: number) => recent({ id, type: "account.updated", data: { seats } });
    await shard().apply(callOf([told("1", 50), told("2", 10)].map((one) => ({ account: "a", event: one }))));
    const seats = async (): Promise<unknown> => (await document("a")).attributes["seats"]?.value;
    expect(await seats()).toBe(10);
    await writePages();
    await runInDurableObject(stub(), (_, { storage: { sql } }) => {
      const older = `json_remove(json_set(body, '$.layout', 4, '$.registers[0][1].source.value', 50), '$.registers[0][1].source.tie')`;
      sql.exec(`UPDATE page SET body = ${older} WHERE body LIKE '%pagedSeq%'`);
      asOfStep(sql, 8);
    });
    faults.alarms = "none";
    await crash();
    expect(await seats()).toBe(50);
    faults.alarms = "come";
    await drive();
    await vi.waitFor(async () => expect(await seats()).toBe(10), { timeout: 5_000 });
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
    expect(await headLayouts()).toEqual([5]);
  });
});

describe("an account of whose pages one cannot be read", () => {
  const tear = (which: string): Promise<void> =>
    runInDurableObject(stub(), (object, { storage: { sql } }) => {
      const { book } = object as unknown as { book: AccountBook };
      for (const entry of book.byNumber.values()) book.page(entry, Date.now());
      sql.exec(`UPDATE page SET body = substr(body, 1, length(body) / 2 - 1) WHERE ${which}`);
      if (sql.exec<{ n: number }>("SELECT changes() AS n").one().n === 0) throw new Error("nothing was torn");
    });

  test.each([
    ["the head", "body LIKE '%pagedSeq%' AND id < 16 * 4194304"],
    ["its tickets", `body LIKE '%"kind":"ticket"%'`],
    ["its days", "typeof(body) = 'blob' AND id / 4194304 = 9"],
    ["its ids", "typeof(body) = 'blob' AND id / 4194304 = 11"],
  ])("%s: is folded from its journal, takes events with its neighbours, and has whole pages again", async (_, which) => {
    const calls = (n: number) => [
      { account: "a", event: recent({ id: `t${n}`, type: "ticket.created", data: { ticketId: `${n}` } }) },
      { account: "b", event: recent({ id: `u${n}` }) },
    ];
    await shard().apply(callOf(calls(1)));
    await tear(which);
    await crash();
    const reply = await shard().apply(
      callOf([...calls(1).map(({ account, event: one }) => ({ account, event: { ...one, deliveryId: "again" } })), ...calls(2)]),
    );
    expect(reply.outcomes).toEqual([repeat, repeat, applied, applied]);
    expect((await document("a")).events).toBe(2);
    await runInDurableObject(stub(), (object) => {
      const { book } = object as unknown as { book: AccountBook };
      const entry = book.byId.get("a") as Entry;
      expect([entry.setAside, book.page(entry, Date.now()), entry.pagesAreOld]).toEqual([null, true, false]);
      book.forget(entry);
      expect(book.load(entry, Date.now()).state.tickets.size).toBe(2);
      expect(entry.pagesAreOld).toBe(false);
    });
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

test("a point of a history, health at its instant and a comparison that ends with it say the same", async () => {
  const day = 86_400_000;
  const now = Date.now();
  const uses = Array.from({ length: 9 }, (_, i) => recent({ id: `${i}`, occurredAt: now - i * day, user: { id: `u${i % 2}` } }));
  await shard().apply(callOf(uses.map((event) => ({ account: "a", event }))));
  const from = (Math.floor(now / day) - 5) * day;
  for (const stepMs of [day, 3_600_000]) {
    const query = { from, to: from + 2 * day, stepMs };
    const { points } = read(await shard().healthHistory("a", query));
    const ofMeasure = read(await shard().measureHistory("a", "stickiness", query));
    const valueOf = ({ dimensions }: HealthDocument) =>
      dimensions.flatMap(({ measures }) => measures).find(({ key }) => key === "stickiness")?.value;
    for (const [i, { at, score }] of points.entries()) {
      const then = read(await shard().health("a", at));
      const { from: before, to, moves } = read(await shard().healthChanges("a", points[0]?.at ?? 0, at));
      const told = { at, value: valueOf(then) };
      expect([then.score, to.score, before.score]).toEqual([score, score, points[0]?.score]);
      expect(ofMeasure.points[i]).toMatchObject(told);
      expect(moves.reduce((sum, { delta }) => sum + delta, before.score ?? 0)).toBeCloseTo(score ?? -1, 9);
    }
    const last = points.at(-1);
    // A day that begins is not one that ended: a label beside the instant would be seen.
    if (stepMs === day) expect(read(await shard().health("a", (last?.at ?? 0) + 1)).score).not.toBeCloseTo(last?.score ?? -1, 3);
  }
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
