import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../scripts/seeded-random.ts";
import { accountPart, emptyExperiment, mergeExperiments } from "../../../src/domain/analytics/experiment-part.ts";
import { experimentResult } from "../../../src/domain/analytics/experiment-result.ts";
import { experimentsListedMax } from "../../../src/domain/limits.ts";
import { DAY_MS, HOUR_MS } from "../../../src/domain/time.ts";
import { AnalysisWorld, NOW, type Told } from "../../support/analytics.ts";

const at = (daysAgo: number): number => NOW - daysAgo * DAY_MS;
const exposed = (account: string, person: string, variant: string, when: number): Told => ({
  account,
  at: when,
  type: "experiment.exposed",
  user: { id: person },
  data: { experiment: "setup", variant },
});
const reached = (account: string, person: string, when: number): Told => ({
  account,
  at: when,
  user: { id: person },
  data: { feature: "Export" },
});
const question = { experiment: "setup", goal: { type: "feature.used", where: { feature: "Export" } }, windowDays: 7 };
type Result = {
  variants: {
    variant: string;
    value: number;
    interval: { low: number; high: number } | null;
    againstControl: { difference: number; interval: { low: number; high: number } | null; verdict: string } | null;
  }[];
  ratioMismatch: { p: number; isMismatch: boolean };
};
const resultOf = (world: AnalysisWorld, more = {}): Result => world.ask("experiments", { ...question, ...more })["result"] as Result;

