import { type CronTime, cronTime, dueMinutes } from "./cron-time.ts";

export type CronHost = {
  /** Cron expressions of wrangler.toml. */
  readonly triggers: readonly string[];
  /** Product time, epoch ms. */
  readonly now: () => number;
  /** Runs the worker's scheduled handler. A rejection is told to `failed` and is not repeated: the next minute comes. */
  readonly fire: (cron: string, scheduledMs: number) => Promise<void>;
  readonly failed: (cron: string, error: unknown) => void;
};

/** How often the clock is looked at, ms of wall time. */
const lookEveryMs = 1_000;
/** The trigger of each minute keeps the path moving (sweeps), so it also fires by the wall when the product's clock stands. */
const eachMinute = "* * * * *";
const eachMinuteAtLeastMs = 60_000;
/** Windows of one trigger that passed between two looks; more are caught up by the jobs themselves. */
const duePerLookMax = 100;

/**
 * Fires cron triggers as the product's clock passes their minutes.
 *
 * A fast clock passes many: the trigger of each minute then fires once per look, every other one for each of its windows, in order.
 * One firing of a trigger at a time; a trigger that still runs is not started again, its windows wait.
 *
 * @returns a function that stops it and resolves when no handler runs any more
 */
export function startCrons(host: CronHost): () => Promise<void> {
  const triggers = host.triggers.map((cron) => new Trigger(cron, cronTime(cron), host));
  const timer = setInterval(() => {
    for (const trigger of triggers) trigger.look();
  }, lookEveryMs);
  return async () => {
    clearInterval(timer);
    await Promise.all(triggers.map((trigger) => trigger.running ?? Promise.resolve()));
  };
}

class Trigger {
  running: Promise<void> | null = null;
  private readonly cron: string;
  private readonly isDue: CronTime;
  private readonly host: CronHost;
  private seenMs: number;
  private firedAtWall = performance.now();

  constructor(cron: string, isDue: CronTime, host: CronHost) {
    this.cron = cron;
    this.isDue = isDue;
    this.host = host;
    this.seenMs = host.now();
  }

  look(): void {
    if (this.running !== null) return;
    const now = this.host.now();
    const due = this.cron === eachMinute ? this.latestMinute(now) : dueMinutes(this.isDue, this.seenMs, now, duePerLookMax);
    this.seenMs = due.length === duePerLookMax ? (due.at(-1) ?? now) : now;
    if (due.length === 0) return;
    this.firedAtWall = performance.now();
    this.running = this.fireAll(due).finally(() => {
      this.running = null;
    });
  }

  private latestMinute(now: number): number[] {
    const minute = now - (now % 60_000);
    const isNewMinute = minute > this.seenMs - (this.seenMs % 60_000);
    return isNewMinute || performance.now() - this.firedAtWall >= eachMinuteAtLeastMs ? [minute] : [];
  }

  private async fireAll(due: readonly number[]): Promise<void> {
    for (const scheduledMs of due) {
      try {
        await this.host.fire(this.cron, scheduledMs);
      } catch (error) {
        this.host.failed(this.cron, error);
      }
    }
  }
}
