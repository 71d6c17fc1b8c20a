import { z } from "zod";
import { calendarBlocksPerDayMax, calendarHolidaysMax } from "../limits.ts";

/**
 * A business calendar: when the clock of an agreed time runs. It is data and travels as a versioned JSON document (config/calendars/*.json).
 * What a schema cannot see (overlaps, zones, an empty week) is checked by `checkCalendar` (src/domain/calendar).
 */

const timeOfDay = /^(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/;
const TimeOfDay = z.string().regex(timeOfDay, "must be a time of day, HH:MM, up to 24:00");

/** Local time of day, half-open. Work past midnight is two blocks: one to 24:00, one from 00:00 of the next day. */
const BlockSchema = z.strictObject({ from: TimeOfDay, to: TimeOfDay });
const BlocksSchema = z.array(BlockSchema).max(calendarBlocksPerDayMax);

/** In the place of a zone: each account's own. */
export const accountZone = "account";

export const weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;

export const CalendarSchema = z.strictObject({
  /** Names this very content: a changed document has another version. */
  version: z.string().regex(/^[a-z0-9][a-z0-9._@-]{0,99}$/),
  title: z.string().min(1).max(120),
  /** IANA name, the platform's own database of zones knows its rules; or `account`: that of the account (attribute `timeZone`). */
  timeZone: z.string().min(1).max(64),
  /** A weekday that is left out is closed. */
  week: z.strictObject({
    monday: BlocksSchema.default([]),
    tuesday: BlocksSchema.default([]),
    wednesday: BlocksSchema.default([]),
    thursday: BlocksSchema.default([]),
    friday: BlocksSchema.default([]),
    saturday: BlocksSchema.default([]),
    sunday: BlocksSchema.default([]),
  }),
  /** Local dates that are closed, whatever their weekday. */
  holidays: z
    .array(z.strictObject({ date: z.iso.date(), title: z.string().max(120).optional() }))
    .max(calendarHolidaysMax)
    .default([]),
});

/** A calendar as a person writes it: its version is given when it is published. */
export const CalendarDocumentSchema = CalendarSchema.omit({ version: true });

/** `zoneElse`: of accounts without a zone of their own, where the calendar takes that. */
export type Calendar = z.infer<typeof CalendarSchema> & { readonly zoneElse?: string };
export type CalendarBlock = z.infer<typeof BlockSchema>;

/** Minutes since local midnight of a time that the schema has accepted. */
export const minuteOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
