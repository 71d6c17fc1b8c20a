import type { CanaryFigures } from "../domain/canary.ts";
import type { DirectoryTotals } from "../domain/identity/messages.ts";
import { visibleBoundsMs, type IntakeTotals } from "../domain/intake/tally.ts";
import { totalsCacheMs } from "../domain/limits.ts";
import { outcomeNames, type OutcomeName } from "../domain/outcome.ts";
import { SECOND_MS } from "../domain/time.ts";
import type { ApiPorts } from "./ports.ts";
import { countFullShards, countOverdueAlarms, readCanary } from "./resources/sources.ts";

type Totals = {
  readonly canary: CanaryFigures | null;
  /** Account shards whose alarm was overdue in 24 hours; null: not known. */
  readonly alarmsOverdue: number | null;
  /** Account shards that were nearly full in 24 hours; null: not known. */
  readonly shardsFull: number | null;
  readonly shards: readonly IntakeTotals[];
  readonly directory: DirectoryTotals;
};

/** Kept for `totalsCacheMs`. Values only: a promise of one request may not be waited for by another, so those that ask at once all ask. */
let cached: { readonly at: number; readonly totals: Totals } | null = null;

/**
 * The deployment's totals in OpenMetrics text. Each event is counted once, by the shard that took it in, in its settling commits; so the
 * totals survive restarts. What the directory parked and later set free is moved from parked to applied.
 */
export async function openMetrics(ports: ApiPorts): Promise<string> {
  const at = ports.clock.wallNow();
  if (cached !== null && at - cached.at < totalsCacheMs) return toText(cached.totals);
  const totals = await readTotals(ports);
  cached = { at, totals };
  return toText(totals);
}

async function readTotals(ports: ApiPorts): Promise<Totals> {
  const [canary, alarmsOverdue, shardsFull, shards, directory] = await Promise.all([
    readCanary(ports),
    countOverdueAlarms(ports, ports.clock.now()),
    countFullShards(ports, ports.clock.now()),
    ports.intake.each((shard) => shard.totals()),
    ports.directory.call((object) => object.totals()),
  ]);
  return { canary, alarmsOverdue, shardsFull, shards, directory };
}

export const openMetricsType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/** Events by outcome over the whole deployment, by the directory's word for what it still holds. */
function outcomesOf({ shards, directory }: Totals): Record<OutcomeName, number> {
  const outcomes = Object.fromEntries(outcomeNames.map((name) => [name, sum(shards, (shard) => shard.outcomes[name])])) as Record<
    OutcomeName,
    number
  >;
  return { ...outcomes, applied: outcomes.applied + directory.drainedApplied };
}

function toText(totals: Totals): string {
  const { shards, directory } = totals;
  const outcomes = outcomesOf(totals);
  const lines = [
    ...counter(
      "pulseline_events_accepted",
      "Events that the doors answered with 2xx",
      sum(shards, (shard) => shard.acceptedEvents),
    ),
    ...counter(
      "pulseline_events_rejected",
      "Events that the doors refused",
      sum(shards, (shard) => shard.rejectedEvents),
    ),
    ...counter("pulseline_events_applied", "Events applied to an account", outcomes.applied),
    ...counter(
      "pulseline_deliveries",
      "Deliveries taken in",
      sum(shards, (shard) => shard.deliveries),
    ),
    "# TYPE pulseline_events_settled counter",
    "# HELP pulseline_events_settled Events by what their intake shard heard of them",
    ...outcomeNames
      .filter((name) => name !== "waiting")
      .map((name) => `pulseline_events_settled_total{outcome="${name}"} ${sum(shards, (shard) => shard.outcomes[name])}`),
    ...gauge(
      "pulseline_events_waiting",
      "Events accepted and not settled",
      sum(shards, (shard) => shard.acceptedEvents) -
        sum(
          outcomeNames.filter((name) => name !== "waiting"),
          (name) => sum(shards, (shard) => shard.outcomes[name]),
        ),
    ),
    ...gauge(
      "pulseline_intake_held_bytes",
      "Bytes of deliveries that wait for settling or archive",
      sum(shards, (shard) => shard.heldBytes),
    ),
    ...gauge(
      "pulseline_intake_unsettled_segments",
      "Segments under way",
      sum(shards, (shard) => shard.unsettledSegments),
    ),
    ...gauge(
      "pulseline_intake_stuck_packs",
      "Packs that have been under way for too long",
      sum(shards, (shard) => shard.stuckPacks),
    ),
    ...counter(
      "pulseline_archive_conflicts",
      "Archive objects whose key was taken by other content",
      sum(shards, (shard) => shard.archiveConflicts),
    ),
    ...gauge("pulseline_parked_events", "Events that wait for a key to be linked", directory.parkedEvents),
    ...gauge("pulseline_parked_bytes", "Their bytes", directory.parkedBytes),
    ...gauge("pulseline_draining_events", "Parked events on their way to an account", directory.drainingEvents),
    ...counter("pulseline_parked_expired", "Events that nobody claimed in time: dead letters now", directory.expiredEvents),
    ...gauge("pulseline_identity_edges", "Edges between keys and accounts", directory.edges),
    ...gauge(
      "pulseline_identity_pending_releases",
      "Accounts that still have to give back what a moved key brought",
      directory.pendingReleases,
    ),
    ...gauge("pulseline_identity_merged_accounts", "Accounts that are merged into another", directory.mergedAccounts),
    ...visibleHistogram(shards),
    ...canarySummary(totals.canary),
    ...(totals.alarmsOverdue === null
      ? []
      : gauge("pulseline_alarms_overdue", "Account shards whose alarm was overdue in the last 24 hours", totals.alarmsOverdue)),
    ...(totals.shardsFull === null
      ? []
      : gauge("pulseline_account_shards_nearly_full", "Account shards with more than 7 GB in the last 24 hours", totals.shardsFull)),
    ...stages(shards),
    "# EOF",
  ];
  return `${lines.join("\n")}\n`;
}

