import { describe, expect, test, vi } from "vitest";
import { EventOutcome } from "../../../src/domain/outcome.ts";
import { applyTimeoutMs, directoryItemsPerCallMax, objectRestMs, resolutionCacheEntriesMax } from "../../../src/domain/limits.ts";
import { type Event, toLine } from "../../../src/domain/event.ts";
import { toShortLine } from "../../../src/domain/event-line.ts";
import { byReference, fromPackText, packOfWhole, type PackHeader, toPackText } from "../../../src/domain/intake/pack.ts";
import { accountShardName } from "../../../src/domain/hash.ts";
import type { KeyLookup } from "../../../src/pipeline/ports.ts";
import { eventWith, messageOf, packText, World } from "../../support/identity-world.ts";

const { applied, parked, repeat, waiting, quarantined } = EventOutcome;
const fails = async (): Promise<never> => {
  throw new Error("network connection lost");
};
const hangs = (): Promise<never> => new Promise(() => undefined);

describe("a batch straight through", () => {
  test("events that name their account go to its shard as the text they were, one call a shard over the whole batch", async () => {
    const world = new World();
    const events = ["a", "b", "c", "a"].map((account, i) => eventWith({ id: `e${i}`, keys: [`account|${account}`] }));
    const [first, second] = await world.consume(messageOf(packText("p1", events.slice(0, 2))), messageOf(packText("p2", events.slice(2))));
    expect([first?.state, second?.state]).toEqual(["acked", "acked"]);
    const shards = world.accounts.applied.map(({ shard }) => shard);
    expect(new Set(shards).size).toBe(shards.length);
    expect(world.accounts.applied.flatMap(({ call }) => call.lines.split("\n")).sort()).toEqual(events.map(toShortLine).sort());
    expect(world.origins.last("p1")).toEqual({ packId: "p1", plan: 0, outcomes: [applied, applied], reasons: [], appliedAt: 5_000 });
    expect(world.origins.settleCalls).toEqual(["intake/0"]);
  });

  test("the greatest watermark of each stream and the scorecard's version go with each call", async () => {
    const world = new World();
    await world.consume(
      messageOf(packText("p1", [eventWith({ id: "1", occurredAt: 7 })])),
      messageOf(packText("p2", [eventWith({ id: "2", occurredAt: 5 })])),
    );
    expect(world.accounts.applied[0]?.call).toMatchObject({ watermarks: { "c1/events": 7 }, configVersion: "v1" });
  });

  test("a pack worked twice has its effect once and reports the same", async () => {
    const world = new World();
    const events = [eventWith({ id: "1" }), eventWith({ id: "2", keys: ["user|u"] })];
    const first = await world.work("p1", events);
    expect(await world.work("p1", events)).toEqual(first);
    expect([world.accounts.ids("a"), world.directory.waiting.size]).toEqual([["1"], 1]);
  });

  test("a message doubled within a batch is worked once and both are acknowledged", async () => {
    const world = new World();
    const text = packText("p1", [eventWith({ id: "1" })]);
    const messages = await world.consume(messageOf(text), messageOf(text));
    expect(messages.map(({ state }) => state)).toEqual(["acked", "acked"]);
    expect(world.origins.reports.length).toBe(1);
  });

  test("the same event sent in another delivery is a repeat", async () => {
    const world = new World();
    await world.work("p1", [eventWith({ id: "1" })]);
    expect(await world.work("p2", [eventWith({ id: "1", deliveryId: "other" })])).toEqual([repeat]);
  });

  test("one unreadable pack blocks nobody", async () => {
    const world = new World();
    const texts = ["no json\n{}", "null", '{"id":"x"}', toPackText(packOfWhole({ ...headerOf("p9"), events: 3 }, ["{}"]))];
    const bad = [messageOf(new Uint8Array([1, 2, 3])), ...texts.map((text) => messageOf(text))];
    const good = messageOf(packText("p1", [eventWith({ id: "1" })]));
    await world.consume(...bad, good);
    expect(bad.map(({ state }) => state)).toEqual(bad.map(() => "acked"));
    expect([good.state, world.origins.last("p1")?.outcomes, world.notes.length]).toEqual(["acked", [applied], bad.length]);
  });

  test("a pack of older code, whose lines are whole, goes on beside a new one", async () => {
    const world = new World();
    const events = ["1", "2"].map((id) => eventWith({ id, receivedAt: 3_000, keys: ["user|u"] }));
    world.accounts.exist("a");
    world.directory.link("user|u", "a");
    const older = toPackText(
      packOfWhole({ ...headerOf("p1"), routes: [{ keys: ["user|u"], mayCreate: false }] }, [toLine(events[0] as Event)]),
    );
    await world.consume(messageOf(older), messageOf(packText("p2", events.slice(1))));
    expect([world.origins.last("p1")?.outcomes, world.origins.last("p2")?.outcomes]).toEqual([[applied], [applied]]);
    expect(world.accounts.ids("a")).toEqual(["1", "2"]);
  });

  test("a line that waits for its account is parked whole", async () => {
    const world = new World();
    const event = eventWith({ id: "1", keys: ["user|u"], user: { id: "u" }, lane: "backfill" });
    expect(await world.work("p1", [event])).toEqual([parked]);
    expect([...world.directory.waiting.values()].map(({ line }) => JSON.parse(line) as unknown)).toEqual([event]);
  });

  test("code that knows no stamps takes a stamped pack for unreadable, which leaves it to its origin", () => {
    const [head = "", ...lines] = packText("p1", [eventWith({ id: "1" })]).split("\n");
    expect(lines.length).not.toBe((JSON.parse(head) as PackHeader).events);
  });

  test("a pack that travels by reference is fetched from its origin", async () => {
    const world = new World();
    const whole = packText("big", [eventWith({ id: "1" })]);
    world.origins.large.set("big", whole);
    await world.consume(messageOf(toPackText(byReference(fromPackText(whole)))));
    expect(world.origins.last("big")?.outcomes).toEqual([applied]);
  });

  test("a pack by reference that its origin has settled meanwhile is done", async () => {
    const [message] = await new World().consume(messageOf(toPackText(packOfWhole({ ...headerOf("p9"), byReference: true }, []))));
    expect(message?.state).toBe("acked");
  });

  test("an event without any key is quarantined with the reason", async () => {
    const world = new World();
    expect(await world.work("p1", [eventWith({ id: "1", keys: [] })])).toEqual([quarantined]);
    expect(world.origins.last("p1")?.reasons[0]?.reason).toBe("no_identity_key");
  });

  test("more text than one call may carry goes in several calls to the shard", async () => {
    const world = new World();
    const events = Array.from({ length: 150 }, (_, i) => eventWith({ id: `e${i}`, data: { text: "x".repeat(60_000) } }));
    expect(await world.work("p1", events)).toEqual(events.map(() => applied));
    expect(world.accounts.applied.length).toBe(2);
  });
});

