import { sessionUsersPerDayMax, usersPerDayMax } from "../limits.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";
import type { FieldKind } from "./fields/counted-field.ts";
import { FieldDay } from "./fields/field-day.ts";
import { type FieldPart, type Sample, WHOLE_DAY } from "./fields/field-part.ts";
import { HourSketches } from "./hour-sketches.ts";
import { indexOfName, nameAt, type NameIndex } from "./name-index.ts";
import type { Spans } from "./spans.ts";
import type { DayPage, DayUser, UserKey } from "./state.ts";

/** First byte of a day page. Another one means: this page was written by other code, and the account is folded again from its journal. */
const LAYOUT = 3;
const HAS_HOURS = 1;
const HAS_FIVES = 2;
const HAS_MORE_USERS = 4;
/** Behind all else stand the fields that are counted, and in the last four bytes how long that is. */
const HAS_FIELDS = 8;
const HAS_FIELD_HOURS = 16;
/** Before the fields stand sketches of the people, and in the last four bytes how long they are. */
const HAS_PEOPLE_SKETCHES = 32;
const LENGTH_BYTES = 4;

/** Where a day is written: in a page of its own, or in one of several days. */
export type DayPlace = "own" | "group";

/** What V8 takes for a packed day beside its bytes: this record, its place in the account's map, and a view into the page (heap snapshot). */
const packedDayBytes = 180;

/** Sums of a metric in the 24 hours of a day. */
export type HourCounts = Int32Array;

/** What one person did on a day, as `eachUser` tells it: only good until the next one is told. Features are indexes into the account's. */
export type UserOfDay = {
  readonly hours: number;
  readonly actions: number;
  readonly features: Iterable<number>;
  readonly spans: readonly number[];
};
export type VisitUser = (user: UserKey, did: UserOfDay) => void;

/** People a day keeps. Does not open the day: a packed one is read as it lies, in a twentieth of the memory. */
export const peopleKept = (page: DayPage): number => (page instanceof DayRecord ? page.peopleKept : page.users.size);

/** The people of a day, in an order that is the same each time. Does not open the day either. */
export function eachUser(page: DayPage, visit: VisitUser): void {
  if (page instanceof DayRecord) page.eachUser(visit);
  else for (const [user, did] of page.users) visit(user, did);
}

/** The stretches of one person of a day, as they are now (the list is the day's own); null: was not active on it. Does not open the day. */
export function spansOn(page: DayPage, user: UserKey): readonly number[] | null {
  if (!(page instanceof DayRecord) || page.isOpen) return page.users.get(user)?.spans ?? null;
  let spans: readonly number[] | null = null;
  page.eachUser((who, did) => void (who === user && (spans = [...did.spans])));
  return spans;
}

type Opened = {
  readonly counts: Map<string, number>;
  readonly users: Map<UserKey, DayUser>;
  readonly hours: Map<string, HourCounts>;
  /** Per metric: 5-minute slot of the day (0..287) → sum. */
  readonly fives: Map<string, Map<number, number>>;
  /** There were more people than are kept. */
  moreUsers: boolean;
  /** Greatest key of a full day, so that each further user need not be compared with all; 0 = not known. */
  greatestUser: UserKey;
  /** See `DayPage`; null = must be found again. */
  spansBelow: number | null;
  /** See `DayPage`. */
  people: HourSketches | null;
};

/**
 * One UTC day of one account. It stays packed until somebody looks inside: most of an account's days are only kept.
 *
 * Finer buckets exist only for the metrics whose finer figures cannot be derived from others (see buckets.ts).
 */
export class DayRecord implements DayPage {
  readonly day: number;
  /** Differs from what is written in its page. */
  changed: boolean;
  /** Null: nowhere yet. */
  place: DayPlace | null;
  /** Without its fields. */
  private packed: Uint8Array | null;
  private readonly names: NameIndex;
  private opened: Opened | null = null;
  private fields: FieldDay | null = null;

  private constructor(day: number, names: NameIndex, packed: Uint8Array | null, place: DayPlace | null) {
    this.day = day;
    this.names = names;
    this.place = place;
    this.packed = packed;
    this.changed = packed === null;
    if (packed !== null) this.splitFields(packed);
  }

  /** Of a page with fields: both parts stay as they lie. */
  private splitFields(page: Uint8Array): void {
    const flags = page[1] ?? 0;
    if ((flags & HAS_FIELDS) === 0) return;
    const { before, section } = cutSection(page);
    this.packed = before;
    this.fields = FieldDay.fromSection(section, this.names, (flags & HAS_FIELD_HOURS) !== 0);
  }

