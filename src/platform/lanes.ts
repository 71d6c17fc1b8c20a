/** Divides work among so many lanes, each of which does its part one after the other. */
export const lanesOf = <T>(items: readonly T[], lanes: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.min(items.length, lanes) }, (_, lane) => items.filter((_item, i) => i % lanes === lane));
