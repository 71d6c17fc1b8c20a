import { pauseGapKeptFromMs, pauseGapsKept, pauseWeeksKept, pauseWeeksLearnedFrom } from "../limits.ts";
import { type EventKind, eventKinds, type KindTimes } from "../source-reach.ts";
import { dayOf, SECOND_MS } from "../time.ts";

/** How each kind of event rests between those that come live, as each intake shard knows that the stream comes through. */
export type KindRests = Readonly<Partial<Record<EventKind, readonly ShardRests[]>>>;

/**
 * `newestMs`: greatest event time that came live. `gaps`, by their ends: of each week (seven UTC days by our door's clock, counted from 1970; a gap
 * is of the week in which it ends) the first, and the `pauseGapsKept` longest others of half an hour and more. `weeks`, the newest
 * `pauseWeeksKept` in which one ended: the longest of its gaps that are not kept, s.
 */
type ShardRests = {
  readonly newestMs: number;
  readonly gaps: readonly Gap[];
  readonly weeks: readonly LongestOfWeek[];
};

/**
 * From the newest event that was known before (event time) to the receipt of the next newer one, and how much older than that receipt this one
 * was; whole seconds, wide. The first of all begins in 1970: nothing was known before.
 */
type Gap = readonly [until: number, length: number, lag: number];
type LongestOfWeek = readonly [week: number, seconds: number];

const KEPT_FROM = pauseGapKeptFromMs / SECOND_MS;

/** Adds the newest live event of each kind that one segment brought. What is older than one that was known ends no gap. */
export function noteRests(known: KindRests | undefined, brought: KindTimes, receivedAt: number): KindRests {
  const rests: Partial<Record<EventKind, readonly ShardRests[]>> = { ...known };
  for (const kind of eventKinds) {
    const at = brought[kind];
    if (at !== undefined) rests[kind] = [noteRest(known?.[kind]?.[0] ?? nothingYet, at, receivedAt)];
  }
  return rests;
}

const nothingYet: ShardRests = { newestMs: 0, gaps: [], weeks: [] };

function noteRest(known: ShardRests, newestMs: number, receivedAt: number): ShardRests {
  if (newestMs <= known.newestMs) return known;
  const until = Math.ceil(receivedAt / SECOND_MS);
  const gap: Gap = [until, until - Math.floor(known.newestMs / SECOND_MS), until - Math.ceil(newestMs / SECOND_MS)];
  const week = weekOf(until);
  const others = known.weeks.find(([one]) => one === week)?.[1];
  // Nearly always: the next one of many. A segment that ends long after others that came later tells of no gap.
  const isLate = until < (known.gaps.at(-1)?.[0] ?? 0);
  if (isLate) return { ...known, newestMs };
  if (others !== undefined && gap[1] < KEPT_FROM)
    return { ...known, newestMs, weeks: gap[1] <= others ? known.weeks : longestWith(known.weeks, week, gap[1]) };
  const gaps = [...known.gaps, gap];
  const [, ...ofWeek] = gaps.filter(([end]) => weekOf(end) === week);
  const shortest = ofWeek.length > pauseGapsKept ? ofWeek.reduce((least, one) => (one[1] < least[1] ? one : least)) : undefined;
  const weeks = longestWith(known.weeks, week, shortest?.[1] ?? 0);
  const oldest = weeks[0]?.[0] ?? week;
  return { newestMs, gaps: gaps.filter((one) => one !== shortest && weekOf(one[0]) >= oldest), weeks };
}

function longestWith(weeks: readonly LongestOfWeek[], week: number, seconds: number): readonly LongestOfWeek[] {
  const longest = new Map(weeks);
  longest.set(week, Math.max(longest.get(week) ?? 0, seconds));
  return [...longest].sort(([one], [other]) => one - other).slice(-pauseWeeksKept);
}

/** What several shards know, together. */
export function mergeRests(a: KindRests | undefined, b: KindRests | undefined): { readonly rests?: KindRests } {
  if (a === undefined || b === undefined) return a === undefined && b === undefined ? {} : { rests: a ?? b ?? {} };
  const rests: Partial<Record<EventKind, readonly ShardRests[]>> = {};
  for (const kind of eventKinds) {
    const parts = [...(a[kind] ?? []), ...(b[kind] ?? [])];
    if (parts.length > 0) rests[kind] = parts;
  }
  return { rests };
}

/**
 * The longest pause that is usual, for each kind of which enough weeks are known, ms: the second longest of the weeks that are kept, so that one
 * outage does not become a habit.
 */
export function usualPauses(rests: KindRests | undefined): KindTimes {
  const usual: Partial<Record<EventKind, number>> = {};
  for (const kind of eventKinds) {
    const longest = longestPauses(rests?.[kind] ?? []).map(([, seconds]) => seconds);
    if (longest.length >= pauseWeeksLearnedFrom) usual[kind] = (longest.toSorted((a, b) => b - a)[1] as number) * SECOND_MS;
  }
  return usual;
}

