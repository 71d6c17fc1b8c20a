import { env as testEnv } from "cloudflare:test";
import { afterEach, describe, expect, it } from "vitest";
import { watchdogStore } from "../../src/platform/d1/watchdog-store.ts";
import {
  alarmOverdueMs,
  fullShardsKeptMs,
  overdueAlarmsKeptMs,
  overdueAlarmsShown,
  shardBytesWarn,
  sourceBackToldMs,
} from "../../src/domain/limits.ts";
import { MINUTE_MS } from "../../src/domain/time.ts";
import type { Env } from "../../src/env.ts";
import { everyMinute, shardsOfMinute } from "../../src/platform/minute.ts";
import { forgetTopology } from "../../src/platform/topology.ts";

const env = testEnv as unknown as Env;
afterEach(forgetTopology);

const stream = { connectionId: "c", connector: "native", stream: "events", watermarkMs: 1, lastReceivedAt: 1, accepted: 1, rejected: 0 };

/** The deployment with objects that note who was swept; what `fails` names throws. */
function deployment(
  fails: (what: string) => boolean,
  { backAt, overdueMs = 0, storedBytes }: { backAt?: number; overdueMs?: number; storedBytes?: number } = {},
) {
  const swept: string[] = [];
  const canaries: string[] = [];
  const note = async (what: string): Promise<object> => {
    if (fails(what)) throw new Error(`${what} is down`);
    swept.push(what);
    return { undone: false, overdueMs, ...(storedBytes !== undefined && { storedBytes }) };
  };
  const namespace = (kind: string) => ({
    getByName: (name: string) => ({
      sweep: () => note(`${kind} ${name}`),
      append: async ({ head }: { head: { id: string; connectionId: string } }) => {
        await note(`${head.connectionId} to ${kind}`);
        canaries.push(head.id);
        return { status: "stored" };
      },
      streams: async () => [{ ...stream, ...(backAt !== undefined && { silences: { usage: [[1, backAt, backAt]] } }) }],
      putCredentials: () => note(`credentials ${name}`),
      getTopology: async () => {
        await note("topology");
        return { accountShards: 256, intakeShards: 2, intakeShardsHighest: 3, createAccountsFromEvents: true, version: 1 };
      },
    }),
  });
  const deployed = {
    ...env,
    INTAKE_SHARD: namespace("intake"),
    IDENTITY_DIRECTORY: namespace("directory"),
    ACCOUNT_SHARD: namespace("account shard"),
    CHANGES_QUEUE: { send: () => note("heartbeat") },
  } as unknown as Env;
  return { swept, canaries, run: (minute = 0) => everyMinute(deployed, minute * MINUTE_MS + 5, async () => []) };
}

describe("the work of each minute", () => {
  it("sweeps every intake shard that was ever used", async () => {
    const { swept, run } = deployment(() => false);
    await run();
    expect(swept.filter((what) => what.startsWith("intake"))).toEqual(["intake 0", "intake 1", "intake 2"]);
    expect(swept).toEqual(expect.arrayContaining(["directory directory", "heartbeat", "pulseline-canary to intake"]));
  });

  it("is done without the topology too, and wakes its keeper all the same", async () => {
    const { swept, run } = deployment((what) => what === "topology");
    await run();
    expect(swept).toEqual(expect.arrayContaining(["intake 0", "directory directory", "heartbeat"]));
  });

  it("sends the same canary when it runs twice for one minute, and another for the next", async () => {
    const { canaries, run } = deployment(() => false);
    await run(4);
    await new Promise((resolve) => setTimeout(resolve, 2));
    await run(4);
    await run(5);
    expect(canaries).toHaveLength(3);
    expect(canaries[1]).toBe(canaries[0]);
    expect(canaries[2]).not.toBe(canaries[0]);
  });

  it("tells of an alarm that is overdue by more than two minutes, the last time of each shard, for a day", async () => {
    const overdue = async (overdueMs: number): Promise<void> => deployment(() => false, { overdueMs }).run();
    await overdue(alarmOverdueMs);
    expect(await watchdogStore(env.DB).overdueAlarms(0)).toEqual([]);
    const from = Date.now();
    await overdue(alarmOverdueMs + 1);
    await overdue(alarmOverdueMs + 5_000);
    const told = await watchdogStore(env.DB).overdueAlarms(from);
    expect(told).toHaveLength(overdueAlarmsShown);
    // Of as many shards as the minute called on, the list shows the newest.
    expect(await watchdogStore(env.DB).overdueAlarmShards(from)).toBeGreaterThan(overdueAlarmsShown);
    expect(new Set(told.map(({ overdueMs }) => overdueMs))).toEqual(new Set([alarmOverdueMs + 5_000]));
    await watchdogStore(env.DB).noteOverdue({ shard: "7", at: from + overdueAlarmsKeptMs + 60_000, overdueMs: 130_000 });
    expect(await watchdogStore(env.DB).overdueAlarms(0)).toHaveLength(1);
  });

  it("tells of a shard that is nearly full, for a day, and of none where older code does not say", async () => {
    const from = Date.now();
    await deployment(() => false, { storedBytes: shardBytesWarn }).run();
    await deployment(() => false).run();
    expect(await watchdogStore(env.DB).fullShards(from)).toBe(0);
    await deployment(() => false, { storedBytes: shardBytesWarn + 1 }).run();
    expect(await watchdogStore(env.DB).fullShards(from)).toBe(32);
    await watchdogStore(env.DB).noteFull({ shard: "7", at: from + fullShardsKeptMs + 60_000, bytes: 8e9 });
    expect(await watchdogStore(env.DB).fullShards(0)).toBe(1);
  });

  it("goes on when one of its parts fails", async () => {
    const { swept, run } = deployment((what) => what === "intake 1" || what === "directory directory");
    await run();
    expect(swept).toEqual(expect.arrayContaining(["intake 0", "intake 2", "heartbeat"]));
  });
});

describe("the sweep of account shards", () => {
  const sweptShards = async (backAt?: number): Promise<number> => {
    const { swept, run } = deployment(() => false, backAt === undefined ? {} : { backAt });
    await run();
    return new Set(swept.filter((what) => what.startsWith("account shard"))).size;
  };

  it("visits a part of them each minute, and all when a source is back after a silence", async () => {
    expect(await sweptShards()).toBe(32);
    expect(await sweptShards(Date.now() - sourceBackToldMs - 60_000)).toBe(32);
    expect(await sweptShards(Date.now() - 30_000)).toBe(256);
  });

  it.each([1, 31, 32, 33, 256, 300])("visits each of %d shards once before any a second time", (shards) => {
    const seen: string[] = [];
    for (let minute = 1_000; seen.length < shards; minute++) seen.push(...shardsOfMinute(shards, minute));
    expect(seen.sort()).toEqual(Array.from({ length: shards }, (_, i) => String(i)).sort());
  });
});
