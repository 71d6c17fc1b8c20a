import type { Delivery, DeliveryHead } from "../../domain/delivery.ts";
import { type EventLine, toEventLine } from "../../domain/event-line.ts";
import { normaliseData, withoutNulls } from "../../domain/event-types.ts";
import { PlainLineWriter } from "../../domain/plain-line.ts";
import { contentHash, fieldTerm, objectHash, stringHash, textHash } from "../kit/content-hash.ts";
import type { JsonObject } from "../kit/json.ts";
import { type PlainEvent, readPlainEvents } from "./plain-body.ts";
import { rulesOf, toEvent } from "./to-events.ts";

/**
 * The lines of a body that is plainly an array of events (plain-body.ts), written from its text without making objects of it. Null: it is
 * not, or the door has not counted all of it.
 *
 * Byte for byte the short lines of what `toEvents` gives: a property test holds them together.
 */
export function toPlainLines({ head, body }: Delivery): EventLine[] | null {
  if (head.meta["mode"] !== "json" || head.rejected > 0) return null;
  const lines = new PlainLineWriter(body.byteLength);
  const events = readPlainEvents(body, rulesOf(head), (event) => write(event, lines, head));
  return events === head.accepted ? lines.finish() : null;
}

function write(event: PlainEvent, lines: PlainLineWriter, head: DeliveryHead): void {
  const index = lines.count;
  if (!event.isAll || isMailId(event)) {
    const item = JSON.parse(event.text.slice(event.start, event.end)) as JsonObject;
    lines.add(toEventLine(toEvent(item, item, index, head)));
    return;
  }
  const data = dataOf(event);
  const mayCreate = event.accountTo > 0 && head.mayCreateAccounts;
  lines.write(event, { contentHash: hashOf(event, data), index, mayCreate, data: data?.json ?? "{}" });
}

/** An address is more than one key. */
function isMailId({ bytes, userFrom, userTo }: PlainEvent): boolean {
  for (let at = userFrom; at < userTo; at++) if (bytes[at] === AT) return true;
  return false;
}
const AT = 64;

/** The data of an event as its line has it, and the hash of what the sender wrote. */
type LineData = { readonly json: string; readonly hash: number };

function dataOf({ text, typeFrom, typeTo, dataFrom, dataTo, isDataText }: PlainEvent): LineData | null {
  if (dataTo === 0) return null;
  const json = text.slice(dataFrom, dataTo);
  const hash = isDataText ? plainDataHash(text, dataFrom, dataTo) : null;
  if (hash !== null) return { json, hash };
  const type = text.slice(typeFrom, typeTo);
  const data = JSON.parse(json) as JsonObject;
  return { json: JSON.stringify(normaliseData(type, withoutNulls(type, data))), hash: contentHash(data) };
}

const QUOTE = 34;
const ZERO = 48;
const NINE = 57;
const PLAIN_FIELDS_MAX = 8;

/**
 * The hash of an object of texts that stands in the text as `JSON.stringify` would write it. Null: it may not. It has blanks, a field twice, or
 * one whose name begins with a digit (numbers come first when they are written), or is too large for the first two to be seen at a glance.
 */
function plainDataHash(text: string, from: number, to: number): number | null {
  if (to - from === 2) return objectHash(0);
  let sum = 0;
  const names: number[] = [];
  for (let at = from + 1; at < to;) {
    const nameEnd = text.indexOf('"', at + 1);
    const valueEnd = text.indexOf('"', nameEnd + 3);
    const first = text.charCodeAt(at + 1);
    if (text.charCodeAt(at) !== QUOTE || !text.startsWith('":"', nameEnd) || (first >= ZERO && first <= NINE)) return null;
    const name = textHash(text, 0, at + 1, nameEnd);
    if (names.length >= PLAIN_FIELDS_MAX || names.includes(name)) return null;
    names.push(name);
    sum = (sum + fieldTerm(name, stringHash(text, nameEnd + 3, valueEnd))) | 0;
    at = valueEnd + 2;
    if (at < to && !text.startsWith(',"', valueEnd + 1)) return null;
  }
  return objectHash(sum);
}

const nameHash = { id: 0, type: 0, time: 0, account: 0, user: 0, data: 0 };
for (const name in nameHash) nameHash[name as keyof typeof nameHash] = textHash(name, 0);

/** As `contentHash` hashes the item that the sender wrote. */
function hashOf(event: PlainEvent, data: LineData | null): number {
  const { text, accountTo, userTo } = event;
  let sum = fieldTerm(nameHash.id, stringHash(text, event.idFrom, event.idTo));
  sum += fieldTerm(nameHash.type, stringHash(text, event.typeFrom, event.typeTo));
  sum += fieldTerm(nameHash.time, stringHash(text, event.timeFrom, event.timeTo));
  if (accountTo > 0) sum += fieldTerm(nameHash.account, hashOfId(text, event.accountFrom, accountTo));
  if (userTo > 0) sum += fieldTerm(nameHash.user, hashOfId(text, event.userFrom, userTo));
  if (data !== null) sum += fieldTerm(nameHash.data, data.hash);
  return objectHash(sum);
}

/** Of `{"id":"…"}`. */
const hashOfId = (text: string, from: number, to: number): number => objectHash(fieldTerm(nameHash.id, stringHash(text, from, to)));
