import type { z } from "zod";
import type { AccountState } from "../account/state.ts";
import type { SupportFacts } from "./support-facts.ts";
import type { SupportHours } from "./support-hours.ts";
import type { UsageFacts } from "./usage-facts.ts";

/** Where a measure's facts come from; what is behind ages, what is up to date and silent is zero. */
export type MeasureSource = "usage" | "support";

/** A raw value, or why there is none, in plain words. `asOf`: event time of the newest fact used, epoch ms. */
export type Measured =
  | { readonly value: number; readonly asOf: number | null; readonly note?: string | undefined }
  | { readonly value: null; readonly note: string };

/** `at` is the instant up to which the source is known; `day` its UTC day. */
type Instant = { readonly state: AccountState; readonly at: number; readonly day: number };
export type UsageInput = Instant & { readonly usage: UsageFacts };
export type SupportInput = Instant & {
  readonly support: SupportFacts;
  readonly hours: SupportHours;
  readonly activeUsers: (days: number) => number;
};

type Definition<Source extends MeasureSource, Input, Settings> = {
  readonly key: string;
  readonly source: Source;
  readonly unit: string;
  readonly settings: z.ZodType<Settings>;
  /** Pure. Called only when the source has said anything about the account by then. */
  readonly measure: (input: Input, settings: Settings) => Measured;
};
/** The settings were checked against `settings` when the scorecard was loaded, so a registry may forget their type. */
export type Measure = Definition<"usage", UsageInput, never> | Definition<"support", SupportInput, never>;

export const usageMeasure = <Settings>(definition: Omit<Definition<"usage", UsageInput, Settings>, "source">): Measure =>
  ({ source: "usage", ...definition }) as unknown as Measure;
export const supportMeasure = <Settings>(definition: Omit<Definition<"support", SupportInput, Settings>, "source">): Measure =>
  ({ source: "support", ...definition }) as unknown as Measure;

export const missing = (note: string): Measured => ({ value: null, note });