const counter = (name: string, help: string, value: number): string[] => [
  `# TYPE ${name} counter`,
  `# HELP ${name} ${help}`,
  `${name}_total ${value}`,
];
const gauge = (name: string, help: string, value: number): string[] => [
  `# TYPE ${name} gauge`,
  `# HELP ${name} ${help}`,
  `${name} ${value}`,
];

/** From the door's clock to the commit of the account, s. Its buckets are cumulative here, counts per bucket in the shards. */
function visibleHistogram(shards: readonly IntakeTotals[]): string[] {
  const name = "pulseline_event_visible_seconds";
  const counts = [...visibleBoundsMs, Number.POSITIVE_INFINITY].map((_, i) => sum(shards, (shard) => shard.visibleHistogram[i] ?? 0));
  let cumulative = 0;
  const buckets = counts.map((count, i) => {
    cumulative += count;
    const bound = visibleBoundsMs[i];
    return `${name}_bucket{le="${bound === undefined ? "+Inf" : bound / SECOND_MS}"} ${cumulative}`;
  });
  return [
    `# TYPE ${name} histogram`,
    `# UNIT ${name} seconds`,
    `# HELP ${name} From the door to the account's commit`,
    ...buckets,
    `${name}_count ${cumulative}`,
    `${name}_sum ${sum(shards, (shard) => shard.visibleSumMs) / SECOND_MS}`,
  ];
}

/** From the door to the lists, s, of the canary's last 24 hours: a gauge of each quantile, as its window moves. */
function canarySummary(canary: CanaryFigures | null): string[] {
  if (canary === null) return [];
  const name = "pulseline_canary_visible_seconds";
  const quantiles = [
    ["0.5", canary.p50Ms],
    ["0.95", canary.p95Ms],
    ["0.99", canary.p99Ms],
  ] as const;
  return [
    `# TYPE ${name} summary`,
    `# UNIT ${name} seconds`,
    `# HELP ${name} From an intake shard to the lists, by an event of our own each minute, over 24 hours`,
    ...quantiles.map(([quantile, ms]) => `${name}{quantile="${quantile}"} ${ms / SECOND_MS}`),
    `${name}_count ${canary.seen}`,
    `${name}_sum ${canary.sumMs / SECOND_MS}`,
    ...gauge(
      "pulseline_canary_last_seen_timestamp_seconds",
      "When the newest canary that came through was sent",
      canary.lastReceivedAt / SECOND_MS,
    ),
  ];
}

/** CPU by stage in this life of the objects: a gauge, because it starts again with them. */
function stages(shards: readonly IntakeTotals[]): string[] {
  const names = [...new Set(shards.flatMap((shard) => Object.keys(shard.stageMs ?? {})))];
  if (names.length === 0) return [];
  return [
    "# TYPE pulseline_intake_stage_seconds gauge",
    "# HELP pulseline_intake_stage_seconds CPU time by stage since the objects woke",
    ...names.map(
      (name) => `pulseline_intake_stage_seconds{stage="${name}"} ${sum(shards, (shard) => shard.stageMs[name] ?? 0) / SECOND_MS}`,
    ),
  ];
}

const sum = <T>(items: readonly T[], of: (item: T) => number): number => items.reduce((total, item) => total + of(item), 0);