  static empty(day: number, names: NameIndex): DayRecord {
    return new DayRecord(day, names, null, null);
  }

  /** Null when the page's layout is not this one. */
  static fromPage(day: number, names: NameIndex, page: Uint8Array, place: DayPlace = "own"): DayRecord | null {
    return page[0] === LAYOUT ? new DayRecord(day, names, page, place) : null;
  }

  get isOpen(): boolean {
    return this.opened !== null;
  }

  get counts(): Map<string, number> {
    return this.open().counts;
  }

  get users(): Map<UserKey, DayUser> {
    return this.open().users;
  }

  get usersBelow(): number {
    if (this.opened !== null) return this.opened.moreUsers ? greatestUser(this.opened) : Number.POSITIVE_INFINITY;
    if (((this.packed?.[1] ?? 0) & HAS_MORE_USERS) === 0) return Number.POSITIVE_INFINITY;
    let greatest = 0;
    this.eachUser((user) => void (greatest = Math.max(greatest, user)));
    return greatest;
  }

  get people(): HourSketches | null {
    if (this.opened !== null) return this.opened.people;
    return this.packed === null ? null : readPeopleSketches(this.packed);
  }

  get peopleKept(): number {
    return this.opened?.users.size ?? (this.packed === null ? 0 : readPeople(this.packed).people);
  }

  eachUser(visit: VisitUser): void {
    if (this.opened !== null) for (const [user, did] of this.opened.users) visit(user, did);
    else if (this.packed !== null) visitPacked(this.packed, visit);
  }

  get spansBelow(): number {
    if (this.opened !== null) return spansBelow(this.opened);
    const count = this.peopleKept;
    if (count <= sessionUsersPerDayMax) return Number.POSITIVE_INFINITY;
    const keys = new Float64Array(count);
    let at = 0;
    this.eachUser((user) => void (keys[at++] = user));
    return spansLimit(keys);
  }

  /**
   * What one person did, to be added to. Null when the day is full and keeps others: those with the smallest hashes, so that they are the
   * same ones whatever the order of events, each with all it did, and a fair sample of everybody. All are in the sketches of a full day.
   *
   * @param slot the hour in which they were active, `WHOLE_DAY` where hours are not kept
   */
  user(key: UserKey, slot: number): DayUser | null {
    const opened = this.open();
    const known = opened.users.get(key);
    if (known === undefined && opened.users.size >= usersPerDayMax && !opened.moreUsers) {
      opened.moreUsers = true;
      opened.people = sketchesOf(opened.users, slot === WHOLE_DAY);
    }
    opened.people?.add(slot, key);
    if (known !== undefined) return known;
    if (opened.users.size >= usersPerDayMax) {
      const greatest = greatestUser(opened);
      if (key >= greatest) return null;
      opened.users.delete(greatest);
      opened.greatestUser = 0;
    }
    const user: DayUser = { hours: 0, actions: 0, features: new Set(), spans: [] };
    opened.users.set(key, user);
    opened.spansBelow = null;
    return user;
  }

  /** A field as it stands; changing it changes nothing here. Opens nothing else. */
  field(key: string): FieldPart | null {
    return this.fields?.part(key) ?? null;
  }

  addToField(kind: FieldKind, key: string, sample: Sample<unknown>): void {
    (this.fields ??= new FieldDay()).add(kind, key, sample);
    this.changed = true;
  }

  /** Takes over what another record has counted of these fields, in the place of what was known of them. */
  takeFields(keys: ReadonlySet<string>, other: DayRecord): void {
    if (other.fields === null) return;
    (this.fields ??= new FieldDay()).take(keys, other.fields);
    this.changed = true;
  }

  dropFields(keys: readonly string[]): void {
    if (!keys.some((key) => this.fields?.has(key))) return;
    this.fields?.drop(keys);
    if (this.fields?.keys.length === 0) this.fields = null;
    this.changed = true;
  }

  get hours(): Map<string, HourCounts> {
    return this.open().hours;
  }

  get fives(): Map<string, Map<number, number>> {
    return this.open().fives;
  }

  get hasHours(): boolean {
    return this.opened === null ? ((this.packed?.[1] ?? 0) & HAS_HOURS) !== 0 : this.opened.hours.size > 0;
  }

  get hasFives(): boolean {
    return this.opened === null ? ((this.packed?.[1] ?? 0) & HAS_FIVES) !== 0 : this.opened.fives.size > 0;
  }

  dropHours(): void {
    if (this.fields?.hasHours === true) {
      this.fields.dropHours();
      this.changed = true;
    }
    if (!this.hasHours) return;
    this.open().hours.clear();
    this.open().people?.dropHours();
    this.changed = true;
  }

