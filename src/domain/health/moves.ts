import type { HealthDocument, HealthMove, MeasureResult, ShareShift } from "./document.ts";
import { shareOut } from "./share-out.ts";

/**
 * Why the score of `to` is not that of `from`: lines that sum to the difference, to 1e-9, the strongest first.
 *
 * The way leads over `legs`, each from where the one before ended. One has two steps. First the `configuration`: `between` is what the
 * scorecard of the leg's end would have said of the facts of its beginning; null where both are judged alike. Then the facts, by one scorecard.
 * Contributions are W·(u − 50), and for a product of two factors the exact split is
 * Σ mean(W)·Δu + Σ mean(u − 50)·ΔW (the Shapley split of two factors). In the first step both are the configuration's (`aspect` says what
 * of it). In the second Δu is `data`, and ΔW comes in two parts: `missing`, what the change of *which* measures have a value did to all
 * shares, then `staleness`, what ageing did; `shift` tells whether the measure itself did it or the others, whose shares make room for each
 * other. A measure that appears or goes away has no Δu.
 *
 * One line per measure, cause and aspect, over all legs, chained: `delta` = `to` − `from` in points of contribution; `from` is null where the
 * measure had no value before, `to` where it has none now. The effects of caps and of an override are lines of their own (measures `caps`,
 * `override`).
 *
 * No lines when one of the two has no score: there is no difference then.
 */
export function healthMoves(from: HealthDocument, to: HealthDocument, legs: readonly Leg[] = [{ from, to, between: null }]): HealthMove[] {
  if (from.score === null || to.score === null) return [];
  // Only an override can stand where nothing is measured: the whole difference is its own.
  if (from.computedScore === null || to.computedScore === null) return [overrideLine(from.score, to.score)];
  const lines = linesOf(from, to, legs.flatMap(stepsOf));
  const override = overrideLine(from.score - from.computedScore, to.score - to.computedScore);
  if (override.delta !== 0) lines.push(override);
  return lines.sort((a, b) => Math.abs(b.delta) - Math.abs(a.delta));
}

/** Part of the way from one document to another; documents inside the way need no score, and their overrides do not count. */
export type Leg = { readonly from: HealthDocument; readonly to: HealthDocument; readonly between: Between | null };

/** `isLent`: of this measure nobody wrote anything new, what other accounts lend is another. */
type Between = { readonly document: HealthDocument; readonly isLent: (measure: string) => boolean };

type Step = Pick<HealthMove, "measure" | "title" | "cause" | "aspect" | "shift" | "delta">;

const CAPS = "caps";

function stepsOf({ from, to, between }: Leg): readonly Step[] {
  const start = between?.document ?? from;
  return [
    ...(between === null ? [] : configurationSteps(from, between)),
    ...capsStep(from, start, "configuration"),
    ...(start === to ? [] : factSteps(start, to)),
    ...capsStep(start, to, "data"),
  ];
}

/** What caps take away. A document in which nothing is measured stands at 50, where all contributions begin. */
const cappedOf = ({ scoreBeforeCaps, caps }: HealthDocument): number =>
  Math.min(0, ...caps.map(({ max }) => max - (scoreBeforeCaps ?? 50)));

function capsStep(before: HealthDocument, after: HealthDocument, cause: "configuration" | "data"): readonly Step[] {
  const aspect = cause === "configuration" ? ({ aspect: "caps" } as const) : {};
  return [{ measure: CAPS, title: "Caps", cause, ...aspect, delta: cappedOf(after) - cappedOf(before) }];
}

/** The same facts by two scorecards. */
function configurationSteps(from: HealthDocument, { document, isLent }: Between): readonly Step[] {
  const before = weightsByKey(from);
  const after = weightsByKey(document);
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key) =>
    configurationStepsOf(key, before.get(key), after.get(key), isLent(key)),
  );
}

