import { describe, expect, it } from "vitest";
import { canaryAccountId, type CanarySighting } from "../../../src/domain/canary.ts";
import type { AccountChange } from "../../../src/domain/change.ts";
import type { LiveMessage } from "../../../src/domain/live.ts";
import { projectChanges, type ProjectionPorts } from "../../../src/projections/project-changes.ts";
import { changeOf } from "../../support/api-changes.ts";

type Confirmed = { shard: string; sink: string; upTo: readonly { accountId: string; epoch: number; number: number }[] };

function sinks(faults: { readModels?: "fails" | "hangs"; live?: "fails"; confirm?: "fails" } = {}) {
  const kept: AccountChange[] = [];
  const published: Omit<LiveMessage, "id">[] = [];
  const confirmed: Confirmed[] = [];
  const reported: string[] = [];
  const completeTo: number[] = [];
  const canaries: CanarySighting[] = [];
  const ports: ProjectionPorts = {
    readModels: {
      keepAccounts: async (changes) => {
        if (faults.readModels === "hangs") await new Promise(() => undefined);
        if (faults.readModels === "fails") throw new Error("database down");
        kept.push(...changes);
      },
      completeTo: async (at) => void completeTo.push(at),
      seenCanary: async (sighting) => void canaries.push(sighting),
    },
    now: () => 1_000,
    live: {
      publish: async (messages) => {
        if (faults.live === "fails") throw new Error("hub down");
        published.push(...messages);
      },
    },
    confirmer: {
      confirm: async (shard, sink, upTo) => {
        if (faults.confirm === "fails") throw new Error("shard down");
        confirmed.push({ shard, sink, upTo });
      },
    },
    report: (what) => void reported.push(what),
    // A hanging call is given up after a moment here, after seconds in production.
    within: (_ms, work) => Promise.race([work, new Promise<never>((_, reject) => setTimeout(() => reject(new Error("late")), 20))]),
  };
  return { ports, kept, published, confirmed, reported, completeTo, canaries };
}

const both = ["readModels", "live"] as const;
const upTo = (accountId: string, number = 1) => ({ accountId, epoch: 1, number });

describe("changes on their way to the sinks", () => {
  it("of the canary are measured and confirmed, and neither listed nor told", async () => {
    const world = sinks();
    const canary = changeOf(canaryAccountId, { shard: "3", newestReceivedAt: 400 });
    await projectChanges([{ sinks: both, changes: [canary, changeOf("a", { shard: "1" })] }], world.ports);
    expect(world.canaries).toEqual([{ receivedAt: 400, visibleMs: 600 }]);
    expect([world.kept, world.published].map((told) => told.length)).toEqual([1, 1]);
    expect(world.confirmed.map(({ shard, sink }) => `${shard} ${sink}`).sort()).toEqual([
      "1 live",
      "1 readModels",
      "3 live",
      "3 readModels",
    ]);
  });

  it("are kept, published, and confirmed to each shard for each sink", async () => {
    const world = sinks();
    const [a, b] = [changeOf("a", { shard: "1" }), changeOf("b", { shard: "2" })];
    await projectChanges(
      [
        { sinks: both, changes: [a] },
        { sinks: both, changes: [b] },
      ],
      world.ports,
    );
    expect(world.kept).toEqual([a, b]);
    expect(world.published.map(({ type, accountId, at }) => ({ type, accountId, at }))).toEqual([
      { type: "account.changed", accountId: "a", at: a.computedAt },
      { type: "account.changed", accountId: "b", at: b.computedAt },
    ]);
    expect(world.confirmed.toSorted((x, y) => (x.sink + x.shard < y.sink + y.shard ? -1 : 1))).toEqual([
      { shard: "1", sink: "live", upTo: [upTo("a")] },
      { shard: "2", sink: "live", upTo: [upTo("b")] },
      { shard: "1", sink: "readModels", upTo: [upTo("a")] },
      { shard: "2", sink: "readModels", upTo: [upTo("b")] },
    ]);
  });

  it("go only to the sinks that the message names", async () => {
    const world = sinks();
    await projectChanges([{ sinks: ["live"], changes: [changeOf("a")] }], world.ports);
    expect(world.kept).toEqual([]);
    expect(world.confirmed.map(({ sink }) => sink)).toEqual(["live"]);
  });

  it("reach a sink once an account, the newest, when a batch holds several", async () => {
    const world = sinks();
    const changes = [
      changeOf("a", { number: 2 }),
      changeOf("a", { number: 3 }),
      changeOf("a", { number: 1 }),
      changeOf("a", { epoch: 0, number: 9 }),
    ];
    await projectChanges(
      changes.map((change) => ({ sinks: ["readModels"] as const, changes: [change] })),
      world.ports,
    );
    expect(world.kept.map(({ epoch, number }) => ({ epoch, number }))).toEqual([{ epoch: 1, number: 3 }]);
    expect(world.confirmed).toEqual([{ shard: "1", sink: "readModels", upTo: [upTo("a", 3)] }]);
  });

  it.each(["fails", "hangs"] as const)("are published and confirmed as live while the database %s", async (fault) => {
    const world = sinks({ readModels: fault });
    await projectChanges([{ sinks: both, changes: [changeOf("a")] }], world.ports);
    expect(world.confirmed).toEqual([{ shard: "1", sink: "live", upTo: [upTo("a")] }]);
    expect(world.completeTo).toEqual([]);
    expect(world.reported).toEqual(["projection_sink_failed"]);
  });

  it("are kept and confirmed for lists while the live feed fails", async () => {
    const world = sinks({ live: "fails" });
    await projectChanges([{ sinks: both, changes: [changeOf("a")] }], world.ports);
    expect(world.kept).toHaveLength(1);
    expect(world.confirmed.map(({ sink }) => sink)).toEqual(["readModels"]);
  });

  it("count as kept when a confirmation is lost: the shard sends them again", async () => {
    const world = sinks({ confirm: "fails" });
    await projectChanges([{ sinks: both, changes: [changeOf("a")] }], world.ports);
    expect(world.kept).toHaveLength(1);
    expect(world.published).toHaveLength(1);
    expect(world.reported).toEqual(["projection_confirm_failed", "projection_confirm_failed"]);
  });

  it("tell lists how complete they are, by a heartbeat while nothing changes", async () => {
    const world = sinks();
    await projectChanges([{ sinks: ["readModels"], changes: [], heartbeatAt: 77 }], world.ports);
    expect(world.completeTo).toEqual([77]);
    expect(world.confirmed).toEqual([]);
  });
});
