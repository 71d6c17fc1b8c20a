import { api } from "../../api.ts";
import type { Invoice, Opportunity, RecordAmount, Subscription } from "../../api-types.ts";
import { countText, dateOnlyText, moneyText, plural, unknownText } from "../../format.ts";
import { vendorText } from "../../words.ts";
import { Age } from "../../ui/figures.tsx";
import type { Column } from "../../ui/data-table.tsx";
import { Records } from "./records.tsx";

/** An amount whose currency nobody told stays a number of minor units. */
const amountText = (amount: RecordAmount): string =>
  amount === null
    ? unknownText
    : amount.currency === null
      ? `${countText(amount.amount)} (minor units, currency not told)`
      : moneyText({ amount: amount.amount, currency: amount.currency });

const dayOf = (at: string | null): string => dateOnlyText(at?.slice(0, 10) ?? null);

const everyText = ({ interval, intervalCount }: Subscription): string =>
  intervalCount === 1 ? `a ${interval}` : `each ${plural(intervalCount, interval)}`;

const used = ({ committed, consumed }: Subscription): string =>
  committed === null ? unknownText : `${countText(consumed)} of ${countText(committed)}`;

const subscriptions: readonly Column<Subscription>[] = [
  { title: "Subscription", cell: (one) => one.plan ?? one.subscriptionId },
  { title: "State", cell: (one) => vendorText(one.status) },
  { title: "Amount", num: true, cell: (one) => `${amountText(one.amount)}${one.amount === null ? "" : ` ${everyText(one)}`}` },
  { title: "Used of commitment", num: true, cell: used },
  { title: "Ends", num: true, cell: (one) => dayOf(one.endsAt) },
  { title: "Changed", num: true, cell: (one) => <Age at={one.updatedAt} /> },
];

const invoices: readonly Column<Invoice>[] = [
  { title: "Invoice", cell: (one) => one.invoiceId },
  { title: "State", cell: (one) => vendorText(one.status) },
  { title: "Amount", num: true, cell: (one) => amountText(one.amount) },
  { title: "Due", num: true, cell: (one) => dayOf(one.due) },
  { title: "Changed", num: true, cell: (one) => <Age at={one.updatedAt} /> },
];

const opportunities: readonly Column<Opportunity>[] = [
  {
    title: "Opportunity",
    cell: (one) => (
      <>
        {one.name ?? one.opportunityId}
        {one.renewal ? <span class="tag">Renewal</span> : null}
      </>
    ),
  },
  { title: "Stage", cell: (one) => vendorText(one.stage) },
  { title: "Amount", num: true, cell: (one) => amountText(one.amount) },
  { title: "Closes", num: true, cell: (one) => dayOf(one.closeDate) },
  { title: "Changed", num: true, cell: (one) => <Age at={one.updatedAt} /> },
];

export function Money({ id, turn }: { id: string; turn: number }) {
  return (
    <div class="record-lists">
      <h3>Subscriptions</h3>
      <Records
        what="The subscriptions"
        id={id}
        turn={turn}
        load={(query, signal) => api.subscriptions(id, query, signal)}
        keyOf={(one) => `${one.connectionId} ${one.subscriptionId}`}
        columns={subscriptions}
        empty={{ title: "No subscriptions", text: "They appear with the first event of a billing system about this account." }}
      />
      <h3>Invoices</h3>
      <Records
        what="The invoices"
        id={id}
        turn={turn}
        load={(query, signal) => api.invoices(id, query, signal)}
        keyOf={(one) => `${one.connectionId} ${one.invoiceId}`}
        columns={invoices}
        empty={{ title: "No invoices", text: "They appear with the first event of a billing system about this account." }}
      />
      <h3>Opportunities</h3>
      <Records
        what="The opportunities"
        id={id}
        turn={turn}
        load={(query, signal) => api.opportunities(id, query, signal)}
        keyOf={(one) => `${one.connectionId} ${one.opportunityId}`}
        columns={opportunities}
        empty={{ title: "No opportunities", text: "They appear with the first event of a CRM about this account." }}
      />
    </div>
  );
}
