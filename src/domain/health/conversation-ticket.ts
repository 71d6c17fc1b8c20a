import { tellersOfRecord } from "../account/record-tellers.ts";
import { type AccountRecord, type RecordFields, type TicketPriority, type TicketRecord, type TicketTransition } from "../account/state.ts";

/** A conversation as the support measures see it: a ticket that is solved when it is closed. What waits for the customer (snoozed) is open. */
export function conversationAsTicket(record: AccountRecord): TicketRecord {
  const first = record.observations[0];
  const transitions: TicketTransition[] = [];
  const begins = record.beganAt ?? first?.at ?? record.updatedAt;
  transitions.push({ at: begins, kind: "created" });
  let isClosed = false;
  let rating: TicketRecord["rating"] = null;
  for (const { at, fields } of record.observations) {
    const closes = fields["status"] === "closed";
    if (fields["status"] !== undefined && closes !== isClosed) {
      transitions.push({ at, kind: closes ? "solved" : "reopened" });
      isClosed = closes;
    }
    const score = ratingOf(fields["rating"]);
    if (score !== null) rating = { score, at };
  }
  return {
    key: record.key,
    ticketId: record.recordId,
    subject: null,
    createdAt: begins,
    observations: record.observations.map(({ at, tie, fields }) => {
      const priority = priorityOf(fields["priority"]);
      return { at, tie, ...(priority === null ? {} : { priority }) };
    }),
    transitions,
    status: isClosed ? "solved" : "open",
    priority: priorityOf(record.observations.findLast(({ fields }) => fields["priority"] !== undefined)?.fields["priority"]),
    rating,
    publicComments: 0,
    people: [],
    get tokens() {
      return tellersOfRecord(record);
    },
    updatedAt: record.updatedAt,
  };
}

type Value = RecordFields[string] | undefined;

/** 1 to 5 as messengers ask (4 and 5 are good), or a word. */
function ratingOf(value: Value): "good" | "bad" | null {
  if (value === "good" || value === "bad") return value;
  const stars = typeof value === "string" ? Number(value) : value;
  return typeof stars === "number" && stars >= 1 && stars <= 5 ? (stars >= 4 ? "good" : "bad") : null;
}

const priorities: ReadonlyMap<Value, TicketPriority> = new Map<Value, TicketPriority>([
  ["low", "low"],
  ["normal", "normal"],
  ["not_priority", "normal"],
  ["high", "high"],
  ["priority", "high"],
  [true, "high"],
  ["urgent", "urgent"],
]);
const priorityOf = (value: Value): TicketPriority | null => priorities.get(value) ?? null;
