import { eachUser, peopleKept } from "../account/day-record.ts";
import type { AccountState, DayPage } from "../account/state.ts";
import { featuresPerAccountMax } from "../limits.ts";
import { distinctErrorRatio, distinctOf } from "../sketch.ts";
import { HOUR_MS, startOfDay } from "../time.ts";
import { listAttribute } from "./attributes.ts";

/** What the usage measures read: people and what they used, by whole UTC days. */
export type UsageWindow = {
  /** Distinct people with usage in the window. */
  readonly activeUsers: number;
  /** Σ over the days of people active on that day. */
  readonly userDays: number;
  /** Days of the window since the account's first day of usage. */
  readonly observedDays: number;
  /** People per core feature, in the order of `coreFeatures`. */
  readonly usersOfCore: readonly number[];
  /** People by uses: for each person, days × features used on them (core features only, where they are known). */
  readonly usersWithUses: (usesMin: number) => number;
  /** Standard error of the people counted, as a share of them, where days keep a part of theirs only; 0: exact. */
  readonly errorRatio: number;
};

export type UsageFacts = {
  /** First UTC day with usage. */
  readonly firstDay: number;
  /** Named by the account's attribute; null when nobody said. */
  readonly coreFeatures: readonly string[] | null;
  /** Whether uses of what counts (core features; all, where those are not known) may have come without being kept, as the account has too many names. */
  readonly mayLackUses: boolean;
  /** First of `days` days from `fromDay` on with so many people using a core feature (anything, where those are not known). */
  readonly firstValueDay: (fromDay: number, days: number, peopleMin: number) => number | null;
  readonly lastCoreDay: (upToDay: number) => number | null;
  /** Newest hour with usage up to the end of that day, epoch ms: facts are kept to the hour. */
  readonly newestAt: (upToDay: number) => number | null;
  readonly window: (lastDay: number, days: number) => UsageWindow;
  /** People-days of the `days` days that end with `lastDay`; `errorRatio` as that of a window, of the day that is known least. */
  readonly userDays: (lastDay: number, days: number) => { readonly value: number; readonly errorRatio: number };
};

/** One day, ready for adding up: people as small numbers, so that windows are loops over arrays. */
type DayRow = { readonly people: Int32Array; readonly uses: Uint16Array; readonly core: Uint32Array };

/**
 * Reads the usage of an account; null when there never was any.
 *
 * Days may be packed until somebody looks inside, so only those are looked at that a question needs. Rows are made once per day and
 * shared by all windows, so that ninety instants cost little more than one.
 */
export function usageFacts(state: AccountState): UsageFacts | null {
  const days = [...state.days.keys()].sort((a, b) => a - b);
  const isUsed = (page: DayPage): boolean => peopleKept(page) > 0;
  const hasUsage = (day: number): boolean => isUsed(state.days.get(day) as DayPage);
  const firstDay = days.find(hasUsage);
  if (firstDay === undefined) return null;
  const lastDay = days.findLast(hasUsage) as number;

  const coreFeatures = listAttribute(state, "coreFeatures");
  // One that is kept because it was named may have been used before.
  const mayLack = (name: string): boolean => !state.features.slice(0, featuresPerAccountMax).includes(name);
  const reader = rowReader(state, coreFeatures);
  const windows = new Map<string, UsageWindow>();
  const valueDays = new Map<string, number | null>();
  const newest = new Map<number, number | null>();
  const latest = (upToDay: number, holds: (page: DayPage) => boolean): DayPage | null => {
    for (let day = Math.min(upToDay, lastDay); day >= firstDay; day--) {
      const page = state.days.get(day);
      if (page !== undefined && isUsed(page) && holds(page)) return page;
    }
    return null;
  };

  return {
    firstDay,
    coreFeatures,
    mayLackUses: state.features.length >= featuresPerAccountMax && (coreFeatures === null || coreFeatures.some(mayLack)),
    firstValueDay: (fromDay, searched, peopleMin) => {
      const hasValue = (page: DayPage): boolean =>
        peopleKept(page) >= peopleMin &&
        (coreFeatures === null || reader.row(page).uses.reduce((people, uses) => people + (uses > 0 ? 1 : 0), 0) >= peopleMin);
      const key = `${fromDay}/${searched}/${peopleMin}`;
      const known = valueDays.get(key);
      if (known !== undefined) return known;
      const day = days.find((one) => one >= fromDay && one < fromDay + searched && hasValue(state.days.get(one) as DayPage)) ?? null;
      valueDays.set(key, day);
      return day;
    },
    lastCoreDay: (upToDay) =>
      latest(upToDay, (page) => coreFeatures === null || reader.row(page).uses.some((uses) => uses > 0))?.day ?? null,
    newestAt: (upToDay) => {
      const known = newest.get(upToDay);
      if (known !== undefined) return known;
      const page = latest(upToDay, () => true);
      const at = page === null ? null : startOfDay(page.day) + newestHour(page) * HOUR_MS;
      newest.set(upToDay, at);
      return at;
    },
    userDays: (endDay, length) => {
      let [value, errorRatio] = [0, 0];
      for (let day = endDay - length + 1; day <= endDay; day++) {
        const page = state.days.get(day);
        if (page === undefined) continue;
        value += peopleOf(page);
        if (page.usersBelow !== Number.POSITIVE_INFINITY)
          errorRatio = Math.max(errorRatio, distinctErrorRatio(peopleKept(page) - 1, page.usersBelow));
      }
      return { value, errorRatio };
    },
    window: (endDay, length) => {
      const key = `${endDay}/${length}`;
      const known = windows.get(key);
      if (known !== undefined) return known;
      const pages: DayPage[] = [];
      let below = Number.POSITIVE_INFINITY;
      for (let day = Math.max(endDay - length + 1, firstDay); day <= endDay; day++) {
        const page = state.days.get(day);
        if (page === undefined || !isUsed(page)) continue;
        pages.push(page);
        below = Math.min(below, page.usersBelow);
      }
      const observedDays = Math.max(0, Math.min(length, endDay - firstDay + 1));
      const coreCount = coreFeatures?.length ?? 0;
      const rows = pages.map((page) => (below === Number.POSITIVE_INFINITY ? reader.row(page) : sampleOf(page, reader.row(page), below)));
      const window = scaledUp(sumUp(rows, reader.people(), coreCount, observedDays), below);
      windows.set(key, window);
      return window;
    },
  };
}

