import { nextSessionEnd, sessionGapMs } from "../account/sessions.ts";
import type { AccountState } from "../account/state.ts";
import type { Evaluated, Expression } from "../expression.ts";
import { dayOf, HOUR_MS, startOfDay } from "../time.ts";

/**
 * When time alone gives a measure of one's own another value within the day, without an event: a session ends, or an hour leaves a window that
 * slides. At midnight UTC everything is looked at anyway.
 *
 * @param whole its expression and those it refers to
 * @param valueAt its value at an instant; looked at for the full hours that are left of the day
 */
export function nextTurn(
  whole: readonly Expression[],
  state: AccountState,
  after: number,
  valueAt: (at: number) => Evaluated,
): number | null {
  const ends = whole.some(({ readsSessions }) => readsSessions) ? nextSessionEnd(state.days, sessionGapMs(state), after) : null;
  const leaves = nextLeaving(whole, after, valueAt);
  return ends === null || leaves === null ? (ends ?? leaves) : Math.min(ends, leaves);
}

/** An hour counts until the window begins behind it; hours of windows that are no whole hours long end at other minutes. */
function nextLeaving(whole: readonly Expression[], after: number, valueAt: (at: number) => Evaluated): number | null {
  const offsets = new Set(whole.flatMap(({ lengths }) => lengths.flatMap((length) => ("ms" in length ? [length.ms % HOUR_MS] : []))));
  if (offsets.size === 0) return null;
  const midnight = startOfDay(dayOf(after) + 1);
  const instants = [...offsets].flatMap((offset) => {
    const first = (Math.floor((after - offset) / HOUR_MS) + 1) * HOUR_MS + offset;
    return Array.from({ length: 25 }, (_, i) => first + i * HOUR_MS).filter((at) => at < midnight);
  });
  const now = valueAt(after);
  return instants.sort((a, b) => a - b).find((at) => !isSame(now, valueAt(at))) ?? null;
}

const isSame = (a: Evaluated, b: Evaluated): boolean => (typeof a === "string" || typeof b === "string" ? a === b : a.value === b.value);
