import { toCurrency } from "../money/currency.ts";
import { dayOf, startOfDay } from "../time.ts";
import { dayKept } from "./buckets.ts";
import type { FoldedAccount } from "./folded.ts";
import { subscriptionAt } from "./revenue.ts";
import { ranged } from "./restated-range.ts";
import type { AccountRecord, Figure } from "./state.ts";

/**
 * Recurring revenue at the end of each closed day, before and after an event: in each currency by itself, as it is told, since by which rates
 * it is read may change.
 *
 * Compared are the records that the event changed, mostly one (two where a full shelf gives one up for it), at the days on which something
 * becomes of them: of each at most `observationsPerRecordMax` observations, whatever the account's age and however many others it has.
 */
export function revenueWatch(state: FoldedAccount, now: number): () => Figure[] {
  const before = recordsOf(state);
  return () => {
    const [old, own] = changed(before, state.records.get("subscription") ?? new Map());
    const ranges = rangesOf([...old, ...own], dayKept(dayOf(now)), dayOf(now) - 1);
    const accounts = toCurrency(state.attributes.get("currency")?.value);
    const yearly = ranges.map(({ day }) => {
      const sums = new Map<string | null, number>();
      addYearly(sums, old, -1, day, accounts);
      addYearly(sums, own, 1, day, accounts);
      return sums;
    });
    return [...new Set(yearly.flatMap((sums) => [...sums.keys()]))].flatMap((currency) => {
      const changes = yearly.map((sums) => sums.get(currency) ?? 0);
      return [
        ...runsOf(
          "mrr",
          ranges,
          changes.map((change) => Math.round(change / 12)),
          currency,
        ),
        ...runsOf("arr", ranges, changes.map(Math.round), currency),
      ];
    });
  };
}

/** Copies: records go on in place, while their lists of observations are never changed. */
const recordsOf = ({ records }: FoldedAccount): ReadonlyMap<string, AccountRecord> =>
  new Map([...(records.get("subscription") ?? [])].map(([key, record]) => [key, { ...record }]));

type Records = ReadonlyMap<string, AccountRecord>;

/** What is no longer as it was, as it was and as it is. */
function changed(before: Records, after: Records): readonly [old: readonly AccountRecord[], own: readonly AccountRecord[]] {
  const isIn = (records: Records, key: string, { observations, beganAt }: AccountRecord): boolean => {
    const other = records.get(key);
    return other !== undefined && other.observations === observations && other.beganAt === beganAt;
  };
  const onlyIn = (some: Records, others: Records): AccountRecord[] =>
    [...some].flatMap(([key, record]) => (isIn(others, key, record) ? [] : [record]));
  return [onlyIn(before, after), onlyIn(after, before)];
}

type DayRange = { readonly day: number; readonly to: number };

/** Closed days from `first` to `last` in ranges at whose days each of the records earns the same: ascending, all days, none twice. */
function rangesOf(records: readonly AccountRecord[], first: number, last: number): readonly DayRange[] {
  if (records.length === 0 || last < first) return [];
  const starts = new Set([first]);
  for (const at of records.flatMap(turnsOf)) {
    const day = dayOf(at);
    if (day > first && day <= last) starts.add(day);
  }
  const days = [...starts].sort((a, b) => a - b);
  return days.map((day, i) => ({ day, to: (days[i + 1] ?? last + 1) - 1 }));
}

/** Instants at which what a record says may become another: between two of them it is the same (`subscriptionAt`). */
const turnsOf = ({ observations, beganAt }: AccountRecord): readonly number[] =>
  [beganAt, ...observations.flatMap(({ at, fields }) => [at, fields["startedAt"], fields["endsAt"]])].filter(
    (at): at is number => typeof at === "number",
  );

function addYearly(
  sums: Map<string | null, number>,
  records: readonly AccountRecord[],
  sign: 1 | -1,
  day: number,
  accounts: string | null,
): void {
  for (const record of records) {
    const subscription = subscriptionAt(record, startOfDay(day + 1) - 1);
    if (subscription === null || subscription.yearly === 0) continue;
    const currency = subscription.currency ?? accounts;
    sums.set(currency, (sums.get(currency) ?? 0) + sign * subscription.yearly);
  }
}

/** Ranges one after the other with the same difference are one figure. */
function runsOf(metric: string, ranges: readonly DayRange[], changes: readonly number[], currency: string | null): Figure[] {
  const figures: Figure[] = [];
  for (const [i, { day, to }] of ranges.entries()) {
    const change = changes[i] ?? 0;
    if (change === 0) continue;
    const last = figures.at(-1);
    const goesOn = last !== undefined && last.change === change && (last.to ?? last.day) === day - 1;
    const figure = ranged(metric, goesOn ? last.day : day, to, change);
    figures[goesOn ? figures.length - 1 : figures.length] = currency === null ? figure : { ...figure, currency };
  }
  return figures;
}
