import { quantileExactValuesMax } from "../../limits.ts";
import { quantileClassOf, type QuantileSketch } from "../../sketch.ts";
import type { ByteReader, ByteWriter } from "../bytes.ts";
import { type FieldPart, type Hours, isWithin, type Sample, WHOLE_DAY } from "./field-part.ts";

/** Numbers of one day by hour: each of them while they are few, then how many lie in each class (sketch.ts). */
export class QuantilesPart implements FieldPart {
  private exact: { readonly slots: number[]; readonly values: number[] } | null = { slots: [], values: [] };
  private readonly classes = new Map<number, Map<number, number>>();

  add({ slot, value }: Pick<Sample<number>, "slot" | "value">): void {
    if (this.exact === null) return this.addClass(slot, quantileClassOf(value), 1);
    this.exact.slots.push(slot);
    this.exact.values.push(value);
    if (this.exact.values.length > quantileExactValuesMax) this.giveUpValues(this.exact);
  }

  private giveUpValues({ slots, values }: { readonly slots: readonly number[]; readonly values: readonly number[] }): void {
    this.exact = null;
    for (const [i, value] of values.entries()) this.addClass(slots[i] as number, quantileClassOf(value), 1);
  }

  private addClass(slot: number, index: number, n: number): void {
    let counts = this.classes.get(slot);
    if (counts === undefined) this.classes.set(slot, (counts = new Map()));
    counts.set(index, (counts.get(index) ?? 0) + n);
  }

  /** Adds what lies within these hours. */
  addTo(sketch: QuantileSketch, hours: Hours): void {
    if (this.exact !== null) {
      for (const [i, value] of this.exact.values.entries()) if (isWithin(this.exact.slots[i] as number, hours)) sketch.add(value);
    } else for (const [slot, counts] of this.classes) if (isWithin(slot, hours)) sketch.addClasses(counts);
  }

  dropHours(): void {
    this.exact?.slots.fill(WHOLE_DAY);
    for (const [slot, counts] of this.classes) {
      if (slot === WHOLE_DAY) continue;
      this.classes.delete(slot);
      for (const [index, n] of counts) this.addClass(WHOLE_DAY, index, n);
    }
  }

  get bytes(): number {
    let bytes = 200 + (this.exact?.values.length ?? 0) * 24;
    for (const counts of this.classes.values()) bytes += 150 + counts.size * 40;
    return bytes;
  }

  write(out: ByteWriter): void {
    if (this.exact !== null) {
      const { slots, values } = this.exact;
      const order = values
        .map((_, i) => i)
        .sort((a, b) => (slots[a] as number) - (slots[b] as number) || (values[a] as number) - (values[b] as number));
      out.uint(values.length);
      for (const i of order) {
        out.uint(slots[i] as number);
        out.number(values[i] as number);
      }
      return;
    }
    // More values than are ever kept one by one: classes follow.
    out.uint(quantileExactValuesMax + 1);
    out.uint(this.classes.size);
    for (const [slot, counts] of [...this.classes].sort(([a], [b]) => a - b)) {
      out.uint(slot);
      out.uint(counts.size);
      for (const [index, n] of [...counts].sort(([a], [b]) => a - b)) {
        out.int(index);
        out.uint(n);
      }
    }
  }

  static read(from: ByteReader): QuantilesPart {
    const part = new QuantilesPart();
    const values = from.uint();
    if (values <= quantileExactValuesMax) {
      for (let left = values; left > 0; left--) part.add({ slot: from.uint(), value: from.number() });
      return part;
    }
    part.exact = null;
    for (let slots = from.uint(); slots > 0; slots--) {
      const slot = from.uint();
      for (let left = from.uint(); left > 0; left--) part.addClass(slot, from.int(), from.uint());
    }
    return part;
  }
}
