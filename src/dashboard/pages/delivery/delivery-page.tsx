import { useCallback } from "preact/hooks";
import { api } from "../../api.ts";
import type { DeliveryDetail, DeliveryItem } from "../../api-types.ts";
import { bytesText, countText, exactTimeText, plural } from "../../format.ts";
import { useEscape, useRowWalk } from "../../keys.tsx";
import { accountPath, navigate } from "../../router.ts";
import { useResource } from "../../resource.ts";
import { useEvery } from "../../ui/every.ts";
import { Empty, Faces, Skeleton } from "../../ui/faces.tsx";
import { Age } from "../../ui/figures.tsx";
import { Icon } from "../../ui/icons.tsx";
import { DeliveryBadge, Outcomes, Reasons } from "../sources/outcomes.tsx";
import { DeliveryEvents, withAccount } from "./delivery-events.tsx";
import { RawBody } from "./raw-body.tsx";

const readAgainMs = 4000;

const sourceText: Readonly<Record<"intake" | "archive", string>> = {
  intake: "What was received, from the front door's own memory",
  archive: "What was received, from the archive",
};

/** When it was done is forgotten before the delivery is. */
function doneText({ settledAt, status }: DeliveryDetail): string {
  if (settledAt !== null) return exactTimeText(Date.parse(settledAt));
  if (status === "settled") return "yes; when is not kept";
  return status === "archived" ? "not known now" : "not yet";
}

function Facts({ delivery }: { delivery: DeliveryDetail }) {
  return (
    <dl class="account-facts">
      <div>
        <dt>Received</dt>
        <dd>
          {exactTimeText(Date.parse(delivery.receivedAt))} <span class="quiet">(</span>
          <Age at={delivery.receivedAt} />
          <span class="quiet">)</span>
        </dd>
      </div>
      <div>
        <dt>Done</dt>
        <dd>{doneText(delivery)}</dd>
      </div>
      <div>
        <dt>Kind</dt>
        <dd>
          {delivery.form}
          {delivery.lane === "backfill" ? ", sent as history" : ""}
        </dd>
      </div>
      <div>
        <dt>Size</dt>
        <dd>
          {bytesText(delivery.bytes)}
          {delivery.contentEncoding === "gzip" ? ", gzip" : ""}
        </dd>
      </div>
      <div>
        <dt>Content type</dt>
        <dd>{delivery.contentType ?? "not said"}</dd>
      </div>
      {delivery.accountIds.length === 0 ? null : (
        <div>
          <dt>{delivery.accountIds.length === 1 ? "Account" : "Accounts"}</dt>
          <dd>
            {delivery.accountIds.map((id) => (
              <a key={id} class="account-link" href={accountPath(id)}>
                {id}
              </a>
            ))}
          </dd>
        </div>
      )}
      <div>
        <dt>Delivery</dt>
        <dd class="mono">{delivery.id}</dd>
      </div>
    </dl>
  );
}

/** Refused events stand in no memory: a delivery that is known and of which nothing can be read is told as such. */
function Unreadable({ delivery }: { delivery: DeliveryDetail }) {
  if (delivery.source !== null) return <p class="quiet small-print">{sourceText[delivery.source]}.</p>;
  return (
    <p class="notice notice-warn" role="status">
      <Icon name="alert" />
      <span>
        What was received cannot be read now: the archive does not answer, or it is older than the archive keeps. Try again later.
      </span>
    </p>
  );
}

export function DeliveryPage({ id }: { id: string }) {
  const delivery = useResource(`delivery ${id}`, (signal) => api.delivery(id, {}, signal));
  const leave = useCallback(() => (history.length > 1 ? history.back() : navigate("/sources")), []);
  useEscape(leave);
  useRowWalk();
  // On the way it is worth looking again; what is done does not change any more.
  useEvery(readAgainMs, () => {
    if (delivery.data !== null && delivery.data.status !== "settled") delivery.reload();
  });
  if (delivery.data === null && delivery.error?.status === 404) {
    return (
      <>
        <h1 class="unseen">{id}</h1>
        <Empty title="There is no such delivery">
          <p>Neither the front doors nor the archive know it: it is older than what they keep, or the link is mistyped.</p>
          <a class="button" href="/sources">
            Go to the sources
          </a>
        </Empty>
      </>
    );
  }
  return (
    <>
      <p class="crumb">
        <a href="/sources">
          <Icon name="back" /> Sources
        </a>
      </p>
      {delivery.data === null ? <h1 class="unseen">{id}</h1> : null}
      <Faces of={delivery} what="The delivery" works="Events are still taken in and counted." skeleton={<Skeleton rows={2} kind="block" />}>
        {(data) => (
          <>
            <header class="page-head">
              <h1>Delivery from {data.connectionName ?? data.connectionId}</h1>
              <DeliveryBadge status={data.status} />
            </header>
            <Facts delivery={data} />
            {data.status === "stuck" ? (
              <p class="hint">It is tried again by itself. Nothing of it is lost; other deliveries go on past it.</p>
            ) : null}
            <section class="section" aria-labelledby="events">
              <div class="section-head">
                <h2 id="events">
                  {plural(data.eventsTotal, "event")}, and what became of {data.eventsTotal === 1 ? "it" : "each"}
                </h2>
                {data.outcomes === null ? null : (
                  <Outcomes delivery={{ ...data, outcomes: data.outcomes } satisfies Pick<DeliveryItem, "outcomes" | "rejected">} />
                )}
              </div>
              <Reasons reasons={data.reasons} />
              <DeliveryEvents events={data.events.map((event) => withAccount(event, data.accountIds))} />
              {data.eventsTotal > data.events.length ? (
                <p class="quiet small-print">
                  The first {countText(data.events.length)} of {countText(data.eventsTotal)} are shown.
                </p>
              ) : null}
            </section>
            <RawBody id={id} />
            <Unreadable delivery={data} />
          </>
        )}
      </Faces>
    </>
  );
}
