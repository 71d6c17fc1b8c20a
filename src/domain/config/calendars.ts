import document from "../../../config/calendars/always.json" with { type: "json" };
import { type Calendar, CalendarSchema } from "./calendar.ts";

/** Every ms of every day; used where nobody names another. */
export const always: Calendar = CalendarSchema.parse(document);

/** The calendars that ship, by the key under which accounts and scorecards name them. */
export const bundledCalendars: ReadonlyMap<string, Calendar> = new Map([["always", always]]);
