import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { standardScorecard } from "../../../src/domain/config/standard.ts";
import type { Band, HealthDocument } from "../../../src/domain/health/document.ts";
import { evaluateHealth } from "../../../src/domain/health/evaluate.ts";
import {
  type BandRules,
  type HeldBand,
  type HeldBeside,
  bandGivesWayAt,
  holdBand,
  holdBeside,
  shownBeside,
  waitingBand,
} from "../../../src/domain/health/held-band.ts";
import { HOUR_MS } from "../../../src/domain/time.ts";
import { NOW, anAccount } from "../../support/health-account.ts";

const { bands } = standardScorecard;
/** Nothing was published. */
const same: BandRules = { since: 0, written: 1, former: () => null };
const blank = evaluateHealth(anAccount(), standardScorecard, NOW);

/** A document with a score alone, its band by the cuts. */
function scored(score: number | null, hours: number, over: Partial<HealthDocument> = {}): HealthDocument {
  const confidence = over.confidence ?? 0.9;
  const band: Band =
    score === null || confidence < bands.confidenceMin
      ? "not_enough_data"
      : score >= bands.healthyFrom
        ? "healthy"
        : score >= bands.watchFrom
          ? "watch"
          : score >= bands.atRiskFrom
            ? "at_risk"
            : "critical";
  return { ...blank, score, computedScore: score, scoreBeforeCaps: score, confidence, band, asOf: NOW + hours * HOUR_MS, ...over };
}

function shown(documents: readonly HealthDocument[]): Band[] {
  let held: HeldBand | null = null;
  return documents.map((document) => (held = holdBand(held, document, standardScorecard, same)).band);
}

describe("the band that is shown", () => {
  test("is the first one that was computed, and stays while the score trembles at an edge", () => {
    expect(shown([scored(61, 0), scored(59.5, 1), scored(61, 2), scored(57.1, 3), scored(62, 4)])).toEqual(Array(5).fill("watch"));
  });

  test("changes when the edge is crossed by three points, both ways", () => {
    expect(shown([scored(61, 0), scored(57, 1), scored(61, 2), scored(62.9, 3), scored(63, 4)])).toEqual([
      "watch",
      "at_risk",
      "at_risk",
      "at_risk",
      "watch",
    ]);
  });

  test("changes when the score has been outside for 24 hours without a break", () => {
    expect(shown([scored(61, 0), scored(59, 1), scored(59, 24), scored(59, 25)])).toEqual(["watch", "watch", "watch", "at_risk"]);
    expect(shown([scored(61, 0), scored(59, 1), scored(60, 20), scored(59, 30)])).toEqual(Array(4).fill("watch"));
    const leaving = holdBand({ band: "watch", since: NOW, leftAt: null }, scored(59, 1), standardScorecard, same);
    expect(bandGivesWayAt(leaving, standardScorecard)).toBe(NOW + 25 * HOUR_MS);
  });

  test("tells which band waits and when it follows, and nothing where the score has its own", () => {
    const held = { band: "watch", since: NOW, leftAt: null } as const;
    const document = scored(59, 1);
    const waiting = waitingBand(holdBand(held, document, standardScorecard, same), document, standardScorecard);
    expect(waiting).toEqual({ band: "at_risk", at: NOW + 25 * HOUR_MS });
    expect(waitingBand(holdBand(held, scored(65, 1), standardScorecard, same), scored(65, 1), standardScorecard)).toBeNull();
    expect(waitingBand(holdBand(held, scored(50, 1), standardScorecard, same), scored(50, 1), standardScorecard)).toBeNull();
  });

  test("changes at once by a cap, an override, and where there is no score", () => {
    const cap = [{ key: "cap", title: "Cap", max: 59 }];
    expect(shown([scored(61, 0), scored(59, 1, { caps: cap, scoreBeforeCaps: 61 })])).toEqual(["watch", "at_risk"]);
    const override = { value: 59, reason: "r", author: "t", at: NOW, expiresAt: NOW + 1 };
    expect(shown([scored(61, 0), scored(59, 1, { override })])).toEqual(["watch", "at_risk"]);
    expect(shown([scored(61, 0), scored(null, 1)])).toEqual(["watch", "not_enough_data"]);
  });

  test("returns at once to the score's own when an override ends, and not to what the person had said", () => {
    const override = { value: 85, reason: "r", author: "t", at: NOW, expiresAt: NOW + 1 };
    const overridden = scored(85, 1, { override });
    expect(shown([scored(78, 0), overridden, scored(79, 2), scored(79.5, 3)])).toEqual(["watch", "healthy", "watch", "watch"]);
    const held = holdBand({ band: "healthy", since: NOW, leftAt: null }, overridden, standardScorecard, same);
    expect([held, holdBand(held, scored(81, 2), standardScorecard, same)]).toMatchObject([
      { band: "healthy", since: NOW, leftAt: null, isOverride: true },
      { band: "healthy", since: NOW, leftAt: null },
    ]);
  });

  test("is not lifted at once by a cap that holds the score at the edge of a better band", () => {
    const capped = (hour: number) => scored(60, hour, { caps: [{ key: "cap", title: "Cap", max: 60 }], scoreBeforeCaps: 75 });
    expect(shown([scored(58, 0), capped(1), capped(24), capped(25)])).toEqual(["at_risk", "at_risk", "at_risk", "watch"]);
  });

  test("follows the confidence at once: too little known is no verdict, enough of it is one", () => {
    const confidences = [0.52, 0.49, 0.5];
    expect(shown(confidences.map((confidence, hour) => scored(70, hour, { confidence })))).toEqual(["watch", "not_enough_data", "watch"]);
  });

  test("never changes twice inside 24 hours while the score stays within three points of one edge", () => {
    const steps = fc.array(
      fc.record({ score: fc.double({ min: 57.01, max: 62.99, noNaN: true }), hours: fc.integer({ min: 0, max: 6 }) }),
      {
        maxLength: 60,
      },
    );
    fc.assert(
      fc.property(steps, (list) => {
        let hour = 0;
        let held: HeldBand | null = null;
        let changedAt = -Infinity;
        for (const { score, hours } of list) {
          hour += hours;
          const next: HeldBand = holdBand(held, scored(score, hour), standardScorecard, same);
          if (held !== null && next.band !== held.band) {
            expect(hour - changedAt).toBeGreaterThanOrEqual(24);
            changedAt = hour;
          }
          held = next;
        }
      }),
    );
  });

  test("is what it was when one looks twice, and follows far moves at once: it is never more than three points off", () => {
    const walk = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(walk, (scores) => {
        let held: HeldBand | null = null;
        scores.forEach((score, hour) => {
          const document = scored(score, hour);
          held = holdBand(held, document, standardScorecard, same);
          expect(holdBand(held, document, standardScorecard, same)).toEqual(held);
          const near = [scored(score - 3, hour).band, document.band, scored(score + 3, hour).band];
          expect(near).toContain(held.band);
        });
      }),
    );
  });
});

