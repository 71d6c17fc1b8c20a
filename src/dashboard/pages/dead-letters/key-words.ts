import type { IdentityKey, UnresolvedKey } from "../../api-types.ts";
import { keyKindText } from "../../words.ts";

const nameOf = (key: IdentityKey): string => `${keyKindText(key.kind)} ${key.value}`;

/** How many later events a link by this key spares a person, most first: a company's key before a person's, a ticket's last. */
function reach({ kind }: IdentityKey): number {
  if (kind === "account") return 0;
  if (kind === "domain") return 1;
  if (kind.startsWith("external:")) return kind.endsWith("-ticket") ? 4 : kind.endsWith("-user") ? 3 : 2;
  return 3;
}

/** The key that a person had best link, of those under which the same events wait. */
function best({ key, alsoUnder }: UnresolvedKey): IdentityKey {
  return alsoUnder.reduce((one, other) => (reach(other) < reach(one) ? other : one), key);
}

/** For a key that shares events with others: whether to link this one or another, and that one link does for all. */
export function sharedText(unresolved: UnresolvedKey): string {
  const preferred = best(unresolved);
  return preferred === unresolved.key
    ? `Link this one: what waits under ${unresolved.alsoUnder.map(nameOf).join(", ")} as well goes with it.`
    : `Better link ${nameOf(preferred)}: what waits under both goes with it.`;
}
