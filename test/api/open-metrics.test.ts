import { describe, expect, it } from "vitest";
import { openMetrics } from "../../src/api/open-metrics.ts";
import type { ApiPorts } from "../../src/api/ports.ts";
import { totalsCacheMs } from "../../src/domain/limits.ts";

/** Of the ports only what the totals need. The number applied tells an answer's age: it grows each time the directory is asked. */
let asked = 0;
const portsAt = (wallMs: number, answer: () => Promise<number> = async () => ++asked): ApiPorts =>
  ({
    clock: { wallNow: () => wallMs, now: () => wallMs },
    intake: { each: async () => [] },
    directory: { call: async () => ({ drainedApplied: await answer() }) },
    store: { canarySightings: async () => [], overdueAlarmShards: async () => 31, fullShards: async () => 2 },
  }) as unknown as ApiPorts;
const applied = async (ports: ApiPorts): Promise<number> =>
  Number(/^pulseline_events_applied_total (\d+)$/m.exec(await openMetrics(ports))?.[1]);

describe("the totals", () => {
  it("are read once in a second, and again after it", async () => {
    const at = 1_000_000;
    const first = await applied(portsAt(at));
    expect(await applied(portsAt(at + totalsCacheMs - 1))).toBe(first);
    expect(await applied(portsAt(at + totalsCacheMs))).toBe(first + 1);
  });

  it("of one request are not waited for by another: one that hangs holds up nobody", async () => {
    const at = 2_000_000;
    const { promise, resolve } = Promise.withResolvers<number>();
    const hanging = applied(portsAt(at, () => promise));
    const before = asked;
    expect(await applied(portsAt(at))).toBe(before + 1);
    resolve(7);
    expect(await hanging).toBe(7);
  });

  it("count every shard whose alarm was overdue, also beyond those that are listed", async () => {
    expect(await openMetrics(portsAt(2_500_000))).toContain("\npulseline_alarms_overdue 31\n");
    expect(await openMetrics(portsAt(2_500_000))).toContain("\npulseline_account_shards_nearly_full 2\n");
  });

  it("that could not be read are asked for again by the next request", async () => {
    const at = 3_000_000;
    await expect(openMetrics(portsAt(at, () => Promise.reject(new Error("the directory is away"))))).rejects.toThrow("away");
    const before = asked;
    expect(await applied(portsAt(at))).toBe(before + 1);
  });
});
