import { lineInstants } from "../domain/account/account-change.ts";
import type { ActiveConfig } from "../domain/config/active.ts";
import type { ConfigAt } from "../domain/health/account-health.ts";
import { rulesHeldBy } from "../domain/health/held-band.ts";
import { newestDue } from "../domain/jobs/job.ts";
import { archiveStepMs, archiveStepsMax, parityLinesMax, parityLostRangesMax, parityReportsKept } from "../domain/limits.ts";
import type { CheckpointSet, LivePage } from "../domain/parity/messages.ts";
import {
  addParts,
  notChecked,
  nothingChecked,
  type ParityPart,
  type ParityReport,
  type ParityVerdict,
  verdictOf,
} from "../domain/parity/report.ts";
import { checkAccount, type CheckPorts } from "./check-account.ts";
import type { CheckpointPage, Checkpoints, ParityResults } from "./ports.ts";
import type { StepRunner } from "./work.ts";

export type ParityPorts = CheckPorts & {
  readonly now: () => number;
  /** Wall time: how long a step has worked. */
  readonly wallNow: () => number;
  readonly shards: (after: string | null, limit: number) => Promise<readonly string[]>;
  readonly livePage: (shard: string, after: string | null) => Promise<LivePage>;
  /** The range of the shard's journal that begins with this row is not whole in the archive: it is written again by the next run. */
  readonly lost: (shard: string, fromSeq: number) => Promise<void>;
  readonly keepCheckpoints: (shard: string, set: CheckpointSet) => Promise<void>;
  readonly checkpoints: Checkpoints;
  /** The configuration by which a shard scores, with its rates; null where it cannot be had. */
  readonly config: (of: Pick<LivePage, "configVersion" | "ratesVersion">) => Promise<ActiveConfig | null>;
  /** What judged these instants, of a configuration and those before it. */
  readonly configAt: (config: ActiveConfig, instants: readonly number[], now: number) => Promise<ConfigAt>;
  /** Lines of scores that are behind what is known now: the shard makes them anew. */
  readonly remakeScoreLines: (shard: string, accountIds: readonly string[]) => Promise<void>;
  /** Raw deliveries received before are not kept, epoch ms. */
  readonly rawKeptFrom: () => Promise<number>;
  readonly results: ParityResults;
  /** Something that a person has to know. */
  readonly alert: (what: string, facts: Readonly<Record<string, string | number>>) => void;
};

export type ParityFigures = {
  readonly verdict: ParityVerdict | "not_run";
  readonly accounts: number;
  readonly fromFirstLine: number;
  readonly differences: number;
};

/**
 * The nightly check: every account recomputed from the archive and compared with what is served. Of the present, so that a run for an older
 * period leaves it to the newest. Goes through the shards account by account; each step goes on where the one before has ended.
 */
export async function checkParity(period: string, step: StepRunner, ports: ParityPorts): Promise<ParityFigures> {
  if (!(await step("parity: is it the newest period", async () => newestDue("daily", ports.now()) === period)))
    return { verdict: "not_run", accounts: 0, fromFirstLine: 0, differences: 0 };
  let all = nothingChecked;
  let lost: readonly LostRange[] = [];
  let at: Place = { after: null, shard: null };
  for (let page = 1; page <= archiveStepsMax; page++) {
    const [from, linesLeft] = [at, parityLinesMax - all.lines];
    const done = await step(`parity: accounts, part ${page}`, () => checkSome(from, linesLeft, ports));
    const { part, next } = done;
    all = addParts(all, part);
    lost = addLost(lost, done.lost ?? []);
    if (next === null) break;
    at = next;
  }
  const found = all;
  const verdict = await step("parity: keep the report", () => keep(period, found, ports));
  if (lost.length > 0) await step("parity: tell what was lost", () => tellLost(lost, ports));
  return { verdict, accounts: all.accounts.checked, fromFirstLine: all.accounts.fromFirstLine, differences: all.differencesTotal };
}

/** A range of a shard's journal that is not whole in the archive. */
type LostRange = readonly [shard: string, fromSeq: number];

/** Each once. What is too much is found again by the next run: accounts that miss lines have no checkpoint. */
function addLost(some: readonly LostRange[], more: readonly LostRange[]): readonly LostRange[] {
  const all = new Map([...some, ...more].map((range) => [range.join("/"), range]));
  return [...all.values()].slice(0, parityLostRangesMax);
}

/**
 * When all accounts are checked, because a range lies in the archive for many of them: forgotten earlier, what the others have of it would be
 * missed too, also where a step is done twice.
 */
async function tellLost(ranges: readonly LostRange[], { lost }: ParityPorts): Promise<number> {
  for (const [shard, fromSeq] of ranges) await lost(shard, fromSeq);
  return ranges.length;
}

async function keep(period: string, part: ParityPart, { results, now, alert }: ParityPorts): Promise<ParityVerdict> {
  const report: ParityReport = { layout: 1, period, at: now(), ...part };
  await results.keep(report, parityReportsKept);
  const verdict = verdictOf(report);
  if (verdict === "different")
    alert("parity_differs", { period, accounts: report.accounts.differing, differences: report.differencesTotal });
  return verdict;
}

