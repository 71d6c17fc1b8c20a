import { historyScoreDelayMaxMs, scoreDelayMaxMs } from "../../src/domain/limits.ts";

/** A share of an isolate's time, which all its shards use together. Wall clock, epoch ms. */
class Pace {
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

/** What shards that share it may use together: a rest for each lane of scoring, one for looking for the instants of time alone, one for reading much of the journal. */
export type Paces = Readonly<Record<"live" | "history" | "background" | "instants" | "journal", Pick<Pace, "restMs" | "use">>>;

/** None has used any time yet. */
export const newPaces = (): Paces => ({
  live: new Pace(scoreDelayMaxMs),
  history: new Pace(historyScoreDelayMaxMs),
  background: new Pace(scoreDelayMaxMs),
  instants: new Pace(scoreDelayMaxMs),
  journal: new Pace(scoreDelayMaxMs),
});
