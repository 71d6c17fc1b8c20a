import type { AccountState } from "../account/state.ts";
import { type ActiveConfig, type Assigned, assign, assignTo, type Shadow, versionAt } from "../config/active.ts";
import type { Compared } from "../config/comparison.ts";
import type { Scorecard } from "../config/scorecard.ts";
import type { Band, HealthDocument, HealthMove } from "./document.ts";
import { accountEvaluator, type AccountEvaluator } from "./evaluate.ts";
import { scorecardFor } from "./group-anchors.ts";
import type { BandRules } from "./held-band.ts";
import { type DocumentBy, isSameCard, type Judged, legsOf } from "./legs.ts";
import { healthMoves } from "./moves.ts";
import { ruleJumps } from "./rule-jumps.ts";
import { stagesBetween } from "./rule-turns.ts";

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

/** Whether the configurations of these instants could all be had. */
export const areHad = (instants: readonly number[], configAt: ConfigAt): boolean => instants.every((at) => configAt(at).missing === null);

/**
 * What judges which instant, of configurations that could be had: from `now` on the active one. Where one could not be had, the next one after
 * it stands in.
 *
 * @param found past ones by their numbers
 * @param mayCome whether asking again for one that is missing may bring it
 */
export function configsAt(
  active: ActiveConfig,
  found: ReadonlyMap<number, ActiveConfig>,
  now: number,
  mayCome: (version: number) => boolean,
): ConfigAt {
  const known = new Map([...found, [active.version, active] as const]);
  const numbers = [...known.keys()].sort((a, b) => a - b);
  return (at) => {
    const version = at >= now ? active.version : versionAt(active, at);
    const config = known.get(version);
    if (config !== undefined) return { config, missing: null };
    const next = numbers.find((one) => one > version) ?? active.version;
    return { config: known.get(next) ?? active, missing: version, mayCome: mayCome(version) };
  };
}

/** What a scorecard beside the account's own says of it; `scorecard`: as it judges this account. */
export type SideReading = { readonly key: string; readonly scorecard: Scorecard; readonly health: HealthDocument };

/**
 * An account's health at any instant, by what was so then: the configuration in force, the attributes the account had, the scorecard that
 * both lead to. Facts are those that are known now. Good until the state changes.
 */
export type AccountHealth = {
  readonly at: (instant: number) => HealthDocument;
  /** By which scorecard, of which segment, `at` judges an instant. Null: by one that was not published then, so that there is no score. */
  readonly judgedAt: (instant: number) => Assigned | null;
  /** By which the account is judged of itself. */
  readonly assignedAt: (instant: number) => Assigned;
  /** By the scorecards beside its own. */
  readonly beside: (instant: number) => readonly SideReading[];
  /** For the band that is held, of the account's own scorecard or of one beside it: which rules are in force, and what others would say. */
  readonly bandRules: (instant: number, side?: string) => BandRules;
  /** The account's own form of a scorecard at an instant: with the anchors of its group. */
  readonly cardAt: (scorecard: Scorecard, instant: number) => Scorecard;
  /**
   * By the configuration in force and by another one with the same rates, at an instant: computed scores, as an override hides what a
   * configuration does. Null where a scorecard is meant that is not the account's own.
   */
  readonly compared: (other: Pick<Shadow, "kind" | "key" | "config">, instant: number) => Compared | null;
  /** If another scorecard were its own. */
  readonly by: (scorecard: Scorecard, instant: number) => HealthDocument;
  /** Why the score of one document of `at` is not that of another: by the rules of each instant in between, too. */
  readonly moves: (from: HealthDocument, to: HealthDocument) => HealthMove[];
  /** How much of it the rules did, with what each of them did at its instant; `known`: such jumps of facts that have not changed since. */
  readonly ruleJumps: (from: number, to: number, known: ReadonlyMap<number, number>) => ReturnType<typeof ruleJumps>;
  /** Instants that were evaluated until now: what it cost. */
  readonly evaluations: () => number;
};

