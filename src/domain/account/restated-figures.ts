import type { Event } from "../event.ts";
import { isUsage } from "../event-types.ts";
import { restatedLengthsPeopleMax, restatedPersonDaysMax, subscriptionsPerAccountMax } from "../limits.ts";
import { DAY_MS, dayOf, SECOND_MS, startOfDay } from "../time.ts";
import { dayKept } from "./buckets.ts";
import { eachUser, peopleKept, spansOn } from "./day-record.ts";
import type { FoldedAccount } from "./folded.ts";
import { hash53 } from "./id-hash.ts";
import { fieldWatch } from "./restated-fields.ts";
import { ranged } from "./restated-range.ts";
import { revenueWatch } from "./restated-revenue.ts";
import { sessionGapMs, sessionsIn, type Sessions } from "./sessions.ts";
import type { DayPage, DayUser, Figure, UserKey } from "./state.ts";
import { ticketMetrics } from "./tickets.ts";

/**
 * Which closed figures beside the sums of days an event changes that comes late: what looks back on several days, sessions, revenue, and fields
 * that measures of one's own ask about. Called before the event is folded; the answer is asked for afterwards, with the sums of days that it
 * changed. What is not closed yet (today) is no restatement.
 *
 * Where a day has too many people to look through for one event, the days that may be others are told without the difference (null).
 *
 * @param isLookedUp whether anything is looked up for it: otherwise all days that may be others are told so
 */
export function watchFigures(
  state: FoldedAccount,
  event: Event,
  now: number,
  isLookedUp: boolean,
): (ofDays: readonly Figure[]) => Figure[] {
  const yesterday = dayOf(now) - 1;
  const unknown = isLookedUp ? [] : unknownFigures(state, event, now);
  const watched = isLookedUp ? watch(state, event, now) : [() => unknown];
  const fields = fieldWatch(state, event, now, isLookedUp);
  return (ofDays) => [
    ...ofDays.filter(({ metric }) => metric !== ticketMetrics.backlog),
    ...backlogs(ofDays, yesterday),
    ...watched.flatMap((figures) => figures()),
    ...fields(),
  ];
}

function watch(state: FoldedAccount, { type, user, occurredAt }: Event, now: number): readonly (() => Figure[])[] {
  if (type.startsWith("subscription.")) return [revenueWatch(state, now)];
  const person = isUsage(type) && user !== undefined ? personWatch(state, hash53(user.id), dayOf(occurredAt), now) : null;
  return person === null ? [] : [person];
}

function unknownFigures(state: FoldedAccount, event: Event, now: number): Figure[] {
  const { type, user, occurredAt } = event;
  const [day, last] = [dayOf(occurredAt), dayOf(now) - 1];
  if (type.startsWith("subscription.")) {
    const first = firstRevenueDay(state, event, now);
    return first > last ? [] : ["mrr", "arr"].map((metric) => ranged(metric, first, last, null));
  }
  if (day < dayKept(dayOf(now)) || day > last) return [];
  return isUsage(type) && user !== undefined ? [...unknownWindows(day, last), ...unknownSessions(day, now)] : [];
}

/** The first day on which an event may change revenue: it may tell of a beginning before it, and a full account may give up any subscription for it. */
function firstRevenueDay({ records }: FoldedAccount, { occurredAt, data }: Event, now: number): number {
  const first = dayKept(dayOf(now));
  if ((records.get("subscription")?.size ?? 0) >= subscriptionsPerAccountMax) return first;
  const told = data["startedAt"];
  return Math.max(first, dayOf(typeof told === "number" ? Math.min(told, occurredAt) : occurredAt));
}

/** Stored are the changes of the number of open tickets; the figure of a day is how many are open at its end. */
function backlogs(ofDays: readonly Figure[], yesterday: number): Figure[] {
  const steps = ofDays.filter(({ metric }) => metric === ticketMetrics.backlog).toSorted((a, b) => a.day - b.day);
  let more = 0;
  return steps.flatMap(({ day, change }, i) => {
    more += change ?? 0;
    const to = (steps[i + 1]?.day ?? yesterday + 1) - 1;
    return more === 0 || to < day ? [] : [ranged(ticketMetrics.backlog, day, to, more)];
  });
}

