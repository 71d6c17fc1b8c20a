/** A share of an isolate's time, which all its shards use together. Wall clock, epoch ms. */
export class Pace {
  private until = 0;
  private readonly restMaxMs: number;

  /** @param restMaxMs nobody rests longer */
  constructor(restMaxMs: number) {
    this.restMaxMs = restMaxMs;
  }

  /** How long to rest yet. An instant further off than anybody rests was written before the clock was set back: it binds nobody. */
  restMs(wallMs: number): number {
    const rest = this.until - wallMs;
    return rest > this.restMaxMs ? 0 : Math.max(0, rest);
  }

  /** Time was used from `wallMs` on; it costs a rest of `costMs` after what is still to be rested. */
  use(costMs: number, wallMs: number): void {
    this.until = wallMs + Math.min(this.restMaxMs, this.restMs(wallMs) + costMs);
  }
}
