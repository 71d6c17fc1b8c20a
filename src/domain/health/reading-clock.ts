import { tellersOfRecord } from "../account/record-tellers.ts";
import type { AccountRecord } from "../account/state.ts";
import type { WaitedFor } from "./document.ts";
import { leastReach, type Reached } from "../source-reach.ts";

/** Stands for senders of which nobody knows who they are. */
export const anybody = "any";
/** A connection, or a token that is bound to none, and how far it has come. */
export type Sender = Reached & { readonly id: string };

/**
 * As of when facts are read: what each sender told, as of the instant up to which it is known, so that an outage of one neither takes its own
 * facts out of their windows nor lets those of the others wait. Instants are epoch ms.
 */
export type ReadingClock = {
  /** The furthest of the senders. */
  readonly at: number;
  /** The least of those that are waited for: how far all of it together is known. */
  readonly least: number;
  /** Of what these senders told; the furthest where nobody knows who it was. Asked for them only where it matters. */
  readonly of: (tellers: () => Iterable<string>) => number;
  /** Names it: equal ones read the same. */
  readonly key: string;
};

/** All of it as of one instant. */
export const upTo = (at: number): ReadingClock => ({ at, least: at, of: () => at, key: String(at) });

/** As of when each record is read. */
export const recordClock =
  ({ of }: ReadingClock) =>
  (record: AccountRecord): number =>
    of(() => tellersOfRecord(record));

/** Who told of what a measure reads, up to when that is known together, and whether several did of whom any is waited for. */
export type Telling = { readonly senders: readonly Sender[]; readonly knownTo: number; readonly isShared: boolean };

/**
 * @param newestAt event time of the newest fact that is known, asked only where nobody has told how far a sender has come; null: there is none.
 *   Of a sender whose reach is known it says nothing: it may lie ahead, by a clock that moves no watermark
 */
export function tellingOf(senders: readonly Sender[], newestAt: () => number | null): Telling {
  const { knownTo, holding } = leastReach(senders);
  return { senders, knownTo: knownTo ?? newestAt() ?? -Infinity, isShared: holding > 0 && senders.length > 1 };
}

/** How a scorecard lets a measure age. Times in ms. */
export type Ageing = { readonly freshForMs: number; readonly halfLifeMs: number; readonly dropBelow: number };

/**
 * How fresh what is told is at an instant, 0..1: 1 while it is known to within `freshForMs`, then halved each `halfLifeMs`; less than `dropBelow`
 * is 0.
 *
 * @param isEachAlone each sender that is waited for ages alone, and the mean of them counts, as long as any is not to be dropped; else the least
 *   of them speaks for all
 */
export function freshnessOf(
  { senders, knownTo, isShared }: Telling,
  at: number,
  { freshForMs, halfLifeMs, dropBelow }: Ageing,
  isEachAlone: boolean,
): number {
  const of = (reachedMs: number): number => 2 ** (-Math.max(0, at - reachedMs - freshForMs) / halfLifeMs);
  const each = isShared && isEachAlone ? senders.filter(({ isAwaited }) => isAwaited).map(({ reachedMs }) => of(reachedMs)) : [of(knownTo)];
  return Math.max(...each) < dropBelow ? 0 : each.reduce((sum, one) => sum + one, 0) / each.length;
}

/** Whom a reading at an instant waits for: those that are behind it by more. */
export const waitedFor = ({ senders }: Telling, at: number, freshForMs: number): readonly WaitedFor[] =>
  senders.flatMap(({ id, reachedMs, isAwaited }) =>
    isAwaited && id !== anybody && at - reachedMs > freshForMs ? [{ connectionId: id, knownTo: reachedMs }] : [],
  );

/** How many of those that are waited for a reading at an instant does not wait for. */
export const upToDateCount = ({ senders }: Telling, at: number, freshForMs: number): number =>
  senders.filter(({ reachedMs, isAwaited }) => isAwaited && at - reachedMs <= freshForMs).length;

/**
 * The clock of a reading at an instant: senders that are behind it by `freshForMs` or less are up to date, and what they are silent about did not
 * happen. One that has ended is read as far as the others, or as it came itself.
 */
export function readingClock({ senders, knownTo, isShared }: Telling, at: number, freshForMs: number): ReadingClock {
  const heldAt = (reachedMs: number): number => (at - reachedMs > freshForMs ? reachedMs : at);
  const least = heldAt(knownTo);
  if (!isShared || least === at) return upTo(least);
  const held = new Map(
    senders.map(({ id, reachedMs, isAwaited }) => [id, isAwaited ? heldAt(reachedMs) : Math.min(at, Math.max(least, reachedMs))]),
  );
  const furthest = Math.max(...held.values());
  const of = (tellers: () => Iterable<string>): number => {
    let latest = -Infinity;
    for (const id of tellers()) latest = Math.max(latest, held.get(id) ?? furthest);
    return latest === -Infinity ? furthest : latest;
  };
  return { at: furthest, least, of, key: JSON.stringify([...held]) };
}
