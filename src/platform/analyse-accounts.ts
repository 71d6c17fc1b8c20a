import type { AnalysisPart, AnalysisCall } from "../domain/analytics/analysis.ts";
import { accountShardName } from "../domain/hash.ts";
import {
  analysisAnswerMs,
  analysisConcurrencyMax,
  analysisDeadlineMs,
  analysisShardMs,
  analysisShardsMax,
  apiCallWaitMs,
  shardNamesMax,
  shardNamesPerRead,
} from "../domain/limits.ts";
import type { Env } from "../env.ts";
import { wallNow } from "./clock.ts";
import { accountShardNames } from "./jobs/account-shard-names.ts";
import { reportLine } from "./report.ts";
import { TooLate, within } from "./within.ts";

type Bindings = Pick<Env, "ACCOUNT_SHARD" | "DB">;
type Shard = ReturnType<Env["ACCOUNT_SHARD"]["getByName"]>;

export const analyseAccounts = (
  env: Bindings,
  accountShards: number,
  call: Omit<AnalysisCall, "withinMs">,
  take: (part: AnalysisPart) => void,
): Promise<MissingParts> =>
  askAccountShards(
    env,
    { accountShards, accountIds: call.accountIds, what: call.kind },
    (shard, waitMs) => shard.analyse({ ...call, withinMs: Math.max(0, waitMs - analysisAnswerMs) }),
    take,
  );

/** `shards`: the names of those whose part is missing. `isLate`: of one at least because the time was up, not because it failed. */
export type MissingParts = { readonly shards: readonly string[]; readonly isLate: boolean };

/**
 * Asks the account shards for their parts of an answer, a few at a time; `take` gets each as it comes. Missing are those that failed, took
 * too long, or for which there was no time left.
 *
 * @param ask is told how long its answer is waited for
 */
export async function askAccountShards<Part>(
  env: Bindings,
  { accountShards, accountIds, what }: { accountShards: number; accountIds: readonly string[] | null; what: string },
  ask: (shard: Shard, waitMs: number) => Promise<Part>,
  take: (part: Part) => void,
): Promise<MissingParts> {
  const names = await shardsOf(env.DB, accountShards, accountIds);
  const until = wallNow() + analysisDeadlineMs;
  const missing: string[] = names.slice(analysisShardsMax);
  const queue = names.slice(0, analysisShardsMax);
  let isLate = false;
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let name = queue[next++]; name !== undefined; name = queue[next++]) {
      const waitMs = Math.min(until - wallNow(), analysisShardMs);
      if (waitMs <= 0) {
        missing.push(name);
        isLate = true;
      } else
        await within(waitMs, ask(env.ACCOUNT_SHARD.getByName(name), waitMs)).then(take, (error: unknown) => {
          missing.push(name);
          isLate ||= error instanceof TooLate;
          reportLine("analysis_part_missing", { shard: name, kind: what, error: String(error) });
        });
    }
  };
  await Promise.all(Array.from({ length: Math.min(queue.length, analysisConcurrencyMax) }, lane));
  return { shards: missing, isLate };
}

/**
 * Shards that these accounts lie in; without accounts, those that have ever sent a change. A shard whose very first change has not arrived
 * yet is not known here for that second; with the database down all that there can be are asked.
 */
async function shardsOf(db: D1Database, accountShards: number, accountIds: readonly string[] | null): Promise<readonly string[]> {
  if (accountIds !== null) return [...new Set(accountIds.map((id) => accountShardName(id, accountShards)))];
  try {
    return await within(apiCallWaitMs, shardNames(db));
  } catch (error) {
    if (accountShards === 0) throw error;
    return Array.from({ length: accountShards }, (_, i) => String(i));
  }
}

async function shardNames(db: D1Database): Promise<readonly string[]> {
  const names: string[] = [];
  while (names.length < shardNamesMax) {
    const page = await accountShardNames(db, names.at(-1) ?? null, shardNamesPerRead);
    names.push(...page);
    if (page.length < shardNamesPerRead) break;
  }
  return names;
}
