import type { Event } from "../event.ts";
import { eventTypes } from "../event-types.ts";
import { scopesPerSourceMax } from "../limits.ts";
import { DAY_MS, dayOf } from "../time.ts";
import { engagementKept } from "./buckets.ts";
import { dirtyScores, type FoldedAccount } from "./folded.ts";
import { isFromCustomer, peopleOf } from "./people.ts";
import { foldContactDay } from "./records.ts";
import type { EngagementDay, FactSource } from "./state.ts";

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

const sourceOfFamily: ReadonlyMap<string, FactSource> = new Map([
  ["message", "engagement"],
  ["meeting", "engagement"],
  ["conversation", "engagement"],
  ["survey", "success"],
  ["goal", "success"],
  ["subscription", "revenue"],
  ["invoice", "revenue"],
  ["payment", "revenue"],
  ["opportunity", "revenue"],
]);
/** By whole type, as every event is asked for it. */
const sourceOf: ReadonlyMap<string, FactSource> = new Map(
  eventTypes.flatMap(({ type, category }) => {
    const source = category === "usage" ? category : sourceOfFamily.get(type.slice(0, type.indexOf(".")));
    return source === undefined ? [] : [[type, source] as const];
  }),
);

/** Notes which source told it, so that its silence can be told from an outage. False for what tells of no record and not of the relationship. */
export function noteTeller(state: FoldedAccount, { type, connector, connectionId }: Event): boolean {
  const source = sourceOf.get(type);
  if (source === undefined) return false;
  let scopes = state.toldBy.get(source);
  if (scopes === undefined) state.toldBy.set(source, (scopes = new Set()));
  if (scopes.size < scopesPerSourceMax) scopes.add(connector === "native" ? "native" : connectionId);
  return source !== "usage";
}
