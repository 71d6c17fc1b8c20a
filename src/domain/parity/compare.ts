import type { DayRecord } from "../account/day-record.ts";
import { plainPart } from "../account/fields/field-day.ts";
import type { NameIndex } from "../account/name-index.ts";
import type { FoldedAccount } from "../account/folded.ts";
import { canonicalJson, hash32 } from "../hash.ts";
import { DAY_MS, isoTime } from "../time.ts";

/** A figure of one account that is not what its archived events amount to. Null: it has none. */
export type Difference = { readonly account: string; readonly figure: string; readonly live: Value; readonly recomputed: Value };
type Value = string | number | null;

/** Longer values are told by their beginning and their hash. */
const valueCharsMax = 120;

/** Every figure in which two states of one account differ. Looks into days and closes them again. Order of names and of records does not count. */
export function compareStates(live: FoldedAccount, recomputed: FoldedAccount): Difference[] {
  const found: Difference[] = [];
  const differ = (figure: string, a: unknown, b: unknown): void => {
    const [one, other] = [plain(a), plain(b)];
    if (one !== other) found.push({ account: live.id, figure, live: shown(one), recomputed: shown(other) });
  };
  const maps = (one: ReadonlyMap<string, unknown>, other: ReadonlyMap<string, unknown>, figure: (key: string) => string): void => {
    for (const key of keysOf(one, other)) differ(figure(key), one.get(key), other.get(key));
  };
  differ("events", live.events, recomputed.events);
  differ("name", live.name, recomputed.name);
  differ("first event", isoTime(live.firstEventAt), isoTime(recomputed.firstEventAt));
  differ("last event", isoTime(live.lastEventAt), isoTime(recomputed.lastEventAt));
  differ("last received", isoTime(live.lastReceivedAt), isoTime(recomputed.lastReceivedAt));
  differ("late events", live.restatedEvents, recomputed.restatedEvents);
  differ("late events listed", live.restatements.map(idOf), recomputed.restatements.map(idOf));
  differ("features", live.features.toSorted(), recomputed.features.toSorted());
  differ("verdicts of people", live.verdicts, recomputed.verdicts);
  maps(withoutZeros(live.totals), withoutZeros(recomputed.totals), (metric) => `${metric}, ever`);
  maps(live.registers, recomputed.registers, (name) => `attribute ${name}`);
  maps(named(live.engagement, dateOf), named(recomputed.engagement, dateOf), (date) => `messages and meetings on ${date}`);
  maps(named(live.toldBy, String), named(recomputed.toldBy, String), (source) => `who told of ${source}`);
  maps(withoutSlots(live.tickets), withoutSlots(recomputed.tickets), (key) => `ticket ${key}`);
  for (const kind of new Set([...live.records.keys(), ...recomputed.records.keys()]))
    maps(withoutSlots(live.records.get(kind)), withoutSlots(recomputed.records.get(kind)), (key) => `${kind} ${key}`);
  const counted = [...live.fields.keys].filter((key) => recomputed.fields.keys.has(key)).sort();
  const sameNames = beginAlike(live.metricNames.names, recomputed.metricNames.names) && beginAlike(live.features, recomputed.features);
  for (const day of [...new Set([...live.days.keys(), ...recomputed.days.keys()])].sort((a, b) => a - b)) {
    const [one, other] = [live.days.get(day), recomputed.days.get(day)];
    if (sameNames && one !== undefined && other !== undefined && sameBytes(one.toPage(), other.toPage())) continue;
    maps(figuresOf(one, live, counted), figuresOf(other, recomputed, counted), (figure) => `${figure} on ${dateOf(day)}`);
    one?.close();
    other?.close();
  }
  return found;
}

/** What a day holds, by figure; a day without anything is like none. */
function figuresOf(day: DayRecord | undefined, { features }: FoldedAccount, counted: readonly string[]): ReadonlyMap<string, unknown> {
  const figures = new Map<string, unknown>();
  if (day === undefined) return figures;
  for (const [metric, sum] of day.counts) if (sum !== 0) figures.set(metric, sum);
  for (const [metric, sums] of day.hours) if (sums.some((sum) => sum !== 0)) figures.set(`${metric} by hour`, [...sums]);
  for (const [metric, slots] of day.fives) {
    const kept = [...slots].filter(([, sum]) => sum !== 0).sort(([a], [b]) => a - b);
    if (kept.length > 0) figures.set(`${metric} by five minutes`, kept);
  }
  for (const key of counted) {
    const part = day.field(key);
    if (part !== null) figures.set(`field ${key}`, plainPart(part));
  }
  if (day.users.size === 0) return figures;
  figures.set("active people", day.users.size);
  const did = [...day.users].sort(([a], [b]) => a - b);
  figures.set(
    "what people did",
    did.map(([user, { hours, actions, features: used, spans }]) => [
      user,
      hours,
      actions,
      [...used].map((index) => features[index] ?? "").sort(),
      user < day.spansBelow ? spans : [],
    ]),
  );
  return figures;
}

const idOf = ({ connectionId, eventId }: { connectionId: string; eventId: string }): string => `${connectionId}/${eventId}`;
const dateOf = (day: number): string => isoTime(day * DAY_MS).slice(0, 10);

/** In one form, whatever the order of keys; what is not there is null. */
function plain(value: unknown): Value {
  if (typeof value === "number" || typeof value === "string") return value;
  if (value === undefined || value === null) return null;
  const json = JSON.stringify(value instanceof Set ? [...(value as Set<string>)].sort() : value);
  return canonicalJson(JSON.parse(json));
}

const shown = (value: Value): Value =>
  typeof value === "string" && value.length > valueCharsMax ? `${value.slice(0, valueCharsMax)}… (${hash32(value).toString(16)})` : value;

const keysOf = (one: ReadonlyMap<string, unknown>, other: ReadonlyMap<string, unknown>): readonly string[] =>
  [...new Set([...one.keys(), ...other.keys()])].sort();

const named = <K, T>(map: ReadonlyMap<K, T>, name: (key: K) => string): ReadonlyMap<string, T> =>
  new Map([...map].map(([key, value]) => [name(key), value]));

const withoutZeros = (counts: ReadonlyMap<string, number>): ReadonlyMap<string, number> =>
  new Map([...counts].filter(([, sum]) => sum !== 0));

/** Nor with who told of a native ticket: older code did not note it. */
const withoutSlots = (records: ReadonlyMap<string, object> | undefined): ReadonlyMap<string, unknown> =>
  new Map([...(records ?? [])].map(([key, record]) => [key, { ...record, slot: 0, tokens: undefined }]));

/** Pages speak of names by their place: they can be compared as they are only where the same place is the same name. */
const beginAlike = (one: NameIndex["names"], other: NameIndex["names"]): boolean =>
  one.slice(0, other.length).every((name, i) => name === other[i]);

const sameBytes = (one: Uint8Array, other: Uint8Array): boolean =>
  one.byteLength === other.byteLength && one.every((byte, i) => byte === other[i]);
