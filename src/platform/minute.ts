import type { ChangesMessage } from "../domain/change.ts";
import { directoryName } from "../domain/identity/messages.ts";
import {
  alarmOverdueMs,
  configToldShardsMax,
  minuteCallWaitMs,
  portfolioRecordMinutes,
  shardBytesWarn,
  sourceBackToldMs,
  sweepAccountShardsPerMinuteMax,
} from "../domain/limits.ts";
import { lastMovedAt } from "../domain/source-reach.ts";
import { MINUTE_MS } from "../domain/time.ts";
import type { Env } from "../env.ts";
import { liveFeed } from "./changes-consumer.ts";
import { clockFrom, type Clock } from "./clock.ts";
import { accountLists } from "./d1/account-lists.ts";
import { forgetAnswers } from "./d1/answer-store.ts";
import { allCredentials } from "./d1/credential-store.ts";
import { recordPortfolioDay } from "./d1/portfolio-days.ts";
import { lookAfterJobs } from "./jobs/jobs.ts";
import { keepCompany } from "./keep-company.ts";
import { reportLine } from "./report.ts";
import { sendCanary } from "./send-canary.ts";
import { watchdogStore } from "./d1/watchdog-store.ts";
import { sourceReach } from "./source-reach.ts";
import { spreadConfig } from "./spread-config.ts";
import { topology } from "./topology.ts";
import { within } from "./within.ts";

const credentialsPerCall = 200;

/**
 * What is done each minute: wake whatever may have lost its alarm, bring the second copy of credentials to the doors and the configuration to
 * those who score, look after jobs and start what they missed, send a heartbeat behind the changes, tell the live feed how fresh the sources
 * are, each quarter of an hour record how the book stands, forget answers that are too old to be given again, send the canary. The parts know nothing of each other; one that fails is reported
 * and tried again in a minute. Running it twice for the same minute changes nothing.
 */
export async function everyMinute(
  env: Env,
  scheduledAt: number,
  readSources: () => Promise<readonly Readonly<Record<string, unknown>>[]>,
): Promise<void> {
  const clock = clockFrom(env.PULSELINE_CLOCK);
  // The topology's own keeper has to be swept most of all when it does not answer.
  const known = await part("topology", () => topology(env, clock));
  const intake = Array.from({ length: known?.intakeShardsHighest ?? 1 }, (_, i) => String(i));
  const heartbeat: ChangesMessage = { sinks: ["readModels"], changes: [], heartbeatAt: clock.now() };
  await Promise.all([
    ...intake.map((name) => part(`sweep intake ${name}`, () => env.INTAKE_SHARD.getByName(name).sweep())),
    part("sweep directory", () => env.IDENTITY_DIRECTORY.getByName(directoryName).sweep()),
    part("sweep accounts", async () => {
      const accountShards = known?.accountShards ?? 0;
      const minute = Math.floor(scheduledAt / MINUTE_MS);
      for (const turn of (await isSourceBack(env, clock)) ? turnsOf(accountShards, minute) : [minute]) {
        const names = accountShards > 0 ? shardsOfMinute(accountShards, turn) : await accountsOfMinute(env.DB, turn);
        await Promise.all(names.map((name) => part(`sweep account shard ${name}`, () => sweepAccounts(env, name))));
      }
    }),
    part("spread credentials", () => spreadCredentials(env, intake)),
    part("jobs", () => lookAfterJobs(env)),
    part("settings in force", () => keepCompany(env, clock.now())),
    part("spread configuration", () => spreadConfig(env)),
    part("source status", async () => {
      const at = clock.now();
      const messages = (await readSources()).map((data) => ({ type: "source.status", at, data }) as const);
      if (messages.length > 0) await liveFeed(env).publish(messages);
    }),
    part("portfolio day", async () => {
      if (Math.floor(scheduledAt / MINUTE_MS) % portfolioRecordMinutes !== 0) return;
      await recordPortfolioDay(env.DB, await accountLists(env.DB).portfolio(null), clock.now());
    }),
    part("canary", async () => {
      const isSent = await sendCanary(env, { intakeShards: known?.intakeShards ?? 1, scheduledAt, now: clock.now() });
      if (!isSent) reportLine("canary_not_sent", {});
    }),
    part("answers", () => forgetAnswers(env.DB, clock.now())),
    part("heartbeat", () => env.CHANGES_QUEUE.send(heartbeat, { contentType: "json" })),
  ]);
}

