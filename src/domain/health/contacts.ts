import { personOf } from "../account/people.ts";
import { fieldsAt, since } from "../account/records.ts";
import type { AccountRecord, AccountState } from "../account/state.ts";

/** A person of the customer, made of all records that name the same one. */
export type Contact = {
  /** The e-mail where it is known, else the user id. */
  readonly person: string;
  /** Every id and e-mail by which records name the person. */
  readonly names: readonly string[];
  readonly name: string | null;
  readonly email: string | null;
  /** Latest known, as it was written; so is the title. */
  readonly role: string | null;
  readonly title: string | null;
  /** Words of role and title, and `champion` or `sponsor` where the account's attributes name the person. Lower case. */
  readonly roles: ReadonlySet<string>;
  /** UTC days of contact, ascending within each record. */
  readonly contactDays: readonly number[];
  /** Since when the person has left, as of an instant; null while not. */
  readonly leftSince: (at: number) => number | null;
};

export const keyRoles = ["champion", "sponsor"] as const;

/** All persons known of an account. Who is known by an id and by an e-mail is one as soon as any record tells both. */
export function contactsOf(state: AccountState): readonly Contact[] {
  const records = [...(state.records.get("contact")?.values() ?? [])];
  const aliases = new Map<string, string>();
  const lately = records.map((record) => fieldsAt(record, Infinity) ?? {});
  for (const [i, { key }] of records.entries()) {
    const email = personOf(lately[i]?.["email"]) ?? key;
    const userId = personOf(lately[i]?.["userId"]);
    if (key !== email) aliases.set(key, email);
    if (userId !== null && userId !== email) aliases.set(userId, email);
  }
  const byOwnName = new Map(
    records.flatMap(({ key }, i) => (typeof lately[i]?.["name"] === "string" ? [[lately[i]["name"].toLowerCase(), key]] : [])),
  );
  const nameOf = (person: string): string => aliases.get(person) ?? person;
  // Attributes may name a person as people do.
  const attributed = (person: string): string => nameOf(byOwnName.get(person.toLowerCase()) ?? person);
  const inRole = new Map(keyRoles.map((role) => [role, named(state, role).map(attributed)]));
  const groups = new Map<string, AccountRecord[]>();
  for (const people of inRole.values()) for (const person of people) groups.set(person, []);
  for (const record of records) {
    const person = nameOf(record.key);
    const known = groups.get(person);
    if (known === undefined) groups.set(person, [record]);
    else known.push(record);
  }
  return [...groups].map(([person, group]) =>
    toContact(
      person,
      group,
      keyRoles.filter((role) => inRole.get(role)?.includes(person) === true),
    ),
  );
}

/** Who an attribute names: one person or a list. */
function named(state: AccountState, attribute: string): string[] {
  const value = state.attributes.get(attribute)?.value;
  return (Array.isArray(value) ? value : [value]).flatMap((one) => personOf(one) ?? []);
}

function toContact(person: string, records: readonly AccountRecord[], attributed: readonly string[]): Contact {
  const text = (field: string): string | null => {
    let newest: { readonly at: number; readonly value: string } | null = null;
    for (const { observations } of records) {
      const seen = observations.findLast(({ fields }) => typeof fields[field] === "string");
      if (seen !== undefined && (newest === null || seen.at > newest.at)) newest = { at: seen.at, value: seen.fields[field] as string };
    }
    return newest?.value ?? null;
  };
  const role = text("role");
  const title = text("title");
  return {
    person,
    names: [
      ...new Set([
        person,
        ...records.map(({ key }) => key),
        ...records.flatMap((record) => personOf(fieldsAt(record, Infinity)?.["userId"]) ?? []),
      ]),
    ],
    name: text("name"),
    email: text("email") ?? (person.includes("@") ? person : null),
    role,
    title,
    roles: new Set([...attributed, ...wordsOf(role), ...wordsOf(title)]),
    contactDays: records.flatMap(({ contactDays }) => contactDays),
    leftSince: (at) => {
      const left = records.flatMap((record) => {
        const status = fieldsAt(record, at)?.["status"];
        return typeof status === "string" && leftWords.has(status) ? [since(record, "status", at) ?? at] : [];
      });
      return left.length === 0 ? null : Math.min(...left);
    },
  };
}

const leftWords: ReadonlySet<string> = new Set(["left", "departed", "former", "gone", "no longer there"]);

/** The whole text and each of its words: “VP Sales” has the role `vp sales`, `vp` and `sales`. */
export function wordsOf(text: string | null): string[] {
  if (text === null) return [];
  const whole = text.trim().toLowerCase();
  return [whole, ...whole.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== "")];
}

export const hasRole = ({ roles }: Contact, wanted: readonly string[]): boolean => wanted.some((role) => roles.has(role));

export const contactsByName = (contacts: readonly Contact[]): ReadonlyMap<string, Contact> =>
  new Map(contacts.flatMap((contact) => contact.names.map((name) => [name, contact] as const)));

/** Whether a person had contact with us in the `days` days that end with `day`. */
export const wasInTouch = ({ contactDays }: Contact, day: number, days: number): boolean =>
  contactDays.some((one) => one <= day && one > day - days);
