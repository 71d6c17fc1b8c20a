import { attributeChanges } from "../account/attribute-history.ts";
import type { AccountState } from "../account/state.ts";
import { nextVerdictChange } from "../account/verdicts.ts";
import type { Assigned } from "../config/active.ts";
import type { Scorecard } from "../config/scorecard.ts";
import { confidenceToldFrom } from "../limits.ts";
import { MINUTE_MS, dayOf, startOfDay } from "../time.ts";
import type { HealthDocument } from "./document.ts";
import { accountEvaluator, healthEvaluator, type HealthEvaluator } from "./evaluate.ts";

/**
 * The next instant after `at` at which time alone changes something that was published: windows roll at midnight UTC, an override or opinion
 * begins or ends; before that a ticket that grows old or a source that ages may bring another band, a flag, a score
 * that differs by `recomputeAfterPoints`, or a confidence that differs by `confidenceToldFrom`. Null for an account of which nothing is known.
 *
 * What will be is not known, so both ways are looked at: that all sources stop now (what is known is held, and ages), and that those which are
 * up to date go on (a ticket grows late though nothing comes). At that instant the score is made of what is known then.
 *
 * What grows until then grows one way, so the first such instant is found by halving, to the minute (late, never early).
 *
 * @param evaluate the evaluator of this very state, where the caller has one
 */
export function nextChangeAt(
  state: AccountState,
  scorecard: Scorecard,
  at: number,
  evaluate: HealthEvaluator = healthEvaluator(state, scorecard),
): number | null {
  const verdict = nextVerdictChange([...state.verdicts.overrides, ...state.verdicts.opinions], at);
  if (state.days.size === 0 && state.tickets.size === 0 && state.records.size === 0) return verdict;
  // A vendor's clock may be ahead of ours: an attribute begins when it says.
  const attribute = attributeChanges(state).find((since) => since > at);
  const end = Math.min(startOfDay(dayOf(at) + 1), verdict ?? Infinity, attribute ?? Infinity);
  const stopped = firstDifference(evaluate, scorecard, { at, end });
  const goingOn = firstDifference((instant) => evaluate(instant, { goesOnFrom: at }), scorecard, { at, end: stopped });
  return Math.min(stopped, goingOn);
}

/**
 * The same for an account that is judged by several scorecards: the first instant at which one of its scores has something to tell, and how many
 * evaluations it took to find.
 */
export function nextChangeOf(
  state: AccountState,
  assigned: Assigned,
  at: number,
): { readonly at: number | null; readonly evaluations: number } {
  const { evaluate } = accountEvaluator(state);
  let evaluations = 0;
  const by = (scorecard: Scorecard, isOverridable: boolean): number | null =>
    nextChangeAt(state, scorecard, at, (instant, otherwise) => {
      evaluations++;
      return evaluate(instant, { ...assigned, scorecard }, { ...otherwise, isOverridable });
    });
  const instants = [by(assigned.scorecard, true), ...assigned.sides.map(({ scorecard }) => by(scorecard, false))];
  const known = instants.filter((instant) => instant !== null);
  return { at: known.length === 0 ? null : Math.min(...known), evaluations };
}

/** The first instant before `end` that is worth telling; `end` where none is. */
function firstDifference(
  evaluate: (at: number) => HealthDocument,
  scorecard: Scorecard,
  { at, end }: { readonly at: number; readonly end: number },
): number {
  let late = end - 1;
  if (late <= at) return end;
  const now = evaluate(at);
  const differs = (instant: number): boolean => isWorthTelling(now, evaluate(instant), scorecard);
  if (!differs(late)) return end;
  let early = at;
  while (late - early > MINUTE_MS) {
    const middle = Math.floor((early + late) / 2);
    if (differs(middle)) late = middle;
    else early = middle;
  }
  return late;
}

/**
 * The next instant after `after`, before midnight UTC, at which time alone gives one of the own measures of its scorecards another value: a session
 * ends, or an hour leaves a window. Null: none does.
 */
export function nextTurnAt(
  state: AccountState,
  { scorecard, sides, ownMeasures, money }: Pick<Assigned, "scorecard" | "sides" | "ownMeasures" | "money">,
  after: number,
): number | null {
  let next: number | null = null;
  for (const { measures } of [scorecard, ...sides.map((side) => side.scorecard)].flatMap(({ dimensions }) => dimensions))
    for (const { key } of measures) {
      const turn = ownMeasures.get(key)?.turnsAt?.({ state, money }, after) ?? null;
      if (turn !== null && (next === null || turn < next)) next = turn;
    }
  return next;
}

const isWorthTelling = (a: HealthDocument, b: HealthDocument, { recomputeAfterPoints }: Scorecard): boolean =>
  a.band !== b.band ||
  a.flags.length !== b.flags.length ||
  (a.score === null) !== (b.score === null) ||
  Math.abs(a.confidence - b.confidence) >= confidenceToldFrom ||
  Math.abs((a.score ?? 0) - (b.score ?? 0)) >= recomputeAfterPoints;
