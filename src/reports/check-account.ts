import { isSameScore, staleDays } from "../domain/account/account-change.ts";
import { fromPages } from "../domain/account/account-pages.ts";
import { expire } from "../domain/account/buckets.ts";
import { emptyAccount, type FoldedAccount } from "../domain/account/folded.ts";
import type { Event } from "../domain/event.ts";
import { hash32 } from "../domain/hash.ts";
import { IdHasher } from "../domain/account/id-hash.ts";
import type { Scorecard } from "../domain/config/scorecard.ts";
import { accountHealth, areHad, type ConfigAt, type SideReading } from "../domain/health/account-health.ts";
import type { HealthDocument } from "../domain/health/document.ts";
import { type BandRules, holdBand, rulesHeldBy } from "../domain/health/held-band.ts";
import { firstDeliveryOf } from "../domain/intake/dead-letter.ts";
import { parityAccountLinesMax, parityDeliveriesPerAccount, parityDeliveryAgeMinMs, parityReadsAtOnceMax } from "../domain/limits.ts";
import { fromCheckpoint, toCheckpoint } from "../domain/parity/checkpoint.ts";
import { compareStates, type Difference } from "../domain/parity/compare.ts";
import type { ArchivedRange, CheckedScores, LiveAccount, LivePage } from "../domain/parity/messages.ts";
import { IdDigest } from "../domain/parity/id-digest.ts";
import { Belonging, keepDays, replayArchived, replayTail, type Taken } from "../domain/parity/replay.ts";
import { isItsTurn, notChecked, type ParityPart, partOf } from "../domain/parity/report.ts";
import { isoTime, startOfDay } from "../domain/time.ts";
import type { JournalArchive, RawArchive } from "./ports.ts";

export type CheckPorts = {
  readonly ranges: (shard: string, accountId: string, rows: { afterSeq: number; upTo: number }) => Promise<readonly ArchivedRange[]>;
  readonly archive: Pick<JournalArchive, "read">;
  readonly raw: RawArchive;
};

/** What a check stands on, beside the account. */
export type CheckContext = {
  readonly shard: string;
  readonly page: LivePage;
  /**
   * What judges now, the days of lines of scores, and the instants since when held bands were; null: that by which the shard scores cannot be
   * had, and no scores are compared.
   */
  readonly configAt: ConfigAt | null;
  /** The checkpoint of the night before. */
  readonly checkpoint: string | null;
  readonly linesLeft: number;
  /** Raw deliveries received before are not kept any more, epoch ms. */
  readonly rawKeptFrom: number;
};

/**
 * `checkpoint` null: what was read is not whole, and the account is recomputed from its first line the next time. `lost`: first rows of the
 * ranges of which lines are missing in the archive. `isLineStale`: its line of scores is behind what is known now.
 */
export type CheckedAccount = {
  readonly part: ParityPart;
  readonly checkpoint: string | null;
  readonly lost: readonly number[];
  readonly isLineStale: boolean;
};

/**
 * Recomputes one account from its checkpoint and the lines archived since, or from its first line where that is its turn or there is no checkpoint
 * to begin with, and holds it against what its shard has: its pages with the lines behind them, the number of events, the scores and bands that are
 * served, and where every line is read its ids and its line of scores. Of one that is too large only some days are kept and compared.
 */
export async function checkAccount(account: LiveAccount, context: CheckContext, ports: CheckPorts): Promise<CheckedAccount> {
  const { page, shard } = context;
  const { days } = account;
  const known = isItsTurn(account.id, page.now) || days !== null ? null : startOf(account, context);
  const rows = { afterSeq: known?.seq ?? account.marks.leftSeq, upTo: page.archivedSeq };
  const ranges = await ports.ranges(shard, account.id, rows);
  const linesAhead = ranges.reduce((sum, { lines }) => sum + lines, 0);
  if (linesAhead > parityAccountLinesMax) return leftOut("too_large", context);
  if (linesAhead > context.linesLeft) return leftOut("left", context);
  const state = known?.state ?? emptyAccount(account.id, page.sources, countedBy(account));
  const sample = new DeliverySample(page.now, context.rawKeptFrom);
  const [hasher, ids] = [new IdHasher(...page.idKey), new IdDigest(page.idDays)];
  const identified: Taken = (event, origin) => ids.addEvent(hasher, event, origin);
  const taken: Taken = (event, origin) => {
    sample.add(event);
    identified(event, origin);
  };
  const read = await replayRanges(ranges, { account, state, rows, now: page.now, taken }, ports);
  expire(state, page.now);
  const checkpoint = read.lost.length > 0 || days !== null ? null : toCheckpoint(state, page.archivedSeq, account.marks);
  const belonging = new Belonging(account.marks);
  replayTail(state, account.tail, { afterSeq: page.archivedSeq, belonging, now: page.now, taken: identified });
  keepDays(state, days);
  const isTurn = known === null && isItsTurn(account.id, page.now);
  const deliveries = isTurn ? await lookForDeliveries(sample, ports.raw) : none;
  const line = days === null ? compareLine(account, page, state, context.configAt) : noLine;
  const areIdsCompared = known === null && account.ids !== null;
  const differences = [
    ...read.lost.map(({ fromSeq, toSeq, lines, found }) =>
      differ(account, `lines in the archive of journal rows ${fromSeq} to ${toSeq}`, lines, found),
    ),
    ...comparePages(account, page, state),
    ...compareServed(account, page, state, days === null ? context.configAt : null),
    ...(areIdsCompared ? compareIds(account, ids) : []),
    ...deliveries.missing.map((id) => differ(account, `delivery ${id} in the raw archive`, "applied", null)),
  ];
  const counts = {
    lines: read.lines,
    scores: context.configAt === null || days !== null ? 0 : 1,
    scoreDays: { compared: line.compared, stale: line.stale.length },
    ids: areIdsCompared ? 1 : 0,
    deliveries: { looked: deliveries.looked, missing: deliveries.missing.length },
  };
  return {
    part: partOf(differences, counts, { isFull: known === null, isPart: days !== null }),
    checkpoint,
    lost: read.lost.map(({ fromSeq }) => fromSeq),
    isLineStale: line.stale.length > 0,
  };
}

