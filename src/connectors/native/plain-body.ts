import { isCustomer } from "../../domain/canary.ts";
import { checkData, takesAnyText } from "../../domain/event-types.ts";
import { parseInstant } from "../../domain/instant.ts";
import {
  eventIdCharsMax,
  eventsPerRequestMax,
  eventTypeCharsMax,
  jsonContainersMax,
  jsonDepthMax,
  jsonValuesMax,
  nativeEventBytesMax,
  otherIdCharsMax,
} from "../../domain/limits.ts";
import type { PlainParts } from "../../domain/plain-line.ts";
import { type JsonObject, decodeUtf8, isObject, parseJson } from "../kit/json.ts";
import { type CheckRules, isInTime } from "./check-event.ts";

/** What was read of one event of a plain body. One object tells of all events in turn: whoever is told takes at once what it needs. */
export type PlainEvent = PlainParts & {
  /** The whole body, character by byte. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly timeFrom: number;
  readonly timeTo: number;
  readonly dataFrom: number;
  readonly dataTo: number;
  /** Its data has only texts, and its type takes any. */
  readonly isDataText: boolean;
  /** Its data, where it had to be taken apart; else null. */
  readonly data: JsonObject | null;
  /** It has no other field, and none twice. */
  readonly isAll: boolean;
};

/**
 * How many events a body holds, where it is plainly an array of events: each with an id, a type, a time, an account or a user by id alone,
 * data, all in ASCII and no escape in any text. Null: not plain, it has to be read and checked properly, whatever comes out.
 *
 * Whoever sends much sends such bodies, and a door need only know that all of it is well. One pass over the text answers that for a third
 * of what parsing and checking cost. It says yes only where `readBody` and `checkEvent` do: a property test holds them together.
 *
 * @param take is told of each event as it is read; in vain where null is answered in the end
 */
export function readPlainEvents(bytes: Uint8Array, rules: CheckRules, take?: (event: PlainEvent) => void): number | null {
  const text = decodeUtf8(bytes);
  // Beyond ASCII, bytes are no characters.
  return text === null || text.length !== bytes.byteLength ? null : new PlainBody(bytes, text, rules).read(take);
}

/** What a field's name says; `none`: there is none. */
const Field = { none: -1, other: 0, id: 1, type: 2, time: 3, account: 4, user: 5, data: 6 } as const;
type Field = (typeof Field)[keyof typeof Field];

const fieldNames = ["", "id", "type", "time", "account", "user", "data"].map((name) => new TextEncoder().encode(name));
/** By the second byte of its name: no two fields share one. */
const fieldOfByte = new Uint8Array(256);
for (const [field, name] of fieldNames.entries()) if (field > Field.other) fieldOfByte[name[1] as number] = field;

const TAB = 9;
const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const QUOTE = 34;
const COMMA = 44;
const MINUS = 45;
const DOT = 46;
const ZERO = 48;
const COLON = 58;
const LOWER_CASE = 32;
const LOWER_E = 101;
const OPEN_SQUARE = 91;
const BACKSLASH = 92;
const CLOSE_SQUARE = 93;
const OPEN_CURLY = 123;
const CLOSE_CURLY = 125;

/** 1 for each byte that may stand in a string as it is: not what is below a space, not the quote, not the backslash. */
const isPlainChar = Uint8Array.from({ length: 256 }, (_, char) => (char < SPACE || char === QUOTE || char === BACKSLASH ? 0 : 1));

/** A small integer, unlike infinity: texts are no longer. */
const ANY_CHARS = 2 ** 30;
/** More digits than any number has that a double can hold; exponents are not plain. */
const NUMBER_CHARS_MAX = 300;

/** Reads on from `at`. Every method answers false at the first thing that is not plain; then nothing else is asked. */
class PlainBody implements PlainEvent {
  readonly bytes: Uint8Array;
  /** The same, character by byte. */
  readonly text: string;
  start = 0;
  end = 0;
  idFrom = 0;
  idTo = 0;
  typeFrom = 0;
  typeTo = 0;
  timeFrom = 0;
  timeTo = 0;
  occurredAt = 0;
  accountFrom = 0;
  accountTo = 0;
  userFrom = 0;
  userTo = 0;
  dataFrom = 0;
  dataTo = 0;
  isDataText = false;
  data: JsonObject | null = null;
  isAll = true;
  private readonly rules: CheckRules;
  private at = 0;
  /** Where the last string begins and ends, without its quotes. */
  private from = 0;
  private to = 0;
  private containers = 0;
  private commas = 0;

