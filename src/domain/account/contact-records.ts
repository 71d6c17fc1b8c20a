import type { Event } from "../event.ts";
import { contactDaysMax, contactsPerAccountMax } from "../limits.ts";
import { dayOf } from "../time.ts";
import { type FoldedAccount, type FoldedRecord, shelfOf } from "./folded.ts";
import { keyRoles, personOf } from "./people.ts";
import { toldNames } from "./person-names.ts";
import { changed, fieldsOf, insert, recordFor } from "./records.ts";

const contactFields = ["name", "email", "role", "title", "status"];

/** Takes in `user.identified`: what is known of a person by then. Words of `user` count where `data` has none. */
export function foldContact(state: FoldedAccount, event: Event): void {
  const person = personOf(event.user) ?? personOf(event.data);
  if (person === null) return;
  // Products tell of every user: once the account is full of people, only those with a role take another's place.
  const { records } = shelfOf(state, "contact");
  if (records.size >= contactsPerAccountMax && !records.has(person) && event.data["role"] === undefined) return;
  const record = contactFor(state, person, event.occurredAt);
  if (record === null) return;
  const { email, name, id } = event.user ?? {};
  const fields = {
    ...(id !== undefined && { userId: id }),
    ...fieldsOf({ email, name }, ["email", "name"]),
    ...fieldsOf(event.data, contactFields),
  };
  const before = foreverOf(record);
  insert(record, { at: event.occurredAt, tie: `${event.id}/${event.connectionId}`, fields });
  changed(state, "contact", record, isOtherForever(state, before, foreverOf(record)) ? 0 : event.occurredAt);
}

/** Notes that a person wrote to us or met us. */
export function foldContactDay(state: FoldedAccount, person: string, at: number): void {
  const record = contactFor(state, person, at);
  if (record === null) return;
  const day = dayOf(at);
  let index = record.contactDays.length;
  while (index > 0 && (record.contactDays[index - 1] as number) > day) index--;
  if (record.contactDays[index - 1] === day) return;
  record.contactDays.splice(index, 0, day);
  if (record.contactDays.length > contactDaysMax) record.contactDays.shift();
  changed(state, "contact", record, at);
}

const contactFor = (state: FoldedAccount, person: string, at: number): FoldedRecord | null =>
  recordFor(state, "contact", person, person, at);

/** What holds at any time, also before it was told: by which names a person is known, and the first role and title. */
type Forever = { readonly names: ReadonlySet<string>; readonly first: readonly unknown[] };

function foreverOf(record: FoldedRecord): Forever {
  const { email, userId, ownName } = toldNames(record);
  const first = ["role", "title"].map(
    (field) => record.observations.find(({ fields }) => typeof fields[field] === "string")?.fields[field],
  );
  return { names: new Set([record.key, email, userId, ownName].filter((name) => name !== null)), first };
}

/** Whether past scores may be others by it. A name that nothing else in the account bears makes nobody one with anybody. */
function isOtherForever(state: FoldedAccount, before: Forever, after: Forever): boolean {
  if (before.first.some((told, i) => told !== after.first[i])) return true;
  const changedNames = [...before.names, ...after.names].filter((name) => !before.names.has(name) || !after.names.has(name));
  return changedNames.some((name) => isBorne(state, name));
}

/** Whether a contact, an answer, a ticket, or what names the champion and the sponsor bears a name, of at most some 50,000 in an account. */
function isBorne(state: FoldedAccount, name: string): boolean {
  const { records, tickets, attributes, attributeHistory } = state;
  if (records.get("contact")?.has(name) === true) return true;
  for (const { observations } of records.get("survey")?.values() ?? []) if (observations.at(-1)?.fields["person"] === name) return true;
  for (const { people } of tickets.values()) if (people.includes(name)) return true;
  const named = keyRoles.flatMap((role) => [attributes.get(role), ...(attributeHistory.get(role) ?? []).map(({ value }) => value)]);
  return JSON.stringify(named).toLowerCase().includes(name.toLowerCase());
}