  dropFives(): void {
    if (!this.hasFives) return;
    this.open().fives.clear();
    this.changed = true;
  }

  /** About what it occupies in memory: packed pages count by length, open ones by what a Map entry costs in V8. */
  get bytes(): number {
    const fieldBytes = this.fields?.bytes ?? 0;
    if (this.opened === null) return packedDayBytes + (this.packed?.length ?? 0) + fieldBytes;
    const { counts, users, hours, fives, people } = this.opened;
    return 500 + fieldBytes + (people?.bytes ?? 0) + counts.size * 60 + users.size * 500 + hours.size * 220 + fives.size * 600;
  }

  toPage(): Uint8Array {
    return withFields(this.packWithoutFields(), this.fields, this.names);
  }

  private packWithoutFields(): Uint8Array {
    if ((this.opened === null || !this.changed) && this.packed !== null) return this.packed;
    const opened = this.open();
    const { counts, users, hours, fives, moreUsers, people } = opened;
    const out = new ByteWriter();
    out.uint(LAYOUT);
    out.uint(
      (hours.size > 0 ? HAS_HOURS : 0) |
        (fives.size > 0 ? HAS_FIVES : 0) |
        (moreUsers ? HAS_MORE_USERS : 0) |
        (people === null ? 0 : HAS_PEOPLE_SKETCHES),
    );
    out.uint(counts.size);
    for (const [name, sum] of counts) {
      out.uint(indexOfName(this.names, name));
      out.int(sum);
    }
    out.uint(users.size);
    const below = spansBelow(opened);
    for (const [user, { hours: active, actions, features, spans }] of users) {
      out.uint(user);
      out.uint(active);
      out.uint(actions);
      out.uint(features.size);
      for (const feature of features) out.uint(feature);
      writeSpans(out, user < below ? spans : []);
    }
    out.uint(hours.size);
    for (const [name, sums] of hours) {
      out.uint(indexOfName(this.names, name));
      for (const sum of sums) out.int(sum);
    }
    out.uint(fives.size);
    for (const [name, slots] of fives) {
      out.uint(indexOfName(this.names, name));
      out.uint(slots.size);
      for (const [slot, sum] of slots) {
        out.uint(slot);
        out.int(sum);
      }
    }
    if (people === null) return out.finish();
    const section = new ByteWriter();
    people.write(section);
    return withSection(out.finish(), section.finish());
  }

  /** After its page has been written: what nobody looks at is kept packed again. */
  written(page: Uint8Array, { place, keepOpen }: { readonly place: DayPlace; readonly keepOpen: boolean }): void {
    this.changed = false;
    this.place = place;
    const openFields = this.fields;
    this.packed = page;
    this.splitFields(page);
    if (keepOpen) this.fields = openFields;
    else this.opened = null;
  }

  /** Gives memory back: packed, a twentieth of what it takes open. What has changed stays so, and is still to be written. */
  close(): void {
    this.fields?.close();
    if (this.opened === null) return;
    if (this.changed || this.packed === null) this.packed = this.packWithoutFields();
    this.opened = null;
  }

  private open(): Opened {
    this.opened ??= this.packed === null ? nothing() : openPage(this.packed, this.names);
    return this.opened;
  }
}

function withFields(page: Uint8Array, fields: FieldDay | null, names: NameIndex): Uint8Array {
  const section = fields?.toSection(names) ?? null;
  if (section === null) return withoutFields(page);
  const whole = withSection(page, section);
  whole[1] = ((page[1] as number) & ~HAS_FIELD_HOURS) | HAS_FIELDS | (fields?.hasHours === true ? HAS_FIELD_HOURS : 0);
  return whole;
}

/** What was cut from a page with fields still says that it has some. The copy leaves the page as it lies. */
function withoutFields(page: Uint8Array): Uint8Array {
  const flags = page[1] as number;
  if ((flags & (HAS_FIELDS | HAS_FIELD_HOURS)) === 0) return page;
  const without = page.slice();
  without[1] = flags & ~(HAS_FIELDS | HAS_FIELD_HOURS);
  return without;
}

/** What stands before it, the section, and in four bytes its length. */
function withSection(before: Uint8Array, section: Uint8Array): Uint8Array {
  const whole = new Uint8Array(before.byteLength + section.byteLength + LENGTH_BYTES);
  whole.set(before);
  whole.set(section, before.byteLength);
  new DataView(whole.buffer).setUint32(before.byteLength + section.byteLength, section.byteLength, true);
  return whole;
}

