import type { AccountState } from "../account/state.ts";
import { type ActiveConfig, type Assigned, assign } from "../config/active.ts";
import type { Scorecard } from "../config/scorecard.ts";
import type { HealthDocument, HealthMove } from "./document.ts";
import { accountEvaluator } from "./evaluate.ts";
import { scorecardFor } from "./group-anchors.ts";
import { healthMoves } from "./moves.ts";

/**
 * The configuration of an instant. `missing`: the number of the one that was in force and cannot be had; this one stands in for it.
 * `mayCome`: asked again later, the missing one may be had.
 */
export type ConfigThen = { readonly config: ActiveConfig; readonly missing: number | null; readonly mayCome?: boolean };
export type ConfigAt = (at: number) => ConfigThen;

/** One configuration for all time. */
export const onlyConfig = (config: ActiveConfig): ConfigAt => {
  const then = { config, missing: null };
  return () => then;
};

/**
 * An account's health at any instant, by what was so then: the configuration in force, the attributes the account had, the scorecard that
 * both lead to. Facts are those that are known now. Good until the state changes.
 */
export type AccountHealth = {
  readonly at: (instant: number) => HealthDocument;
  /** By which scorecard, of which segment, the account is judged at an instant. */
  readonly assignedAt: (instant: number) => Assigned;
  /** The account's own form of a scorecard at an instant: with the anchors of its group. */
  readonly cardAt: (scorecard: Scorecard, instant: number) => Scorecard;
  /** By another scorecard than its own. */
  readonly by: (scorecard: Scorecard, instant: number) => HealthDocument;
  /** Why the score of one document of `at` is not that of another. */
  readonly moves: (from: HealthDocument, to: HealthDocument) => HealthMove[];
};

export function accountHealth(state: AccountState, configAt: ConfigAt): AccountHealth {
  const { evaluate, viewAt } = accountEvaluator(state);
  const assignedAt = (instant: number): Assigned => assign(configAt(instant).config, viewAt(instant));
  const cardAt = (scorecard: Scorecard, instant: number): Scorecard => scorecardFor(scorecard, viewAt(instant), instant);

  const documentBy = (instant: number, scorecard: Scorecard | null): HealthDocument => {
    const { missing } = configAt(instant);
    const rules = assignedAt(instant);
    const document = evaluate(instant, scorecard === null ? rules : { ...rules, scorecard });
    return missing === null ? document : { ...document, configPending: String(missing) };
  };
  const moves = (from: HealthDocument, to: HealthDocument): HealthMove[] => {
    const [old, now] = [assignedAt(from.asOf), assignedAt(to.asOf)];
    const [oldCard, nowCard] = [cardAt(old.scorecard, from.asOf), cardAt(now.scorecard, to.asOf)];
    if (isSameCard(oldCard, nowCard)) return healthMoves(from, to);
    return healthMoves(from, to, evaluate(from.asOf, now, { card: nowCard, isAlwaysScored: true }));
  };
  return {
    at: (instant) => documentBy(instant, null),
    assignedAt,
    cardAt,
    by: (scorecard, instant) => documentBy(instant, scorecard),
    moves,
  };
}

/** A version names the content of a scorecard, but not which group's anchors are in it. */
const isSameCard = (a: Scorecard, b: Scorecard): boolean =>
  a.version === b.version && (a === b || JSON.stringify(a.dimensions) === JSON.stringify(b.dimensions));