/** Rules that add points to what the customer's facts make, since so many hours; those of one name are the same again. */
type Publication = { readonly hours: number; readonly name: number; readonly lift: number };
type Look = { readonly hours: number; readonly facts: number };

/** What is held after each look, by the rules of its time. */
function heldThrough(publications: readonly Publication[], looks: readonly Look[]): HeldBand[] {
  let held: HeldBand | null = null;
  return looks.map(({ hours, facts }) => {
    const by = (since: number): Publication => publications.findLast((one) => one.hours <= since) as Publication;
    const { name, lift, hours: since } = by(hours);
    const former = (before: number): Band => scored(facts + by(before).lift, hours).band;
    return (held = holdBand(held, scored(facts + lift, hours), standardScorecard, { since, written: name, former }));
  });
}
const bandsThrough = (publications: readonly Publication[], looks: readonly (readonly [hours: number, facts: number])[]): Band[] =>
  heldThrough(
    publications,
    looks.map(([hours, facts]) => ({ hours, facts })),
  ).map(({ band }) => band);

describe("the band after a publication", () => {
  const first = { hours: 0, name: 1, lift: 0 };

  test("is the score's own at once where the rules alone moved it over an edge, both ways", () => {
    expect(bandsThrough([first, { hours: 1, name: 2, lift: 2 }], [[0, 58.5], [1, 58.5], [2, 58.5]])).toEqual(["at_risk", "watch", "watch"]); // prettier-ignore
    expect(
      bandsThrough(
        [first, { hours: 1, name: 2, lift: -2 }],
        [
          [0, 61],
          [1, 61],
        ],
      ),
    ).toEqual(["watch", "at_risk"]);
  });

  test("holds against what customers do, before and after it", () => {
    // By the old rules and by the new ones the score lies below the edge: the customer did that.
    expect(
      bandsThrough(
        [first, { hours: 2, name: 2, lift: -0.5 }],
        [
          [0, 61],
          [1, 59],
          [2, 59],
          [24, 59],
          [25, 59],
        ],
      ),
    ).toEqual(["watch", "watch", "watch", "watch", "at_risk"]);
    expect(
      bandsThrough(
        [first, { hours: 1, name: 2, lift: 2 }],
        [
          [0, 58.5],
          [1, 58.5],
          [2, 57.5],
          [3, 58.5],
        ],
      ),
    ).toEqual(["at_risk", "watch", "watch", "watch"]);
  });

  test("is the one that was when it is rolled back, with the day that had begun", () => {
    const rolledBack = [first, { hours: 2, name: 2, lift: -4 }, { hours: 4, name: 1, lift: 0 }];
    const looks = [0, 1, 2, 4, 24, 25].map((hours) => ({ hours, facts: hours === 0 ? 61 : 59 }));
    const held = heldThrough(rolledBack, looks);
    expect(held.map(({ band }) => band)).toEqual(["watch", "watch", "at_risk", "watch", "watch", "at_risk"]);
    const never = heldThrough([first], looks);
    expect(held[3]).toMatchObject({ band: never[3]?.band, since: never[3]?.since, leftAt: never[3]?.leftAt });
    // Two publications in between, and one that other accounts' figures made.
    const more = [first, { hours: 2, name: 2, lift: -4 }, { hours: 3, name: 3, lift: 25 }, { hours: 4, name: 3, lift: 24 }, { hours: 5, name: 1, lift: 0 }]; // prettier-ignore
    expect(bandsThrough(more, [[0, 61], [1, 59], [2, 59], [3, 59], [4, 59], [5, 59]])).toEqual(["watch", "watch", "at_risk", "healthy", "healthy", "watch"]); // prettier-ignore
  });

  test("begins anew where the rules come back after the time of steadiness", () => {
    const late = [first, { hours: 2, name: 2, lift: -4 }, { hours: 30, name: 1, lift: 0 }];
    expect(
      bandsThrough(late, [
        [0, 61],
        [1, 59],
        [2, 59],
        [30, 59],
      ]),
    ).toEqual(["watch", "watch", "at_risk", "at_risk"]);
  });

  test("changes at once where the rules before cannot be had, and stays where they were the same as written", () => {
    const look = (written: number) =>
      holdBand({ band: "watch", since: NOW, leftAt: null, rules: { since: 1, written: 1 } }, scored(59, 1), standardScorecard, {
        since: 2,
        written,
        former: () => null,
      }).band;
    expect([look(2), look(1)]).toEqual(["at_risk", "watch"]);
  });

  test("of data that older code stored stays, as nobody knows by which rules it was looked at", () => {
    const held = holdBand({ band: "watch", since: NOW, leftAt: null }, scored(59, 1), standardScorecard, { ...same, since: 7 });
    expect(held).toEqual({ band: "watch", since: NOW, leftAt: NOW + HOUR_MS, rules: { since: 7, written: 1 } });
  });

  test("is what it would be without it where it moves nothing, and never flaps by what customers do: any rules, any walk", () => {
    const looks = fc.array(fc.record({ facts: fc.double({ min: 58.5, max: 61.5, noNaN: true }), hours: fc.integer({ min: 0, max: 6 }) }), {
      maxLength: 60,
    });
    const publications = fc.array(fc.record({ hours: fc.integer({ min: 1, max: 20 }), name: fc.nat(3), lift: fc.constantFrom(-1, 0, 1) }));
    fc.assert(
      fc.property(looks, publications, (steps, more) => {
        let [hour, at] = [0, 0];
        const walk = steps.map(({ facts, hours }) => ({ facts, hours: (hour += hours) }));
        const rules = [first, ...more.map(({ hours, name }) => ({ hours: (at += hours), name, lift: [0, 1, -1, 0.5][name] ?? 0 }))];
        const still = rules.map((one) => ({ ...one, lift: 0 }));
        expect(heldThrough(still, walk).map(({ band }) => band)).toEqual(heldThrough([first], walk).map(({ band }) => band));

        let changedAt = -Infinity;
        const held = heldThrough(rules, walk);
        held.forEach((one, i) => {
          const before = held[i - 1];
          if (before === undefined || before.band === one.band || before.rules?.since !== one.rules?.since) return;
          const now = walk[i]?.hours ?? 0;
          expect(now - changedAt).toBeGreaterThanOrEqual(24);
          changedAt = now;
        });
        expect(Math.max(0, ...held.map(({ setDown }) => setDown?.length ?? 0))).toBeLessThanOrEqual(2);
      }),
    );
  });
});

