import { type ActiveConfig, shippedConfig, versionAt, withMoney } from "../../domain/config/active.ts";
import { type ConfigAt, configsAt } from "../../domain/health/account-health.ts";
import { intakeShardNames } from "../../domain/hash.ts";
import { jobAuthors } from "../../domain/jobs/job.ts";
import { archiveCallWaitMs, archiveDaysDefault } from "../../domain/limits.ts";
import type { AccountShardRpc } from "../../domain/account/messages.ts";
import { noRates } from "../../domain/money/rates.ts";
import type { LivePage } from "../../domain/parity/messages.ts";
import type { Env } from "../../env.ts";
import type { DailyPorts } from "../../reports/daily-job.ts";
import { rawKeptFrom } from "../../reports/prune-archive.ts";
import { configsOf } from "../active-config.ts";
import { ratesOf } from "../active-rates.ts";
import { callObject } from "../call-object.ts";
import { type Clock, wallNow } from "../clock.ts";
import { configStore } from "../d1/config-store.ts";
import { jobStore } from "../d1/job-store.ts";
import { parityStore } from "../d1/parity-store.ts";
import { setupStores } from "../d1/setup-stores.ts";
import { reach } from "../failpoint.ts";
import { findInArchive, removeRaw } from "../r2/archive.ts";
import { checkpoints } from "../r2/checkpoints.ts";
import { journalArchive } from "../r2/journal-archive.ts";
import { reportLine } from "../report.ts";
import { spreadConfigSafely } from "../spread-config.ts";
import { topology } from "../topology.ts";
import { within } from "../within.ts";
import { accountShardNames } from "./account-shard-names.ts";

type Scoring = Pick<LivePage, "configVersion" | "ratesVersion">;

/** What the daily job works on in this deployment. */
export function dailyPorts(env: Env, clock: Clock): DailyPorts {
  const { now } = clock;
  const shards: DailyPorts["journals"]["shards"] = (after, limit) => accountShardNames(env.DB, after, limit);
  const ask = <T>(shard: string, call: (stub: AccountShardRpc) => Promise<T>): Promise<T> =>
    within(
      archiveCallWaitMs,
      callObject(() => env.ACCOUNT_SHARD.getByName(shard), call),
    );
  const stored = journalArchive(env.ARCHIVE);
  const archive: typeof stored = {
    read: stored.read,
    async put(...of) {
      const key = await stored.put(...of);
      await reach(env, "journal:after-put");
      return key;
    },
  };
  const archiveDays = async (): Promise<number> =>
    (await setupStores(env.DB).settings()).document?.retention.archiveDays ?? archiveDaysDefault;
  return {
    now,
    statistics: statisticsPorts(env, now),
    journals: {
      wallNow,
      shards,
      archive,
      nextChunk: (shard, period) => ask(shard, (stub) => stub.nextJournalChunk(period)),
      archived: (shard, { fromSeq, toSeq }, objects) => ask(shard, (stub) => stub.journalArchived({ fromSeq, toSeq }, objects)),
      unreadable: (shard, { seq, error }) => reportLine("journal_row_not_archived", { shard, row: seq, error }),
    },
    parity: {
      now,
      wallNow,
      shards,
      archive,
      livePage: (shard, after) => ask(shard, (stub) => stub.livePage(after)),
      ranges: (shard, accountId, rows) => ask(shard, (stub) => stub.archivedRanges(accountId, rows)),
      lost: (shard, fromSeq) => ask(shard, (stub) => stub.journalLost(fromSeq)),
      keepCheckpoints: (shard, set) => ask(shard, (stub) => stub.keepCheckpoints(set)),
      checkpoints: checkpoints(env.ARCHIVE),
      raw: {
        async has({ id, connectionId, receivedAt }) {
          const { intakeShards } = await topology(env, clock);
          const own = intakeShardNames(connectionId, id, intakeShards);
          return (await findInArchive(env.ARCHIVE, { id, receivedAt, shards: own })) !== null;
        },
      },
      rawKeptFrom: () => rawKeptFrom({ now, archiveDays }),
      config: (of) => configFor(env, of),
      configAt: (config, instants, at) => pastOf(env, config, instants, at),
      remakeScoreLines: (shard, accountIds) => ask(shard, (stub) => stub.remakeScoreLines(accountIds)),
      results: parityStore(env.DB),
      alert: reportLine,
    },
    prune: { now, archiveDays, removeRaw: (endedBefore, limit) => removeRaw(env.ARCHIVE, endedBefore, limit) },
    forgetRuns: (before) => jobStore(env.DB).forgetRuns(before),
  };
}

/** Null where the configuration, or the very table of rates, cannot be had. */
async function configFor(env: Env, { configVersion, ratesVersion }: Scoring): Promise<ActiveConfig | null> {
  const config = configVersion === 0 ? shippedConfig : (await configsOf(env, [configVersion])).found.get(configVersion);
  if (config === undefined) return null;
  const rates = ratesVersion === 0 ? noRates : (await ratesOf(env, ratesVersion))?.rates;
  return rates?.version === ratesVersion ? { ...config, money: { ...config.money, rates } } : null;
}

/** Past instants are told by the rates and in the currency of now, as the shards tell them. */
async function pastOf(env: Env, config: ActiveConfig, instants: readonly number[], now: number): Promise<ConfigAt> {
  const versions = new Set(instants.map((at) => versionAt(config, at)).filter((version) => version > 0 && version !== config.version));
  const { found } = await configsOf(env, [...versions]);
  const told = [shippedConfig, ...found.values()].map((one): [number, ActiveConfig] => [one.version, withMoney(one, config.money)]);
  return configsAt(config, new Map(told), now, () => false);
}

function statisticsPorts(env: Env, now: () => number): DailyPorts["statistics"] {
  const configs = configStore(env.DB);
  return {
    now,
    shards: (after, limit) => accountShardNames(env.DB, after, limit),
    gather: (shard, after) =>
      callObject(
        () => env.ACCOUNT_SHARD.getByName(shard),
        (stub) => stub.observations(after),
      ),
    configuration: () => configs.configuration(),
    async publish(configuration, at) {
      const isPut = await configs.putConfiguration(configuration, { author: jobAuthors.daily, at }, {});
      if (isPut) await spreadConfigSafely(env, configuration.version);
      return isPut;
    },
  };
}
