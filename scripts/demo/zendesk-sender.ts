import { createHmac } from "node:crypto";
import { uuidOf } from "./company/random.ts";
import { type TicketStep, requesterOf } from "./company/tickets.ts";

export type ZendeskHook = { readonly url: string; readonly secret: string; readonly seed: number };
export type ZendeskRequest = { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly body: string };

const accountId = 22_129_848;

/**
 * The request that Zendesk makes for a change of a ticket: a ticket event (developer.zendesk.com "Ticket events", version 2022-11-06:
 * UPPER CASE words, ids as text), or, for a rating, which ticket events do not tell, the body of a trigger as a customer writes it.
 *
 * What happened bears its own time, however long ago; the signature bears the time of sending, as at the vendor.
 * Zendesk wants two webhooks for the two kinds, each with a secret of its own; here one connection takes both.
 *
 * @param sentAt epoch ms
 */
export function zendeskRequest(step: TicketStep, hook: ZendeskHook, sentAt: number): ZendeskRequest {
  const id = uuidOf(hook.seed, `ticket/${step.ticket.id}/${step.number}`);
  const body = JSON.stringify(step.kind === "rated" ? triggerBody(step) : eventBody(step, id));
  const timestamp = `${new Date(sentAt).toISOString().slice(0, 19)}Z`;
  return {
    url: hook.url,
    body,
    headers: {
      "content-type": "application/json; charset=utf-8",
      "user-agent": "Zendesk Webhook",
      "x-zendesk-account-id": String(accountId),
      "x-zendesk-webhook-id": uuidOf(hook.seed, "webhook"),
      // Named after what it tells, so that sending it again is the vendor's retry of the same invocation.
      "x-zendesk-webhook-invocation-id": id,
      "x-zendesk-webhook-signature-timestamp": timestamp,
      "x-zendesk-webhook-signature": zendeskSignature(hook.secret, timestamp, body),
    },
  };
}

/** base64(HMAC-SHA256(secret as text, timestamp + body)): the secret looks like base64 but is used as it is. */
export const zendeskSignature = (secret: string, timestamp: string, body: string): string =>
  createHmac("sha256", secret)
    .update(timestamp + body)
    .digest("base64");

const iso = (at: number): string => new Date(at).toISOString();
const wholeSecond = (at: number): string => `${iso(at).slice(0, 19)}Z`;

function eventBody(step: TicketStep, id: string): unknown {
  const { ticket, at } = step;
  const requester = requesterOf(ticket);
  return {
    account_id: accountId,
    detail: {
      actor_id: "8447388090494",
      assignee_id: step.number === 0 ? null : "8447388090494",
      brand_id: "8447346621310",
      created_at: wholeSecond(ticket.createdAt),
      custom_status: "8447320465790",
      description: ticket.subject,
      external_id: null,
      form_id: "8646151517822",
      group_id: "8447320466430",
      id: ticket.id,
      is_public: true,
      organization_id: ticket.customer.organizationId,
      priority: step.priority,
      requester_id: requester.id,
      status: step.status,
      subject: ticket.subject,
      submitter_id: requester.id,
      tags: [ticket.customer.plan],
      type: "PROBLEM",
      updated_at: wholeSecond(at),
      via: { channel: "web_service" },
    },
    event: changeOf(step),
    id,
    subject: `zen:ticket:${ticket.id}`,
    // The vendor writes nanoseconds.
    time: iso(at).replace("Z", "672717Z"),
    type: `zen:event-type:ticket.${step.kind}`,
    zendesk_event_version: "2022-11-06",
  };
}

function changeOf(step: TicketStep): unknown {
  const requester = requesterOf(step.ticket);
  switch (step.kind) {
    case "status_changed":
      return { current: step.status, previous: step.previous };
    case "priority_changed":
      return { current: step.priority, previous: step.previous };
    case "comment_added": {
      const author = step.byStaff
        ? { id: "8447388090494", is_staff: true, name: "Robin Agent" }
        : { id: requester.id, is_staff: false, name: requester.name };
      return { comment: { id: `${step.ticket.id}${step.number}`, body: step.text, is_public: true, author } };
    }
    case "created":
    case "rated":
      return {};
  }
}

/** Placeholders filled in by the help desk: everything is text, words as people see them. */
const triggerBody = (step: TicketStep & { kind: "rated" }): unknown => ({
  event: "ticket.rated",
  ticket_id: step.ticket.id,
  score: step.score === "good" ? "Good" : "Bad",
  created_at: wholeSecond(step.ticket.createdAt),
  updated_at: wholeSecond(step.at),
  organization_id: step.ticket.customer.organizationId,
  requester_id: requesterOf(step.ticket).id,
  requester_email: requesterOf(step.ticket).email,
});
