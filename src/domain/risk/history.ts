import { z } from "zod";
import type { Assigned } from "../config/active.ts";
import type { Scorecard } from "../config/scorecard.ts";
import { attributeViews } from "../account/attribute-history.ts";
import type { AccountState } from "../account/state.ts";
import { noVerdicts } from "../account/verdicts.ts";
import { canonicalJson, hash32 } from "../hash.ts";
import { bands, type HealthDocument } from "../health/document.ts";
import { healthEvaluator } from "../health/evaluate.ts";
import { revenueFacts } from "../health/revenue-facts.ts";
import { tellingOf } from "../health/reading-clock.ts";
import { sendersOf } from "../health/source-clock.ts";
import { riskMonthsMax, warningDaysMax, warningStepDays } from "../limits.ts";
import { dayOf, startOfDay } from "../time.ts";
import { type LossKind, outcomeAfter, revenueDays } from "./outcome.ts";

const outcomeSchema = z.union([
  z.object({ knownDays: z.number(), lostAfterDays: z.null(), kind: z.null() }),
  z.object({ knownDays: z.number(), lostAfterDays: z.number(), kind: z.enum(["churn", "contraction"]) }),
]);

/**
 * Scores by key, as they are: a record that zod copies grows by key after key, for which V8 takes thrice the memory, and there are tens of
 * thousands of them.
 */
const scoresSchema = z.custom<Record<string, number>>(
  (value) =>
    typeof value === "object" && value !== null && !Array.isArray(value) && Object.values(value).every((one) => Number.isFinite(one)),
  "scores by key are expected",
);

/** By what an account is judged: its segment, the key of its scorecard, and what the dimensions of that are made of (`featuresOf`). */
const judgedSchema = z.object({ segment: z.string().nullable(), scorecard: z.string(), features: z.string() });
export type Judged = z.infer<typeof judgedSchema>;

/** One account at the ends of months: how it stood, and what became of it. What account shards give to the monthly back-test. */
export const AccountHistorySchema = z.object({
  account: z.string(),
  /** By what it is judged now. */
  ...judgedSchema.shape,
  months: z.array(
    z.object({
      /** UTC day with which the month ended. */
      day: z.number(),
      /** Computed, 0..100, after caps and without what a person put in its place. */
      score: z.number(),
      band: z.enum(bands),
      /** Score of each measured dimension, 0..100. */
      dimensions: scoresSchema,
      /** Score of each measure that counts, 0..100, to hundredths. */
      measures: scoresSchema.default({}),
      outcome: outcomeSchema,
      /** By what it was judged, where that was something else than now. */
      judged: judgedSchema.optional(),
    }),
  ),
  losses: z.array(
    z.object({
      day: z.number(),
      kind: z.enum(["churn", "contraction"]),
      /** For how long up to the day before the loss the score lay in the bands at risk or critical without a break, to `warningStepDays`. */
      warnedDays: z.number(),
      /** Of the last month's end before, where it was another than now. */
      segment: z.string().nullable().optional(),
    }),
  ),
});
export type AccountHistory = z.infer<typeof AccountHistorySchema>;

/**
 * How an account stood at the end of each of the last `riskMonthsMax` calendar months (UTC) before `asOf`, and what became of it by then.
 * Months in which it paid nothing or nothing was measured have no row. Null for an account of which no subscription is known: whether
 * somebody left can only be told of who was seen to pay.
 *
 * Facts are those known now about then (decision 0004), attributes those of then, and so is the segment that they give with its scorecard, by the
 * rules of now: an account that is moved to another segment because it left must not leave its losses there.
 *
 * @param assign by which scorecard an account with such attributes is judged
 * @param asOf first instant of a month, epoch ms: nothing that happened later is looked at
 */
