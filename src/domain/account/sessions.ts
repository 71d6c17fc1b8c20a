import { sessionGapDefaultMs, sessionGapMaxMs, sessionGapMinMs, sessionsToldPerDayMax } from "../limits.ts";
import { positiveAttribute } from "../health/attributes.ts";
import { distinctOf, QuantileSketch } from "../sketch.ts";
import { DAY_MS, dayOf, MINUTE_MS, SECOND_MS, startOfDay } from "../time.ts";
import { covering, meet, type Window } from "../windows/window.ts";
import { eachUser, type UserOfDay } from "./day-record.ts";
import type { AccountState, DayPage, UserKey } from "./state.ts";

/**
 * Sessions of people: session windows over their usage, made from what the days keep when somebody asks.
 *
 * A session lies where it began and counts from the instant at which it is over, its gap after the last usage: no timer has to close it, and
 * whoever publishes what depends on it looks at `nextSessionEnd`.
 * Usage that comes late falls into its day like any other, so it may lengthen a session, make two into one or be one of its own; the
 * figures of that day are then others the next time they are read, and the same as if it had come in time.
 */
export type Sessions = {
  readonly count: number;
  /** Standard error of the count, as a share of it: more people used the product than are kept. */
  readonly errorRatio: number;
  /** From the first usage to the last one, ms. */
  readonly lengths: QuantileSketch;
};
type Range = { readonly from: number; readonly to: number };

export function sessionGapMs(state: AccountState): number {
  const minutes = positiveAttribute(state, "sessionGapMinutes");
  return minutes === null ? sessionGapDefaultMs : Math.min(sessionGapMaxMs, Math.max(sessionGapMinMs, minutes * MINUTE_MS));
}

/**
 * The sessions that began in each of the ranges and were over at `now`.
 *
 * @param ranges ascending, none overlaps another
 */
export function sessionsIn(days: ReadonlyMap<number, DayPage>, ranges: readonly Range[], gapMs: number, now: number): Sessions[] {
  const tallies = ranges.map((range) => new Tally(spansBelow(days, range)));
  const first = ranges[0];
  const last = ranges.at(-1);
  if (first === undefined || last === undefined) return [];
  let at = 0;
  const close = (user: UserKey, session: Window): void => {
    if (session.endMs > now || session.startMs < first.from || session.startMs >= last.to) return;
    // Sessions end in about the order in which they began.
    while (at > 0 && (ranges[at] as Range).from > session.startMs) at--;
    while ((ranges[at] as Range).to <= session.startMs) at++;
    if (session.startMs >= (ranges[at] as Range).from) tallies[at]?.add(user, session.endMs - gapMs - session.startMs);
  };
  eachSession(days, { from: first.from, to: last.to }, gapMs, now, close);
  return tallies.map((tally) => tally.sessions());
}

/**
 * Tells each session of each person that began in the range, and some that began on the day before it or go on beyond: whoever asks looks
 * at when they began. Those of one person come in order. One that is longer than a day may be told from the day before the range on.
 *
 * @param until epoch ms: no day after it is looked at
 */
function eachSession(
  days: ReadonlyMap<number, DayPage>,
  { from, to }: Range,
  gapMs: number,
  until: number,
  close: (user: UserKey, session: Window) => void,
): void {
  const open = new Map<UserKey, Window>();
  const lastDay = dayOf(to - 1);
  // What began the day before may go on; what began by the end may go on after it.
  for (let day = dayOf(from) - 1; day <= dayOf(until) && (day <= lastDay || open.size > 0); day++) {
    const page = days.get(day);
    const take = (user: UserKey, { spans }: UserOfDay): void => {
      if (day > lastDay && !open.has(user)) return;
      let session = open.get(user);
      for (let i = 0; i < spans.length; i += 2) {
        const startMs = startOfDay(day) + (spans[i] as number) * SECOND_MS;
        const span = { startMs, endMs: startOfDay(day) + (spans[i + 1] as number) * SECOND_MS + gapMs };
        if (session !== undefined && meet(session, span)) session = covering(session, span);
        else {
          if (session !== undefined) close(user, session);
          session = span;
        }
      }
      if (session !== undefined) open.set(user, session);
    };
    if (page !== undefined) eachUser(page, take);
    for (const [user, session] of open) {
      const isOver = session.endMs < startOfDay(day) + DAY_MS;
      if (isOver) close(user, session);
      if (isOver || session.startMs >= to) open.delete(user);
    }
  }
  for (const [user, session] of open) close(user, session);
}

