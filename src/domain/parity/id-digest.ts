import { hashId } from "../account/seen.ts";
import type { IdHasher } from "../account/id-hash.ts";
import type { IdSet } from "../account/id-set.ts";
import type { Event } from "../event.ts";
import { idRetentionMs, parityIdsMax } from "../limits.ts";
import { DAY_MS, dayOf } from "../time.ts";

/**
 * The ids of an account by the UTC day of receipt: how many there are, and the sums of their hashes, which no order changes. Two sets of which
 * both agree differ with odds of one in 2^64.
 */
export class IdDigest {
  readonly days = new Map<number, readonly [count: number, lo: number, hi: number]>();
  private readonly first: number;
  private readonly last: number;

  /** @param range UTC days, both included */
  constructor({ first, last }: IdRange) {
    this.first = first;
    this.last = last;
  }

  add(lo: number, hi: number, day: number): void {
    if (day < this.first || day > this.last) return;
    const [count, sumLo, sumHi] = this.days.get(day) ?? [0, 0, 0];
    this.days.set(day, [count + 1, (sumLo + lo) >>> 0, (sumHi + hi) >>> 0]);
  }

  addEvent(hasher: IdHasher, event: Event, origin: string | undefined): void {
    hashId(hasher, event, origin);
    this.add(hasher.lo, hasher.hi, dayOf(event.receivedAt));
  }

  toJson(): IdDigestJson {
    return [...this.days].sort(([a], [b]) => a - b).map(([day, sums]) => [day, ...sums]);
  }
}

export type IdDigestJson = readonly (readonly [day: number, count: number, lo: number, hi: number])[];
export type IdRange = { readonly first: number; readonly last: number };

/**
 * Days of which all ids are kept now, up to the one that a door's clock may be in already. Ids that were filed before the storage began to mark those under another
 * day than that of their receipt cannot be told apart.
 *
 * @param markedSince UTC day
 */
export const comparedIdDays = (now: number, markedSince: number): IdRange => ({
  first: Math.max(markedSince + 1, dayOf(now) - idRetentionMs / DAY_MS + 1),
  last: dayOf(now) + 1,
});

/** Null where there are more than one call looks at. */
export function digestOf(ids: IdSet, range: IdRange): IdDigestJson | null {
  if (ids.size > parityIdsMax) return null;
  const digest = new IdDigest(range);
  ids.eachByDay((lo, hi, day) => digest.add(lo, hi, day));
  return digest.toJson();
}
