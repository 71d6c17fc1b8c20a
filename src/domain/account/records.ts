import type { Event } from "../event.ts";
import { hasMeaning } from "../event-types.ts";
import { eventAheadMaxMs, observationsPerRecordMax, recordTextCharsMax } from "../limits.ts";
import { dayOf, startOfDay } from "../time.ts";
import { dirtyScores, type FoldedAccount, type FoldedRecord, shelfOf } from "./folded.ts";
import { personOf } from "./people.ts";
import { nativeScope } from "./record-tellers.ts";
import { type RecordRule, recordRules, recordsMax } from "./record-rules.ts";
import { slotFor } from "./shelf.ts";
import type { AccountRecord, RecordFields, RecordKind, RecordObservation } from "./state.ts";
import { noteTeller } from "./tellers.ts";

/**
 * Takes what an event says of a record into it. As with tickets, the record keeps what was observed, sorted by the vendor's clock, and
 * everything else derives from that: a webhook that comes twice, late, or is seen again by a poll changes nothing more.
 */
export function foldRecord(state: FoldedAccount, event: Event): void {
  const rule = recordRules.get(event.type);
  if (rule !== undefined) foldNamed(state, event, rule);
  else if (event.type === "survey.answered") foldAnswer(state, event);
}

const scopeOf = ({ connector, connectionId }: Event): string => (connector === "native" ? nativeScope : connectionId);

function foldNamed(state: FoldedAccount, event: Event, rule: RecordRule): void {
  const recordId = event.data[rule.idField];
  if (typeof recordId !== "string" || recordId === "") return;
  if (rule.kind === "conversation") noteTeller(state, "support", event);
  const record = recordFor(state, rule.kind, `${scopeOf(event)}/${recordId}`, recordId, event.occurredAt);
  if (record === null) return;
  const fields = { ...rule.assumed, ...fieldsOf(event.data, rule.fields), ...rule.implied };
  for (const name of rule.began) began(record, event, event.data[name]);
  if (Object.keys(fields).length > 0) insert(record, { at: event.occurredAt, tie: `${event.id}/${event.connectionId}`, fields });
  changed(state, rule.kind, record, Math.min(event.occurredAt, record.beganAt ?? event.occurredAt));
}

/** Answers of one person to one kind of survey are one record: the latest counts. Without a person each answer stands alone. */
function foldAnswer(state: FoldedAccount, event: Event): void {
  if (!hasMeaning(event.type, event.data)) return;
  const person = personOf(event.user);
  const recordId = `${String(event.data["kind"])}/${person ?? `event:${event.id}`}`;
  const record = recordFor(state, "survey", recordId, recordId, event.occurredAt);
  if (record === null) return;
  const fields = { ...fieldsOf(event.data, ["kind", "score", "role", "comment"]), ...(person !== null && { person }) };
  insert(record, { at: event.occurredAt, tie: `${event.id}/${event.connectionId}`, fields });
  changed(state, "survey", record, event.occurredAt);
}

/** The record of that key, made if there is room for it; null where there is none. */
export function recordFor(state: FoldedAccount, kind: RecordKind, key: string, recordId: string, at: number): FoldedRecord | null {
  const shelf = shelfOf(state, kind);
  const known = shelf.records.get(key);
  if (known !== undefined) return known;
  const slot = slotFor(shelf, at, recordsMax[kind], mayGo[kind] ?? always);
  if (slot === null) return null;
  const record: FoldedRecord = { key, recordId, observations: [], beganAt: null, contactDays: [], updatedAt: 0, frozenTo: null, slot };
  shelf.records.set(key, record);
  return record;
}

const always = (): boolean => true;
const isLastly =
  (field: string, values: readonly unknown[]) =>
  (record: FoldedRecord): boolean =>
    values.includes(record.observations.findLast(({ fields }) => fields[field] !== undefined)?.fields[field]);
const isDeleted = isLastly("deleted", [true]);
/** What may be given up for room; not named: anything, the oldest first. */
const mayGo: Partial<Record<RecordKind, (record: FoldedRecord) => boolean>> = {
  conversation: isLastly("status", ["closed"]),
  subscription: isLastly("status", ["canceled", "ended", "expired"]),
  invoice: isLastly("status", ["paid", "void"]),
  note: isDeleted,
  task: (record) => isDeleted(record) || isLastly("status", ["done"])(record),
  contact: ({ contactDays, observations }) => contactDays.length === 0 && observations.every(({ fields }) => fields["role"] === undefined),
};

/** Its page is to be written, and scores from `from` (epoch ms) on may be others. */
export function changed(state: FoldedAccount, kind: RecordKind, record: FoldedRecord, from: number): void {
  trim(record);
  shelfOf(state, kind).changedSlots.add(record.slot);
  dirtyScores(state, dayOf(from));
}

