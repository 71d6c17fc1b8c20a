import { configurationsPart, factsFirst, WEEK_DAYS, weekChange } from "../account-row.ts";
import type { AccountChange, ShadowReading, SideScore } from "../change.ts";
import type { ActiveConfig, Assigned } from "../config/active.ts";
import { accountHealth, type AccountHealth, areHad, type ConfigAt, type SideReading } from "../health/account-health.ts";
import type { HealthDocument, HealthMove } from "../health/document.ts";
import { agreementOf } from "../health/agreement.ts";
import { textAttribute } from "../health/attributes.ts";
import type { BandRules, WaitingBand } from "../health/held-band.ts";
import type { RuleJump } from "../health/rule-jumps.ts";
import { turnsBetween } from "../health/rule-turns.ts";
import { scoreRules } from "../health/score-rules.ts";
import { accountRisk } from "../risk/account-risk.ts";
import type { Risk90 } from "../risk/model.ts";
import { DAY_MS, dayOf, startOfDay } from "../time.ts";
import type { ScoreLine } from "./account-pages.ts";
import { activeUsers } from "./active-users.ts";
import { openTasksOf } from "./notes.ts";
import { domainsOf, externalIdsOf } from "./attributes.ts";
import { listedIdsCharsMax } from "../limits.ts";
import type { Money } from "../money/convert.ts";
import { accountArr, lineMoney, type LineRules } from "./account-money.ts";
import type { FoldedAccount } from "./folded.ts";
import type { AccountDocument, AttributeView } from "./messages.ts";
import type { AttributeValue } from "./state.ts";
import { openTickets } from "./tickets.ts";
import { standingAt } from "./verdicts.ts";

const SCORE_DAYS = 90;
const MOVES_MAX = 3;
const ACTIVE_DAYS = 28;

export type Figures = {
  readonly health: HealthDocument;
  readonly assigned: Assigned;
  readonly sides: readonly SideReading[];
  readonly shadows: readonly ShadowReading[];
  readonly risk90: Risk90 | null;
  readonly dayAgo: HealthDocument;
  readonly moves: readonly HealthMove[];
  /** How much of the change of a week is our own doing: the rules', or a person's override. */
  readonly weekByConfiguration: number;
  /** At the end of each of the last 90 UTC days, oldest first; today's is the one of now. */
  readonly scoreDays: readonly (number | null)[];
  /** The same to be kept; null: more days may differ than were to be computed, so the line is to be made anew when there is time. */
  readonly scoreLine: ScoreLine | null;
  /** First day of the line whose configuration could not be had, and may yet be: it is to be computed again. Null: none. */
  readonly unsureFromDay: number | null;
  /** Days of the line that were computed again. */
  readonly lineEvaluations: number;
  /** Instants that were evaluated until now: what it cost. The rules that bands were held by are looked at only when `bandRules` is asked. */
  readonly evaluations: () => number;
  /** For the bands that are held. */
  readonly bandRules: (side?: string) => BandRules;
};

/** Sums of the same numbers in another order differ in their last digits. */
const scoreTolerance = 1e-9;
export const isSameScore = (a: number | null, b: number | null): boolean =>
  a === null || b === null ? a === b : Math.abs(a - b) <= scoreTolerance;

const endOf = (day: number): number => startOfDay(day + 1) - 1;
/** When the first day of the line begins. */
const lineFrom = (now: number): number => startOfDay(dayOf(now) - SCORE_DAYS + 1);
/** From where the change of a week is told. */
const weekFrom = (now: number): number => endOf(dayOf(now) - WEEK_DAYS);

/** The line kept from last time, and how many of its days may be computed again. */
export type KnownLine = { readonly scoreLine: ScoreLine | null; readonly lineDaysMax?: number | undefined };

/** Instants that `figures` of the same arguments looks at beside now. */
export function figureInstants(
  state: FoldedAccount,
  { scoreLine, lineDaysMax = SCORE_DAYS }: KnownLine,
  rules: LineRules,
  now: number,
): readonly number[] {
  const days = daysToCompute(state, scoreLine, lineMoney(state, rules, lineFrom(now)), dayOf(now));
  const week = turnsBetween(rules, weekFrom(now), now);
  return [now - DAY_MS, ...(week.length === 0 ? [] : [weekFrom(now), ...week]), ...(days.length <= lineDaysMax ? days.map(endOf) : [])];
}

