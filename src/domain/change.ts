import type { OpenTasks } from "./account/notes.ts";
import type { Shadow } from "./config/active.ts";
import type { Compared } from "./config/comparison.ts";
import type { Disagreement } from "./health/agreement.ts";
import type { Band, HealthMove } from "./health/document.ts";
import type { WaitingBand } from "./health/held-band.ts";
import type { Risk90 } from "./risk/model.ts";

/**
 * Annual recurring revenue in whole minor units of the reporting currency of when it was computed; both null where it is not known.
 * `arrUnconverted`: all of its parts in their own currencies, because one of them had no rate; absent where it could be told.
 */
export type AccountArr = {
  readonly arrMinor: number | null;
  readonly currency: string | null;
  readonly arrUnconverted?: readonly { readonly amount: number; readonly currency: string }[] | undefined;
};

/**
 * AccountChange: the whole current row of one account for the read models and the live feed; the third of the four nouns that travel.
 *
 * Coalesced: only the newest is sent. (`epoch`, `number`) rises with each; a sink keeps a row only if it is newer than what it has.
 * `epoch` rises when an account is rebuilt, `number` with every change.
 */
export type AccountChange = {
  readonly accountId: string;
  readonly shard: string;
  readonly epoch: number;
  readonly number: number;
  readonly name: string | null;
  readonly owner: string | null;
  readonly segment: string | null;
  readonly lifecycleStage: string | null;
  readonly plan: string | null;
  readonly parentId: string | null;
  readonly domains: readonly string[];
  readonly externalIds: Readonly<Record<string, readonly string[]>>;
  readonly arrMinor: AccountArr["arrMinor"];
  readonly currency: AccountArr["currency"];
  readonly arrUnconverted?: AccountArr["arrUnconverted"];
  readonly renewalDate: string | null;
  readonly score: number | null;
  readonly band: Band;
  readonly confidence: number;
  /** Key of the scorecard that gives the score; absent in what older code has sent. */
  readonly scorecard?: string | undefined;
  /** By the scorecards beside it; absent where there are none. */
  readonly sideScores?: readonly SideScore[] | undefined;
  /** Score 24 hours ago, as the facts are known now. */
  readonly scoreDayAgo: number | null;
  /** How much of `score` − `scoreDayAgo` the configuration or a person's override made, by all lines of those causes; absent: nothing, or older code has sent it. */
  readonly changeByConfiguration?: number | undefined;
  /** The same of `score` less the daily score seven days before. */
  readonly changeWeekByConfiguration?: number | undefined;
  /** The band that the score alone would have, while steadiness holds another one; absent where it does not. */
  readonly waitingBand?: WaitingBand | undefined;
  /** The strongest lines of what moved it in 24 hours, at most 3: first what the facts did, then what the configuration did. */
  readonly moves: readonly HealthMove[];
  /** Daily scores of the last 90 UTC days, oldest first; null where nothing was measured. */
  readonly scoreDays: readonly (number | null)[];
  readonly events: number;
  readonly openTickets: number;
  readonly activeUsers28d: number;
  readonly lastEventAt: number | null;
  readonly setAside: boolean;
  /** Merged into another account: lists leave it out. */
  readonly deleted: boolean;
  /** When it was computed, epoch ms, and the newest `receivedAt` it contains: for event-to-visible. */
  readonly computedAt: number;
  readonly newestReceivedAt: number | null;
  readonly configVersion: string;
  /** Absent where no draft runs in shadow. `shadow`: as older code has sent it. */
  readonly shadows?: readonly ShadowReading[] | undefined;
  readonly shadow?: Omit<ShadowReading, "kind"> | undefined;
  /** Absent where no forecast is made. */
  readonly risk90?: Risk90 | undefined;
  /** Where health and what else is known point apart; absent where they agree. */
  readonly disagreements?: readonly Disagreement[] | undefined;
  /** Absent where nothing is to be done for the account. */
  readonly openTasks?: OpenTasks | undefined;
};

/** What nearly every event moves, or says when. */
const moving: ReadonlySet<string> = new Set<keyof AccountChange>([
  "epoch",
  "number",
  "confidence",
  "scoreDayAgo",
  "changeByConfiguration",
  "changeWeekByConfiguration",
  "moves",
  "scoreDays",
  "events",
  "activeUsers28d",
  "lastEventAt",
  "computedAt",
  "newestReceivedAt",
]);

/**
 * What an account looks like in a list: two changes with one look differ in nothing but figures that nearly every event moves, and in
 * scores by less than a point, in probabilities by less than a hundredth.
 */
export const listLook = (change: AccountChange): string =>
  JSON.stringify(change, (name, value: unknown) => {
    if (moving.has(name)) return undefined;
    return typeof value === "number" ? Math.round(name === "probability" ? value * 100 : value) : value;
  });

/** What a scorecard beside the account's own says of it: the computed score, as an override stands for the account's own alone. */
export type SideScore = {
  /** Its key. */
  readonly scorecard: string;
  readonly score: number | null;
  readonly band: Band;
  readonly confidence: number;
};

/** What an account would be by a draft in shadow, beside what it is by the configuration in force at the same instant. */
export type ShadowReading = Compared & {
  /** Of the draft. */
  readonly kind: Shadow["kind"];
  readonly key: string;
  /** The configuration with which the shadow began: tells two of one key apart. */
  readonly since: number;
};

/** A message of the queue `changes`. Each sink confirms for itself, so a message driven again names only those that have not. */
export type ChangesMessage = {
  readonly sinks: readonly ("readModels" | "live")[];
  readonly changes: readonly AccountChange[];
  /** Sent each minute behind whatever waits: what lists say about their age while nothing changes, epoch ms. */
  readonly heartbeatAt?: number;
  /** No change of an account: a source is back or has ended (product time), and account shards are to be told. */
  readonly sourcesMovedAt?: number;
};
