import type { ByteReader, ByteWriter } from "../bytes.ts";
import { bitsOf, type Hours, WHOLE_DAY } from "./field-part.ts";

const WHOLE = 1 << WHOLE_DAY;

/** Hashes of one day, ascending, each with the hours it came in as bits. */
export class HashList {
  readonly hashes: number[] = [];
  private readonly hours: number[] = [];

  get size(): number {
    return this.hashes.length;
  }

  add(hash: number, slot: number): void {
    const at = placeOf(this.hashes, hash);
    if (this.hashes[at] === hash) this.hours[at] = (this.hours[at] as number) | (1 << slot);
    else {
      this.hashes.splice(at, 0, hash);
      this.hours.splice(at, 0, 1 << slot);
    }
  }

  /** Takes the greatest away. */
  pop(): number {
    this.hours.pop();
    return this.hashes.pop() as number;
  }

  /** Those that came within these hours or on a day whose hours are not kept. */
  eachWithin(hours: Hours, visit: (hash: number) => void): void {
    const wanted = bitsOf(hours) | WHOLE;
    for (const [i, hash] of this.hashes.entries()) if (((this.hours[i] as number) & wanted) !== 0) visit(hash);
  }

  eachSlot(visit: (hash: number, slot: number) => void): void {
    for (const [i, hash] of this.hashes.entries())
      for (let left = this.hours[i] as number; left !== 0; left &= left - 1) visit(hash, 31 - Math.clz32(left & -left));
  }

  dropHours(): void {
    this.hours.fill(WHOLE);
  }

  get bytes(): number {
    return 200 + this.hashes.length * 16;
  }

  write(out: ByteWriter): void {
    out.uint(this.hashes.length);
    let before = 0;
    for (const [i, hash] of this.hashes.entries()) {
      out.uint(hash - before);
      // The commonest in a small number: all that is known is the day.
      out.uint(this.hours[i] === WHOLE ? 0 : (this.hours[i] as number));
      before = hash;
    }
  }

  static read(from: ByteReader): HashList {
    const list = new HashList();
    let hash = 0;
    for (let left = from.uint(); left > 0; left--) {
      list.hashes.push((hash += from.uint()));
      list.hours.push(from.uint() || WHOLE);
    }
    return list;
  }
}

/** First place whose hash is not smaller. */
function placeOf(hashes: readonly number[], hash: number): number {
  let [low, high] = [0, hashes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((hashes[middle] as number) < hash) low = middle + 1;
    else high = middle;
  }
  return low;
}
