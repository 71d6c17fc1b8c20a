import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { IdentityDirectory } from "../../durable-objects/identity-directory.ts";
import type { DeadLetterStore } from "../../durable-objects/identity-directory/dead-letter-store.ts";
import { toLine, type Event } from "../../src/domain/event.ts";
import type { Edge, EdgeEvidence, ParkItem } from "../../src/domain/identity/messages.ts";
import {
  directoryChangesTold,
  directoryPacksUnsettledMax,
  eventTriesMax,
  expiredPointerAgeMaxMs,
  parkedAgeMaxMs,
  parkedBytesMax,
  unclaimedLetterAgeMaxMs,
  unclaimedLettersMax,
} from "../../src/domain/limits.ts";
import { firstDeliveryOf } from "../../src/domain/intake/dead-letter.ts";
import { EventOutcome } from "../../src/domain/outcome.ts";
import type { PackReport } from "../../src/domain/intake/pack.ts";
import type { Env } from "../../src/env.ts";
import { eventWith } from "../support/identity-world.ts";
import { OuterWorld } from "../support/identity-directory-ports.ts";

const namespace = (env as unknown as Env).IDENTITY_DIRECTORY;
const { applied, parked, waiting, quarantined } = EventOutcome;

let world: OuterWorld;
let name: string;
const directory = () => namespace.getByName(name);
const stub = () => directory() as unknown as DurableObjectStub<IdentityDirectory>;
beforeEach(() => {
  world = new OuterWorld();
  name = crypto.randomUUID();
  world.install(name);
});

const edge = (key: string, accountId: string, evidence: EdgeEvidence = "person"): Edge => ({
  key,
  accountId,
  evidence,
  author: "ann",
  at: 0,
});
const item = (event: Event, over: Partial<ParkItem> = {}): ParkItem => ({
  keys: event.keys,
  mayCreate: false,
  line: toLine(event),
  ...over,
});
const waits = (id: string, keys: string[] = ["user|u"], over: Partial<Event> = {}): Event =>
  eventWith({ id, keys, receivedAt: Date.now(), ...over });
const sentIds = (): string[] => world.sent.flatMap(({ lines }) => lines.map((line) => (JSON.parse(line) as Event).id));
const drive = async (): Promise<void> => {
  await runDurableObjectAlarm(stub());
};
const report = (packIndex: number, outcomes: EventOutcome[], reasons: PackReport["reasons"] = []): PackReport => ({
  packId: world.sent[packIndex]?.header.id as string,
  plan: 0,
  outcomes,
  reasons,
  appliedAt: Date.now(),
});
const crash = async (): Promise<void> => {
  await abortAllDurableObjects();
};

/** Bytes of the longest text that any statement of the directory is given from now on. */
async function longestValueOf(): Promise<() => number> {
  let longest = 0;
  await runInDurableObject(stub(), (_, { storage: { sql } }) => {
    const exec = sql.exec.bind(sql);
    const seen = (query: string, ...values: unknown[]) => {
      for (const value of values) if (typeof value === "string") longest = Math.max(longest, new TextEncoder().encode(value).byteLength);
      return exec(query, ...values);
    };
    Object.defineProperty(sql, "exec", { value: seen });
  });
  return () => longest;
}