/**
 * The longest pause of each of the newest weeks in which one ended, s, the oldest week first; of the stream as a whole: it rests only while it does
 * in every shard.
 *
 * Exact to the second where no shard has left out a gap that is longer than the longest of those that all have kept. Else it may be told too long,
 * by as much as that gap is longer, but not longer than any one shard rested: an outage is told late, never early.
 */
export function longestPauses(shards: readonly ShardRests[]): readonly LongestOfWeek[] {
  const longest = longestShared(shards);
  const leftOut = new Map<number, number>();
  for (const { weeks } of shards) for (const [week, seconds] of weeks) leftOut.set(week, Math.max(leftOut.get(week) ?? 0, seconds));
  const unsure = [...leftOut].filter(([week, seconds]) => seconds > (longest.get(week) ?? 0));
  const bounds = shards.length > 1 && unsure.length > 0 ? shards.map(longestLasting) : [];
  for (const [week, seconds] of unsure) longest.set(week, Math.min(seconds, ...bounds.map((of) => of.get(week) ?? Infinity)));
  return [...longest].sort(([one], [other]) => one - other).slice(-pauseWeeksKept);
}

/**
 * The longest of each week of the gaps that all shards have kept. The newest event that the stream knew before a receipt is the newest of those
 * that its shards knew, and no shard ever knows less than before.
 */
function longestShared(shards: readonly ShardRests[]): Map<number, number> {
  const longest = new Map<number, number>();
  let [from, known, at] = [0, 0, 0];
  for (const { gaps, newestMs } of shards) known = Math.max(known, startOf(gaps[0], newestMs));
  for (const { until, to, next } of endsOf(shards)) {
    // Of two that end in one second neither has heard of the other.
    if (until > at) [from, at] = [known, until];
    known = Math.max(known, next);
    const isNewer = to > from;
    if (from === 0 || !isNewer) continue;
    const week = weekOf(until);
    if (until - from > (longest.get(week) ?? -1)) longest.set(week, Math.max(0, until - from));
  }
  return longest;
}

/** `to`: which event ended it; `next`: the newest that its shard knew when the next one that is kept ended. Event times, s. */
type End = { readonly until: number; readonly to: number; readonly next: number };

/** The ends of all gaps that are kept, in the order in which they came. */
function endsOf(shards: readonly ShardRests[]): readonly End[] {
  const ends: End[] = [];
  for (const { gaps, newestMs } of shards)
    for (const [i, [until, , lag]] of gaps.entries()) ends.push({ until, to: until - lag, next: startOf(gaps[i + 1], newestMs) });
  return shards.length > 1 ? ends.sort((a, b) => a.until - b.until) : ends;
}

/** Of a gap, or of the one that lasts. */
const startOf = (gap: Gap | undefined, newestMs: number): number =>
  gap === undefined ? Math.floor(newestMs / SECOND_MS) : gap[0] - gap[1];

/** For how long one shard had rested at most by any instant of a week, s. What older code has stored does not tell of every week. */
function longestLasting({ gaps, newestMs, weeks }: ShardRests): ReadonlyMap<number, number> {
  const longest = new Map(weeks);
  const [oldest, newest] = [weeks[0]?.[0] ?? 0, (weeks.at(-1)?.[0] ?? 0) + pauseWeeksKept];
  for (let i = 0; i <= gaps.length; i++) {
    const [from, until] = [startOf(gaps[i], newestMs), gaps[i]?.[0] ?? Infinity];
    for (let week = Math.max(oldest, weekOf(from)); week <= Math.min(newest, weekOf(until)); week++)
      longest.set(week, Math.max(longest.get(week) ?? 0, Math.min(until, (week + 1) * WEEK_SECONDS) - from));
  }
  return longest;
}

const WEEK_SECONDS = 7 * 86_400;
const weekOf = (seconds: number): number => Math.floor(dayOf(seconds * SECOND_MS) / 7);

/** The longest pause of each week, ms, as one shard saw it. */
export type OlderPauses = Readonly<Partial<Record<EventKind, readonly (readonly [week: number, longestMs: number])[]>>>;

/** Of what older code has stored: its gaps are not known. */
export function restsOfOlder(kinds: KindTimes, pauses: OlderPauses = {}): KindRests {
  const rests: Partial<Record<EventKind, readonly ShardRests[]>> = {};
  for (const kind of eventKinds) {
    const newestMs = kinds[kind];
    const weeks = (pauses[kind] ?? []).map(([week, ms]) => [week, Math.ceil(ms / SECOND_MS)] as const);
    if (newestMs !== undefined) rests[kind] = [{ newestMs, gaps: [], weeks }];
  }
  return rests;
}
