import type { Band, DimensionResult, HealthMove, MeasureResult, MeasureStatus, StandingVerdict } from "../../domain/health/document.ts";
import type { ConfidenceCause, NextBand as NextBandNow } from "../../domain/health/next-band.ts";
import type { Risk90 } from "../../domain/risk/model.ts";
import type { Rollup } from "./account.ts";
import type { Told } from "./common.ts";

/** As answered; while an upgrade is under way, objects that still run the code before it do not tell of `together`, nor of the cause of too little confidence. */
export type NextBand = Omit<NextBandNow, "together" | "heldBy"> &
  Partial<Pick<NextBandNow, "together">> & {
    readonly heldBy:
      | Exclude<NonNullable<NextBandNow["heldBy"]>, { kind: "confidence" }>
      | { readonly kind: "confidence"; readonly cause?: ConfidenceCause }
      | null;
  };

export type Measure = Told<Omit<MeasureResult, "window" | "waitsFor">, "asOf"> & {
  /** What it looks back on, half-open; null where it looks at how things stand. */
  readonly window: { readonly from: string; readonly to: string } | null;
  /** Whose silence holds it, and up to when each is known. */
  readonly waitsFor?: readonly { readonly connectionId: string; readonly knownTo: string }[];
};

export type Dimension = Omit<DimensionResult, "measures"> & { readonly measures: readonly Measure[] };

export type Verdict = Told<StandingVerdict, "at" | "expiresAt">;

export type Health = {
  readonly score: number | null;
  readonly computedScore: number | null;
  readonly scoreBeforeCaps: number | null;
  readonly band: Band;
  readonly confidence: number;
  readonly dimensions: readonly Dimension[];
  readonly caps: readonly { readonly key: string; readonly title: string; readonly max: number }[];
  readonly flags: readonly { readonly key: string; readonly title: string; readonly since: string | null }[];
  readonly override: Verdict | null;
  readonly opinion: Verdict | null;
  readonly asOf: string;
  readonly watermarks: Readonly<Record<string, string | null>>;
  readonly scorecard: string;
  readonly configVersion: string;
};

export type HealthReading = Health & {
  readonly nextBand: NextBand | null;
  /** The band that the score alone would have, while steadiness holds another, and when it follows. */
  readonly waitingBand: { readonly band: Band; readonly at: string } | null;
  readonly risk90: Risk90 | null;
  readonly agreement: Agreement | null;
  readonly rollup: Rollup | null;
};

/** Where health and what else is known point apart; `forecastArrRatio` is ARR in 90 days against now, less one. */
export type Agreement = { readonly forecastArrRatio: number | null; readonly disagreements: readonly ("forecast" | "opinion")[] };

export type HistoryPoint = {
  readonly at: string;
  readonly score: number | null;
  readonly band: Band;
  readonly confidence: number;
  /** By which scorecard and configuration it was judged then. */
  readonly scorecard: string;
  readonly configVersion: string;
};

export type HealthHistory = {
  readonly from: string;
  readonly to: string;
  readonly step: "1h" | "1d";
  readonly points: readonly HistoryPoint[];
};

export type MeasurePoint = {
  readonly at: string;
  readonly value: number | null;
  readonly score: number | null;
  readonly effectiveWeight: number;
  readonly contribution: number;
  readonly freshness: number;
  readonly asOf: string | null;
  /** What it looked back on, half-open; null where it looks at how things stand. */
  readonly window: { readonly from: string; readonly to: string } | null;
  readonly status: MeasureStatus;
  readonly note?: string;
  readonly configVersion: string;
};

export type MeasureHistory = {
  readonly key: string;
  readonly title: string;
  readonly unit: string;
  readonly from: string;
  readonly to: string;
  readonly step: "1h" | "1d";
  readonly points: readonly MeasurePoint[];
};

export type HealthChanges = {
  readonly from: Health;
  readonly to: Health;
  readonly difference: number | null;
  /** UTC dates to whose ends usage, messages and market signals are counted. Absent in answers of older code. */
  readonly wholeDays?: { readonly from: string; readonly to: string };
  readonly moves: readonly (HealthMove &
    EventsFound & {
      /** Those that left the measure's window, and the time that it no longer looks at. Absent in answers of older code. */
      readonly left?: (EventsFound & { readonly from: string; readonly to: string }) | null;
    })[];
};
type EventsFound = { readonly eventIds: readonly string[]; readonly eventsTotal: number | null };
