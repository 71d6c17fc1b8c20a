import { expect, test } from "vitest";
import type { Dimension, Measure } from "../../src/dashboard/api-types.ts";
import { waitedFor } from "../../src/dashboard/pages/account/waited-for.ts";

const measure = (...waitsFor: [connectionId: string, knownTo: string][]): Measure =>
  ({ waitsFor: waitsFor.map(([connectionId, knownTo]) => ({ connectionId, knownTo })) }) as unknown as Measure;
const dimension = (title: string, measures: readonly Measure[]): Dimension => ({ title, measures }) as unknown as Dimension;

test("names each sender that holds an account once, with what waits for it, the longest silent first", () => {
  const mobile = measure(["mobile", "2026-11-10T10:05:00Z"]);
  const usage = dimension("Usage", [mobile, mobile, measure()]);
  const support = dimension("Support", [measure(["desk", "2026-11-02T08:00:00Z"], ["mobile", "2026-11-12T00:00:00Z"])]);
  expect(waitedFor({ dimensions: [usage, support] })).toEqual([
    { connectionId: "desk", knownTo: Date.parse("2026-11-02T08:00:00Z"), dimensions: ["Support"] },
    { connectionId: "mobile", knownTo: Date.parse("2026-11-10T10:05:00Z"), dimensions: ["Usage", "Support"] },
  ]);
});
