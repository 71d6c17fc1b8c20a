import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromLine, type Event } from "../../../src/domain/event.ts";
import type { EdgeEvidence } from "../../../src/domain/identity/messages.ts";
import { resolveAt } from "../../../src/domain/identity/resolve.ts";
import { messageOf, packText, World, eventWith } from "../../support/identity-world.ts";

/**
 * Nothing is lost or doubled when a link is made while events are in flight.
 *
 * Every call the consumer makes is a step. A change of links strikes before each of them in turn, with the report of the first working
 * lost or not (then the same pack is worked a second time), with the accounts giving back at once or only later. At the end each event
 * lies in exactly one place, and it is the place its keys lead to.
 */
type Act = (world: World) => void;

const keysOf = { both: ["user|u", "domain|x.io"], user: ["user|u"], domain: ["domain|x.io"] };
/** Received at 3,000; links that exist before are of 2,000, those made in flight of 4,000. */
const events: Event[] = Object.entries(keysOf).map(([id, keys]) => eventWith({ id, keys, receivedAt: 3_000 }));

const start = (...links: readonly [string, string, EdgeEvidence][]): World => {
  const world = new World();
  world.accounts.exist("a", "b", "c");
  world.directory.now = 2_000;
  for (const [key, account, evidence] of links) world.directory.link(key, account, evidence);
  world.directory.now = 4_000;
  return world;
};

const scenarios: Record<string, { before: readonly [string, string, EdgeEvidence][]; act: Act }> = {
  "a first link": { before: [], act: ({ directory }) => directory.link("user|u", "a") },
  "a link of a weaker key": { before: [], act: ({ directory }) => directory.link("domain|x.io", "a") },
  "links of both keys to different accounts": {
    before: [],
    act: ({ directory }) => {
      directory.link("domain|x.io", "a");
      directory.now += 10;
      directory.link("user|u", "b");
    },
  },
  "a link of a stronger key while a weaker one leads": {
    before: [["domain|x.io", "a", "crm"]],
    act: ({ directory }) => directory.link("user|u", "b"),
  },
  "a relink by a person": { before: [["user|u", "a", "person"]], act: ({ directory }) => directory.link("user|u", "b") },
  "a person against weaker evidence": { before: [["user|u", "a", "observed"]], act: ({ directory }) => directory.link("user|u", "b") },
  "equal evidence for another account": { before: [["user|u", "a", "crm"]], act: ({ directory }) => directory.link("user|u", "b", "crm") },
  "an unlink": { before: [["user|u", "a", "person"]], act: ({ directory }) => directory.unlink("user|u", "a") },
  "an unlink that leaves a weaker key": {
    before: [
      ["user|u", "a", "person"],
      ["domain|x.io", "b", "crm"],
    ],
    act: ({ directory }) => directory.unlink("user|u", "a"),
  },
  "an unlink and a link to another": {
    before: [["user|u", "a", "person"]],
    act: ({ directory }) => {
      directory.unlink("user|u", "a");
      directory.now += 10;
      directory.link("user|u", "c");
    },
  },
  "there and back again": {
    before: [["user|u", "a", "person"]],
    act: ({ directory }) => {
      directory.link("user|u", "b");
      directory.now += 10;
      directory.link("user|u", "a");
    },
  },
};

/** Strikes before the nth port call; counts the calls. */
function striking(world: World, strikeAt: number, strike: () => Promise<void>, loseReports: number): { steps: () => number } {
  let steps = 0;
  let lost = 0;
  const step = async <T>(run: () => Promise<T>): Promise<T> => {
    if (steps++ === strikeAt) await strike();
    return run();
  };
  const { directory, accounts, origins } = world;
  world.over = {
    keys: { lookup: (keys, cursor) => step(() => directory.lookup(keys, cursor)) },
    parking: { park: (items) => step(() => directory.park(items)) },
    evidence: {
      observe: (pairs) => step(() => directory.observe(pairs)),
      accountsExist: (ids) => step(() => directory.accountsExist(ids)),
    },
    accounts: { shards: () => accounts.shards(), apply: (shard, call) => step(() => accounts.apply(shard, call)) },
    origins: {
      readPack: (origin, id) => origins.readPack(origin, id),
      settle: (origin, reports) =>
        step(async () => {
          if (origin.kind === "intake" && lost++ < loseReports) throw new Error("the report is lost");
          return origins.settle(origin, reports);
        }),
    },
  };
  return { steps: () => steps };
}

