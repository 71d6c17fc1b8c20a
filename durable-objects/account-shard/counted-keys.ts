import { supersededIn } from "../../src/domain/account/fields/counted-field.ts";
import { fieldsKeptMax } from "../../src/domain/limits.ts";
import type { MetaStore } from "./meta-store.ts";

const NAME = "countedFields";

/** Which fields of events the accounts of this shard count (`fieldKey`). */
export class CountedKeys {
  private readonly meta: MetaStore;
  private known: ReadonlySet<string>;
  private wanted: ReadonlySet<string> = new Set();
  private counting: ReadonlySet<string> = new Set();

  constructor(meta: MetaStore) {
    this.meta = meta;
    this.known = new Set(JSON.parse(meta.text(NAME) ?? "[]") as string[]);
  }

  /** All accounts count them, as written. */
  get covered(): ReadonlySet<string> {
    return this.known;
  }

  /** What accounts count that are new or made anew: also what the others are still to learn. */
  get all(): ReadonlySet<string> {
    return new Set([...this.known, ...this.wanted, ...this.counting]);
  }

  isCovered(keys: Iterable<string>): boolean {
    for (const key of keys) if (!this.known.has(key)) return false;
    return true;
  }

  /**
   * Fields of older configurations stay for past instants, unless they are too many: then only what is wanted is counted on, and what the
   * configuration in use reads (`active`).
   */
  want(keys: ReadonlySet<string>, active: ReadonlySet<string>): void {
    this.wanted = keys;
    if (this.all.size > fieldsKeptMax) this.write([...this.known].filter((key) => keys.has(key) || active.has(key)));
  }

  /** The accounts are about to learn these one after the other: until `cover` or `giveUp` none forgets them, whatever is wanted meanwhile. */
  begin(keys: Iterable<string>): void {
    this.counting = new Set(keys);
  }

  giveUp(): void {
    this.counting = new Set();
  }

  /** Every account does now. */
  cover(keys: Iterable<string>): void {
    this.write([...this.known, ...keys]);
    this.counting = new Set();
  }

  private write(keys: readonly string[]): void {
    const superseded = supersededIn(new Set(keys));
    this.known = new Set(keys.filter((key) => !superseded.includes(key)));
    this.meta.put(NAME, JSON.stringify([...this.known]));
  }
}
