/**
 * What `structuredClone` gives, several times faster for the plain objects and lists that nearly all messages are made of. Anything else in
 * them is left to it: bytes, dates, maps, and what it refuses (functions).
 */
export function cloned<T>(value: T): T {
  if (typeof value !== "object" || value === null) return typeof value === "function" ? structuredClone(value) : value;
  if (Array.isArray(value)) return value.map(cloned) as T;
  if (Object.getPrototypeOf(value) !== Object.prototype) return structuredClone(value);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, cloned(one as unknown)])) as T;
}