export function accountHistory(
  state: AccountState,
  assign: (state: Pick<AccountState, "attributes">) => Assigned,
  asOf: number,
): AccountHistory | null {
  if ((state.records.get("subscription")?.size ?? 0) === 0) return null;
  const now = assign(state);
  const evaluatorOf = evaluators(state);
  const viewOf = attributeViews(state);
  const ends = monthEnds(asOf, riskMonthsMax);
  const revenue = revenueDays(state, ends[0] as number, lastKnownDay(state, asOf));
  const losses = new Map<number, { readonly kind: LossKind; readonly assigned: Assigned }>();
  const months: AccountHistory["months"] = [];
  for (const day of ends) {
    const outcome = outcomeAfter(revenue, day, now.money);
    if (outcome === null) continue;
    const at = startOfDay(day + 1) - 1;
    const assigned = assign(viewOf(at));
    const document = evaluatorOf(assigned)(at);
    if (document.computedScore === null) continue;
    const { computedScore: score, band } = document;
    const judged = differing(judgedBy(assigned), judgedBy(now));
    months.push({ day, score, band, dimensions: dimensionScores(document), measures: measureScores(document), outcome, ...judged });
    if (outcome.lostAfterDays !== null) losses.set(day + outcome.lostAfterDays, { kind: outcome.kind, assigned });
  }
  return {
    account: state.id,
    ...judgedBy(now),
    months,
    losses: [...losses].map(([day, { kind, assigned }]) => ({
      day,
      kind,
      warnedDays: warnedDays(evaluatorOf(assigned), day),
      ...(assigned.segment === now.segment ? {} : { segment: assigned.segment }),
    })),
  };
}

const judgedBy = ({ segment, key, written }: Assigned): Judged => ({ segment, scorecard: key, features: featuresOf(written) });

const differing = (then: Judged, now: Judged): { readonly judged?: Judged } =>
  then.segment === now.segment && then.scorecard === now.scorecard && then.features === now.features ? {} : { judged: then };

/** One for each scorecard: what it learns of an account at one instant serves the next. */
function evaluators(state: AccountState): (assigned: Assigned) => (at: number) => HealthDocument {
  // What a person put in the score's place says how good the person was.
  const plain = { ...state, verdicts: noVerdicts() };
  const made = new Map<Scorecard, (at: number) => HealthDocument>();
  return ({ scorecard, calendars, ownMeasures, money }) => {
    const known = made.get(scorecard) ?? healthEvaluator(plain, scorecard, calendars, ownMeasures, money);
    made.set(scorecard, known);
    return known;
  };
}

/** UTC days with which the calendar months before `asOf` end, oldest first. */
export function monthEnds(asOf: number, count: number): readonly number[] {
  const date = new Date(asOf);
  return Array.from(
    { length: count },
    (_, i) => dayOf(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - (count - 1 - i), 1)) - 1,
  ).filter((day) => day >= 0);
}

/** The last whole day of which subscriptions are known: silence of a source that is behind is no proof of staying. */
function lastKnownDay(state: AccountState, asOf: number): number {
  const { knownTo } = tellingOf(sendersOf(state)("revenue", ["subscription."], asOf), () => revenueFacts(state).newestAt(asOf));
  return dayOf(Math.min(asOf, Math.max(0, knownTo))) - 1;
}

export const dimensionScores = ({ dimensions }: Pick<HealthDocument, "dimensions">): Record<string, number> =>
  Object.fromEntries(dimensions.flatMap(({ key, score }) => (score === null ? [] : [[key, score]])));

/** Of what has a part in the score and is measured: what is shown only, and what fills a gap, tells nothing. */
const measureScores = ({ dimensions }: Pick<HealthDocument, "dimensions">): Record<string, number> =>
  Object.fromEntries(
    dimensions.flatMap(({ measures }) =>
      measures.flatMap(({ key, score, effectiveWeight }) =>
        score === null || effectiveWeight === 0 ? [] : [[key, Math.round(score * 100) / 100]],
      ),
    ),
  );

function warnedDays(evaluate: (at: number) => HealthDocument, lostOn: number): number {
  for (let days = 0; days < warningDaysMax; days += warningStepDays) {
    const { band } = evaluate(startOfDay(lostOn - days) - 1);
    if (band !== "at_risk" && band !== "critical") return days;
  }
  return warningDaysMax;
}

/**
 * Names what the dimensions of a scorecard are made of: two that differ in it give other dimension scores, so that what was learned from one
 * says nothing about the other. Weights of dimensions, titles and bands are not in it.
 */
export function featuresOf(scorecard: Scorecard): string {
  const known = namesOfFeatures.get(scorecard);
  if (known !== undefined) return known;
  const { dropBelowFreshness, dimensions } = scorecard;
  const parts = dimensions.map(({ key, measures }) => [key, measures.map((measure) => ({ ...measure, title: null }))]);
  const name = hash32(canonicalJson([dropBelowFreshness, parts])).toString(36);
  namesOfFeatures.set(scorecard, name);
  return name;
}

/** Asked for with each score. */
const namesOfFeatures = new WeakMap<Scorecard, string>();
