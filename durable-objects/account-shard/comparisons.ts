import type { ComparisonCall } from "../../src/domain/account/messages.ts";
import { isCustomer } from "../../src/domain/canary.ts";
import { activate, parseConfiguration } from "../../src/domain/config/active.ts";
import { type Comparison, comparisonOf, emptyComparison, mergeComparisons } from "../../src/domain/config/comparison.ts";
import { accountHealth, onlyConfig } from "../../src/domain/health/account-health.ts";
import type { AccountBook } from "./account-book.ts";
import type { ShardConfig } from "./config.ts";
import type { Turns } from "./turns.ts";

type Parts = { readonly book: AccountBook; readonly config: ShardConfig; readonly turns: Turns; readonly now: () => number };

/** Two evaluations and an account that is loaded are about as much work as so many lines of the journal. */
const linesPerAccount = 2_000;

/** Compares this shard's accounts by the configuration in force and by one that there could be. Writes nothing. */
export class ShardComparisons {
  private readonly parts: Parts;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  run({ kind, key, configuration }: ComparisonCall): Promise<Comparison> {
    const { book, config, turns, now } = this.parts;
    const parsed = parseConfiguration(configuration);
    if (!parsed.ok) return Promise.reject(new Error(parsed.error));
    const other = { kind, key, config: activate(parsed.value) };
    return turns.take(async (breather) => {
      let found = emptyComparison;
      for (const entry of book.byId.values()) {
        // Between two of them the account may have been merged away.
        if (!isCustomer(entry.id) || entry.mergedInto !== null) continue;
        const { state } = book.loadForReading(entry, now());
        const compared = accountHealth(state, onlyConfig(config.active)).compared(other, now());
        if (compared !== null) found = mergeComparisons(found, comparisonOf({ accountId: entry.id, name: state.name, ...compared }));
        book.measureNewest();
        book.evict(now(), false);
        await breather.looked(linesPerAccount);
      }
      return found;
    });
  }
}
