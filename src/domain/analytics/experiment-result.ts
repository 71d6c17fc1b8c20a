import { clustersMin, experimentAccountsMin, experimentConversionsMin, experimentPeopleMin } from "../limits.ts";
import { noPair, pairKey, sumsFor, type ExperimentPart, type Variant } from "./experiment-part.ts";
import {
  clusterCovariance,
  clusteredShareInterval,
  effectiveClusters,
  ERROR_SHARE,
  isAllOrNone,
  ratioMismatch,
  studentQuantile,
  type Interval,
  type VariantSums,
} from "./statistics.ts";

export const verdicts = ["higher", "lower", "no_relevant_difference", "cannot_tell", "too_small", "sample_ratio_mismatch"] as const;
export type Verdict = (typeof verdicts)[number];

export type Comparison = {
  readonly difference: number;
  /** Of the difference, as a share of the control's value; null where that is 0. */
  readonly relative: number | null;
  readonly interval: Interval | null;
  readonly verdict: Verdict;
  /** Where it cannot be told: so many times the people, in as many times the accounts, would make the interval narrow enough. */
  readonly timesNeeded: number | null;
};
export type VariantResult = {
  readonly variant: string;
  readonly isControl: boolean;
  readonly of: Variant;
  readonly value: number | null;
  readonly interval: Interval | null;
  readonly againstControl: Comparison | null;
};
export type ExperimentResult = {
  readonly control: string | null;
  /** What a difference is held against, in the unit of `value`; null where it goes by the control's value and there is none. */
  readonly smallestDifference: number | null;
  readonly ratioMismatch: { readonly p: number | null; readonly isMismatch: boolean };
  readonly variants: readonly VariantResult[];
};

type Rules = {
  readonly metric: "conversion" | "count";
  readonly control: string | null;
  readonly split: Readonly<Record<string, number>> | null;
  /** The smallest difference that would matter, in the unit of `value`; null: as `smallestOf` has it. */
  readonly smallestDifference: number | null;
};

/** A mismatch of the shares is called one below this (Fabijan et al. 2019, "Diagnosing Sample Ratio Mismatch", KDD). */
const MISMATCH_P = 0.001;
const SMALLEST_SHARE = 0.05;
const SMALLEST_OF_COUNT = 0.1;

/** What an experiment says. A difference is only called one when variants are large enough and were handed out as meant. */
export function experimentResult(part: ExperimentPart, { metric, control: named, split, smallestDifference }: Rules): ExperimentResult {
  const names = [...part.variants.keys()].sort();
  const control = controlOf(names, named);
  const p = mismatchOf(part, names, split);
  const isMismatch = p !== null && p < MISMATCH_P;
  const sumsOf = (name: string): VariantSums => {
    const { observed, total, converted } = part.variants.get(name) as Variant;
    return { people: observed, total: metric === "conversion" ? converted : total };
  };
  const smallest = smallestDifference ?? smallestOf(metric, control === null ? null : sumsOf(control));
  const intervalOf = (name: string): Interval | null => {
    const [sums, pair] = [sumsOf(name), sumsFor(metric, part.pairs.get(pairKey(name, name)) ?? noPair)];
    const { observedAccounts } = part.variants.get(name) as Variant;
    if (metric === "conversion") return clusteredShareInterval(sums, pair, observedAccounts);
    const effective = effectiveAccounts(part, name);
    if (effective < clustersMin) return null;
    const variance = clusterCovariance(sums, sums, pair, observedAccounts);
    return around(sums.total / sums.people, studentQuantile(ERROR_SHARE, effective - 1), variance);
  };
  const compare = (name: string): Comparison | null => {
    if (control === null || name === control) return null;
    const [mine, its] = [sumsOf(name), sumsOf(control)];
    if (mine.people === 0 || its.people === 0) return null;
    const difference = mine.total / mine.people - its.total / its.people;
    const interval = differenceInterval(part, { name, control, metric, sumsOf, comparisons: names.length - 1 });
    const isLarge = [name, control].every((one) => isLargeEnough(part.variants.get(one) as Variant, metric));
    const verdict = isMismatch ? "sample_ratio_mismatch" : isLarge && interval !== null ? readingOf(interval, smallest) : "too_small";
    return {
      difference,
      relative: its.total === 0 ? null : difference / (its.total / its.people),
      interval,
      verdict,
      timesNeeded: verdict === "cannot_tell" && interval !== null ? timesNeeded(interval, smallest) : null,
    };
  };
  return {
    control,
    smallestDifference: smallest,
    ratioMismatch: { p, isMismatch },
    variants: names.map((name) => {
      const of = part.variants.get(name) as Variant;
      const sums = sumsOf(name);
      const value = sums.people === 0 ? null : sums.total / sums.people;
      return {
        variant: name,
        isControl: name === control,
        of,
        value,
        interval: intervalOf(name),
        againstControl: compare(name),
      };
    }),
  };
}

/** As named; else the one that is called so, else the first by name. */
function controlOf(names: readonly string[], named: string | null): string | null {
  if (named !== null) return names.includes(named) ? named : null;
  return names.find((name) => name.toLowerCase() === "control") ?? names[0] ?? null;
}

