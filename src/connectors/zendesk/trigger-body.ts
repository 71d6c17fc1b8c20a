import { eventTypeOf } from "../../domain/event-types.ts";
import { type JsonObject, idText } from "../kit/json.ts";
import { type TicketFacts, instant, priorityWord, shortText, statusWord, withoutUndefined } from "./ticket-event.ts";

export type TriggerFacts = TicketFacts & {
  readonly organizationId?: string | undefined;
  readonly requesterId?: string | undefined;
  readonly requesterEmail?: string | undefined;
};

/**
 * Reads the body of a trigger or automation, which the customer wrote by hand with placeholders.
 *
 * Names are compared without case, dashes and underscores (`ticketID`, `ticket_id`). Values are text and may be localised:
 * a status or priority that is none of the vendor's words is left out rather than guessed. `event` (else `type`) may name a type of the
 * catalogue; free text that speaks of a comment is one; everything else is `ticket.updated`.
 */
export function readTriggerBody(body: JsonObject): TriggerFacts {
  const field = fieldsByPlainName(body);
  const score = shortText(field("score", "rating", "satisfaction"))?.toLowerCase();
  return {
    type: triggerType(field("event", "type")),
    data: withoutUndefined({
      ticketId: idText(field("ticketid", "id")) ?? undefined,
      status: statusWord(field("status", "ticketstatus")),
      priority: priorityWord(field("priority", "ticketpriority")),
      subject: shortText(field("subject", "title")),
      createdAt: instant(field("createdat")),
      updatedAt: instant(field("updatedat")),
      groupId: idText(field("groupid")) ?? undefined,
      assigneeId: idText(field("assigneeid")) ?? undefined,
      commentId: idText(field("commentid", "latestcommentid")) ?? undefined,
      public: flag(field("public", "ispublic", "commentpublic", "latestcommentispublic")),
      score: score === "good" || score === "bad" ? score : undefined,
    }),
    organizationId: idText(field("organizationid", "orgid")) ?? undefined,
    requesterId: idText(field("requesterid")) ?? undefined,
    requesterEmail: shortText(field("requesteremail")),
  };
}

/** Placeholders give text: `{{ticket.latest_comment.is_public}}` becomes `true` or `false`. */
function flag(value: unknown): boolean | undefined {
  if (typeof value === "boolean") return value;
  const word = typeof value === "string" ? value.trim().toLowerCase() : "";
  return word === "true" ? true : word === "false" ? false : undefined;
}

function triggerType(value: unknown): string {
  const text = typeof value === "string" ? value.trim().toLowerCase() : "";
  if (text.startsWith("ticket.") && eventTypeOf(text) !== undefined) return text;
  return text.includes("comment") ? "ticket.commented" : "ticket.updated";
}

function fieldsByPlainName(body: JsonObject): (...names: string[]) => unknown {
  const plain = new Map(Object.entries(body).map(([name, value]) => [name.toLowerCase().replaceAll(/[-_. ]/g, ""), value]));
  return (...names) => names.map((name) => plain.get(name)).find((value) => value !== undefined && value !== null && value !== "");
}
