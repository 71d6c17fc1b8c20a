import type { ChangesMessage } from "../../src/domain/change.ts";
import {
  busyTimerLateMs,
  changeRedriveFloorMs,
  queueSendTimeoutMs,
  recomputeAlarmMs,
  scoreDelayMaxMs,
  timersPerAlarmMax,
} from "../../src/domain/limits.ts";
import { invariant } from "../../src/domain/result.ts";
import { SECOND_MS } from "../../src/domain/time.ts";
import { type Clock, wallNow } from "../../src/platform/clock.ts";
import { reportLine } from "../../src/platform/report.ts";
import { within } from "../../src/platform/within.ts";
import type { AccountBook } from "./account-book.ts";
import type { ChangeOutbox } from "./change-outbox.ts";
import type { ShardConfig } from "./config.ts";
import type { FieldCounting } from "./field-counting.ts";
import type { GiveBackOutbox } from "./give-back-outbox.ts";
import type { Instants } from "./instants.ts";
import type { JournalStore } from "./journal-store.ts";
import type { Leaving } from "./leaving.ts";
import type { AccountPorts } from "./ports.ts";
import type { Refolding } from "./refolding.ts";
import type { RefusedStore } from "./refused-store.ts";
import type { Returns } from "./returns.ts";
import type { Timers } from "./timers.ts";

type Parts = {
  readonly storage: DurableObjectStorage;
  readonly clock: Clock;
  readonly book: AccountBook;
  readonly journal: JournalStore;
  readonly config: ShardConfig;
  readonly counting: FieldCounting;
  readonly outbox: ChangeOutbox;
  readonly refused: RefusedStore;
  readonly givenBack: GiveBackOutbox;
  readonly leaving: Leaving;
  readonly refolding: Refolding;
  readonly timers: Timers;
  readonly returns: Returns;
  readonly instants: Instants;
  readonly shard: () => string;
  readonly ports: () => AccountPorts;
  /** Makes known what scores depend on besides the accounts. */
  readonly learn: () => Promise<void>;
};

/**
 * Does what follows from commits and from time alone: scores what changed and sends it, gives events back, copies what was refused, makes
 * accounts anew, finds the next instants. A timer in memory scores what is due soon, and an alarm always stands for whatever is due, for the
 * case that the object dies before.
 *
 * One run at a time, of scoring and of the whole; who asks meanwhile waits for the one under way. A run takes up a bounded number of accounts
 * whose time has come. After a failure it rests for a second, and what could not be done is due again.
 */
export class Drive {
  private readonly parts: Parts;
  /** Of the alarm that stands, wall time; null: none, as far as is known. */
  private alarmAt: number | null = null;
  private scoreTimer: { readonly at: number; readonly timer: ReturnType<typeof setTimeout> } | null = null;
  private scoring: Promise<void> | null = null;
  private driving: Promise<void> | null = null;
  /** After a failure nothing is tried before this, wall time: a fault must not become a loop. */
  private quietUntil = 0;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  /** Before the first call of this life: which alarm stands, and that one does. */
  async start(): Promise<void> {
    this.alarmAt = await this.parts.storage.getAlarm();
    this.arm();
  }

  /** What a commit has marked is scored soon, and an alarm stands for it. */
  afterCommit(wallMs: number): void {
    const { givenBack, leaving } = this.parts;
    this.scoreSoon();
    // Whatever is due sooner is done by the timer in memory: an alarm that comes soon is enough, and finding the exact instant costs.
    const isGiving = givenBack.dueAt !== null || leaving.isDue;
    if (this.alarmAt === null || this.alarmAt > wallMs + changeRedriveFloorMs || isGiving) this.arm();
  }

  /** A timer that stands for another lane does not make what is due sooner wait for it. */
  scoreSoon(): void {
    const { outbox, shard } = this.parts;
    const wallMs = wallNow();
    const rest = outbox.restMs(wallMs);
    if (rest === null || this.scoring !== null) return;
    const at = Math.max(wallMs + rest, this.quietUntil);
    if (this.scoreTimer !== null && this.scoreTimer.at <= at) return;
    if (this.scoreTimer !== null) clearTimeout(this.scoreTimer.timer);
    const timer = setTimeout(() => {
      this.scoreTimer = null;
      outbox.isCrowded = wallNow() - at >= busyTimerLateMs;
      this.score().catch((error: unknown) => reportLine("account_scores_failed", { shard: shard(), error: String(error) }));
    }, at - wallMs);
    this.scoreTimer = { at, timer };
  }

  /** One run at a time; another follows while there is something left. */
  private async score(): Promise<void> {
    this.scoring ??= this.scoreOnce()
      .catch((error: unknown) => {
        this.quietUntil = wallNow() + SECOND_MS;
        throw error;
      })
      .finally(() => {
        this.scoring = null;
        this.scoreSoon();
      });
    await this.scoring;
  }

  private async scoreOnce(): Promise<void> {
    const { book, clock, config, outbox, ports, learn } = this.parts;
    await learn();
    const send = (messages: readonly ChangesMessage[]): Promise<void> => within(queueSendTimeoutMs, ports().sendChanges(messages));
    const from = clock.now();
    const turn = outbox.turn(from, wallNow());
    const { configAt } = await config.at(turn.instants, from, wallNow());
    // What came during the wait is scored with the rest, and is not to lie in the future.
    await outbox.run({ send }, turn, { now: clock.now(), configAt }, wallNow());
    book.evict(clock.now(), true);
  }