/** Days on either side that a session of the day may reach over. */
const SESSION_DAYS = 2;
const WINDOWS: readonly (readonly [metric: string, days: number])[] = [
  ["active_users_7d", 7],
  ["active_users_28d", 28],
];
const LONGEST = 28;

/** What becomes of the figures that look at people, by what one of them did on one day. */
function personWatch(state: FoldedAccount, user: UserKey, day: number, now: number): (() => Figure[]) | null {
  if (day < dayKept(dayOf(now))) return null;
  const wasActive = isActive(state, user, day);
  const isTooMany = peopleAround(state, day) > restatedPersonDaysMax;
  const before = isTooMany ? null : spansOf(state, user, day);
  return () => [
    ...(wasActive ? [] : windowFigures(state, user, day, now)),
    ...(before === null ? unknownSessions(day, now) : sessionFigures(state, { user, day, before }, now)),
  ];
}

const unknownWindows = (day: number, last: number): Figure[] =>
  WINDOWS.flatMap(([metric, days]) => (last < day ? [] : [ranged(metric, day, Math.min(day + days - 1, last), null)]));

function windowFigures(state: FoldedAccount, user: UserKey, day: number, now: number): Figure[] {
  if (!isActive(state, user, day)) return [];
  const last = dayOf(now) - 1;
  let people = 0;
  for (let one = day - LONGEST + 1; one < day + LONGEST; one++) people += peopleOn(state, one);
  if (people > restatedPersonDaysMax) return unknownWindows(day, last);
  const nearest = (step: 1 | -1): number => {
    for (let away = 1; away < LONGEST; away++) if (isActive(state, user, day + step * away)) return away;
    return Infinity;
  };
  const [since, until] = [nearest(-1), nearest(1)];
  // Of the windows that hold the day, those that hold no other day of the person.
  return WINDOWS.flatMap(([metric, days]) => {
    const from = Math.max(day, day - since + days);
    const to = Math.min(day + days - 1, day + until - 1, last);
    return from > to ? [] : [ranged(metric, from, to, 1)];
  });
}

const sessionDays = (day: number, now: number): readonly number[] => [day - 1, day, day + 1].filter((one) => one < dayOf(now));
const LENGTHS = [0.5, 0.9] as const;
const lengthMetric = (share: number): string => `session_length_p${share * 100}`;

const unknownSessions = (day: number, now: number): Figure[] => {
  const days = sessionDays(day, now);
  const [from, to] = [days[0], days.at(-1)];
  if (from === undefined || to === undefined) return [];
  return ["sessions", ...LENGTHS.map(lengthMetric)].map((metric) => ranged(metric, from, to, null));
};

type PersonBefore = { readonly user: UserKey; readonly day: number; readonly before: ReadonlyMap<number, readonly number[]> };

function sessionFigures(state: FoldedAccount, { user, day, before }: PersonBefore, now: number): Figure[] {
  const gapMs = sessionGapMs(state);
  const days = sessionDays(day, now);
  const ranges = days.map((one) => ({ from: startOfDay(one), to: startOfDay(one) + DAY_MS }));
  const of = (pages: ReadonlyMap<number, DayPage>): readonly Sessions[] => sessionsIn(pages, ranges, gapMs, now);
  const [old, own] = [of(personDays(user, before)), of(personDays(user, withDay(before, day, state.days.get(day), user)))];
  const moved = days.map((_, i) => !sameSessions(old[i] as Sessions, own[i] as Sessions));
  if (!moved.includes(true)) return [];
  const isCounted = around(day).every((one) => (state.days.get(one)?.spansBelow ?? Infinity) === Infinity);
  const isSmall = isCounted && peopleAround(state, day) <= restatedLengthsPeopleMax;
  const all = isSmall ? [of(allDays(state, { user, day, before })), of(state.days)] : null;
  return days.flatMap((one, i) => {
    if (moved[i] !== true) return [];
    const more = (own[i] as Sessions).count - (old[i] as Sessions).count;
    const lengths = LENGTHS.map((share) =>
      ranged(lengthMetric(share), one, one, all === null ? null : lengthened(all[0]?.[i], all[1]?.[i], share)),
    );
    return [ranged("sessions", one, one, isCounted ? more : null), ...lengths].filter(({ change }) => change !== 0);
  });
}

