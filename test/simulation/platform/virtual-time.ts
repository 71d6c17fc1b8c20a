/**
 * A clock and timers that move only when told to, for seeded runs: same seed, same order of everything.
 *
 * Takes over `Date.now`, `setTimeout`, `clearTimeout`, `crypto.randomUUID`, `crypto.getRandomValues` and `crypto.subtle.digest`
 * (the real ones answer when a thread of the pool is done, in an order that no seed decides) and gives them back at `restore`.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { createHash } from "node:crypto";

/** Of which life of an object the code is that runs; undefined: of none. */
export const livesRunning = new AsyncLocalStorage<{ readonly alive: boolean }>();

type Timer = { readonly at: number; readonly order: number; readonly run: () => void; readonly what: string };

/** Microtask queues are drained between two turns of the real loop; this many turns settle chains that hop through it. */
const TURNS_PER_STEP = 2;

/** More than this without time moving on is a loop in the code under test, not work. */
const TIMERS_AT_ONE_INSTANT_MAX = 20_000;

const realSetImmediate = globalThis.setImmediate;
const turn = (): Promise<void> => new Promise((resolve) => realSetImmediate(resolve));

/** A timer ends with the life that set it, as on the platform: otherwise code of the dead would go on, and set the next one, for ever. */
function ofItsLife(run: () => void): () => void {
  const life = livesRunning.getStore();
  return life === undefined ? run : () => void (life.alive && livesRunning.run(life, run));
}

export class VirtualTime {
  private nowMs: number;
  private order = 0;
  private readonly timers = new Map<number, Timer>();
  private readonly restores: (() => void)[] = [];

  constructor(startMs: number, random: () => number) {
    this.nowMs = startMs;
    this.replace(Date, "now", () => this.nowMs);
    this.replace(globalThis, "setTimeout", ((run: () => void, delayMs = 0) =>
      this.schedule(ofItsLife(run), delayMs)) as unknown as typeof setTimeout);
    this.replace(globalThis, "clearTimeout", ((handle: number) => this.timers.delete(handle)) as unknown as typeof clearTimeout);
    const fill = <T extends ArrayBufferView | null>(view: T): T => {
      if (view !== null)
        for (let i = 0; i < view.byteLength; i++)
          new Uint8Array(view.buffer, view.byteOffset, view.byteLength)[i] = Math.floor(random() * 256);
      return view;
    };
    this.replace(crypto, "getRandomValues", fill);
    this.replace(crypto, "randomUUID", () => {
      const hex = Buffer.from(fill(new Uint8Array(16))).toString("hex");
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
    });
    this.replace(crypto.subtle, "digest", async (algorithm: AlgorithmIdentifier, data: BufferSource) => {
      const name = (typeof algorithm === "string" ? algorithm : algorithm.name).replace("-", "").toLowerCase();
      const bytes = ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data);
      return new Uint8Array(createHash(name).update(bytes).digest()).buffer;
    });
  }

  now(): number {
    return this.nowMs;
  }

  /** `what` names the timer when time does not move on. */
  schedule(run: () => void, delayMs: number, what = "timer"): number {
    const handle = ++this.order;
    this.timers.set(handle, { at: this.nowMs + Math.max(0, delayMs), order: handle, run, what });
    return handle;
  }

  cancel(handle: number): void {
    this.timers.delete(handle);
  }

  /** A promise that resolves after virtual time has passed. */
  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.schedule(resolve, delayMs));
  }

  /** Runs every timer due up to `untilMs`, one at a time in order, and stands there. */
  async advanceTo(untilMs: number): Promise<void> {
    await this.drain();
    let atOneInstant = 0;
    for (;;) {
      const due = this.earliest();
      if (due === null || due.timer.at > untilMs) break;
      this.timers.delete(due.handle);
      atOneInstant = due.timer.at > this.nowMs ? 0 : atOneInstant + 1;
      if (atOneInstant > TIMERS_AT_ONE_INSTANT_MAX) throw new Error(`time does not move on: ${due.timer.what}`);
      this.nowMs = Math.max(this.nowMs, due.timer.at);
      due.timer.run();
      await this.drain();
    }
    this.nowMs = Math.max(this.nowMs, untilMs);
  }

  restore(): void {
    for (const restore of this.restores.reverse()) restore();
  }

  private async drain(): Promise<void> {
    for (let i = 0; i < TURNS_PER_STEP; i++) await turn();
  }

  private earliest(): { handle: number; timer: Timer } | null {
    let best: { handle: number; timer: Timer } | null = null;
    for (const [handle, timer] of this.timers) {
      if (best === null || timer.at < best.timer.at || (timer.at === best.timer.at && timer.order < best.timer.order))
        best = { handle, timer };
    }
    return best;
  }

  private replace<T extends object, K extends keyof T>(target: T, key: K, value: T[K]): void {
    const own = Object.getOwnPropertyDescriptor(target, key);
    Object.defineProperty(target, key, { value, configurable: true, writable: true });
    this.restores.push(() => {
      if (own === undefined) delete target[key];
      else Object.defineProperty(target, key, own);
    });
  }
}
