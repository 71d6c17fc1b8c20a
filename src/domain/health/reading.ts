import type { MeasureSpec, Scorecard } from "../config/scorecard.ts";
import { dayOf } from "../time.ts";
import { scored } from "./anchors.ts";
import type { WaitedFor } from "./document.ts";
import { missing, type Measure, type MeasureSource, type Measured, type Window } from "./measure.ts";
import { measures } from "./measures/index.ts";
import { freshnessOf, type ReadingClock, readingClock, type Telling, upTo, upToDateCount, waitedFor } from "./reading-clock.ts";

/** One measure before sharing: its raw value, its 0..100, its freshness. */
export type Reading = {
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
  /** How many are up to date beside those, where each of them ages alone. */
  readonly sendersUpToDate?: number;
};

/** Who tells of what the measures of a source read; `events` absent: of all that is of the source. */
export type TellingOf = (source: MeasureSource, events: Measure["events"]) => Telling;
/** How a measure is read at an instant, epoch ms. */
type Reader = {
  readonly custom: ReadonlyMap<string, Measure>;
  readonly at: number;
  /** First UTC day of which hours are kept. */
  readonly hoursFrom: number;
  readonly telling: TellingOf;
  readonly completeness: (source: MeasureSource, day: number) => number;
  readonly read: (measure: Measure, spec: MeasureSpec, clock: ReadingClock) => Measured;
};

/** A measure of a scorecard at an instant: its value, held and ageing where its source is behind, and its points. */
export function reading(
  spec: MeasureSpec,
  scorecard: Scorecard,
  { at, telling, completeness: completenessOn, read, custom, hoursFrom }: Reader,
): Reading {
  const measure = measures.get(spec.key) ?? custom.get(spec.key);
  if (measure === undefined) return plainReading(spec, "", missing("This measure is not known here."));
  const told = telling(measure.source, measure.events);
  const isStale = at - told.knownTo > spec.freshForMs;
  // Silence is not an outage: while the source is up to date no events are a true zero; when it is behind, the value is held and ages.
  const spread = readingClock(told, at, spec.freshForMs);
  const clock = isOfAll(measure) ? upTo(spread.least) : spread;
  const { measured, score } = scored(read(measure, spec, clock), spec.anchors);
  const isEachAlone = isBySender(measure);
  const isHeard = Number.isFinite(clock.least);
  const window = isHeard ? windowOf(measure, spec, clock, hoursFrom) : null;
  const completeness = isHeard ? completenessOn(measure.source, dayOf(clock.least)) : 1;
  if (measured.value === null) return { spec, unit: measure.unit, window, measured, score: null, freshness: 0, completeness, isStale };
  return {
    spec,
    unit: measure.unit,
    window,
    // What is kept by the hour, and what a fast clock told, may lie ahead.
    measured: measured.asOf !== null && measured.asOf > at ? { ...measured, asOf: at } : measured,
    score,
    freshness: freshnessOf(told, at, { ...spec, dropBelow: scorecard.dropBelowFreshness }, isEachAlone),
    completeness,
    isStale,
    ...(isStale && { waitsFor: waitedFor(told, at, spec.freshForMs) }),
    ...(isStale && isEachAlone && { sendersUpToDate: upToDateCount(told, at, spec.freshForMs) }),
  };
}

/** The same of a value that somebody gives, fresh and whole; null: the measure is missing. */
export const givenReading = (spec: MeasureSpec, value: number | null, at: number): Reading =>
  plainReading(spec, measures.get(spec.key)?.unit ?? "", value === null ? missing("No value was given.") : { value, asOf: at });

function plainReading(spec: MeasureSpec, unit: string, raw: Measured): Reading {
  const { measured, score } = scored(raw, spec.anchors);
  return { spec, unit, window: null, measured, score, freshness: score === null ? 0 : 1, completeness: 1, isStale: false };
}

/** Usage is kept without its senders, and an expression knows nothing of them: what is made of all is known as far as all of it is. */
const isOfAll = ({ key, source }: Measure): boolean => source === "usage" || source === "lifecycle" || !measures.has(key);

/** Of these it is kept who told of each; messages and meetings are kept by the day, so what one of their senders leaves out is held for all. */
const sourcesBySender: ReadonlySet<MeasureSource> = new Set(["support", "success", "revenue"]);
const isBySender = (measure: Measure): boolean => sourcesBySender.has(measure.source) && !isOfAll(measure);

/** What leaves it goes by the least of its senders, what comes into it by the furthest. */
function windowOf({ window }: Measure, { settings }: MeasureSpec, { at, least }: ReadingClock, hoursFrom: number): Window | null {
  const until = (instant: number): Window | null => window?.({ at: instant, day: dayOf(instant), hoursFrom }, settings) ?? null;
  const [first, last] = [until(least), until(at)];
  return first === null || last === null ? null : { from: first.from, to: last.to };
}
