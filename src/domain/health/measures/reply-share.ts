import { z } from "zod";
import { dayOf, startOfDay } from "../../time.ts";
import { engagementMeasure, missing, wholeDays } from "../measure.ts";

/** Answers ÷ our messages in the window. May pass 1: a customer who writes by himself is a fact worth showing. */
export const replyShare = engagementMeasure({
  key: "reply_share",
  unit: "ratio",
  events: ["message."],
  settings: z.strictObject({ windowDays: z.number().int().positive().max(366) }),
  window: wholeDays,
  measure: ({ day, clock, engagement }, { windowDays }) => {
    const { sent, replied } = engagement.sums(dayOf(clock.least) - windowDays, day);
    if (sent === 0) return missing(`We sent no message in ${windowDays} days.`);
    return { value: replied / sent, asOf: startOfDay(engagement.newestDay(day) ?? day), note: `${replied} answers to ${sent} messages.` };
  },
});