  /** Never fails: whatever could not be done is due again later. */
  async run(): Promise<void> {
    this.alarmAt = null;
    try {
      this.driving ??= this.driveOnce().finally(() => (this.driving = null));
      await this.driving;
    } catch (error) {
      this.quietUntil = wallNow() + SECOND_MS;
      reportLine("account_drive_failed", { shard: this.parts.shard(), error: String(error) });
    } finally {
      this.arm();
    }
  }

  private async driveOnce(): Promise<void> {
    const { book, config, outbox, givenBack, refolding, refused, timers, ports } = this.parts;
    await this.parts.learn();
    const now = this.parts.clock.now();
    for (const entry of timers.due(now, timersPerAlarmMax)) {
      entry.nextAt = 0;
      outbox.mark(entry, wallNow());
      timers.changed = true;
    }
    refolding.refoldLater(book.outdated());
    refolding.start();
    outbox.takeUpAgain(wallNow());
    if (outbox.restMs(wallNow()) === 0) await this.score();
    else this.scoreSoon();
    this.leave();
    await givenBack.drive({ send: (message) => within(queueSendTimeoutMs, ports().sendPack(message)) }, wallNow());
    await refused.copy({ send: (letters) => within(queueSendTimeoutMs, ports().copyDeadLetters(letters)) }, wallNow());
    await this.parts.instants.find();
    this.writeTimers();
    if (!outbox.isRecomputing && !config.isRecomputed) this.recomputed();
  }

  /** What cannot leave now is tried again in a while, and keeps nothing else that is due from its turn. */
  private leave(): void {
    const { leaving, shard } = this.parts;
    if (!leaving.isDue) return;
    try {
      leaving.step();
    } catch (error) {
      this.quietUntil = wallNow() + SECOND_MS;
      reportLine("account_leaving_failed", { shard: shard(), error: String(error) });
    }
  }

  /** All accounts have been scored with what is active. What no sink has confirmed is marked with the same commit. */
  private recomputed(): void {
    const { config, journal, outbox, timers } = this.parts;
    timers.write(journal.lastSeq, outbox);
    config.recomputed();
  }

  /** Written down when all instants are known and nothing is under way; now and then while something is, because an import may take hours. */
  private writeTimers(): void {
    const { journal, outbox, timers } = this.parts;
    const isSettled = outbox.isEmpty && timers.least(outbox) !== 0;
    if (timers.changed && (isSettled || timers.isWriteDue)) timers.write(journal.lastSeq, outbox);
  }

  /** Sets the alarm again, which may have been lost. Gives how late it was, ms of wall time: it was set, and had not fired. */
  armAnew(): number {
    const overdueMs = this.alarmAt === null ? 0 : Math.max(0, wallNow() - this.alarmAt);
    this.alarmAt = null;
    this.arm();
    return overdueMs;
  }

  /** Something that commits have left to be done is not done yet; what time alone will bring does not count. */
  get isUndone(): boolean {
    const { outbox, givenBack, leaving, refolding, refused } = this.parts;
    return (
      !outbox.isEmpty ||
      outbox.isRecomputing ||
      givenBack.dueAt !== null ||
      leaving.isDue ||
      refolding.dueAt(wallNow()) !== null ||
      refused.copyDueAt !== null
    );
  }

  /** Wall time of the next thing to do; null = nothing. */
  private dueAt(): number | null {
    const { book, clock, config, counting, givenBack, leaving, outbox, refolding, refused, returns, timers } = this.parts;
    const wallMs = wallNow();
    const times: number[] = [];
    const score = outbox.restMs(wallMs);
    // The timer in memory does it sooner; the alarm is for the case that the object dies before.
    if (score !== null) times.push(wallMs + Math.min(score + changeRedriveFloorMs, scoreDelayMaxMs));
    const again = outbox.againAt();
    if (again !== null) times.push(again);
    for (const due of [givenBack.dueAt, refused.copyDueAt]) if (due !== null) times.push(due);
    if (leaving.isDue || book.outdated().some((entry) => !refolding.isOrdered(entry))) times.push(wallMs);
    const refold = refolding.dueAt(wallMs);
    if (refold !== null) times.push(refold);
    if (!config.isRecomputed || outbox.isRecomputing || counting.isUndone) times.push(wallMs + recomputeAlarmMs);
    const least = timers.least(outbox);
    if (least === 0 || (timers.changed && outbox.isEmpty)) times.push(wallMs + changeRedriveFloorMs);
    if (least !== null && least > 0) times.push(clock.wallTimeOf(least));
    if (returns.dueAt !== null) times.push(returns.dueAt);
    return times.length === 0 ? null : Math.min(...times);
  }

  /** Makes sure that an alarm stands not later than the next thing to do. Each one set is a billed row, so one that stands is left alone. */
  arm(): void {
    const due = this.dueAt();
    if (due === null) return;
    const at = Math.max(due, this.quietUntil, 1);
    if (this.alarmAt !== null && this.alarmAt <= at) return;
    invariant(Number.isFinite(at), "an alarm has a time");
    this.alarmAt = at;
    void this.parts.storage.setAlarm(at);
  }
}
