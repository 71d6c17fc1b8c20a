import { describe, expect, it } from "vitest";
import type { Health } from "../../src/dashboard/api-types.ts";
import { concurrently } from "../../src/dashboard/concurrently.ts";
import { conditionText, holdersOf, nobodysOf } from "../../src/dashboard/pages/scoring/assignment.ts";
import { bandFlowsOf, compareReadings, summaryText } from "../../src/dashboard/pages/scoring/comparison.ts";
import { differenceText } from "../../src/dashboard/pages/scoring/difference-text.ts";
import { differencesOf, placeOf, valueAt, withValue } from "../../src/dashboard/pages/scoring/document-value.ts";
import { scorecardKeyOf } from "../../src/dashboard/words.ts";
import { shippedDocuments } from "../../src/domain/config/document.ts";

const standard = shippedDocuments("scorecards").get("standard") as Readonly<Record<string, unknown>>;
const csatWeight = "/dimensions/1/measures/4/weight";

describe("a place in a document", () => {
  it("is changed without touching the document before, nor what lies beside it", () => {
    const changed = withValue(standard, csatWeight, 40);
    expect([valueAt(standard, csatWeight), valueAt(changed, csatWeight)]).toEqual([25, 40]);
    expect(valueAt(changed, "/dimensions/0")).toBe(valueAt(standard, "/dimensions/0"));
    expect(withValue({ a: 1, b: 2 }, "/a", undefined)).toEqual({ b: 2 });
    expect(withValue({ "x/y": { "~": 1 } }, "/x~1y/~0", 2)).toEqual({ "x/y": { "~": 2 } });
  });

  it("is found in the text, so that a fault can name its line", () => {
    const text = JSON.stringify(standard, null, 2);
    const { offset, line } = placeOf(text, csatWeight);
    expect(text.slice(offset, offset + 2)).toBe("25");
    expect(text.split("\n")[line - 1]).toMatch(/"weight": 25/);
    expect(text.slice(0, offset).lastIndexOf('"csat"')).toBeGreaterThan(text.lastIndexOf('"reopen_rate"'));
    const tricky = '{"a":"}]\\",{","b":[[1,2],{"c":3}],"d":4}';
    expect(["/b/0/1", "/b/1/c", "/d"].map((pointer) => tricky[placeOf(tricky, pointer).offset])).toEqual(["2", "3", "4"]);
    // What is missing is told where it is missing.
    expect(placeOf(tricky, "/b/1/gone").offset).toBe(tricky.indexOf('{"c"'));
  });
});

describe("what a publication changes", () => {
  it("is told by titles: lists are compared by the keys of their members, whatever their order", () => {
    const dimensions = standard["dimensions"] as readonly unknown[];
    expect(differencesOf(standard, { ...standard, dimensions: dimensions.toReversed() })).toEqual([]);
    const next = { ...withValue(withValue(standard, csatWeight, 40), "/bands/watchFrom", 55), caps: [] };
    expect(differencesOf(standard, next).map((difference) => differenceText(difference, [next, standard]))).toEqual([
      "watch from: 60 → 55",
      "Support, Customer satisfaction: weight: 25 → 40",
      "An executive waits for an urgent ticket: An executive waits for an urgent ticket → nothing",
      "Payment has failed for 30 days: Payment has failed for 30 days → nothing",
      "Champion left, no second contact: Champion left, no second contact → nothing",
      "Notice to leave: Notice to leave → nothing",
    ]);
  });
});

const reading = (score: number | null, band: Health["band"], usage: number): Health =>
  ({ computedScore: score, band, dimensions: [{ key: "usage", title: "Usage", gained: usage }] }) as unknown as Health;

