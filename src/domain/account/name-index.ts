/** Names of metrics, features and fields are written once per account; pages hold their indexes here. Only ever appended to. */
export type NameIndex = { readonly names: string[]; readonly indexOf: Map<string, number> };

export const nameIndex = (names: readonly string[] = []): NameIndex => ({
  names: [...names],
  indexOf: new Map(names.map((name, i) => [name, i])),
});

export function indexOfName({ names, indexOf }: NameIndex, name: string): number {
  let index = indexOf.get(name);
  if (index === undefined) {
    index = names.push(name) - 1;
    indexOf.set(name, index);
  }
  return index;
}

/** A page names what its account does not know: it was cut, or is another account's. */
export function nameAt({ names }: NameIndex, index: number): string {
  const known = names[index];
  if (known === undefined) throw new RangeError("a page has a name that its account does not know");
  return known;
}
