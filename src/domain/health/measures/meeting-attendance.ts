import { z } from "zod";
import { dayOf, startOfDay } from "../../time.ts";
import { engagementMeasure, missing, wholeDays } from "../measure.ts";

/** Meetings held ÷ meetings booked in the window. */
export const meetingAttendance = engagementMeasure({
  key: "meeting_attendance",
  unit: "ratio",
  events: ["meeting."],
  settings: z.strictObject({ windowDays: z.number().int().positive().max(366) }),
  window: wholeDays,
  measure: ({ day, clock, engagement }, { windowDays }) => {
    const { held, missed } = engagement.sums(dayOf(clock.least) - windowDays, day);
    if (held + missed === 0) return missing(`No meeting was booked in ${windowDays} days.`);
    return {
      value: held / (held + missed),
      asOf: startOfDay(engagement.newestDay(day) ?? day),
      note: `${held} of ${held + missed} meetings took place.`,
    };
  },
});
