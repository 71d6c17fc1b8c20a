import { z } from "zod";
import type { AccountState } from "../account/state.ts";
import type { Money } from "../money/convert.ts";
import { featuresPerAccountMax } from "../limits.ts";
import { DAY_MS, startOfDay } from "../time.ts";
import type { EngagementFacts } from "./engagement-facts.ts";
import type { MarketFacts } from "./market-facts.ts";
import type { ReadingClock } from "./reading-clock.ts";
import type { RevenueFacts } from "./revenue-facts.ts";
import type { SuccessFacts } from "./success-facts.ts";
import type { SupportFacts } from "./support-facts.ts";
import type { SupportHours } from "./support-hours.ts";
import type { UsageFacts } from "./usage-facts.ts";

/** What the measures of each source read. */
type FactsOf = {
  readonly usage: { readonly usage: UsageFacts };
  readonly support: {
    readonly support: SupportFacts;
    readonly hours: SupportHours;
    readonly activeUsers: (days: number) => number;
  };
  readonly engagement: { readonly engagement: EngagementFacts };
  readonly success: { readonly success: SuccessFacts };
  readonly revenue: { readonly revenue: RevenueFacts };
  readonly market: { readonly market: MarketFacts };
  /** How a customer began; `usage` is null while there was none. */
  readonly lifecycle: { readonly usage: UsageFacts | null };
};

/** Where a measure's facts come from; what is behind ages, what is up to date and silent is zero. */
export type MeasureSource = keyof FactsOf;

/** A raw value, or why there is none, in plain words. `asOf`: event time of the newest fact used, epoch ms. */
export type Measured =
  | { readonly value: number; readonly asOf: number | null; readonly note?: string | undefined }
  | { readonly value: null; readonly note: string };

/**
 * `at` is the instant up to which the source is known, of several senders the furthest; `day` its UTC day. `clock` has the others: what leaves a
 * window, grows old or falls due goes by who told of it. Amounts of several currencies are weighed by `money`.
 */
export type Instant = {
  readonly state: AccountState;
  readonly at: number;
  readonly day: number;
  readonly clock: ReadingClock;
  readonly money: Money;
};

/** The time that a measure looks back on, half-open; epoch ms. */
export type Window = { readonly from: number; readonly to: number };
/** `hoursFrom`: first UTC day of which hours are kept. */
export type Looks = Pick<Instant, "at" | "day"> & { readonly hoursFrom: number };

/** What may move a measure: which events lie behind a change of it. */
type Reads = {
  /** Types, or beginnings of types, of the events that it reads. Absent: all that are of its source. */
  readonly events?: readonly string[];
  readonly attributes?: readonly string[];
};

/** What an account adds to a figure of its segment: so many of so many, a number, or nothing. */
export type Contribution = { readonly hits: number; readonly of: number } | { readonly number: number } | null;

/**
 * A setting that stands for how others do: where statistics are published, the account's segment takes its place (the share of all hits, or
 * the median of the numbers).
 */
type FigureOfOthers<Input, Settings> = {
  readonly setting: string;
  readonly contribution: (input: Input, settings: Settings) => Contribution;
};

type Definition<Source extends MeasureSource, Settings> = Reads & {
  readonly key: string;
  readonly unit: string;
  readonly settings: z.ZodType<Settings>;
  /** Absent where it looks at how things stand, or at all that ever was. */
  readonly window?: (instant: Looks, settings: Settings) => Window;
  /** Pure. Called only when the source has said anything about the account by then. */
  readonly measure: (input: Instant & FactsOf[Source], settings: Settings) => Measured;
  readonly figure?: FigureOfOthers<Instant & FactsOf[Source], Settings>;
};
/** The settings were checked against `settings` when the scorecard was loaded, so a registry may forget their type; so it may that of the facts. */
export type Measure = Reads & {
  readonly key: string;
  readonly source: MeasureSource;
  readonly unit: string;
  readonly settings: z.ZodType;
  readonly window?: (instant: Looks, settings: unknown) => Window | null;
  readonly measure: (input: Instant, settings: unknown) => Measured;
  /** First instant after `after` and before midnight UTC at which time alone gives it another value; null: none, or this is not known of it. */
  readonly turnsAt?: (of: Pick<Instant, "state" | "money">, after: number) => number | null;
  readonly figure?: FigureOfOthers<Instant, unknown>;
};

const measureOf =
  <Source extends MeasureSource>(source: Source) =>
  <Settings>(definition: Definition<Source, Settings>): Measure =>
    ({ source, ...definition }) as unknown as Measure;

export const usageMeasure = measureOf("usage");
export const supportMeasure = measureOf("support");
export const engagementMeasure = measureOf("engagement");
export const successMeasure = measureOf("success");
export const revenueMeasure = measureOf("revenue");
export const marketMeasure = measureOf("market");
export const lifecycleMeasure = measureOf("lifecycle");

type WindowDays = { readonly windowDays: number };
/** The whole UTC days that end with the instant's. */
export const wholeDays = ({ day }: Pick<Instant, "day">, { windowDays }: WindowDays): Window => ({
  from: startOfDay(day - windowDays + 1),
  to: startOfDay(day + 1),
});
/** So many times 24 hours up to the instant. */
export const daysBefore = ({ at }: Pick<Instant, "at">, { windowDays }: WindowDays): Window => ({ from: at - windowDays * DAY_MS, to: at });

/** Says of a small sample that it is drawn towards what is usual, so that nobody divides in vain. */
export const besides = (prior: number, rate: number): string =>
  prior === 0 ? "" : `, counted with ${Number(prior.toFixed(1))} more at the usual ${Number((100 * rate).toFixed(1))} %`;

/** Of measures that have no numbers of their own. */
export const noSettings = z.strictObject({});

/** What notes there are, as one; none: no field. */
export const noted = (...notes: readonly (string | false)[]): { readonly note?: string } => {
  const told = notes.filter((note) => note !== false);
  return told.length === 0 ? {} : { note: told.join(" ") };
};
/** Said of what is counted from a sample or a sketch; false: it is exact. */
export const estimate = (errorRatio: number): string | false =>
  errorRatio > 0 && `Estimated, to ${(Math.ceil(errorRatio * 1_000) / 10).toFixed(1)} %.`;
/** Said where uses may be lacking (`UsageFacts.mayLackUses`). */
export const lackingUses = `It has used as many features as are kept by name (${featuresPerAccountMax}); uses of others are not counted.`;

export const missing = (note: string): Measured => ({ value: null, note });
