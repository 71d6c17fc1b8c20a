import type { Contact, Conversation, Invoice, Opportunity, Subscription } from "../../src/dashboard/api-types.ts";
import type { FixtureAccount } from "./fixture-data.ts";

const dayMs = 86_400_000;

/** What an account keeps of its people and its contract; an account that is new has none of it yet. */
export function recordsOf({ row, story }: FixtureAccount, now: number): Readonly<Record<string, readonly unknown[]>> {
  const at = (days: number): string => new Date(now - days * dayMs).toISOString();
  const common = { connectionId: "tok_ingest", createdAt: at(300), updatedAt: at(3.5) };
  const amount = row.arr;
  const contacts: Contact[] = [
    {
      person: `dana@${row.id}.example`,
      name: "Dana <i>Reyes</i>",
      email: `dana@${row.id}.example`,
      role: "decision_maker",
      title: "Head of Operations",
      champion: true,
      sponsor: false,
      leftAt: story === "churning" ? at(20) : null,
      lastContactAt: at(2.5),
    },
    {
      person: "u_7",
      name: null,
      email: null,
      role: "user",
      title: null,
      champion: false,
      sponsor: false,
      leftAt: null,
      lastContactAt: null,
    },
  ];
  const subscriptions: Subscription[] = [
    {
      ...common,
      subscriptionId: "sub_1",
      status: story === "angry" ? "past_due" : "active",
      plan: row.plan,
      quantity: 40,
      amount,
      interval: "year",
      intervalCount: 1,
      startedAt: at(300),
      endsAt: at(-65),
      committed: 12_000,
      consumed: 8400,
    },
  ];
  const invoices: Invoice[] = [
    { ...common, invoiceId: "in_2", status: "open", subscriptionId: "sub_1", amount, due: at(-10) },
    { ...common, invoiceId: "in_1", status: "paid", subscriptionId: "sub_1", amount: { amount: 900_00, currency: null }, due: at(20) },
  ];
  const conversations: Conversation[] = [
    {
      ...common,
      conversationId: "cv_2",
      status: "open",
      open: true,
      subject: "How do we <b>export</b> to Excel?",
      priority: true,
      rating: null,
    },
    { ...common, conversationId: "cv_1", status: "closed", open: false, subject: null, priority: null, rating: 5 },
  ];
  const opportunities: Opportunity[] = [
    {
      ...common,
      opportunityId: "op_1",
      status: null,
      name: "Renewal of the contract",
      stage: "proposal_sent",
      renewal: true,
      amount,
      closeDate: at(-60),
    },
  ];
  return story === "new"
    ? { contacts: [], conversations: [], subscriptions: [], invoices: [], opportunities: [] }
    : { contacts, conversations, subscriptions, invoices, opportunities };
}
