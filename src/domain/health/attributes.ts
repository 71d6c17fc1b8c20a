import { numberIn, textIn } from "../account/attribute-value.ts";
import type { AccountState } from "../account/state.ts";
import { parseInstant } from "../instant.ts";

/** Attributes as the model reads them. */

/** A number that is not negative. */
export function countAttribute(state: AccountState, name: string): number | null {
  const value = numberIn(state.attributes.get(name)?.value);
  return value === null || value < 0 ? null : value;
}

/** A number above 0. */
export function positiveAttribute(state: AccountState, name: string): number | null {
  const value = countAttribute(state, name);
  return value === 0 ? null : value;
}

/** A name. */
export const textAttribute = (state: Pick<AccountState, "attributes">, name: string): string | null =>
  textIn(state.attributes.get(name)?.value);

/** A date or an RFC 3339 time, as epoch ms; a date is its first instant in UTC. */
export function dateAttribute(state: AccountState, name: string): number | null {
  const text = textAttribute(state, name);
  return text === null ? null : parseInstant(text.length === 10 ? `${text}T00:00:00Z` : text);
}

/** A list of names; text is cut at commas and semicolons. Empty is the same as none. */
export function listAttribute(state: AccountState, name: string): readonly string[] | null {
  const raw = state.attributes.get(name)?.value;
  const parts = typeof raw === "string" ? raw.split(/[,;]/) : Array.isArray(raw) ? raw : [];
  const names = parts
    .filter((part): part is string => typeof part === "string")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  return names.length === 0 ? null : [...new Set(names)];
}
