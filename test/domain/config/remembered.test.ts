import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { versionAt } from "../../../src/domain/config/active.ts";
import { type Remembered, remembered, rememberedMax } from "../../../src/domain/config/remembered.ts";
import {
  configurationsRememberedMax,
  learnedConfigurationsApartMs,
  learnedConfigurationsRememberedMax,
  learnedConfigurationsWholeMax,
} from "../../../src/domain/limits.ts";
import { DAY_MS } from "../../../src/domain/time.ts";

/** What is remembered when each of these came one after the other, the oldest first. */
const oneByOne = (all: readonly Remembered[]): readonly Remembered[] =>
  all.reduce<readonly Remembered[]>((before, one) => remembered([one, ...before]), []);

/** A night each brings statistics; on some days a person publishes at noon. */
function nights(days: number, published: (day: number) => boolean): Remembered[] {
  let version = 0;
  return Array.from({ length: days }).flatMap((_, day) => [
    { version: ++version, at: day * DAY_MS, learned: true },
    ...(published(day) ? [{ version: ++version, at: day * DAY_MS + DAY_MS / 2, learned: false }] : []),
  ]);
}

describe("configurations that are remembered", () => {
  it("hold every publication by a person, however many nights have learned something since", () => {
    const all = nights(1_500, (day) => day % 100 === 7);
    const kept = oneByOne(all);
    expect(kept.filter(({ learned }) => learned === false)).toEqual(all.filter(({ learned }) => learned === false).reverse());
    expect(kept.length).toBeLessThanOrEqual(15 + learnedConfigurationsRememberedMax);
  });

  it("are bounded, of people's the last ones, and those of jobs reach back as far as days are kept", () => {
    const all = nights(1_500, () => true);
    const kept = oneByOne(all);
    const byPeople = kept.filter(({ learned }) => learned === false);
    expect(byPeople).toEqual(all.filter(({ learned }) => learned === false).reverse().slice(0, configurationsRememberedMax)); // prettier-ignore
    expect(kept.length).toBeLessThanOrEqual(rememberedMax);
    const learned = kept.filter((one) => one.learned === true);
    expect(learned.slice(0, learnedConfigurationsWholeMax)).toEqual(all.filter((one) => one.learned === true).reverse().slice(0, learnedConfigurationsWholeMax)); // prettier-ignore
    expect((learned.at(-1)?.at ?? 0) / DAY_MS).toBeLessThan(1_500 - 800);
  });

  it("judge any instant by what people had written then, and by what was learned at most a week before", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(699), { maxLength: 40 }), fc.array(fc.nat(699 * 24), { maxLength: 50 }), (publications, hours) => {
        const all = nights(700, (day) => publications.includes(day));
        const newest = all.at(-1) as Remembered;
        const before = oneByOne(all.slice(0, -1));
        const byVersion = new Map(all.map((one) => [one.version, one]));
        const writtenAt = (at: number): number => Math.max(-1, ...all.filter((one) => one.learned === false && one.at <= at).map((one) => one.at)); // prettier-ignore
        for (const hour of hours) {
          const at = (hour / 24) * DAY_MS;
          const judge = byVersion.get(versionAt({ version: newest.version, since: newest.at, before }, at)) as Remembered;
          expect(judge.at).toBeLessThanOrEqual(at);
          expect(writtenAt(judge.at)).toBe(writtenAt(at));
          expect(at - judge.at).toBeLessThan(learnedConfigurationsApartMs + DAY_MS);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("stay the same when that is done again", () => {
    const kept = oneByOne(nights(900, (day) => day % 5 === 0));
    expect(remembered(kept)).toEqual(kept);
  });
});
