import { z } from "zod";
import { businessMsBetween } from "../../calendar/business-clock.ts";
import { HOUR_MS } from "../../time.ts";
import { positiveAttribute } from "../attributes.ts";
import { supportMeasure } from "../measure.ts";

const activeUsersDays = 28;

/**
 * Σ over open tickets of priority weight · (age ÷ SLA), per 100 seats. A ticket without a priority weighs as a normal one.
 *
 * age ÷ SLA is kept in `slaMultipleMin`..`slaMultipleMax`: an open urgent ticket is known to be bad before it is late, and one
 * forgotten ticket must not hide all others. Both run in the hours of the calendar that applies.
 * Seats not known: the people active in 28 days stand for them, else `seatsAssumed`; never fewer than `seatsMin`, so that one
 * ticket of a tiny customer is no disaster. SLA not known: `slaHoursAssumed`. The note tells what was assumed.
 */
export const weightedBacklog = supportMeasure({
  key: "weighted_backlog",
  unit: "weighted tickets per 100 seats",
  attributes: ["seats", "slaHours", "calendar", "timeZone"],
  settings: z.strictObject({
    priorityWeights: z.strictObject({
      low: z.number().min(0),
      normal: z.number().min(0),
      high: z.number().min(0),
      urgent: z.number().min(0),
    }),
    slaHoursAssumed: z.number().positive(),
    slaMultipleMin: z.number().min(0),
    slaMultipleMax: z.number().positive(),
    seatsMin: z.number().positive(),
    seatsAssumed: z.number().positive(),
  }),
  measure: ({ state, support, hours, activeUsers }, settings) => {
    const slaHours = positiveAttribute(state, "slaHours");
    const seats = positiveAttribute(state, "seats");
    const active = seats === null ? activeUsers(activeUsersDays) : 0;
    const per = Math.max(settings.seatsMin, seats ?? (active > 0 ? active : settings.seatsAssumed));
    const slaMs = (slaHours ?? settings.slaHoursAssumed) * HOUR_MS;
    const load = support.open.reduce((sum, { since, at, priority }) => {
      const age = businessMsBetween(since, at, hours.calendar);
      const multiple = Math.min(settings.slaMultipleMax, Math.max(settings.slaMultipleMin, age / slaMs));
      return sum + settings.priorityWeights[priority ?? "normal"] * multiple;
    }, 0);
    const assumed = [
      ...(seats === null ? [`${active > 0 ? "the people active in 28 days" : `${settings.seatsAssumed} people`} stand for the seats`] : []),
      ...(slaHours === null ? [`an SLA of ${settings.slaHoursAssumed} hours is assumed`] : []),
    ];
    return { value: (load * 100) / per, asOf: support.newestAt, note: `${hours.words}${assumed.map((text) => `; ${text}`).join("")}.` };
  },
});