/** @param key of the scorecard that judges at all instants; absent: the account's own of each */
export function accountHealth(state: AccountState, configAt: ConfigAt, key?: string): AccountHealth {
  const { evaluate: evaluateOnce, viewAt } = accountEvaluator(state);
  let evaluations = 0;
  const evaluate: AccountEvaluator["evaluate"] = (...of) => {
    evaluations++;
    return evaluateOnce(...of);
  };
  const assignedAt = (instant: number): Assigned => assign(configAt(instant).config, viewAt(instant));
  const judgedAt = (instant: number): Assigned | null => {
    const own = assignedAt(instant);
    return key === undefined ? own : assignTo(configAt(instant).config, own, key);
  };
  const cardAt = (scorecard: Scorecard, instant: number): Scorecard => scorecardFor(scorecard, viewAt(instant), instant);

  const said = (instant: number, document: HealthDocument): HealthDocument => {
    const { missing } = configAt(instant);
    return missing === null ? document : { ...document, configPending: String(missing) };
  };
  const at = (instant: number): HealthDocument => {
    const rules = judgedAt(instant);
    return said(
      instant,
      rules === null ? notJudged(key ?? "", instant, configAt(instant).config) : evaluate(instant, rules, { isOverridable: rules.isOwn }),
    );
  };
  const beside = (instant: number): readonly SideReading[] => {
    const rules = assignedAt(instant);
    return rules.sides.map(({ key: side, scorecard }) => ({
      key: side,
      scorecard,
      health: said(instant, evaluate(instant, { ...rules, scorecard }, { isOverridable: false })),
    }));
  };
  const bandRules = (instant: number, side?: string): BandRules => {
    const { since, written } = configAt(instant).config;
    const former = (before: number): Band | null => {
      const { config, missing } = configAt(before);
      const own = assign(config, viewAt(instant));
      const rules = side === undefined ? own : assignTo(config, own, side);
      return missing !== null || rules === null ? null : evaluate(instant, rules, { isOverridable: side === undefined }).band;
    };
    return { since: Math.max(0, since), written, former };
  };
  // Of several comparisons at one instant the first evaluates what is in force for all.
  let inForce: HealthDocument | null = null;
  const publishedAt = (instant: number, own: Assigned): HealthDocument =>
    inForce?.asOf === instant ? inForce : (inForce = evaluate(instant, own, { isOverridable: false }));
  const compared: AccountHealth["compared"] = ({ kind, key: meant, config }, instant) => {
    const own = assignedAt(instant);
    // Rates are no rules: segments of amounts need them as measures do.
    const rules = assign({ ...config, money: own.money }, viewAt(instant));
    if (kind === "scorecards" && rules.key !== meant) return null;
    const published = publishedAt(instant, own);
    const { computedScore, band } = evaluate(instant, rules, { isOverridable: false });
    return { score: computedScore, band, publishedScore: published.computedScore, publishedBand: published.band };
  };
  const judge = (config: ActiveConfig, instant: number): Judged | null => {
    const own = assign(config, viewAt(instant));
    const rules = key === undefined ? own : assignTo(config, own, key);
    return rules === null ? null : { instant, rules, card: cardAt(rules.scorecard, instant) };
  };
  // What publications did is asked of a day and of a week: each is evaluated once.
  const documents = new Map<number, { readonly card: Scorecard; readonly document: HealthDocument }[]>();
  const documentBy: DocumentBy = (instant, { rules, card }) => {
    const known = documents.get(instant) ?? [];
    const found = known.find((one) => isSameCard(one.card, card));
    if (found !== undefined) return found.document;
    const document = evaluate(instant, rules, { card, isAlwaysScored: true });
    documents.set(instant, [...known, { card, document }]);
    return document;
  };
  const moves = (from: HealthDocument, to: HealthDocument): HealthMove[] =>
    healthMoves(from, to, legsOf({ from, to }, stagesBetween(configAt, from.asOf, to.asOf), judge, documentBy));
  return {
    at,
    judgedAt,
    assignedAt,
    beside,
    bandRules,
    compared,
    cardAt,
    by: (scorecard, instant) => said(instant, evaluate(instant, { ...assignedAt(instant), scorecard })),
    moves,
    ruleJumps: (from, to, known) => ruleJumps(stagesBetween(configAt, from, to), judge, documentBy, known),
    evaluations: () => evaluations,
  };
}

/** By a scorecard that was not there yet, or that a configuration which cannot be had may have had. */
const notJudged = (key: string, asOf: number, config: ActiveConfig): HealthDocument => ({
  score: null,
  computedScore: null,
  scoreBeforeCaps: null,
  band: "not_enough_data",
  confidence: 0,
  dimensions: [],
  caps: [],
  flags: [],
  override: null,
  opinion: null,
  asOf,
  watermarks: {},
  scorecard: key,
  configVersion: String(config.version),
});