describe("two readings of an account", () => {
  it("differ by points and by dimensions, and tell when the band is another", () => {
    const comparison = compareReadings(reading(61, "watch", 4), reading(58.5, "at_risk", 1.5));
    expect(comparison).toMatchObject({ difference: -2.5, changesBand: true, reasons: [{ title: "Usage", points: -2.5 }] });
    expect(compareReadings(reading(null, "not_enough_data", 0), reading(50, "at_risk", 0)).difference).toBe(null);
  });

  it("are counted by band, and summed up in a sentence", () => {
    const down = compareReadings(reading(61, "watch", 0), reading(58, "at_risk", 0));
    const same = compareReadings(reading(61, "watch", 0), reading(62, "watch", 0));
    expect(bandFlowsOf([down, same, down])).toEqual([{ from: "watch", to: "at_risk", accounts: 2 }]);
    expect(summaryText([down, same, down])).toBe("2 of 3 accounts tried here change band: 2 from watch to at risk.");
    expect(summaryText([same])).toBe("None of 1 account tried here changes band.");
    expect(summaryText([])).toBe("");
  });
});

describe("who has a scorecard", () => {
  const book = {
    segments: [
      { segment: "enterprise", accounts: 20 },
      { segment: "smb", accounts: 70 },
      { segment: null, accounts: 10 },
    ],
  };
  const segments = {
    title: "By size",
    scorecard: "standard",
    segments: [
      {
        key: "enterprise",
        title: "Enterprise",
        scorecard: "strategic",
        when: [{ op: "at_least" as const, attribute: "seats", value: 500 }],
      },
    ],
  };

  it("follows the published segments; whoever is in none has the default", () => {
    expect(holdersOf("strategic", segments, book)).toEqual({ isDefault: false, segments: ["enterprise"], accounts: 20 });
    expect(holdersOf("standard", segments, book)).toEqual({ isDefault: true, segments: ["smb", null], accounts: 80 });
    expect(holdersOf("self_serve", segments, book).accounts).toBe(0);
    expect(holdersOf("standard", null, book).accounts).toBe(100);
  });

  it("tells which drafts of scorecards would move nobody, unless a draft of segments could give them to somebody", () => {
    const accountsOf = (key: string): number | null => (key === "new" ? null : holdersOf(key, segments, book).accounts);
    const drafts = ["strategic", "self_serve", "new"].map((key) => ({ kind: "scorecards" as const, key }));
    const measure = { kind: "measures" as const, key: "self_serve" };
    expect(nobodysOf([...drafts, measure], accountsOf)).toEqual([{ kind: "scorecards", key: "self_serve" }]);
    expect(nobodysOf([...drafts, { kind: "segments", key: "segments" }], accountsOf)).toEqual([]);
  });

  it("is read as a sentence", () => {
    expect(segments.segments[0]?.when.map(conditionText)).toEqual(["seats is at least 500"]);
    expect(conditionText({ op: "is", attribute: "plan", values: ["trial", "free"] })).toBe("plan is “trial” or “free”");
  });

  it("is found from what a reading names, shipped or published", () => {
    expect(
      ["standard-2", "self-serve-1", "usage_support-1", "standard@12", "standard-2+calendars.3", "self_serve@2+measures.1"].map(
        scorecardKeyOf,
      ),
    ).toEqual(["standard", "self_serve", "usage_support", "standard", "standard", "self_serve"]);
  });
});

describe("many requests", () => {
  it("run some at a time, all of them, and stop when nobody waits any more", async () => {
    let running = 0;
    let most = 0;
    const done: number[] = [];
    const run = async (item: number): Promise<void> => {
      most = Math.max(most, (running += 1));
      await new Promise((resolve) => setTimeout(resolve, 1));
      running -= 1;
      done.push(item);
    };
    const items = Array.from({ length: 25 }, (_, index) => index);
    await concurrently(items, { atOnce: 4, signal: new AbortController().signal }, run);
    expect([most, done.length]).toEqual([4, 25]);
    const stopped = new AbortController();
    done.length = 0;
    await concurrently(items, { atOnce: 2, signal: stopped.signal }, async (item) => {
      if (item === 3) stopped.abort();
      await run(item);
    });
    expect(done.length).toBeLessThan(7);
  });
});
