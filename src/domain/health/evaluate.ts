import { attributeViews } from "../account/attribute-history.ts";
import type { AccountState } from "../account/state.ts";
import { type Verdict, standingAt } from "../account/verdicts.ts";
import type { Calendar } from "../config/calendar.ts";
import { bundledCalendars } from "../config/calendars.ts";
import type { MeasureSpec, Scorecard } from "../config/scorecard.ts";
import { type Money, ownMoney } from "../money/convert.ts";
import { ownValue } from "../own-value.ts";
import { dayOf } from "../time.ts";
import { scored } from "./anchors.ts";
import type { Band, DimensionResult, HealthDocument, MeasureResult, StandingVerdict, WaitedFor } from "./document.ts";
import { flags } from "./flags.ts";
import { scorecardFor } from "./group-anchors.ts";
import { missing, type Measure, type MeasureSource, type Measured, type Window } from "./measure.ts";
import { measures } from "./measures/index.ts";
import { meanSlopes } from "./power-mean.ts";
import { type ReadingClock, readingClock, type Telling, tellingOf, upTo, waitedFor } from "./reading-clock.ts";
import { shareOut } from "./share-out.ts";
import { sendersOf, sourceCompleteness } from "./source-clock.ts";
import { factsOfViews, inputOf, sourceReaders } from "./sources.ts";
import { supportHours } from "./support-hours.ts";

/**
 * The health of an account at one instant, as its facts are known now. Pure.
 *
 * Usage is kept by whole UTC days, so an instant inside a past day sees that whole day. `at` may lie in the past (history) and
 * in the future (what time alone will do).
 */
export const evaluateHealth = (state: AccountState, scorecard: Scorecard, at: number): HealthDocument =>
  healthEvaluator(state, scorecard)(at);

const noMeasures: ReadonlyMap<string, Measure> = new Map();

/** By which rules an account is judged: a scorecard, and what it names. */
export type Rules = {
  readonly scorecard: Scorecard;
  readonly calendars: ReadonlyMap<string, Calendar>;
  readonly ownMeasures: ReadonlyMap<string, Measure>;
  readonly money: Money;
};

/**
 * The same for many instants of an unchanged state: days are read once, so that ninety instants cost little more than one.
 * The answer is only good until the state changes.
 */
export function healthEvaluator(
  state: AccountState,
  scorecard: Scorecard,
  calendars: ReadonlyMap<string, Calendar> = bundledCalendars,
  custom: ReadonlyMap<string, Measure> = noMeasures,
  money: Money = ownMoney,
): HealthEvaluator {
  const { evaluate } = accountEvaluator(state);
  return (at, otherwise) => evaluate(at, { scorecard, calendars, ownMeasures: custom, money }, otherwise);
}

/**
 * `card`: the scorecard with other anchors than those of the account's group then. `isAlwaysScored`: what is required and missing refuses no
 * score. `isOverridable`: false where an override, which stands for the account's own score, does not speak of this one. `goesOnFrom`: for an
 * instant ahead, sources that are up to date then (epoch ms) are taken to bring on what happens.
 */
type Otherwise = {
  readonly card?: Scorecard;
  readonly isAlwaysScored?: boolean;
  readonly isOverridable?: boolean;
  readonly goesOnFrom?: number;
};
export type HealthEvaluator = (at: number, otherwise?: Otherwise) => HealthDocument;

export type AccountEvaluator = {
  readonly evaluate: (at: number, rules: Rules, otherwise?: Otherwise) => HealthDocument;
  /** The account with the attributes that it had at an instant. */
  readonly viewAt: (at: number) => AccountState;
};

