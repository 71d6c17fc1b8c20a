import { namesIn, numberIn, textIn } from "../account/attribute-value.ts";
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

/** A list of names, as `namesIn` reads them. */
export const listAttribute = (state: Pick<AccountState, "attributes">, name: string): readonly string[] | null =>
  namesIn(state.attributes.get(name)?.value);