const headerOf = (id: string) => ({
  id,
  origin: { kind: "intake" as const, name: "0" },
  plan: 0,
  events: 1,
  routes: [{ keys: ["account|a"], mayCreate: true }],
  routeOf: [0],
  watermarks: {},
});

describe("an object that is away delays only its own", () => {
  const a = eventWith({ id: "1", keys: ["account|a"] });
  const other = ["b", "c", "d", "e", "f"].find((id) => accountShardName(id, 4) !== accountShardName("a", 4)) as string;
  const b = eventWith({ id: "2", keys: [`account|${other}`] });

  test.each([
    ["fails", fails],
    ["hangs", hangs],
  ])(
    "an account shard that %s: its events wait without a reason, the pack is asked for again, the others are applied",
    async (_, fault) => {
      vi.useFakeTimers();
      try {
        const world = new World();
        const down = accountShardName("a", 4);
        const inner = world.accounts;
        world.over.accounts = {
          shards: () => inner.shards(),
          apply: (shard, call) => (shard === down ? fault() : inner.apply(shard, call)),
        };
        const mixed = messageOf(packText("p1", [a, b]));
        const alone = messageOf(packText("p2", [eventWith({ id: "3", keys: [`account|${other}`] })]));
        const done = world.consume(mixed, alone);
        await vi.advanceTimersByTimeAsync(applyTimeoutMs);
        await done;
        expect([mixed.state, alone.state, mixed.delaySeconds]).toEqual(["retried", "acked", 2]);
        expect([world.origins.last("p1")?.outcomes, world.origins.last("p1")?.reasons]).toEqual([[waiting, applied], []]);
        world.over = {};
        world.clock += objectRestMs;
        expect(await world.work("p1", [a, b])).toEqual([applied, applied]);
      } finally {
        vi.useRealTimers();
      }
    },
  );

  test("a shard that hung is left alone for a while, so that the next batch does not wait for it", async () => {
    vi.useFakeTimers();
    try {
      const world = new World();
      world.over.accounts = { shards: async () => 4, apply: hangs };
      const done = world.work("p1", [a]);
      await vi.advanceTimersByTimeAsync(applyTimeoutMs);
      await done;
      const apply = vi.fn(hangs);
      world.over.accounts = { shards: async () => 4, apply };
      expect(await world.work("p2", [a])).toEqual([waiting]);
      expect(apply).not.toHaveBeenCalled();
    } finally {
      vi.useRealTimers();
    }
  });

  test.each([
    ["fails", fails],
    ["hangs", hangs],
  ])("a directory that %s: what names its account goes on, what needs a look-up waits", async (_, fault) => {
    vi.useFakeTimers();
    try {
      const world = new World();
      world.accounts.exist("a");
      world.over.keys = { lookup: fault };
      world.over.parking = { park: fault };
      world.over.evidence = { observe: fault, accountsExist: fault };
      const done = world.work("p1", [a, eventWith({ id: "2", keys: ["user|u"] })]);
      await vi.advanceTimersByTimeAsync(60_000);
      expect(await done).toEqual([applied, waiting]);
      expect(world.notes).toEqual(expect.arrayContaining(["directory_not_asked", "directory_not_told"]));
    } finally {
      vi.useRealTimers();
    }
  });

  test("what is known of a key serves while the directory is down, but not for ever", async () => {
    const world = new World();
    world.accounts.exist("a");
    world.directory.link("user|u", "a");
    const user = (id: string) => eventWith({ id, keys: ["user|u"], receivedAt: 3_000 });
    expect(await world.work("p1", [user("1")])).toEqual([applied]);
    world.over.keys = { lookup: fails };
    world.clock += 59_000;
    expect(await world.work("p2", [user("2")])).toEqual([applied]);
    world.clock += 2_000;
    expect(await world.work("p3", [user("3")])).toEqual([waiting]);
  });

  test("a batch knows all of its own keys, be they more than are kept between batches", async () => {
    const world = new World();
    world.directory.link("user|first", "a");
    const keys = new Set(["user|first", ...Array.from({ length: resolutionCacheEntriesMax }, (_, n) => `user|${n}`)]);
    const { views, reaching } = world.memory;
    const known = await views.refresh(keys, world.directory, reaching, () => world.clock);
    expect(known.size).toBe(keys.size);
    expect(known.get("user|first")?.version).toBe(1);
  });

  test("a batch that is still asking hears what another is told of keys it has asked for", async () => {
    const world = new World();
    const { views, reaching } = world.memory;
    const refresh = (...keys: string[]) => views.refresh(new Set(keys), directory, reaching, () => world.clock);
    let second: Promise<unknown> | null = null;
    const directory: KeyLookup = {
      lookup: async (keys, cursor) => {
        const reply = await world.directory.lookup(keys, cursor);
        if (keys.includes("user|last") && second === null) {
          world.directory.link("user|0", "a");
          await (second = refresh("user|other"));
        }
        return reply;
      },
    };
    const keys = Array.from({ length: directoryItemsPerCallMax }, (_, n) => `user|${n}`);
    expect((await refresh(...keys, "user|last")).get("user|0")?.version).toBe(1);
  });

  test("an account created while the directory is away is settled only when the directory knows it", async () => {
    const world = new World();
    await world.work("p0", [a], { mayCreate: false });
    world.over.evidence = { observe: fails, accountsExist: fails };
    const again = eventWith({ id: "5", keys: ["account|a"] });
    expect(await world.work("p1", [again])).toEqual([waiting]);
    expect(world.accounts.ids("a")).toEqual(["5"]);
    world.over = {};
    expect(await world.work("p1", [again])).toEqual([applied]);
    await world.drive();
    expect(world.accounts.ids("a")).toEqual(["1", "5"]);
  });

  test("nor does it slip through when the answer that created it was lost", async () => {
    const world = new World();
    await world.work("p0", [a], { mayCreate: false });
    const inner = world.accounts;
    let lost = false;
    world.over.accounts = {
      shards: () => inner.shards(),
      apply: async (shard, call) => {
        const reply = await inner.apply(shard, call);
        if (lost) return reply;
        lost = true;
        throw new Error("the answer is lost");
      },
    };
    const again = eventWith({ id: "5", keys: ["account|a"] });
    expect(await world.work("p1", [again])).toEqual([waiting]);
    world.over.evidence = { observe: fails, accountsExist: fails };
    expect(await world.work("p1", [again])).toEqual([waiting]);
    world.over = {};
    expect(await world.work("p1", [again])).toEqual([applied]);
    await world.drive();
    expect(world.accounts.ids("a")).toEqual(["1", "5"]);
  });

  test("an account the directory could not be asked about is told of as soon as it can be", async () => {
    const world = new World();
    await world.work("p0", [a], { mayCreate: false });
    world.accounts.exist("a");
    world.memory.views.drop("account|a");
    world.over.keys = { lookup: fails };
    expect(await world.work("p1", [eventWith({ id: "5" })])).toEqual([applied]);
    await world.drive();
    expect(world.accounts.ids("a")).toEqual(["1", "5"]);
  });

  test("an origin that cannot be told keeps its pack and the message comes again", async () => {
    const world = new World();
    world.over.origins = {
      settle: (origin, reports) => (origin.name === "0" ? fails() : world.origins.settle(origin, reports)),
      readPack: fails,
    };
    const messages = await world.consume(messageOf(packText("p1", [a])), messageOf(packText("p2", [b], { name: "1" })));
    expect(messages.map(({ state }) => state)).toEqual(["retried", "acked"]);
  });

  test("the topology away: everything waits, nothing is lost", async () => {
    const world = new World();
    world.over.accounts = { shards: fails, apply: fails };
    const [message] = await world.consume(messageOf(packText("p1", [a])));
    expect([message?.state, world.origins.last("p1")?.outcomes]).toEqual(["retried", [waiting]]);
  });

  test("a failure of the event itself is a reason and leaves its neighbours alone", async () => {
    const world = new World();
    const inner = world.accounts;
    world.over.accounts = {
      shards: () => inner.shards(),
      apply: async (shard, call) => ({
        ...(await inner.apply(shard, call)),
        outcomes: [quarantined, applied],
        reasons: [{ index: 0, reason: "id_conflict", detail: "other content" }],
      }),
    };
    await world.work("p1", [a, eventWith({ id: "9" })]);
    expect(world.origins.last("p1")).toMatchObject({
      outcomes: [quarantined, applied],
      reasons: [{ index: 0, reason: "id_conflict", detail: "other content", accountId: "a" }],
    });
  });

  test("a full directory leaves events waiting in their pack", async () => {
    const world = new World();
    world.directory.full = true;
    const [message] = await world.consume(messageOf(packText("p1", [eventWith({ id: "1", keys: ["user|u"] })])));
    expect([message?.state, world.origins.last("p1")?.outcomes, world.origins.last("p1")?.reasons]).toEqual(["retried", [waiting], []]);
  });

  test("the delay before a pack is asked for again grows and is bounded", async () => {
    const world = new World();
    world.over.accounts = { shards: fails, apply: fails };
    const delays = [];
    for (const attempts of [1, 2, 3, 20]) delays.push((await world.consume(messageOf(packText("p1", [a]), attempts)))[0]?.delaySeconds);
    expect(delays).toEqual([2, 4, 8, 60]);
  });
});

