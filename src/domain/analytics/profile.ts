import { textIn } from "../account/attribute-value.ts";
import { hash53 } from "../account/id-hash.ts";
import { sessionGapMs } from "../account/sessions.ts";
import type { AccountState, UserKey } from "../account/state.ts";
import { contactsOf } from "../health/contacts.ts";
import type { AccountProfile } from "./analysis.ts";

/**
 * Holds on to nothing of the state, so that the account may leave memory.
 *
 * @param number counted through within one shard and question
 * @param groupedBy attribute by whose values accounts are grouped
 */
export function profileOf(
  state: AccountState,
  { number, segment, groupedBy }: { readonly number: number; readonly segment: string | null; readonly groupedBy: string | null },
): AccountProfile {
  const aliases = aliasesOf(state);
  return {
    number,
    id: state.id,
    name: state.name,
    segment,
    group: groupedBy === null ? null : groupedBy === "segment" ? segment : attributeText(state, groupedBy),
    sessionGapMs: sessionGapMs(state),
    personOf: (user) => aliases.get(user) ?? user,
  };
}

function attributeText(state: AccountState, name: string): string | null {
  const value = state.attributes.get(name)?.value;
  return typeof value === "boolean" ? String(value) : textIn(value);
}

/** Keys of people who are known by several names (an id and an e-mail), each leading to one of them: as contacts tell (contacts.ts). */
function aliasesOf(state: AccountState): ReadonlyMap<UserKey, UserKey> {
  if (!state.records.has("contact")) return new Map();
  return new Map(
    contactsOf(state).flatMap(({ person, names }) =>
      names.filter((name) => name !== person).map((name): [UserKey, UserKey] => [hash53(name), hash53(person)]),
    ),
  );
}
