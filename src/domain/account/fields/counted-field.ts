import { fieldNumberMax } from "../../limits.ts";

/**
 * A field of events that measures of one's own ask about, and what is kept of it by day: `numbers` (how many, sum, least, greatest, last),
 * `booleans` (the same of true as 1 and false as 0), `quantile` (how the numbers are spread) or `distinct` (how many different values).
 * `field` may be a path with dots (`valueAt`).
 */
export type CountedField = { readonly kind: FieldKind; readonly type: string; readonly field: string };
export type FieldKind = "numbers" | "booleans" | "quantile" | "distinct";

/** Those that cost more than a few numbers a day. */
export const isSketch = (kind: FieldKind): boolean => kind === "quantile" || kind === "distinct";

/** Last in the key of distinct values that are counted by sketches; older code, which counted by a sample of them, had nothing there. */
const SKETCHED = "hll";

type KeyParts = readonly [FieldKind, string, string | readonly string[], typeof SKETCHED?];
const toKey = (...parts: KeyParts): string => JSON.stringify(parts);
const namesIn = (field: string): string | readonly string[] => (field.includes(".") ? field.split(".") : field);

/**
 * Names it wherever it is kept. What older code has counted otherwise has another key, so that it is counted from the first event on once more:
 * a path is a list here, as older code took a name with dots for one name only.
 */
export const fieldKey = ({ kind, type, field }: CountedField): string =>
  kind === "distinct" ? toKey(kind, type, namesIn(field), SKETCHED) : toKey(kind, type, namesIn(field));

/** As older code named it, the newest first. */
export const olderFieldKeys = ({ kind, type, field }: CountedField): readonly string[] => [
  ...(kind === "distinct" ? [toKey(kind, type, namesIn(field))] : []),
  toKey(kind, type, field),
];

/** `path`: the names from the outermost on. `isSampled`: distinct values as older code counted them. */
export function fromFieldKey(key: string): CountedField & { readonly path: readonly string[]; readonly isSampled: boolean } {
  const [kind, type, names, form] = JSON.parse(key) as KeyParts;
  const path = typeof names === "string" ? [names] : names;
  return { kind, type, field: path.join("."), path, isSampled: kind === "distinct" && form !== SKETCHED };
}

/** Those of which nobody needs what older code has counted any more, as the same is counted by sketches. */
export function supersededIn(keys: ReadonlySet<string>): readonly string[] {
  return [...keys].filter((key) => {
    const field = fromFieldKey(key);
    return field.isSampled && keys.has(fieldKey(field));
  });
}

/**
 * What `data` has there: under the path as one name, dots and all, else by going from object to object. Lists are not gone into. Undefined:
 * nothing.
 */
export function valueAt(data: Readonly<Record<string, unknown>>, path: readonly string[]): unknown {
  if (path.length === 1) return ownValue(data, path[0] as string);
  const whole = path.join(".");
  if (Object.hasOwn(data, whole)) return data[whole];
  let value: unknown = data;
  for (const name of path) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    value = ownValue(value as Readonly<Record<string, unknown>>, name);
  }
  return value;
}

const ownValue = (data: Readonly<Record<string, unknown>>, name: string): unknown => (Object.hasOwn(data, name) ? data[name] : undefined);

const MICRO = 1_000_000;

/** A number as it is counted: to six decimals, so that sums do not depend on their order. Null: there is none, or it is out of range. */
export function numberIn(value: unknown): number | null {
  if (typeof value !== "number" || !(Math.abs(value) <= fieldNumberMax)) return null;
  const { whole, micros } = splitNumber(value);
  return joinNumber(whole, micros);
}

/** True is 1, false is 0. Null: it is neither. */
export const booleanIn = (value: unknown): number | null => (typeof value === "boolean" ? Number(value) : null);

/** Whether a field of this kind counts the value. */
export function isCountedIn(kind: FieldKind, value: unknown): boolean {
  if (kind === "distinct") return textIn(value) !== null;
  return (kind === "booleans" ? booleanIn(value) : numberIn(value)) !== null;
}

/** Both are whole numbers, and add up exactly. */
export function splitNumber(value: number): { readonly whole: number; readonly micros: number } {
  const whole = Math.trunc(value);
  return { whole, micros: Math.round((value - whole) * MICRO) };
}

export const joinNumber = (whole: number, micros: number): number => whole + micros / MICRO + 0;

/** A value to be told from others, as text. Null: there is none, or it is a list or an object. */
export const textIn = (value: unknown): string | null =>
  (typeof value === "string" && value !== "") || typeof value === "number" || typeof value === "boolean" ? String(value) : null;
