import type { PairSums } from "./statistics.ts";

/** One variant over all accounts. Counts are estimates where only a sample of the people is known. */
export type Variant = {
  /** Events. */
  readonly exposures: number;
  /** People who saw this variant and no other, and their accounts. */
  readonly people: number;
  readonly accounts: number;
  /** Those of them whose conversion window is over, and their accounts. */
  readonly observed: number;
  readonly observedAccounts: number;
  /** Of the observed: how many converted, and what they bring to the metric. */
  readonly converted: number;
  readonly total: number;
};

/**
 * Two variants in the same accounts; `ee` is about all their people, the rest about the observed ones. Where `s` stands for what people bring to
 * the metric, `c` stands for how many of them converted: who reaches the goal ten times is one of those.
 */
export type Pair = PairSums & { readonly nc: number; readonly cn: number; readonly cc: number; readonly ee: number };

export type ExperimentPart = {
  readonly variants: ReadonlyMap<string, Variant>;
  readonly pairs: ReadonlyMap<string, Pair>;
  /** Accounts with any exposed person, and with any observed one. */
  readonly accounts: number;
  readonly observedAccounts: number;
  /** People who saw several variants: they count in none. */
  readonly mixed: number;
  /** Exposures to variants for which there was no room. */
  readonly leftOut: number;
};

export const emptyExperiment: ExperimentPart = {
  variants: new Map(),
  pairs: new Map(),
  accounts: 0,
  observedAccounts: 0,
  mixed: 0,
  leftOut: 0,
};

const noVariant: Variant = { exposures: 0, people: 0, accounts: 0, observed: 0, observedAccounts: 0, converted: 0, total: 0 };
export const noPair: Pair = { accounts: 0, nn: 0, ns: 0, sn: 0, ss: 0, nc: 0, cn: 0, cc: 0, ee: 0 };

/** The sums that a metric is about. */
export const sumsFor = (metric: "conversion" | "count", pair: Pair): PairSums =>
  metric === "count" ? pair : { ...pair, ns: pair.nc, sn: pair.cn, ss: pair.cc };

export const pairKey = (a: string, b: string): string => JSON.stringify([a, b]);

const sum = <T extends Readonly<Record<string, number>>>(a: T, b: T): T =>
  Object.fromEntries(Object.entries(a).map(([key, value]) => [key, value + (b[key] as number)])) as T;

function sumMaps<V extends Readonly<Record<string, number>>>(a: ReadonlyMap<string, V>, b: ReadonlyMap<string, V>): ReadonlyMap<string, V> {
  const merged = new Map(a);
  for (const [key, value] of b) {
    const known = merged.get(key);
    merged.set(key, known === undefined ? value : sum(known, value));
  }
  return merged;
}

export const mergeExperiments = (a: ExperimentPart, b: ExperimentPart): ExperimentPart => ({
  variants: sumMaps(a.variants, b.variants),
  pairs: sumMaps(a.pairs, b.pairs),
  accounts: a.accounts + b.accounts,
  observedAccounts: a.observedAccounts + b.observedAccounts,
  mixed: a.mixed + b.mixed,
  leftOut: a.leftOut + b.leftOut,
});

/** What one account's people did in each variant. */
export type AccountVariant = { exposures: number; people: number; observed: number; converted: number; total: number };
export const noAccountVariant = (): AccountVariant => ({ exposures: 0, people: 0, observed: 0, converted: 0, total: 0 });

/** One account as a part of its own. */
export function accountPart(variants: ReadonlyMap<string, AccountVariant>, mixed: number): ExperimentPart {
  const some = [...variants];
  const pairs = some.flatMap(([a, x]) =>
    some.map(([b, y]): [string, Pair] => [
      pairKey(a, b),
      {
        accounts: x.observed > 0 && y.observed > 0 ? 1 : 0,
        nn: x.observed * y.observed,
        ns: x.observed * y.total,
        sn: x.total * y.observed,
        ss: x.total * y.total,
        nc: x.observed * y.converted,
        cn: x.converted * y.observed,
        cc: x.converted * y.converted,
        ee: x.people * y.people,
      },
    ]),
  );
  return {
    variants: new Map(
      some.map(([name, of]) => [name, { ...noVariant, ...of, accounts: of.people > 0 ? 1 : 0, observedAccounts: of.observed > 0 ? 1 : 0 }]),
    ),
    pairs: new Map(pairs),
    accounts: some.some(([, { people }]) => people > 0) ? 1 : 0,
    observedAccounts: some.some(([, { observed }]) => observed > 0) ? 1 : 0,
    mixed,
    leftOut: 0,
  };
}