/**
 * An account's score now, a day ago, and at the end of each of the last 90 UTC days, as the facts are known now, each by the configuration
 * that was in force then. Of the line kept from last time only days are computed again that may differ: from the lowest day touched since,
 * and always its last two: that one had not ended, and the source of the one before may have caught up. All are, where other rates or this code's
 * own rules (`scoreRules`) change what they are made of. What rules did in the last week is kept in the same way. Where these are more than `lineDaysMax`, the line stays as it was known: history comes
 * in many parts, and each would cost ninety evaluations.
 */
export function figures(
  state: FoldedAccount,
  configAt: ConfigAt,
  { scoreLine: known, lineDaysMax = SCORE_DAYS }: KnownLine,
  now: number,
): Figures {
  const account = accountHealth(state, configAt);
  const assigned = account.assignedAt(now);
  const health = account.at(now);
  const dayAgo = account.at(now - DAY_MS);
  const money = lineMoney(state, configAt(now).config, lineFrom(now));
  const today = dayOf(now);
  const toCompute = daysToCompute(state, known, money, today);
  const isLineCurrent = toCompute.length <= lineDaysMax;
  const days = isLineCurrent ? toCompute : [];
  const isMissing = (day: number): boolean => configAt(endOf(day)).missing !== null;
  const scoreDays = knownLine(state, known, today);
  for (const day of days) {
    const at = day - today + SCORE_DAYS - 1;
    if (scoreDays[at] === null || !isMissing(day)) scoreDays[at] = account.at(endOf(day)).score;
  }
  scoreDays[SCORE_DAYS - 1] = health.score;
  const sides = account.beside(now);
  const shadows = shadowReadings(account, configAt(now).config, now);
  const moves = account.moves(dayAgo, health);
  // A line that stays as it was known keeps its jumps, too, but for those of days that had not ended.
  const settledTo = isLineCurrent ? (toCompute[0] ?? today) : today - 1;
  const week = ruleJumpsOfWeek(account, configAt, { known: known?.jumps ?? [], settledTo }, now);
  return {
    health,
    assigned,
    sides,
    shadows,
    risk90: accountRisk(state, assigned, health),
    dayAgo,
    moves,
    weekByConfiguration: weekByConfiguration(state, account, { health, rules: week.points, scoreDays }, now),
    scoreDays,
    scoreLine: isLineCurrent
      ? {
          lastDay: today,
          scores: scoreDays,
          rules: scoreRules,
          ...(money === undefined ? {} : { money }),
          ...(week.jumps.length === 0 ? {} : { jumps: week.jumps }),
        }
      : null,
    unsureFromDay: days.find((day) => configAt(endOf(day)).mayCome === true) ?? null,
    lineEvaluations: days.length,
    evaluations: account.evaluations,
    bandRules: (side) => account.bandRules(now, side),
  };
}

const noJumps = { points: 0, jumps: [] as readonly RuleJump[] };

/** `jumps`: those to be kept. What was told by rules that stood in for others is told again. */
function ruleJumpsOfWeek(
  account: AccountHealth,
  configAt: ConfigAt,
  { known, settledTo }: { readonly known: readonly RuleJump[]; readonly settledTo: number },
  now: number,
): { readonly points: number; readonly jumps: readonly RuleJump[] } {
  const from = weekFrom(now);
  if (turnsBetween(configAt(now).config, from, now).length === 0) return noJumps;
  const found = account.ruleJumps(from, now, new Map(known.filter(([at]) => dayOf(at) < settledTo)));
  return { points: found.points, jumps: found.jumps.filter(([at]) => areHad([at - 1, at], configAt)) };
}

