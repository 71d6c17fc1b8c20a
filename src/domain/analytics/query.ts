import { z } from "zod";
import { hasMeaning } from "../event-types.ts";
import type { Event } from "../event.ts";
import { featureOf } from "../account/fold.ts";
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

/** The same to the millisecond, up to now. */
export function instantRange(
  given: GivenRange,
  now: number,
  { days, daysMax }: { days: number; daysMax: number },
): Result<Range, QueryFault> {
  const to = given.to ?? now;
  return checkRange({ from: given.from ?? to - days * DAY_MS, to }, daysMax);
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

/** Whether an event is this step. Values are compared as text, so that `10` and `"10"` are the same. */
export function stepMatcher({ type, where }: Step): (event: Pick<Event, "type" | "data">) => boolean {
  const conditions = Object.entries(where ?? {}).map(([name, value]) => [name, String(value)] as const);
  return (event) => event.type === type && conditions.every(([name, value]) => textIn(event, name) === value);
}

function textIn({ type, data }: Pick<Event, "type" | "data">, name: string): string | null {
  const value = name === "feature" && type === "feature.used" ? featureOf(data) : data[name];
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : null;
}

/** What steps of a path are about, by type: the field that says it. */
const subjects: ReadonlyMap<string, string> = new Map([
  ["feature.used", "feature"],
  ["page.viewed", "page"],
]);

/** The feature or page that an event is about, as a step of a path; null: its type is all. */
export function subjectOf(event: Pick<Event, "type" | "data">): string | null {
  const field = subjects.get(event.type);
  return field === undefined || !hasMeaning(event.type, event.data) ? null : textIn(event, field);
}

/** How such a step is written. */
export const stepAbout = (type: string, subject: string | null): string =>
  stepText(subject === null ? { type } : { type, where: { [subjects.get(type) ?? "feature"]: subject } });

/**
 * A look at the text of events, one line or many, that is cheaper than reading them: false means that none of these steps is among them.
 * Event lines are our own writing, so a type, and a value of a condition, stands there exactly as JSON writes it; a text may hold them
 * elsewhere, and is then read to find out.
 */
export function stepsInText(steps: readonly Step[]): (text: string) => boolean {
  const wanted = steps.map(({ type, where }) => [
    JSON.stringify(type),
    // Without quotes: numbers have none, and are compared as text.
    ...Object.values(where ?? {}).map((value) => JSON.stringify(String(value)).slice(1, -1)),
  ]);
  const anyOf = [...new Map(wanted.map((parts) => [parts.join("\n"), parts])).values()];
  return (text) => anyOf.some((parts) => parts.every((part) => text.includes(part)));
}
