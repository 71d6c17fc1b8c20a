/**
 * Identity keys: what an event bears that can lead to an account.
 *
 * On the wire and in storage a key is one text, `kind|value`, because it is compared, hashed and cached far more often than taken apart.
 * `kind` is `account`, `user`, `email`, `domain` or `external:{system}`; it never contains `|`, the value may.
 * E-mails and domains are lower-cased when a key is made; everything else is taken as it is.
 */
export type IdentityKey = string & { readonly __brand: "IdentityKey" };

export type IdentityKeyKind = "account" | "user" | "email" | "domain" | `external:${string}`;

const KIND = /^(?:account|user|email|domain|external:[a-z0-9][a-z0-9_.-]{0,63})$/;

export const isIdentityKeyKind = (kind: string): kind is IdentityKeyKind => KIND.test(kind);

export const identityKey = (kind: IdentityKeyKind, value: string): IdentityKey =>
  `${kind}|${kind === "email" || kind === "domain" ? value.trim().toLowerCase() : value}` as IdentityKey;

export const keyKind = (key: IdentityKey): IdentityKeyKind => key.slice(0, key.indexOf("|")) as IdentityKeyKind;
export const keyValue = (key: IdentityKey): string => key.slice(key.indexOf("|") + 1);

/** Strength for resolution, strongest first: an account id, then an external id, a user id, an e-mail, a domain. */
export function keyStrength(key: IdentityKey): number {
  const kind = keyKind(key);
  if (kind === "account") return 0;
  if (kind.startsWith("external:")) return 1;
  if (kind === "user") return 2;
  return kind === "email" ? 3 : 4;
}