/**
 * Where in a shard: `account` was the last; `page` of the new checkpoints is next, and `old` is the page of the former ones to look into.
 * `generation`: of the new ones; null: not begun.
 */
type InShard = {
  readonly name: string;
  readonly account: string | null;
  readonly generation: number | null;
  readonly page: number;
  readonly old: number;
};
type Place = { readonly after: string | null; readonly shard: InShard | null };

/** Shards asked for by name at a time. */
const namesAtOnce = 32;

/** `lost` is not in answers of older code. */
type CheckedSome = { readonly part: ParityPart; readonly next: Place | null; readonly lost?: readonly LostRange[] };

async function checkSome(from: Place, linesLeft: number, ports: ParityPorts): Promise<CheckedSome> {
  const until = ports.wallNow() + archiveStepMs;
  const rawKeptFrom = await ports.rawKeptFrom();
  let part = nothingChecked;
  let lost: readonly LostRange[] = [];
  const after = from.shard?.name ?? from.after;
  const names = await ports.shards(after, namesAtOnce);
  const places = [
    ...(from.shard === null ? [] : [from.shard]),
    ...names.map((name) => ({ name, account: null, generation: null, page: 0, old: 0 })),
  ];
  for (const place of places) {
    for (let at: InShard | null = place; at !== null;) {
      if (ports.wallNow() >= until) return { part, lost, next: { after: null, shard: at } };
      const done: CheckedPage = await checkPage(at, { linesLeft: linesLeft - part.lines, rawKeptFrom }, ports);
      part = addParts(part, done.part);
      lost = addLost(lost, done.lost);
      at = done.next;
    }
  }
  return { part, lost, next: names.length < namesAtOnce ? null : { after: names.at(-1) ?? null, shard: null } };
}

type CheckedPage = { readonly part: ParityPart; readonly next: InShard | null; readonly lost: readonly LostRange[] };

/** One call's accounts: checked, their checkpoints written; after the last ones those of this night take the place of the former. */
async function checkPage(at: InShard, bounds: { linesLeft: number; rawKeptFrom: number }, ports: ParityPorts): Promise<CheckedPage> {
  const shard = at.name;
  const page = await ports.livePage(shard, at.account);
  const config = await ports.config(page);
  const hasLine = page.accounts.some(({ scoreLine }) => scoreLine !== null);
  const heldBy = rulesHeldBy(page.accounts.flatMap(({ band, sides }) => [band, ...sides].map(({ held }) => held)));
  const instants = [...(hasLine ? lineInstants(page.now) : []), ...heldBy];
  const configAt = config === null ? null : await ports.configAt(config, instants, page.now);
  const generation = at.generation ?? (page.checkpoints?.generation ?? 0) + 1;
  // A step that is done twice may find its own ones in place: then there is nothing to begin with.
  const set = page.checkpoints?.generation === generation - 1 ? page.checkpoints : null;
  const former = new FormerCheckpoints(ports.checkpoints, shard, set, at.old);
  const texts: [string, string][] = [];
  const lost: LostRange[] = [];
  const stale: string[] = [];
  let part = page.notChecked.reduce((sum, { why }) => addParts(sum, notChecked(why)), nothingChecked);
  for (const account of page.accounts) {
    const context = {
      shard,
      page,
      configAt,
      checkpoint: await former.find(account.id),
      linesLeft: bounds.linesLeft - part.lines,
      rawKeptFrom: bounds.rawKeptFrom,
    };
    const checked = await checkAccount(account, context, ports);
    part = addParts(part, checked.part);
    lost.push(...checked.lost.map((fromSeq) => [shard, fromSeq] as const));
    if (checked.isLineStale) stale.push(account.id);
    if (checked.checkpoint !== null) texts.push([account.id, checked.checkpoint]);
  }
  if (stale.length > 0) await ports.remakeScoreLines(shard, stale);
  await ports.checkpoints.put({ shard, generation, page: at.page }, texts);
  if (page.next !== null) return { part, lost, next: { name: shard, account: page.next, generation, page: at.page + 1, old: former.at } };
  await ports.keepCheckpoints(shard, { generation, pages: at.page + 1 });
  await ports.checkpoints.remove(shard, generation);
  return { part, lost, next: null };
}

/** Former checkpoints of a shard, asked for in the order of account ids, in which they lie. */
class FormerCheckpoints {
  at: number;
  private loaded: { readonly page: number; readonly content: CheckpointPage | null } | null = null;
  private readonly source: Checkpoints;
  private readonly shard: string;
  private readonly set: CheckpointSet | null;

  constructor(source: Checkpoints, shard: string, set: CheckpointSet | null, at: number) {
    this.source = source;
    this.shard = shard;
    this.set = set;
    this.at = at;
  }

  async find(accountId: string): Promise<string | null> {
    const { set } = this;
    for (; set !== null && this.at < set.pages; this.at++) {
      const content = await this.page(set.generation);
      if (content !== null && content.last !== null && content.last >= accountId) return content.textOf(accountId);
    }
    return null;
  }

  private async page(generation: number): Promise<CheckpointPage | null> {
    if (this.loaded?.page !== this.at) {
      const content = await this.source.get({ shard: this.shard, generation, page: this.at });
      this.loaded = { page: this.at, content };
    }
    return this.loaded.content;
  }
}