/** The same by any rules. An instant is judged by the attributes that the account had then (attribute-history.ts). */
export function accountEvaluator(state: AccountState): AccountEvaluator {
  const sendersAt = sendersOf(state);
  const completeness = sourceCompleteness(state);
  const viewAt = attributeViews(state);
  const factsOf = factsOfViews(state);
  const watermarks = Object.fromEntries(state.watermarks);

  const evaluate = (at: number, { scorecard, calendars, ownMeasures, money }: Rules, otherwise: Otherwise = {}) => {
    const { card, isAlwaysScored = false, isOverridable = true, goesOnFrom } = otherwise;
    const view = viewAt(at);
    const facts = factsOf(view);
    const hours = supportHours(view, scorecard, calendars);
    const readers = sourceReaders(facts, hours);
    const telling = once((source: MeasureSource, events: Measure["events"]) =>
      // How a customer began ages with usage; while there was none, nothing could have been told.
      source === "lifecycle" && facts.usage(at) === null
        ? tellingOf([], () => at)
        : tellingOf(sendersAt(source, events, at, goesOnFrom), () => readers[source].newestAt(at)),
    );
    const read = (measure: Measure, spec: MeasureSpec, clock: ReadingClock): Measured => {
      const input = inputOf(readers, measure.source, { state: view, at: clock.at, day: dayOf(clock.at), clock, money });
      return input === null ? { value: null, note: readers[measure.source].silence } : measure.measure(input, spec.settings);
    };

    const own = card ?? scorecardFor(scorecard, view, at);
    const dimensions = own.dimensions.map((dimension) => ({
      ...dimension,
      readings: dimension.measures.map((spec) => reading(spec, scorecard, { at, telling, completeness, read, custom: ownMeasures })),
    }));
    const raised = scorecard.flags.flatMap(({ key, title, settings }) => {
      const flag = flags.get(key);
      if (flag === undefined) return [];
      const clock = readingClock(telling(flag.source, flag.events), at, 0);
      const since = flag.since({ state: view, clock, askedAt: at, facts, hours }, settings);
      return since === null ? [] : [{ key, title, since }];
    });
    return toDocument({
      scorecard,
      lent: own.lent ?? {},
      at,
      watermarks,
      dimensions,
      flags: raised,
      isScored: isAlwaysScored || isScorable(dimensions),
      override: isOverridable ? standingVerdict(view.verdicts.overrides, at) : null,
      opinion: standingVerdict(view.verdicts.opinions, at),
    });
  };
  return { evaluate, viewAt };
}

/** Something is measured, and nothing that is required is missing. */
function isScorable(dimensions: readonly { readonly readings: readonly Reading[] }[]): boolean {
  const readings = dimensions.flatMap((dimension) => dimension.readings);
  return (
    readings.some(({ measured }) => measured.value !== null) &&
    !readings.some(({ spec, measured }) => measured.value === null && spec.missing === "required")
  );
}

/**
 * The document that these raw values of measures would give, all of them fresh, with these flags raised: for trying a scorecard.
 * A measure that is not named, or null, is missing.
 */
export function evaluateValues(
  scorecard: Scorecard,
  given: { readonly measures: Readonly<Record<string, number | null>>; readonly flags: readonly string[] },
  at: number,
): HealthDocument {
  const dimensions = scorecard.dimensions.map((dimension) => ({
    ...dimension,
    readings: dimension.measures.map((spec): Reading => {
      const value = ownValue(given.measures, spec.key) ?? null;
      const { measured, score } = scored(value === null ? missing("No value was given.") : { value, asOf: at }, spec.anchors);
      return {
        spec,
        unit: measures.get(spec.key)?.unit ?? "",
        window: null,
        measured,
        score,
        freshness: score === null ? 0 : 1,
        completeness: 1,
        isStale: false,
      };
    }),
  }));
  return toDocument({
    scorecard,
    lent: {},
    at,
    watermarks: {},
    dimensions,
    flags: scorecard.flags.filter(({ key }) => given.flags.includes(key)).map(({ key, title }) => ({ key, title, since: at })),
    isScored: isScorable(dimensions),
    override: null,
    opinion: null,
  });
}

type TellingOf = (source: MeasureSource, events: Measure["events"]) => Telling;

/** Asked at most once for each source and list of types, and only for those that the scorecard reads. */
function once(answer: TellingOf): TellingOf {
  const known = new Map<MeasureSource, Map<Measure["events"], Telling>>();
  return (source, events) => {
    let ofSource = known.get(source);
    if (ofSource === undefined) known.set(source, (ofSource = new Map()));
    let telling = ofSource.get(events);
    if (telling === undefined) ofSource.set(events, (telling = answer(source, events)));
    return telling;
  };
}

/** One measure before sharing: its raw value, its 0..100, its freshness. */
type Reading = {
  readonly spec: MeasureSpec;
  readonly unit: string;
  readonly window: Window | null;
  readonly measured: Measured;
  readonly score: number | null;
  readonly freshness: number;
  readonly completeness: number;
  readonly isStale: boolean;
  /** Whom it waits for, while it is stale. */
  readonly waitsFor?: readonly WaitedFor[];
};
type Reader = {
  readonly custom: ReadonlyMap<string, Measure>;
  readonly at: number;
  readonly telling: TellingOf;
  readonly completeness: (source: MeasureSource, day: number) => number;
  readonly read: (measure: Measure, spec: MeasureSpec, clock: ReadingClock) => Measured;
};

