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
  changed(state, "contact", record, isOtherForever(state, record, before, foreverOf(record)) ? 0 : event.occurredAt);
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

/** What holds at any time, also before it was told: by which names a person is known (and since when each was told), and the first role and title. */
type Forever = { readonly names: ReadonlyMap<string, string>; readonly first: readonly unknown[] };

function foreverOf(record: FoldedRecord): Forever {
  const { email, userId, ownName } = toldNames(record);
  const first = ["role", "title"].map(
    (field) => record.observations.find(({ fields }) => typeof fields[field] === "string")?.fields[field],
  );
  const names = new Map([[record.key, ""]]);
  for (const told of [email, userId, ownName])
    if (told !== null) names.set(told.name, `${names.get(told.name) ?? ""} ${told.at}/${told.tie}`);
  return { names, first };
}

/** Whether past scores may be others by it. A name that nothing else in the account bears makes nobody one with anybody. */
function isOtherForever(state: FoldedAccount, record: FoldedRecord, before: Forever, after: Forever): boolean {
  if (before.first.some((told, i) => told !== after.first[i])) return true;
  const names = new Set([...before.names.keys(), ...after.names.keys()]);
  for (const name of names) {
    if (before.names.get(name) === after.names.get(name)) continue;
    if (isSharedName(state, record, name)) return true;
    // Told since another instant it is the same person's as before, unless others tell it too.
    if (!(before.names.has(name) && after.names.has(name)) && isBorne(state, name)) return true;
  }
  return false;
}

/** Whether another contact bears or tells a name, or what names the champion and the sponsor. */
function isSharedName({ records, attributes, attributeHistory }: FoldedAccount, record: FoldedRecord, name: string): boolean {
  for (const other of records.get("contact")?.values() ?? []) {
    if (other === record) continue;
    const { email, userId } = toldNames(other);
    if (other.key === name || email?.name === name || userId?.name === name) return true;
  }
  const named = keyRoles.flatMap((role) => [attributes.get(role), ...(attributeHistory.get(role) ?? []).map(({ value }) => value)]);
  return JSON.stringify(named).toLowerCase().includes(name.toLowerCase());
}

/** Whether an answer or a ticket bears a name, of at most some 50,000 in an account. */
function isBorne({ records, tickets }: FoldedAccount, name: string): boolean {
  for (const { observations } of records.get("survey")?.values() ?? []) if (observations.at(-1)?.fields["person"] === name) return true;
  for (const { people } of tickets.values()) if (people.includes(name)) return true;
  return false;
}