describe("an experiment", () => {
  test("counts the first exposure, what follows within the window, and nobody who saw two variants", () => {
    const world = new AnalysisWorld().tell(
      exposed("a", "ann", "control", at(20)),
      exposed("a", "ann", "control", at(19)),
      reached("a", "ann", at(21)),
      reached("a", "ann", at(15)),
      reached("a", "ann", at(14)),
      exposed("a", "bob", "control", at(20)),
      reached("a", "bob", at(12)),
      exposed("b", "cy", "guided", at(20)),
      exposed("b", "dee", "guided", at(20)),
      exposed("b", "dee", "control", at(19)),
      // Seven days are not over.
      exposed("b", "eve", "guided", at(3)),
    );
    expect(resultOf(world)).toMatchObject({
      control: "control",
      peopleInSeveralVariants: 1,
      variants: [
        {
          variant: "control",
          exposures: 3,
          people: 2,
          observedPeople: 2,
          convertedPeople: 1,
          total: 2,
          value: 0.5,
          accounts: 1,
          againstControl: null,
        },
        {
          variant: "guided",
          exposures: 2,
          people: 2,
          observedPeople: 1,
          convertedPeople: 0,
          value: 0,
          againstControl: { verdict: "too_small" },
        },
      ],
    });
    expect(resultOf(world, { metric: "count" })).toMatchObject({ variants: [{ value: 1 }, { value: 0 }] });
    expect(world.ask("experiments")["experiments"]).toMatchObject([
      { experiment: "setup", exposures: 7, people: 5, accounts: 2, variants: ["control", "guided"] },
    ]);
  });

  /** Two variants over 60 accounts, whose people are alike to the degree that accounts differ. */
  const planted = (seed: number, of: { effect: number; spread: number }): AnalysisWorld =>
    new AnalysisWorld().tell(...plantedEvents(seed, of));
  function plantedEvents(seed: number, { effect, spread }: { effect: number; spread: number }): readonly Told[] {
    const next = seededRandom(seed);
    const told: Told[] = [];
    for (let account = 0; account < 60; account++) {
      const base = 0.3 + spread * (next() * 2 - 1);
      for (let person = 0; person < 12; person++) {
        const isGuided = next() < 0.5;
        told.push(exposed(`a${account}`, `p${person}`, isGuided ? "guided" : "control", at(20)));
        if (next() < base + (isGuided ? effect : 0)) told.push(reached(`a${account}`, `p${person}`, at(20) + HOUR_MS));
      }
    }
    return told;
  }

  test("finds a planted effect, and its intervals hold the truth", () => {
    const { variants, ratioMismatch } = resultOf(planted(1, { effect: 0.25, spread: 0.1 }));
    const guided = variants[1]?.againstControl;
    expect(guided?.verdict).toBe("higher");
    expect(guided?.interval?.low).toBeLessThan(0.25);
    expect(guided?.interval?.high).toBeGreaterThan(0.25);
    expect(variants[0]?.interval?.low).toBeLessThan(0.3);
    expect(variants[0]?.interval?.high).toBeGreaterThan(0.3);
    expect(ratioMismatch.isMismatch).toBe(false);
  });

  test.each([
    ["of one size", () => 12],
    ["of very different sizes", (normal: number) => Math.max(1, Math.round(12 * Math.exp(normal)))],
  ])(
    "where there is no effect and whole accounts %s were handed out, is wrong in about one of twenty, not in one of three",
    (_, sizeOf) => {
      const runs = 400;
      const wrong = { robust: 0, naive: 0 };
      for (let seed = 0; seed < runs; seed++) {
        const next = seededRandom(seed);
        const parts = Array.from({ length: 60 }, () => {
          const share = 0.3 + 0.3 * (next() * 2 - 1);
          const people = sizeOf(Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()));
          const converted = Array.from({ length: people }, () => next() < share).filter(Boolean).length;
          const of = { exposures: people, people, observed: people, converted, total: converted };
          return accountPart(new Map([[next() < 0.5 ? "guided" : "control", of]]), 0);
        });
        const { variants } = experimentResult(parts.reduce(mergeExperiments, emptyExperiment), {
          metric: "conversion",
          control: null,
          split: null,
          smallestDifference: null,
        });
        if (["higher", "lower"].includes(variants[1]?.againstControl?.verdict ?? "")) wrong.robust++;
        // As if all people were independent.
        const variance = variants.reduce((sum, { value, of }) => sum + ((value ?? 0) * (1 - (value ?? 0))) / of.observed, 0);
        if (Math.abs(variants[1]?.againstControl?.difference ?? 0) > 1.96 * Math.sqrt(variance)) wrong.naive++;
      }
      expect(wrong.robust / runs).toBeLessThan(0.08);
      expect(wrong.naive / runs).toBeGreaterThan(0.2);
    },
  );

  test("a share goes by who reached the goal, however often: ten times is as once", () => {
    const once = planted(1, { effect: 0.25, spread: 0.1 });
    const often = new AnalysisWorld();
    for (const event of plantedEvents(1, { effect: 0.25, spread: 0.1 }))
      often.tell(event, ...(event.type === undefined ? Array.from({ length: 9 }, (_, i) => ({ ...event, at: event.at + i + 1 })) : []));
    expect(resultOf(often).variants.map(({ value, interval, againstControl }) => ({ value, interval, againstControl }))).toEqual(
      resultOf(once).variants.map(({ value, interval, againstControl }) => ({ value, interval, againstControl })),
    );
    const [counted] = resultOf(often, { metric: "count" }).variants;
    expect(counted?.value).toBeCloseTo(10 * (resultOf(once).variants[0]?.value ?? NaN), 9);
  });

  test("tells that there is no difference that matters only where the interval says so, and else that it cannot tell", () => {
    const world = planted(3, { effect: 0, spread: 0.1 });
    const readingWith = (smallestDifference: number) => resultOf(world, { smallestDifference }).variants[1]?.againstControl;
    const { low, high } = readingWith(0.05)?.interval ?? { low: 1, high: -1 };
    expect([low < 0, high > 0]).toEqual([true, true]);
    const largest = Math.max(-low, high);
    expect(readingWith(largest * 1.01)).toMatchObject({ verdict: "no_relevant_difference", timesNeeded: null });
    expect(readingWith(largest * 0.99)?.verdict).toBe("cannot_tell");
    expect(readingWith((high - low) / 2)).toMatchObject({ verdict: "cannot_tell", timesNeeded: 4 });
  });

  test("one account that alone makes a variant's figure tells nothing about the others", () => {
    const told: Told[] = [];
    for (let account = 0; account < 40; account++) {
      const variant = account % 2 === 0 ? "control" : "guided";
      for (let person = 0; person < (account === 0 ? 2000 : 10); person++) {
        told.push(exposed(`a${account}`, `p${person}`, variant, at(20)));
        // Of the large account all, of the others half.
        if (account === 0 || person < 5) told.push(reached(`a${account}`, `p${person}`, at(20) + HOUR_MS));
      }
    }
    const { variants } = resultOf(new AnalysisWorld().tell(...told), { split: { control: 10, guided: 1 } });
    expect(variants.map(({ value }) => value)).toEqual([2095 / 2190, 0.5]);
    expect(variants[1]?.againstControl?.verdict).toBe("too_small");
  });

  /** In each of 60 accounts ten people, five of each variant; so many of them reach the goal. */
  const reaching = (who: { control: (account: number) => number; guided: (account: number) => number }): AnalysisWorld => {
    const told: Told[] = [];
    for (let account = 0; account < 60; account++)
      for (const variant of ["control", "guided"] as const)
        for (let person = 0; person < 5; person++) {
          told.push(exposed(`a${account}`, `${variant}${person}`, variant, at(20)));
          if (person < who[variant](account)) told.push(reached(`a${account}`, `${variant}${person}`, at(20) + HOUR_MS));
        }
    return new AnalysisWorld().tell(...told);
  };

  test.each([
    ["all of both", { control: () => 5, guided: () => 5 }],
    ["none of both", { control: () => 0, guided: () => 0 }],
    ["all of one", { control: (account: number) => account % 5, guided: () => 5 }],
    ["nearly all of one", { control: (account: number) => account % 5, guided: (account: number) => (account === 0 ? 4 : 5) }],
  ])("tells no difference where %s reached the goal: how accounts differ is not seen there", (_what, who) => {
    const [control, guided] = resultOf(reaching(who)).variants;
    expect(guided?.againstControl?.verdict).toBe("too_small");
    for (const { value, interval } of [control, guided] as Result["variants"]) {
      expect(interval === null ? 0 : interval.high - interval.low).toBeGreaterThan(0.01);
      if (value === 1) expect(guided?.againstControl?.interval).toBeNull();
    }
  });

  test("of which every account counts the same tells nothing of others", () => {
    const counted = resultOf(reaching({ control: () => 5, guided: () => 5 }), { metric: "count" });
    expect(counted.variants.map(({ value, interval }) => [value, interval])).toEqual([
      [1, null],
      [1, null],
    ]);
    expect(counted.variants[1]?.againstControl).toMatchObject({ difference: 0, interval: null, verdict: "too_small" });
  });

  test("calls nothing a difference when the variants were not handed out as meant", () => {
    const { ratioMismatch, variants } = resultOf(planted(1, { effect: 0.25, spread: 0.1 }), { split: { control: 3, guided: 1 } });
    expect(ratioMismatch.isMismatch).toBe(true);
    expect(variants[1]?.againstControl?.verdict).toBe("sample_ratio_mismatch");
  });

  test("calls it a mismatch when a variant that people were to see was given to nobody", () => {
    const part = planted(1, { effect: 0.25, spread: 0.1 });
    const { ratioMismatch, variants } = resultOf(part, { split: { control: 1, guided: 1, video: 1 } });
    expect(ratioMismatch).toMatchObject({ isMismatch: true });
    expect(variants.map(({ againstControl }) => againstControl?.verdict)).toEqual([undefined, "sample_ratio_mismatch"]);
    // Of 720 people a third of one was to see it.
    expect(resultOf(part, { split: { control: 1_000, guided: 1_000, video: 1 } }).ratioMismatch.isMismatch).toBe(false);
  });

  test.each([
    ["only one of three variants", ["control"]],
    ["two of three, in the same mix in every account", ["control", "guided"]],
  ])("calls it a mismatch when people saw %s", (_what, seen) => {
    const told = Array.from({ length: 60 }, (_, account) => seen.map((variant) => exposed(`a${account}`, variant, variant, at(20))));
    const of = (accounts: number) =>
      resultOf(new AnalysisWorld().tell(...told.slice(0, accounts).flat()), { split: { control: 1, guided: 1, video: 1 } });
    expect(of(60).ratioMismatch.isMismatch).toBe(true);
    // Two accounts may have been handed out whole.
    expect(of(2).ratioMismatch.isMismatch).toBe(false);
  });
});

test("the list is bounded, and says how many people an experiment may have that is not in it", () => {
  const shown = (experiment: string, person: string): Told => ({
    ...exposed("a", person, "on", at(5)),
    data: { experiment, variant: "on" },
  });
  const listed = Array.from({ length: experimentsListedMax }, (_, i) => shown(`e${i}`, "ann"));
  const of = (...more: readonly Told[]) => new AnalysisWorld().tell(...listed, ...more).ask("experiments");
  expect(of()["experimentsLeftOut"]).toBe(0);
  const { experiments, experimentsLeftOut } = of(shown("late", "ann"), shown("late", "bob"));
  expect(experiments).toHaveLength(experimentsListedMax);
  expect(experimentsLeftOut).toBe(2);
});