function reading(spec: MeasureSpec, scorecard: Scorecard, { at, telling, completeness: completenessOn, read, custom }: Reader): Reading {
  const measure = measures.get(spec.key) ?? custom.get(spec.key);
  if (measure === undefined)
    return {
      spec,
      unit: "",
      window: null,
      measured: { value: null, note: "This measure is not known here." },
      score: null,
      freshness: 0,
      completeness: 1,
      isStale: false,
    };
  const told = telling(measure.source, measure.events);
  const ageMs = at - told.knownTo;
  const isStale = ageMs > spec.freshForMs;
  // Silence is not an outage: while the source is up to date no events are a true zero; when it is behind, the value is held and ages.
  const spread = readingClock(told, at, spec.freshForMs);
  const clock = isOfAll(measure) ? upTo(spread.least) : spread;
  const { measured, score } = scored(read(measure, spec, clock), spec.anchors);
  const isHeard = Number.isFinite(clock.least);
  const window = isHeard ? windowOf(measure, spec, clock) : null;
  const completeness = isHeard ? completenessOn(measure.source, dayOf(clock.least)) : 1;
  if (measured.value === null) return { spec, unit: measure.unit, window, measured, score: null, freshness: 0, completeness, isStale };
  const decayed = isStale ? 2 ** (-(ageMs - spec.freshForMs) / spec.halfLifeMs) : 1;
  return {
    spec,
    unit: measure.unit,
    window,
    measured,
    score,
    freshness: decayed < scorecard.dropBelowFreshness ? 0 : decayed,
    completeness,
    isStale,
    ...(isStale && { waitsFor: waitedFor(told, at, spec.freshForMs) }),
  };
}

/** Usage is kept without its senders, and an expression knows nothing of them: what is made of all is known as far as all of it is. */
const isOfAll = ({ key, source }: Measure): boolean => source === "usage" || source === "lifecycle" || !measures.has(key);

/** What leaves it goes by the least of its senders, what comes into it by the furthest. */
function windowOf({ window }: Measure, { settings }: MeasureSpec, { at, least }: ReadingClock): Window | null {
  const until = (instant: number): Window | null => window?.({ at: instant, day: dayOf(instant) }, settings) ?? null;
  const [first, last] = [until(least), until(at)];
  return first === null || last === null ? null : { from: first.from, to: last.to };
}

/** What a measure without a value counts as; null: its weight is shared out. */
const filledScore = ({ spec, score }: Reading): number | null =>
  score ?? (spec.missing === "neutral" ? 50 : spec.missing === "worst" ? 0 : null);

type Parts = {
  readonly scorecard: Scorecard;
  readonly lent: NonNullable<Scorecard["lent"]>;
  readonly at: number;
  readonly watermarks: Readonly<Record<string, number>>;
  readonly dimensions: readonly (Scorecard["dimensions"][number] & { readonly readings: readonly Reading[] })[];
  readonly flags: readonly { readonly key: string; readonly title: string; readonly since: number }[];
  readonly isScored: boolean;
  readonly override: StandingVerdict | null;
  readonly opinion: StandingVerdict | null;
};

