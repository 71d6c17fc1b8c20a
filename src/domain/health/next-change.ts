import { attributeChanges } from "../account/attribute-history.ts";
import type { AccountState } from "../account/state.ts";
import { nextVerdictChange } from "../account/verdicts.ts";
import type { Scorecard } from "../config/scorecard.ts";
import { MINUTE_MS, dayOf, startOfDay } from "../time.ts";
import type { HealthDocument } from "./document.ts";
import { healthEvaluator } from "./evaluate.ts";

/**
 * The next instant after `at` at which time alone changes something that was published: windows roll at midnight UTC, an override or opinion begins or ends; before that a
 * ticket that grows old or a source that ages may bring another band, a flag, or a score that differs by `recomputeAfterPoints`.
 * Null for an account of which nothing is known.
 *
 * What grows until then grows one way, so the first such instant is found by halving, to the minute (late, never early).
 *
 * @param evaluate the evaluator of this very state, where the caller has one
 */
export function nextChangeAt(
  state: AccountState,
  scorecard: Scorecard,
  at: number,
  evaluate = healthEvaluator(state, scorecard),
): number | null {
  const verdict = nextVerdictChange([...state.verdicts.overrides, ...state.verdicts.opinions], at);
  if (state.days.size === 0 && state.tickets.size === 0 && state.records.size === 0) return verdict;
  // A vendor's clock may be ahead of ours: an attribute begins when it says.
  const attribute = attributeChanges(state).find((since) => since > at);
  const end = Math.min(startOfDay(dayOf(at) + 1), verdict ?? Infinity, attribute ?? Infinity);
  const now = evaluate(at);
  const differs = (instant: number): boolean => isWorthTelling(now, evaluate(instant), scorecard);
  let late = end - 1;
  if (late <= at || !differs(late)) return end;
  let early = at;
  while (late - early > MINUTE_MS) {
    const middle = Math.floor((early + late) / 2);
    if (differs(middle)) late = middle;
    else early = middle;
  }
  return late;
}

const isWorthTelling = (a: HealthDocument, b: HealthDocument, { recomputeAfterPoints }: Scorecard): boolean =>
  a.band !== b.band ||
  a.flags.length !== b.flags.length ||
  (a.score === null) !== (b.score === null) ||
  Math.abs((a.score ?? 0) - (b.score ?? 0)) >= recomputeAfterPoints;