/** Its checkpoint stays what the next night begins with. */
const leftOut = (why: "too_large" | "left", { checkpoint }: CheckContext): CheckedAccount => ({
  part: notChecked(why),
  checkpoint,
  lost: [],
  isLineStale: false,
});

/** A checkpoint that cannot be read is none. */
function startOf({ id, marks }: LiveAccount, { checkpoint, page }: CheckContext): { state: FoldedAccount; seq: number } | null {
  if (checkpoint === null) return null;
  try {
    const known = fromCheckpoint(id, checkpoint, marks, page.sources);
    return known !== null && known.seq <= page.archivedSeq ? known : null;
  } catch {
    return null;
  }
}

const countedBy = ({ marks: { counted = [] } }: LiveAccount) => ({ counted });

type Lost = ArchivedRange & { readonly found: number };

/** Some objects are read at a time, and taken in in their order. */
async function replayRanges(
  ranges: readonly ArchivedRange[],
  into: {
    readonly account: LiveAccount;
    readonly state: FoldedAccount;
    readonly rows: { afterSeq: number; upTo: number };
    readonly now: number;
    readonly taken: Taken;
  },
  { archive }: CheckPorts,
): Promise<{ readonly lines: number; readonly lost: readonly Lost[] }> {
  const { account, state, rows, now, taken } = into;
  const belonging = new Belonging(account.marks);
  const lost: Lost[] = [];
  let lines = 0;
  for (let at = 0; at < ranges.length; at += parityReadsAtOnceMax) {
    const some = ranges.slice(at, at + parityReadsAtOnceMax);
    const texts = await Promise.all(some.map(async ({ key }) => (key === null ? null : archive.read(key, account.id))));
    for (const [i, range] of some.entries()) {
      const found = replayArchived(state, texts[i] ?? "", { rows, belonging, now, taken });
      keepDays(state, account.days);
      lines += found;
      if (found !== range.lines) lost.push({ ...range, found });
    }
  }
  return { lines, lost };
}

const differ = (
  { id }: Pick<LiveAccount, "id">,
  figure: string,
  live: string | number | null,
  recomputed: string | number | null,
): Difference => ({
  account: id,
  figure,
  live,
  recomputed,
});

/** Pages of other code say nothing. */
function comparePages(account: LiveAccount, { now, sources }: LivePage, recomputed: FoldedAccount): readonly Difference[] {
  const { id, pages, pagedSeq, tail, marks, days } = account;
  if (pagedSeq === null) return [];
  try {
    const read = pages === null ? null : fromPages(id, pages, sources);
    if (pages !== null && read === null) return [];
    const live = read?.state ?? emptyAccount(id, sources, countedBy(account));
    replayTail(live, tail, { afterSeq: pagedSeq, belonging: new Belonging(marks), now });
    keepDays(live, days);
    expire(live, now);
    expire(recomputed, now);
    return compareStates(live, recomputed);
  } catch (error) {
    return [differ(account, "pages", `cannot be read: ${String(error)}`, null)];
  }
}

const served: readonly (keyof CheckedScores)[] = ["score", "computedScore", "scoreBeforeCaps"];
const scoreWords: Readonly<Record<keyof CheckedScores, string>> = {
  score: "score",
  computedScore: "score without what people decided",
  scoreBeforeCaps: "score before caps",
};