describe("edges", () => {
  test("a link leads to its account and is there after a restart", async () => {
    expect(await directory().link(edge("user|u", "a"))).toEqual({ key: "user|u", version: 1, drainedEvents: 0, released: [] });
    await crash();
    expect(await directory().resolve([["user|u"], ["user|v"], ["account|x", "user|u"]])).toEqual([
      { status: "linked", accountId: "a", key: "user|u", version: 1 },
      { status: "unlinked" },
      { status: "linked", accountId: "x", key: "account|x", version: 0, conflicts: [{ key: "user|u", accountId: "a" }] },
    ]);
  });

  test("linking twice changes nothing the second time", async () => {
    await directory().link(edge("user|u", "a"));
    expect(await directory().link(edge("user|u", "a"))).toMatchObject({ version: 1 });
  });

  test("a free-mail domain is never linked", async () => {
    await directory().link(edge("domain|gmail.com", "a"));
    expect(await directory().resolve([["domain|gmail.com"]])).toEqual([{ status: "unlinked" }]);
  });

  test("status tells edges, ties and what waits", async () => {
    await directory().link(edge("user|u", "a", "crm"));
    await directory().link({ ...edge("user|u", "b", "crm"), at: 1 });
    await directory().park([item(waits("1"))]);
    expect(await directory().status(["user|u", "user|none"])).toMatchObject([
      {
        key: "user|u",
        accountId: null,
        version: 2,
        conflicts: ["a", "b"],
        waitingEvents: 1,
        edges: [{ accountId: "a" }, { accountId: "b" }],
      },
      { key: "user|none", accountId: null, version: 0, conflicts: [], waitingEvents: 0, edges: [] },
    ]);
    expect(await directory().unresolved({ limit: 10 })).toMatchObject([
      { key: "user|u", waitingEvents: 1, status: "ambiguous", accountIds: ["a", "b"] },
    ]);
  });

  test("edges are counted as they come and go, the same as after a restart", async () => {
    expect(await directory().totals()).toMatchObject({ edges: 0 });
    await directory().link(edge("user|u", "a", "crm"));
    await directory().link(edge("user|u", "b", "crm"));
    await directory().observe([{ key: "user|v", accountId: "a", at: 0 }]);
    await directory().unlink("user|u", "a", "ann", undefined, 1);
    expect(await directory().totals()).toMatchObject({ edges: 2 });
    await crash();
    expect(await directory().totals()).toMatchObject({ edges: 2 });
  });

  test("no value of a statement is longer than the platform takes, however long the ids of a call are", async () => {
    const longestBytes = await longestValueOf();
    const long = (n: number): string => `${n}-${"ü".repeat(500)}`;
    const keys = Array.from({ length: 2_000 }, (_, n) => `user|${long(n)}`);
    await directory().observe(keys.map((key) => ({ key, accountId: "a", at: 0 })));
    expect((await directory().lookup(keys, null)).views.filter((view) => view === null)).toEqual([]);
    expect(longestBytes()).toBeGreaterThan(1_000_000);
    expect(longestBytes()).toBeLessThanOrEqual(2_000_000);
  });

  test("observing an event's pair ties its user where nothing better is known", async () => {
    await directory().link(edge("user|v", "b"));
    await directory().observe([
      { key: "user|u", accountId: "a", at: 0 },
      { key: "user|v", accountId: "a", at: 0 },
    ]);
    expect(await directory().resolve([["user|u"], ["user|v"]])).toMatchObject([{ accountId: "a" }, { accountId: "b" }]);
  });
});

describe("a reader's cache", () => {
  test("is told what changed since it asked, and to forget after a restart", async () => {
    const { cursor, views } = await directory().lookup(["user|u", "user|v"], null);
    expect(views).toEqual([null, null]);
    await directory().link(edge("user|u", "a"));
    const next = await directory().lookup([], cursor);
    expect(next.changed).toMatchObject([{ key: "user|u", version: 1 }]);
    expect((await directory().lookup([], next.cursor)).changed).toEqual([]);
    await crash();
    expect((await directory().lookup([], next.cursor)).changed).toBe("all");
  });

  test("is told to forget when more changed than is kept", async () => {
    const { cursor } = await directory().lookup([], null);
    await directory().observe(Array.from({ length: directoryChangesTold + 1 }, (_, i) => ({ key: `user|${i}`, accountId: "a", at: 0 })));
    expect((await directory().lookup([], cursor)).changed).toBe("all");
  });
});

