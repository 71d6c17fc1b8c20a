import { pauseWeeksKept, pauseWeeksLearnedFrom } from "../limits.ts";
import { type EventKind, eventKinds, type KindTimes } from "../source-reach.ts";
import { dayOf } from "../time.ts";

/**
 * How old the newest event of a kind grows before the next one comes. For each week (seven UTC days by our door's clock, counted from 1970) in
 * which one came, the oldest that it was by then, ms; the oldest week first, at most `pauseWeeksKept`.
 */
export type KindPauses = Readonly<Partial<Record<EventKind, readonly PauseOfWeek[]>>>;
type PauseOfWeek = readonly [week: number, longestMs: number];

type Reached = { readonly kinds?: KindTimes | undefined; readonly pauses?: KindPauses | undefined };

/**
 * Adds what live events of one segment say. By the age of what was known before, so that who sends a day's events at night has pauses of a day,
 * however they are cut into deliveries.
 *
 * @param receivedAt door's clock, epoch ms
 */
export function notePauses(known: Reached, brought: KindTimes, receivedAt: number): KindPauses {
  const pauses: Partial<Record<EventKind, readonly PauseOfWeek[]>> = { ...known.pauses };
  for (const kind of eventKinds) {
    const [from, to] = [known.kinds?.[kind], brought[kind]];
    if (from === undefined || to === undefined || to <= from) continue;
    pauses[kind] = mergeWeeks(known.pauses?.[kind] ?? [], [[weekOf(receivedAt), Math.max(0, receivedAt - from)]], Math.max);
  }
  return pauses;
}

/** Two views of one stream, each of a part of its events: the true pause is no longer than the shorter one. */
export function mergePauses(a: KindPauses | undefined, b: KindPauses | undefined): { readonly pauses?: KindPauses } {
  if (a === undefined || b === undefined) return a === undefined && b === undefined ? {} : { pauses: a ?? b ?? {} };
  const pauses: Partial<Record<EventKind, readonly PauseOfWeek[]>> = {};
  for (const kind of eventKinds) {
    const [one, other] = [a[kind], b[kind]];
    const merged = one !== undefined && other !== undefined ? mergeWeeks(one, other, Math.min) : (one ?? other);
    if (merged !== undefined) pauses[kind] = merged;
  }
  return { pauses };
}

/**
 * The longest pause that is usual, for each kind of which enough weeks are known: the second longest of the weeks that are kept, so that one
 * outage does not become a habit.
 */
export function usualPauses(pauses: KindPauses | undefined): KindTimes {
  const usual: Partial<Record<EventKind, number>> = {};
  for (const kind of eventKinds) {
    const longest = (pauses?.[kind] ?? []).map(([, ms]) => ms).sort((a, b) => b - a);
    if (longest.length >= pauseWeeksLearnedFrom) usual[kind] = longest[1] as number;
  }
  return usual;
}

const weekOf = (at: number): number => Math.floor(dayOf(at) / 7);

function mergeWeeks(
  a: readonly PauseOfWeek[],
  b: readonly PauseOfWeek[],
  pick: (one: number, other: number) => number,
): readonly PauseOfWeek[] {
  const weeks = new Map(a);
  for (const [week, ms] of b) weeks.set(week, pick(weeks.get(week) ?? ms, ms));
  return [...weeks].sort(([one], [other]) => one - other).slice(-pauseWeeksKept);
}
