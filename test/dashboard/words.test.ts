import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  agoText,
  bytesText,
  durationText,
  moneyText,
  pointsText,
  rangeText,
  rateTexts,
  scoreText,
  shareText,
  valueText,
} from "../../src/dashboard/format.ts";
import {
  agreementTexts,
  bandFloorsOf,
  nextBandText,
  othersText,
  personsText,
  riskSampleText,
  rollupText,
  segmentText,
  whyText,
} from "../../src/dashboard/words.ts";
import type { RestatedFigure } from "../../src/dashboard/api-types.ts";
import { figureName, restatedChange, restatedDays } from "../../src/dashboard/pages/account/restated-words.ts";
import { clockAdvice } from "../../src/dashboard/pages/sources/clock-words.ts";
import { errorText, keptText, trialDaysText, trialsText } from "../../src/dashboard/pages/risk/risk-words.ts";
import { kindAdvice } from "../../src/dashboard/pages/sources/kind-words.ts";
import type { HealthMove } from "../../src/domain/health/document.ts";

const why = (moves: readonly HealthMove[], scoreDayAgo: number | null = 50): string => whyText({ moves, score: 50, scoreDayAgo });
const move = (fields: Partial<HealthMove>): HealthMove => ({
  measure: "csat",
  title: "CSAT",
  delta: -3.14,
  from: 2,
  to: -1.14,
  cause: "data",
  ...fields,
});

describe("figures in words", () => {
  it("a share says 0 and 100 % of none and all alone, and its range never that both ends are one", () => {
    expect([0, 0.0004, 0.003, 0.0149, 0.5, 0.994, 0.9996, 1, null].map(shareText)).toEqual([
      "0 %",
      "< 0.1 %",
      "0.3 %",
      "1 %",
      "50 %",
      "99.4 %",
      "> 99.9 %",
      "100 %",
      "–",
    ]);
    const ranges = [
      [0, 0.18],
      [0.82, 1],
      [0.996, 1],
      [0.0002, 0.003],
      [0.412, 0.414],
      [0.992, 0.996],
    ] as const;
    expect(ranges.map(([low, high]) => rangeText({ low, high }))).toEqual([
      "0–18 %",
      "82–100 %",
      "99.6–100 %",
      "0.0–0.3 %",
      "41.2–41.4 %",
      "99.2–99.6 %",
    ]);
  });

  it("gives a difference its sign, and none to what rounds to nothing", () => {
    expect([pointsText(3.14), pointsText(-3.16), pointsText(0.04), pointsText(-0.04), pointsText(null), pointsText(-0.04, 2)]).toEqual([
      "+3.1",
      "−3.2",
      "0.0",
      "0.0",
      "–",
      "−0.04",
    ]);
  });

  it("keeps a nought apart from what is not known", () => {
    expect([scoreText(0), scoreText(null), valueText(0, "ratio"), valueText(null, "ratio"), valueText(17, "users")]).toEqual([
      "0.0",
      "–",
      "0.0 %",
      "–",
      "17 users",
    ]);
  });

  it("says what a logarithm and a deviation mean instead of naming them", () => {
    expect([
      valueText(Math.log(1.25), "log ratio"),
      valueText(Math.log(0.5), "log ratio"),
      valueText(0, "log ratio"),
      valueText(2.46, "standard deviations"),
      valueText(-1, "standard deviations"),
    ]).toEqual(["+25.0 %", "−50.0 %", "0.0 %", "2.5 × usual swing more", "1.0 × usual swing less"]);
  });

  it("reads minor units by the currency's own decimals, and never fails on a currency that does not exist", () => {
    expect(moneyText({ amount: 123_456, currency: "EUR" })).toBe("€1,234.56");
    expect(moneyText({ amount: 123_456, currency: "JPY" })).toBe("JP¥123,456");
    expect(moneyText({ amount: 1_200_000_00, currency: "EUR" }, "short")).toBe("€1.2m");
    expect(moneyText({ amount: 5, currency: "no currency" })).toBe("5 no currency (minor units)");
  });

  it("tells an age by its largest unit, and a moment ahead as ahead", () => {
    expect([durationText(999), durationText(59_999), durationText(3_600_000), durationText(90_000_000)]).toEqual([
      "1 s",
      "1 min",
      "1 h",
      "1 d",
    ]);
    expect([agoText(0, 500), agoText(0, 61_000), agoText(86_400_000, 0)]).toEqual(["now", "1 min ago", "in 1 d"]);
  });

  it("counts an age from a day on in days of UTC, as measures do", () => {
    const now = Date.parse("2026-12-01T13:30:00Z");
    const ages = ["2026-11-30T13:31:00Z", "2026-11-30T13:29:00Z", "2026-11-29T23:00:00Z", "2026-11-09T20:00:00Z", "2026-11-09T02:00:00Z"];
    expect(ages.map((at) => agoText(Date.parse(at), now))).toEqual(["23 h ago", "1 d ago", "2 d ago", "22 d ago", "22 d ago"]);
  });

  it("says one of a unit in the singular, and leaves a unit that it does not know", () => {
    const units = ["days", "days overdue", "steps late", "people", "weighted tickets per 100 seats", "× usual time", "constructor"];
    expect(units.map((unit) => valueText(1, unit))).toEqual([
      "1 day",
      "1 day overdue",
      "1 step late",
      "1 person",
      "1 weighted ticket per 100 seats",
      "1 × usual time",
      "1 constructor",
    ]);
    expect([valueText(0, "days"), valueText(2, "people")]).toEqual(["0 days", "2 people"]);
  });

  it("finds a size for any number of bytes", () => {
    fc.assert(fc.property(fc.nat(1e9), (bytes) => /^[\d,.]+ (B|KB|MB)$/.test(bytesText(bytes))));
  });
});