/** Fields that say something, as they are kept. */
export function fieldsOf(data: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, string | number | boolean> {
  const fields: Record<string, string | number | boolean> = {};
  for (const name of names) {
    const value = data[name];
    if (typeof value === "string" && value !== "") fields[name] = toStored(name, value);
    else if (typeof value === "boolean") fields[name] = value;
    // Its page is JSON, which has no -0.
    else if (typeof value === "number" && Number.isFinite(value)) fields[name] = value + 0;
  }
  return fields;
}

/** Words that are compared are kept in lower case. */
const compared = new Set(["status", "currency", "interval", "kind", "priority", "email"]);
const toStored = (name: string, text: string): string => {
  const cut = text.slice(0, recordTextCharsMax);
  return compared.has(name) ? cut.trim().toLowerCase() : cut;
};

/** A time of creation or start that lies ahead of the event is a plan, not a beginning. */
function began(record: FoldedRecord, { occurredAt }: Event, told: unknown): void {
  if (typeof told !== "number" || told < 0 || told > occurredAt + eventAheadMaxMs) return;
  record.beganAt = Math.min(record.beganAt ?? told, told);
}

/** By the vendor's clock, and where that is the same by the event. */
export const isAfter = (a: RecordObservation, b: RecordObservation): boolean => a.at > b.at || (a.at === b.at && a.tie > b.tie);

/** Puts an observation in its place; one of a time that was given up for room changes nothing. */
export function insert(record: FoldedRecord, observation: RecordObservation): void {
  record.updatedAt = Math.max(record.updatedAt, observation.at);
  if (record.frozenTo !== null && observation.at <= record.frozenTo) return;
  const { observations } = record;
  let at = observations.length;
  while (at > 0 && isAfter(observations[at - 1] as RecordObservation, observation)) at--;
  // A list is never changed: what was derived from it stays true.
  record.observations = [...observations.slice(0, at), observation, ...observations.slice(at)];
}

/**
 * Keeps a record bounded: of the older half of too many observations those go that said nothing new, and if that is not enough, all of them
 * become one, as of the last. What arrives later about that time changes nothing.
 */
function trim(record: FoldedRecord): void {
  record.updatedAt = Math.max(record.updatedAt, startOfDay(record.contactDays.at(-1) ?? 0));
  if (record.observations.length <= observationsPerRecordMax) return;
  const half = observationsPerRecordMax / 2;
  const given = record.observations.slice(0, half);
  const last = given.at(-1) as RecordObservation;
  record.frozenTo = last.at;
  const news = withoutRepeats(given);
  const kept = news.length <= half / 2 ? news : [{ ...last, fields: merged(given) }];
  record.observations = [...kept, ...record.observations.slice(half)];
}

function withoutRepeats(observations: readonly RecordObservation[]): RecordObservation[] {
  let known: RecordFields = {};
  return observations.filter(({ fields }) => {
    const isNew = Object.entries(fields).some(([name, value]) => known[name] !== value);
    known = { ...known, ...fields };
    return isNew;
  });
}

const merged = (observations: readonly RecordObservation[]): RecordFields =>
  observations.reduce<RecordFields>((known, { fields }) => ({ ...known, ...fields }), {});

/** What was known of a record at an instant; between its beginning and the first observation it is taken to be as first seen. Null before. */
export function fieldsAt({ observations, beganAt }: AccountRecord, at: number): RecordFields | null {
  const first = observations[0];
  if (first === undefined) return null;
  if (first.at > at) return beganAt !== null && beganAt <= at ? first.fields : null;
  let index = observations.length - 1;
  while ((observations[index] as RecordObservation).at > at) index--;
  return mergedTo(observations, index);
}

/** The last answer per list: instants are mostly asked for one after the other, and most fall behind the same observation. */
const lastMerged = new WeakMap<readonly RecordObservation[], { readonly index: number; readonly fields: RecordFields }>();

function mergedTo(observations: readonly RecordObservation[], index: number): RecordFields {
  const known = lastMerged.get(observations);
  if (known?.index === index) return known.fields;
  const from = known !== undefined && known.index < index ? known : { index: -1, fields: {} };
  const fields = Object.assign({}, from.fields, ...observations.slice(from.index + 1, index + 1).map((one) => one.fields)) as RecordFields;
  lastMerged.set(observations, { index, fields });
  return fields;
}

/** Since when a field has had the value that it has at an instant, epoch ms; null when it has none. */
export function since({ observations, beganAt }: AccountRecord, field: string, at: number): number | null {
  let from: number | null = null;
  let value: unknown;
  for (const { at: seenAt, fields } of observations) {
    if (seenAt > at) break;
    if (fields[field] === undefined || fields[field] === value) continue;
    from = value === undefined && beganAt !== null ? Math.min(beganAt, seenAt) : seenAt;
    value = fields[field];
  }
  return from;
}
