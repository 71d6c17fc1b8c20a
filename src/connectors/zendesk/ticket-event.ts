import { type JsonObject, fieldAt, idText, isObject } from "../kit/json.ts";
import { parseInstant } from "../../domain/instant.ts";
import { ticketPriorities, ticketStatuses } from "../../domain/event-types.ts";

/** What a webhook says about a ticket, in the words of the catalogue. */
export type TicketFacts = { readonly type: string; readonly data: Record<string, unknown> };

const PREFIX = "zen:event-type:ticket.";

/**
 * Vendor's ticket types that we read: all of "Ticket events" (developer.zendesk.com, read 2026-11-23). What is not here is dropped.
 * `ticket.updated`, `ticket.assignee_changed` and `ticket.tag_added` are seen in community lists but do not exist.
 */
const CHANGES: ReadonlySet<string> = new Set(
  (
    "agent_assignment_changed attachment_linked_to_comment attachment_redacted_from_comment brand_changed comment_made_private comment_redacted " +
    "custom_field_changed custom_status_changed description_changed email_ccs_changed external_id_changed followers_changed form_changed " +
    "group_assignment_changed merged next_sla_breach_changed organization_changed priority_changed problem_link_changed requester_changed " +
    "subject_changed submitter_changed tags_changed task_due_at_changed type_changed undeleted"
  ).split(" "),
);
/** They end a ticket, whatever status its summary still shows. */
const REMOVALS: ReadonlySet<string> = new Set(["soft_deleted", "permanently_deleted", "marked_as_spam"]);

export const zendeskTicketTypes: readonly string[] = ["created", "status_changed", "comment_added", ...CHANGES, ...REMOVALS].map(
  (name) => PREFIX + name,
);

/** Reads an event-subscribed webhook; null when its type is none of ours. `detail` has UPPER CASE words and ids as text. */
export function readTicketEvent(body: JsonObject): TicketFacts | null {
  const vendorType = body["type"];
  if (typeof vendorType !== "string" || !vendorType.startsWith(PREFIX)) return null;
  const name = vendorType.slice(PREFIX.length);
  const detail = isObject(body["detail"]) ? body["detail"] : {};
  const facts = ticketData(detail);
  // The change itself is surer than the summary, which may have been taken after a later change.
  if (name === "status_changed") facts["status"] = statusWord(fieldAt(body, "event.current")) ?? facts["status"];
  if (name === "priority_changed") facts["priority"] = priorityWord(fieldAt(body, "event.current")) ?? facts["priority"];
  const data = withoutUndefined(facts);
  if (name === "created") return { type: "ticket.created", data };
  if (name === "status_changed") return { type: statusChangeType(data["status"], statusWord(fieldAt(body, "event.previous"))), data };
  if (name === "comment_added") return { type: "ticket.commented", data: { ...data, ...commentData(body) } };
  if (REMOVALS.has(name)) return { type: "ticket.updated", data: { ...data, status: "deleted", change: name } };
  return CHANGES.has(name) ? { type: "ticket.updated", data: { ...data, change: name } } : null;
}

function statusChangeType(current: unknown, previous: string | undefined): string {
  if (current === "solved") return "ticket.solved";
  const wasDone = previous === "solved" || previous === "closed";
  const isOpen = current === "new" || current === "open" || current === "pending" || current === "hold";
  return wasDone && isOpen ? "ticket.reopened" : "ticket.updated";
}

function ticketData(detail: JsonObject): Record<string, unknown> {
  return {
    ticketId: idText(detail["id"]) ?? undefined,
    status: statusWord(detail["status"]),
    priority: detail["priority"] === null ? null : priorityWord(detail["priority"]),
    subject: shortText(detail["subject"]),
    createdAt: instant(detail["created_at"]),
    updatedAt: instant(detail["updated_at"]),
    kind: lower(detail["type"]),
    groupId: idText(detail["group_id"]) ?? undefined,
    assigneeId: idText(detail["assignee_id"]) ?? undefined,
    channel: shortText(fieldAt(detail, "via.channel")),
    tags: Array.isArray(detail["tags"]) ? detail["tags"].filter((tag) => typeof tag === "string").slice(0, TAGS_MAX) : undefined,
  };
}

const TAGS_MAX = 50;
const TEXT_CHARS_MAX = 500;

function commentData(body: JsonObject): Record<string, unknown> {
  const comment = fieldAt(body, "event.comment");
  if (!isObject(comment)) return {};
  const author = comment["author"];
  return withoutUndefined({
    commentId: idText(comment["id"]) ?? undefined,
    public: typeof comment["is_public"] === "boolean" ? comment["is_public"] : undefined,
    author: isObject(author)
      ? withoutUndefined({ id: idText(author["id"]) ?? undefined, isStaff: author["is_staff"] === true, name: shortText(author["name"]) })
      : undefined,
  });
}

/** ARCHIVED and SCRUBBED are what becomes of closed tickets and change nothing about them. */
export function statusWord(value: unknown): string | undefined {
  const word = lower(value);
  if (word === "archived" || word === "scrubbed") return "closed";
  return (ticketStatuses as readonly string[]).includes(word ?? "") ? word : undefined;
}

export function priorityWord(value: unknown): string | undefined {
  const word = lower(value);
  return (ticketPriorities as readonly string[]).includes(word ?? "") ? word : undefined;
}

const lower = (value: unknown): string | undefined => (typeof value === "string" ? value.trim().toLowerCase() : undefined);
export const shortText = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value.slice(0, TEXT_CHARS_MAX) : undefined;
export const instant = (value: unknown): number | undefined => (typeof value === "string" ? (parseInstant(value) ?? undefined) : undefined);

/** Absent is absent, not a field that says nothing. */
export const withoutUndefined = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
