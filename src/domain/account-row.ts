import type { AccountChange, SideScore } from "./change.ts";
import type { Disagreement } from "./health/agreement.ts";
import type { Band, HealthMove } from "./health/document.ts";
import type { Risk90 } from "./risk/model.ts";
import { dayOf, isoTime, startOfDay } from "./time.ts";

/** What a list knows of an account: the change without what only the delivery of changes needs, and without its tasks, which have a list of their own. */
export type AccountListing = Omit<AccountChange, "newestReceivedAt" | "openTasks">;

export type Money = { readonly amount: number; readonly currency: string };

/** An account in lists and live messages, as it is written in JSON (docs/api.md): times are RFC 3339, money has its currency. */
export type AccountRow = {
  readonly id: string;
  readonly name: string | null;
  readonly owner: string | null;
  readonly segment: string | null;
  readonly lifecycleStage: string | null;
  readonly plan: string | null;
  readonly parentId: string | null;
  readonly domains: readonly string[];
  readonly externalIds: Readonly<Record<string, readonly string[]>>;
  readonly score: number | null;
  readonly band: string;
  readonly confidence: number;
  readonly scores: readonly AccountScore[];
  readonly risk90: Risk90 | null;
  readonly disagreements: readonly Disagreement[];
  readonly scoreDayAgo: number | null;
  readonly change: number | null;
  /** How much of it the configuration or a person's override made; the rest is what the account's own facts did. Null where `change` is. */
  readonly changeByConfiguration: number | null;
  /** The band that the score alone would have, and when it follows if nothing else happens; null: the band is the score's own. */
  readonly waitingBand: { readonly band: Band; readonly at: string } | null;
  /** The score at the end of the UTC day seven days before `scoreDaysEnd`, to two decimals; null: there was none. */
  readonly scoreWeekAgo: number | null;
  /** score − scoreWeekAgo; null where either is. */
  readonly changeWeek: number | null;
  /** How much of it the configuration or a person's override made. Null where `changeWeek` is. */
  readonly changeWeekByConfiguration: number | null;
  readonly moves: readonly HealthMove[];
  readonly scoreDays: readonly (number | null)[];
  readonly scoreDaysEnd: string;
  readonly events: number;
  readonly openTickets: number;
  readonly activeUsers28d: number;
  /** In the reporting currency. */
  readonly arr: Money | null;
  /** Where a part of it has no rate: all parts, each in its own currency. */
  readonly arrUnconverted: readonly Money[];
  readonly renewalDate: string | null;
  readonly lastEventAt: string | null;
  readonly setAside: boolean;
  readonly computedAt: string;
  readonly configVersion: string;
  /** Rise with each change: a reader keeps the row with the greater (epoch, number). */
  readonly epoch: number;
  readonly number: number;
};

/** One of an account's scores: that of its own scorecard first, then of those beside it. */
export type AccountScore = SideScore & { readonly configVersion: string };

/** Empty while older code has not told by which scorecard the account is judged. */
export const scoresOf = ({
  scorecard,
  score,
  band,
  confidence,
  configVersion,
  sideScores = [],
}: Pick<AccountChange, "scorecard" | "score" | "band" | "confidence" | "configVersion" | "sideScores">): readonly AccountScore[] =>
  scorecard === undefined
    ? []
    : [{ scorecard, score, band, confidence, configVersion }, ...sideScores.map((one) => ({ ...one, configVersion }))];

/** A line of 90 points is drawn 90 pixels wide: more than two decimals would only be carried. The exact figure of a day is in health/history. */
export const roundScoreDay = (score: number | null): number | null => (score === null ? null : Math.round(score * 100) / 100);

export const scoreChange = (score: number | null, before: number | null): number | null =>
  score === null || before === null ? null : score - before;

/** Days behind today that the change of a week looks at. */
export const WEEK_DAYS = 7;

/** Of the daily scores, whose last is today's: that of the same weekday a week ago. */
const scoreWeekAgo = (scoreDays: readonly (number | null)[]): number | null => roundScoreDay(scoreDays.at(-1 - WEEK_DAYS) ?? null);

/** How far the score is from where it was a week ago. */
export const weekChange = ({ score, scoreDays }: Pick<AccountChange, "score" | "scoreDays">): number | null =>
  scoreChange(score, scoreWeekAgo(scoreDays));

/** Our own doing and not the customer's: the way in which scores are made, and what a person says in their place. */
const isOurs = ({ cause }: HealthMove): boolean => cause === "configuration" || cause === "override";

/** How much of a change is our own doing, by all lines of those causes. */
export const configurationsPart = (moves: readonly HealthMove[]): number =>
  moves.reduce((sum, move) => (isOurs(move) ? sum + move.delta : sum), 0);

/** First what the facts did, then what we did ourselves, each in the order that it has. */
export const factsFirst = (moves: readonly HealthMove[]): readonly HealthMove[] => [
  ...moves.filter((move) => !isOurs(move)),
  ...moves.filter(isOurs),
];

/** What the account's own facts did to its score in a day or a week: the change without what the configuration made of it. */
export const factsChange = (change: number | null, byConfiguration: number | null | undefined): number | null =>
  change === null ? null : change - (byConfiguration ?? 0);

export function toAccountRow(listing: AccountListing): AccountRow {
  const change = scoreChange(listing.score, listing.scoreDayAgo);
  return {
    id: listing.accountId,
    name: listing.name,
    owner: listing.owner,
    segment: listing.segment,
    lifecycleStage: listing.lifecycleStage,
    plan: listing.plan,
    parentId: listing.parentId,
    domains: listing.domains,
    externalIds: listing.externalIds,
    score: listing.score,
    band: listing.band,
    confidence: listing.confidence,
    scores: scoresOf(listing),
    risk90: listing.risk90 ?? null,
    disagreements: listing.disagreements ?? [],
    scoreDayAgo: listing.scoreDayAgo,
    change,
    changeByConfiguration: change === null ? null : (listing.changeByConfiguration ?? 0),
    waitingBand: listing.waitingBand === undefined ? null : { ...listing.waitingBand, at: isoTime(listing.waitingBand.at) },
    scoreWeekAgo: scoreWeekAgo(listing.scoreDays),
    changeWeek: weekChange(listing),
    changeWeekByConfiguration: weekChange(listing) === null ? null : (listing.changeWeekByConfiguration ?? 0),
    moves: listing.moves,
    scoreDays: listing.scoreDays.map(roundScoreDay),
    scoreDaysEnd: isoTime(startOfDay(dayOf(listing.computedAt))).slice(0, 10),
    events: listing.events,
    openTickets: listing.openTickets,
    activeUsers28d: listing.activeUsers28d,
    arrUnconverted: listing.arrUnconverted ?? [],
    arr: listing.arrMinor === null || listing.currency === null ? null : { amount: listing.arrMinor, currency: listing.currency },
    renewalDate: listing.renewalDate,
    lastEventAt: isoTime(listing.lastEventAt),
    setAside: listing.setAside,
    computedAt: isoTime(listing.computedAt),
    configVersion: listing.configVersion,
    epoch: listing.epoch,
    number: listing.number,
  };
}
