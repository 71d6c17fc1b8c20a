import { HyperLogLog } from "../hyper-log-log.ts";
import type { ByteReader, ByteWriter } from "./bytes.ts";
import { type Hours, isWholeDay, WHOLE_DAY } from "./fields/field-part.ts";
import { mergePacked, packRegisters } from "./register-code.ts";

/**
 * Distinct hashes of one day, and of each of its hours while these are kept. Each sketch stays packed until something is added to it: 3 KB at
 * most (75 KB a day with hours), some 2 bytes a value while they are few.
 */
export class HourSketches {
  /** By hour; that of `WHOLE_DAY` has everything. */
  private readonly slots = new Map<number, HyperLogLog | Uint8Array>();

  add(slot: number, hash: number): void {
    this.opened(WHOLE_DAY).add(hash);
    if (slot !== WHOLE_DAY) this.opened(slot).add(hash);
  }

  private opened(slot: number): HyperLogLog {
    const known = this.slots.get(slot);
    if (known instanceof HyperLogLog) return known;
    const sketch = new HyperLogLog();
    if (known !== undefined) mergePacked(sketch.registers, known);
    this.slots.set(slot, sketch);
    return sketch;
  }

  /** Whether there are any within these hours of the day; without hours, on the day. */
  has(hours: Hours): boolean {
    return this.slotsIn(hours).length > 0;
  }

  mergeInto(sketch: HyperLogLog, hours: Hours): void {
    for (const slot of this.slotsIn(hours)) {
      const one = this.slots.get(slot) as HyperLogLog | Uint8Array;
      if (one instanceof HyperLogLog) sketch.merge(one);
      else mergePacked(sketch.registers, one);
    }
  }

  private slotsIn(hours: Hours): readonly number[] {
    const slots = [...this.slots.keys()];
    if (isWholeDay(hours) || !this.hasHours) return slots.filter((slot) => slot === WHOLE_DAY);
    return slots.filter((slot) => slot >= hours.first && slot <= hours.last);
  }

  get hasHours(): boolean {
    return this.slots.size > 1;
  }

  dropHours(): void {
    for (const slot of this.slots.keys()) if (slot !== WHOLE_DAY) this.slots.delete(slot);
  }

  get bytes(): number {
    let bytes = 200;
    for (const sketch of this.slots.values()) bytes += 150 + (sketch instanceof HyperLogLog ? sketch.registers : sketch).byteLength;
    return bytes;
  }

  write(out: ByteWriter): void {
    out.uint(this.slots.size);
    for (const [slot, sketch] of [...this.slots].sort(([a], [b]) => a - b)) {
      const packed = sketch instanceof HyperLogLog ? packRegisters(sketch.registers) : sketch;
      out.uint(slot);
      out.uint(packed.byteLength);
      out.raw(packed);
    }
  }

  static read(from: ByteReader): HourSketches {
    const sketches = new HourSketches();
    for (let left = from.uint(); left > 0; left--) sketches.slots.set(from.uint(), from.slice(from.uint()));
    return sketches;
  }
}
