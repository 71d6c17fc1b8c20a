import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { PackReport } from "../../../src/domain/intake/pack.ts";
import { type MappedDelivery, planSegment } from "../../../src/domain/intake/plan.ts";
import { fromProgressRuns, isSettled, newProgress, toProgressRuns } from "../../../src/domain/intake/progress.ts";
import { openPacks, settleReports, type Standing } from "../../../src/domain/intake/settling.ts";
import { draftOf, emptyTally, outcomeCounts, outcomesIn } from "../../../src/domain/intake/tally.ts";
import { EventOutcome } from "../../../src/domain/outcome.ts";
import { deliveryOf, eventOf } from "../../support/intake-builders.ts";

function delivery(id: string, events: number): MappedDelivery {
  const { head } = deliveryOf([], { id, accepted: events, receivedAt: 1_000 });
  return { head, bytes: 1, mapped: { items: Array.from({ length: events }, (_, index) => ({ event: eventOf(head, index) })) } };
}

const plan = planSegment([delivery("a", 3), delivery("b", 4)], {
  segmentId: "inc/1-2",
  origin: { kind: "intake", name: "0" },
  plan: 1,
  compress: (text) => gzipSync(text),
  packEventsMax: 2,
});
const fresh = (): Standing => ({ progress: newProgress(7), tries: new Map() });
const report = (n: number, outcomes: readonly EventOutcome[], reasons: PackReport["reasons"] = []) => ({
  n,
  report: { packId: `inc/1-2/${n}`, plan: 1, outcomes, reasons, appliedAt: 1_080 },
});
const { applied, repeat, waiting, quarantined, deadLettered, parked } = EventOutcome;

test("progress is stored as runs and comes back item by item", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 1, max: 40_000 })), { maxLength: 6 }), (runs) => {
      const progress = Uint8Array.from(runs.flatMap(([outcome, length]) => Array.from({ length }, () => outcome)));
      expect(fromProgressRuns(toProgressRuns(progress), progress.length)).toEqual(progress);
    }),
    { numRuns: 50 },
  );
  expect(toProgressRuns(new Uint8Array(50_000).fill(applied))).toHaveLength(4);
});

test("twice is once, in any order: the first final outcome of each event stands and counts once", () => {
  const outcome = fc.constantFrom(waiting, applied, repeat, quarantined, parked);
  const packs = fc.array(fc.record({ n: fc.integer({ min: 0, max: 3 }), outcomes: fc.array(outcome, { minLength: 2, maxLength: 2 }) }), {
    maxLength: 20,
  });
  fc.assert(
    fc.property(packs, (told) => {
      let standing = fresh();
      const tally = draftOf({ ...emptyTally, accepted: 7 });
      const letters = [];
      for (const { n, outcomes } of told) {
        const result = settleReports(standing, plan, [report(n, outcomes.slice(0, plan.packs[n]?.itemOf.length))], tally);
        standing = result.standing;
        letters.push(...result.letters);
        const again = draftOf(tally);
        const second = settleReports(standing, plan, [report(n, outcomes.slice(0, plan.packs[n]?.itemOf.length))], again);
        expect(second.changed).toBe(false);
        expect(again).toEqual(tally);
      }
      const first = newProgress(7);
      for (const { n, outcomes } of told) {
        for (const [index, item] of (plan.packs[n]?.itemOf ?? []).entries())
          if (first[item] === waiting) first[item] = outcomes[index] ?? waiting;
      }
      expect(standing.progress).toEqual(first);
      expect(outcomeCounts(tally.outcomes, tally.accepted)).toEqual(outcomesIn(first, 0, 7));
      expect(letters).toHaveLength(first.filter((found) => found === quarantined).length);
      expect(tally.visible.reduce((sum, count) => sum + count, 0)).toBe(first.filter((found) => found === applied).length);
      expect(isSettled(first)).toBe(openPacks(plan, first).length === 0);
    }),
  );
});

test("an object that cannot be reached costs no tries; a failure of the event itself kills it at the eighth", () => {
  let standing = fresh();
  const tally = draftOf(emptyTally);
  for (let i = 0; i < 50; i++) standing = settleReports(standing, plan, [report(0, [waiting, waiting])], tally).standing;
  expect(standing.tries.size).toBe(0);
  const reasons = [{ index: 1, reason: "fold_failed", detail: "no" }];
  for (let i = 0; i < 7; i++) {
    const result = settleReports(standing, plan, [report(0, [waiting, waiting], reasons)], tally);
    expect(result.letters).toEqual([]);
    standing = result.standing;
  }
  const last = settleReports(standing, plan, [report(0, [waiting, waiting], reasons)], tally);
  expect(last.letters).toEqual([
    {
      kind: "deadLettered",
      source: { pack: 0, index: 1 },
      item: 1,
      items: 1,
      reason: "fold_failed",
      detail: "no",
      accountId: undefined,
      tries: 8,
    },
  ]);
  expect([...last.standing.progress]).toEqual([waiting, deadLettered, 0, 0, 0, 0, 0]);
});

test("a report whose number of outcomes does not fit the pack changes nothing", () => {
  expect(settleReports(fresh(), plan, [report(0, [applied]), report(9, [applied, applied])], draftOf(emptyTally)).changed).toBe(false);
});

test("the time from received to applied is counted in its bound", () => {
  const tally = draftOf(emptyTally);
  settleReports(fresh(), plan, [report(0, [applied, applied])], tally);
  // 80 ms: above 50, at most 100.
  expect(tally.visible.slice(0, 3)).toEqual([0, 2, 0]);
  expect(tally.visibleSumMs).toBe(160);
});

test("the standing that was given is not touched: a failed commit leaves it true", () => {
  const standing = fresh();
  settleReports(standing, plan, [report(0, [applied, waiting], [{ index: 1, reason: "x", detail: "" }])], draftOf(emptyTally));
  expect(standing).toEqual(fresh());
});
