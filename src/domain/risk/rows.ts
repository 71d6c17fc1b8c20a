import { lossHoldDays, riskDimensionShareMin, riskHorizonDays, riskPeriodDays } from "../limits.ts";
import type { AccountHistory, Judged } from "./history.ts";
import { type AccountPeriod, periodCount } from "./logistic.ts";
import { asKnownOn, type Outcome } from "./outcome.ts";
import type { Seen } from "./skill.ts";

/** One account at one month's end, with the number of the account in the place of its name, and by what it was judged then. */
export type Row = Omit<AccountHistory["months"][number], "judged"> & Judged & { readonly account: number };

export const rowsOf = (histories: readonly AccountHistory[]): readonly Row[] =>
  histories.flatMap(({ segment, scorecard, features, months }, account) =>
    months.map(({ judged = { segment, scorecard, features }, ...month }) => ({ ...month, ...judged, account })),
  );

/** What a forecast on that day could have learned from: earlier months, and their outcomes as far as they were known. */
export const rowsKnownOn = (rows: readonly Row[], knownDay: number): readonly Row[] =>
  rows.flatMap((row) => (row.day < knownDay ? [{ ...row, outcome: asKnownOn(row.outcome, row.day, knownDay) }] : []));

/** Losses that count in the rows: one that lies within 90 days after three ends of months is one. */
export const lossesIn = (rows: readonly Row[]): number => lossTimes(rows).length;

/** Of each of them from which day on it counts, as far as was known then, and the last month's end that sees it. UTC days. */
export function lossTimes(rows: readonly Row[]): readonly { readonly knownFrom: number; readonly lastSeen: number }[] {
  const losses = new Map<string, { knownFrom: number; lastSeen: number }>();
  for (const { account, day, outcome } of rows) {
    const { lostAfterDays, knownDays } = outcome;
    if (lostAfterDays === null || knownDays < endOfPeriodWith(lostAfterDays)) continue;
    const knownFrom = day + endOfPeriodWith(lostAfterDays) + lossHoldDays;
    const name = `${account}/${day + lostAfterDays}`;
    const known = losses.get(name);
    losses.set(name, {
      knownFrom: Math.min(knownFrom, known?.knownFrom ?? Infinity),
      lastSeen: Math.max(day, known?.lastSeen ?? -Infinity),
    });
  }
  return [...losses.values()];
}

/** The last day of the period in which this day lies. */
const endOfPeriodWith = (days: number): number => Math.ceil(days / riskPeriodDays) * riskPeriodDays;

export const accountsIn = (rows: readonly Pick<Row, "account">[]): number => new Set(rows.map(({ account }) => account)).size;

/** Whether the whole horizon after the month's end is known, whatever came of it: else only the lost would be seen. */
export const isComplete = ({ outcome }: { readonly outcome: Outcome }): boolean => outcome.knownDays >= riskHorizonDays;

/** Rows with a known outcome as what measures of skill read. */
export const seenOf = (rows: readonly Row[], risk: (row: Row) => number): readonly Seen[] =>
  rows.filter(isComplete).map((row) => ({ risk: risk(row), isLost: row.outcome.lostAfterDays !== null, account: row.account }));

/** The periods in which each row was under observation: to its loss, and as far as whole periods are known (censored). */
export function accountPeriodsOf(rows: readonly Row[], features: (row: Row) => Float64Array): readonly AccountPeriod[] {
  return rows.flatMap((row) => {
    const { outcome, account } = row;
    const shared = features(row);
    const periods: AccountPeriod[] = [];
    for (let period = 0; period < periodCount; period++) {
      const end = (period + 1) * riskPeriodDays;
      // Of a period that is known in part the lost would count, and the kept not.
      if (outcome.knownDays < end) break;
      const isLost = outcome.lostAfterDays !== null && outcome.lostAfterDays <= end;
      periods.push({ period, features: shared, isLost, account });
      if (isLost) break;
    }
    return periods;
  });
}

/** From how many ends of months a loss is seen, on average; 1 at the least. */
export const seenPerLoss = (rows: readonly Row[], periods: readonly AccountPeriod[]): number =>
  Math.max(1, periods.filter(({ isLost }) => isLost).length / Math.max(1, lossesIn(rows)));

/** Mean and spread of a dimension, or of a measure, over the rows that have it. */
export type Scale = { readonly key: string; readonly mean: number; readonly sd: number };

/** Of every dimension that is measured in enough of the rows and is not the same in all of them, by key. */
export const scalesOf = (rows: readonly Row[]): readonly Scale[] =>
  spreadsOf(rows.map(({ dimensions }) => dimensions))
    .filter((spread) => isOftenMeasured(spread, rows.length) && isTellingApart(spread))
    .map(({ key, mean, sd }) => ({ key, mean, sd }));

export type Spread = Scale & { readonly rows: number };

/** Of every key in some rows, by key. */
export function spreadsOf(rows: readonly Readonly<Record<string, number>>[]): readonly Spread[] {
  const values = new Map<string, number[]>();
  for (const row of rows)
    for (const key in row) {
      const known = values.get(key);
      if (known === undefined) values.set(key, [row[key] as number]);
      else known.push(row[key] as number);
    }
  return [...values].map(([key, scores]) => spreadOf(key, scores)).sort((a, b) => (a.key < b.key ? -1 : 1));
}

export const isOftenMeasured = ({ rows }: Pick<Spread, "rows">, all: number): boolean => rows >= riskDimensionShareMin * all;
export const isTellingApart = ({ sd }: Pick<Scale, "sd">): boolean => sd > spreadMin;

/** Points of 0..100: less is the same score for everybody, out of which nothing can be learned. */
const spreadMin = 0.5;

function spreadOf(key: string, scores: readonly number[]): Spread {
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / Math.max(1, scores.length - 1);
  return { key, mean, sd: Math.sqrt(variance), rows: scores.length };
}
