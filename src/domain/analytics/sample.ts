import type { UserKey } from "../account/state.ts";
import { distinctErrorRatio } from "../sketch.ts";

/** Values that a person's hash can have (`hash53`). */
const HASHES = 2 ** 53;

/**
 * What is remembered of each person while a question is answered, within a bound.
 *
 * When it is full, the half of the people with the greater hashes is given up, and whoever comes later with such a hash is not taken in.
 * The threshold only depends on who there was and how much each brought, not on the order; those who are left have all they did, and are
 * a fair sample of everybody: the same one that full days are kept by (decision 0005).
 */
export class PeopleSample<V> {
  private threshold = Number.POSITIVE_INFINITY;
  private weight = 0;
  private readonly weightMax: number;
  private readonly groups = new Map<number, Map<UserKey, { value: V; weight: number }>>();

  /** @param weightMax what all people together may bring */
  constructor(weightMax: number) {
    this.weightMax = weightMax;
  }

  /** Hashes below this are known; Infinity: everybody is. */
  get below(): number {
    return this.threshold;
  }

  /** Share of the people that is known, 0..1. */
  get ratio(): number {
    return this.threshold === Number.POSITIVE_INFINITY ? 1 : this.threshold / HASHES;
  }

  /** Gives up whoever lies at or above `below`: others have not been kept to begin with. */
  limit(below: number): void {
    if (below >= this.threshold) return;
    this.threshold = below;
    for (const people of this.groups.values())
      for (const [key, { weight }] of people) {
        if (key < below) continue;
        people.delete(key);
        this.weight -= weight;
      }
  }

  /**
   * What is remembered of a person, made when it is first asked for; null for one who is not in the sample.
   *
   * @param group people of different groups are different people: the number of their account
   * @param weight what remembering this costs
   */
  of(group: number, key: UserKey, make: () => V, weight = 1): V | null {
    if (key >= this.threshold) return null;
    let people = this.groups.get(group);
    if (people === undefined) this.groups.set(group, (people = new Map()));
    let known = people.get(key);
    if (known === undefined) people.set(key, (known = { value: make(), weight: 0 }));
    known.weight += weight;
    this.weight += weight;
    while (this.weight > this.weightMax) this.limit(halfOf(this.threshold));
    return key < this.threshold ? known.value : null;
  }

  /** Gives up a whole group. */
  forget(group: number): void {
    for (const { weight } of this.groups.get(group)?.values() ?? []) this.weight -= weight;
    this.groups.delete(group);
  }

  *entries(): Generator<readonly [group: number, people: Iterable<readonly [UserKey, V]>]> {
    for (const [group, people] of this.groups) if (people.size > 0) yield [group, valuesOf(people)];
  }

  summary(): SampleSummary {
    let sampled = 0;
    for (const people of this.groups.values()) sampled += people.size;
    const { ratio } = this;
    return { people: sampled / ratio, variance: (sampled * (1 - ratio)) / ratio ** 2, ratio };
  }
}

function* valuesOf<V>(people: ReadonlyMap<UserKey, { value: V }>): Generator<readonly [UserKey, V]> {
  for (const [key, { value }] of people) yield [key, value];
}

/** The next lower power of two: thresholds are the same ones wherever a sample is cut. */
const halfOf = (threshold: number): number =>
  threshold === Number.POSITIVE_INFINITY ? HASHES / 2 : 2 ** (Math.ceil(Math.log2(threshold)) - 1);

/** How much of the people an answer rests on. Those of several parts add up. */
export type SampleSummary = {
  /** All people, estimated, and the variance of that. */
  readonly people: number;
  readonly variance: number;
  /** The least share of the people that was looked at anywhere; 1 = all of them. */
  readonly ratio: number;
};

export const everybody: SampleSummary = { people: 0, variance: 0, ratio: 1 };

export const mergeSamples = (a: SampleSummary, b: SampleSummary): SampleSummary => ({
  people: a.people + b.people,
  variance: a.variance + b.variance,
  ratio: Math.min(a.ratio, b.ratio),
});

/** What an answer says of its sample: nothing when it is exact, else its standard error as a share of all people. */
export const toldSample = ({ people, variance, ratio }: SampleSummary): Approximate =>
  ratio === 1
    ? {}
    : {
        approximate: true,
        sampleRatio: ratio,
        errorRatio: people === 0 ? distinctErrorRatio(0, ratio * HASHES) : Math.sqrt(variance) / people,
      };

export type Approximate = { readonly approximate?: true; readonly sampleRatio?: number; readonly errorRatio?: number };
