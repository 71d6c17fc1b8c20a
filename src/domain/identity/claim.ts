import type { Edge, LinkReply } from "./messages.ts";
import { leadOf, type KeyRecord } from "./record.ts";

/** Every key that a write names, for one account. `mayMove`: also those that are another's. */
export type Claim = { readonly keys: readonly string[]; readonly mayMove: boolean } & Pick<Edge, "accountId" | "author" | "reason" | "at">;

/** All keys are tied, or, where one is another account's, none. */
export type ClaimReply =
  | ({ readonly taken: null } & Pick<LinkReply, "drainedEvents" | "released">)
  | { readonly taken: { readonly key: string; readonly accountId: string } };

/**
 * Who has a key by more than events' showing. What only events have shown (`observed`) belongs to nobody yet, and an ambiguous key leads
 * nowhere.
 */
export const ownerOf = ({ edges }: Pick<KeyRecord, "edges">): string | null =>
  edges[0]?.evidence === "observed" ? null : leadOf(edges).accountId;

/**
 * The first key that belongs to another account.
 *
 * @param survivorOf where an account's events go: itself, or the one it was merged into
 */
export function firstTaken(
  { keys, accountId }: Pick<Claim, "keys" | "accountId">,
  records: ReadonlyMap<string, KeyRecord>,
  survivorOf: (accountId: string) => string,
): { readonly key: string; readonly accountId: string } | null {
  for (const key of keys) {
    const record = records.get(key);
    const owner = record === undefined ? null : ownerOf(record);
    if (owner !== null && survivorOf(owner) !== survivorOf(accountId)) return { key, accountId: survivorOf(owner) };
  }
  return null;
}
