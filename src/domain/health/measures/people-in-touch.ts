import { z } from "zod";
import { keyRoles } from "../../account/people.ts";
import { dayOf, startOfDay } from "../../time.ts";
import { hasRole, wasInTouch } from "../contacts.ts";
import { engagementMeasure, wholeDays } from "../measure.ts";

/**
 * People of the customer who wrote to us or met us in the window, and are still there. For each key role (sponsor, champion) that is known to
 * be filled, but by nobody of these, `keyRolePenalty` of a person is taken off (never below 0).
 */
export const peopleInTouch = engagementMeasure({
  key: "people_in_touch",
  unit: "people",
  events: ["message.", "meeting.", "conversation.", "user.identified"],
  attributes: ["sponsor", "champion"],
  settings: z.strictObject({ windowDays: z.number().int().positive().max(120), keyRolePenalty: z.number().min(0).max(5) }),
  window: wholeDays,
  measure: ({ at, day, clock, engagement }, { windowDays, keyRolePenalty }) => {
    const contacts = engagement.contacts();
    const inTouch = contacts.filter(
      (contact) => wasInTouch(contact, dayOf(clock.least) - windowDays, day) && contact.leftSince(at) === null,
    );
    const silent = keyRoles.filter(
      (role) => contacts.some((contact) => hasRole(contact, [role], at)) && !inTouch.some((contact) => hasRole(contact, [role], at)),
    );
    const newest = engagement.newestDay(day);
    return {
      value: Math.max(0, inTouch.length - keyRolePenalty * silent.length),
      asOf: newest === null ? null : startOfDay(newest),
      note: `${inTouch.length} people in ${windowDays} days${silent.map((role) => `, not the ${role}`).join("")}.`,
    };
  },
});
