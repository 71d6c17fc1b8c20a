import { api } from "../../api.ts";
import type { Conversation } from "../../api-types.ts";
import { unknownText } from "../../format.ts";
import { vendorText } from "../../words.ts";
import { Age, StateBadge } from "../../ui/figures.tsx";
import type { Column } from "../../ui/data-table.tsx";
import { Records } from "./records.tsx";

const ratingText = ({ rating }: Conversation): string =>
  rating === null ? unknownText : typeof rating === "number" ? `${rating} of 5` : vendorText(rating);
const priorityText = ({ priority }: Conversation): string =>
  typeof priority === "boolean" ? (priority ? "Priority" : unknownText) : vendorText(priority);

const columns: readonly Column<Conversation>[] = [
  {
    title: "Subject",
    cell: (one) => (
      <>
        <span class="mono quiet">{one.conversationId}</span> {one.subject ?? <span class="quiet">no subject</span>}
      </>
    ),
  },
  {
    title: "State",
    cell: (one) => (
      <StateBadge tone={one.open ? "warn" : "good"} icon={one.open ? "late" : "healthy"}>
        {vendorText(one.status ?? (one.open ? "open" : "closed"))}
      </StateBadge>
    ),
  },
  { title: "Priority", cell: priorityText },
  { title: "Rating", cell: ratingText },
  { title: "Opened", num: true, cell: (one) => <Age at={one.createdAt} /> },
  { title: "Last change", num: true, cell: (one) => <Age at={one.updatedAt} /> },
];

export const Conversations = ({ id, turn }: { id: string; turn: number }) => (
  <Records
    what="The conversations"
    id={id}
    turn={turn}
    load={(query, signal) => api.conversations(id, query, signal)}
    keyOf={(one) => `${one.connectionId} ${one.conversationId}`}
    columns={columns}
    empty={{ title: "No conversations", text: "They appear with the first event of a messenger about this account." }}
  />
);
