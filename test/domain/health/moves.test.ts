import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { standardScorecard } from "../../../src/domain/config/standard.ts";
import type { HealthDocument } from "../../../src/domain/health/document.ts";
import { evaluateHealth } from "../../../src/domain/health/evaluate.ts";
import { healthMoves } from "../../../src/domain/health/moves.ts";
import { DAY_MS } from "../../../src/domain/time.ts";
import { NOW, anAccount, daysAgo, ticket, used } from "../../support/health-account.ts";
import { customers } from "../../support/health-customers.ts";

const measured = ({ dimensions }: HealthDocument) => dimensions.flatMap(({ measures }) => measures);
const total = (moves: readonly { delta: number }[]): number => moves.reduce((sum, { delta }) => sum + delta, 0);

describe("what moved it", () => {
  test("the lines sum to the difference between any two instants, and each says from where to where", () => {
    fc.assert(
      fc.property(customers, customers, fc.integer({ min: 0, max: 60 }), fc.integer({ min: -20, max: 60 }), (one, other, a, b) => {
        for (const later of [one, other]) {
          const from = evaluateHealth(one, standardScorecard, daysAgo(a));
          const to = evaluateHealth(later, standardScorecard, daysAgo(b));
          const moves = healthMoves(from, to);
          if (from.computedScore === null || to.computedScore === null) expect(moves).toEqual([]);
          else expect(Math.abs(total(moves) - (to.computedScore - from.computedScore))).toBeLessThan(1e-9);
          for (const move of moves) if (move.from !== null && move.to !== null) expect(move.to - move.from).toBeCloseTo(move.delta, 9);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("a document compared with itself moved nothing", () => {
    fc.assert(
      fc.property(customers, (state) => {
        const document = evaluateHealth(state, standardScorecard, NOW);
        expect(healthMoves(document, document)).toEqual([]);
      }),
    );
  });

  test("a late ticket is data, a silent source is staleness, a first ticket is missing data that came", () => {
    const state = anAccount({ seats: 10, slaHours: 24 });
    for (let day = 0; day < 70; day++) used(state, day % 5, daysAgo(day));
    const before = evaluateHealth(state, standardScorecard, NOW);

    ticket(state, { id: "1", at: daysAgo(0, 2), priority: "urgent" });
    const withTicket = evaluateHealth(state, standardScorecard, NOW);
    expect(healthMoves(before, withTicket).map(({ cause }) => cause)).not.toContain("staleness");
    expect(healthMoves(before, withTicket).find(({ measure }) => measure === "weighted_backlog")).toMatchObject({
      cause: "missing",
      shift: "came",
      from: null,
    });
    // Those that were measured before have their data still: they make room.
    const others = healthMoves(before, withTicket).filter(({ cause, from }) => cause === "missing" && from !== null);
    expect(others.length).toBeGreaterThan(0);
    expect(new Set(others.map(({ shift }) => shift))).toEqual(new Set(["counts_less"]));

    const aged = structuredClone(state);
    aged.watermarks.set("zen/webhook", NOW + DAY_MS / 4).set("mix/track", NOW + DAY_MS / 4);
    const later = healthMoves(withTicket, evaluateHealth(aged, standardScorecard, NOW + DAY_MS / 4));
    expect(later[0]).toMatchObject({ measure: "weighted_backlog", cause: "data" });
    expect(later[0]?.delta).toBeLessThan(0);

    const behind = structuredClone(state);
    behind.watermarks.set("zen/webhook", NOW + 7 * DAY_MS);
    const stale = healthMoves(withTicket, evaluateHealth(behind, standardScorecard, NOW + 7 * DAY_MS));
    expect(stale.filter(({ cause }) => cause === "staleness").map(({ measure }) => measure)).toContain("trend");
  });

  test("a change of share says who did it: the measure itself, or the others that came, went, aged or were refreshed", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(customers, fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 60 }), (state, a, b) => {
        const [from, to] = [evaluateHealth(state, standardScorecard, daysAgo(a)), evaluateHealth(state, standardScorecard, daysAgo(b))];
        for (const { measure, cause, shift } of healthMoves(from, to)) {
          expect(shift !== undefined).toBe(cause === "missing" || cause === "staleness");
          if (shift === undefined) continue;
          seen.add(`${cause} ${shift}`);
          const [was, is] = [from, to].map((document) => measured(document).find(({ key }) => key === measure));
          if (was === undefined || is === undefined) throw new Error(`no measure ${measure}`);
          if (shift === "came") expect([was.value, is.value === null]).toEqual([null, false]);
          if (shift === "went") expect([was.value === null, is.value]).toEqual([false, null]);
          if (cause === "missing" && shift.startsWith("counts")) expect([was.value === null, is.value === null]).toEqual([false, false]);
          if (shift === "aged") expect(is.freshness).toBeLessThan(was.freshness);
          if (shift === "refreshed") expect(is.freshness).toBeGreaterThan(was.freshness);
        }
      }),
      { numRuns: 300 },
    );
    expect([...seen].toSorted()).toEqual([
      "missing came",
      "missing counts_less",
      "missing counts_more",
      "missing went",
      "staleness aged",
      "staleness counts_less",
      "staleness counts_more",
      "staleness refreshed",
    ]);
  });

  test("what a cap takes away is a line of its own", () => {
    const scorecard = {
      ...structuredClone(standardScorecard),
      caps: [{ key: "urgent", title: "Urgent ticket is late", flag: "urgent_ticket_past_sla", max: 19 }],
    };
    const state = anAccount({ seats: 10 });
    for (let day = 0; day < 70; day++) used(state, day % 5, daysAgo(day));
    ticket(state, { id: "1", at: daysAgo(1, 1), priority: "urgent" });
    const from = evaluateHealth(state, scorecard, daysAgo(0, 5));
    const to = evaluateHealth(state, scorecard, NOW);
    const moves = healthMoves(from, to);
    expect(total(moves)).toBeCloseTo((to.score as number) - (from.score as number), 9);
    expect(healthMoves(evaluateHealth(state, scorecard, daysAgo(1)), to).map(({ measure }) => measure)).toContain("caps");
  });
});
