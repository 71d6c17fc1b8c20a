import type { AccountState } from "../account/state.ts";
import { parseInstant } from "../instant.ts";

/** Attributes as the model reads them. A value of another kind is the same as none: an import may have put anything there. */

/** A number that is not negative; text is read, as tables bring text. */
export function countAttribute(state: AccountState, name: string): number | null {
  const raw = state.attributes.get(name)?.value;
  const value = typeof raw === "string" && raw.trim() !== "" ? Number(raw) : raw;
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : null;
}

/** A number above 0. */
export function positiveAttribute(state: AccountState, name: string): number | null {
  const value = countAttribute(state, name);
  return value === 0 ? null : value;
}

/** A name; empty is the same as none. */
export function textAttribute(state: AccountState, name: string): string | null {
  const value = state.attributes.get(name)?.value;
  return typeof value === "string" && value.trim() !== "" ? value.trim() : null;
}

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