/** In seconds, as the metric has it; null where there was no session before, or is none any more. */
function lengthened(before: Sessions | undefined, after: Sessions | undefined, share: number): number | null {
  const [old, now] = [before?.lengths.at(share) ?? null, after?.lengths.at(share) ?? null];
  return old === null || now === null ? null : (now - old) / SECOND_MS;
}

const sameSessions = (a: Sessions, b: Sessions): boolean =>
  a.count === b.count && JSON.stringify(a.lengths.toJson()) === JSON.stringify(b.lengths.toJson());

const around = (day: number): readonly number[] => Array.from({ length: 2 * SESSION_DAYS + 1 }, (_, i) => day - SESSION_DAYS + i);

const peopleOn = ({ days }: FoldedAccount, day: number): number => {
  const page = days.get(day);
  return page === undefined ? 0 : peopleKept(page);
};

const peopleAround = (state: FoldedAccount, day: number): number => around(day).reduce((sum, one) => sum + peopleOn(state, one), 0);

function isActive({ days }: FoldedAccount, user: UserKey, day: number): boolean {
  const page = days.get(day);
  return page !== undefined && spansOn(page, user) !== null;
}

/** When a person was active on the days around one: copies, as the fold goes on in place. */
function spansOf({ days }: FoldedAccount, user: UserKey, day: number): ReadonlyMap<number, readonly number[]> {
  const spans = new Map<number, readonly number[]>();
  for (const one of around(day)) setSpans(spans, one, days.get(one), user);
  return spans;
}

/** The same after the fold, which changes one day alone: the others need not be looked through again. */
function withDay(
  before: ReadonlyMap<number, readonly number[]>,
  day: number,
  page: DayPage | undefined,
  user: UserKey,
): ReadonlyMap<number, readonly number[]> {
  const spans = new Map(before);
  spans.delete(day);
  setSpans(spans, day, page, user);
  return spans;
}

function setSpans(spans: Map<number, readonly number[]>, day: number, page: DayPage | undefined, user: UserKey): void {
  const own = page === undefined ? null : spansOn(page, user);
  if (own !== null) spans.set(day, [...own]);
}

const didOnly = (spans: readonly number[]): DayUser => ({ hours: 0, actions: 0, features: new Set(), spans: [...spans] });

const pageOf = (day: number, users: ReadonlyMap<UserKey, DayUser>): DayPage => ({
  day,
  counts: new Map(),
  users: new Map(users),
  usersBelow: Infinity,
  spansBelow: Infinity,
});

const personDays = (user: UserKey, spansByDay: ReadonlyMap<number, readonly number[]>): ReadonlyMap<number, DayPage> =>
  new Map([...spansByDay].map(([day, spans]) => [day, pageOf(day, new Map([[user, didOnly(spans)]]))]));

/** The days around one as they were: the person as before, all others as they are. */
function allDays({ days }: FoldedAccount, { user, day, before }: PersonBefore): ReadonlyMap<number, DayPage> {
  const pages = new Map<number, DayPage>();
  for (const one of around(day)) {
    const page = days.get(one);
    if (page === undefined) continue;
    const users = new Map<UserKey, DayUser>();
    eachUser(page, (who, did) => void (who !== user && users.set(who, didOnly(did.spans))));
    const own = before.get(one);
    if (own !== undefined) users.set(user, didOnly(own));
    pages.set(one, pageOf(one, users));
  }
  return pages;
}
