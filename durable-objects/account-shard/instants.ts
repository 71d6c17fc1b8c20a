import type { Assigned } from "../../src/domain/config/active.ts";
import { bandGivesWayAt } from "../../src/domain/health/held-band.ts";
import { nextChangeOf, nextTurnAt } from "../../src/domain/health/next-change.ts";
import {
  instantAgainMs,
  timersBusyRestMs,
  timersPerAlarmMax,
  timersPerBusyAlarmMax,
  timersPerStepMax,
  timersRestPerEvaluationMs,
  turnSpacingMs,
} from "../../src/domain/limits.ts";
import { DAY_MS, MINUTE_MS } from "../../src/domain/time.ts";
import { type Clock, wallNow } from "../../src/platform/clock.ts";
import { reportLine } from "../../src/platform/report.ts";
import type { AccountBook } from "./account-book.ts";
import type { ChangeOutbox } from "./change-outbox.ts";
import type { ShardConfig } from "./config.ts";
import type { Entry } from "./entry.ts";
import type { Paces } from "./pace.ts";
import type { Timers } from "./timers.ts";

/** An account whose time has nothing to change is looked at again by then. */
const QUIET_MS = DAY_MS;
/** Shards spread their work of midnight UTC over so long. */
const MIDNIGHT_SPREAD_MS = 5 * MINUTE_MS;

type Parts = {
  readonly book: AccountBook;
  readonly config: ShardConfig;
  readonly timers: Timers;
  readonly outbox: ChangeOutbox;
  readonly paces: Paces;
  readonly clock: Clock;
  /** 0..1, different for each shard. */
  readonly spread: number;
};

/**
 * Looks for the instants at which time alone changes something of accounts that were scored.
 *
 * It costs several scores each, so while scores are under way, here or in another shard of the isolate, it takes its rest from it, and leaves
 * out who was scored a moment ago: the next event would make it vain.
 */
export class Instants {
  private readonly parts: Parts;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  /** Finds a bounded number of them, a few at a time: others have their turn in between. */
  async find(): Promise<void> {
    const { book, clock, outbox, timers } = this.parts;
    for (const [i, entry] of this.wanted(wallNow()).entries()) {
      if (i > 0 && i % timersPerStepMax === 0) await new Promise((resolve) => setTimeout(resolve, 0));
      // Meanwhile something may have come for it.
      if (!timers.isUnknown(entry, outbox)) continue;
      const now = clock.now();
      this.parts.paces.instants.use(this.findSafely(entry, now) * timersRestPerEvaluationMs, wallNow());
      timers.changed = true;
      // Folded again from the whole journal: once, not at each waking.
      if (entry.pagesAreOld) book.page(entry, now);
      book.evict(now, false);
    }
  }

  private wanted(wallMs: number): Entry[] {
    const { clock, outbox, paces, timers } = this.parts;
    if (outbox.isEmpty && [paces.live, paces.history].every((pace) => pace.restMs(wallMs) === 0))
      return timers.unknown(timersPerAlarmMax, outbox);
    if (paces.instants.restMs(wallMs) > 0) return [];
    const hasRested = ({ scoredAt }: Entry): boolean => clock.wallTimeOf(scoredAt) <= wallMs - timersBusyRestMs;
    return timers.unknown(timersPerBusyAlarmMax, outbox, hasRested);
  }

  /** An account that cannot be looked at holds up no other: it is looked at again in a while. */
  private findSafely(entry: Entry, now: number): number {
    try {
      return this.findOf(entry, now);
    } catch (error) {
      entry.nextAt = now + instantAgainMs;
      reportLine("account_instant_not_found", { account: entry.id, error: String(error) });
      return 1;
    }
  }

  /** Gives how often the account's health was evaluated for it. */
  private findOf(entry: Entry, now: number): number {
    const { state } = this.parts.book.loadForReading(entry, now);
    const assigned = this.parts.config.assign(state);
    const { at, evaluations } = nextChangeOf(state, assigned, now);
    // What has turned since the account was scored is due at once; what turns often is told now and then.
    const scoredAt = entry.scoredAt === 0 ? now : entry.scoredAt;
    const turn = nextTurnAt(state, assigned, scoredAt) ?? Infinity;
    entry.nextAt = Math.min(
      this.spreadAt(at ?? now + QUIET_MS),
      firstGivesWayAt(entry, assigned),
      Math.max(turn, scoredAt + turnSpacingMs),
    );
    return evaluations;
  }

  /** All accounts have something to do at midnight. */
  private spreadAt(at: number): number {
    return at % DAY_MS === 0 ? at + Math.trunc(this.parts.spread * MIDNIGHT_SPREAD_MS) : at;
  }
}

/** When the first of the bands gives way that are being left, of the account's own scorecard and of those beside it; Infinity: none is. */
function firstGivesWayAt({ heldBand, heldBeside }: Entry, { scorecard, sides }: Assigned): number {
  const held = [
    { band: heldBand, by: scorecard },
    ...sides.map((side) => ({ band: heldBeside.get(side.key) ?? null, by: side.scorecard })),
  ];
  return Math.min(...held.map(({ band, by }) => (band === null ? null : bandGivesWayAt(band, by)) ?? Infinity));
}
