import { analysesWaitingMax, analysisRestEvery, analysisShardMs } from "../../src/domain/limits.ts";
import { wallNow } from "../../src/platform/clock.ts";

/** Work that may look at everything a shard has: one piece at a time, each for so long. Rejects what takes too long, or where too many wait. */
export class Turns {
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  /**
   * @param withinMs for waiting and work together
   * @param atLeastMs for the work, however long it has waited; by itself it has what is left
   */
  async take<T>(work: (breather: Breather) => Promise<T>, withinMs: number = analysisShardMs, atLeastMs = -Infinity): Promise<T> {
    if (this.waiting >= analysesWaitingMax) throw new Error("too many analyses are waiting");
    this.waiting++;
    const until = wallNow() + withinMs;
    const before = this.last;
    const made = (async () => {
      await before.catch(() => undefined);
      return work(new Breather(Math.max(until, wallNow() + atLeastMs)));
    })();
    this.last = made;
    return made.finally(() => this.waiting--);
  }
}

/** Lets others have their turn now and then, and knows how much time is left. */
export class Breather {
  private readonly until: number;
  private count = 0;

  /** @param until wall time */
  constructor(until: number) {
    this.until = until;
  }

  /** The clock of the platform only moves while we wait, so this does with each rest. Negative: it is over. */
  get leftMs(): number {
    return this.until - wallNow();
  }

  /**
   * For what is of no use if it ends early: throws when the time is over.
   *
   * @param count lines or people that were looked at, or as much work
   */
  async looked(count: number): Promise<void> {
    await this.rest(count);
    if (this.leftMs < 0) throw new Error("an analysis took too long");
  }

  /** The same, and whoever works looks at the time themselves. */
  async rest(count: number): Promise<void> {
    this.count += count;
    if (this.count < analysisRestEvery) return;
    this.count = 0;
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}
