import type { AccountState } from "../account/state.ts";
import { TimeZone } from "../calendar/time-zone.ts";
import { accountZone, type Calendar } from "../config/calendar.ts";
import { zonesCachedMax } from "../limits.ts";
import { always } from "../config/calendars.ts";
import type { Scorecard } from "../config/scorecard.ts";
import { textAttribute } from "./attributes.ts";

/** The calendar in which the times of support run, and how a note calls its hours. */
export type SupportHours = { readonly calendar: Calendar; readonly words: string };

/**
 * The account's calendar, else the scorecard's, else the wall clock's. One that is not known is told and passed over. A calendar of the zone
 * `account` runs in the account's attribute `timeZone`, and where that is no zone in the company's.
 */
export function supportHours(state: AccountState, scorecard: Scorecard, calendars: ReadonlyMap<string, Calendar>): SupportHours {
  const ofAccount = textAttribute(state, "calendar");
  const key = ofAccount !== null && calendars.has(ofAccount) ? ofAccount : scorecard.calendar;
  const calendar = (key === undefined ? undefined : calendars.get(key)) ?? always;
  if (calendar.timeZone === accountZone) return inZoneOf(state, calendar);
  const words = calendar === always ? "Wall-clock hours" : `Business hours of “${calendar.title}”`;
  const unknown = ofAccount !== null && !calendars.has(ofAccount) ? ofAccount : key !== undefined && !calendars.has(key) ? key : null;
  return { calendar, words: unknown === null ? words : `${words}, as no calendar \`${unknown}\` is known` };
}

function inZoneOf(state: AccountState, calendar: Calendar): SupportHours {
  const own = textAttribute(state, "timeZone");
  // Settings of older code may hold an offset, which is no zone.
  const zone = [own, calendar.zoneElse].find((name) => name != null && TimeZone.named(name) !== null) ?? "UTC";
  return { calendar: inZone(calendar, zone), words: `Business hours of “${calendar.title}” in ${zone}` };
}

/** Made once for each zone: business clocks are remembered by the calendar's identity. */
const zoned = new WeakMap<Calendar, Map<string, Calendar>>();

function inZone(calendar: Calendar, timeZone: string): Calendar {
  let known = zoned.get(calendar);
  if (known === undefined || known.size >= zonesCachedMax) zoned.set(calendar, (known = new Map()));
  let made = known.get(timeZone);
  if (made === undefined) known.set(timeZone, (made = { ...calendar, timeZone }));
  return made;
}
