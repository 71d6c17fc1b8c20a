import { z } from "zod";
import { dayOf, startOfDay } from "../../time.ts";
import { positiveAttribute } from "../attributes.ts";
import { engagementMeasure } from "../measure.ts";

/**
 * Whole UTC days since the customer last wrote to us or met us ÷ the agreed days between two contacts (attribute `cadenceDays`).
 * What we send is no contact: while nobody has ever answered, the days since our first message count.
 */
export const twoWayContact = engagementMeasure({
  key: "two_way_contact",
  unit: "cadences",
  attributes: ["cadenceDays"],
  settings: z.strictObject({ cadenceDaysAssumed: z.number().positive() }),
  measure: ({ state, day, clock, engagement }, { cadenceDaysAssumed }) => {
    const cadenceDays = positiveAttribute(state, "cadenceDays");
    const lastDay = engagement.lastTwoWayDay(day);
    // Of several senders one may have brought a contact that is newer than all is known.
    const days = Math.max(0, dayOf(clock.least) - (lastDay ?? engagement.firstDay));
    const notes = [
      ...(lastDay === null ? ["The customer has not answered yet"] : []),
      ...(cadenceDays === null ? [`a contact each ${cadenceDaysAssumed} days is assumed`] : []),
    ];
    return {
      value: days / (cadenceDays ?? cadenceDaysAssumed),
      asOf: startOfDay(lastDay ?? engagement.firstDay),
      ...(notes.length === 0 ? {} : { note: `${days} days. ${notes.join("; ")}.` }),
    };
  },
});