describe("events whose account is not known", () => {
  test("an unknown account that the event may not create parks it until the account exists", async () => {
    const world = new World();
    const event = eventWith({ id: "1", keys: ["account|x", "user|u"] });
    expect(await world.work("p1", [event], { mayCreate: false })).toEqual([parked]);
    expect([...world.directory.waiting.values()][0]?.keys).toEqual(["account|x"]);
    await world.work("p2", [eventWith({ id: "2", keys: ["account|x"] })]);
    await world.drive();
    expect(world.accounts.ids("x")).toEqual(["1", "2"]);
  });

  test("an edge to an account that does not exist lets the event wait for it or for the edge to move", async () => {
    const world = new World();
    world.accounts.exist("b");
    world.directory.link("user|u", "ghost");
    expect(await world.work("p1", [eventWith({ id: "1", keys: ["user|u"], receivedAt: 3_000 })])).toEqual([parked]);
    world.directory.link("user|u", "b");
    await world.drive();
    expect(world.accounts.ids("b")).toEqual(["1"]);
  });

  test("an account that was merged away is followed", async () => {
    const world = new World();
    world.accounts.movedTo.set("old", "a");
    world.accounts.exist("a");
    expect(await world.work("p1", [eventWith({ id: "1", keys: ["account|old"] })])).toEqual([applied]);
    expect(world.accounts.ids("a")).toEqual(["1"]);
  });

  test("two accounts that point at each other do not turn a batch into a loop", async () => {
    const world = new World();
    world.accounts.movedTo.set("a", "b").set("b", "a");
    expect(await world.work("p1", [eventWith({ id: "1" })])).toEqual([waiting]);
  });

  test("a key edge does not create an account", async () => {
    const world = new World();
    world.directory.link("user|u", "ghost");
    await world.work("p1", [eventWith({ id: "1", keys: ["user|u"], receivedAt: 3_000 })], { mayCreate: true });
    expect(world.accounts.accounts.has("ghost")).toBe(false);
  });
});

