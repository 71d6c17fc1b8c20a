import type { HealthDocument, HealthMove, MeasureResult, ShareShift } from "./document.ts";
import { shareOut } from "./share-out.ts";

/**
 * Why the score of `to` is not that of `from`: lines that sum to the difference, to 1e-9, the strongest first.
 *
 * Two steps. First the `configuration`: `between` is what the scorecard of `to` would have said of the facts of `from`; null where both are
 * judged alike. (`isLentAlone`: as it was written it is the same, and others lend other figures and anchors.) Then the facts, by one scorecard. Contributions are W·(u − 50), and for a product of two factors the exact split is
 * Σ mean(W)·Δu + Σ mean(u − 50)·ΔW (the Shapley split of two factors). In the first step both are the configuration's (`aspect` says what
 * of it). In the second Δu is `data`, and ΔW comes in two parts: `missing`, what the change of *which* measures have a value did to all
 * shares, then `staleness`, what ageing did; `shift` tells whether the measure itself did it or the others, whose shares make room for each
 * other. A measure that appears or goes away has no Δu.
 *
 * One line per measure, cause and aspect, chained: `delta` = `to` − `from` in points of contribution; `from` is null where the measure had no
 * value before, `to` where it has none now. The effects of caps and of an override are lines of their own (measures `caps`, `override`).
 *
 * No lines when one of the two has no score: there is no difference then.
 */
export function healthMoves(from: HealthDocument, to: HealthDocument, between: Between | null = null): HealthMove[] {
  if (from.score === null || to.score === null) return [];
  // Only an override can stand where nothing is measured: the whole difference is its own.
  if (from.computedScore === null || to.computedScore === null) return [overrideLine(from.score, to.score)];
  const start = between?.document ?? from;
  const lines = [
    ...(between === null ? [] : configurationLines(from, between)),
    ...capsLine(from, start, "configuration"),
    ...factLines(start, to),
    ...capsLine(start, to, "data"),
  ];
  const override = overrideLine(from.score - from.computedScore, to.score - to.computedScore);
  if (override.delta !== 0) lines.push(override);
  return lines.sort((a, b) => Math.abs(b.delta) - Math.abs(a.delta));
}

type Between = { readonly document: HealthDocument; readonly isLentAlone: boolean };

/** What caps take away. A document in which nothing is measured stands at 50, where all contributions begin. */
const cappedOf = ({ scoreBeforeCaps, caps }: HealthDocument): number =>
  Math.min(0, ...caps.map(({ max }) => max - (scoreBeforeCaps ?? 50)));

function capsLine(before: HealthDocument, after: HealthDocument, cause: "configuration" | "data"): HealthMove[] {
  const [from, to] = [cappedOf(before), cappedOf(after)];
  if (to === from) return [];
  const aspect = cause === "configuration" ? ({ aspect: "caps" } as const) : {};
  return [{ measure: "caps", title: "Caps", delta: to - from, from, to, cause, ...aspect }];
}

/** The same facts by two scorecards. */
function configurationLines(from: HealthDocument, { document, isLentAlone }: Between): HealthMove[] {
  const before = weightsByKey(from);
  const after = weightsByKey(document);
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key) =>
    configurationLinesOf(key, before.get(key), after.get(key), isLentAlone),
  );
}

function configurationLinesOf(
  key: string,
  before: MeasureResult | undefined,
  after: MeasureResult | undefined,
  isLentAlone: boolean,
): HealthMove[] {
  const step = (aspect: NonNullable<HealthMove["aspect"]>, delta: number): Step => ({ cause: "configuration", aspect, delta });
  if (before === undefined) return chained(key, before, after, [step("added", after?.contribution ?? 0)]);
  if (after === undefined) return chained(key, before, after, [step("removed", -before.contribution)]);
  const { points, weight } = factorsOf(before, after);
  const written = before.value !== after.value ? "definition" : before.score === after.score ? "mean" : "anchors";
  return chained(key, before, after, [
    step("weight", points.mean * weight.change),
    step(isLentAlone && written !== "mean" ? "statistics" : written, weight.mean * points.change),
  ]);
}

/** Facts of two instants by one scorecard. */
function factLines(from: HealthDocument, to: HealthDocument): HealthMove[] {
  const before = weightsByKey(from);
  const after = weightsByKey(to);
  const between = sharesWithFreshnessOf(to, from);
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key) =>
    factLinesOf(key, before.get(key), after.get(key), between.get(key) ?? 0),
  );
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

type Step = Pick<HealthMove, "cause" | "aspect" | "shift" | "delta">;
type Factor = { readonly mean: number; readonly change: number };

const factor = (before: number, after: number): Factor => ({ mean: (before + after) / 2, change: after - before });

/** A measure that appears or goes away has no change of its points. */
function factorsOf(
  before: MeasureResult | undefined,
  after: MeasureResult | undefined,
): { readonly points: Factor; readonly weight: Factor } {
  const oldPoints = pointsOf(before) ?? pointsOf(after) ?? 0;
  return {
    points: factor(oldPoints, pointsOf(after) ?? oldPoints),
    weight: factor(before?.effectiveWeight ?? 0, after?.effectiveWeight ?? 0),
  };
}

function factLinesOf(
  key: string,
  before: MeasureResult | undefined,
  after: MeasureResult | undefined,
  betweenWeight: number,
): HealthMove[] {
  const { points, weight } = factorsOf(before, after);
  const bySet = betweenWeight - (before?.effectiveWeight ?? 0);
  const byAge = (after?.effectiveWeight ?? 0) - betweenWeight;
  return chained(key, before, after, [
    { cause: "missing", shift: setShift(before, after, bySet), delta: points.mean * bySet },
    { cause: "staleness", shift: ageShift(before, after, byAge), delta: points.mean * byAge },
    { cause: "data", delta: weight.mean * points.change },
  ]);
}

const othersShift = (change: number): ShareShift => (change > 0 ? "counts_more" : "counts_less");

/** Of a share that changed with the set of measures that have a value. */
function setShift(before: MeasureResult | undefined, after: MeasureResult | undefined, change: number): ShareShift {
  if (before === undefined || !takesPart(before)) return "came";
  return after === undefined || !takesPart(after) ? "went" : othersShift(change);
}

/** Of a share that changed with freshness: its own is the reason where both went the same way. */
function ageShift(before: MeasureResult | undefined, after: MeasureResult | undefined, change: number): ShareShift {
  const [was, is] = [before, after].map((one) => (one === undefined ? null : sharedFreshness(one)));
  const own = typeof was === "number" && typeof is === "number" ? is - was : 0;
  if (own * change <= 0) return othersShift(change);
  return own < 0 ? "aged" : "refreshed";
}

/** Lines of one measure, each from where the one before ended. */
function chained(key: string, before: MeasureResult | undefined, after: MeasureResult | undefined, steps: readonly Step[]): HealthMove[] {
  const real = steps.filter(({ delta }) => Math.abs(delta) > negligiblePoints);
  let standing = before?.contribution ?? 0;
  return real.map((step, i) => {
    const start = standing;
    standing += step.delta;
    const isNew = i === 0 && (before === undefined || !takesPart(before));
    const isGone = i === real.length - 1 && (after === undefined || !takesPart(after));
    return { measure: key, title: (after ?? before)?.title ?? key, ...step, from: isNew ? null : start, to: isGone ? null : standing };
  });
}

/** Below this a line is rounding, not a reason; twenty of them stay far under 1e-9. */
const negligiblePoints = 1e-12;
