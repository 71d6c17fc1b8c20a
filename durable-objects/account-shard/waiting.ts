import type { Entry } from "./entry.ts";

/** Sinks that want an account's change, as bits, and how often it was sent in vain. */
export type Wanted = { readonly sinks: number; readonly tries: number };

/** Accounts that wait for their turn, in the order in which they came. */
export class Waiting {
  private readonly wanted = new Map<Entry, Wanted & { readonly since: number }>();
  private readonly delayMaxMs: number;

  /** @param delayMaxMs how long each of them waits at most, wall time */
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

  /** Who waits already keeps its place. */
  mark(entry: Entry, { sinks, tries }: Wanted, wallMs: number): void {
    this.wanted.set(entry, { sinks, tries, since: this.wanted.get(entry)?.since ?? wallMs });
  }

  delete(entry: Entry): void {
    this.wanted.delete(entry);
  }

  /** How long until the first one's turn, where others leave none before `restMs`; null: nobody waits. */
  dueInMs(restMs: number, wallMs: number): number | null {
    for (const { since } of this.wanted.values()) return Math.max(0, Math.min(restMs, since + this.delayMaxMs - wallMs));
    return null;
  }
}
