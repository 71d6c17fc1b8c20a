import type { Lent } from "../config/scorecard.ts";
import type { Window } from "./measure.ts";

/**
 * The health document: one account's score at one instant, explained. The answer of `GET accounts/{id}/health`.
 * Scores are 0..100, higher is better. Contributions + 50 = `scoreBeforeCaps`, to 1e-9.
 */

/** The best first; without enough data none of them is said. */
export const bands = ["healthy", "watch", "at_risk", "critical", "not_enough_data"] as const;
export type Band = (typeof bands)[number];

export type MeasureStatus =
  /** Measured, fresh. */
  | "ok"
  /** Measured, but its source is older than its time to live: its weight decays. */
  | "stale"
  /** No value: its weight is shared out. */
  | "missing";

export type WaitedFor = { readonly connectionId: string; readonly knownTo: number };

export type MeasureResult = {
  readonly key: string;
  readonly title: string;
  readonly value: number | null;
  readonly unit: string;
  /** 0..100 or null when missing. */
  readonly score: number | null;
  /** Weight inside its dimension as configured, 0..1. */
  readonly weight: number;
  /** Final share of the whole after sharing out and decay, 0..1; all of them sum to 1. */
  readonly effectiveWeight: number;
  /** effectiveWeight · (score − 50), in a power mean times the price of the dimension; 0 when missing. */
  readonly contribution: number;
  /** What the contribution would be at 100, at that price. */
  readonly possible: number;
  /** Event time of the newest fact used, epoch ms. */
  readonly asOf: number | null;
  /** What it looks back on, half-open, epoch ms; null where it looks at how things stand. It ends where its source is known to. */
  readonly window: Window | null;
  /** 0..1. */
  readonly freshness: number;
  /** Of what its source brought around the day up to which it is measured, the share that could count, 0..1; a part of the confidence. */
  readonly completeness: number;
  readonly status: MeasureStatus;
  /** Connections and tokens that hold it, while it is stale: how far each has come, epoch ms. Absent: nobody is waited for. */
  readonly waitsFor?: readonly WaitedFor[] | undefined;
  /** How many senders beside those are up to date, where each ages alone: it counts in part. Absent: none. */
  readonly sendersUpToDate?: number | undefined;
  /** Why it is missing, in plain words, e.g. "seats are not known". */
  readonly note?: string | undefined;
  /** What it was judged by and other accounts gave: a figure in the place of a setting, anchors. Absent where it was the scorecard's own. */
  readonly fromOthers?: Lent | undefined;
};

export type DimensionResult = {
  readonly key: string;
  readonly title: string;
  /** Configured share of the whole, 0..1. */
  readonly weight: number;
  readonly score: number | null;
  /** Sum of its contributions, and what they could be beside that: 50 + `gained` of all dimensions = `scoreBeforeCaps`. */
  readonly gained: number;
  readonly couldHaveGained: number;
  readonly measures: readonly MeasureResult[];
};

/** `author`: id of the token that wrote it. Instants are epoch ms. */
export type StandingVerdict = {
  readonly value: number;
  readonly reason: string | null;
  readonly author: string;
  readonly at: number;
  readonly expiresAt: number;
};

export type HealthDocument = {
  /** The override where one is active, else `computedScore`; null when nothing is measured. */
  readonly score: number | null;
  readonly computedScore: number | null;
  readonly scoreBeforeCaps: number | null;
  readonly band: Band;
  /** 0..1. */
  readonly confidence: number;
  readonly dimensions: readonly DimensionResult[];
  readonly caps: readonly { readonly key: string; readonly title: string; readonly max: number }[];
  readonly flags: readonly { readonly key: string; readonly title: string; readonly since: number | null }[];
  /** What a person has put in the score's place, and what a person thinks (1 to 5), while they stand. */
  readonly override: StandingVerdict | null;
  readonly opinion: StandingVerdict | null;
  readonly asOf: number;
  readonly watermarks: Readonly<Record<string, number>>;
  /** The scorecard's own version, `{key}@{version}`: names its content. */
  readonly scorecard: string;
  /** Number of the active configuration; 0: as shipped. */
  readonly configVersion: string;
  /** The configuration that is (or was then) in force and cannot be had: the score is that of another. */
  readonly configPending?: string | undefined;
};

export const shareShifts = ["came", "went", "aged", "refreshed", "counts_more", "counts_less"] as const;
export type ShareShift = (typeof shareShifts)[number];

/** One line of "what moved it": the difference of a measure's contribution between two documents. They sum to the difference. */
export type HealthMove = {
  readonly measure: string;
  readonly title: string;
  readonly delta: number;
  readonly from: number | null;
  readonly to: number | null;
  readonly cause: "data" | "missing" | "staleness" | "configuration" | "override";
  /**
   * What of the configuration: the measure's share, its anchors, what it measures (settings, expression, calendar), what other accounts lend
   * (where nothing else has changed), how dimensions are joined, a measure that came or went, caps.
   */
  readonly aspect?: "weight" | "anchors" | "definition" | "statistics" | "mean" | "added" | "removed" | "caps";
  /**
   * Why the measure's share is another, in lines of `missing` and `staleness`: it came, went, aged or was refreshed itself, or others did and
   * it counts more or less for it. Absent in what older code has stored.
   */
  readonly shift?: ShareShift;
};
