import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ownMoney } from "../../../src/domain/money/convert.ts";
import { dayOf, startOfDay } from "../../../src/domain/time.ts";
import { SegmentsDocumentSchema, segmentOf, type SegmentsDocument } from "../../../src/domain/config/segments.ts";
import { fxRateAgeDaysMax, sideScorecardsMax } from "../../../src/domain/limits.ts";
import { noRates, type RatesTable } from "../../../src/domain/money/rates.ts";

const attributesOf = (values: Readonly<Record<string, unknown>>) =>
  new Map(Object.entries(values).map(([name, value]) => [name, { value, source: "event", asOf: 0 }]));

const when = (...conditions: SegmentsDocument["segments"][number]["when"]): SegmentsDocument => ({
  title: "Segments",
  scorecard: "standard",
  segments: [{ key: "found", title: "Found", scorecard: "strategic", when: conditions }],
});
const fits = (document: SegmentsDocument, attributes: Readonly<Record<string, unknown>>): boolean =>
  segmentOf(document, attributesOf(attributes), ownMoney).segment === "found";

describe("scorecards beside an account's own", () => {
  const document: SegmentsDocument = {
    title: "Segments",
    scorecard: "standard",
    sideScorecards: ["self_serve"],
    segments: [
      {
        key: "big",
        title: "Big",
        sideScorecards: ["strategic", "usage_support"],
        when: [{ op: "at_least", attribute: "seats", value: 100 }],
      },
      { key: "small", title: "Small", sideScorecards: [], when: [{ op: "less_than", attribute: "seats", value: 5 }] },
      { key: "other", title: "Other", when: [{ op: "known", attribute: "seats" }] },
    ],
  };

  it("are those of its segment, else those of the document", () => {
    const sides = [{ seats: 100 }, { seats: 1 }, { seats: 50 }, {}].map(
      (one) => segmentOf(document, attributesOf(one), ownMoney).sideScorecards,
    );
    expect(sides).toEqual([["strategic", "usage_support"], [], ["self_serve"], ["self_serve"]]);
  });

  it("are few", () => {
    const named = (count: number) => ({ ...document, sideScorecards: Array.from({ length: count }, (_, i) => `s${i}`) });
    expect([sideScorecardsMax, sideScorecardsMax + 1].map((count) => SegmentsDocumentSchema.safeParse(named(count)).success)).toEqual([
      true,
      false,
    ]);
  });
});

