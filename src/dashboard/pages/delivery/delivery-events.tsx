import type { DeliveryEvent } from "../../api-types.ts";
import { detailText } from "../../faults.ts";
import { exactTimeText } from "../../format.ts";
import { accountPath, eventPath } from "../../router.ts";
import { eventOutcomeWords } from "../../words.ts";
import { Empty } from "../../ui/faces.tsx";
import { StateBadge, type Tone } from "../../ui/figures.tsx";

/** A score is compared from so long before an event to so long after it. */
const aroundMs = 60_000;

const tones: Readonly<Record<DeliveryEvent["outcome"], Tone>> = {
  applied: "good",
  repeat: "none",
  dropped: "none",
  waiting: "none",
  held: "warn",
  parked: "warn",
  quarantined: "bad",
  deadLettered: "bad",
  rejected: "bad",
  unknown: "none",
};

/** What this event moved: the account's comparison of the minute around it. */
function effectPath(accountId: string, occurredAt: string): string {
  const at = Date.parse(occurredAt);
  const query = new URLSearchParams({
    tab: "changes",
    from: new Date(at - aroundMs).toISOString(),
    to: new Date(at + aroundMs).toISOString(),
  });
  return `${accountPath(accountId)}?${query.toString()}`;
}

/** The next step for a person: where the event stands, or where it waits. */
function Next({ event }: { event: DeliveryEvent }) {
  if (event.deadLetterId !== null) return <a href={`/dead-letters?look=${encodeURIComponent(event.deadLetterId)}`}>Look and decide</a>;
  if (event.outcome === "parked") return <a href="/dead-letters#unresolved">Link it to an account</a>;
  if (event.accountId === null || event.occurredAt === null) return null;
  return event.outcome === "applied" || event.outcome === "repeat" ? (
    <a href={effectPath(event.accountId, event.occurredAt)}>What it moved</a>
  ) : null;
}

/** What holds for every event is said once. */
const saidOfAll = (events: readonly DeliveryEvent[]): string | null => {
  const [first, ...others] = events;
  const said = first?.outcome === "unknown" ? first.detail : null;
  return others.every(({ detail }) => detail === said) ? said : null;
};

function Row({ event, said }: { event: DeliveryEvent; said: string | null }) {
  const words = eventOutcomeWords[event.outcome];
  return (
    <tr>
      <th scope="row" class="wrap">
        {event.type ?? <span class="quiet">not an event</span>}{" "}
        {event.id === null ? null : event.accountId === null ? (
          <span class="mono quiet">{event.id}</span>
        ) : (
          <a class="mono" data-row={event.id} href={eventPath(event.accountId, event.id)} title="In the account's timeline">
            {event.id}
          </a>
        )}
      </th>
      <td class="wrap" data-label="Became">
        <StateBadge tone={tones[event.outcome]} title={words.title}>
          {words.word}
        </StateBadge>
        {event.detail === null || event.detail === said ? null : <span class="hint">{detailText(event.detail)}</span>}
      </td>
      <td data-label="Account">
        {event.accountId === null ? (
          <span class="quiet">found by its keys</span>
        ) : (
          <a href={accountPath(event.accountId)}>{event.accountId}</a>
        )}
      </td>
      <td class="num" data-label="Happened">
        {event.occurredAt === null ? <span class="quiet">–</span> : exactTimeText(Date.parse(event.occurredAt))}
      </td>
      <td data-label="Next">
        <Next event={event} />
      </td>
    </tr>
  );
}

/** A vendor's event names no account of ours; where all that counted went to one account, it is that one. */
export function withAccount(event: DeliveryEvent, accountIds: readonly string[]): DeliveryEvent {
  const [only, ...others] = accountIds;
  return event.accountId !== null || event.outcome !== "applied" || only === undefined || others.length > 0
    ? event
    : { ...event, accountId: only };
}

/** Delivery → event → account → effect: one press each. */
export function DeliveryEvents({ events }: { events: readonly DeliveryEvent[] }) {
  if (events.length === 0) {
    return (
      <Empty title="No events in it">
        <p>The sender's message was understood and holds nothing that is counted.</p>
      </Empty>
    );
  }
  const said = saidOfAll(events);
  return (
    <>
      {said === null ? null : <p class="quiet">{detailText(said)}</p>}
      <table class="table delivery-events cards">
        <caption class="unseen">Events of this delivery, in their order</caption>
        <thead>
          <tr>
            <th scope="col">Event</th>
            <th scope="col">Became</th>
            <th scope="col" class="letter-account">
              Account
            </th>
            <th scope="col" class="num delivery-happened">
              Happened
            </th>
            <th scope="col" class="delivery-next">
              Next
            </th>
          </tr>
        </thead>
        <tbody>
          {events.map((event) => (
            <Row key={event.index} event={event} said={said} />
          ))}
        </tbody>
      </table>
    </>
  );
}
