import { keyKind, keyValue, type IdentityKey } from "../domain/identity/key.ts";

/** A key that a write names and that is another account's. */
export type TakenKey = { readonly pointer: string; readonly detail: string };

/** A domain or an external id that moved without a word would take that account's events along. */
export const takenKey = (key: IdentityKey, owner: string): TakenKey => ({
  pointer: pointerTo(key),
  detail: `${keyValue(key)} belongs to ${owner}; with moveKeys it is taken from there, and its events with it`,
});

const pointerTo = (key: IdentityKey): string =>
  keyKind(key) === "domain" ? "/domains" : `/externalIds/${keyKind(key).slice("external:".length)}`;
