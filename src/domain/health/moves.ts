import type { HealthDocument, HealthMove, MeasureResult } from "./document.ts";
import { shareOut } from "./share-out.ts";

/**
 * Why the score of `to` is not that of `from`: lines that sum to the difference, to 1e-9, the strongest first.
 *
 * Contributions are W·(u − 50). For a product of two factors the exact split is Σ mean(W)·Δu + Σ mean(u − 50)·ΔW (the Shapley
 * split of two factors). Δu is `data`. ΔW comes in two steps: `missing`, what the change of *which* measures have a value did
 * to all shares, then `staleness`, what ageing did. A measure that appears or goes away has no Δu. One line per measure and cause,
 * chained: `delta` = `to` − `from` in points of contribution; `from` is null where the measure had no value before, `to` where it has
 * none now. The effects of caps and of an override are lines of their own (measures `caps`, `override`). A change of the scorecard shows as `missing`.
 *
 * No lines when one of the two has no score: there is no difference then.
 */
export function healthMoves(from: HealthDocument, to: HealthDocument): HealthMove[] {
  if (from.score === null || to.score === null) return [];
  const { computedScore: fromComputed, scoreBeforeCaps: fromBeforeCaps } = from;
  const { computedScore: toComputed, scoreBeforeCaps: toBeforeCaps } = to;
  // Only an override can stand where nothing is measured: the whole difference is its own.
  if (fromComputed === null || toComputed === null || fromBeforeCaps === null || toBeforeCaps === null)
    return [overrideLine(from.score, to.score)];
  const before = weightsByKey(from);
  const after = weightsByKey(to);
  const between = sharesWithFreshnessOf(to, from);
  const lines = [...new Set([...before.keys(), ...after.keys()])].flatMap((key) =>
    linesOf(key, before.get(key), after.get(key), between.get(key) ?? 0),
  );
  const cappedBefore = fromComputed - fromBeforeCaps;
  const cappedAfter = toComputed - toBeforeCaps;
  if (cappedAfter !== cappedBefore)
    lines.push({
      measure: "caps",
      title: "Caps",
      delta: cappedAfter - cappedBefore,
      from: cappedBefore,
      to: cappedAfter,
      cause: "data",
    });
  const override = overrideLine(from.score - fromComputed, to.score - toComputed);
  if (override.delta !== 0) lines.push(override);
  return lines.sort((a, b) => Math.abs(b.delta) - Math.abs(a.delta));
}

/** What an override adds to the computed score, before and after. */
const overrideLine = (from: number, to: number): HealthMove => ({
  measure: "override",
  title: "Override by a person",
  delta: to - from,
  from,
  to,
  cause: "override",
});

const weightsByKey = (document: HealthDocument): Map<string, MeasureResult> =>
  new Map(document.dimensions.flatMap(({ measures }) => measures.map((measure) => [measure.key, measure])));

/** A measure takes part when it has a value, or when its policy gives it one (then it has a share). */
const takesPart = (measure: MeasureResult): boolean => measure.status !== "missing" || measure.effectiveWeight > 0;
const sharedFreshness = (measure: MeasureResult): number | null =>
  takesPart(measure) ? (measure.status === "missing" ? 1 : measure.freshness) : null;

/** The shares there would be with the measures of `document` and the freshness that they had in `earlier`. */
function sharesWithFreshnessOf(document: HealthDocument, earlier: HealthDocument): Map<string, number> {
  const was = weightsByKey(earlier);
  const shares = shareOut(
    document.dimensions.map(({ weight, measures }) => ({
      weight,
      measures: measures.map((measure) => {
        const old = was.get(measure.key);
        const own = sharedFreshness(measure);
        return { weight: measure.weight, freshness: own === null ? null : old === undefined ? own : (sharedFreshness(old) ?? own) };
      }),
    })),
  );
  return new Map(document.dimensions.flatMap(({ measures }, d) => measures.map((measure, m) => [measure.key, shares[d]?.[m] ?? 0])));
}

/** Points above 50 that the measure stands for; without a share it says nothing. */
const pointsOf = (measure: MeasureResult | undefined): number | null =>
  measure === undefined
    ? null
    : measure.effectiveWeight > 0
      ? measure.contribution / measure.effectiveWeight
      : measure.score === null
        ? null
        : measure.score - 50;

function linesOf(key: string, before: MeasureResult | undefined, after: MeasureResult | undefined, betweenWeight: number): HealthMove[] {
  const oldPoints = pointsOf(before) ?? pointsOf(after) ?? 0;
  const newPoints = pointsOf(after) ?? oldPoints;
  const oldWeight = before?.effectiveWeight ?? 0;
  const newWeight = after?.effectiveWeight ?? 0;
  const meanPoints = (oldPoints + newPoints) / 2;
  const steps = [
    { cause: "missing", delta: meanPoints * (betweenWeight - oldWeight) },
    { cause: "staleness", delta: meanPoints * (newWeight - betweenWeight) },
    { cause: "data", delta: ((oldWeight + newWeight) / 2) * (newPoints - oldPoints) },
  ] as const;
  const real = steps.filter(({ delta }) => Math.abs(delta) > negligiblePoints);
  let standing = before?.contribution ?? 0;
  return real.map(({ cause, delta }, i) => {
    const start = standing;
    standing += delta;
    const isNew = i === 0 && (before === undefined || !takesPart(before));
    const isGone = i === real.length - 1 && (after === undefined || !takesPart(after));
    return { measure: key, title: (after ?? before)?.title ?? key, delta, from: isNew ? null : start, to: isGone ? null : standing, cause };
  });
}

/** Below this a line is rounding, not a reason; twenty of them stay far under 1e-9. */
const negligiblePoints = 1e-12;
