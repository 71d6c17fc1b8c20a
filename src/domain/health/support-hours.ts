import type { AccountState } from "../account/state.ts";
import type { Calendar } from "../config/calendar.ts";
import { always } from "../config/calendars.ts";
import type { Scorecard } from "../config/scorecard.ts";
import { textAttribute } from "./attributes.ts";

/** The calendar in which the times of support run, and how a note calls its hours. */
export type SupportHours = { readonly calendar: Calendar; readonly words: string };

/** The account's calendar, else the scorecard's, else the wall clock's. One that is not known is told and passed over. */
export function supportHours(state: AccountState, scorecard: Scorecard, calendars: ReadonlyMap<string, Calendar>): SupportHours {
  const ofAccount = textAttribute(state, "calendar");
  const key = ofAccount !== null && calendars.has(ofAccount) ? ofAccount : scorecard.calendar;
  const calendar = (key === undefined ? undefined : calendars.get(key)) ?? always;
  const words = calendar === always ? "Wall-clock hours" : `Business hours of “${calendar.title}”`;
  const unknown = ofAccount !== null && !calendars.has(ofAccount) ? ofAccount : key !== undefined && !calendars.has(key) ? key : null;
  return { calendar, words: unknown === null ? words : `${words}, as no calendar \`${unknown}\` is known` };
}
