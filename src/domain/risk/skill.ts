import { riskHorizonDays, riskPeriodDays } from "../limits.ts";

/**
 * How well something tells who will be lost, with intervals that hold although an account is seen in several months: accounts are the
 * independent units, not rows. Intervals are of 95 % where nothing else is said.
 */

/** Ends of months that can see one loss: the horizon is three months long. */
const sightingsMax = Math.ceil(riskHorizonDays / riskPeriodDays);

/** Half width of an interval in standard errors. */
export const z95 = 1.959963984540054;
const z99 = 2.5758293035489;

/** How sure an interval is: its half width in standard errors, and the chance of a miss on either side. */
export type Sure = { readonly z: number; readonly tail: number };
export const sure95: Sure = { z: z95, tail: 0.025 };
export const sure99: Sure = { z: z99, tail: 0.005 };

/** One account at one month's end, with the outcome of its 90 days. A greater `risk` means that a loss is thought likelier. */
export type Seen = {
  readonly risk: number;
  readonly isLost: boolean;
  readonly account: number;
  /** Whose forecast it is: what different models say is not compared. Absent: there is one. */
  readonly model?: number;
};

/** A share with its interval, and what it was counted from: `rows` account-months of so many `accounts`, of which `lost` were lost. */
export type Share = {
  readonly share: number;
  readonly low: number;
  readonly high: number;
  readonly rows: number;
  readonly lost: number;
  readonly accounts: number;
};

/**
 * Share of the lost. The interval is Wilson's with the effective number of rows in the place of theirs (Korn and Graubard 1998), as the months
 * of one account bring less than as many accounts would; where none or all are lost, an account counts as one row. Null without rows.
 *
 * @param seen `part`: of a row that is counted in part; 1 where absent
 */
export function lostShare(seen: readonly (Pick<Seen, "isLost" | "account"> & { readonly part?: number })[]): Share | null {
  const sums = new Map<number, { rows: number; lost: number }>();
  for (const { account, isLost, part = 1 } of seen) {
    const sum = sums.get(account) ?? { rows: 0, lost: 0 };
    sum.rows += part;
    if (isLost) sum.lost += part;
    sums.set(account, sum);
  }
  const all = [...sums.values()];
  if (all.length === 0) return null;
  // Parts of rows make whole ones, to the last bit.
  const rows = Math.round(sumOf(all, (sum) => sum.rows));
  const isAllLost = all.every((sum) => sum.lost === sum.rows);
  // Parts alone come to a bit more or less than 1, of which no interval can be told.
  const lost = isAllLost ? rows : sumOf(all, (sum) => sum.lost);
  const share = lost / rows;
  const accounts = sums.size;
  const spread = sumOf(all, (sum) => (sum.lost - share * sum.rows) ** 2);
  const variance = accounts < 2 || lost === 0 || isAllLost ? 0 : (spread * accounts) / (accounts - 1) / rows ** 2;
  const effective = variance === 0 ? Math.min(rows, accounts) : Math.min(rows, (share * (1 - share)) / variance);
  return { share, ...wilson(share, effective), rows, lost, accounts };
}

const sumOf = <T>(all: readonly T[], of: (one: T) => number): number => all.reduce((sum, one) => sum + of(one), 0);

function wilson(share: number, n: number): { readonly low: number; readonly high: number } {
  const z2 = z95 ** 2;
  const middle = (share + z2 / (2 * n)) / (1 + z2 / n);
  const half = (z95 / (1 + z2 / n)) * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n ** 2));
  return { low: share === 0 ? 0 : Math.max(0, middle - half), high: share === 1 ? 1 : Math.min(1, middle + half) };
}

export type Auc = { readonly value: number; readonly low: number; readonly high: number };

/**
 * The odds that of one lost and one kept account-month the lost one had the greater risk (area under the ROC curve; ties count half), with the
 * variance for clustered data (Obuchowski 1997, after DeLong 1988), taken on the logit scale. Rows of different models are not compared: pairs are of
 * one model each. Where all pairs are in order, or none, the spread says nothing; then the interval is the exact one of as many pairs as there
 * are lost accounts, or kept ones, each in one pair only (Clopper and Pearson 1934). Null where fewer than two accounts were lost, or kept:
 * nothing is known of the spread then.
 */
