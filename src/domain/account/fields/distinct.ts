import { fieldDistinctPerDayMax } from "../../limits.ts";
import { distinctErrorRatio, distinctOf } from "../../sketch.ts";
import type { ByteReader, ByteWriter } from "../bytes.ts";
import { hash53 } from "../id-hash.ts";
import { type FieldPart, type Hours, type Sample, WHOLE_DAY } from "./field-part.ts";

const WHOLE = 1 << WHOLE_DAY;

/**
 * Distinct values of one day: 53-bit hashes, ascending, each with the hours it came in as bits. Of more than `fieldDistinctPerDayMax` those
 * with the smallest hashes are kept, whatever the order, and stand for all (decision 0005).
 */
export class DistinctPart implements FieldPart {
  private readonly hashes: number[] = [];
  private readonly hours: number[] = [];
  private below = Number.POSITIVE_INFINITY;

  add({ slot, value }: Pick<Sample<string>, "slot" | "value">): void {
    const hash = hash53(value);
    if (hash >= this.below) return;
    const at = placeOf(this.hashes, hash);
    if (this.hashes[at] === hash) this.hours[at] = (this.hours[at] as number) | (1 << slot);
    else {
      this.hashes.splice(at, 0, hash);
      this.hours.splice(at, 0, 1 << slot);
      if (this.hashes.length > fieldDistinctPerDayMax) {
        this.below = this.hashes.pop() as number;
        this.hours.pop();
      }
    }
  }

  addTo(counter: DistinctCounter, hours: Hours): void {
    counter.limit(this.below);
    // Bits first to last, and that of the whole day.
    const wanted = (((2 << hours.last) - 1) & ~((1 << hours.first) - 1)) | WHOLE;
    for (let i = 0; i < this.hashes.length && (this.hashes[i] as number) < counter.below; i++)
      if (((this.hours[i] as number) & wanted) !== 0) counter.add(this.hashes[i] as number);
  }

  dropHours(): void {
    this.hours.fill(WHOLE);
  }

  get bytes(): number {
    return 200 + this.hashes.length * 16;
  }

  write(out: ByteWriter): void {
    out.uint(this.below === Number.POSITIVE_INFINITY ? 0 : this.below);
    out.uint(this.hashes.length);
    let before = 0;
    for (const [i, hash] of this.hashes.entries()) {
      out.uint(hash - before);
      // The commonest in a small number: all that is known is the day.
      out.uint(this.hours[i] === WHOLE ? 0 : (this.hours[i] as number));
      before = hash;
    }
  }

  static read(from: ByteReader): DistinctPart {
    const part = new DistinctPart();
    const below = from.uint();
    if (below > 0) part.below = below;
    let hash = 0;
    for (let left = from.uint(); left > 0; left--) {
      part.hashes.push((hash += from.uint()));
      part.hours.push(from.uint() || WHOLE);
    }
    return part;
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

/** Distinct values over several days: their hashes below a threshold that falls while there are too many to be kept. */
export class DistinctCounter {
  below = Number.POSITIVE_INFINITY;
  private hashes = new Set<number>();

  limit(below: number): void {
    if (below < this.below) this.below = below;
  }

  add(hash: number): void {
    this.hashes.add(hash);
    if (this.hashes.size <= 2 * fieldDistinctPerDayMax) return;
    const kept = this.known().sort((a, b) => a - b);
    if (kept.length > fieldDistinctPerDayMax) this.below = kept[fieldDistinctPerDayMax] as number;
    this.hashes = new Set(kept.slice(0, fieldDistinctPerDayMax));
  }

  private known(): number[] {
    return [...this.hashes].filter((hash) => hash < this.below);
  }

  get count(): number {
    return distinctOf(this.known().length, this.below);
  }

  /** Standard error, as a share of the count; 0: it is exact. */
  get errorRatio(): number {
    return distinctErrorRatio(this.known().length, this.below);
  }
}
