import { hoursKept } from "../account/buckets.ts";
import { attributeViews } from "../account/attribute-history.ts";
import type { AccountState } from "../account/state.ts";
import { type Verdict, standingAt } from "../account/verdicts.ts";
import type { Calendar } from "../config/calendar.ts";
import { bundledCalendars } from "../config/calendars.ts";
import type { MeasureSpec, Scorecard } from "../config/scorecard.ts";
import { type Money, ownMoney } from "../money/convert.ts";
import { ownValue } from "../own-value.ts";
import { dayOf } from "../time.ts";
import { isScorable, toDocument } from "./compose.ts";
import type { HealthDocument, StandingVerdict } from "./document.ts";
import { flags } from "./flags.ts";
import { scorecardFor } from "./group-anchors.ts";
import type { Measure, MeasureSource, Measured } from "./measure.ts";
import { givenReading, reading, type TellingOf } from "./reading.ts";
import { type ReadingClock, readingClock, type Telling, tellingOf } from "./reading-clock.ts";
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
  const hoursFrom = hoursKept(state.today);

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
      readings: dimension.measures.map((spec) =>
        reading(spec, scorecard, { at, hoursFrom, telling, completeness, read, custom: ownMeasures }),
      ),
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
    readings: dimension.measures.map((spec) => givenReading(spec, ownValue(given.measures, spec.key) ?? null, at)),
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

function standingVerdict(verdicts: readonly Verdict[], at: number): StandingVerdict | null {
  const verdict = standingAt(verdicts, at);
  if (verdict === null) return null;
  const { value, reason, author, expiresAt } = verdict;
  return { value, reason, author, at: verdict.at, expiresAt };
}