/** One session that is over; times to the second. */
export type ClosedSession = { readonly user: UserKey; readonly startMs: number; readonly lastMs: number; readonly closedAt: number };

/**
 * The sessions that closed after `from` and not after `to`, the last first: of each UTC day the last `sessionsToldPerDayMax` of those people
 * whose sessions are kept. Made anew each time, so that usage which came late lengthens a session, or makes two into one, here as well.
 *
 * @param now epoch ms, not before `to`
 */
export function closedSessions(days: ReadonlyMap<number, DayPage>, gapMs: number, { from, to }: Range, now: number): ClosedSession[] {
  const found: ClosedSession[] = [];
  // Which are the last of a day does not depend on where one begins to look.
  const until = Math.min(startOfDay(dayOf(to) + 1), now);
  eachSession(days, { from: from - gapMs, to: until }, gapMs, until, (user, { startMs, endMs }) => {
    if (endMs > from && endMs <= until) found.push({ user, startMs, lastMs: endMs - gapMs, closedAt: endMs });
  });
  const perDay = new Map<number, number>();
  return found
    .sort((a, b) => b.closedAt - a.closedAt || b.user - a.user)
    .filter(({ closedAt }) => {
      const before = perDay.get(dayOf(closedAt)) ?? 0;
      perDay.set(dayOf(closedAt), before + 1);
      return before < sessionsToldPerDayMax && closedAt <= to;
    });
}

/**
 * The next instant after `after` at which a session ends, if no usage comes: of people whose sessions are known; null: none is open. What
 * has no session open at `after` may still have one that is told of ahead of time.
 */
export function nextSessionEnd(days: ReadonlyMap<number, DayPage>, gapMs: number, after: number): number | null {
  let next: number | null = null;
  const tell = (endMs: number): void => {
    if (endMs > after && (next === null || endMs < next)) next = endMs;
  };
  const lastActive = new Map<UserKey, number>();
  // Clocks of senders may be ahead: what is told of the next day begins a session there.
  for (let day = dayOf(after - gapMs); day <= dayOf(after) + 1; day++) {
    const page = days.get(day);
    if (page === undefined) continue;
    eachUser(page, (user, { spans }) => {
      for (let i = 0; i < spans.length; i += 2) {
        const before = lastActive.get(user);
        const startMs = startOfDay(day) + (spans[i] as number) * SECOND_MS;
        if (before !== undefined && before + gapMs < startMs) tell(before + gapMs);
        lastActive.set(user, startOfDay(day) + (spans[i + 1] as number) * SECOND_MS);
      }
    });
  }
  for (const at of lastActive.values()) tell(at + gapMs);
  return next;
}

/** People with hashes below this have their sessions known on every day of a range. */
function spansBelow(days: ReadonlyMap<number, DayPage>, { from, to }: Range): number {
  let below = Number.POSITIVE_INFINITY;
  for (let day = dayOf(from); day <= dayOf(to - 1); day++) below = Math.min(below, days.get(day)?.spansBelow ?? below);
  return below;
}

/** Sessions of one range. Of a sample it is remembered how many each person had: that is what the error comes from. */
class Tally {
  private count = 0;
  private readonly lengths = new QuantileSketch();
  private readonly perUser = new Map<UserKey, number>();
  private readonly below: number;

  constructor(below: number) {
    this.below = below;
  }

  add(user: UserKey, lengthMs: number): void {
    if (user >= this.below) return;
    this.count++;
    this.lengths.add(lengthMs);
    if (this.below !== Number.POSITIVE_INFINITY) this.perUser.set(user, (this.perUser.get(user) ?? 0) + 1);
  }

  sessions(): Sessions {
    let squares = 0;
    for (const n of this.perUser.values()) squares += n * n;
    const errorRatio = this.count === 0 ? 0 : Math.sqrt(squares) / this.count;
    return { count: distinctOf(this.count, this.below), errorRatio, lengths: this.lengths };
  }
}
