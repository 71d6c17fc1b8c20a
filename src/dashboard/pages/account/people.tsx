import { api } from "../../api.ts";
import type { Contact } from "../../api-types.ts";
import { vendorText } from "../../words.ts";
import { Age, StateBadge } from "../../ui/figures.tsx";
import type { Column } from "../../ui/data-table.tsx";
import { Records } from "./records.tsx";

const partText = ({ champion, sponsor }: Contact): string =>
  [champion ? "Champion" : "", sponsor ? "Sponsor" : ""].filter((word) => word !== "").join(", ") || "–";

const columns: readonly Column<Contact>[] = [
  {
    title: "Person",
    cell: (contact) => (
      <>
        {contact.name ?? contact.person}{" "}
        {contact.email === null || contact.email === contact.name ? null : <span class="quiet">{contact.email}</span>}
      </>
    ),
  },
  { title: "Position", cell: (contact) => contact.title ?? vendorText(contact.role) },
  { title: "Part", cell: partText },
  {
    title: "State",
    cell: (contact) =>
      contact.leftAt === null ? (
        <StateBadge tone="good">There</StateBadge>
      ) : (
        <StateBadge tone="bad">
          Left <Age at={contact.leftAt} />
        </StateBadge>
      ),
  },
  { title: "Last in touch", num: true, cell: (contact) => <Age at={contact.lastContactAt} never="Never" /> },
];

export const People = ({ id, turn }: { id: string; turn: number }) => (
  <Records
    what="The people"
    id={id}
    turn={turn}
    load={(query, signal) => api.contacts(id, query, signal)}
    keyOf={(contact) => contact.person}
    columns={columns}
    empty={{ title: "No people known", text: "They appear with the messages, meetings and contact records that name them." }}
  />
);
