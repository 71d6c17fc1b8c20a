import { activate, emptyConfiguration, type Configuration } from "../domain/config/active.ts";
import { withStatistics } from "../domain/config/document.ts";
import { newestDue } from "../domain/jobs/job.ts";
import { statisticsConcurrencyMax, statisticsShardsPerStep } from "../domain/limits.ts";
import type { Statistics } from "../domain/statistics/document.ts";
import { drawnAt } from "../domain/statistics/drawn-at.ts";
import { Gathered, type GatheredJson } from "../domain/statistics/gather.ts";
import { haveSameEffect } from "../domain/statistics/same-effect.ts";
import type { StepRunner } from "./work.ts";

export type StatisticsPorts = {
  readonly now: () => number;
  /** Names of account shards, in their order, after one. */
  readonly shards: (after: string | null, limit: number) => Promise<readonly string[]>;
  /** What the accounts of a shard have to say, from one account on; `next` null: that was the last. */
  readonly gather: (shard: string, after: string | null) => Promise<{ readonly gathered: GatheredJson; readonly next: string | null }>;
  readonly configuration: () => Promise<Configuration | null>;
  /** False when another configuration came first. */
  readonly publish: (configuration: Configuration, at: number) => Promise<boolean>;
};

export type StatisticsResult = {
  readonly accounts: number;
  /** Number of the configuration that bears them; null: not published, `why`. */
  readonly configVersion: string | null;
  readonly why: "published" | "no_accounts" | "no_difference" | "older_period";
};

/**
 * What accounts lend each other (segment means and medians, drawn anchors): gathered over all shards, page by page, put together and
 * published as a part of the configuration, unless it would make no difference. They are taken of the present, so a run for an older period
 * leaves them to the newest one. A shard that cannot be asked fails the step: half a book is no mean.
 */
export async function publishStatistics(period: string, step: StepRunner, ports: StatisticsPorts): Promise<StatisticsResult> {
  if (!(await step("statistics: is it the newest period", async () => newestDue("daily", ports.now()) === period)))
    return { accounts: 0, configVersion: null, why: "older_period" };
  const all = new Gathered();
  for (let after: string | null = null, page = 1; ; page++) {
    const from: string | null = after;
    const found: GatheredPage = await step(`statistics: shards, page ${page}`, () => gatherPage(ports, from));
    all.merge(found.gathered);
    if (found.last === null) break;
    after = found.last;
  }
  return step("statistics: publish", () => publish(period, all, ports));
}

/** `last`: the shard to go on after; null: there are no more. */
type GatheredPage = { readonly gathered: GatheredJson; readonly last: string | null };

async function gatherPage(ports: StatisticsPorts, after: string | null): Promise<GatheredPage> {
  const names = await ports.shards(after, statisticsShardsPerStep);
  const gathered = new Gathered();
  const left = [...names];
  const lane = async (): Promise<void> => {
    for (let shard = left.shift(); shard !== undefined; shard = left.shift()) {
      for (let from: string | null = null; ;) {
        const found: Awaited<ReturnType<StatisticsPorts["gather"]>> = await ports.gather(shard, from);
        gathered.merge(found.gathered);
        if (found.next === null) break;
        from = found.next;
      }
    }
  };
  await Promise.all(Array.from({ length: statisticsConcurrencyMax }, lane));
  return { gathered: gathered.toJson(), last: names.length < statisticsShardsPerStep ? null : (names.at(-1) ?? null) };
}

/** When somebody else publishes at the same time the step fails, and is tried again on what is in force then. */
async function publish(period: string, all: Gathered, ports: StatisticsPorts): Promise<StatisticsResult> {
  const known = await ports.configuration();
  const { scorecards } = activate(known ?? { ...emptyConfiguration, version: 1 });
  const at = ports.now();
  const drawnBy = (scorecard: string, measure: string) => drawnAt(scorecards.get(scorecard), measure);
  const statistics = all.toStatistics({ version: 1, period, at }, drawnBy, known?.statistics ?? null);
  if (statistics === null) return { accounts: 0, configVersion: null, why: "no_accounts" };
  const { accounts } = statistics;
  if (haveSameEffect(known?.statistics ?? null, statistics, scorecards)) return unchanged(period, accounts, known?.statistics ?? null);
  const next = withStatistics(known, statistics);
  if (!next.ok) throw new Error(next.error.detail);
  if (!(await ports.publish(next.value, at))) throw new Error("another configuration was published at the same time");
  return { accounts, configVersion: String(next.value.version), why: "published" };
}

/** A step may run twice: what it finds in force of its own period is what it published before. */
const unchanged = (period: string, accounts: number, known: Statistics | null): StatisticsResult =>
  known?.period === period
    ? { accounts, configVersion: String(known.version), why: "published" }
    : { accounts, configVersion: null, why: "no_difference" };