function toDocument(parts: Parts): HealthDocument {
  const { scorecard, lent, at, watermarks, dimensions, flags: raised, isScored, override, opinion } = parts;
  const shares = shareOut(
    dimensions.map(({ weight, readings }) => ({
      weight,
      measures: readings.map((one) => ({
        weight: one.spec.weight,
        freshness: !isScored || filledScore(one) === null ? null : one.score === null ? 1 : one.freshness,
      })),
    })),
  );
  const allWeights = dimensions.reduce((sum, { weight }) => sum + weight, 0);
  const prices = pricesOf(dimensions, shares, scorecard.powerMeanExponent);
  let sum = 0;
  let sharesGiven = 0;
  let confidence = 0;
  const results: DimensionResult[] = dimensions.map(({ key, title, weight, readings }, d) => {
    const inside = readings.reduce((total, one) => total + one.spec.weight, 0);
    const price = prices[d] ?? 1;
    let points = 0;
    let share = 0;
    let gained = 0;
    const measureResults = readings.map((one, m): MeasureResult => {
      const effectiveWeight = shares[d]?.[m] ?? 0;
      const filled = filledScore(one);
      const contribution = filled === null ? 0 : price * effectiveWeight * (filled - 50);
      gained += contribution;
      points += effectiveWeight * (filled ?? 0);
      share += effectiveWeight;
      if (one.score !== null) confidence += (weight / allWeights) * (one.spec.weight / inside) * one.freshness * one.completeness;
      const result = toMeasureResult(one, one.spec.weight / inside, effectiveWeight, {
        contribution,
        possible: price * effectiveWeight * 50,
      });
      const fromOthers = ownValue(lent, one.spec.key);
      return fromOthers === undefined ? result : { ...result, fromOthers };
    });
    sum += gained;
    sharesGiven += share;
    return {
      key,
      title,
      weight: weight / allWeights,
      score: share === 0 ? null : points / share,
      gained,
      couldHaveGained: price * share * 50 - gained,
      measures: measureResults,
    };
  });
  // Shares of shares: the last bit may round up.
  confidence = Math.min(1, confidence);
  const scoreBeforeCaps = sharesGiven === 0 ? null : Math.min(100, Math.max(0, 50 + sum));
  const caps = scorecard.caps
    .filter(({ flag }) => raised.some(({ key }) => key === flag))
    .map(({ key, title, max }) => ({ key, title, max }));
  const computedScore = scoreBeforeCaps === null ? null : Math.min(scoreBeforeCaps, ...caps.map(({ max }) => max));
  return {
    score: override?.value ?? computedScore,
    computedScore,
    scoreBeforeCaps,
    // A person who overrides knows enough: how thin the measures are says nothing about it.
    band: override === null ? bandOf(computedScore, confidence, scorecard) : bandOf(override.value, 1, scorecard),
    confidence,
    dimensions: results,
    caps,
    flags: raised,
    override,
    opinion,
    asOf: at,
    watermarks,
    scorecard: scorecard.version,
    configVersion: scorecard.configVersion,
  };
}

/** What a point of each dimension is worth, as a part of its share: 1 in the weighted mean. */
function pricesOf(
  dimensions: Parts["dimensions"],
  shares: readonly (readonly number[])[],
  exponent: number | undefined,
): readonly number[] {
  if (exponent === undefined) return [];
  const parts = dimensions.map(({ readings }, d) => {
    const own = shares[d] ?? [];
    const share = own.reduce((sum, one) => sum + one, 0);
    const points = readings.reduce((sum, one, m) => sum + (own[m] ?? 0) * (filledScore(one) ?? 0), 0);
    return { share, score: share === 0 ? 50 : points / share };
  });
  const slopes = meanSlopes(parts, exponent);
  return parts.map(({ share }, d) => (share === 0 ? 1 : (slopes[d] ?? 0) / share));
}

function toMeasureResult(
  { spec, unit, window, measured, score, freshness, completeness, isStale, waitsFor = [] }: Reading,
  weight: number,
  effectiveWeight: number,
  { contribution, possible }: Pick<MeasureResult, "contribution" | "possible">,
): MeasureResult {
  const status = measured.value === null ? "missing" : isStale ? "stale" : "ok";
  const note = status === "stale" && freshness === 0 ? "Too old to count." : measured.note;
  return {
    key: spec.key,
    title: spec.title,
    value: measured.value,
    unit,
    score,
    weight,
    effectiveWeight,
    contribution,
    possible,
    asOf: measured.value === null ? null : measured.asOf,
    window,
    freshness,
    completeness,
    status,
    ...(waitsFor.length > 0 && { waitsFor }),
    ...(note === undefined ? {} : { note }),
  };
}

function standingVerdict(verdicts: readonly Verdict[], at: number): StandingVerdict | null {
  const verdict = standingAt(verdicts, at);
  if (verdict === null) return null;
  const { value, reason, author, expiresAt } = verdict;
  return { value, reason, author, at: verdict.at, expiresAt };
}

/** Too little known is a band of its own: it must not look green. */
function bandOf(score: number | null, confidence: number, { bands }: Scorecard): Band {
  if (score === null || confidence < bands.confidenceMin) return "not_enough_data";
  if (score >= bands.healthyFrom) return "healthy";
  if (score >= bands.watchFrom) return "watch";
  return score >= bands.atRiskFrom ? "at_risk" : "critical";
}