describe("bands of scorecards beside the account's own", () => {
  const sides = (hours: number, scores: Readonly<Record<string, number>>) =>
    Object.entries(scores).map(([key, score]) => ({ key, scorecard: standardScorecard, health: scored(score, hours) }));
  const bandsOf = (held: HeldBeside) => Object.fromEntries([...held].map(([key, { band }]) => [key, band]));

  test("hold each by itself, as the account's own does", () => {
    let held = holdBeside(new Map(), sides(0, { a: 61, b: 61 }), () => same);
    const later = sides(1, { a: 59, b: 50 });
    held = holdBeside(held, later, () => same);
    expect(bandsOf(held)).toEqual({ a: "watch", b: "at_risk" });
    expect(shownBeside(held, later).map(({ health }) => health.band)).toEqual(["watch", "at_risk"]);
    expect(held.get("a")).toEqual(holdBand(holdBand(null, scored(61, 0), standardScorecard, same), scored(59, 1), standardScorecard, same));
    expect(bandsOf(holdBeside(held, sides(25, { a: 59, b: 50 }), () => same))).toEqual({ a: "at_risk", b: "at_risk" });
  });

  test("begin anew where a scorecard was not beside the account in between", () => {
    const held = holdBeside(new Map(), sides(0, { a: 61, b: 61 }), () => same);
    const without = holdBeside(held, sides(1, { b: 61 }), () => same);
    expect([...without.keys()]).toEqual(["b"]);
    expect(bandsOf(holdBeside(without, sides(2, { a: 59, b: 59 }), () => same))).toEqual({ a: "at_risk", b: "watch" });
  });
});