  constructor(bytes: Uint8Array, text: string, rules: CheckRules) {
    this.bytes = bytes;
    this.text = text;
    this.rules = rules;
  }

  read(take?: (event: PlainEvent) => void): number | null {
    let events = 0;
    this.blank();
    if (!this.open(OPEN_SQUARE)) return null;
    do {
      if (!this.event()) return null;
      take?.(this);
      events++;
    } while (this.another());
    if (!this.take(CLOSE_SQUARE)) return null;
    this.blank();
    const isBounded = events <= eventsPerRequestMax && this.containers <= jsonContainersMax && this.commas <= jsonValuesMax;
    return this.at === this.bytes.length && isBounded ? events : null;
  }

  /** An event with everything it must have. A field that comes twice is as it is said last, and well each time. */
  private event(): boolean {
    this.start = this.at;
    this.idTo = this.typeTo = this.timeTo = this.accountTo = this.userTo = this.dataTo = 0;
    this.isAll = true;
    let met = 0;
    let isNamed = false;
    let dataIsTexts = true;
    if (!this.open(OPEN_CURLY)) return false;
    do {
      const field = this.field();
      if (field <= Field.other || (met & (1 << field)) !== 0) this.isAll = false;
      met |= 1 << field;
      switch (field) {
        case Field.id:
          if (!this.string(eventIdCharsMax)) return false;
          this.idFrom = this.from;
          this.idTo = this.to;
          break;
        case Field.type:
          if (!this.string(eventTypeCharsMax)) return false;
          this.typeFrom = this.from;
          this.typeTo = this.to;
          break;
        case Field.time:
          if (!this.time()) return false;
          break;
        case Field.account:
          if (!this.onlyId() || !this.isAllowed()) return false;
          this.accountFrom = this.from;
          this.accountTo = this.to;
          isNamed = true;
          break;
        case Field.user:
          if (!this.onlyId()) return false;
          this.userFrom = this.from;
          this.userTo = this.to;
          isNamed ||= this.rules.accountIds === null;
          break;
        case Field.data:
          this.dataFrom = this.at;
          dataIsTexts = this.texts();
          if (!dataIsTexts && !this.again(this.dataFrom)) return false;
          this.dataTo = this.at;
          break;
        case Field.other:
          if (!this.value(2)) return false;
          break;
        case Field.none:
          return false;
      }
    } while (this.another());
    if (!this.take(CLOSE_CURLY) || this.idTo === 0 || this.timeTo === 0 || !isNamed || this.typeTo === 0) return false;
    this.end = this.at;
    // Without escapes and exponents nothing is longer written out anew than it stands here.
    if (this.end - this.start > nativeEventBytesMax) return false;
    const type = this.text.slice(this.typeFrom, this.typeTo);
    this.isDataText = dataIsTexts && takesAnyText(type);
    this.data = this.dataTo === 0 || this.isDataText ? null : readData(type, this.text.slice(this.dataFrom, this.dataTo));
    return this.dataTo === 0 || this.isDataText || this.data !== null;
  }

  private time(): boolean {
    if (!this.string(eventTypeCharsMax)) return false;
    const at = parseInstant(this.text, this.from, this.to);
    if (at === null || !isInTime(at, this.rules.receivedAt)) return false;
    this.timeFrom = this.from;
    this.timeTo = this.to;
    this.occurredAt = at;
    return true;
  }

  /** `{"id":"…"}`, and nothing beside it. */
  private onlyId(): boolean {
    return this.open(OPEN_CURLY) && this.field() === Field.id && this.string(otherIdCharsMax) && this.blank() && this.take(CLOSE_CURLY);
  }

  /** About the string read last. */
  private isAllowed(): boolean {
    const { accountIds } = this.rules;
    const id = this.text.slice(this.from, this.to);
    return isCustomer(id) && (accountIds === null || accountIds.has(id));
  }

  /** An object of texts, each of which would pass for an id too. */
  private texts(): boolean {
    if (!this.open(OPEN_CURLY)) return false;
    if (this.take(CLOSE_CURLY)) return true;
    do {
      if (this.field() === Field.none || !this.string(otherIdCharsMax)) return false;
    } while (this.another());
    return this.take(CLOSE_CURLY);
  }

