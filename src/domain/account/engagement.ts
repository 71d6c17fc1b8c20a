import type { Event } from "../event.ts";
import { DAY_MS, dayOf } from "../time.ts";
import { engagementKept } from "./buckets.ts";
import { dirtyScores, type FoldedAccount } from "./folded.ts";
import { isFromCustomer, peopleOf } from "./people.ts";
import { foldContactDay } from "./contact-records.ts";
import type { EngagementDay } from "./state.ts";

const counters: ReadonlyMap<string, keyof EngagementDay> = new Map([
  ["message.sent", "sent"],
  ["message.replied", "replied"],
  ["meeting.held", "held"],
  ["meeting.missed", "missed"],
  ["conversation.created", "spoke"],
  ["conversation.replied", "spoke"],
]);

/** Counters that are a sign of life of the customer, not only of ours. */
const isTwoWay = (counter: keyof EngagementDay): boolean => counter !== "sent" && counter !== "missed";

/** Takes in messages, meetings and what customers say in conversations, by the day on which they happened (`at` where told). */
export function foldEngagement(state: FoldedAccount, event: Event): void {
  const counter = counters.get(event.type);
  if (counter === undefined || (counter === "spoke" && !isFromCustomer(event))) return;
  const told = event.data["at"];
  const at = typeof told === "number" && told >= 0 && told <= event.occurredAt + DAY_MS ? told : event.occurredAt;
  if (isTwoWay(counter)) for (const person of peopleOf(event)) foldContactDay(state, person, at);
  const day = dayOf(at);
  if (day < engagementKept(state.today)) return;
  let known = state.engagement.get(day);
  if (known === undefined) state.engagement.set(day, (known = { sent: 0, replied: 0, held: 0, missed: 0, spoke: 0 }));
  known[counter]++;
  dirtyScores(state, day);
}