export function aucOf(seen: readonly Seen[], { z, tail }: Sure): Auc | null {
  const groups = [...Map.groupBy(seen, ({ model }) => model).values()].flatMap((own) => placed(own) ?? []);
  const pairs = sumOf(groups, (group) => group.pairs);
  const pulls = groups.flatMap((group) => group.pulls.map((one) => ({ ...one, pull: (one.pull * group.pairs) / pairs })));
  const fewest = Math.min(accountsOf(pulls, true), accountsOf(pulls, false));
  if (fewest < 2) return null;
  const value = sumOf(groups, (group) => group.auc * group.pairs) / pairs;
  if (value === 0) return { value, low: 0, high: 1 - tail ** (1 / fewest) };
  if (value === 1) return { value, low: tail ** (1 / fewest), high: 1 };
  const logit = Math.log(value / (1 - value));
  const half = (z * Math.sqrt(clusteredVariance(pulls))) / (value * (1 - value));
  const back = (x: number): number => 1 / (1 + Math.exp(-x));
  return { value, low: back(logit - half), high: back(logit + half) };
}

const accountsOf = (seen: readonly Pick<Seen, "isLost" | "account">[], lost: boolean): number =>
  new Set(seen.flatMap(({ isLost, account }) => (isLost === lost ? [account] : []))).size;

/** By how much one row draws the AUC to its side. */
type Pull = { readonly isLost: boolean; readonly account: number; readonly pull: number };

/**
 * AUC of the rows of one model, and by how much each row pulls it away from there: of a lost one the share of the kept that lie below it, of a kept
 * one the share of the lost that lie above it, less the AUC. Null without a pair.
 */
function placed(seen: readonly Seen[]): { readonly auc: number; readonly pairs: number; readonly pulls: readonly Pull[] } | null {
  const lost = seen.filter(({ isLost }) => isLost).length;
  const kept = seen.length - lost;
  if (lost === 0 || kept === 0) return null;
  const sorted = [...seen].sort((a, b) => a.risk - b.risk);
  const places: Pull[] = [];
  let keptBelow = 0;
  let lostBelow = 0;
  for (let from = 0; from < sorted.length;) {
    let to = from;
    while (to < sorted.length && sorted[to]?.risk === sorted[from]?.risk) to++;
    const tied = sorted.slice(from, to);
    const lostTied = tied.filter(({ isLost }) => isLost).length;
    const keptTied = tied.length - lostTied;
    for (const { isLost, account } of tied)
      places.push({ isLost, account, pull: isLost ? (keptBelow + keptTied / 2) / kept : (lost - lostBelow - lostTied / 2) / lost });
    keptBelow += keptTied;
    lostBelow += lostTied;
    from = to;
  }
  const auc = sumOf(places, ({ isLost, pull }) => (isLost ? pull : 0)) / lost;
  return { auc, pairs: lost * kept, pulls: places.map((one) => ({ ...one, pull: (one.pull - auc) / (one.isLost ? lost : kept) })) };
}

function clusteredVariance(pulls: readonly Pull[]): number {
  const sums = new Map<number, { hasLost: boolean; ofLost: number; hasKept: boolean; ofKept: number }>();
  for (const { account, isLost, pull } of pulls) {
    const sum = sums.get(account) ?? { hasLost: false, ofLost: 0, hasKept: false, ofKept: 0 };
    sums.set(account, sum);
    if (isLost) {
      sum.hasLost = true;
      sum.ofLost += pull;
    } else {
      sum.hasKept = true;
      sum.ofKept += pull;
    }
  }
  const all = [...sums.values()];
  const withLost = all.filter(({ hasLost }) => hasLost).length;
  const withKept = all.filter(({ hasKept }) => hasKept).length;
  const lostPart = (sumOf(all, ({ ofLost }) => ofLost ** 2) * withLost) / (withLost - 1);
  const keptPart = (sumOf(all, ({ ofKept }) => ofKept ** 2) * withKept) / (withKept - 1);
  const both = (sumOf(all, ({ ofLost, ofKept }) => ofLost * ofKept) * all.length) / (all.length - 1);
  return Math.max(0, lostPart + keptPart + 2 * both);
}

/** How many times more often the riskiest tenth was lost than all were. */
export type Lift = { readonly lift: number; readonly low: number; readonly high: number; readonly top: Share; readonly all: Share };

/**
 * The interval is that of the ratio on the log scale, by the delta method over accounts, as the tenth is a part of all; where none of the tenth is
 * lost, up to the upper bound of its share. Null where nobody is lost.
 */
