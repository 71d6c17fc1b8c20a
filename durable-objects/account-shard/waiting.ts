import type { Entry } from "./entry.ts";

/** Sinks that want an account's change, as bits, and how often it was sent in vain. */
export type Wanted = { readonly sinks: number; readonly tries: number };

/** Accounts that wait for their turn, in the order in which they came. */
export class Waiting {
  private readonly wanted = new Map<Entry, Wanted>();
  private readonly delayMaxMs: number;
  private since = 0;

  /** @param delayMaxMs how long the first of them waits at most, wall time */
  constructor(delayMaxMs: number) {
    this.delayMaxMs = delayMaxMs;
  }

  get size(): number {
    return this.wanted.size;
  }

  has(entry: Entry): boolean {
    return this.wanted.has(entry);
  }

  get(entry: Entry): Wanted | undefined {
    return this.wanted.get(entry);
  }

  keys(): MapIterator<Entry> {
    return this.wanted.keys();
  }

  mark(entry: Entry, wanted: Wanted, wallMs: number): void {
    if (this.wanted.size === 0) this.since = wallMs;
    this.wanted.set(entry, wanted);
  }

  delete(entry: Entry): void {
    this.wanted.delete(entry);
  }

  /** All that wait have their turn now: who comes from here on is the first. */
  taken(wallMs: number): void {
    this.since = wallMs;
  }

  /** How long until their turn, where others leave none before `restMs`; null: nobody waits. */
  dueInMs(restMs: number, wallMs: number): number | null {
    return this.wanted.size === 0 ? null : Math.max(0, Math.min(restMs, this.since + this.delayMaxMs - wallMs));
  }
}
