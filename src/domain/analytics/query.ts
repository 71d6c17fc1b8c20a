import { z } from "zod";
import { instant } from "../instant-schema.ts";
import {
  analysisConditionsPerStepMax,
  attributeNameCharsMax,
  conditionValueCharsMax,
  eventTypeCharsMax,
  otherIdCharsMax,
} from "../limits.ts";
import { fail, ok, type Result } from "../result.ts";
import { DAY_MS, dayOf, startOfDay } from "../time.ts";

/** What is wrong with a question; `field` is the field of the query, `path` leads further into it. */
export type QueryFault = { readonly field: string; readonly path?: string; readonly detail: string };

/** Whose accounts a question is about, and when; every query has these fields. */
export const scopeShape = {
  from: instant.optional(),
  to: instant.optional(),
  /** One account; not together with `segment`. */
  accountId: z.string().min(1).max(otherIdCharsMax).optional(),
  /** Accounts of this segment; null: of none. */
  segment: z.string().min(1).max(conditionValueCharsMax).nullable().optional(),
};

export type Range = { readonly from: number; readonly to: number };
type GivenRange = { readonly from?: number | undefined; readonly to?: number | undefined };

/**
 * Whole UTC days that hold the range asked for; without an end up to the end of today.
 *
 * @param days how many without a beginning
 * @param daysMax refused beyond
 */
export function dayRange(given: GivenRange, now: number, { days, daysMax }: { days: number; daysMax: number }): Result<Range, QueryFault> {
  const tomorrow = startOfDay(dayOf(now) + 1);
  const to = given.to === undefined ? tomorrow : Math.ceil(given.to / DAY_MS) * DAY_MS;
  const from = given.from === undefined ? to - days * DAY_MS : startOfDay(dayOf(given.from));
  return checkRange({ from, to }, daysMax);
}

function checkRange(range: Range, daysMax: number): Result<Range, QueryFault> {
  if (range.from >= range.to) return fail({ field: "from", detail: "must be before `to`" });
  if (range.to - range.from > daysMax * DAY_MS) return fail({ field: "from", detail: `at most ${daysMax} days before \`to\`` });
  return ok(range);
}

const conditionValue = z.union([z.string().max(conditionValueCharsMax), z.number(), z.boolean()]);

/** An event of a type; with `where`, only with these values in its data. `feature` is the one by which the event counts. */
export const StepSchema = z.strictObject({
  type: z
    .string()
    .regex(/^[^\s;=]+$/, "must be an event type like `feature.used`")
    .max(eventTypeCharsMax),
  where: z
    .record(z.string().min(1).max(attributeNameCharsMax), conditionValue)
    .refine((where) => Object.keys(where).length <= analysisConditionsPerStepMax, `at most ${analysisConditionsPerStepMax} conditions`)
    .optional(),
});
export type Step = z.infer<typeof StepSchema>;

/** How a step is written in a URL, and told in an answer: `feature.used;feature=Export Run`. */
export const stepText = ({ type, where }: Step): string =>
  [type, ...Object.entries(where ?? {}).map(([name, value]) => `${encodeText(name)}=${encodeText(String(value))}`)].join(";");

const encodeText = (text: string): string => text.replaceAll("%", "%25").replaceAll(";", "%3B").replaceAll("=", "%3D");

/** Null for anything that `stepText` would not have written; values are text, and are compared as text. */
export function stepOf(text: string): Step | null {
  const [type = "", ...conditions] = text.split(";");
  const where: Record<string, string> = {};
  for (const condition of conditions) {
    const [name = "", value, ...more] = condition.split("=").map(decodeText);
    if (name === null || value === undefined || value === null || more.length > 0) return null;
    Object.defineProperty(where, name, { value, enumerable: true });
  }
  return conditions.length === 0 ? { type } : { type, where };
}

function decodeText(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