export function topDecileLift(seen: readonly Seen[]): Lift | null {
  const riskiest = riskiestTenth(seen);
  const top = lostShare(riskiest);
  const all = lostShare(seen);
  if (top === null || all === null || all.lost === 0) return null;
  const lift = top.share / all.share;
  if (top.lost === 0) return { lift, low: 0, high: top.high / all.share, top, all };
  const pulls = new Map<number, number>();
  const pull = (rows: ReturnType<typeof riskiestTenth>, { share, lost }: Share, sign: 1 | -1): void => {
    for (const { account, isLost, part = 1 } of rows)
      pulls.set(account, (pulls.get(account) ?? 0) + (sign * part * ((isLost ? 1 : 0) - share)) / lost);
  };
  pull(riskiest, top, 1);
  pull(seen, all, -1);
  const spread = [...pulls.values()].reduce((sum, one) => sum + one ** 2, 0);
  const half = z95 * Math.sqrt((spread * pulls.size) / Math.max(1, pulls.size - 1));
  // More than all of the tenth cannot be lost.
  return { lift, low: lift * Math.exp(-half), high: Math.max(lift, Math.min(1 / all.share, lift * Math.exp(half))), top, all };
}

/**
 * Where more rows than fit have the risk at which the tenth ends, as under a cap they do, each of them counts in part: which are taken is not to hang
 * on how accounts are named.
 */
function riskiestTenth(seen: readonly Seen[]): readonly (Seen & { readonly part?: number })[] {
  const size = Math.ceil(seen.length / 10);
  const edge = [...seen].sort((a, b) => b.risk - a.risk)[size - 1]?.risk ?? 0;
  const above = seen.filter(({ risk }) => risk > edge);
  const tied = seen.filter(({ risk }) => risk === edge);
  return [...above, ...tied.map((row) => ({ ...row, part: (size - above.length) / tied.length }))];
}

/** The middle of some values; its bounds of 95 % are the values between which it lies whatever their spread, null where there are too few of them. */
export type Median = { readonly value: number; readonly low: number | null; readonly high: number | null };

/** The lower one of two in the middle. By order statistics: the count below the middle is binomial with one half. @param values one at least */
export function medianOf(values: readonly number[]): Median {
  const sorted = [...values].sort((a, b) => a - b);
  const n = sorted.length;
  let below = 0;
  let chance = -n * Math.LN2;
  for (let tail = Math.exp(chance); tail <= 0.025 && below < n / 2; tail += Math.exp(chance)) {
    below++;
    chance += Math.log((n - below + 1) / below);
  }
  const bounds = below === 0 ? { low: null, high: null } : { low: sorted[below - 1] as number, high: sorted[n - below] as number };
  return { value: sorted[Math.floor((n - 1) / 2)] as number, ...bounds };
}

/** A mean over rows with its interval, accounts being the independent units: null where they are all of one. */
export type Mean = { readonly value: number; readonly low: number | null; readonly high: number | null };

export function clusteredMean(values: readonly { readonly value: number; readonly account: number }[], z: number): Mean {
  const n = values.length;
  const value = values.reduce((sum, one) => sum + one.value, 0) / n;
  const sums = new Map<number, number>();
  for (const one of values) sums.set(one.account, (sums.get(one.account) ?? 0) + one.value - value);
  const accounts = sums.size;
  const spread = [...sums.values()].reduce((sum, one) => sum + one ** 2, 0);
  if (accounts < 2) return { value, low: null, high: null };
  const half = (z * Math.sqrt((spread * accounts) / (accounts - 1))) / n;
  return { value, low: value - half, high: value + half };
}

/** By how much other odds told what came better, in nats for each row, by 95 %; `rows` are account-periods. */
export const gainOf = (told: readonly { readonly gain: number; readonly account: number }[]): Mean & { readonly rows: number } => ({
  ...clusteredMean(
    told.map(({ account, gain }) => ({ account, value: gain })),
    z95,
  ),
  rows: told.length,
});

/** Losses that came over losses that were expected: 1 where a forecast is right on the whole. */
export type Calibration = {
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
  readonly observed: number;
  readonly expected: number;
};

/**
 * With its interval on the log scale. With no loss at all, three are what could have been missed (rule of three), each of them as often as ends of
 * months can see it.
 */
export function calibrationOf(
  rows: readonly { readonly hazard: number; readonly isLost: boolean; readonly account: number }[],
): Calibration {
  const observed = rows.filter(({ isLost }) => isLost).length;
  const expected = rows.reduce((sum, { hazard }) => sum + hazard, 0);
  const ratio = observed / expected;
  if (observed === 0) return { ratio, low: 0, high: (3 * sightingsMax) / expected, observed, expected };
  const sums = new Map<number, number>();
  for (const { account, hazard, isLost } of rows) sums.set(account, (sums.get(account) ?? 0) + (isLost ? 1 : 0) - ratio * hazard);
  const spread = [...sums.values()].reduce((sum, one) => sum + one ** 2, 0);
  const half = (z95 * Math.sqrt((spread * sums.size) / Math.max(1, sums.size - 1))) / observed;
  return { ratio, low: ratio * Math.exp(-half), high: ratio * Math.exp(half), observed, expected };
}
