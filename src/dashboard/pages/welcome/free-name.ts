/** The name, or the first of `name 2`, `name 3`… that nothing bears yet. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  // Of one more than are taken one is free.
  const numbers = Array.from({ length: taken.size }, (_, index) => `${name} ${index + 2}`);
  return numbers.find((one) => !taken.has(one)) ?? name;
}
