import { fieldDistinctPerDayMax } from "../../limits.ts";
import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { DistinctCounter } from "../distinct-counter.ts";
import { HourSketches } from "../hour-sketches.ts";
import { hash53 } from "../id-hash.ts";
import type { FieldPart, Hours, Sample } from "./field-part.ts";
import { HashList } from "./hash-list.ts";

const LISTED = 0;
const SKETCHED = 1;

/**
 * Distinct values of one day by hour: their hashes while they are at most `fieldDistinctPerDayMax`, then a HyperLogLog of each hour and of the
 * day (decision 0011). Which of both follows from the set of values alone, and so does what is in it.
 */
export class DistinctPart implements FieldPart {
  private kept: HashList | HourSketches;

  constructor(kept: HashList | HourSketches = new HashList()) {
    this.kept = kept;
  }

  add({ slot, value }: Pick<Sample<string>, "slot" | "value">): void {
    const hash = hash53(value);
    if (this.kept instanceof HourSketches) return this.kept.add(slot, hash);
    this.kept.add(hash, slot);
    if (this.kept.size > fieldDistinctPerDayMax) this.kept = sketchesOf(this.kept);
  }

  addTo(counter: DistinctCounter, hours: Hours): void {
    if (this.kept instanceof HourSketches) counter.addSketches(this.kept, hours);
    else this.kept.eachWithin(hours, (hash) => counter.add(hash));
  }

  dropHours(): void {
    this.kept.dropHours();
  }

  get bytes(): number {
    return this.kept.bytes;
  }

  write(out: ByteWriter): void {
    out.uint(this.kept instanceof HourSketches ? SKETCHED : LISTED);
    this.kept.write(out);
  }

  static read(from: ByteReader): DistinctPart {
    return new DistinctPart(from.uint() === SKETCHED ? HourSketches.read(from) : HashList.read(from));
  }
}

function sketchesOf(list: HashList): HourSketches {
  const sketches = new HourSketches();
  list.eachSlot((hash, slot) => sketches.add(slot, hash));
  return sketches;
}
