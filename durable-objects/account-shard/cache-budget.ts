import { pageCacheBytesMax } from "../../src/domain/limits.ts";

type Ledger = { bytes: number };

/** All objects of an isolate share its 128 MB, so they share one bound; what a dead object held is given back when it is collected. */
const ledgers = new Set<Ledger>();
const collected = new FinalizationRegistry<Ledger>((ledger) => ledgers.delete(ledger));

/** What one object may keep in memory. An object cannot evict another's accounts, so each gives way down to its fair share. */
export class CacheBudget {
  private readonly ledger: Ledger = { bytes: 0 };

  constructor() {
    ledgers.add(this.ledger);
    collected.register(this, this.ledger);
  }

  get bytes(): number {
    return this.ledger.bytes;
  }

  add(bytes: number): void {
    this.ledger.bytes += bytes;
  }

  get isExceeded(): boolean {
    if (this.ledger.bytes <= pageCacheBytesMax / ledgers.size) return false;
    let total = 0;
    for (const { bytes } of ledgers) total += bytes;
    return total > pageCacheBytesMax;
  }
}