describe("the one reason of a row", () => {
  it("says what happened in words and adds the others as numbers", () => {
    expect(why([move({}), move({ title: "Seat use", delta: 1.2 })])).toBe("CSAT got worse (−3.1), Seat use +1.2");
  });

  it("tells old data from worse figures, and data that went from data that came", () => {
    expect([
      why([move({ cause: "staleness", shift: "aged" })]),
      why([move({ cause: "missing", to: null, shift: "went" })]),
      why([move({ cause: "missing", from: null, to: 3, delta: 3, shift: "came" })]),
      why([]),
      why([], null),
    ]).toEqual([
      "CSAT: data is getting old (−3.1)",
      "CSAT: no data any more (−3.1)",
      "CSAT: measured now (+3.0)",
      "No movement in 24 hours",
      "First scored in the last 24 hours",
    ]);
  });

  it("says of a measure that has data that it counts less or more, and what the others did", () => {
    expect([
      why([move({ cause: "missing", shift: "counts_less" })]),
      why([move({ cause: "missing", shift: "counts_more" })]),
      why([move({ cause: "staleness", shift: "counts_less" })]),
      why([move({ cause: "staleness", shift: "counts_more" })]),
    ]).toEqual([
      "CSAT: counts less, as others are measured now (−3.1)",
      "CSAT: counts more, as others have no data (−3.1)",
      "CSAT: counts less, as data of others is fresh again (−3.1)",
      "CSAT: counts more, as data of others is getting old (−3.1)",
    ]);
  });

  it("reads what older code has stored, which knew nothing of shares, without saying that data is gone", () => {
    expect([
      why([move({ cause: "missing" })]),
      why([move({ cause: "staleness", delta: 3 })]),
      why([move({ cause: "missing", to: null })]),
    ]).toEqual(["CSAT: counts otherwise than before (−3.1)", "CSAT: counts otherwise than before (+3.0)", "CSAT: no data any more (−3.1)"]);
  });

  it("tells one measure's lines apart: its figure, its weight by the configuration, its share", () => {
    expect(
      why([
        move({}),
        move({ cause: "configuration", aspect: "weight", delta: 2 }),
        move({ cause: "missing", shift: "counts_more", delta: 1 }),
      ]),
    ).toBe("CSAT got worse (−3.1), CSAT +2.0 (its weight was changed), CSAT +1.0 (counts more)");
  });
});

