import { hash53 } from "../domain/account/id-hash.ts";

/**
 * Pairs of a key and an account that the directory has been told of. Forgets now and then, which costs one more telling.
 *
 * A pair is kept as its 53-bit hash in one of two places, the newer first: eight bytes where a map takes two hundred, so that everybody who
 * is active has room. Two pairs with one hash (odds of 2^-53) would leave one of them to be learned by another isolate.
 */
export class ToldPairs {
  private readonly places: Float64Array;

  /** @param entriesMax a power of two */
  constructor(entriesMax: number) {
    this.places = new Float64Array(entriesMax);
  }

  has(key: string, accountId: string): boolean {
    const hash = hashOf(key, accountId);
    const place = this.placeOf(hash);
    return this.places[place] === hash || this.places[place ^ 1] === hash;
  }

  add(key: string, accountId: string): void {
    const hash = hashOf(key, accountId);
    const place = this.placeOf(hash);
    const older = this.places[place] as number;
    if (older === hash) return;
    if (older !== 0) this.places[place ^ 1] = older;
    this.places[place] = hash;
  }

  private placeOf(hash: number): number {
    return (hash | 0) & (this.places.length - 1);
  }
}

/** 0 stands for an empty place. */
const hashOf = (key: string, accountId: string): number => hash53(`${accountId}\n${key}`) || 1;
