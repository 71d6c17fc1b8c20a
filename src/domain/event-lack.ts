import type { Rejection } from "./delivery.ts";
import { eventTypeOf, hasMeaning } from "./event-types.ts";

/** An event that was taken and does not say what its type is there to say. In the form of a rejection, so that senders read both alike. */
export type Warning = Rejection;

export const lackReason = "lacks_meaning";

/**
 * What an event would have to say to count for what its type means: the first of the catalogue's fields that is missing, and what is lost by it.
 * Null: it says all, or its type means nothing beyond that it happened.
 *
 * @param data as the sender wrote it or in the one form of the fold: what is absent is absent in both
 */
export function lackOf(type: string, data: Readonly<Record<string, unknown>>): string | null {
  const entry = eventTypeOf(type);
  if (entry === undefined) return null;
  if (!hasMeaning(type, data)) {
    const group = entry.meaningNeeds.find((names) => !says(data, names)) ?? [];
    return `/data/${group[0] ?? ""}: is missing${orOf(group)}, so this counts as an event and no more`;
  }
  const judgement = entry.judgedBy;
  return judgement === null || says(data, [judgement]) ? null : `/data/${judgement}: is missing, so this judges nothing`;
}

const says = (data: Readonly<Record<string, unknown>>, names: readonly string[]): boolean =>
  names.some((name) => data[name] !== undefined && data[name] !== null && data[name] !== "");

const orOf = ([, ...others]: readonly string[]): string =>
  others.length === 0 ? "" : ` (${others.map((name) => `\`${name}\``).join(" or ")} would do)`;

/** Names of which a text in each group is all that an event of this type needs; undefined: it needs something else, or nothing. */
export const namesNeeded = (type: string): readonly (readonly string[])[] | undefined => {
  const entry = eventTypeOf(type);
  return entry === undefined || entry.judgedBy !== null ? undefined : entry.meaningNeeds;
};
