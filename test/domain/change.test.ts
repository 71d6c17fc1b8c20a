import { expect, test } from "vitest";
import { listLook, type AccountChange } from "../../src/domain/change.ts";
import { changeOf } from "../support/api-changes.ts";

const looksLike = (over: Partial<AccountChange>): boolean =>
  listLook(changeOf("a", { ...base, ...over })) === listLook(changeOf("a", base));
const base: Partial<AccountChange> = { score: 62.2, band: "watch", openTickets: 3, owner: "ann@x.de" };

test("counts, times and less than a point of the score leave an account looking as it did", () => {
  expect(looksLike({ number: 99, events: 1_000_000, lastEventAt: 7, computedAt: 8, newestReceivedAt: 9, activeUsers28d: 77 })).toBe(true);
  expect(looksLike({ score: 62.4, confidence: 0.1, scoreDays: [1], moves: [], scoreDayAgo: 1 })).toBe(true);
});

test("whatever else a list shows makes it look otherwise, what is added one day too", () => {
  const others: Partial<AccountChange>[] = [
    { score: 63.2 },
    { score: null },
    { band: "at_risk" },
    { openTickets: 4 },
    { owner: null },
    { setAside: true },
    { configVersion: "another" },
    { domains: ["another.example"] },
    { disagreements: [] },
  ];
  expect(others.filter(looksLike)).toEqual([]);
  expect(listLook({ ...changeOf("a", base), addedOneDay: "x" } as AccountChange)).not.toBe(listLook(changeOf("a", base)));
});