  private again(at: number): boolean {
    this.at = at;
    return this.bytes[at] === OPEN_CURLY && this.value(2);
  }

  /** Any value, at this level of the event, which is the first itself. */
  private value(depth: number): boolean {
    const char = this.bytes[this.at] as number;
    if (char === QUOTE) return this.string(ANY_CHARS);
    if (char === OPEN_CURLY) return depth <= jsonDepthMax && this.object(depth);
    if (char === OPEN_SQUARE) return depth <= jsonDepthMax && this.array(depth);
    if (char === MINUS || isDigit(char)) return this.number();
    return this.word("true") || this.word("false") || this.word("null");
  }

  private object(depth: number): boolean {
    this.open(OPEN_CURLY);
    if (this.take(CLOSE_CURLY)) return true;
    do {
      if (this.field() === Field.none || !this.value(depth + 1)) return false;
    } while (this.another());
    return this.take(CLOSE_CURLY);
  }

  private array(depth: number): boolean {
    this.open(OPEN_SQUARE);
    if (this.take(CLOSE_SQUARE)) return true;
    do {
      if (!this.value(depth + 1)) return false;
    } while (this.another());
    return this.take(CLOSE_SQUARE);
  }

  /** RFC 8259 without an exponent: so short that it is finite. */
  private number(): boolean {
    const start = this.at;
    if (this.bytes[this.at] === MINUS) this.at++;
    const first = this.at;
    if (!this.digits() || (this.bytes[first] === ZERO && this.at > first + 1)) return false;
    if (this.bytes[this.at] === DOT) {
      this.at++;
      if (!this.digits()) return false;
    }
    const next = (this.bytes[this.at] ?? 0) | LOWER_CASE;
    return next !== LOWER_E && this.at - start <= NUMBER_CHARS_MAX;
  }

  private digits(): boolean {
    const start = this.at;
    while (isDigit(this.bytes[this.at] ?? 0)) this.at++;
    return this.at > start;
  }

  private word(word: string): boolean {
    if (!this.text.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  /** Past a field's name and what stands between it and its value: which field of an event, or of what is named by id, it is. */
  private field(): Field {
    const { bytes } = this;
    if (!this.string(ANY_CHARS, 0)) return Field.none;
    const { from, to } = this;
    this.blank();
    if (!this.take(COLON)) return Field.none;
    this.blank();
    const field = fieldOfByte[bytes[from + 1] as number] as Field;
    const name = fieldNames[field] as Uint8Array;
    if (name.length !== to - from) return Field.other;
    for (let i = 0; i < name.length; i++) if (bytes[from + i] !== name[i]) return Field.other;
    return field;
  }

  /** A string without escapes, of all characters that JSON allows unescaped: what is below a space is not. */
  private string(charsMax: number, charsMin = 1): boolean {
    const { bytes } = this;
    if (bytes[this.at] !== QUOTE) return false;
    const from = this.at + 1;
    let to = from;
    while (isPlainChar[bytes[to] as number] === 1) to++;
    if (bytes[to] !== QUOTE) return false;
    this.from = from;
    this.to = to;
    this.at = to + 1;
    return to - from >= charsMin && to - from <= charsMax;
  }

  private open(bracket: number): boolean {
    if (!this.take(bracket)) return false;
    this.containers++;
    return this.blank();
  }

  /** Whether another one follows: past the comma, and what is blank around it. */
  private another(): boolean {
    this.blank();
    if (!this.take(COMMA)) return false;
    this.commas++;
    return this.blank();
  }

  private take(char: number): boolean {
    if (this.bytes[this.at] !== char) return false;
    this.at++;
    return true;
  }

  private blank(): true {
    let char = this.bytes[this.at];
    // What is above a space is the rule here, and is asked no further.
    while (char !== undefined && char <= SPACE && (char === SPACE || char === NEWLINE || char === RETURN || char === TAB))
      char = this.bytes[++this.at];
    return true;
  }
}

const isDigit = (char: number): boolean => char >= ZERO && char < ZERO + 10;

/** What is neither text alone nor of a type that takes any: as `checkEvent` does. Null: it is not well. */
function readData(type: string, text: string): JsonObject | null {
  const data = parseJson(text);
  return isObject(data) && checkData(type, data) === null ? data : null;
}