/** People of one day, those that are not kept included. */
function peopleOf(page: DayPage): number {
  const { usersBelow } = page;
  return usersBelow === Number.POSITIVE_INFINITY ? peopleKept(page) : distinctOf(peopleKept(page) - 1, usersBelow);
}

/** Those of a day's people who are known on every day of a window. */
function sampleOf(page: DayPage, { people, uses, core }: DayRow, below: number): DayRow {
  const kept: number[] = [];
  let index = 0;
  eachUser(page, (user) => {
    if (user < below) kept.push(index);
    index++;
  });
  const words = people.length === 0 ? 0 : core.length / people.length;
  return {
    people: Int32Array.from(kept, (i) => people[i] as number),
    uses: Uint16Array.from(kept, (i) => uses[i] as number),
    core: Uint32Array.from(
      { length: kept.length * words },
      (_, at) => core[(kept[Math.floor(at / words)] as number) * words + (at % words)] as number,
    ),
  };
}

/** What a sample of the people tells of all of them. */
function scaledUp(window: UsageWindow, below: number): UsageWindow {
  if (below === Number.POSITIVE_INFINITY) return window;
  return {
    activeUsers: distinctOf(window.activeUsers, below),
    userDays: distinctOf(window.userDays, below),
    observedDays: window.observedDays,
    usersOfCore: window.usersOfCore.map((count) => distinctOf(count, below)),
    usersWithUses: (usesMin) => distinctOf(window.usersWithUses(usesMin), below),
    errorRatio: distinctErrorRatio(window.activeUsers, below),
  };
}

function newestHour(page: DayPage): number {
  let hours = 0;
  eachUser(page, (_, did) => void (hours |= did.hours));
  return hours === 0 ? 0 : 31 - Math.clz32(hours);
}

function rowReader(state: AccountState, coreFeatures: readonly string[] | null): { row: (page: DayPage) => DayRow; people: () => number } {
  const numberOf = new Map<number, number>();
  const rows = new Map<number, DayRow>();
  const words = wordsFor(coreFeatures?.length ?? 0);
  // Position of each of the account's features in the list of core features, or -1.
  const corePosition = coreFeatures === null ? null : Int16Array.from(state.features, (name) => coreFeatures.indexOf(name));
  const read = (page: DayPage): DayRow => {
    const count = peopleKept(page);
    const people = new Int32Array(count);
    const uses = new Uint16Array(count);
    const core = new Uint32Array(count * words);
    let at = 0;
    eachUser(page, (user, { features }) => {
      let number = numberOf.get(user);
      if (number === undefined) numberOf.set(user, (number = numberOf.size));
      people[at] = number;
      for (const feature of features) {
        const position = corePosition === null ? 0 : (corePosition[feature] ?? -1);
        if (position < 0) continue;
        uses[at] = (uses[at] as number) + 1;
        if (corePosition === null) continue;
        const word = at * words + (position >> 5);
        core[word] = (core[word] as number) | (1 << (position & 31));
      }
      at++;
    });
    return { people, uses, core };
  };
  return {
    row: (page) => {
      const known = rows.get(page.day);
      if (known !== undefined) return known;
      const row = read(page);
      rows.set(page.day, row);
      return row;
    },
    people: () => numberOf.size,
  };
}

const wordsFor = (features: number): number => (features + 31) >> 5;

function sumUp(rows: readonly DayRow[], people: number, coreCount: number, observedDays: number): UsageWindow {
  const words = wordsFor(coreCount);
  // Uses plus one, so that 0 is "not seen in the window".
  const usesSeen = new Uint32Array(people);
  const core = new Uint32Array(people * words);
  const usersOfCore = Array.from({ length: coreCount }, () => 0);
  let activeUsers = 0;
  let userDays = 0;
  for (const row of rows) {
    const { length } = row.people;
    userDays += length;
    for (let i = 0; i < length; i++) {
      const person = row.people[i] as number;
      const before = usesSeen[person] as number;
      if (before === 0) activeUsers++;
      usesSeen[person] = (before === 0 ? 1 : before) + (row.uses[i] as number);
      for (let w = 0; w < words; w++) {
        const known = core[person * words + w] as number;
        const told = row.core[i * words + w] as number;
        core[person * words + w] = known | told;
        for (let fresh = told & ~known; fresh !== 0; fresh &= fresh - 1) {
          const position = w * 32 + 31 - Math.clz32(fresh & -fresh);
          usersOfCore[position] = (usersOfCore[position] as number) + 1;
        }
      }
    }
  }
  return {
    activeUsers,
    userDays,
    observedDays,
    usersOfCore,
    errorRatio: 0,
    usersWithUses: (usesMin) => {
      let count = 0;
      for (let person = 0; person < people; person++) {
        const seen = usesSeen[person] as number;
        if (seen > 0 && seen - 1 >= usesMin) count++;
      }
      return count;
    },
  };
}