describe("what an intake shard is told of an event that waited", () => {
  const event = eventWith({ id: "1", keys: ["user|u"] });

  test("it was parked, also when the first report was lost and a link has set it free meanwhile", async () => {
    const world = new World();
    world.accounts.exist("a");
    world.over.origins = { settle: fails, readPack: fails };
    await world.work("p1", [event]);
    world.over = {};
    world.directory.link("user|u", "a");
    expect(await world.work("p1", [event])).toEqual([parked]);
    expect(world.accounts.ids("a")).toEqual([]);
    await world.drive();
    expect(world.accounts.ids("a")).toEqual(["1"]);
    expect(world.origins.last("freed-0")?.outcomes).toEqual([applied]);
  });

  test("the same for an event that waited for its account", async () => {
    const world = new World();
    const named = eventWith({ id: "1", keys: ["account|x"] });
    world.over.origins = { settle: fails, readPack: fails };
    await world.work("p1", [named], { mayCreate: false });
    world.over = {};
    world.accounts.exist("x");
    await world.directory.accountsExist(["x"]);
    await world.drive();
    expect(await world.work("p1", [named], { mayCreate: false })).toEqual([parked]);
  });
});

describe("weak evidence", () => {
  test("an event that names account and user ties the user, once, and sets free what waited for the user", async () => {
    const world = new World();
    expect(await world.work("p0", [eventWith({ id: "0", keys: ["user|u"] })])).toEqual([parked]);
    for (const id of ["1", "2"])
      await world.work(`p${id}`, [eventWith({ id, keys: ["account|a", "user|u", "email|u@x.io", "domain|x.io"] })]);
    await world.drive();
    expect([world.accounts.ids("a"), world.directory.calls.observe]).toEqual([["0", "1", "2"], 1]);
    expect(world.directory.records.has("domain|x.io")).toBe(false);
  });

  test("an event that its account did not take is no evidence", async () => {
    const world = new World();
    await world.work("p1", [eventWith({ id: "1", keys: ["account|x", "user|u"] })], { mayCreate: false });
    expect(world.directory.calls.observe).toBe(0);
  });
});

describe("what is asked of the directory", () => {
  test("known accounts cost no call, known keys one call a batch", async () => {
    const world = new World();
    await world.work("p1", [eventWith({ id: "1" })]);
    await world.work("p2", [eventWith({ id: "2" })]);
    const { lookup } = world.directory.calls;
    for (const id of ["3", "4"]) await world.work(`p${id}`, [eventWith({ id })]);
    expect([world.directory.calls.lookup - lookup, world.directory.calls.accountsExist]).toEqual([0, 1]);
  });
});