function cutSection(whole: Uint8Array): { readonly before: Uint8Array; readonly section: Uint8Array } {
  const end = whole.byteLength - LENGTH_BYTES;
  const start = end - new DataView(whole.buffer, whole.byteOffset + end).getUint32(0, true);
  return { before: whole.subarray(0, start), section: whole.subarray(start, end) };
}

function readPeopleSketches(page: Uint8Array): HourSketches | null {
  if (((page[1] as number) & HAS_PEOPLE_SKETCHES) === 0) return null;
  return HourSketches.read(new ByteReader(cutSection(page).section));
}

/** Of everybody there was until now. */
function sketchesOf(users: ReadonlyMap<UserKey, DayUser>, isWholeDay: boolean): HourSketches {
  const sketches = new HourSketches();
  for (const [key, { hours }] of users)
    if (isWholeDay) sketches.add(WHOLE_DAY, key);
    else for (let left = hours; left !== 0; left &= left - 1) sketches.add(31 - Math.clz32(left & -left), key);
  return sketches;
}

const nothing = (): Opened => ({
  counts: new Map(),
  users: new Map(),
  hours: new Map(),
  fives: new Map(),
  moreUsers: false,
  greatestUser: 0,
  spansBelow: null,
  people: null,
});

/** People with the smallest hashes keep theirs, so they are the same ones whatever the order, and a later one never has to be known again. */
function spansBelow(opened: Opened): number {
  if (opened.users.size <= sessionUsersPerDayMax) return Number.POSITIVE_INFINITY;
  return (opened.spansBelow ??= spansLimit(Float64Array.from(opened.users.keys())));
}

const spansLimit = (keys: Float64Array): number => keys.sort()[sessionUsersPerDayMax] as number;

function writeSpans(out: ByteWriter, spans: Spans): void {
  out.uint(spans.length / 2);
  let before = 0;
  for (const second of spans) {
    out.uint(second - before);
    before = second;
  }
}

function readSpans(from: ByteReader): Spans {
  const spans: Spans = Array.from({ length: from.uint() * 2 });
  let before = 0;
  for (let i = 0; i < spans.length; i++) spans[i] = before += from.uint();
  return spans;
}

function greatestUser(opened: Opened): UserKey {
  if (opened.greatestUser === 0) for (const key of opened.users.keys()) if (key > opened.greatestUser) opened.greatestUser = key;
  return opened.greatestUser;
}

/** A reader that stands at the first person of a packed day. */
function readPeople(page: Uint8Array): { from: ByteReader; people: number } {
  const from = new ByteReader(page);
  from.skip(2);
  from.skip(from.uint() * 2);
  return { from, people: from.uint() };
}

function visitPacked(page: Uint8Array, visit: VisitUser): void {
  const { from, people } = readPeople(page);
  const features: number[] = [];
  const spans: number[] = [];
  const did = { hours: 0, actions: 0, features, spans };
  for (let left = people; left > 0; left--) {
    const user = from.uint();
    did.hours = from.uint();
    did.actions = from.uint();
    features.length = from.uint();
    for (let i = 0; i < features.length; i++) features[i] = from.uint();
    spans.length = from.uint() * 2;
    for (let i = 0, second = 0; i < spans.length; i++) spans[i] = second += from.uint();
    visit(user, did);
  }
}

function openPage(page: Uint8Array, names: NameIndex): Opened {
  const from = new ByteReader(page);
  const name = (): string => nameAt(names, from.uint());
  from.uint();
  const flags = from.uint();
  const counts = new Map<string, number>();
  for (let n = from.uint(); n > 0; n--) counts.set(name(), from.int());
  const users = new Map<UserKey, DayUser>();
  for (let n = from.uint(); n > 0; n--) {
    const user = from.uint();
    const active = from.uint();
    const actions = from.uint();
    const features = new Set<number>();
    for (let f = from.uint(); f > 0; f--) features.add(from.uint());
    users.set(user, { hours: active, actions, features, spans: readSpans(from) });
  }
  const hours = new Map<string, HourCounts>();
  for (let n = from.uint(); n > 0; n--) {
    const metric = name();
    const sums = new Int32Array(24);
    for (let hour = 0; hour < 24; hour++) sums[hour] = from.int();
    hours.set(metric, sums);
  }
  const fives = new Map<string, Map<number, number>>();
  for (let n = from.uint(); n > 0; n--) {
    const metric = name();
    const slots = new Map<number, number>();
    for (let s = from.uint(); s > 0; s--) slots.set(from.uint(), from.int());
    fives.set(metric, slots);
  }
  return {
    counts,
    users,
    hours,
    fives,
    moreUsers: (flags & HAS_MORE_USERS) !== 0,
    greatestUser: 0,
    spansBelow: null,
    people: readPeopleSketches(page),
  };
}
