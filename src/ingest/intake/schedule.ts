import { archive, archiveDueAt } from "./archive.ts";
import { redrive, redriveDueAt } from "./drive.ts";
import { flush, flushDueAt } from "./flush.ts";
import { copyDueAt, copyLetters } from "./letters.ts";
import type { IntakeState } from "./state.ts";
import { tellDueAt, tellSourcesMoved } from "./tell.ts";

/** One kind of work that a shard does by itself: when it is due (wall ms, null = nothing to do), and doing it. */
type Task = { readonly name: string; dueAt(state: IntakeState): number | null; run(state: IntakeState): Promise<void> };

const tasks: readonly Task[] = [
  { name: "flush", dueAt: flushDueAt, run: flush },
  { name: "redrive", dueAt: redriveDueAt, run: redrive },
  { name: "archive", dueAt: archiveDueAt, run: archive },
  { name: "copy", dueAt: copyDueAt, run: copyLetters },
  { name: "tell", dueAt: tellDueAt, run: tellSourcesMoved },
];

/** A timer keeps the object awake (and billed), so only what is due soon gets one; the rest is the alarm's. */
const TIMER_MAX_MS = 3_000;
/** The alarm is the net under the timers: it stands this long after what is due, and is not moved while it stands near enough. */
const ALARM_SLACK_MS = 5_000;
/** An alarm that is due but has not fired is on its way; moving it would cancel it. Only one this late is given up for lost. */
const ALARM_LOST_AFTER_MS = 30_000;
/** After a task threw (a bug, or storage that failed): not at once again. */
const FAILED_TASK_REST_MS = 1_000;

/** Sets the object's one alarm. May be called within a commit. */
export type AlarmPort = { set(wallMs: number): void };

/**
 * Runs what is due, each kind of work at most once at a time and none waiting for another: a bucket that hangs delays no flush.
 * While anything is undone an alarm stands, so that work goes on after any restart.
 */
export class Schedule {
  private readonly state: IntakeState;
  private readonly alarm: AlarmPort;
  private readonly running = new Map<string, Promise<void>>();
  private readonly restUntil = new Map<string, number>();
  private timer: { readonly handle: ReturnType<typeof setTimeout>; readonly at: number } | null = null;
  private hasEnded = false;
  /** When the alarm stands, as far as this life knows; null = none. */
  private alarmAt: number | null = null;

  constructor(state: IntakeState, alarm: AlarmPort) {
    this.state = state;
    this.alarm = alarm;
  }

  /** Looks at what is due: starts it, or sets timer and alarm for it. Called after every change. */
  look(): void {
    if (this.hasEnded) return;
    const wallNow = this.state.ports.clock.wallNow();
    let next: number | null = null;
    for (const task of tasks) {
      const due = this.dueAt(task);
      if (due === null) continue;
      next = next === null ? due : Math.min(next, due);
      if (due <= wallNow && !this.running.has(task.name)) this.start(task);
    }
    if (next === null) return;
    this.armAlarm(Math.max(next, wallNow), wallNow);
    this.armTimer(wallNow);
  }

  /** The alarm has fired: it stands no longer. Resolves when what was due has been done. */
  async onAlarm(): Promise<void> {
    this.alarmAt = null;
    this.look();
    await Promise.allSettled(this.running.values());
    // A hanging call has its own timeout; the alarm is armed again in any case.
    this.look();
  }

  isUndone(): boolean {
    return tasks.some((task) => task.dueAt(this.state) !== null);
  }

  private dueAt(task: Task): number | null {
    const due = task.dueAt(this.state);
    return due === null ? null : Math.max(due, this.restUntil.get(task.name) ?? 0);
  }

  private start(task: Task): void {
    const run = task
      .run(this.state)
      .catch((error: unknown) => {
        this.hasEnded ||= !this.state.store.isAlive();
        if (this.hasEnded) return;
        this.restUntil.set(task.name, this.state.ports.clock.wallNow() + FAILED_TASK_REST_MS);
        this.state.ports.report("intake.task_failed", {
          shard: this.state.name,
          task: task.name,
          error: error instanceof Error ? error.message : String(error),
        });
      })
      .then(() => {
        this.running.delete(task.name);
        this.look();
      });
    this.running.set(task.name, run);
  }

  private armTimer(wallNow: number): void {
    let at: number | null = null;
    for (const task of tasks) {
      if (this.running.has(task.name)) continue;
      const due = this.dueAt(task);
      if (due !== null && (at === null || due < at)) at = due;
    }
    if (this.timer !== null && at !== null && this.timer.at <= at && this.timer.at > wallNow) return;
    if (this.timer !== null) clearTimeout(this.timer.handle);
    this.timer = null;
    if (at === null || at - wallNow > TIMER_MAX_MS) return;
    const handle = setTimeout(
      () => {
        this.timer = null;
        this.look();
      },
      Math.max(0, at - wallNow),
    );
    this.timer = { handle, at };
  }

  private armAlarm(due: number, wallNow: number): void {
    const late = due + ALARM_SLACK_MS;
    if (this.alarmAt !== null && this.alarmAt > wallNow - ALARM_LOST_AFTER_MS && this.alarmAt <= late) return;
    // What is due soon has a timer; the alarm is only its net. What is due later is the alarm's own.
    this.alarmAt = due - wallNow > TIMER_MAX_MS ? due : late;
    this.alarm.set(this.alarmAt);
  }
}
