import { hash32 } from "../../../src/domain/hash.ts";
import { seededRandom } from "../../seeded-random.ts";

/** A row of numbers that depends on its name alone. */
export type Random = {
  /** In [0, 1). */
  readonly next: () => number;
  /** Whole, from `low` up to but without `high`. */
  readonly between: (low: number, high: number) => number;
  readonly chance: (probability: number) => boolean;
  readonly pick: <T>(items: readonly T[]) => T;
  /** How often something happens that happens `mean` times on average. */
  readonly poisson: (mean: number) => number;
};

/** The same seed and name give the same numbers, whatever else was drawn before: any part of the company can be made alone. */
export function randomOf(seed: number, name: string): Random {
  const next = seededRandom(hash32(name, seed));
  const between = (low: number, high: number): number => low + Math.floor(next() * (high - low));
  return {
    next,
    between,
    chance: (probability) => next() < probability,
    pick: (items) => items[between(0, items.length)] as (typeof items)[number],
    poisson: (mean) => {
      const limit = Math.exp(-mean);
      let count = 0;
      for (let product = next(); product > limit; product *= next()) count++;
      return count;
    },
  };
}

/** An id in the form of a UUID that depends on its name alone. */
export function uuidOf(seed: number, name: string): string {
  const hex = [0, 1, 2, 3]
    .map((part) =>
      hash32(name, seed + part * 7_919)
        .toString(16)
        .padStart(8, "0"),
    )
    .join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}
