import { z } from "zod";
import { amountIn, numberIn } from "../account/attribute-value.ts";
import type { AccountState } from "../account/state.ts";
import { conditionsPerSegmentMax, conditionValuesMax, segmentsMax, sideScorecardsMax } from "../limits.ts";
import { convertExactly, type Money } from "../money/convert.ts";
import { toCurrency } from "../money/currency.ts";
import { dayWithRates } from "../money/rates.ts";
import { dayOf } from "../time.ts";
import { Key, Title } from "./scorecard.ts";

/**
 * Segments: which accounts are judged alike. An account belongs to the first segment all of whose conditions its attributes meet.
 * A segment names the scorecard that gives its accounts their score; one that names none, and an account in no segment, get the default.
 */

const attribute = z.string().min(1).max(128);
const Plain = z.union([z.string().max(512), z.number(), z.boolean()]);

const ConditionSchema = z.discriminatedUnion("op", [
  /** Equals one of the values; a list does when one of its members does. Text is compared without regard to case. */
  z.strictObject({ op: z.literal("is"), attribute, values: z.array(Plain).min(1).max(conditionValuesMax) }),
  z.strictObject({ op: z.literal("is_not"), attribute, values: z.array(Plain).min(1).max(conditionValuesMax) }),
  /** Of numbers, and of text that is a number. `arr`, `mrr` and `forecastArr` are compared in the reporting currency. */
  z.strictObject({ op: z.literal("at_least"), attribute, value: z.number() }),
  z.strictObject({ op: z.literal("less_than"), attribute, value: z.number() }),
  z.strictObject({ op: z.literal("known"), attribute }),
  z.strictObject({ op: z.literal("unknown"), attribute }),
]);
type Condition = z.infer<typeof ConditionSchema>;

/** Keys of scorecards whose scores stand beside the one of an account's own; one that is its own is not told twice. */
const SideScorecards = z.array(Key).max(sideScorecardsMax).optional();

const SegmentSchema = z.strictObject({
  key: Key,
  title: Title,
  /** Key of a scorecard; absent: the default. */
  scorecard: Key.optional(),
  /** Absent: those of the document. */
  sideScorecards: SideScorecards,
  when: z.array(ConditionSchema).min(1).max(conditionsPerSegmentMax),
});

export const SegmentsDocumentSchema = z.strictObject({
  title: Title,
  /** Key of the scorecard of every account whose segment names none. */
  scorecard: Key,
  sideScorecards: SideScorecards,
  segments: z
    .array(SegmentSchema)
    .max(segmentsMax)
    .refine((segments) => new Set(segments.map(({ key }) => key)).size === segments.length, "segment keys must differ"),
});
export type SegmentsDocument = z.infer<typeof SegmentsDocumentSchema>;

/** The account's segment, null when none fits, the key of its scorecard, and of those beside it. */
export function segmentOf(
  { segments, scorecard, sideScorecards = [] }: SegmentsDocument,
  attributes: AccountState["attributes"],
  money: Money,
): { readonly segment: string | null; readonly scorecard: string; readonly sideScorecards: readonly string[] } {
  const found = segments.find(({ when }) => when.every((condition) => isMet(condition, valueOf(condition, attributes, money))));
  return {
    segment: found?.key ?? null,
    scorecard: found?.scorecard ?? scorecard,
    sideScorecards: found?.sideScorecards ?? sideScorecards,
  };
}

const amounts: ReadonlySet<string> = new Set(["arr", "mrr", "forecastArr"]);

/** Whether rates may move accounts from one segment to another. */
export const comparesAmounts = ({ segments }: SegmentsDocument): boolean => segments.some(({ when }) => when.some(isOfAmount));

const isOfAmount = ({ op, attribute: name }: Condition): boolean => amounts.has(name) && (op === "at_least" || op === "less_than");

/**
 * An amount is in the account's currency. It is compared in the reporting currency, by the rate of the day on which it was told: with that of
 * today an account at the edge would change its segment with every upload. One told where the table has no rates (before it begins, after it
 * ends, in a gap) takes those of the nearest day that has. Without any it is not comparable; where nobody has uploaded a table, all amounts are
 * taken to be in one currency.
 */
function valueOf(condition: Condition, attributes: AccountState["attributes"], money: Money): unknown {
  const told = attributes.get(condition.attribute);
  if (told === undefined || !isOfAmount(condition)) return told?.value ?? null;
  const amount = amountIn(told.value);
  if (amount === null || money.rates.version === 0) return amount;
  const currency = toCurrency(attributes.get("currency")?.value) ?? money.currency;
  if (currency === money.currency) return amount;
  const day = dayWithRates(money.rates, [currency, money.currency], dayOf(told.asOf));
  if (day === null) return null;
  const converted = convertExactly([{ amount, currency }], money, day);
  return converted.ok ? converted.value : null;
}

/** An attribute that is not known meets `unknown` and `is_not` alone. */
function isMet(condition: Condition, value: unknown): boolean {
  switch (condition.op) {
    case "is":
      return isOneOf(value, condition.values);
    case "is_not":
      return !isOneOf(value, condition.values);
    case "at_least":
      return (numberIn(value) ?? Number.NaN) >= condition.value;
    case "less_than":
      return (numberIn(value) ?? Number.NaN) < condition.value;
    case "known":
      return value !== null;
    case "unknown":
      return value === null;
  }
}

function isOneOf(value: unknown, wanted: readonly (string | number | boolean)[]): boolean {
  const given = (Array.isArray(value) ? value : [value]).map(comparable);
  return wanted.some((one) => given.includes(comparable(one)));
}

/** Tables bring numbers as text: `10` and `"10"` are the same. */
const comparable = (value: unknown): string | null =>
  typeof value === "string" ? value.trim().toLowerCase() : typeof value === "number" || typeof value === "boolean" ? String(value) : null;
