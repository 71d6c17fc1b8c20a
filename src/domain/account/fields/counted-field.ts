import { fieldNumberMax } from "../../limits.ts";

/**
 * A field of events that measures of one's own ask about, and what is kept of it by day: `numbers` (how many, sum, least, greatest, last),
 * `quantile` (how the numbers are spread) or `distinct` (how many different values).
 */
export type CountedField = { readonly kind: FieldKind; readonly type: string; readonly field: string };

/** By the number that stands for it in pages: only ever appended to. */
export const fieldKinds = ["numbers", "quantile", "distinct"] as const;
export type FieldKind = (typeof fieldKinds)[number];

/** Names it wherever it is kept. */
export const fieldKey = ({ kind, type, field }: CountedField): string => JSON.stringify([kind, type, field]);

export function fromFieldKey(key: string): CountedField {
  const [kind, type, field] = JSON.parse(key) as [FieldKind, string, string];
  return { kind, type, field };
}

const MICRO = 1_000_000;

/** A number as it is counted: to six decimals, so that sums do not depend on their order. Null: there is none, or it is out of range. */
export function numberIn(value: unknown): number | null {
  if (typeof value !== "number" || !(Math.abs(value) <= fieldNumberMax)) return null;
  const { whole, micros } = splitNumber(value);
  return joinNumber(whole, micros);
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
