import { keyRoles, personOf } from "../account/people.ts";
import { personNames } from "../account/person-names.ts";
import type { AccountRecord, AccountState } from "../account/state.ts";

/** A person of the customer, made of all records that name the same one. What changes is told as of an instant (epoch ms). */
export type Contact = {
  /** The e-mail where it is known, else the user id. */
  readonly person: string;
  /** Every id and e-mail by which records name the person, and nobody else. */
  readonly names: readonly string[];
  readonly name: string | null;
  readonly email: string | null;
  /** As it was written; so is the title. Before anybody told one, the first that was told. */
  readonly role: (at: number) => string | null;
  readonly title: (at: number) => string | null;
  /** Words of role and title, and `champion` or `sponsor` where the account's attributes name the person. Lower case. */
  readonly roles: (at: number) => ReadonlySet<string>;
  /** UTC days of contact, ascending within each record. */
  readonly contactDays: readonly number[];
  /** Since when the person has left; null while not. */
  readonly leftSince: (at: number) => number | null;
};

/** All persons known of an account. */
export function contactsOf(state: AccountState): readonly Contact[] {
  const records = [...(state.records.get("contact")?.values() ?? [])];
  const { namesOf, personNamed, personMeant } = personNames(records);
  const inRole = new Map(keyRoles.map((role) => [role, named(state, role).map(personMeant)]));
  const groups = new Map<string, AccountRecord[]>();
  for (const people of inRole.values()) for (const person of people) groups.set(person, []);
  for (const record of records) {
    const person = personNamed(record.key);
    const known = groups.get(person);
    if (known === undefined) groups.set(person, [record]);
    else known.push(record);
  }
  return [...groups].map(([person, group]) => ({
    person,
    // Where several tell one name it is in one of them, or who bears it would go by their order.
    names: [...new Set([person, ...group.flatMap(namesOf)])].filter((name) => personNamed(name) === person),
    ...profileOf(
      person,
      group,
      keyRoles.filter((role) => inRole.get(role)?.includes(person) === true),
    ),
  }));
}

/** What people are called by everything that names them: by name, else by e-mail. */
export const callsOf = (state: AccountState): ReadonlyMap<string, string> =>
  new Map(
    contactsOf(state).flatMap(({ names, name, email }) => {
      const called = name ?? email;
      return called === null ? [] : names.map((one) => [one, called] as const);
    }),
  );

/** Who an attribute names: one person or a list. */
function named(state: AccountState, attribute: string): string[] {
  const value = state.attributes.get(attribute)?.value;
  return (Array.isArray(value) ? value : [value]).flatMap((one) => personOf(one) ?? []);
}

function profileOf(person: string, records: readonly AccountRecord[], attributed: readonly string[]): Omit<Contact, "person" | "names"> {
  const [role, title] = [standing(records, "role"), standing(records, "title")];
  const statuses = tellingsOf(records, "status");
  return {
    name: standing(records, "name")(Infinity),
    email: standing(records, "email")(Infinity) ?? (person.includes("@") ? person : null),
    role,
    title,
    roles: rolesOf(attributed, role, title),
    contactDays: records.flatMap(({ contactDays }) => contactDays),
    leftSince: (at) => {
      let since: number | null = null;
      for (const telling of statuses) {
        if (telling.at > at) break;
        since = leftWords.has(telling.value) ? (since ?? telling.at) : null;
      }
      return since;
    },
  };
}

const leftWords: ReadonlySet<string> = new Set(["left", "departed", "former", "gone", "no longer there"]);

type Telling = { readonly at: number; readonly tie: string; readonly value: string };

/** What was told of a field of a person, under whatever name, in the order of the vendors' clocks. */
const tellingsOf = (records: readonly AccountRecord[], field: string): readonly Telling[] =>
  records
    .flatMap(({ observations }) =>
      observations.flatMap(({ at, tie, fields }): Telling[] => {
        const value = fields[field];
        return typeof value === "string" ? [{ at, tie, value }] : [];
      }),
    )
    .sort((a, b) => a.at - b.at || (a.tie < b.tie ? -1 : 1));

/** What stood at an instant; before anybody told it, the first that was told: an import tells today what was mostly so before. */
function standing(records: readonly AccountRecord[], field: string): (at: number) => string | null {
  const tellings = tellingsOf(records, field);
  return (at) => (tellings.findLast((telling) => telling.at <= at) ?? tellings[0])?.value ?? null;
}

/** Made once for each role and title that the person had. */
function rolesOf(attributed: readonly string[], role: Contact["role"], title: Contact["title"]): Contact["roles"] {
  const made = new Map<string, ReadonlySet<string>>();
  return (at) => {
    const told = [role(at), title(at)];
    const key = JSON.stringify(told);
    let roles = made.get(key);
    if (roles === undefined) made.set(key, (roles = new Set([...attributed, ...told.flatMap(wordsOf)])));
    return roles;
  };
}

/** The whole text and each of its words: “VP Sales” has the role `vp sales`, `vp` and `sales`. */
export function wordsOf(text: string | null): string[] {
  if (text === null) return [];
  const whole = text.trim().toLowerCase();
  return [whole, ...whole.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== "")];
}

export function hasRole({ roles }: Contact, wanted: readonly string[], at: number): boolean {
  const own = roles(at);
  return wanted.some((role) => own.has(role));
}

export const contactsByName = (contacts: readonly Contact[]): ReadonlyMap<string, Contact> =>
  new Map(contacts.flatMap((contact) => contact.names.map((name) => [name, contact] as const)));

/** Whether a person had contact with us on the days after one, up to another. */
export const wasInTouch = ({ contactDays }: Contact, after: number, lastDay: number): boolean =>
  contactDays.some((day) => day > after && day <= lastDay);