describe("the way to the next band", () => {
  const step = { measure: "breadth", title: "Breadth of use", unit: "ratio", from: 0.3, to: 0.7, scoreFrom: 20, scoreTo: 100 };
  const other = { ...step, measure: "csat", title: "CSAT", to: 0.9 };
  const way = { band: "watch", points: 14.3, step: null, together: [], heldBy: null } as const;

  it("names the measures that bring it together where none can alone, and says where five cannot", () => {
    const [first, second] = [
      { ...step, points: 11.1 },
      { ...other, points: 3.2 },
    ];
    expect(nextBandText({ ...way, together: [first, second] })).toBe(
      "14.3 points are missing; no single measure could bring them alone. Two together would: Breadth of use to 70.0 % (+11.1) and CSAT to 90.0 % (+3.2).",
    );
    expect(nextBandText({ ...way, together: [first, first, second] })).toContain(
      "Three together would: Breadth of use to 70.0 % (+11.1), Breadth of use to 70.0 % (+11.1) and CSAT to 90.0 % (+3.2).",
    );
    expect(nextBandText(way)).toBe("14.3 points are missing; what is measured could not bring them, not even five measures together.");
  });

  it("says why there is too little to go by: what came could not be counted, is old, or nothing came", () => {
    const held = (cause?: "partial" | "late" | "unmeasured") =>
      nextBandText({ ...way, heldBy: { kind: "confidence", ...(cause !== undefined && { cause }) } });
    expect(held("partial")).toContain("could not be counted");
    expect(held("late")).toContain("have to catch up");
    expect(held("unmeasured")).toContain("more sources would have to report");
    expect(held()).toBe(held("unmeasured"));
  });

  it("says no more than that none can alone where older code answers, which knew of no measures together", () => {
    const { together: _, ...older } = way;
    expect(nextBandText(older)).toBe("14.3 points are missing; no single measure could bring them alone.");
  });
});

it("says in words what people wrote about an account, and leaves other writes alone", () => {
  expect(
    [
      { note: { id: "n", revision: 1, text: "They called" } },
      { note: { id: "n", revision: 2, text: "They called twice" } },
      { note: { id: "n", revision: 3, deleted: true } },
      { task: { id: "t", revision: 2, title: "Call back", done: { at: 1 } } },
      { override: { value: 35, reason: "x" } },
      { override: { value: null } },
      { opinion: { value: 4 } },
      { note: "an attribute of that name" },
      { attributes: { plan: "pro" } },
    ].map(personsText),
  ).toEqual([
    "Note added: They called",
    "Note changed: They called twice",
    "A note was deleted",
    "Task done: Call back",
    "Overridden with 35",
    "The override was withdrawn",
    "Opinion: 4 of 5",
    null,
    null,
  ]);
});

describe("what other accounts have to do with it", () => {
  const rollup = {
    status: "known",
    score: 61.26,
    accounts: 3,
    weighed: 2,
    currency: "EUR",
    worst: { id: "n", name: "Nord", score: 31.4 },
    leftOutAccounts: 1,
    leftOut: [{ id: "s", name: null, why: "no_arr" }],
    asOf: null,
  } as const;

  it("a roll-up is told with who is lowest and who is left out, and why", () => {
    expect(rollupText(rollup)).toBe(
      "61.3 of 100: the scores of 2 of 3 child accounts, weighed by their ARR. Lowest: Nord with 31.4. Left out: s (ARR not known).",
    );
    expect(rollupText({ ...rollup, score: null, worst: null })).toBe(
      "3 child accounts; a score of all needs one with both a score and an ARR.",
    );
    expect(rollupText({ ...rollup, status: "last_known" })).toContain("when the lists could last be read");
    expect(rollupText({ ...rollup, accounts: null })).toContain("cannot be read at the moment");
  });

  it("what points the other way than the score is told in a sentence, and nothing where all agrees", () => {
    expect(agreementTexts({ forecastArrRatio: -0.24, disagreements: ["forecast"] })).toEqual([
      "The score looks good, but revenue is set to fall by 24 % within 90 days.",
    ]);
    expect(agreementTexts({ forecastArrRatio: null, disagreements: ["opinion"] })[0]).toContain("relationship is good");
    expect([...agreementTexts({ forecastArrRatio: 0, disagreements: [] }), ...agreementTexts(null)]).toEqual([]);
  });

  it("a measure says against how many accounts it was judged, and nothing where it was by the scorecard alone", () => {
    expect(othersText({ fromOthers: { figure: { setting: "priorRate", value: 0.9, segment: "smb", accounts: 42 } } })).toBe(
      "Against 42 accounts of SMB",
    );
    expect(othersText({ fromOthers: { anchors: { segment: null, accounts: 1, tenureDaysFrom: null, tenureDaysTo: null } } })).toBe(
      "Against 1 account",
    );
    expect(othersText({})).toBeNull();
  });
});

