import { afterEach, expect, test } from "vitest";
import type { StreamStanding } from "../../src/domain/intake/stream.ts";
import { movedSince, noSources } from "../../src/domain/source-reach.ts";
import type { Env } from "../../src/env.ts";
import { noteSourcesMoved, sourceReach } from "../../src/platform/source-reach.ts";
import { forgetTopology } from "../../src/platform/topology.ts";

afterEach(forgetTopology);

const at = Date.UTC(2026, 10, 24, 12);
const clock = { now: () => at, wallTimeOf: (productMs: number) => productMs };
const told: StreamStanding = {
  connectionId: "tok",
  connector: "native",
  stream: "events",
  watermarkMs: at - 60_000,
  kinds: { usage: at - 60_000 },
  lastReceivedAt: at - 60_000,
  liveAt: at - 60_000,
  accepted: 1,
  rejected: 0,
};
/** Two intake shards that both know the stream, and note that they were asked. */
function intake(parts: readonly StreamStanding[] = [told, told]) {
  const asked: string[] = [];
  const namespace = {
    getByName: (name: string) => ({
      getTopology: async () => ({ accountShards: 4, intakeShards: 2, intakeShardsHighest: 2, createAccountsFromEvents: true, version: 1 }),
      streams: async () => {
        asked.push(name);
        return [parts[Number(name)]];
      },
    }),
  };
  return { env: { INTAKE_SHARD: namespace } as unknown as Env, asked };
}

test("what was told of a source that has moved is told on, though the intake shards are not asked again yet, and older news changes nothing", async () => {
  const { env, asked } = intake();
  const before = await sourceReach(env, clock);
  expect(before.streams.get("tok/events")).toMatchObject({ isEnded: false, liveAt: at - 60_000, movedAt: 0 });
  const released = { kinds: told.kinds, liveAt: at - 60_000, isEnded: true, movedAt: at };
  noteSourcesMoved(env, { ...noSources(), streams: new Map([["tok/events", released]]) });
  const after = await sourceReach(env, clock);
  expect(after.streams.get("tok/events")).toEqual(released);
  expect(after.watermarks.get("tok/events")).toBe(at - 60_000);
  noteSourcesMoved(env, { ...noSources(), streams: new Map([["tok/events", { ...released, isEnded: false, movedAt: at - 1 }]]) });
  expect((await sourceReach(env, clock)).streams.get("tok/events")?.isEnded).toBe(true);
  expect(asked).toEqual(["0", "1"]);
});

test("a stream whose completeness is another has moved, and what came by it is told on with that", async () => {
  const day = Math.floor(at / 86_400_000);
  const partial = { movedAt: at - 7, arrivals: [[day, 4, 2]] } as const;
  const { env } = intake([
    { ...told, partial, arrivals: [[day, 4, 2]] },
    { ...told, arrivals: [[day, 6, 0]] },
  ]);
  const reach = await sourceReach(env, clock);
  expect(reach.streams.get("tok/events")).toMatchObject({ movedAt: at - 7, completenessMovedAt: at - 7 });
  expect(movedSince(reach, at - 7).arrivals).toEqual(new Map([["tok/events", [[day, 10, 2]]]]));
  expect(movedSince(reach, at - 6)).toEqual(noSources());
  noteSourcesMoved(env, {
    ...noSources(),
    streams: new Map([["tok/events", { liveAt: at, isEnded: false, movedAt: at, completenessMovedAt: at }]]),
    arrivals: new Map([["tok/events", [[day, 12, 4]]]]),
  });
  expect((await sourceReach(env, clock)).arrivals.get("tok/events")).toEqual([[day, 12, 4]]);
});

test("a stream has ended when any shard's copy of the credentials says so, or when it was released after all that came live", async () => {
  const ended = await sourceReach(intake([told, { ...told, isEnded: true, endedAt: at - 5 }]).env, clock);
  expect(ended.streams.get("tok/events")).toMatchObject({ isEnded: true, movedAt: at - 5 });
  const released = await sourceReach(intake([{ ...told, releasedAt: at - 9 }, told]).env, clock);
  expect(released.streams.get("tok/events")).toMatchObject({ isEnded: true, movedAt: at - 9 });
  const spoken = await sourceReach(
    intake([
      { ...told, releasedAt: at - 9 },
      { ...told, liveAt: at - 3 },
    ]).env,
    clock,
  );
  expect(spoken.streams.get("tok/events")?.isEnded).toBe(false);
});
