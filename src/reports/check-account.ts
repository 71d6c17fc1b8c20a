import { fromPages } from "../domain/account/account-pages.ts";
import { expire } from "../domain/account/buckets.ts";
import { emptyAccount, type FoldedAccount } from "../domain/account/folded.ts";
import type { ActiveConfig } from "../domain/config/active.ts";
import type { Event } from "../domain/event.ts";
import { hash32 } from "../domain/hash.ts";
import { accountHealth, onlyConfig } from "../domain/health/account-health.ts";
import { firstDeliveryOf } from "../domain/intake/dead-letter.ts";
import { parityDeliveriesPerAccount, parityDeliveryAgeMinMs, parityReadsAtOnceMax } from "../domain/limits.ts";
import { fromCheckpoint, toCheckpoint } from "../domain/parity/checkpoint.ts";
import { compareStates, type Difference } from "../domain/parity/compare.ts";
import type { ArchivedRange, CheckedScores, LiveAccount, LivePage } from "../domain/parity/messages.ts";
import { Belonging, replayArchived, replayTail } from "../domain/parity/replay.ts";
import { isItsTurn, notChecked, type ParityPart, partOf } from "../domain/parity/report.ts";
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
  /** By which the shard scores; null: it cannot be had, and no scores are compared. */
  readonly config: ActiveConfig | null;
  /** The checkpoint of the night before. */
  readonly checkpoint: string | null;
  readonly linesLeft: number;
  /** Raw deliveries received before are not kept any more, epoch ms. */
  readonly rawKeptFrom: number;
};

/**
 * `checkpoint` null: what was read is not whole, and the account is recomputed from its first line the next time. `lost`: first rows of the
 * ranges of which lines are missing in the archive.
 */
export type CheckedAccount = { readonly part: ParityPart; readonly checkpoint: string | null; readonly lost: readonly number[] };

/**
 * Recomputes one account from its checkpoint and the lines archived since, or from its first line where that is its turn or there is no checkpoint
 * to begin with, and holds it against what its shard has: its pages with the lines behind them, the number of events and the scores that are served.
 */
export async function checkAccount(account: LiveAccount, context: CheckContext, ports: CheckPorts): Promise<CheckedAccount> {
  const { page, shard } = context;
  const known = isItsTurn(account.id, page.now) ? null : startOf(account, context);
  const rows = { afterSeq: known?.seq ?? account.marks.leftSeq, upTo: page.archivedSeq };
  const ranges = await ports.ranges(shard, account.id, rows);
  if (ranges.reduce((sum, { lines }) => sum + lines, 0) > context.linesLeft) {
    return { part: notChecked("left"), checkpoint: context.checkpoint, lost: [] };
  }
  const state = known?.state ?? emptyAccount(account.id, page.sources, countedBy(account));
  const sample = new DeliverySample(page.now, context.rawKeptFrom);
  const read = await replayRanges(ranges, { account, state, rows, now: page.now, sample }, ports);
  expire(state, page.now);
  const checkpoint = read.lost.length > 0 ? null : toCheckpoint(state, page.archivedSeq, account.marks);
  replayTail(state, account.tail, { afterSeq: page.archivedSeq, belonging: new Belonging(account.marks), now: page.now });
  const deliveries = known === null && isItsTurn(account.id, page.now) ? await lookForDeliveries(sample, ports.raw) : none;
  const differences = [
    ...read.lost.map(({ fromSeq, toSeq, lines, found }) =>
      differ(account, `lines in the archive of journal rows ${fromSeq} to ${toSeq}`, lines, found),
    ),
    ...comparePages(account, page, state),
    ...compareServed(account, page, state, context.config),
    ...deliveries.missing.map((id) => differ(account, `delivery ${id} in the raw archive`, "applied", null)),
  ];
  const counts = {
    lines: read.lines,
    scores: context.config === null ? 0 : 1,
    deliveries: { looked: deliveries.looked, missing: deliveries.missing.length },
  };
  return { part: partOf(differences, counts, known === null), checkpoint, lost: read.lost.map(({ fromSeq }) => fromSeq) };
}

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
    readonly sample: DeliverySample;
  },
  { archive }: CheckPorts,
): Promise<{ readonly lines: number; readonly lost: readonly Lost[] }> {
  const { account, state, rows, now, sample } = into;
  const belonging = new Belonging(account.marks);
  const lost: Lost[] = [];
  let lines = 0;
  for (let at = 0; at < ranges.length; at += parityReadsAtOnceMax) {
    const some = ranges.slice(at, at + parityReadsAtOnceMax);
    const texts = await Promise.all(some.map(async ({ key }) => (key === null ? null : archive.read(key, account.id))));
    for (const [i, range] of some.entries()) {
      const found = replayArchived(state, texts[i] ?? "", { rows, belonging, now, taken: (event) => sample.add(event) });
      lines += found;
      if (found !== range.lines) lost.push({ ...range, found });
    }
  }
  return { lines, lost };
}

const differ = ({ id }: LiveAccount, figure: string, live: string | number | null, recomputed: string | number | null): Difference => ({
  account: id,
  figure,
  live,
  recomputed,
});

/** Pages of other code say nothing. */
function comparePages(account: LiveAccount, { now, sources }: LivePage, recomputed: FoldedAccount): readonly Difference[] {
  const { id, pages, pagedSeq, tail, marks } = account;
  if (pagedSeq === null) return [];
  try {
    const read = pages === null ? null : fromPages(id, pages, sources);
    if (pages !== null && read === null) return [];
    const live = read?.state ?? emptyAccount(id, sources, countedBy(account));
    replayTail(live, tail, { afterSeq: pagedSeq, belonging: new Belonging(marks), now });
    expire(live, now);
    expire(recomputed, now);
    return compareStates(live, recomputed);
  } catch (error) {
    return [differ(account, "pages", `cannot be read: ${String(error)}`, null)];
  }
}

const scoreTolerance = 1e-9;
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
  config: ActiveConfig | null,
): readonly Difference[] {
  const found: Difference[] = [];
  if (account.events !== recomputed.events) found.push(differ(account, "events, as served", account.events, recomputed.events));
  if (config === null) return found;
  const health = accountHealth(recomputed, onlyConfig(config)).at(now);
  for (const which of served) {
    const [live, other] = [account.scores[which], health[which]];
    const isSame = live === null || other === null ? live === other : Math.abs(live - other) <= scoreTolerance;
    if (!isSame) found.push(differ(account, scoreWords[which], live, other));
  }
  return found;
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

  get deliveries(): readonly { readonly id: string; readonly receivedAt: number }[] {
    return this.chosen.flatMap(({ event }) => {
      const id = firstDeliveryOf(event);
      return id === null ? [] : [{ id, receivedAt: event.receivedAt }];
    });
  }
}

const none = { looked: 0, missing: [] as readonly string[] };

async function lookForDeliveries(
  sample: DeliverySample,
  raw: RawArchive,
): Promise<{ readonly looked: number; readonly missing: readonly string[] }> {
  const missing: string[] = [];
  for (const { id, receivedAt } of sample.deliveries) if (!(await raw.has(id, receivedAt))) missing.push(id);
  return { looked: sample.deliveries.length, missing };
}
