import type { MeasureSpec, Scorecard } from "../config/scorecard.ts";
import { drawnTowards } from "../health/group-anchors.ts";
import { statisticsAnchorToleranceRatio, statisticsMedianToleranceRatio, statisticsRateTolerance } from "../limits.ts";
import type { Statistics } from "./document.ts";
import { lend } from "./lend.ts";

/**
 * Whether scores would hardly differ by which of the two is in force: every figure and anchor that they lend, to any segment of any scorecard,
 * is the same within a tolerance (a rate 0.005, a median 2 %, an anchor 1 % of its measure's span). Publishing scores every account again,
 * so what makes no difference is not published; the number of accounts behind a figure may then be that of an earlier day.
 */
export function haveSameEffect(one: Statistics | null, other: Statistics | null, scorecards: ReadonlyMap<string, Scorecard>): boolean {
  const segments = new Set([null, ...[one, other].flatMap((statistics) => (statistics === null ? [] : segmentsOf(statistics)))]);
  return [...scorecards].every(([key, scorecard]) =>
    [...segments].every((segment) => isClose(specsOf(lend(scorecard, key, one, segment)), specsOf(lend(scorecard, key, other, segment)))),
  );
}

const segmentsOf = ({ figures, anchors }: Statistics): string[] => [
  ...Object.values(figures).flatMap(({ segments }) => Object.keys(segments)),
  ...Object.values(anchors).flatMap((groups) => groups.flatMap(({ segment }) => segment ?? [])),
];

const specsOf = ({ dimensions }: Scorecard): readonly MeasureSpec[] => dimensions.flatMap(({ measures }) => measures);

const isClose = (these: readonly MeasureSpec[], those: readonly MeasureSpec[]): boolean =>
  these.every((spec, i) => areSettingsClose(spec, those[i] as MeasureSpec) && areAnchorsClose(spec, those[i] as MeasureSpec));

/** Lent settings are rates, up to 1, or medians of days, at least 1. */
const areSettingsClose = (spec: MeasureSpec, other: MeasureSpec): boolean =>
  Object.entries(spec.settings).every(([name, value]) => {
    const next = other.settings[name];
    if (typeof value !== "number" || typeof next !== "number") return true;
    const tolerance = Math.max(value, next) <= 1 ? statisticsRateTolerance : statisticsMedianToleranceRatio * Math.max(value, next);
    return Math.abs(value - next) <= tolerance;
  });

function areAnchorsClose(spec: MeasureSpec, other: MeasureSpec): boolean {
  const [these, those] = [linesOf(spec), linesOf(other)];
  const span = (spec.anchors.at(-1)?.value ?? 0) - (spec.anchors[0]?.value ?? 0);
  return (
    these.size === those.size &&
    [...these].every(([group, values]) =>
      values.every((value, i) => Math.abs(value - (those.get(group)?.[i] ?? Number.NaN)) <= statisticsAnchorToleranceRatio * span),
    )
  );
}

/** The anchors of the measure and of each of its groups, as they would be used. */
function linesOf({ anchors, groups }: MeasureSpec): ReadonlyMap<string, readonly number[]> {
  const lines = (groups ?? []).map(({ segment, tenureDaysFrom, tenureDaysTo, accounts, anchors: own }): [string, number[]] => [
    JSON.stringify([segment, tenureDaysFrom, tenureDaysTo]),
    own.map(({ value }, i) => drawnTowards(value, accounts, anchors[i]?.value ?? value)),
  ]);
  return new Map([["", anchors.map(({ value }) => value)], ...lines]);
}
