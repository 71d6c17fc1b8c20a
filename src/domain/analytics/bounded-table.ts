/**
 * Counts by name, within a bound. While there are no more names than that it is exact. Beyond, the lightest are left out whenever parts are
 * put together; `leftOut` is then the most that any count can be too low, and that a name can have that is not there at all.
 */
export type BoundedTable<V> = { readonly entries: ReadonlyMap<string, V>; readonly leftOut: number };

export const emptyTable = <V>(): BoundedTable<V> => ({ entries: new Map(), leftOut: 0 });

/**
 * @param weightOf what a name is kept for: its greatest count
 * @param entriesMax names kept
 */
export function boundTable<V>(
  entries: ReadonlyMap<string, V>,
  leftOut: number,
  weightOf: (value: V) => number,
  entriesMax: number,
): BoundedTable<V> {
  if (entries.size <= entriesMax) return { entries, leftOut };
  const sorted = [...entries].sort(([a, x], [b, y]) => weightOf(y) - weightOf(x) || (a < b ? -1 : 1));
  const heaviestLeft = sorted[entriesMax];
  return { entries: new Map(sorted.slice(0, entriesMax)), leftOut: leftOut + (heaviestLeft === undefined ? 0 : weightOf(heaviestLeft[1])) };
}

export function mergeTables<V>(
  a: BoundedTable<V>,
  b: BoundedTable<V>,
  add: (x: V, y: V) => V,
  weightOf: (value: V) => number,
  entriesMax: number,
): BoundedTable<V> {
  const entries = new Map(a.entries);
  for (const [name, value] of b.entries) {
    const known = entries.get(name);
    entries.set(name, known === undefined ? value : add(known, value));
  }
  return boundTable(entries, a.leftOut + b.leftOut, weightOf, entriesMax);
}
