import { HyperLogLog } from "../hyper-log-log.ts";
import { distinctExactMax } from "../limits.ts";
import type { Hours } from "./fields/field-part.ts";
import type { HourSketches } from "./hour-sketches.ts";

/**
 * Distinct hashes over several days: exact while all are known and are at most `distinctExactMax`, else with the error of a sketch. Depends on
 * what was added and not on the order.
 */
export class DistinctCounter {
  private readonly hashes = new Set<number>();
  private sketch: HyperLogLog | null = null;

  add(hash: number): void {
    if (this.sketch !== null) return this.sketch.add(hash);
    this.hashes.add(hash);
    if (this.hashes.size > distinctExactMax) this.estimating();
  }

  addSketches(sketches: HourSketches, hours: Hours): void {
    if (sketches.has(hours)) sketches.mergeInto(this.estimating(), hours);
  }

  private estimating(): HyperLogLog {
    if (this.sketch === null) {
      this.sketch = new HyperLogLog();
      for (const hash of this.hashes) this.sketch.add(hash);
      this.hashes.clear();
    }
    return this.sketch;
  }

  get count(): number {
    return this.sketch?.count ?? this.hashes.size;
  }

  /** Standard error, as a share of the count, at most; 0: it is exact. */
  get errorRatio(): number {
    return this.sketch === null ? 0 : HyperLogLog.errorRatio;
  }
}
