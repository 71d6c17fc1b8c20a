import type { ByteReader, ByteWriter } from "../bytes.ts";
import { joinNumber, splitNumber } from "./counted-field.ts";
import { type FieldPart, type Hours, isWithin, type Sample, WHOLE_DAY } from "./field-part.ts";

/** Figures of some numbers. The sum is `whole` and `micros` together, each exact, so that it depends on no order. */
export type Numbers = {
  readonly count: number;
  readonly whole: number;
  readonly micros: number;
  readonly min: number;
  readonly max: number;
  readonly last: Last;
};
type Last = { readonly at: number; readonly tie: number; readonly value: number };

export const sumOf = ({ whole, micros }: Numbers): number => joinNumber(whole, micros);

export function mergeNumbers(a: Numbers | null, b: Numbers): Numbers {
  if (a === null) return b;
  return {
    count: a.count + b.count,
    whole: a.whole + b.whole,
    micros: a.micros + b.micros,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    last: isLater(a.last, b.last) ? a.last : b.last,
  };
}

/** Of two events at the same instant the one with the greater hash, so that the order of arrival does not matter. */
const isLater = (a: Last, b: Last): boolean => (a.at !== b.at ? a.at > b.at : a.tie !== b.tie ? a.tie > b.tie : a.value > b.value);

/** Numbers of one day, by hour. */
export class NumbersPart implements FieldPart {
  private readonly slots = new Map<number, Numbers>();

  add({ slot, at, tie, value }: Sample<number>): void {
    const one: Numbers = { count: 1, ...splitNumber(value), min: value, max: value, last: { at, tie, value } };
    this.slots.set(slot, mergeNumbers(this.slots.get(slot) ?? null, one));
  }

  within(hours: Hours): Numbers | null {
    let all: Numbers | null = null;
    for (const [slot, numbers] of this.slots) if (isWithin(slot, hours)) all = mergeNumbers(all, numbers);
    return all;
  }

  dropHours(): void {
    const all = this.within({ first: 0, last: 23 });
    this.slots.clear();
    if (all !== null) this.slots.set(WHOLE_DAY, all);
  }

  get bytes(): number {
    return 100 + this.slots.size * 250;
  }

  write(out: ByteWriter): void {
    out.uint(this.slots.size);
    for (const [slot, { count, whole, micros, min, max, last }] of [...this.slots].sort(([a], [b]) => a - b)) {
      out.uint(slot);
      out.uint(count);
      out.int(whole);
      out.int(micros);
      for (const value of [min, max, last.value]) out.number(value);
      out.int(last.at);
      out.uint(last.tie);
    }
  }

  static read(from: ByteReader): NumbersPart {
    const part = new NumbersPart();
    for (let left = from.uint(); left > 0; left--) {
      const slot = from.uint();
      const [count, whole, micros] = [from.uint(), from.int(), from.int()];
      const [min, max, value] = [from.number(), from.number(), from.number()];
      part.slots.set(slot, { count, whole, micros, min, max, last: { at: from.int(), tie: from.uint(), value } });
    }
    return part;
  }
}
