import type { ActiveConfig } from "../config/active.ts";
import { type DocumentBy, isSameCard, type Judged, spansOf } from "./legs.ts";
import type { Stage } from "./rule-turns.ts";

/** What other rules did to a computed score at the instant at which they came into force, in points; epoch ms. */
export type RuleJump = readonly [at: number, points: number];

/**
 * How much of the way from one instant to another is the doing of rules, in points of the computed score: the same as all lines of
 * `configuration` in `healthMoves` over `legsOf`, without the lines, so that what is known of a jump need not be evaluated again: it is of the
 * facts of its instant and of the rules before and after it, whatever came since.
 *
 * @param known jumps by their instants, of facts that have not changed since
 * @returns `jumps`: those on the way, oldest first, at most `ruleTurnsMax`
 */
export function ruleJumps(
  stages: readonly Stage[],
  judge: (config: ActiveConfig, instant: number) => Judged | null,
  documentBy: DocumentBy,
  known: ReadonlyMap<number, number>,
): { readonly points: number; readonly jumps: readonly RuleJump[] } {
  const spans = spansOf(stages, judge);
  const scoreOf = ({ instant }: Judged, by: Judged): number => documentBy(instant, by).computedScore ?? nothingMeasured;
  const jumps = spans.slice(1).map(({ first }, i): RuleJump => {
    const before = (spans[i] as (typeof spans)[number]).last;
    return [first.instant, known.get(first.instant) ?? scoreOf(first, first) - scoreOf(before, before)];
  });
  // By what the account is, it came under other rules between two turns: told by the facts of the stretch's beginning.
  const moved = spans.filter(({ first, last }) => !isSameCard(first.card, last.card));
  const points = [...jumps.map(([, one]) => one), ...moved.map(({ first, last }) => scoreOf(first, last) - scoreOf(first, first))];
  return { points: points.reduce((sum, one) => sum + one, 0), jumps };
}

/** Where nothing is measured a score stands at 50, where all contributions begin. */
const nothingMeasured = 50;
