import { describe, expect, it } from "vitest";
import type { HealthReading } from "../../src/dashboard/api-types.ts";
import { mayNarrow, thinOf, thinText } from "../../src/dashboard/pages/portfolio/thin.ts";

const measure = (title: string, weight: number, status: "ok" | "missing") => ({ key: title, title, weight, status });
const reading = (confidence: number, dimensions: Record<string, ReturnType<typeof measure>[]>): HealthReading =>
  ({
    confidence,
    dimensions: Object.entries(dimensions).map(([key, measures]) => ({ key, title: key, weight: 0.5, measures })),
  }) as unknown as HealthReading;

describe("a book with too little data", () => {
  it("names, where every dimension is fed, the measures that no account has, the weightiest first", () => {
    const thin = thinOf([
      reading(0.3, {
        usage: [measure("Seats", 0.5, "ok"), measure("Trend", 0.2, "missing")],
        support: [measure("Rating", 0.4, "missing")],
      }),
      reading(0.4, { usage: [measure("Seats", 0.5, "missing")], support: [measure("Backlog", 0.3, "ok"), measure("Muted", 0, "missing")] }),
    ]);
    expect(thin).toMatchObject({ unfed: [], unmeasured: ["Rating", "Trend"], confidence: 0.4 });
    expect(mayNarrow(thin)).toBe(false);
  });

  it("says what its accounts lack, for one account and for several", () => {
    const unfed = thinOf([reading(0, { usage: [measure("Seats", 1, "missing")], support: [measure("Rating", 1, "missing")] })]);
    expect(thinText(unfed, 1)).toBe("No source tells anything that its scorecard weighs: usage, support.");
    expect(thinText(unfed, 3)).toBe("No source tells anything that their scorecard weighs: usage, support.");
    const half = thinOf([reading(0.3, { usage: [measure("Seats", 1, "ok")], support: [measure("Rating", 1, "missing")] })]);
    expect(thinText(half, 1)).toBe(
      "30 % of its scorecard is measured, 50 % are needed. 1 of the scorecard’s 2 dimensions hears from no source: support.",
    );
    const fed = thinOf([reading(0.4, { usage: [measure("Seats", 1, "ok")] })]);
    expect([thinText(fed, 1), thinText(fed, 2)]).toEqual([
      "40 % of its scorecard is measured, 50 % are needed. All dimensions of the scorecard are fed, but the account does not have enough of them.",
      "At best 40 % of their scorecard is measured, 50 % are needed. All dimensions of the scorecard are fed, but none of the accounts has enough of them.",
    ]);
  });
});