/** Of what people saw against what they were to see; null where it cannot be said. */
function mismatchOf(part: ExperimentPart, names: readonly string[], split: Rules["split"]): number | null {
  const weights = names.map((name) => (split === null ? 1 : Object.hasOwn(split, name) ? (split[name] ?? 0) : 0));
  const all = total(weights);
  // Somebody saw a variant that nobody was to see: no test is needed.
  if (weights.some((weight) => weight === 0)) return 0;
  const amongSeen = ratioMismatch(
    names.map((name) => part.variants.get(name)?.people ?? 0),
    weights.map((weight) => weight / all),
    names.map((a) => names.map((b) => part.pairs.get(pairKey(a, b))?.ee ?? 0)),
    part.accounts,
  );
  const unseen = Object.entries(split ?? {}).flatMap(([name, weight]) => (names.includes(name) ? [] : [weight]));
  const ofUnseen = unseen.length === 0 || names.length === 0 ? null : unseenByChance(all / (all + total(unseen)), part.accounts);
  if (amongSeen === null || ofUnseen === null) return amongSeen ?? ofUnseen;
  // Two looks at the same people.
  return Math.min(1, 2 * Math.min(amongSeen, ofUnseen));
}

/**
 * How likely it is that no account was given what nobody saw, as if whole accounts were handed out (people one by one make it less likely).
 * A count of 0 varies by nothing, so that the test of the counts cannot be asked about it.
 */
const unseenByChance = (seenShare: number, accounts: number): number => seenShare ** accounts;

const total = (numbers: readonly number[]): number => numbers.reduce((sum, n) => sum + n, 0);

function differenceInterval(
  part: ExperimentPart,
  of: { name: string; control: string; metric: Rules["metric"]; sumsOf: (name: string) => VariantSums; comparisons: number },
): Interval | null {
  const { name, control, metric, sumsOf, comparisons } = of;
  const accountsOf = (one: string): number => part.variants.get(one)?.observedAccounts ?? 0;
  const pair = (a: string, b: string) => sumsFor(metric, part.pairs.get(pairKey(a, b)) ?? noPair);
  const effective = Math.min(effectiveAccounts(part, name), effectiveAccounts(part, control));
  if (effective < clustersMin) return null;
  const accounts = accountsOf(name) + accountsOf(control) - pair(name, control).accounts;
  const covariance = (a: string, b: string): number => clusterCovariance(sumsOf(a), sumsOf(b), pair(a, b), accounts);
  const variance = covariance(name, name) + covariance(control, control) - 2 * covariance(name, control);
  const [mine, its] = [sumsOf(name), sumsOf(control)];
  if (metric === "conversion" && (isAllOrNone(mine) || isAllOrNone(its))) return null;
  // All differences together are right in 95 of 100 experiments (Bonferroni).
  const critical = studentQuantile(ERROR_SHARE / comparisons, effective - 1);
  return around(mine.total / mine.people - its.total / its.people, critical, variance);
}

function effectiveAccounts(part: ExperimentPart, name: string): number {
  const { observed } = part.variants.get(name) as Variant;
  return effectiveClusters(observed, (part.pairs.get(pairKey(name, name)) ?? noPair).nn);
}

/** Sums of products leave this much of nothing, as a share of the square of what they are about. */
const ROUNDING = 1e-12;

/** Null where accounts do not differ at all: that is no sign that others would not, and an interval of no width would say so. */
function around(middle: number, critical: number, variance: number): Interval | null {
  if (variance <= ROUNDING * Math.max(1, middle ** 2)) return null;
  const half = critical * Math.sqrt(variance);
  return { low: middle - half, high: middle + half };
}

/** The normal approximation of a share needs some who did it, and some who did not. */
const isLargeEnough = ({ observed, observedAccounts, converted }: Variant, metric: Rules["metric"]): boolean =>
  observed >= experimentPeopleMin &&
  observedAccounts >= experimentAccountsMin &&
  (metric === "count" || Math.min(converted, observed - converted) >= experimentConversionsMin);

/** Five points of a share; of a count a tenth of the control's. */
function smallestOf(metric: Rules["metric"], control: VariantSums | null): number | null {
  if (metric === "conversion") return SMALLEST_SHARE;
  return control === null || control.total <= 0 ? null : (SMALLEST_OF_COUNT * control.total) / control.people;
}

/**
 * A difference is one where its interval leaves out 0, and none that matters where the interval lies within what would matter (two one-sided
 * tests; Schuirmann 1987, J. Pharmacokinetics and Biopharmaceutics 15(6)). An interval that does neither says nothing, which is not "none".
 */
function readingOf({ low, high }: Interval, smallest: number | null): Verdict {
  if (low > 0) return "higher";
  if (high < 0) return "lower";
  return smallest !== null && low > -smallest && high < smallest ? "no_relevant_difference" : "cannot_tell";
}

/**
 * An interval shrinks with the root of what it is made of. As wide as the smallest difference it always tells: what lies less than half of that
 * from 0 is within, what lies farther leaves out 0.
 */
const timesNeeded = ({ low, high }: Interval, smallest: number | null): number | null =>
  smallest === null ? null : Math.ceil(((high - low) / smallest) ** 2);