/** With what a person's override of now adds, less what that of a week ago did. */
function weekByConfiguration(
  { verdicts }: Pick<FoldedAccount, "verdicts">,
  account: AccountHealth,
  { health, rules, scoreDays }: { readonly health: HealthDocument; readonly rules: number; readonly scoreDays: readonly (number | null)[] },
  now: number,
): number {
  const change = weekChange({ score: health.score, scoreDays });
  if (change === null) return 0;
  const weekAgo = standingAt(verdicts.overrides, weekFrom(now)) === null ? null : account.at(weekFrom(now));
  // Only an override can stand where nothing is measured: the whole difference is its own.
  if (health.computedScore === null || (weekAgo !== null && weekAgo.computedScore === null)) return change;
  const added = ({ score, computedScore }: HealthDocument): number => (score ?? 0) - (computedScore ?? 0);
  return rules + added(health) - (weekAgo === null ? 0 : added(weekAgo));
}

/** A line as it is served; days from `dirtyFrom` on are to be computed again. */
export type ServedLine = ScoreLine & { readonly dirtyFrom: number };

/** Instants that `staleDays` looks at. */
export const lineInstants = (now: number): readonly number[] =>
  Array.from({ length: SCORE_DAYS - 1 }, (_, i) => endOf(dayOf(now) - SCORE_DAYS + 1 + i));

/**
 * Days of a line that would not be computed again although the facts that are known now give them another score: a source may have told
 * what was held when they were computed. Days whose configuration cannot be had are not compared.
 */
export function staleDays(
  state: FoldedAccount,
  configAt: ConfigAt,
  line: ServedLine,
  now: number,
): { readonly compared: number; readonly stale: readonly number[] } {
  const account = accountHealth(state, configAt);
  const money = lineMoney(state, configAt(now).config, lineFrom(now));
  const today = dayOf(now);
  const known = knownLine(state, line, today);
  const settledTo = daysToCompute({ days: state.days, scoreDirtyFrom: line.dirtyFrom }, line, money, today)[0] ?? today;
  let compared = 0;
  const stale: number[] = [];
  for (let day = Math.max(today - SCORE_DAYS + 1, firstDayWithFacts(state)); day < settledTo; day++) {
    if (configAt(endOf(day)).missing !== null) continue;
    compared++;
    if (!isSameScore(known[day - today + SCORE_DAYS - 1] ?? null, account.at(endOf(day)).score)) stale.push(day);
  }
  return { compared, stale };
}

/** Before the first day with anything on it there is nothing to measure. */
function firstDayWithFacts({ days }: Pick<FoldedAccount, "days">): number {
  let first = Number.POSITIVE_INFINITY;
  for (const day of days.keys()) if (day < first) first = day;
  return first;
}

/** Days of the line before today that are to be computed again, ascending; today itself always is. */
function daysToCompute(
  state: Pick<FoldedAccount, "days" | "scoreDirtyFrom">,
  known: ScoreLine | null,
  money: string | undefined,
  today: number,
): readonly number[] {
  const isOther = known === null || known.money !== money || known.rules !== scoreRules;
  const firstDirty = isOther ? 0 : Math.min(state.scoreDirtyFrom, known.lastDay - 1);
  const days: number[] = [];
  for (let day = Math.max(today - SCORE_DAYS + 1, firstDayWithFacts(state), firstDirty); day < today; day++) days.push(day);
  return days;
}

/** The line as it is known, moved up to `today`. */
function knownLine(state: Pick<FoldedAccount, "days">, known: ScoreLine | null, today: number): (number | null)[] {
  const line: (number | null)[] = [];
  const first = firstDayWithFacts(state);
  for (let day = today - SCORE_DAYS + 1; day <= today; day++)
    line.push(day < first ? null : (known?.scores[day - known.lastDay + known.scores.length - 1] ?? null));
  return line;
}

const shadowReadings = (account: AccountHealth, { shadows }: ActiveConfig, now: number): readonly ShadowReading[] =>
  shadows.flatMap((shadow) => {
    const compared = account.compared(shadow, now);
    return compared === null ? [] : [{ kind: shadow.kind, key: shadow.key, since: shadow.since, ...compared }];
  });

export type ChangeStamp = {
  readonly shard: string;
  readonly epoch: number;
  readonly number: number;
  readonly setAside: boolean;
  readonly deleted: boolean;
  /** Null: the band is the score's own. */
  readonly waitingBand: WaitingBand | null;
};

