import type { ByteWriter } from "../bytes.ts";

/** What one event adds to a field: the hour of its UTC day (0..23, or `WHOLE_DAY`), its time (epoch ms), a hash of its id, and the value. */
export type Sample<Value> = { readonly slot: number; readonly at: number; readonly tie: number; readonly value: Value };

/** The slot of a day of which hours are not kept. */
export const WHOLE_DAY = 24;

/** A field on one UTC day. What it says depends on the set of samples alone. */
export type FieldPart = {
  /** About what it takes in memory. */
  readonly bytes: number;
  /** Afterwards all lies in `WHOLE_DAY`. Doing it before or after an addition to `WHOLE_DAY` is the same. */
  dropHours(): void;
  write(out: ByteWriter): void;
};

/** Which hours of a day a window has; the whole day, where its hours are not kept. */
export type Hours = { readonly first: number; readonly last: number };
/** As bits, that of hour 0 the lowest. */
export const bitsOf = ({ first, last }: Hours): number => ((2 << last) - 1) & ~((1 << first) - 1);
export const isWholeDay = ({ first, last }: Hours): boolean => first === 0 && last === 23;
export const isWithin = (slot: number, { first, last }: Hours): boolean => slot === WHOLE_DAY || (slot >= first && slot <= last);
