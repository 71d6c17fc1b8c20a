/**
 * What the value of an attribute says, wherever it is read: an import, a CRM or a person may have put anything there. A value of another kind
 * is the same as none.
 */

/** As JSON gives it back: an account is the same before its page was written and after, and JSON has no -0. */
export const asWritten = (value: unknown): unknown =>
  typeof value === "number" ? value + 0 : typeof value === "object" && value !== null ? JSON.parse(JSON.stringify(value)) : value;

/** A finite number; text that is one is read, as tables bring text. */
export function numberIn(value: unknown): number | null {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : null;
}

/** Minor units of money, not necessarily whole; what is beyond the whole numbers that a double tells apart is none. */
export function amountIn(value: unknown): number | null {
  const amount = numberIn(value);
  return amount === null || Math.abs(amount) > Number.MAX_SAFE_INTEGER ? null : amount;
}

/** A name, without blanks around it; a number is one by its digits. */
export function textIn(value: unknown): string | null {
  const text = typeof value === "number" && Number.isFinite(value) ? String(value) : value;
  return typeof text === "string" && text.trim() !== "" ? text.trim() : null;
}

/** A list of names; text is cut at commas and semicolons. Empty is the same as none. */
export function namesIn(value: unknown): readonly string[] | null {
  const parts = typeof value === "string" ? value.split(/[,;]/) : Array.isArray(value) ? value : [];
  const names = parts
    .filter((part): part is string => typeof part === "string")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  return names.length === 0 ? null : [...new Set(names)];
}