/** A list shows and finds an account by its first ids; all of them are in the account. A change must fit into a message of the queue. */
function firstOf(idsBySystem: Readonly<Record<string, readonly string[]>>): Readonly<Record<string, readonly string[]>> {
  let chars = 0;
  const hasRoom = (id: string): boolean => (chars += id.length) <= listedIdsCharsMax;
  return Object.fromEntries(Object.entries(idsBySystem).map(([system, ids]) => [system, ids.filter(hasRoom)]));
}

export function toAccountChange(
  state: FoldedAccount,
  { health, assigned, sides, shadows, risk90, dayAgo, moves, weekByConfiguration: changeWeekByConfiguration, scoreDays }: Figures,
  { waitingBand, ...stamp }: ChangeStamp,
  now: number,
): AccountChange {
  const changeByConfiguration = configurationsPart(moves);
  const { disagreements } = agreementOf(state, health, now, assigned.money);
  const openTasks = openTasksOf(state);
  return {
    accountId: state.id,
    ...stamp,
    name: state.name,
    owner: textAttribute(state, "owner"),
    segment: assigned.segment,
    lifecycleStage: textAttribute(state, "lifecycleStage"),
    plan: textAttribute(state, "plan"),
    parentId: textAttribute(state, "parentId"),
    domains: domainsOf(state),
    externalIds: firstOf(externalIdsOf(state)),
    ...accountArr(state, assigned.money, now),
    renewalDate: textAttribute(state, "renewalDate"),
    score: health.score,
    band: health.band,
    confidence: health.confidence,
    scorecard: assigned.key,
    ...(sides.length === 0 ? {} : { sideScores: sides.map(toSideScore) }),
    scoreDayAgo: dayAgo.score,
    ...(changeByConfiguration === 0 ? {} : { changeByConfiguration }),
    ...(changeWeekByConfiguration === 0 ? {} : { changeWeekByConfiguration }),
    ...(waitingBand === null ? {} : { waitingBand }),
    moves: factsFirst(moves).slice(0, MOVES_MAX),
    scoreDays,
    events: state.events,
    openTickets: openTickets(state.tickets.values()),
    activeUsers28d: activeUsers(state.days, ACTIVE_DAYS, dayOf(now)).value,
    lastEventAt: state.lastEventAt,
    computedAt: now,
    newestReceivedAt: state.lastReceivedAt,
    configVersion: health.configVersion,
    ...(shadows.length === 0 ? {} : { shadows }),
    ...(risk90 === null ? {} : { risk90 }),
    ...(disagreements.length === 0 ? {} : { disagreements }),
    ...(openTasks === null ? {} : { openTasks }),
  };
}

const toSideScore = ({ key, health: { score, band, confidence } }: SideReading): SideScore => ({ scorecard: key, score, band, confidence });

/** `scorecard`: key of the one that gives the score. */
export type DocumentParts = Pick<AccountDocument, "setAside" | "health" | "moves" | "scorecard"> & {
  readonly sides: readonly SideReading[];
  readonly money: Money;
};

export function toAccountDocument(
  state: FoldedAccount,
  { setAside, health, moves, scorecard, sides, money }: DocumentParts,
  now: number,
): AccountDocument {
  return {
    id: state.id,
    name: state.name,
    domains: domainsOf(state),
    externalIds: externalIdsOf(state),
    attributes: Object.fromEntries([...state.attributes].map(([name, value]) => [name, attributeView(state, name, value)])),
    events: state.events,
    firstEventAt: state.firstEventAt,
    lastEventAt: state.lastEventAt,
    lastReceivedAt: state.lastReceivedAt,
    parentId: textAttribute(state, "parentId"),
    ...accountArr(state, money, now),
    setAside,
    health,
    scorecard,
    sideScores: sides.map(toSideScore),
    moves: factsFirst(moves),
  };
}

/** With what it was before, where it has changed. */
function attributeView({ attributeHistory, registers }: FoldedAccount, name: string, value: AttributeValue): AttributeView {
  const before = attributeHistory.get(name)?.slice(0, -1);
  const isCut = registers.get(name)?.isPastCut === true;
  return { ...value, ...(before === undefined ? {} : { before }), ...(isCut && { isBeforeCut: true }) };
}
