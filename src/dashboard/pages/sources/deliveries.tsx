import { useState } from "preact/hooks";
import { api } from "../../api.ts";
import type { DeliveryItem, DeliveryStatus, Source } from "../../api-types.ts";
import { bytesText, countText, exactTimeText } from "../../format.ts";
import { accountPath, setQuery } from "../../router.ts";
import { usePages } from "../../resource.ts";
import { deliveryWords, outcomeWords } from "../../words.ts";
import { useEvery } from "../../ui/every.ts";
import { Empty, Faces, Skeleton } from "../../ui/faces.tsx";
import { Age, StateBadge, type Tone } from "../../ui/figures.tsx";
import { Icon } from "../../ui/icons.tsx";

const readAgainMs = 4000;
const statuses: readonly DeliveryStatus[] = ["settled", "waiting", "stuck"];
const tones: Readonly<Record<DeliveryStatus, Tone>> = { settled: "good", waiting: "none", stuck: "bad" };

const outcomesInOrder = Object.keys(outcomeWords) as (keyof typeof outcomeWords)[];

/** What became of the events of one delivery; outcomes of nobody are left out. */
export function Outcomes({ delivery }: { delivery: DeliveryItem }) {
  const present = outcomesInOrder.filter((name) => delivery.outcomes[name] > 0);
  return (
    <span class="outcomes">
      {present.map((name) => (
        <span
          key={name}
          title={outcomeWords[name].title}
          class={name === "quarantined" || name === "deadLettered" ? "outcome-bad" : undefined}
        >
          {countText(delivery.outcomes[name])} {outcomeWords[name].word}
        </span>
      ))}
      {delivery.rejected > 0 ? (
        <span class="outcome-bad" title="Told to the sender in the answer; not stored as events">
          {countText(delivery.rejected)} refused
        </span>
      ) : null}
      {present.length === 0 && delivery.rejected === 0 ? <span class="quiet">no events in it</span> : null}
    </span>
  );
}

function Row({ delivery }: { delivery: DeliveryItem }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <tr>
        <th scope="row">
          <button type="button" class="text-button expand" data-row={delivery.id} aria-expanded={open} onClick={() => setOpen(!open)}>
            <Icon name="chevron" />
            <Age at={delivery.receivedAt} />
          </button>
        </th>
        <td>
          {delivery.connectionName ?? delivery.connectionId} <span class="quiet">{delivery.form}</span>
        </td>
        <td>
          <StateBadge
            tone={tones[delivery.status]}
            icon={delivery.status === "waiting" ? "late" : delivery.status === "stuck" ? "alert" : "healthy"}
          >
            {deliveryWords[delivery.status]}
          </StateBadge>
        </td>
        <td class="card-wide">
          <Outcomes delivery={delivery} />
        </td>
        <td class="num" data-label="Size">
          {bytesText(delivery.bytes)}
        </td>
      </tr>
      {open ? (
        <tr class="delivery-more">
          <td colSpan={5} class="wrap card-wide">
            <dl class="account-facts">
              <div>
                <dt>Received</dt>
                <dd>{exactTimeText(Date.parse(delivery.receivedAt))}</dd>
              </div>
              <div>
                <dt>Done</dt>
                <dd>{delivery.settledAt === null ? "not yet" : exactTimeText(Date.parse(delivery.settledAt))}</dd>
              </div>
              <div>
                <dt>Delivery</dt>
                <dd class="mono">{delivery.id}</dd>
              </div>
              <div>
                <dt>Accounts</dt>
                <dd>
                  {delivery.accountIds.length === 0
                    ? "none yet"
                    : delivery.accountIds.map((id) => (
                        <a key={id} class="account-link" href={accountPath(id)}>
                          {id}
                        </a>
                      ))}
                </dd>
              </div>
            </dl>
            {delivery.status === "stuck" ? (
              <p class="hint">It is tried again by itself. Nothing of it is lost; other deliveries go on past it.</p>
            ) : null}
            {delivery.outcomes.quarantined + delivery.outcomes.deadLettered > 0 ? (
              <p>
                <a href="/dead-letters">Look at what was set aside</a>
              </p>
            ) : null}
          </td>
        </tr>
      ) : null}
    </>
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
  // Older pages stay where the person reads them: only the first page refreshes by itself.
  useEvery(readAgainMs, () => {
    if ((deliveries.data?.length ?? 0) <= 50) deliveries.reload();
  });
  const names = new Map(sources.map((source) => [source.connectionId, source.name]));
  return (
    <section class="section" aria-labelledby="deliveries">
      <div class="section-head">
        <h2 id="deliveries">Last deliveries, and what became of each</h2>
        <div class="actions">
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
              {deliveries.more ? (
                <button type="button" class="button more-button" onClick={deliveries.loadMore} disabled={deliveries.loadingMore}>
                  {deliveries.loadingMore ? "Reading…" : "Show older"}
                </button>
              ) : null}
            </>
          )
        }
      </Faces>
    </section>
  );
}
