import { roundScoreDay, scoreChange, weekChange, type AccountListing, type Money } from "../../domain/account-row.ts";
import type { AccountChange, SideScore } from "../../domain/change.ts";
import type { Disagreement } from "../../domain/health/agreement.ts";
import type { Band, HealthMove } from "../../domain/health/document.ts";
import type { WaitingBand } from "../../domain/health/held-band.ts";
import { copyOf } from "../../domain/intake/dead-letter.ts";
import { projectionStatementBytesMax } from "../../domain/limits.ts";
import type { Risk90 } from "../../domain/risk/model.ts";
import type { DeadLetterStore, ReadModelStore } from "../../projections/ports.ts";
import type { accounts } from "./schema.ts";

export type AccountRecord = Omit<typeof accounts.$inferSelect, "openTasksJson">;

/**
 * Columns of `accounts` in the order of `toRecord`'s array: one statement takes any number of rows as one JSON parameter,
 * because D1 binds at most 100 values and bills by statements' work, not by their number. drizzle has no words for json_each, so this is SQL.
 */
const accountColumns = [
  "account_id", "epoch", "number", "deleted", "band", "score", "score_day_ago", "change", "confidence", "name", "owner", "segment",
  "lifecycle_stage", "plan", "parent_id", "arr_minor", "currency", "renewal_date", "events", "open_tickets", "active_users_28d",
  "last_event_at", "set_aside", "computed_at", "config_version", "shard", "search_text", "domains_json", "external_ids_json", "moves_json",
  "score_days_json", "shadow_json", "risk90", "risk90_json", "disagreements", "arr_unconverted_json", "scorecard", "side_scores_json", "open_tasks_json",
  "change_by_configuration", "waiting_band_json", "change_week",
  "change_week_by_configuration",
] as const; // prettier-ignore

/** The row is parsed once, into JSONB, and kept: `value` of json_each would be written out and parsed again for each column. */
const keepAccountsSql = `WITH given AS MATERIALIZED (SELECT jsonb(value) AS row FROM json_each(?1))
INSERT INTO accounts (${accountColumns.join(", ")})
SELECT ${accountColumns.map((_, i) => `row ->> ${i}`).join(", ")} FROM given WHERE true
ON CONFLICT (account_id) DO UPDATE SET ${accountColumns
  .slice(1)
  .map((column) => `${column} = excluded.${column}`)
  .join(", ")}
WHERE (excluded.epoch, excluded.number) > (accounts.epoch, accounts.number)`;

const keepShardsSql = "INSERT INTO account_shards (name) SELECT value FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING";

const completeToSql = `INSERT INTO projection_state (name, complete_to) VALUES ('changes', ?1)
ON CONFLICT (name) DO UPDATE SET complete_to = excluded.complete_to WHERE excluded.complete_to > projection_state.complete_to`;

/** A copy that arrives again never reopens what a person has since replayed or discarded. */
const keepDeadLettersSql = `INSERT INTO dead_letters (id, kind, reason, detail, connection_id, connector, type, event_id, account_id, at, tries, status)
SELECT value ->> 'id', value ->> 'kind', value ->> 'reason', value ->> 'detail', value ->> 'connectionId', value ->> 'connector', value ->> 'type',
  value ->> 'eventId', value ->> 'accountId', value ->> 'at', value ->> 'tries', value ->> 'status' FROM json_each(?1) WHERE true
ON CONFLICT (id) DO UPDATE SET status = excluded.status, tries = excluded.tries, reason = excluded.reason, detail = excluded.detail
WHERE dead_letters.status = 'open'`;

export function readModelStore(db: D1Database): ReadModelStore & DeadLetterStore {
  /** Shards this isolate has already registered; a fresh isolate registers them once more, which changes nothing. */
  const known = knownShards;
  return {
    async keepAccounts(changes) {
      const statements = chunksOf(changes.map((change) => JSON.stringify(toValues(change)))).map((json) =>
        db.prepare(keepAccountsSql).bind(json),
      );
      const shards = [...new Set(changes.map((change) => change.shard))].filter((shard) => !known.has(shard));
      if (shards.length > 0) statements.push(db.prepare(keepShardsSql).bind(JSON.stringify(shards)));
      await db.batch(statements);
      for (const shard of shards) if (known.size < knownShardsMax) known.add(shard);
    },
    async completeTo(at) {
      await db.prepare(completeToSql).bind(at).run();
    },
    async keepDeadLetters(letters) {
      // Messages of older code have lines.
      const rows = letters.map((letter) => JSON.stringify(copyOf(letter)));
      if (rows.length > 0) await db.batch(chunksOf(rows).map((json) => db.prepare(keepDeadLettersSql).bind(json)));
    },
  };
}

const knownShards = new Set<string>();
const knownShardsMax = 10_000;

/** Joins JSON texts to arrays of at most `projectionStatementBytesMax` characters each. */
function chunksOf(rows: readonly string[]): readonly string[] {
  const chunks: string[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const row of rows) {
    if (size + row.length > projectionStatementBytesMax) {
      chunks.push([]);
      size = 0;
    }
    chunks.at(-1)?.push(row);
    size += row.length + 1;
  }
  return chunks.map((chunk) => `[${chunk.join(",")}]`);
}