describe("a segment", () => {
  it.each([
    [{ op: "is", attribute: "plan", values: ["Pro", "max"] }, { plan: "pro" }, true],
    [{ op: "is", attribute: "plan", values: ["pro"] }, { plan: "free" }, false],
    [{ op: "is", attribute: "plan", values: ["pro"] }, {}, false],
    [{ op: "is", attribute: "regions", values: ["eu"] }, { regions: ["us", "EU"] }, true],
    [{ op: "is", attribute: "seats", values: [10] }, { seats: "10" }, true],
    [{ op: "is_not", attribute: "plan", values: ["pro"] }, { plan: "free" }, true],
    [{ op: "is_not", attribute: "plan", values: ["pro"] }, {}, true],
    [{ op: "is_not", attribute: "plan", values: ["pro"] }, { plan: "pro" }, false],
    [{ op: "at_least", attribute: "seats", value: 100 }, { seats: "100" }, true],
    [{ op: "at_least", attribute: "seats", value: 100 }, { seats: 99.5 }, false],
    [{ op: "at_least", attribute: "seats", value: 0 }, { seats: "many" }, false],
    [{ op: "at_least", attribute: "seats", value: 0 }, {}, false],
    [{ op: "less_than", attribute: "seats", value: 100 }, { seats: 99 }, true],
    [{ op: "less_than", attribute: "seats", value: 100 }, { seats: 100 }, false],
    [{ op: "less_than", attribute: "seats", value: 100 }, {}, false],
    [{ op: "known", attribute: "owner" }, { owner: "ann" }, true],
    [{ op: "known", attribute: "owner" }, {}, false],
    [{ op: "unknown", attribute: "owner" }, {}, true],
    [{ op: "unknown", attribute: "owner" }, { owner: "ann" }, false],
  ] as const)("with %j takes an account with %j: %s", (condition, attributes, expected) => {
    const document = SegmentsDocumentSchema.parse(when(structuredClone(condition) as never));
    expect(fits(document, attributes)).toBe(expected);
  });

  it("asks for all of its conditions", () => {
    const document = when({ op: "is", attribute: "plan", values: ["pro"] }, { op: "at_least", attribute: "seats", value: 10 });
    expect([fits(document, { plan: "pro", seats: 10 }), fits(document, { plan: "pro" }), fits(document, { seats: 10 })]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it("is the first that fits, and none gives the default scorecard", () => {
    const document: SegmentsDocument = {
      title: "By size",
      scorecard: "standard",
      segments: [
        { key: "large", title: "Large", scorecard: "strategic", when: [{ op: "at_least", attribute: "seats", value: 500 }] },
        { key: "any", title: "Any", when: [{ op: "known", attribute: "seats" }] },
      ],
    };
    const of = (attributes: Readonly<Record<string, unknown>>) => segmentOf(document, attributesOf(attributes), ownMoney);
    expect(of({ seats: 900 })).toMatchObject({ segment: "large", scorecard: "strategic" });
    expect(of({ seats: 9 })).toMatchObject({ segment: "any", scorecard: "standard" });
    expect(of({})).toMatchObject({ segment: null, scorecard: "standard" });
  });

  it("takes any attribute for what it is: whatever stands there, `is` and `is_not` disagree", () => {
    fc.assert(
      fc.property(fc.anything(), fc.string(), (value, wanted) => {
        const attributes = { plan: value };
        const is = fits(when({ op: "is", attribute: "plan", values: [wanted] }), attributes);
        expect(fits(when({ op: "is_not", attribute: "plan", values: [wanted] }), attributes)).toBe(!is);
      }),
    );
  });
});

describe("amounts", () => {
  const document: SegmentsDocument = {
    title: "By revenue",
    scorecard: "standard",
    segments: [{ key: "large", title: "Large", when: [{ op: "at_least", attribute: "arr", value: 100_000 }] }],
  };
  const day = dayOf(Date.UTC(2026, 10, 2));
  type Told = { readonly arr: unknown; readonly currency?: string; readonly asOf?: number };
  const of = ({ arr, currency, asOf = 0 }: Told, rates: RatesTable) => {
    const told = { arr, ...(currency === undefined ? {} : { currency }) };
    const attributes = new Map(Object.entries(told).map(([name, value]) => [name, { value, source: "crm", asOf }]));
    return segmentOf(document, attributes, { currency: "EUR", rates }).segment;
  };

  it("are compared in the reporting currency, by the rate of the day on which they were told", () => {
    const rates = { version: 1, days: [day, day + 5], rates: { JPY: [160, 200] } };
    // 160,000 yen were 1,000 euro on that day, and 800 five days later.
    expect(of({ arr: 160_000, currency: "jpy", asOf: startOfDay(day) }, rates)).toBe("large");
    expect(of({ arr: 160_000, currency: "JPY", asOf: startOfDay(day + 5) }, rates)).toBeNull();
    expect(of({ arr: 100_000 }, rates)).toBe("large");
    expect(of({ arr: "100000", currency: "EUR" }, rates)).toBe("large");
    expect(of({ arr: 10_000_000, currency: "USD", asOf: startOfDay(day) }, rates)).toBeNull();
    expect(of({ arr: "much", currency: "JPY", asOf: startOfDay(day) }, rates)).toBeNull();
  });

  it("that were told before the table begins take the first rate of their currency", () => {
    const rates = { version: 1, days: [day, day + 5], rates: { JPY: [160, 200], USD: [null, 2] } };
    const old = { asOf: startOfDay(day - 400) };
    expect([160_000, 159_000].map((arr) => of({ arr, currency: "JPY", ...old }, rates))).toEqual(["large", null]);
    expect([200_000, 199_999].map((arr) => of({ arr, currency: "USD", ...old }, rates))).toEqual(["large", null]);
  });

  it("that were told long after the last rates, or in a gap of the table, take the last day on which both currencies had one", () => {
    const [gap, end] = [day + 200, day + 400];
    const rates = { version: 1, days: [day, day + 5, gap, end], rates: { JPY: [160, 200, 250, 250], USD: [null, 2, null, 4] } };
    const large = (currency: string, asOf: number) =>
      [160_000, 200_000, 250_000, 400_000].find((arr) => of({ arr, currency, asOf: startOfDay(asOf) }, rates) === "large");
    expect(large("JPY", end + 300)).toBe(250_000);
    expect(large("JPY", gap - 1)).toBe(200_000);
    expect(large("USD", gap)).toBe(200_000);
    expect(large("USD", end + fxRateAgeDaysMax + 1)).toBe(400_000);
    // None of one of them: there is nothing to compare.
    expect(large("CHF", end)).toBeUndefined();
  });

  it("are compared as they stand while nobody has uploaded rates", () => {
    expect([100_000, 99_999].map((arr) => of({ arr, currency: "USD" }, noRates))).toEqual(["large", null]);
    expect(of({ arr: "100000", currency: "JPY" }, noRates)).toBe("large");
    expect(of({ arr: null, currency: "USD" }, noRates)).toBeNull();
  });
});