it("the bands of a scorecard share 0 to 100 without a gap", () => {
  const floors = bandFloorsOf({ atRiskFrom: 35, watchFrom: 55, healthyFrom: 75 });
  expect(floors.map(({ from, to }) => [from, to])).toEqual([
    [0, 35],
    [35, 55],
    [55, 75],
    [75, 100],
  ]);
  expect(floors.map(({ band }) => band)).toEqual(["critical", "at_risk", "watch", "healthy"]);
});

it("writes a segment as people do, and leaves one as it is that already is written so", () => {
  const keys = ["mid_market", "smb", "enterprise", "smb_emea", "self-serve", "Large accounts", "DACH_small", "b2b", "малый"];
  const written = ["Mid market", "SMB", "Enterprise", "SMB emea", "Self-serve", "Large accounts", "DACH_small", "B2B", "Малый"];
  expect(keys.map(segmentText)).toEqual(written);
});

it("says of a forecast from whom it was learned", () => {
  const learned = (scope: "all" | "pool" | "segment", segment: string | null): string =>
    riskSampleText({
      probability: 0.1,
      low: 0.05,
      high: 0.2,
      model: "2026-10",
      learnedFrom: { scope, segment, rows: 900, accounts: 100, losses: 60 },
    });
  expect([learned("all", null), learned("pool", null), learned("segment", null), learned("segment", "mid_market")]).toEqual([
    "Learned from 60 losses among 900 account-months of 100 accounts",
    "Learned from 60 losses among 900 account-months of 100 accounts in small segments",
    "Learned from 60 losses among 900 account-months of 100 accounts without a segment",
    "Learned from 60 losses among 900 account-months of 100 accounts in Mid market",
  ]);
});

it("says of other weights in how many trials they were better, by how much, and which of these spoke against them", () => {
  const gain = { value: 0.004, low: 0.001, high: 0.007, rows: 2_600, own: 0.1 };
  const proposal = { scorecard: "standard", rows: 900, accounts: 90, losses: 60, weights: null, draft: null, tried: null };
  const said = (kept: "no_better_than_own" | "not_steady", low: number) =>
    keptText({ ...proposal, kept, gain: { ...gain, low }, latestGain: { ...gain, value: -0.001 } });
  expect(errorText(gain)).toBe("−4.0 % (−7.0 to −1.0)");
  expect(errorText({ ...gain, low: null, high: null })).toBe("−4.0 %");
  expect(errorText({ ...gain, value: 0.00001, low: -0.0003, high: 0.0003 })).toBe("−0.01 % (−0.30 to +0.30)");
  expect(trialDaysText({ from: "2026-05-31", to: "2026-05-31" })).toBe("31 May 2026");
  // Reports of before did not tell what it is a part of.
  expect(errorText({ ...gain, own: null })).toBe("–");
  expect(trialsText({ won: 0, needed: 0, trials: [] }, { gain })).toMatch(/in 0 of 0 trials; 0 are needed\..* −4\.0 % \(−7\.0 to −1\.0\)/);
  expect(said("no_better_than_own", 0.001)).toContain("but not those of the latest months");
  expect(said("no_better_than_own", -0.001)).toContain("beyond chance");
  expect(said("not_steady", 0.001)).toContain("in too few of them");
});

