import type { AccountState } from "../account/state.ts";
import type { Assigned } from "../config/active.ts";
import { dateAttribute } from "../health/attributes.ts";
import { healthEvaluator } from "../health/evaluate.ts";
import type { Contribution } from "../health/measure.ts";
import { measures } from "../health/measures/index.ts";
import { upTo } from "../health/reading-clock.ts";
import { factsOfViews, inputOf, sourceReaders } from "../health/sources.ts";
import { supportHours } from "../health/support-hours.ts";
import { dayOf } from "../time.ts";
import { type Line, lineOf } from "./drawn-at.ts";

/** What one account has to say for the statistics, judged by the scorecard that is its own. */
export type Observation = {
  readonly segment: string | null;
  readonly scorecard: string;
  /** Whole UTC days since `contractStart`. */
  readonly tenureDays: number | null;
  readonly figures: readonly { readonly measure: string; readonly contribution: NonNullable<Contribution> }[];
  /** Fresh raw values of the measures whose anchors are drawn, and the outermost of their own anchors. */
  readonly values: readonly {
    readonly measure: string;
    readonly value: number;
    readonly anchors: Line;
    readonly tenureDays: readonly number[];
  }[];
};

/** Pure; costs one evaluation where the scorecard asks for drawn anchors, else less. */
export function observe(state: AccountState, assigned: Assigned, at: number): Observation {
  // As it was written: what others lent yesterday must not feed itself today.
  const { written: scorecard, calendars, segment, key, money } = assigned;
  const specs = scorecard.dimensions.flatMap((dimension) => dimension.measures);
  const readers = sourceReaders(factsOfViews(state)(state), supportHours(state, scorecard, calendars));
  const start = dateAttribute(state, "contractStart");
  return {
    segment,
    scorecard: key,
    tenureDays: start === null ? null : dayOf(at) - dayOf(start),
    figures: specs.flatMap((spec) => {
      const measure = measures.get(spec.key);
      if (measure?.figure === undefined) return [];
      const input = inputOf(readers, measure.source, { state, at, day: dayOf(at), clock: upTo(at), money });
      const contribution = input === null ? null : measure.figure.contribution(input, spec.settings);
      return contribution === null ? [] : [{ measure: spec.key, contribution }];
    }),
    values: drawnValues(state, assigned, at),
  };
}

function drawnValues(
  state: AccountState,
  { written: scorecard, calendars, ownMeasures, money }: Assigned,
  at: number,
): Observation["values"] {
  const drawn = scorecard.dimensions.flatMap((dimension) =>
    dimension.measures.filter(({ fromOthers }) => fromOthers?.anchors !== undefined),
  );
  if (drawn.length === 0) return [];
  const results = healthEvaluator(
    state,
    scorecard,
    calendars,
    ownMeasures,
    money,
  )(at).dimensions.flatMap((dimension) => dimension.measures);
  return drawn.flatMap(({ key, anchors, fromOthers }) => {
    const result = results.find((one) => one.key === key);
    if (result?.status !== "ok" || result.value === null) return [];
    return [{ measure: key, value: result.value, anchors: lineOf(anchors), tenureDays: fromOthers?.anchors?.tenureDays ?? [] }];
  });
}
