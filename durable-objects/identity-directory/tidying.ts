import {
  closedDeadLetterAgeMaxMs,
  directoryRowsExpiredAtOnce,
  expiredPointerAgeMaxMs,
  parkedAgeMaxMs,
  parkedBytesMax,
  parkedRoomRoundsMax,
  tidyRetryMs,
  unclaimedLetterAgeMaxMs,
} from "../../src/domain/limits.ts";
import { HOUR_MS } from "../../src/domain/time.ts";
import { reportLine } from "../../src/platform/report.ts";
import type { Counters } from "./counters.ts";
import type { DeadLetterStore } from "./dead-letter-store.ts";
import type { ParkingStore } from "./parking-store.ts";

type Parts = {
  readonly parking: ParkingStore;
  readonly counters: Counters;
  readonly dead: DeadLetterStore;
  /** Runs one step as a transaction of its own. */
  readonly commit: <T>(run: () => T) => T;
};

/**
 * What is done once an hour: gives up events that have waited too long, forgets what nobody asks for any more. Each step is bounded and knows
 * nothing of the others: one that throws is told, tried again soon, and stops nothing else.
 */
export class Tidying {
  private readonly parts: Parts;
  /** Wall time. */
  private nextAt = 0;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  /** Wall time of the next round; null while there is nothing that could become old. */
  dueAt(): number | null {
    return this.parts.parking.counts.parkedBytes > 0 ? this.nextAt : null;
  }

  /** One round, if its time has come. A step that has more to do than fits is called again at once. */
  run(wallMs: number, product: number): void {
    if (wallMs < this.nextAt) return;
    const left = this.steps(product).map(([name, step]) => {
      try {
        return this.parts.commit(step) > 0 ? "more" : "done";
      } catch (error) {
        reportLine("directory_not_tidied", { step: name, error: String(error) });
        return "failed";
      }
    });
    if (left.includes("failed")) this.nextAt = wallMs + tidyRetryMs;
    else if (!left.includes("more")) this.nextAt = wallMs + HOUR_MS;
  }

  /**
   * Gives up what has waited longest, a bounded number, so that `bytes` more fit: what nobody links must not hold up what comes. It stays as
   * a dead letter or a pointer into the archive, like what has waited too long.
   */
  makeRoom(bytes: number, product: number): void {
    const { parking, commit } = this.parts;
    const fits = (): boolean => parking.counts.parkedBytes + bytes <= parkedBytesMax;
    for (let round = 0; !fits() && round < parkedRoomRoundsMax; round++)
      if (commit(() => this.giveUp(Number.MAX_SAFE_INTEGER, product)) === 0) return;
  }

  /** Gives up events that have been waiting since before an instant, the oldest first; how many. Inside a transaction. */
  private giveUp(before: number, product: number): number {
    const { parking, counters, dead } = this.parts;
    let room = dead.roomForUnclaimed();
    const events = parking.expire(before, directoryRowsExpiredAtOnce, (line, keys) =>
      room-- > 0 ? dead.keepUnclaimed(line, keys, product) : dead.keepPointer(line, product),
    );
    if (events > 0) counters.add("expired", events);
    return events;
  }

  /** Each gives the number of rows it has dealt with: none means that it is done. */
  private steps(product: number): (readonly [string, () => number])[] {
    const { parking, dead } = this.parts;
    const limit = directoryRowsExpiredAtOnce;
    return [
      ["expire parked events", () => this.giveUp(product - parkedAgeMaxMs, product)],
      ["forget arrivals", () => parking.forgetArrivals(product, limit)],
      ["give up unclaimed events", () => dead.giveUpUnclaimed(product - unclaimedLetterAgeMaxMs, limit)],
      ["trim pointers", () => dead.forgetExpired(product - expiredPointerAgeMaxMs, limit)],
      ["trim closed letters", () => dead.forgetClosed(product - closedDeadLetterAgeMaxMs, limit)],
    ];
  }
}