describe("the ledger of late events in words", () => {
  const figure = (fields: Partial<RestatedFigure>): RestatedFigure => ({
    metric: "sessions",
    day: "2026-11-14",
    to: null,
    change: -1,
    currency: null,
    ...fields,
  });

  it("says by how much, in the unit of the figure, and where that was not counted", () => {
    expect([figure({}), figure({ change: null }), figure({ metric: "session_length_p90", change: 120 })].map(restatedChange)).toEqual([
      "−1",
      "may differ",
      "+120 s",
    ]);
    expect(restatedChange(figure({ metric: "mrr", change: -4_990, currency: "EUR" }))).toBe("−€49.90");
  });

  it("names days, and types nobody knows as they are", () => {
    expect([figure({}), figure({ to: "2026-11-20" })].map(restatedDays)).toEqual(["14 Nov 2026", "14 Nov 2026 to 20 Nov 2026"]);
    expect([figureName("active_users_7d"), figureName("events.rocket.launched")]).toEqual([
      "People active in 7 days",
      "Events rocket.launched",
    ]);
  });
});

describe("a sender's clock in words", () => {
  const minuteMs = 60_000;

  it("says nothing of clocks that agree, or of which nothing is known", () => {
    expect(clockAdvice({ clockSkewMs: 0, leastDelayMs: 5 * minuteMs })).toBeNull();
    expect(clockAdvice({ clockSkewMs: 0, leastDelayMs: null })).toBeNull();
  });

  it("says of a slow one what can be told, and calls whole or half hours what they look like", () => {
    expect(clockAdvice({ clockSkewMs: 0, leastDelayMs: 12 * minuteMs })).toBe(
      "Even its quickest event since yesterday came 12 min after it happened: its clock is slow, or it holds events back.",
    );
    for (const minutes of [60, 119, 332])
      expect(clockAdvice({ clockSkewMs: 0, leastDelayMs: minutes * minuteMs })).toContain("local time sent as UTC");
    expect(clockAdvice({ clockSkewMs: 0, leastDelayMs: 100 * minuteMs })).not.toContain("UTC");
  });

  it("says of a fast one how far ahead it is", () => {
    expect(clockAdvice({ clockSkewMs: 60 * minuteMs, leastDelayMs: 0 })).toMatch(/dated 1 h ahead of our clock.*local time sent as UTC/);
  });
});

describe("a kind of event of a source", () => {
  const now = Date.parse("2026-11-24T12:00:00Z");
  const invoices = {
    kind: "revenue",
    newestAt: "2026-11-12T12:00:00Z",
    knownTo: "2026-11-24T11:59:00Z",
    usualPauseSeconds: 30 * 86_400,
  } as const;

  it("that rests as is usual is told with its usual pause, and one that has stopped with what becomes of the figures", () => {
    expect(kindAdvice({ ...invoices, status: "resting" }, now)).toBe(
      "Money: last 12 d ago, usually at most 30 d apart. Nothing is missing: the stream goes on.",
    );
    expect(kindAdvice({ ...invoices, kind: "usage", usualPauseSeconds: null, status: "stopped" }, now)).toBe(
      "Usage: last 12 d ago. What is measured by it is held as it was then, and counts less the longer it lasts.",
    );
    expect(kindAdvice({ ...invoices, status: "fresh" }, now)).toBeNull();
  });
});

describe("a column of exchange rates", () => {
  it("has the decimals of its longest, so that the points stand under each other", () => {
    expect(rateTexts([1.0842, 1.08, null, 165.4])).toEqual(["1.0842", "1.0800", "–", "165.4000"]);
    expect(rateTexts([165, 17_200])).toEqual(["165", "17,200"]);
    expect(rateTexts([null])).toEqual(["–"]);
  });
});