/** Each event in exactly one place, the one its keys lead to. */
function expectEachOnce(world: World, all: readonly Event[]): void {
  const waiting = [...world.directory.waiting.values()].map(({ line }) => fromLine(line).id);
  for (const event of all) {
    const resolution = resolveAt(event.keys, world.directory.viewOf, event.receivedAt);
    const places = [
      ...["a", "b", "c"].filter((account) => world.accounts.ids(account).includes(event.id)),
      ...waiting.filter((id) => id === event.id).map(() => "parked"),
    ];
    expect({ event: event.id, places }).toEqual({
      event: event.id,
      places: [resolution.status === "linked" ? resolution.accountId : "parked"],
    });
  }
}

describe.each(Object.entries(scenarios))("%s while events are in flight", (_, { before, act }) => {
  for (const loseReports of [0, 1, 2]) {
    for (const givingBack of ["at once", "later"]) {
      test(`strikes at each step; ${loseReports} reports lost, given back ${givingBack}`, async () => {
        let steps = 1;
        for (let strikeAt = 0; strikeAt <= steps; strikeAt++) {
          const world = start(...before);
          // A reader that knew the keys before the change: its cache is the stalest there can be.
          await world.work("warm", [eventWith({ id: "warm", keys: keysOf.both, receivedAt: 2_500 })]);
          const strike = async (): Promise<void> => {
            act(world);
            if (givingBack === "at once") await world.drive();
          };
          const struck = striking(world, strikeAt, strike, loseReports);
          for (let time = 0; time <= loseReports; time++) await world.consume(messageOf(packText("p", events, { mayCreate: false })));
          steps = struck.steps();
          world.over = {};
          await world.drive();
          expectEachOnce(world, events);
        }
        expect(steps).toBeGreaterThan(2);
      });
    }
  }
});

describe("two keys that lead to the same account", () => {
  test("the one that led there when the event was received is remembered, and takes it away when it moves", async () => {
    const world = start(["domain|x.io", "a", "crm"]);
    const event = eventWith({ id: "1", keys: keysOf.both, receivedAt: 3_000 });
    world.directory.link("user|u", "a");
    await world.work("p", [event], { mayCreate: false });
    world.directory.link("domain|x.io", "b");
    await world.drive();
    expectEachOnce(world, [event]);
    expect(world.accounts.ids("b")).toEqual(["1"]);
  });
});

describe("any history of links, with lost reports, doubled packs and late releases", () => {
  const keys = ["external:crm|1", "user|u", "email|u@x.io", "domain|x.io"];
  const act = fc.oneof(
    fc.record({
      do: fc.constant("link" as const),
      key: fc.constantFrom(...keys),
      account: fc.constantFrom("a", "b", "c"),
      evidence: fc.constantFrom<EdgeEvidence>("person", "crm", "identify", "observed"),
    }),
    fc.record({ do: fc.constant("unlink" as const), key: fc.constantFrom(...keys), account: fc.constantFrom("a", "b", "c") }),
    fc.record({ do: fc.constant("send" as const), keys: fc.uniqueArray(fc.constantFrom(...keys), { minLength: 1 }), lose: fc.boolean() }),
    fc.record({ do: fc.constant("again" as const), pack: fc.nat(20) }),
    fc.record({ do: fc.constant("drive" as const) }),
    fc.record({ do: fc.constant("forget" as const) }),
  );

  test("each event ends in exactly one place", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 40 }), async (acts) => {
        const world = new World();
        world.accounts.exist("a", "b", "c");
        const sent: Event[] = [];
        for (const [i, one] of acts.entries()) {
          world.directory.now = 2_000 + i * 10;
          if (one.do === "link") world.directory.link(one.key, one.account, one.evidence);
          else if (one.do === "unlink") world.directory.unlink(one.key, one.account);
          else if (one.do === "drive") await world.drive();
          else if (one.do === "forget") world.memory.views.drop(keys[i % keys.length] as string);
          else if (one.do === "again") {
            const event = sent[one.pack % Math.max(1, sent.length)];
            if (event !== undefined) await world.work(`p-${event.id}`, [event], { mayCreate: false });
          } else {
            const event = eventWith({ id: `e${i}`, keys: keys.filter((key) => one.keys.includes(key)), receivedAt: 2_000 + i * 10 + 5 });
            sent.push(event);
            await world.work(`p-${event.id}`, [event], { mayCreate: false });
          }
        }
        await world.drive();
        for (const event of sent) await world.work(`p-${event.id}`, [event], { mayCreate: false });
        await world.drive();
        expectEachOnce(world, sent);
      }),
      { numRuns: 600 },
    );
  });
});
