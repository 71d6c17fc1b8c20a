import type { Band } from "../health/document.ts";
import { comparisonMoversShown } from "../limits.ts";

/** One account by what is in force and by what could be: computed scores, bands without steadiness; overrides do not count. */
export type Compared = {
  readonly score: number | null;
  readonly band: Band;
  readonly publishedScore: number | null;
  readonly publishedBand: Band;
};
export type Mover = Compared & { readonly accountId: string; readonly name: string | null };
export type BandFlow = { readonly from: Band; readonly to: Band; readonly accounts: number };

/** Many accounts compared: how many go from which band to which, and who moves most. Parts put together are the whole, in any order. */
export type Comparison = {
  readonly accounts: number;
  readonly bands: readonly BandFlow[];
  /** At most `comparisonMoversShown`, who moves most first; equal ones by their ids. */
  readonly movers: readonly Mover[];
};

export const emptyComparison: Comparison = { accounts: 0, bands: [], movers: [] };

export function mergeComparisons(a: Comparison, b: Comparison): Comparison {
  const flows = new Map<string, BandFlow>();
  for (const flow of [...a.bands, ...b.bands]) {
    const name = `${flow.from} ${flow.to}`;
    flows.set(name, { ...flow, accounts: (flows.get(name)?.accounts ?? 0) + flow.accounts });
  }
  return {
    accounts: a.accounts + b.accounts,
    bands: [...flows].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, flow]) => flow),
    movers: [...a.movers, ...b.movers].sort(byDistance).slice(0, comparisonMoversShown),
  };
}

export const comparisonOf = (mover: Mover): Comparison => ({
  accounts: 1,
  bands: [{ from: mover.publishedBand, to: mover.band, accounts: 1 }],
  movers: isMoved(mover) ? [mover] : [],
});

export const changedIn = ({ bands }: Pick<Comparison, "bands">): number =>
  bands.reduce((sum, { from, to, accounts }) => (from === to ? sum : sum + accounts), 0);

const isMoved = (mover: Compared): boolean => distance(mover) > 0 || mover.band !== mover.publishedBand;
/** A score that appears or goes away moves by all of it. */
const distance = ({ score, publishedScore }: Compared): number => Math.abs((score ?? 0) - (publishedScore ?? 0));
const byDistance = (a: Mover, b: Mover): number => distance(b) - distance(a) || (a.accountId < b.accountId ? -1 : 1);
