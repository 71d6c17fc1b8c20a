import { useEffect } from "preact/hooks";
import { api } from "../../api.ts";
import type { Ticket } from "../../api-types.ts";
import { setQuery } from "../../router.ts";
import { usePages, useResource } from "../../resource.ts";
import { Empty, Faces, Skeleton } from "../../ui/faces.tsx";
import { Age, StateBadge } from "../../ui/figures.tsx";
import { More, Waiting } from "../../ui/more.tsx";

const statuses = ["new", "open", "pending", "hold", "solved", "closed"] as const;
const capital = (word: string | null): string => (word === null ? "–" : word.slice(0, 1).toUpperCase() + word.slice(1));

const ratingText = (ticket: Ticket): string => (ticket.rating === null ? "–" : ticket.rating.score === "good" ? "Good" : "Bad");

/** What is sent to the door for one's own events comes under this name, by whatever token. */
const nativeConnection = "native";

/** Where a ticket came from, by connection; null where all came from one. Without the right to see sources their ids must do. */
function useSourceNames(tickets: readonly Ticket[]): ((connectionId: string) => string) | null {
  const isMixed = new Set(tickets.map(({ connectionId }) => connectionId)).size > 1;
  const names = useResource(isMixed ? "source names" : null, async (signal) => {
    const { items } = await api.sources(signal);
    return new Map(items.map(({ connectionId, name }) => [connectionId, name]));
  });
  return isMixed ? (id) => (id === nativeConnection ? "Own events" : (names.data?.get(id) ?? id)) : null;
}

export function Tickets({ id, turn, status }: { id: string; turn: number; status: string | null }) {
  const tickets = usePages(
    `tickets ${id} ${status}`,
    (cursor, signal) => api.tickets(id, { limit: 50, cursor, status: status ?? undefined }, signal),
    true,
  );
  const sourceName = useSourceNames(tickets.data ?? []);
  useEffect(() => {
    if (turn > 0) tickets.refresh();
  }, [turn]);
  return (
    <>
      <div class="toolbar">
        <label class="inline">
          Status
          <select value={status ?? ""} onChange={(event) => setQuery({ status: event.currentTarget.value })}>
            <option value="">All</option>
            {statuses.map((one) => (
              <option key={one} value={one}>
                {capital(one)}
              </option>
            ))}
          </select>
        </label>
        <Waiting of={tickets} />
      </div>
      <Faces of={tickets} what="The tickets" skeleton={<Skeleton rows={5} />}>
        {(items) =>
          items.length === 0 ? (
            <Empty title={status === null ? "No tickets" : `No ticket is ${status}`}>
              <p>Tickets appear when a help desk is connected and its tickets are joined to this account.</p>
            </Empty>
          ) : (
            <>
              <table class="table tickets cards">
                <caption class="unseen">Tickets of this account</caption>
                <thead>
                  <tr>
                    <th scope="col">Subject</th>
                    <th scope="col">Status</th>
                    <th scope="col">Priority</th>
                    <th scope="col">Rating</th>
                    <th scope="col" class="num">
                      Opened
                    </th>
                    <th scope="col" class="num">
                      Last change
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {items.map((ticket) => (
                    <tr key={`${ticket.connectionId} ${ticket.ticketId}`}>
                      <th scope="row" title={ticket.subject ?? undefined}>
                        <span class="mono quiet">{ticket.ticketId}</span> {ticket.subject ?? <span class="quiet">no subject</span>}
                        {sourceName === null ? null : <span class="hint">from {sourceName(ticket.connectionId)}</span>}
                      </th>
                      <td>
                        <StateBadge tone={ticket.open ? "warn" : "good"} icon={ticket.open ? "late" : "healthy"}>
                          {capital(ticket.status)}
                        </StateBadge>
                      </td>
                      <td data-label="Priority">{capital(ticket.priority)}</td>
                      <td data-label="Rating">{ratingText(ticket)}</td>
                      <td class="num" data-label="Opened">
                        <Age at={ticket.createdAt} />
                      </td>
                      <td class="num" data-label="Changed">
                        <Age at={ticket.updatedAt} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
              <More of={tickets} />
            </>
          )
        }
      </Faces>
    </>
  );
}
