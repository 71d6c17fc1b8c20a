import type { TimelineItem } from "../../api-types.ts";
import { countText, plural } from "../../format.ts";
import { personsText, vendorText, wordFor } from "../../words.ts";
import { amountIn, dayIn, fieldText, labelText, textIn } from "./event-fields.ts";

/** A type of event as a title: `invoice.paid` → `Invoice paid`. */
export const eventTitle = (type: string): string => vendorText(type.replaceAll(".", " "));

const leftMax = 3;

/** Names of people in one system alone (`zendesk:8400…`) say nothing to a reader. */
const whoText = ({ userId, userName }: TimelineItem): string | null =>
  userName ?? (userId === null ? null : /^\w+:\d+$/.test(userId) ? "Somebody" : userId);

const joined = (parts: readonly (string | null)[], separator = ", "): string =>
  parts.filter((part) => part !== null && part !== "").join(separator);
const quoted = (text: string | null): string | null => (text === null ? null : `“${text}”`);
const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

/** What an event is about, and how it goes on: "Ticket “Export stops”" and "solved". */
type Said = (data: TimelineItem["data"], who: string | null, item: TimelineItem) => string;

const somebody = (who: string | null): string => who ?? "Somebody";
const about = (noun: string, name: string, id: string, data: TimelineItem["data"]): string =>
  `${noun} ${quoted(textIn(data, name)) ?? textIn(data, id) ?? ""}`.trim();
const ticket = (data: TimelineItem["data"]): string => about("Ticket", "subject", "ticketId", data);
const conversation = (data: TimelineItem["data"]): string => about("Conversation", "subject", "conversationId", data);
const invoice = (data: TimelineItem["data"]): string =>
  joined(["Invoice", amountIn(data) === null ? textIn(data, "invoiceId") : `of ${amountIn(data)}`], " ");
const payment = (data: TimelineItem["data"]): string => joined(["Payment", amountIn(data) === null ? null : `of ${amountIn(data)}`], " ");
const deal = (data: TimelineItem["data"]): string =>
  data["renewal"] === true ? joined(["Renewal", quoted(textIn(data, "name"))], " ") : about("Deal", "name", "opportunityId", data);
const closes = (data: TimelineItem["data"]): string | null =>
  dayIn(data, "closeDate") === null ? null : `closes ${dayIn(data, "closeDate")}`;
const due = (data: TimelineItem["data"]): string | null => (dayIn(data, "due") === null ? null : `due ${dayIn(data, "due")}`);
const colon = (head: string, parts: readonly (string | null)[]): string => (joined(parts) === "" ? head : `${head}: ${joined(parts)}`);

function subscription(data: TimelineItem["data"]): string {
  const every = textIn(data, "interval");
  const price = amountIn(data) === null ? null : joined([amountIn(data), every === null ? null : `a ${every}`], " ");
  return colon(joined(["Subscription", quoted(textIn(data, "plan"))], " "), [
    textIn(data, "status"),
    price,
    dayIn(data, "endsAt") === null ? null : `ends ${dayIn(data, "endsAt")}`,
  ]);
}

/** Who wrote it, where the author bears a name or is one of us. */
function authorText(data: TimelineItem["data"], who: string | null): string {
  const author = data["author"];
  const { name, isStaff } = (typeof author === "object" && author !== null ? author : {}) as { name?: unknown; isStaff?: unknown };
  if (typeof name === "string" && name !== "") return name;
  return isStaff === true || author === "agent" ? "Our side" : somebody(who);
}

function identified(data: TimelineItem["data"], who: string | null): string {
  const name = textIn(data, "name") ?? who ?? textIn(data, "email") ?? "somebody";
  if (data["status"] === "left") return `${name} has left`;
  return colon(`What is known of ${name}`, [textIn(data, "role"), textIn(data, "title")]);
}

function accountUpdated(data: TimelineItem["data"]): string {
  const attributes = data["attributes"];
  const told = Object.keys(typeof attributes === "object" && attributes !== null ? attributes : data);
  const names = told.slice(0, leftMax).map((key) => lower(labelText(key)));
  return colon("Details of the account came", [...names, told.length > leftMax ? `and ${countText(told.length - leftMax)} more` : null]);
}

/** How long a session was, and how much happened in it. */
function sessionText({ seconds, events }: TimelineItem["data"], who: string | null): string {
  const length = typeof seconds === "number" && seconds >= 60 ? `for ${countText(Math.round(seconds / 60))} min` : "for less than a minute";
  return `${somebody(who)} worked in the product ${length}${typeof events === "number" ? `, ${plural(events, "event")}` : ""}`;
}

