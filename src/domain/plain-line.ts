import type { EventLine } from "./event-line.ts";

/**
 * Where the parts of an event lie in the ASCII bytes of its sender: texts without escapes, without their quotes. An account or a user that ends at 0
 * is not there; one of them is.
 */
export type PlainParts = {
  readonly bytes: Uint8Array;
  readonly idFrom: number;
  readonly idTo: number;
  readonly typeFrom: number;
  readonly typeTo: number;
  /** Epoch ms. */
  readonly occurredAt: number;
  readonly accountFrom: number;
  readonly accountTo: number;
  /** Of a user of whom it tells the id alone. */
  readonly userFrom: number;
  readonly userTo: number;
};

/** What is not cut out of the sender's bytes. `data`: as JSON, in ASCII. */
export type LineRest = { readonly contentHash: number; readonly index: number; readonly mayCreate: boolean; readonly data: string };

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const OPEN = encoder.encode('["');
const AFTER_TEXT = encoder.encode('",');
const BEFORE_TYPE = encoder.encode(',"');
const BEFORE_KEYS = encoder.encode(',["');
const ACCOUNT = encoder.encode("account|");
const NEXT_KEY = encoder.encode('","');
const USER = encoder.encode("user|");
const AFTER_KEYS = encoder.encode('"],');
const COMMA = 44;
const ZERO = 48;
const ONE = 49;
const CLOSE_SQUARE = 93;
const MILLION = 1e6;
/** Of a line beside its texts: numbers, brackets, kinds of keys. */
const FRAME_BYTES_MAX = 128;
/** Numbers that are kept of each line until all are written. */
const PLACES = 10;

/**
 * Writes lines of events from bytes, exactly as `toShortLine` does of the events. All are cut from one text in the end, their keys too: a line
 * that is put together from twenty strings lies in memory as these, and costs the collector more than it costs to be written.
 */
export class PlainLineWriter {
  private bytes: Uint8Array;
  private at = 0;
  /** Null: among `places`. */
  private readonly lines: (EventLine | null)[] = [];
  private readonly places: number[] = [];

  /** @param bodyBytes of what is written from: lines are hardly ever longer */
  constructor(bodyBytes: number) {
    this.bytes = new Uint8Array(bodyBytes + FRAME_BYTES_MAX);
  }

  get count(): number {
    return this.lines.length;
  }

  /** A line that is written already. */
  add(line: EventLine): void {
    this.lines.push(line);
  }

  write(parts: PlainParts, { contentHash, index, mayCreate, data }: LineRest): void {
    const { bytes, idFrom, idTo, typeFrom, typeTo, occurredAt, accountFrom, accountTo, userFrom, userTo } = parts;
    const out = this.reserve(
      FRAME_BYTES_MAX + idTo - idFrom + typeTo - typeFrom + accountTo - accountFrom + userTo - userFrom + data.length,
    );
    const from = this.at;
    let at = copy(out, from, bytes, idFrom, idTo, OPEN);
    at = writeNumber(out, copy(out, at, AFTER_TEXT), contentHash);
    const typeAt = at + BEFORE_TYPE.length;
    at = copy(out, at, bytes, typeFrom, typeTo, BEFORE_TYPE);
    const typeEnd = at;
    at = writeNumber(out, copy(out, at, AFTER_TEXT), occurredAt);
    out[at++] = COMMA;
    at = copy(out, writeNumber(out, at, index), BEFORE_KEYS);
    const keysAt = at;
    if (accountTo > 0) at = copy(out, at, bytes, accountFrom, accountTo, ACCOUNT);
    const accountEnd = at;
    if (accountTo > 0 && userTo > 0) at = copy(out, at, NEXT_KEY);
    const userAt = at;
    if (userTo > 0) at = copy(out, at, bytes, userFrom, userTo, USER);
    const userEnd = at;
    at = copy(out, at, AFTER_KEYS);
    out[at++] = mayCreate ? ONE : ZERO;
    out[at++] = COMMA;
    out[at++] = userTo > 0 ? ONE : ZERO;
    out[at++] = COMMA;
    for (let i = 0; i < data.length; i++) out[at++] = data.charCodeAt(i);
    out[at++] = CLOSE_SQUARE;
    this.places.push(from, typeAt, typeEnd, keysAt, accountEnd, userAt, userEnd, at, occurredAt, mayCreate ? 1 : 0);
    this.lines.push(null);
    this.at = at;
  }

  finish(): EventLine[] {
    const text = decoder.decode(this.bytes.subarray(0, this.at));
    const lines: EventLine[] = [];
    const { places } = this;
    let next = 0;
    for (const line of this.lines) {
      lines.push(line ?? cutLine(text, places, next));
      if (line === null) next += PLACES;
    }
    return lines;
  }

  /** The buffer, with room for so many bytes more. */
  private reserve(bytes: number): Uint8Array {
    if (this.at + bytes <= this.bytes.length) return this.bytes;
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.at + bytes));
    larger.set(this.bytes.subarray(0, this.at));
    this.bytes = larger;
    return larger;
  }
}

function cutLine(text: string, places: readonly number[], at: number): EventLine {
  const keys: string[] = [];
  const keysAt = places[at + 3] as number;
  const accountEnd = places[at + 4] as number;
  const userAt = places[at + 5] as number;
  const userEnd = places[at + 6] as number;
  if (accountEnd > keysAt) keys.push(text.slice(keysAt, accountEnd));
  if (userEnd > userAt) keys.push(text.slice(userAt, userEnd));
  return {
    line: text.slice(places[at], places[at + 7]),
    type: text.slice(places[at + 1], places[at + 2]),
    occurredAt: places[at + 8] as number,
    keys,
    mayCreate: places[at + 9] === 1,
  };
}

/** Copies a part of `source`, after what is to stand before it; answers where it ends. */
function copy(out: Uint8Array, to: number, source: Uint8Array, from = 0, end: number = source.length, before?: Uint8Array): number {
  let at = before === undefined ? to : copy(out, to, before);
  for (let i = from; i < end; i++) out[at++] = source[i] as number;
  return at;
}

/** Writes a whole number that is not negative; answers where it ends. */
function writeNumber(out: Uint8Array, at: number, value: number): number {
  if (value < MILLION)
    return writeDigits(out, at, value, value < 10 ? 1 : value < 100 ? 2 : value < 1_000 ? 3 : value < 10_000 ? 4 : value < 100_000 ? 5 : 6);
  const high = Math.floor(value / MILLION);
  return writeDigits(out, writeNumber(out, at, high), value - high * MILLION, 6);
}

function writeDigits(out: Uint8Array, at: number, value: number, count: number): number {
  let rest = value | 0;
  for (let place = at + count - 1; place >= at; place--) {
    const tenth = (rest / 10) | 0;
    out[place] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
  return at + count;
}