function toValues(change: AccountChange): readonly (string | number | null)[] {
  return [
    change.accountId, change.epoch, change.number, change.deleted ? 1 : 0, change.band, change.score, change.scoreDayAgo,
    scoreChange(change.score, change.scoreDayAgo), change.confidence, change.name, change.owner, change.segment,
    change.lifecycleStage, change.plan, change.parentId, change.arrMinor, change.currency, change.renewalDate, change.events, change.openTickets, change.activeUsers28d,
    change.lastEventAt, change.setAside ? 1 : 0, change.computedAt, change.configVersion, change.shard, searchText(change), JSON.stringify(change.domains), JSON.stringify(change.externalIds), JSON.stringify(change.moves),
    JSON.stringify(change.scoreDays.map(roundScoreDay)), toShadowJson(change),
    change.risk90?.probability ?? null, change.risk90 === undefined ? null : JSON.stringify(change.risk90), change.disagreements?.join(",") ?? null,
    change.arrUnconverted === undefined ? null : JSON.stringify(change.arrUnconverted),
    change.scorecard ?? null, toSideScoresJson(change),
    change.openTasks === undefined ? null : JSON.stringify(change.openTasks),
    change.changeByConfiguration ?? null, change.waitingBand === undefined ? null : JSON.stringify(change.waitingBand), weekChange(change),
    change.changeWeekByConfiguration ?? null,
  ]; // prettier-ignore
}

function toShadowJson({ shadows, shadow }: AccountChange): string | null {
  const readings = shadows ?? (shadow === undefined ? [] : [shadow]);
  return readings.length === 0 ? null : JSON.stringify(readings);
}

function toSideScoresJson({ sideScores }: AccountChange): string | null {
  if (sideScores === undefined) return null;
  return JSON.stringify(Object.fromEntries(sideScores.map(({ scorecard, ...rest }) => [scorecard, rest])));
}

const fromSideScoresJson = (json: string): readonly SideScore[] =>
  Object.entries(JSON.parse(json) as Record<string, Omit<SideScore, "scorecard">>).map(([scorecard, rest]) => ({ scorecard, ...rest }));

const searchText = (change: AccountChange): string =>
  [change.name ?? "", change.accountId, ...change.domains, ...Object.values(change.externalIds).flat()].join("\n").toLowerCase();

/** Rows that were written before forecasts had a `scope`: a segment's name is the only one they tell. */
function readRisk(json: string): Risk90 {
  const { learnedFrom, ...rest } = JSON.parse(json) as Risk90;
  return { ...rest, learnedFrom: { ...learnedFrom, scope: learnedFrom.scope ?? (learnedFrom.segment === null ? "all" : "segment") } };
}

export const toListing = (row: AccountRecord): AccountListing => ({
  accountId: row.accountId,
  shard: row.shard,
  epoch: row.epoch,
  number: row.number,
  name: row.name,
  owner: row.owner,
  segment: row.segment,
  lifecycleStage: row.lifecycleStage,
  plan: row.plan,
  parentId: row.parentId,
  domains: JSON.parse(row.domainsJson) as string[],
  externalIds: JSON.parse(row.externalIdsJson) as Record<string, string[]>,
  arrMinor: row.arrMinor,
  currency: row.currency,
  renewalDate: row.renewalDate,
  score: row.score,
  band: row.band as Band,
  confidence: row.confidence,
  scoreDayAgo: row.scoreDayAgo,
  ...(row.changeByConfiguration === null ? {} : { changeByConfiguration: row.changeByConfiguration }),
  ...(row.changeWeekByConfiguration === null ? {} : { changeWeekByConfiguration: row.changeWeekByConfiguration }),
  ...(row.waitingBandJson === null ? {} : { waitingBand: JSON.parse(row.waitingBandJson) as WaitingBand }),
  moves: JSON.parse(row.movesJson) as HealthMove[],
  scoreDays: JSON.parse(row.scoreDaysJson) as (number | null)[],
  events: row.events,
  openTickets: row.openTickets,
  activeUsers28d: row.activeUsers28d,
  lastEventAt: row.lastEventAt,
  setAside: row.setAside === 1,
  deleted: row.deleted === 1,
  computedAt: row.computedAt,
  configVersion: row.configVersion,
  ...(row.arrUnconvertedJson === null ? {} : { arrUnconverted: JSON.parse(row.arrUnconvertedJson) as Money[] }),
  ...(row.scorecard === null ? {} : { scorecard: row.scorecard }),
  ...(row.sideScoresJson === null ? {} : { sideScores: fromSideScoresJson(row.sideScoresJson) }),
  ...(row.disagreements === null ? {} : { disagreements: row.disagreements.split(",") as Disagreement[] }),
  ...(row.risk90Json === null ? {} : { risk90: readRisk(row.risk90Json) }),
});
