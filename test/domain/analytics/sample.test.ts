import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hash53 } from "../../../src/domain/account/id-hash.ts";
import { everybody, mergeSamples, PeopleSample, toldSample } from "../../../src/domain/analytics/sample.ts";

const taken = fc.array(fc.record({ group: fc.integer({ min: 0, max: 3 }), person: fc.integer({ min: 0, max: 60 }) }), { maxLength: 300 });
type Taken = { group: number; person: number };

function sampleOf(items: readonly Taken[], weightMax: number) {
  const sample = new PeopleSample<{ n: number }>(weightMax);
  for (const { group, person } of items) {
    const known = sample.of(group, hash53(`p${person}`), () => ({ n: 0 }));
    if (known !== null) known.n++;
  }
  const people = [...sample.entries()].flatMap(([group, some]) =>
    [...some].map(([key, { n }]): [string, number] => [`${group}/${key}`, n]),
  );
  return { below: sample.below, people: new Map(people.sort(([a], [b]) => (a < b ? -1 : 1))), summary: sample.summary() };
}

describe("a sample of people", () => {
  test("does not depend on the order in which they come, and knows all of whom it keeps", () => {
    fc.assert(
      fc.property(taken, fc.integer({ min: 1, max: 120 }), (items, weightMax) => {
        const there = sampleOf(items, weightMax);
        expect(sampleOf(items.toReversed(), weightMax)).toEqual(there);
        const whole = sampleOf(items, Infinity);
        expect(there.people).toEqual(new Map([...whole.people].filter(([key]) => Number(key.split("/")[1]) < there.below)));
        expect([...there.people.values()].reduce((sum, n) => sum + n, 0)).toBeLessThanOrEqual(weightMax);
      }),
    );
  });

  test("stands for all: the estimate lies within four of its standard errors", () => {
    const sample = new PeopleSample<object>(1_000);
    for (let i = 0; i < 20_000; i++) sample.of(0, hash53(`person ${i}`), () => ({}));
    const { people, variance, ratio } = sample.summary();
    expect(ratio).toBeLessThan(0.06);
    expect(Math.abs(people - 20_000)).toBeLessThan(4 * Math.sqrt(variance));
    const told = toldSample(mergeSamples(sample.summary(), everybody));
    expect(told).toEqual({ approximate: true, sampleRatio: ratio, errorRatio: Math.sqrt(variance) / people });
  });

  test("says nothing of itself while everybody is in it", () => {
    expect(toldSample(sampleOf([{ group: 0, person: 1 }], 10).summary)).toEqual({});
  });

  test("leaves out from the beginning those whom the days have not kept", () => {
    const sample = new PeopleSample<object>(10);
    sample.limit(2 ** 52);
    expect(sample.of(0, 2 ** 52, () => ({}))).toBeNull();
    expect(sample.of(0, 2 ** 52 - 1, () => ({}))).not.toBeNull();
    expect(sample.ratio).toBe(0.5);
  });
});