function configurationStepsOf(
  key: string,
  before: MeasureResult | undefined,
  after: MeasureResult | undefined,
  isLent: boolean,
): readonly Step[] {
  const title = (after ?? before)?.title ?? key;
  const step = (aspect: NonNullable<HealthMove["aspect"]>, delta: number): Step => ({
    measure: key,
    title,
    cause: "configuration",
    aspect,
    delta,
  });
  if (before === undefined) return [step("added", after?.contribution ?? 0)];
  if (after === undefined) return [step("removed", -before.contribution)];
  const { points, weight } = factorsOf(before, after);
  const written = before.value !== after.value ? "definition" : before.score === after.score ? "mean" : "anchors";
  return [
    step("weight", points.mean * weight.change),
    step(isLent && written !== "mean" ? "statistics" : written, weight.mean * points.change),
  ];
}

/** Facts of two instants by one scorecard. */
function factSteps(from: HealthDocument, to: HealthDocument): readonly Step[] {
  const before = weightsByKey(from);
  const after = weightsByKey(to);
  const between = sharesWithFreshnessOf(to, from);
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key) =>
    factStepsOf(key, before.get(key), after.get(key), between.get(key) ?? 0),
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

function factStepsOf(
  key: string,
  before: MeasureResult | undefined,
  after: MeasureResult | undefined,
  betweenWeight: number,
): readonly Step[] {
  const { points, weight } = factorsOf(before, after);
  const bySet = betweenWeight - (before?.effectiveWeight ?? 0);
  const byAge = (after?.effectiveWeight ?? 0) - betweenWeight;
  const named = { measure: key, title: (after ?? before)?.title ?? key };
  return [
    { ...named, cause: "missing", shift: setShift(before, after, bySet), delta: points.mean * bySet },
    { ...named, cause: "staleness", shift: ageShift(before, after, byAge), delta: points.mean * byAge },
    { ...named, cause: "data", delta: weight.mean * points.change },
  ];
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

/** Steps of one measure, cause and aspect as one; its `shift` is that of the strongest. */
function summed(steps: readonly Step[]): readonly Step[] {
  const byKind = new Map<string, { step: Step; sum: number }>();
  for (const step of steps) {
    const kind = `${step.cause}/${step.aspect ?? ""}`;
    const known = byKind.get(kind);
    if (known === undefined) byKind.set(kind, { step, sum: step.delta });
    else {
      known.sum += step.delta;
      if (Math.abs(step.delta) > Math.abs(known.step.delta)) known.step = step;
    }
  }
  return [...byKind.values()].map(({ step, sum }) => ({ ...step, delta: sum }));
}

function linesOf(from: HealthDocument, to: HealthDocument, steps: readonly Step[]): HealthMove[] {
  const [before, after] = [weightsByKey(from), weightsByKey(to)];
  const byMeasure = new Map<string, Step[]>();
  for (const step of steps) {
    const known = byMeasure.get(step.measure);
    if (known === undefined) byMeasure.set(step.measure, [step]);
    else known.push(step);
  }
  return [...byMeasure].flatMap(([measure, own]) =>
    measure === CAPS
      ? chained(summed(own), { from: cappedOf(from), isNew: false, isGone: false })
      : chained(summed(own), {
          from: before.get(measure)?.contribution ?? 0,
          isNew: !takesPartIn(before, measure),
          isGone: !takesPartIn(after, measure),
        }),
  );
}

function takesPartIn(measures: ReadonlyMap<string, MeasureResult>, key: string): boolean {
  const found = measures.get(key);
  return found !== undefined && takesPart(found);
}

type Ends = { readonly from: number; readonly isNew: boolean; readonly isGone: boolean };

/** Lines of one measure, each from where the one before ended. */
function chained(steps: readonly Step[], { from, isNew, isGone }: Ends): HealthMove[] {
  const real = steps.filter(({ delta }) => Math.abs(delta) > negligiblePoints);
  let standing = from;
  return real.map((step, i) => {
    const start = standing;
    standing += step.delta;
    return { ...step, from: isNew && i === 0 ? null : start, to: isGone && i === real.length - 1 ? null : standing };
  });
}

/** Below this a line is rounding, not a reason; all of them together stay far under 1e-9. */
const negligiblePoints = 1e-12;