/** A source has been back for no longer than a minute or two: accounts that it is silent about are to hear of it now, and not in some minutes. */
async function isSourceBack(env: Env, clock: Clock): Promise<boolean> {
  const agoMs = clock.now() - lastMovedAt(await sourceReach(env, clock));
  return agoMs >= 0 && agoMs <= sourceBackToldMs;
}

/** Minutes whose windows together hold every shard, this one's first; with an object for each account a bounded number of them. */
const turnsOf = (accountShards: number, minute: number): readonly number[] =>
  Array.from({ length: Math.ceil((accountShards || configToldShardsMax) / sweepAccountShardsPerMinuteMax) }, (_, i) => minute + i);

/** The watchdog: an alarm that should have fired and has not is set again, and told; so is a shard that is nearly full. */
async function sweepAccounts(env: Env, name: string): Promise<void> {
  const { overdueMs = 0, storedBytes = 0 } = await env.ACCOUNT_SHARD.getByName(name).sweep();
  const at = clockFrom(env.PULSELINE_CLOCK).now();
  const isFull = storedBytes > shardBytesWarn;
  const isOverdue = overdueMs > alarmOverdueMs;
  // Both lines before either note: while the database is down they are all that tells.
  if (isFull) reportLine("account_shard_nearly_full", { shard: name, storedBytes });
  if (isOverdue) reportLine("alarm_overdue", { object: "account shard", shard: name, overdueMs });
  const watchdog = watchdogStore(env.DB);
  await Promise.all([
    isFull ? watchdog.noteFull({ shard: name, at, bytes: storedBytes }) : null,
    isOverdue ? watchdog.noteOverdue({ shard: name, at, overdueMs }) : null,
  ]);
}

/** Null when it failed. */
async function part<T>(what: string, work: () => Promise<T>): Promise<T | null> {
  try {
    return await within(minuteCallWaitMs, work());
  } catch (error) {
    reportLine("minute_part_failed", { part: what, error: String(error) });
    return null;
  }
}

/**
 * The account shards whose turn it is: a window that moves over all of them, known from their number alone, so that the database need not be up.
 * Their alarms fire by themselves; this only finds one that was lost, so it may take some minutes and need not cost a call to each shard each minute.
 */
export function shardsOfMinute(shards: number, minute: number): readonly string[] {
  const windows = Math.ceil(shards / sweepAccountShardsPerMinuteMax);
  const first = (minute % windows) * sweepAccountShardsPerMinuteMax;
  return Array.from({ length: Math.min(sweepAccountShardsPerMinuteMax, shards - first) }, (_, i) => String(first + i));
}

/** With an object for each account, or with the topology out of reach, only the read models know which there are. */
async function accountsOfMinute(db: D1Database, minute: number): Promise<readonly string[]> {
  const counted = await db.prepare("SELECT count(*) AS n FROM account_shards").first<{ n: number }>();
  const windows = Math.max(1, Math.ceil((counted?.n ?? 0) / sweepAccountShardsPerMinuteMax));
  const rows = await db
    .prepare("SELECT name FROM account_shards ORDER BY name LIMIT ?1 OFFSET ?2")
    .bind(sweepAccountShardsPerMinuteMax, (minute % windows) * sweepAccountShardsPerMinuteMax)
    .all<{ name: string }>();
  return rows.results.map((row) => row.name);
}

async function spreadCredentials(env: Env, shards: readonly string[]): Promise<void> {
  let after: string | undefined;
  do {
    const page = await allCredentials(env.DB, { limit: credentialsPerCall, after });
    const { credentials } = page;
    if (credentials.length > 0)
      await Promise.all(
        shards.map((name) => part(`credentials to intake ${name}`, () => env.INTAKE_SHARD.getByName(name).putCredentials(credentials))),
      );
    after = page.next ?? undefined;
  } while (after !== undefined);
}