describe("parking", () => {
  test("an event is parked once, however often its pack is driven, also over a restart", async () => {
    const event = waits("1");
    expect(await directory().park([item(event), item(event)])).toEqual([{ status: "parked" }, { status: "parked" }]);
    await crash();
    expect(await directory().park([item(event)])).toEqual([{ status: "parked" }]);
    expect(await directory().totals()).toMatchObject({ parkedEvents: 1, drainingEvents: 0 });
  });

  test("a link that came meanwhile is the answer", async () => {
    await directory().link(edge("user|u", "a"));
    expect(await directory().park([item(waits("1"))])).toEqual([{ status: "linked", accountId: "a", key: "user|u", version: 1 }]);
  });

  test("it waits under each of its keys and any of them sets it free, once", async () => {
    await directory().park([item(waits("1", ["user|u", "domain|x.io"])), item(waits("2", ["domain|x.io"]))]);
    expect(await directory().link(edge("user|u", "a"))).toMatchObject({ drainedEvents: 1 });
    expect(await directory().link(edge("domain|x.io", "a"))).toMatchObject({ drainedEvents: 1 });
    await drive();
    expect(sentIds().sort()).toEqual(["1", "2"]);
    expect(world.sent[0]?.header).toMatchObject({
      origin: { kind: "directory" },
      plan: 0,
      routes: [{ mayCreate: false }, {}].slice(0, world.sent[0]?.header.routes.length),
    });
  });

  test("an ambiguous key sets nothing free", async () => {
    await directory().link(edge("user|u", "a", "crm"));
    await directory().link(edge("user|u", "b", "crm"));
    await directory().park([item(waits("1"))]);
    expect(await directory().link(edge("user|u", "c", "crm"))).toMatchObject({ drainedEvents: 0 });
    expect(await directory().link(edge("user|u", "b", "person"))).toMatchObject({ drainedEvents: 1 });
  });

  test("an account that comes to exist sets free what waits for it", async () => {
    const event = waits("1", ["account|x", "user|u"]);
    expect(await directory().park([item(event, { keys: ["account|x"] })])).toEqual([{ status: "parked" }]);
    await directory().accountCreated("x");
    await drive();
    expect(world.sent[0]?.header.routes).toEqual([{ keys: ["account|x", "user|u"], mayCreate: false }]);
    expect(await directory().park([item(waits("2", ["account|x"]))])).toMatchObject([{ status: "linked", accountId: "x" }]);
  });

  test("it is bounded by bytes: beyond, what has waited longest is given up, as a letter or a pointer, and what comes is parked", async () => {
    await directory().park([item(waits("1"))]);
    await runInDurableObject(stub(), (instance) => {
      const store = (instance as unknown as { parking: { tally: { parkedBytes: number } } }).parking;
      store.tally = { ...store.tally, parkedBytes: parkedBytesMax - 100 };
    });
    expect(await directory().park([item(waits("2"))])).toEqual([{ status: "parked" }]);
    expect(await directory().totals()).toMatchObject({ parkedEvents: 1, expiredEvents: 1 });
    expect(await directory().deadLetters({ limit: 10, status: "open" })).toMatchObject([{ reason: "unclaimed", eventId: "1" }]);
    await directory().link(edge("user|u", "a"));
    await drive();
    expect(sentIds()).toEqual(["2"]);
  });

  test("with nothing to give up the events stay where they are", async () => {
    await runInDurableObject(stub(), (instance) => {
      const store = (instance as unknown as { parking: { tally: { parkedBytes: number } } }).parking;
      store.tally = { ...store.tally, parkedBytes: parkedBytesMax - 100 };
    });
    expect(await directory().park([item(waits("1"))])).toEqual([{ status: "full" }]);
    expect(await directory().totals()).toMatchObject({ parkedEvents: 0 });
  });

  test("it is bounded by age: what waited too long becomes a dead letter, and goes on its way when a person sends it again", async () => {
    await directory().park([item(waits("1", ["user|u", "domain|x.io"]))]);
    const age = (ms: number, table: string) =>
      runInDurableObject(stub(), (_, state) => state.storage.sql.exec(`UPDATE ${table} SET at = ?`, Date.now() - ms).rowsWritten);
    await age(parkedAgeMaxMs + 1, "parked");
    await crash();
    await directory().sweep();
    await vi.waitFor(async () => expect(await directory().totals()).toMatchObject({ parkedEvents: 0, parkedBytes: 0, expiredEvents: 1 }));
    expect(await directory().unresolved({ limit: 10 })).toEqual([]);
    const [letter] = await directory().deadLetters({ limit: 10, status: "open" });
    expect(letter).toMatchObject({ reason: "unclaimed", eventId: "1", detail: expect.stringContaining("user|u, domain|x.io") as unknown });
    await directory().link(edge("user|u", "a"));
    await directory().replayDeadLetter(letter?.id as string, { asNew: false });
    await drive();
    expect(sentIds()).toEqual(["1"]);
    await directory().settle([report(0, [applied])]);
    expect(await directory().totals()).toMatchObject({ drainedApplied: 1, drainingEvents: 0 });
  });

  test("beyond the bound of such letters a pointer alone is left", async () => {
    await directory().park([item(waits("1"))]);
    const filled = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${unclaimedLettersMax})
      INSERT INTO dead (at, status, copied, doc) SELECT ${Date.now()}, 'open', 1, '{"reason":"unclaimed"}' FROM n`;
    await runInDurableObject(stub(), (_, { storage }) => {
      storage.sql.exec("UPDATE parked SET at = ?", Date.now() - parkedAgeMaxMs - 1);
      storage.sql.exec(filled);
    });
    await crash();
    await directory().sweep();
    await vi.waitFor(async () => expect(await directory().totals()).toMatchObject({ parkedEvents: 0, expiredEvents: 1 }));
    const counts = await runInDurableObject(stub(), (_, { storage }) =>
      ["dead", "expired"].map((table) => storage.sql.exec<{ n: number }>(`SELECT count(*) AS n FROM ${table}`).one().n),
    );
    expect(counts).toEqual([unclaimedLettersMax, 1]);
  });

  test("a letter that nobody decides about in time leaves a pointer into the archive", async () => {
    await directory().park([item(waits("1"))]);
    const age = (ms: number, table: string) =>
      runInDurableObject(stub(), (_, state) => state.storage.sql.exec(`UPDATE ${table} SET at = ?`, Date.now() - ms).rowsWritten);
    await age(parkedAgeMaxMs + 1, "parked");
    await crash();
    await directory().sweep();
    await age(unclaimedLetterAgeMaxMs + 1, "dead");
    await crash();
    await directory().sweep();
    expect(await directory().deadLetters({ limit: 10 })).toMatchObject([{ status: "discarded" }]);
    const pointers = await runInDurableObject(
      stub(),
      (_, state) => state.storage.sql.exec<{ pointers: string }>("SELECT pointers FROM expired").one().pointers,
    );
    expect(JSON.parse(pointers)).toMatchObject([{ deliveryId: "d-1", index: 0, eventId: "1" }]);
  });

  test("thousands of events in a call, by many keys, are all there", async () => {
    const events = Array.from({ length: 5_000 }, (_, i) => waits(`e${i}`, [`user|${i % 700}`, "domain|x.io"]));
    await directory().park(events.map((event) => item(event)));
    expect(await directory().totals()).toMatchObject({ parkedEvents: 5_000 });
    expect(await directory().link(edge("domain|x.io", "a"))).toMatchObject({ drainedEvents: 5_000 });
    for (let i = 0; i < 20 && sentIds().length < 5_000; i++) {
      await drive();
      await directory().settle(
        world.sent.map((_, n) =>
          report(
            n,
            world.sent[n]!.lines.map(() => applied),
          ),
        ),
      );
    }
    expect(new Set(sentIds()).size).toBe(5_000);
    expect(await directory().totals()).toMatchObject({ parkedEvents: 0, drainingEvents: 0, parkedBytes: 0, drainedApplied: 5_000 });
    expect(
      await runInDurableObject(stub(), (_, state) => state.storage.sql.exec<{ n: number }>("SELECT count(*) AS n FROM waiting").one().n),
    ).toBe(0);
  });
});

describe("packs of what was set free", () => {
  const free = async (...ids: string[]): Promise<void> => {
    await directory().park(ids.map((id) => item(waits(id))));
    await directory().link(edge("user|u", "a"));
    await drive();
  };

  test("settle once, whatever is reported again", async () => {
    await free("1", "2");
    expect(await directory().totals()).toMatchObject({ parkedEvents: 0, drainingEvents: 2 });
    const done = report(0, [applied, applied]);
    await directory().settle([done, done]);
    await directory().settle([done]);
    expect(await directory().totals()).toMatchObject({ drainingEvents: 0, drainedApplied: 2, parkedBytes: 0 });
    expect(await directory().readPack(done.packId)).toBeNull();
  });

  test("are driven again, the same, until they have settled: the queue may lose them", async () => {
    await free("1");
    await runInDurableObject(stub(), (_, state) => state.storage.sql.exec("UPDATE pack SET next_at = 0").rowsWritten);
    await directory().sweep();
    await vi.waitFor(() => expect(world.sent.length).toBe(2));
    expect(world.sent[1]).toEqual(world.sent[0]);
  });

  test.each(["fails", "hangs"] as const)("a queue that %s does not lose them, nor does a restart", async (fault) => {
    world.queue = fault;
    await directory().park([item(waits("1"))]);
    await directory().link(edge("user|u", "a"));
    if (fault === "fails") await drive();
    await crash();
    world.queue = "none";
    await runInDurableObject(stub(), (_, state) => state.storage.sql.exec("UPDATE pack SET next_at = 0").rowsWritten);
    await directory().sweep();
    await vi.waitFor(() => expect(sentIds()).toEqual(["1"]));
  });

  test("an event that still waits keeps its pack", async () => {
    await free("1", "2");
    await directory().settle([report(0, [applied, waiting])]);
    expect(await directory().totals()).toMatchObject({ drainingEvents: 2, drainedApplied: 0 });
    await directory().settle([report(0, [applied, applied])]);
    expect(await directory().totals()).toMatchObject({ drainingEvents: 0, drainedApplied: 2 });
  });

  test("an event that came to lie here again stays when its old pack settles", async () => {
    await free("1");
    await directory().unlink("user|u", "a", "ann", undefined, 0);
    const line = world.sent[0]?.lines[0] as string;
    expect(await directory().park([{ keys: ["user|u"], mayCreate: false, line, from: "directory" }])).toEqual([{ status: "parked" }]);
    await directory().settle([report(0, [parked])]);
    expect(await directory().totals()).toMatchObject({ parkedEvents: 1, drainingEvents: 0, drainedApplied: 0 });
  });

  test("an event that is said to be parked and is not, is not thrown away", async () => {
    await free("1");
    await directory().settle([report(0, [parked])]);
    expect(await directory().totals()).toMatchObject({ drainingEvents: 1 });
  });

  test("quarantined and dead events are kept for a person, copied, and can be sent again", async () => {
    await free("1", "2");
    const failing = [{ index: 1, reason: "fold_failed", detail: "it threw" }];
    for (let i = 0; i < eventTriesMax; i++) {
      await directory().settle([
        report(0, [quarantined, waiting], [{ index: 0, reason: "id_conflict", detail: "other content" }, ...failing]),
      ]);
    }
    expect(await directory().totals()).toMatchObject({ drainingEvents: 0, drainedApplied: 0 });
    await drive();
    expect(world.copied.map(({ kind, reason, eventId, status }) => ({ kind, reason, eventId, status }))).toEqual([
      { kind: "quarantined", reason: "id_conflict", eventId: "1", status: "open" },
      { kind: "deadLettered", reason: "fold_failed", eventId: "2", status: "open" },
    ]);
    expect(world.copied.filter((copy) => "line" in copy)).toEqual([]);
    const [letter] = await directory().deadLetters({ limit: 10, status: "open" });
    expect(await directory().replayDeadLetter(letter?.id as string, { asNew: false })).toMatchObject({ status: "replayed" });
    expect(await directory().replayDeadLetter(letter?.id as string, { asNew: false })).toMatchObject({ status: "replayed" });
    await drive();
    expect(sentIds()).toEqual(["1", "2", "2"]);
    expect(await directory().deadLetter("directory-999")).toBeNull();
    const discarded = (await directory().deadLetters({ limit: 10, status: "open" }))[0]?.id as string;
    await directory().discardDeadLetter(discarded, "noise");
    expect(await directory().deadLetter(discarded)).toMatchObject({ status: "discarded", detail: "other content (discarded: noise)" });
    await drive();
    expect(world.copied.at(-1)).toMatchObject({ id: discarded, status: "discarded", detail: "other content (discarded: noise)" });
  });

  test("a letter that is sent again as a new event has ids of its own, which lead to the delivery that brought it", async () => {
    await free("1");
    await directory().settle([report(0, [quarantined], [{ index: 0, reason: "id_conflict", detail: "" }])]);
    await directory().replayDeadLetter("directory-1", { asNew: true });
    await drive();
    const again = JSON.parse(world.sent[1]?.lines[0] ?? "") as Event;
    expect([again.id, again.deliveryId, firstDeliveryOf(again)]).toEqual(["1~replay-d1", "d-1~replay-d1", "d-1"]);
  });

  test("an event as long as they come is parked, set free and kept as a letter, each time as a value that the platform takes", async () => {
    const longestBytes = await longestValueOf();
    const long = waits("1", ["user|u"], { data: { text: '"'.repeat(480_000) } });
    await directory().park([item(long)]);
    await directory().link(edge("user|u", "a"));
    await drive();
    await directory().settle([report(0, [quarantined])]);
    const line = toLine(long);
    expect(await directory().deadLetter("directory-1")).toMatchObject({ status: "open", line });
    await directory().discardDeadLetter("directory-1", "");
    expect(await directory().deadLetter("directory-1")).toMatchObject({ status: "discarded", line });
    expect(longestBytes()).toBe(new TextEncoder().encode(line).byteLength);
  });

  test("a letter that older code has kept whole is read, and kept as it is when it is closed", async () => {
    const letter = { kind: "quarantined", reason: "id_conflict", detail: "", eventId: "1", at: 1, tries: 1, line: "[1]" };
    await runInDurableObject(stub(), (_, { storage: { sql } }) => {
      sql.exec("INSERT INTO dead (at, status, copied, doc) VALUES (1, 'open', 0, ?)", JSON.stringify({ ...letter, status: "open" }));
    });
    expect(await directory().deadLetter("directory-1")).toEqual({ ...letter, id: "directory-1", status: "open" });
    await directory().discardDeadLetter("directory-1", "");
    expect(await directory().deadLetter("directory-1")).toEqual({ ...letter, id: "directory-1", status: "discarded" });
    await drive();
    const { line: _kept, ...copy } = letter;
    expect(world.copied).toEqual([{ ...copy, id: "directory-1", status: "discarded" }]);
  });

  test("a letter that a person closes while its copy is under way is copied again", async () => {
    await free("1");
    await directory().settle([report(0, [quarantined], [{ index: 0, reason: "id_conflict", detail: "" }])]);
    const isTold = await runInDurableObject(stub(), (instance) => {
      const { dead } = instance as unknown as { dead: DeadLetterStore };
      const [copy] = dead.uncopied(1);
      dead.discard(copy?.id ?? "", "noise");
      dead.markCopied(copy === undefined ? [] : [copy]);
      return !dead.hasUncopied();
    });
    expect(isTold).toBe(false);
  });

  test("a report of another length settles nothing", async () => {
    await free("1", "2");
    await directory().settle([report(0, [applied])]);
    expect(await directory().totals()).toMatchObject({ drainingEvents: 2 });
  });

  test("a bounded number is under way at a time", async () => {
    const events = Array.from({ length: directoryPacksUnsettledMax + 3 }, (_, i) =>
      waits(`e${i}`, ["user|u"], { data: { text: "x".repeat(60_000), i } }),
    );
    for (const event of events) await directory().park([item(event)]);
    await directory().link(edge("user|u", "a"));
    await drive();
    expect(world.sent.length).toBe(directoryPacksUnsettledMax);
    await directory().settle(world.sent.map((_, n) => report(n, [applied])));
    await drive();
    expect(world.sent.length).toBe(events.length);
  });

  test("an event too large for a message travels by reference", async () => {
    const noise = Array.from(crypto.getRandomValues(new Uint8Array(60_000)), (byte) =>
      String.fromCharCode(0x4e00 + byte * 16 + (byte % 16)),
    ).join("");
    const bytes = Array.from({ length: 4 }, () => crypto.randomUUID()).join("");
    const random = Array.from({ length: 4_000 }, () => crypto.randomUUID()).join("");
    await directory().park([item(waits("1", ["user|u"], { data: { noise, bytes, random } }))]);
    await directory().link(edge("user|u", "a"));
    await drive();
    expect(world.sent[0]).toMatchObject({ header: { byReference: true, events: 1, routeOf: [0] }, lines: [""] });
    expect((await directory().readPack(world.sent[0]?.header.id as string))?.length).toBeGreaterThan(100_000);
  });
});

describe("merging accounts", () => {
  const request = (from: string, into: string) => ({ from, into, author: "ann", at: 1 });
  const due = () =>
    runInDurableObject(stub(), (_, state) => state.storage.sql.exec("UPDATE merge SET next_at = 0 WHERE next_at IS NOT NULL").rowsWritten);

  test("the account is told, over failures and restarts, and a key of it leads to the one it was merged into", async () => {
    world.accounts = "fails";
    await directory().link(edge("user|u", "a"));
    expect(await directory().merge(request("a", "b"))).toMatchObject({ ok: true, value: { changed: true, merge: { version: 1 } } });
    expect(await directory().merge(request("a", "b"))).toMatchObject({ ok: true, value: { changed: false, merge: { version: 1 } } });
    await drive();
    await crash();
    world.accounts = "none";
    await due();
    await directory().sweep();
    await vi.waitFor(() => expect(world.toldMerged).toEqual([{ accountId: "a", into: "b", version: 1 }]));
    expect(await directory().status(["user|u"])).toMatchObject([{ accountId: "b", edges: [{ accountId: "a" }] }]);
    expect(await directory().totals()).toMatchObject({ mergedAccounts: 1 });
  });

  test("taking it back tells the account first and orders the other to give back what came by the merge", async () => {
    await directory().merge(request("a", "b"));
    await drive();
    expect(await directory().unmerge(request("a", "c"))).toEqual({ ok: false, error: { reason: "not_merged" } });
    expect(await directory().unmerge(request("a", "b"))).toMatchObject({ ok: true, value: { merge: { version: 2, into: null } } });
    await vi.waitFor(() => expect(world.released).toEqual([{ accountId: "b", key: "merged|a", version: 2 }]), { timeout: 5_000 });
    expect(world.toldMerged).toEqual([
      { accountId: "a", into: "b", version: 1 },
      { accountId: "a", into: null, version: 2 },
    ]);
    expect(await directory().merge(request("a", "c"))).toMatchObject({ ok: true, value: { merge: { version: 3 } } });
  });

  test("an order to give back follows the events through a merge", async () => {
    world.mergedInto.set("a", "b");
    await directory().link(edge("user|u", "a"));
    await directory().link(edge("user|u", "c"));
    await vi.waitFor(() =>
      expect(world.released).toEqual([
        { accountId: "a", key: "user|u", version: 2 },
        { accountId: "b", key: "user|u", version: 2 },
      ]),
    );
    await vi.waitFor(async () => expect(await directory().totals()).toMatchObject({ pendingReleases: 0 }));
  });

  test("circles, other accounts' merges and chains that are too long are refused", async () => {
    expect(await directory().merge(request("a", "a"))).toEqual({ ok: false, error: { reason: "same_account" } });
    await directory().merge(request("a", "b"));
    expect(await directory().merge(request("b", "a"))).toEqual({
      ok: false,
      error: { reason: "merged_already", accountId: "a", into: "b" },
    });
    expect(await directory().merge(request("a", "c"))).toEqual({
      ok: false,
      error: { reason: "merged_already", accountId: "a", into: "b" },
    });
    for (const [from, into] of [
      ["b", "c"],
      ["c", "d"],
      ["d", "e"],
    ] as const)
      expect(await directory().merge(request(from, into))).toMatchObject({ ok: true });
    expect(await directory().merge(request("e", "f"))).toEqual({ ok: false, error: { reason: "chain_too_long" } });
    await directory().link(edge("user|u", "a"));
    expect(await directory().status(["user|u"])).toMatchObject([{ accountId: "e" }]);
  });
});

describe("tidying", () => {
  const sql = (query: string, ...values: (string | number)[]) =>
    runInDurableObject(stub(), (_, state) => state.storage.sql.exec<{ n: number }>(query, ...values).toArray());
  const old = Date.now() - 2 * expiredPointerAgeMaxMs;

  test("forgets closed letters and pointers that have become old, and no open ones", async () => {
    await directory().totals();
    for (const [status, copied, at] of [
      ["open", 1, old],
      ["discarded", 0, old],
      ["discarded", 1, old],
      ["replayed", 1, Date.now()],
    ] as const)
      await sql("INSERT INTO dead (at, status, copied, doc) VALUES (?, ?, ?, '{}')", at, status, copied);
    for (const at of [old, Date.now()]) await sql("INSERT INTO expired (keys, at, events, pointers) VALUES ('[]', ?, 1, '[]')", at);
    await directory().sweep();
    expect(await sql("SELECT status, copied FROM dead ORDER BY number")).toEqual([
      { status: "open", copied: 1 },
      { status: "discarded", copied: 0 },
      { status: "replayed", copied: 1 },
    ]);
    expect(await sql("SELECT count(*) AS n FROM expired")).toEqual([{ n: 1 }]);
  });

  test("a step that throws stops neither the others nor what is under way, and is tried again", async () => {
    await directory().park([item(waits("1"))]);
    await sql(
      "INSERT INTO parked (state, may_create, at, received_before, events, bytes, keys, body) VALUES (0, 0, 1, 1, 1, 9, '[]', 'no JSON')",
    );
    await sql("INSERT INTO expired (keys, at, events, pointers) VALUES ('[]', 1, 1, '[]')");
    await directory().link(edge("user|u", "a"));
    await drive();
    expect(await sql("SELECT count(*) AS n FROM expired")).toEqual([{ n: 0 }]);
    expect(sentIds()).toEqual(["1"]);
  });
});

describe("moving a key", () => {
  test("the loser is told to give back at the new version", async () => {
    await directory().link(edge("user|u", "a"));
    expect(await directory().link(edge("user|u", "b"))).toMatchObject({ version: 2, released: ["a"] });
    await vi.waitFor(() => expect(world.released).toEqual([{ accountId: "a", key: "user|u", version: 2 }]));
    await vi.waitFor(async () => expect(await directory().totals()).toMatchObject({ pendingReleases: 0 }));
  });

  test("again while it says that it is under way", async () => {
    world.underWay = 1;
    await directory().link(edge("user|u", "a"));
    await directory().unlink("user|u", "a", "ann", "wrong", 0);
    await vi.waitFor(() => expect(world.released).toHaveLength(1));
    expect(await directory().totals()).toMatchObject({ pendingReleases: 1 });
    await runInDurableObject(stub(), (_, state) => state.storage.sql.exec("UPDATE release SET next_at = 0").rowsWritten);
    await drive();
    await vi.waitFor(async () => expect(await directory().totals()).toMatchObject({ pendingReleases: 0 }));
    expect(world.released).toHaveLength(2);
  });

  test("until it has answered, over failures and restarts", async () => {
    world.accounts = "fails";
    await directory().link(edge("user|u", "a"));
    await directory().unlink("user|u", "a", "ann", "wrong", 0);
    await drive();
    expect(await directory().totals()).toMatchObject({ pendingReleases: 1 });
    await crash();
    world.accounts = "none";
    await runInDurableObject(stub(), (_, state) => state.storage.sql.exec("UPDATE release SET next_at = 0").rowsWritten);
    await directory().sweep();
    await vi.waitFor(() => expect(world.released).toEqual([{ accountId: "a", key: "user|u", version: 2 }]));
  });

  test("an order that was written while an older one was being answered stands", async () => {
    world.accounts = "hangs";
    await directory().link(edge("user|u", "a"));
    await directory().link(edge("user|u", "b"));
    await directory().link(edge("user|u", "a"));
    await directory().link(edge("user|u", "b"));
    const orders = await runInDurableObject(stub(), (_, state) =>
      state.storage.sql.exec("SELECT account, version FROM release ORDER BY account").toArray(),
    );
    expect(orders).toEqual([
      { account: "a", version: 4 },
      { account: "b", version: 3 },
    ]);
  });

  test("what an account gave back lies here without being counted as applied twice", async () => {
    const event = waits("1");
    await directory().park([item(event)]);
    await directory().link(edge("user|u", "a"));
    await drive();
    await directory().settle([report(0, [applied])]);
    await directory().unlink("user|u", "a", "ann", undefined, 0);
    await directory().park([item(event, { from: "account" })]);
    expect(await directory().totals()).toMatchObject({ parkedEvents: 1, givenBackEvents: 1, drainedApplied: 1 });
    await directory().link(edge("user|u", "b"));
    await drive();
    await directory().settle([report(1, [applied])]);
    expect(await directory().totals()).toMatchObject({ parkedEvents: 0, drainingEvents: 0, givenBackEvents: 0, drainedApplied: 1 });
  });
});
