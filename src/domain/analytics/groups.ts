import { analysisGroupsMax, analysisGroupsShown } from "../limits.ts";

/** Figures by the value of an attribute; null: accounts without one. What has no room is added to `others`. */
export type Groups<V> = { readonly named: ReadonlyMap<string | null, V>; readonly others: V | null };

export const noGroups = <V>(): Groups<V> => ({ named: new Map(), others: null });

type Rules<V> = { readonly add: (a: V, b: V) => V; readonly weightOf: (value: V) => number };

export function mergeGroups<V>(a: Groups<V>, b: Groups<V>, rules: Rules<V>): Groups<V> {
  const named = new Map(a.named);
  for (const [name, value] of b.named) {
    const known = named.get(name);
    named.set(name, known === undefined ? value : rules.add(known, value));
  }
  const others = a.others === null ? b.others : b.others === null ? a.others : rules.add(a.others, b.others);
  return heaviest({ named, others }, rules, analysisGroupsMax);
}

/** The heaviest groups by name, all others as one. */
export const shownGroups = <V>(groups: Groups<V>, rules: Rules<V>): Groups<V> => heaviest(groups, rules, analysisGroupsShown);

function heaviest<V>({ named, others }: Groups<V>, { add, weightOf }: Rules<V>, groupsMax: number): Groups<V> {
  if (named.size <= groupsMax) return { named, others };
  const sorted = [...named].sort(([a, x], [b, y]) => weightOf(y) - weightOf(x) || compareNames(a, b));
  const rest = sorted.slice(groupsMax).map(([, value]) => value);
  return {
    named: new Map(sorted.slice(0, groupsMax)),
    others: [...(others === null ? [] : [others]), ...rest].reduce((a, b) => add(a, b)),
  };
}

/** By name, those without a value last. */
export const compareNames = (a: string | null, b: string | null): number =>
  a === b ? 0 : a === null ? 1 : b === null ? -1 : a < b ? -1 : 1;