const sentences: Readonly<Record<string, Said>> = {
  "feature.used": (data, who) =>
    `${somebody(who)} used ${textIn(data, "feature") ?? textIn(data, "name") ?? textIn(data, "event") ?? "a feature"}`,
  "page.viewed": (data, who) => `${somebody(who)} looked at ${textIn(data, "title") ?? textIn(data, "page") ?? "a page"}`,
  "session.started": (_data, who) => `${somebody(who)} opened the product`,
  "session.closed": sessionText,
  "user.signed_in": (_data, who) => `${somebody(who)} signed in`,
  "user.identified": identified,
  "account.updated": accountUpdated,
  "experiment.exposed": (data, who) =>
    `${somebody(who)} was shown ${quoted(textIn(data, "variant")) ?? "a variant"} of ${quoted(textIn(data, "experiment")) ?? "an experiment"}`,
  "ticket.created": (data) => joined([`${ticket(data)} was opened`, textIn(data, "priority")]),
  "ticket.updated": (data) => colon(ticket(data), [textIn(data, "status"), textIn(data, "priority")]),
  "ticket.solved": (data) => `${ticket(data)} was solved`,
  "ticket.reopened": (data) => `${ticket(data)} is open again`,
  "ticket.commented": (data, who) =>
    `${authorText(data, who)} ${data["public"] === false ? "left a note" : "wrote"} in ${lower(ticket(data))}`,
  "ticket.rated": (data) =>
    textIn(data, "score") === null ? `${ticket(data)} is to be rated` : `${ticket(data)} was rated ${textIn(data, "score")}`,
  "conversation.created": (data) => `${conversation(data)} was opened`,
  "conversation.updated": (data) => colon(conversation(data), [textIn(data, "status")]),
  "conversation.replied": (data, who) => `${authorText(data, who)} wrote in ${lower(conversation(data))}`,
  "conversation.closed": (data) => `${conversation(data)} was closed`,
  "conversation.rated": (data) => `${conversation(data)} was rated ${textIn(data, "rating") ?? ""}`.trim(),
  "message.sent": (_data, who) => `We wrote to ${who ?? "the customer"}`,
  "message.replied": (_data, who) => `${who ?? "The customer"} answered`,
  "meeting.held": (_data, who) => `Meeting with ${who ?? "the customer"}`,
  "meeting.missed": (_data, who) => `A meeting with ${who ?? "the customer"} did not take place`,
  "news.published": (data) =>
    colon(
      joined([textIn(data, "sentiment"), "news"], " ").replace(/^./, (letter) => letter.toUpperCase()),
      [textIn(data, "headline")],
    ),
  "review.posted": (data) =>
    joined(
      [
        "A review",
        textIn(data, "site") === null ? null : `on ${textIn(data, "site")}`,
        textIn(data, "rating") === null ? null : `gives ${textIn(data, "rating")} of 5`,
      ],
      " ",
    ),
  "competitor.mentioned": (data) => `Was heard or seen with ${textIn(data, "competitor") ?? "a competitor"}`,
  "survey.answered": (data, who) =>
    `${somebody(who)} answered ${(textIn(data, "kind") ?? "a survey").toUpperCase()} with ${textIn(data, "score") ?? "no score"}`,
  "goal.updated": (data) => colon(about("Goal", "title", "goalId", data), [textIn(data, "status"), due(data)]),
  "opportunity.created": (data) => colon(`${deal(data)} was opened`, [amountIn(data), closes(data)]),
  "opportunity.updated": (data) => colon(deal(data), [textIn(data, "stage") ?? textIn(data, "status"), amountIn(data), closes(data)]),
  "opportunity.won": (data) => colon(`${deal(data)} was won`, [amountIn(data)]),
  "opportunity.lost": (data) => colon(`${deal(data)} was lost`, [amountIn(data)]),
  "subscription.created": subscription,
  "subscription.updated": subscription,
  "subscription.canceled": (data) => `${subscription(data)}; canceled`,
  "invoice.created": (data) => joined([invoice(data), due(data)]),
  "invoice.updated": (data) => joined([`${invoice(data)} changed`, textIn(data, "status"), due(data)]),
  "invoice.paid": (data) => `${invoice(data)} was paid`,
  "invoice.overdue": (data) => joined([`${invoice(data)} is overdue`, due(data)]),
  "invoice.voided": (data) => `${invoice(data)} was withdrawn`,
  "payment.succeeded": (data) => `${payment(data)} arrived`,
  "payment.failed": (data) => `${payment(data)} failed`,
  "payment.refunded": (data) => `${payment(data)} was given back`,
};

/** A type that the catalogue does not know: its title, and the first plain fields with their names. */
const otherText: Said = (data, who, { type }) => {
  const fields = Object.entries(data).flatMap(([key, value]) => {
    const text = fieldText(key, value);
    return text === null || typeof value === "object" ? [] : [`${lower(labelText(key))} ${text}`];
  });
  return colon(joined([eventTitle(type), who === null ? null : `by ${who}`], " "), fields.slice(0, leftMax));
};

/** What happened, as a sentence. Vendor text is text: Preact escapes it, nothing here makes HTML. */
export function eventSentence(item: TimelineItem): string {
  const said = item.outcome === "derived" ? null : personsText(item.data);
  return said ?? (wordFor(sentences, item.type) ?? otherText)(item.data, whoText(item), item);
}
