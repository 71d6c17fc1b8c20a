import type { Event } from "../../event.ts";
import { hourOfDay } from "../../time.ts";
import type { DayRecord } from "../day-record.ts";
import { hash53 } from "../id-hash.ts";
import type { CountedFields } from "../state.ts";
import { fieldKey, fromFieldKey, supersededIn, valueAt } from "./counted-field.ts";
import { type FieldPart, WHOLE_DAY } from "./field-part.ts";

type Keyed = ReturnType<typeof fromFieldKey> & { readonly key: string };
const nothing: readonly Keyed[] = [];

/**
 * Which fields of its events an account counts, and what it has counted. A key is here once all events that the account has are in it; from
 * then on the fold keeps it so. Part of the state: the fold knows no configuration.
 */
export class AccountFields implements CountedFields {
  private readonly days: ReadonlyMap<number, DayRecord>;
  private readonly known = new Set<string>();
  private readonly byType = new Map<string, readonly Keyed[]>();

  constructor(days: ReadonlyMap<number, DayRecord>, keys: Iterable<string> = []) {
    this.days = days;
    this.track(keys);
  }

  get keys(): ReadonlySet<string> {
    return this.known;
  }

  /** What older code would count by a sample is there where sketches of it are. */
  hasAll(keys: Iterable<string>): boolean {
    for (const key of keys) if (!this.known.has(key) && !this.hasNewer(key)) return false;
    return true;
  }

  private hasNewer(key: string): boolean {
    const field = fromFieldKey(key);
    return field.isSampled && this.known.has(fieldKey(field));
  }

  track(keys: Iterable<string>): void {
    for (const key of keys) {
      if (this.known.has(key)) continue;
      this.known.add(key);
      const field = { ...fromFieldKey(key), key };
      this.byType.set(field.type, [...this.ofType(field.type), field]);
    }
    const superseded = supersededIn(this.known);
    if (superseded.length > 0) this.keepOnly(new Set([...this.known].filter((key) => !superseded.includes(key))));
  }

  /** Nothing is counted of the others any more; what was counted goes with its days. */
  keepOnly(keys: ReadonlySet<string>): void {
    const kept = [...this.known].filter((key) => keys.has(key));
    if (kept.length === this.known.size) return;
    this.known.clear();
    this.byType.clear();
    this.track(kept);
  }

  ofType(type: string): readonly Keyed[] {
    return this.byType.get(type) ?? nothing;
  }

  on(day: number, key: string): FieldPart | null {
    return this.known.has(key) ? (this.days.get(day)?.field(key) ?? null) : null;
  }

  daysWith(): Iterable<number> {
    return this.days.keys();
  }
}

/** What an account counts, and beside it what was counted apart. */
export const withFieldsOf = (own: CountedFields, other: CountedFields): CountedFields => ({
  keys: new Set([...own.keys, ...other.keys]),
  on: (day, key) => (own.keys.has(key) ? own : other).on(day, key),
  daysWith: () => new Set([...own.daysWith(), ...other.daysWith()]),
});

/** Takes the fields of one event into its day. `hoursKept`: first day of which hours are kept. */
export function foldFields(fields: AccountFields, record: DayRecord, { type, occurredAt: at, id, data }: Event, hoursKept: number): void {
  const counted = fields.ofType(type);
  if (counted.length === 0) return;
  const slot = record.day < hoursKept ? WHOLE_DAY : hourOfDay(at);
  for (const { kind, key, path } of counted) {
    const value = valueAt(data, path);
    if (value !== undefined) record.addToField(kind, key, { slot, at, tie: hash53(id), value });
  }
}
