import { fieldDistinctPerDayMax } from "../../limits.ts";
import { distinctErrorRatio, distinctOf } from "../../sketch.ts";
import type { ByteReader, ByteWriter } from "../bytes.ts";
import { hash53 } from "../id-hash.ts";
import type { FieldPart, Hours, Sample } from "./field-part.ts";
import { HashList } from "./hash-list.ts";

/**
 * Distinct values of one day as older code counted them: of more than `fieldDistinctPerDayMax` those with the smallest hashes stand for all
 * (decision 0010). Counted on and answered until the account has counted the field anew from its journal (`fieldKey`).
 */
export class OlderDistinctPart implements FieldPart {
  private readonly list: HashList;
  private below: number;

  constructor(list = new HashList(), below = Number.POSITIVE_INFINITY) {
    this.list = list;
    this.below = below;
  }

  add({ slot, value }: Pick<Sample<string>, "slot" | "value">): void {
    const hash = hash53(value);
    if (hash >= this.below) return;
    this.list.add(hash, slot);
    if (this.list.size > fieldDistinctPerDayMax) this.below = this.list.pop();
  }

  addTo(counter: OlderDistinctCounter, hours: Hours): void {
    counter.limit(this.below);
    this.list.eachWithin(hours, (hash) => counter.add(hash));
  }

  dropHours(): void {
    this.list.dropHours();
  }

  get bytes(): number {
    return this.list.bytes;
  }

  write(out: ByteWriter): void {
    out.uint(this.below === Number.POSITIVE_INFINITY ? 0 : this.below);
    this.list.write(out);
  }

  static read(from: ByteReader): OlderDistinctPart {
    const below = from.uint() || Number.POSITIVE_INFINITY;
    return new OlderDistinctPart(HashList.read(from), below);
  }
}

/** Of several days: hashes below a threshold that falls while there are too many to be kept. */
export class OlderDistinctCounter {
  private below = Number.POSITIVE_INFINITY;
  private hashes = new Set<number>();

  limit(below: number): void {
    if (below < this.below) this.below = below;
  }

  add(hash: number): void {
    if (hash >= this.below) return;
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
