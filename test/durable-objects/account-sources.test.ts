import { runInDurableObject } from "cloudflare:test";
import { describe, expect, test, vi } from "vitest";
import type { AccountBook } from "../../durable-objects/account-shard/account-book.ts";
import { Entry } from "../../durable-objects/account-shard/entry.ts";
import { MetaStore } from "../../durable-objects/account-shard/meta-store.ts";
import { Returns } from "../../durable-objects/account-shard/returns.ts";
import type { AccountChange } from "../../src/domain/change.ts";
import { completenessRestMs, heardStreamsMax, sourceBackRestMs } from "../../src/domain/limits.ts";
import { noSources, type SourceReach, type StreamFacts } from "../../src/domain/source-reach.ts";
import { DAY_MS, HOUR_MS } from "../../src/domain/time.ts";
import { callOf, sourcesTo } from "../support/account-builders.ts";
import { faults, shard, stub, crash, drive, recent } from "../support/account-one-shard.ts";

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
      const returns = new Returns(book, new MetaStore(storage.sql), (productMs) => productMs);
      return { heard: returns.hear(now, now).map(({ id }) => id), dueAt: returns.dueAt };
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

  describe("of completeness", () => {
    const day = 20_000;
    const noon = day * DAY_MS + 12 * HOUR_MS;
    type Told = readonly [came: number, lost: number, movedAt: number];
    /** One life of the object: what is heard when this was told of the one stream at an instant of a product clock, and of the wall's. */
    const life = (storage: DurableObjectStorage, rate = 1) => {
      const sources = noSources();
      const book = { sources, toldStreams: new Set<string>(), byNumber: accounts } as unknown as AccountBook;
      const returns = new Returns(book, new MetaStore(storage.sql), (productMs) => (rate === 0 ? Infinity : productMs));
      return {
        hear: (wallMs: number, [came, lost, movedAt]: Told) => {
          sources.streams.set("tok_1/events", { liveAt: 1, isEnded: false, movedAt, completenessMovedAt: movedAt });
          sources.arrivals.set("tok_1/events", [[day, came, lost]]);
          return returns.hear(rate === 0 ? noon : wallMs, wallMs).map(({ id }) => id);
        },
        dueAt: () => returns.dueAt,
      };
    };
    const within = <T>(act: (storage: DurableObjectStorage) => T): Promise<T> =>
      runInDurableObject(stub(), (_, { storage }) => act(storage));

    test("are heard also where the shares of all shards move by how their parts weigh, which none of them tells", () =>
      within((storage) => {
        const one = life(storage);
        expect(one.hear(noon, [100, 10, noon])).toEqual(["tok_1"]);
        expect(one.hear(noon + 90_000, [105, 10, noon])).toEqual([]);
        expect(one.hear(noon + 90_000, [150, 10, noon])).toEqual(["tok_1"]);
        expect(one.hear(noon + 100_000, [300, 10, noon])).toEqual([]);
        expect(one.dueAt()).toBe(noon + 90_000 + completenessRestMs);
        const next = life(storage);
        expect(next.hear(noon + 110_000, [155, 10, noon])).toEqual([]);
        expect(next.hear(noon + 110_000, [300, 10, noon])).toEqual(["tok_1"]);
        expect(next.hear(noon + DAY_MS, [300, 10, noon])).toEqual([]);
      }));

    test("are heard of two shards that move at one instant, when the rest is over by the wall's clock, though the product's stands", () =>
      within((storage) => {
        const one = life(storage, 0);
        expect(one.hear(noon, [100, 10, noon])).toEqual(["tok_1"]);
        expect(one.hear(noon + 5, [200, 60, noon])).toEqual([]);
        expect(one.dueAt()).toBe(noon + completenessRestMs);
        expect(one.hear(noon + completenessRestMs, [200, 60, noon])).toEqual(["tok_1"]);
        // The same shard once more, as it has to be told apart.
        const again = noon + completenessRestMs + 5;
        expect(one.hear(again, [200, 90, noon + 1])).toEqual([]);
        expect(one.hear(again + completenessRestMs, [200, 90, noon + 1])).toEqual(["tok_1"]);
      }));
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
