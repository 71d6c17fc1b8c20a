import { z } from "zod";
import { TimeZone } from "../domain/calendar/time-zone.ts";
import { personOf } from "../domain/account/people.ts";
import { parseInstant } from "../domain/instant.ts";
import { sessionGapMaxMs, sessionGapMinMs } from "../domain/limits.ts";
import { MINUTE_MS } from "../domain/time.ts";

const aNumber = (isFit: (value: number) => boolean, what: string) =>
  z.unknown().refine((value) => {
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    return typeof number === "number" && Number.isFinite(number) && isFit(number);
  }, what);
const positive = aNumber((value) => value > 0, "must be a number above 0");
const notNegative = aNumber((value) => value >= 0, "must be a number, 0 or above");
const sessionGap = { min: sessionGapMinMs / MINUTE_MS, max: sessionGapMaxMs / MINUTE_MS };
const gapMinutes = aNumber(
  (value) => value >= sessionGap.min && value <= sessionGap.max,
  `must be a number from ${sessionGap.min} to ${sessionGap.max}`,
);
const wholeNumber = aNumber(Number.isSafeInteger, "must be a whole number of minor units");
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const date = z
  .unknown()
  .refine(
    (value) => typeof value === "string" && parseInstant(DATE.test(value) ? `${value}T00:00:00Z` : value) !== null,
    "must be a date (2027-03-31) or an RFC 3339 time",
  );
const names = z
  .unknown()
  .refine(
    (value) => typeof value === "string" || (Array.isArray(value) && value.every((one) => typeof one === "string")),
    "must be a list of names",
  );
const text = z.unknown().refine((value) => typeof value === "string", "must be text");
const currency = z
  .unknown()
  .refine((value) => typeof value === "string" && /^[A-Za-z]{3}$/.test(value), "must be a currency's code of three letters (EUR)");
const zone = z
  .unknown()
  .refine((value) => typeof value === "string" && TimeZone.named(value.trim()) !== null, "must be an IANA time zone (Europe/Berlin)");
const people = z
  .unknown()
  .refine(
    (value) => (Array.isArray(value) ? value : [value]).every((one) => personOf(one) !== null),
    "must be an e-mail, a user id or a name, an object with `email` or `id`, or a list of these",
  );

/**
 * Attributes that measures and lists read, and the form that they must have when a person writes them: a word in the place of a number
 * would silently take a measure away. What sources send is not refused here; the measures leave out what they cannot read.
 */
const forms: ReadonlyMap<string, z.ZodType> = new Map([
  ["seats", positive],
  ["slaHours", positive],
  ["cadenceDays", positive],
  ["arr", wholeNumber],
  ["forecastArr", wholeNumber],
  ["mrr", wholeNumber],
  ["renewalDate", date],
  ["contractStart", date],
  ["coreFeatures", names],
  ["entitledFeatures", names],
  ["usualDaysToValue", positive],
  ["committed", positive],
  ["consumed", notNegative],
  ["noticeDate", date],
  ["sessionGapMinutes", gapMinutes],
  ["currency", currency],
  ["sponsor", people],
  ["champion", people],
  ["calendar", text],
  ["timeZone", zone],
  ["owner", text],
  ["segment", text],
  ["lifecycleStage", text],
  ["plan", text],
]);

/** Adds an issue for each attribute with a meaning whose value has none. Null withdraws and always fits. */
export function checkAttributeForms(attributes: Readonly<Record<string, unknown>>, context: z.RefinementCtx): void {
  for (const [name, value] of Object.entries(attributes)) {
    const form = value === null ? undefined : forms.get(name);
    const checked = form?.safeParse(value);
    if (checked?.success === false)
      context.addIssue({ code: "custom", path: [name], message: checked.error.issues[0]?.message ?? "has another form" });
  }
}