function compareServed(
  account: LiveAccount,
  { now }: LivePage,
  recomputed: FoldedAccount,
  configAt: ConfigAt | null,
): readonly Difference[] {
  const found: Difference[] = [];
  if (account.events !== recomputed.events) found.push(differ(account, "events, as served", account.events, recomputed.events));
  if (configAt === null) return found;
  const health = accountHealth(recomputed, configAt);
  const own = health.at(now);
  for (const which of served) {
    const [live, other] = [account.scores[which], own[which]];
    if (!isSameScore(live, other)) found.push(differ(account, scoreWords[which], live, other));
  }
  // Where one of the two could not have a band's former rules, it went by less than the other did.
  const heldBy = rulesHeldBy([account.band.held, ...account.sides.map(({ held }) => held)]);
  const rulesOf =
    account.areRulesHad === true && areHad(heldBy, configAt) ? (side?: string): BandRules => health.bandRules(now, side) : null;
  const bands = rulesOf === null ? [] : compareBands(account, own, health.assignedAt(now).scorecard, rulesOf());
  return [...found, ...bands, ...compareSides(account, health.beside(now), rulesOf)];
}

/** What is held is history. What is shown follows from it, from the rules it was held by, and from the score of now. */
const compareBands = (account: LiveAccount, own: HealthDocument, scorecard: Scorecard, rules: BandRules): readonly Difference[] => {
  const { held, shown } = account.band;
  const { band } = holdBand(held, own, scorecard, rules);
  return band === shown ? [] : [differ(account, "band, as held", shown, band)];
};

function compareSides(
  account: LiveAccount,
  recomputed: readonly SideReading[],
  rulesOf: ((side: string) => BandRules) | null,
): readonly Difference[] {
  const live = new Map(account.sides.map((side) => [side.scorecard, side]));
  const others = new Map(recomputed.map((side) => [side.key, side]));
  return [...new Set([...live.keys(), ...others.keys()])].flatMap((key) => {
    const [one, other] = [live.get(key), others.get(key)];
    if (one === undefined || other === undefined)
      return [differ(account, `score by ${key}`, one?.score ?? "none", other?.health.score ?? "none")];
    const { band } = rulesOf === null ? { band: one.shown } : holdBand(one.held, other.health, other.scorecard, rulesOf(key));
    return [
      ...(isSameScore(one.score, other.health.score) ? [] : [differ(account, `score by ${key}`, one.score, other.health.score)]),
      ...(one.shown === band ? [] : [differ(account, `band by ${key}, as held`, one.shown, band)]),
    ];
  });
}

const noLine: ReturnType<typeof staleDays> = { compared: 0, stale: [] };

const compareLine = ({ scoreLine }: LiveAccount, { now }: LivePage, recomputed: FoldedAccount, configAt: ConfigAt | null) =>
  scoreLine === null || configAt === null ? noLine : staleDays(recomputed, configAt, scoreLine, now);

function compareIds({ ids, ...account }: LiveAccount, recomputed: IdDigest): readonly Difference[] {
  const live = new Map((ids ?? []).map(([day, ...sums]) => [day, sums]));
  const words = (sums: readonly number[] = [0]): string => `${sums[0]} (${sums.slice(1).join(" ")})`;
  return [...new Set([...live.keys(), ...recomputed.days.keys()])]
    .map((day) => [day, words(live.get(day)), words(recomputed.days.get(day))] as const)
    .filter(([, one, other]) => one !== other)
    .map(([day, one, other]) => differ(account, `ids received on ${isoTime(startOfDay(day)).slice(0, 10)}`, one, other));
}

/** A few events of an account, chosen by the hash of their ids, whose delivery must lie in the raw archive. */
class DeliverySample {
  private chosen: { readonly rank: number; readonly event: Event }[] = [];
  private readonly now: number;
  private readonly keptFrom: number;

  constructor(now: number, keptFrom: number) {
    this.now = now;
    this.keptFrom = keptFrom;
  }

  add(event: Event): void {
    const { receivedAt } = event;
    if (receivedAt < this.keptFrom || receivedAt > this.now - parityDeliveryAgeMinMs) return;
    const rank = hash32(event.id);
    if (this.chosen.length === parityDeliveriesPerAccount && rank >= (this.chosen.at(-1)?.rank ?? 0)) return;
    this.chosen = [...this.chosen, { rank, event }].sort((a, b) => a.rank - b.rank).slice(0, parityDeliveriesPerAccount);
  }

  get deliveries(): readonly { readonly id: string; readonly connectionId: string; readonly receivedAt: number }[] {
    return this.chosen.flatMap(({ event }) => {
      const id = firstDeliveryOf(event);
      return id === null ? [] : [{ id, connectionId: event.connectionId, receivedAt: event.receivedAt }];
    });
  }
}

const none = { looked: 0, missing: [] as readonly string[] };

async function lookForDeliveries(
  sample: DeliverySample,
  raw: RawArchive,
): Promise<{ readonly looked: number; readonly missing: readonly string[] }> {
  const missing: string[] = [];
  for (const delivery of sample.deliveries) if (!(await raw.has(delivery))) missing.push(delivery.id);
  return { looked: sample.deliveries.length, missing };
}
