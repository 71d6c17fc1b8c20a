import type { AccountChange, ShadowReading } from "../change.ts";
import type { Assigned } from "../config/active.ts";
import type { HealthDocument, HealthMove } from "../health/document.ts";
import { healthEvaluator } from "../health/evaluate.ts";
import { healthMoves } from "../health/moves.ts";
import { DAY_MS, dayOf, startOfDay } from "../time.ts";
import type { ScoreLine } from "./account-pages.ts";
import { activeUsers } from "./active-users.ts";
import { domainsOf, externalIdsOf } from "./attributes.ts";
import { listedIdsCharsMax } from "../limits.ts";
import type { FoldedAccount } from "./folded.ts";
import type { AccountDocument } from "./messages.ts";
import { recurringAt } from "./revenue.ts";
import { openTickets } from "./tickets.ts";

const SCORE_DAYS = 90;
const MOVES_MAX = 3;
const ACTIVE_DAYS = 28;

export type Figures = {
  readonly health: HealthDocument;
  readonly segment: string | null;
  readonly shadow: ShadowReading | null;
  readonly dayAgo: HealthDocument;
  readonly moves: readonly HealthMove[];
  readonly scoreLine: ScoreLine;
  /** Instants that were evaluated: what it cost. */
  readonly evaluations: number;
};

/**
 * An account's score now, a day ago, and at the end of each of the last 90 UTC days, as the facts are known now.
 * Of the line kept from last time only days are computed again that may differ: from the lowest day touched since, and always its last
 * two: that one had not ended, and the source of the one before may have caught up. With `keepLine` also a line of another scorecard is
 * kept, and stays that one's: it is made anew when there is time.
 */
export function figures(
  state: FoldedAccount,
  assigned: Assigned,
  { scoreLine: known, keepLine = false }: { readonly scoreLine: ScoreLine | null; readonly keepLine?: boolean },
  now: number,
): Figures {
  const { scorecard, calendars, ownMeasures, segment } = assigned;
  const evaluate = healthEvaluator(state, scorecard, calendars, ownMeasures);
  const health = evaluate(now);
  const dayAgo = evaluate(now - DAY_MS);
  const today = dayOf(now);
  const usable = known !== null && (keepLine || known.configVersion === scorecard.version) ? known : null;
  let evaluations = 2;
  // Before the first day with anything on it there is nothing to measure.
  const firstDay = Math.min(...state.days.keys());
  const firstDirty = Math.min(state.scoreDirtyFrom, (usable?.lastDay ?? 0) - 1);
  const scores = Array.from({ length: SCORE_DAYS }, (_, i) => {
    const day = today - SCORE_DAYS + 1 + i;
    if (day === today) return health.score;
    if (day < firstDay) return null;
    const cached = day < firstDirty ? usable?.scores[day - usable.lastDay + usable.scores.length - 1] : undefined;
    if (cached !== undefined) return cached;
    evaluations++;
    return evaluate(startOfDay(day + 1) - 1).score;
  });
  const shadow = shadowReading(state, assigned, health, now);
  return {
    health,
    segment,
    shadow,
    dayAgo,
    moves: healthMoves(dayAgo, health),
    scoreLine: { configVersion: (keepLine ? usable : null)?.configVersion ?? scorecard.version, lastDay: today, scores },
    evaluations: evaluations + (shadow === null ? 0 : 1),
  };
}

/** Of the computed scores: an override hides what a scorecard does. */
function shadowReading(
  state: FoldedAccount,
  { shadow, calendars, ownMeasures }: Assigned,
  published: HealthDocument,
  now: number,
): ShadowReading | null {
  if (shadow === null) return null;
  const { computedScore, band } = healthEvaluator(state, shadow.scorecard, calendars, ownMeasures)(now);
  const { key, since } = shadow;
  return { key, since, score: computedScore, band, publishedScore: published.computedScore, publishedBand: published.band };
}

export type ChangeStamp = {
  readonly shard: string;
  readonly epoch: number;
  readonly number: number;
  readonly setAside: boolean;
  readonly deleted: boolean;
};

/** A list shows and finds an account by its first ids; all of them are in the account. A change must fit into a message of the queue. */
function firstOf(idsBySystem: Readonly<Record<string, readonly string[]>>): Readonly<Record<string, readonly string[]>> {
  let chars = 0;
  const hasRoom = (id: string): boolean => (chars += id.length) <= listedIdsCharsMax;
  return Object.fromEntries(Object.entries(idsBySystem).map(([system, ids]) => [system, ids.filter(hasRoom)]));
}

export function toAccountChange(
  state: FoldedAccount,
  { health, segment, shadow, dayAgo, moves, scoreLine }: Figures,
  stamp: ChangeStamp,
  now: number,
): AccountChange {
  return {
    accountId: state.id,
    ...stamp,
    name: state.name,
    owner: textAttribute(state, "owner"),
    segment,
    lifecycleStage: textAttribute(state, "lifecycleStage"),
    plan: textAttribute(state, "plan"),
    parentId: textAttribute(state, "parentId"),
    domains: domainsOf(state),
    externalIds: firstOf(externalIdsOf(state)),
    ...yearlyRevenue(state, now),
    renewalDate: textAttribute(state, "renewalDate"),
    score: health.score,
    band: health.band,
    confidence: health.confidence,
    scoreDayAgo: dayAgo.score,
    moves: moves.slice(0, MOVES_MAX),
    scoreDays: scoreLine.scores,
    events: state.events,
    openTickets: openTickets(state.tickets.values()),
    activeUsers28d: activeUsers(state.days, ACTIVE_DAYS, startOfDay(dayOf(now) + 1)),
    lastEventAt: state.lastEventAt,
    computedAt: now,
    newestReceivedAt: state.lastReceivedAt,
    configVersion: health.configVersion,
    ...(shadow === null ? {} : { shadow }),
  };
}

export function toAccountDocument(
  state: FoldedAccount,
  setAside: AccountDocument["setAside"],
  health: HealthDocument,
  moves: readonly HealthMove[],
): AccountDocument {
  return {
    id: state.id,
    name: state.name,
    domains: domainsOf(state),
    externalIds: externalIdsOf(state),
    attributes: Object.fromEntries(state.attributes),
    events: state.events,
    firstEventAt: state.firstEventAt,
    lastEventAt: state.lastEventAt,
    lastReceivedAt: state.lastReceivedAt,
    parentId: textAttribute(state, "parentId"),
    setAside,
    health,
    moves,
  };
}

function textAttribute(state: FoldedAccount, name: string): string | null {
  const value = state.attributes.get(name)?.value;
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : null;
}

/** As the attributes `arr` and `currency` say, else what the subscriptions earn now. */
function yearlyRevenue(state: FoldedAccount, now: number): Pick<AccountChange, "arrMinor" | "currency"> {
  const arrMinor = integerAttribute(state, "arr");
  const currency = textAttribute(state, "currency");
  if (arrMinor !== null) return { arrMinor, currency };
  const recurring = recurringAt(state, now);
  if (recurring === null) return { arrMinor, currency };
  return { arrMinor: Math.round(recurring.monthly * 12), currency: recurring.currency?.toUpperCase() ?? currency };
}

function integerAttribute(state: FoldedAccount, name: string): number | null {
  const value = state.attributes.get(name)?.value;
  return typeof value === "number" && Number.isSafeInteger(value) ? value : null;
}
