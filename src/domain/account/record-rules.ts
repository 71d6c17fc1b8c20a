import {
  contactsPerAccountMax,
  conversationsPerAccountMax,
  goalsPerAccountMax,
  invoicesPerAccountMax,
  notesPerAccountMax,
  opportunitiesPerAccountMax,
  paymentsPerAccountMax,
  subscriptionsPerAccountMax,
  surveyAnswersPerAccountMax,
  tasksPerAccountMax,
} from "../limits.ts";
import type { RecordFields, RecordKind } from "./state.ts";

/** How events of a family become records of a kind. */
export type RecordRule = {
  readonly kind: RecordKind;
  /** Field of `data` that names the record. */
  readonly idField: string;
  /** Fields of `data` that are kept; a value that is an object or a list is not. */
  readonly fields: readonly string[];
  /** Fields that tell when it began. */
  readonly began: readonly string[];
  /** What the type says by itself, over what `data` says. */
  readonly implied: RecordFields;
  /** What the type says where `data` says nothing. */
  readonly assumed: RecordFields;
};

const money = ["amount", "currency", "status", "due"];

type Family = Pick<RecordRule, "kind" | "idField" | "fields" | "began">;
const conversation: Family = {
  kind: "conversation",
  idField: "conversationId",
  fields: ["status", "priority", "rating", "subject"],
  began: ["createdAt"],
};
const subscription: Family = {
  kind: "subscription",
  idField: "subscriptionId",
  fields: [
    "plan",
    "quantity",
    "startedAt",
    "endsAt",
    "amount",
    "currency",
    "status",
    "interval",
    "intervalCount",
    "committed",
    "consumed",
    "cancelAtPeriodEnd",
  ],
  began: ["startedAt"],
};
const invoice: Family = { kind: "invoice", idField: "invoiceId", fields: ["subscriptionId", ...money], began: ["createdAt"] };
const payment: Family = { kind: "payment", idField: "paymentId", fields: ["invoiceId", ...money], began: [] };
const opportunity: Family = {
  kind: "opportunity",
  idField: "opportunityId",
  fields: ["name", "stage", "kind", "renewal", "closeDate", ...money],
  began: ["createdAt"],
};
const goal: Family = { kind: "goal", idField: "goalId", fields: ["title", "due", "status"], began: [] };

const rule = (family: Family, implied: RecordFields = {}, assumed: RecordFields = {}): RecordRule => ({ ...family, implied, assumed });

/** By event type. `survey.answered` and `user.identified` name their record by a person and are told apart in records.ts. */
export const recordRules: ReadonlyMap<string, RecordRule> = new Map([
  ["conversation.created", rule(conversation, {}, { status: "open" })],
  ["conversation.updated", rule(conversation)],
  ["conversation.replied", rule(conversation)],
  ["conversation.closed", rule(conversation, { status: "closed" })],
  ["conversation.rated", rule(conversation)],
  ["subscription.created", rule(subscription, {}, { status: "active" })],
  ["subscription.updated", rule(subscription)],
  ["subscription.canceled", rule(subscription, { status: "canceled" })],
  ["invoice.created", rule(invoice, {}, { status: "open" })],
  ["invoice.updated", rule(invoice)],
  ["invoice.paid", rule(invoice, { status: "paid" })],
  ["invoice.overdue", rule(invoice, { status: "overdue" })],
  ["invoice.voided", rule(invoice, { status: "void" })],
  ["payment.succeeded", rule(payment, { status: "succeeded" })],
  ["payment.failed", rule(payment, { status: "failed" })],
  ["payment.refunded", rule(payment, { status: "refunded" })],
  ["opportunity.created", rule(opportunity, {}, { status: "open" })],
  ["opportunity.updated", rule(opportunity)],
  ["opportunity.won", rule(opportunity, { status: "won" })],
  ["opportunity.lost", rule(opportunity, { status: "lost" })],
  ["goal.updated", rule(goal)],
]);

export const recordsMax: Readonly<Record<RecordKind, number>> = {
  conversation: conversationsPerAccountMax,
  subscription: subscriptionsPerAccountMax,
  invoice: invoicesPerAccountMax,
  payment: paymentsPerAccountMax,
  opportunity: opportunitiesPerAccountMax,
  goal: goalsPerAccountMax,
  survey: surveyAnswersPerAccountMax,
  contact: contactsPerAccountMax,
  note: notesPerAccountMax,
  task: tasksPerAccountMax,
};
