import { api } from "../../api.ts";
import type { DeliveryItem, DeliveryStatus, Source } from "../../api-types.ts";
import { bytesText } from "../../format.ts";
import { deliveryPath, setQuery } from "../../router.ts";
import { usePages } from "../../resource.ts";
import { deliveryWords } from "../../words.ts";
import { useEvery } from "../../ui/every.ts";
import { Empty, Faces, Skeleton } from "../../ui/faces.tsx";
import { Age } from "../../ui/figures.tsx";
import { More, Waiting } from "../../ui/more.tsx";
import { DeliveryBadge, Outcomes, Reasons } from "./outcomes.tsx";

const readAgainMs = 4000;
const statuses: readonly DeliveryStatus[] = ["settled", "waiting", "stuck"];

function Row({ delivery }: { delivery: DeliveryItem }) {
  return (
    <tr>
      <th scope="row">
        <a data-row={delivery.id} href={deliveryPath(delivery.id)} title="Its events, and what was received">
          <Age at={delivery.receivedAt} />
        </a>
      </th>
      <td>
        {delivery.connectionName ?? delivery.connectionId} <span class="quiet">{delivery.form}</span>
      </td>
      <td>
        <DeliveryBadge status={delivery.status} />
      </td>
      <td class="wrap card-wide">
        <Outcomes delivery={delivery} />
        <Reasons reasons={delivery.reasons} />
      </td>
      <td class="num" data-label="Size">
        {bytesText(delivery.bytes)}
      </td>
    </tr>
  );
}

export function Deliveries({
  connection,
  status,
  sources,
}: {
  connection: string | null;
  status: string | null;
  sources: readonly Source[];
}) {
  const deliveries = usePages(
    `deliveries ${connection} ${status}`,
    (cursor, signal) => api.deliveries({ limit: 50, cursor, connection: connection ?? undefined, status: status ?? undefined }, signal),
    true,
  );
  useEvery(readAgainMs, deliveries.refresh);
  const names = new Map(sources.map((source) => [source.connectionId, source.name]));
  return (
    <section class="section" aria-labelledby="deliveries">
      <div class="section-head">
        <h2 id="deliveries">Last deliveries, and what became of each</h2>
        <div class="actions">
          <Waiting of={deliveries} />
          <label class="inline">
            Source
            <select value={connection ?? ""} onChange={(event) => setQuery({ connection: event.currentTarget.value })}>
              <option value="">All</option>
              {[...names].map(([id, name]) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          <label class="inline">
            Status
            <select value={status ?? ""} onChange={(event) => setQuery({ status: event.currentTarget.value })}>
              <option value="">All</option>
              {statuses.map((one) => (
                <option key={one} value={one}>
                  {deliveryWords[one]}
                </option>
              ))}
            </select>
          </label>
        </div>
      </div>
      <Faces of={deliveries} what="The deliveries" works="Events are still taken in and counted." skeleton={<Skeleton rows={8} />}>
        {(items) =>
          items.length === 0 ? (
            <Empty title={connection === null && status === null ? "No delivery yet" : "No delivery fits"}>
              <p>Each request of a sender appears here within a second, with what became of its events.</p>
            </Empty>
          ) : (
            <>
              <table class="table deliveries cards">
                <caption class="unseen">Deliveries, newest first</caption>
                <thead>
                  <tr>
                    <th scope="col" class="delivery-age">
                      Received
                    </th>
                    <th scope="col" class="delivery-source">
                      Source
                    </th>
                    <th scope="col" class="source-status">
                      Status
                    </th>
                    <th scope="col">Events</th>
                    <th scope="col" class="num delivery-size">
                      Size
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {items.map((delivery) => (
                    <Row key={delivery.id} delivery={delivery} />
                  ))}
                </tbody>
              </table>
              <More of={deliveries} word="Show older" />
            </>
          )
        }
      </Faces>
    </section>
  );
}
