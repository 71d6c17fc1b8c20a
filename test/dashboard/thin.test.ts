import { describe, expect, it } from "vitest";
import type { HealthReading } from "../../src/dashboard/api-types.ts";
import { mayNarrow, thinOf } from "../../src/dashboard/pages/portfolio/thin.ts";

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
});
