import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../../api.ts";
import type { TimelineItem } from "../../api-types.ts";
import { clockText, countText, dayText, exactTimeText, plural, zoneText } from "../../format.ts";
import { deliveryPath, setQuery } from "../../router.ts";
import { type PagedResource, usePages } from "../../resource.ts";
import { vendorText } from "../../words.ts";
import { eventFields } from "./event-fields.ts";
import { eventSentence, eventTitle } from "./event-words.ts";
import { LateLedger } from "./late-ledger.tsx";
import { Empty, Faces, Skeleton } from "../../ui/faces.tsx";
import { Icon } from "../../ui/icons.tsx";
import { More, Waiting } from "../../ui/more.tsx";

/** Where an entry comes from, what came with it, and the way to what was received. */
function Details({ item }: { item: TimelineItem }) {
  const { fields, more } = eventFields(item.type, item.outcome === "derived" ? {} : item.data);
  const person =
    item.userId === null ? [] : [{ label: "Person", text: item.userName === null ? item.userId : `${item.userName} (${item.userId})` }];
  return (
    <div class="entry-more">
      <Origin item={item} />
      <dl class="event-fields">
        {[...person, ...fields, { label: "Event", text: item.id }].map(({ label, text }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      {more === 0 ? null : <p class="quiet small-print">{plural(more, "more field")} in the delivery.</p>}
      {item.deliveryId === null ? null : (
        <p>
          <a href={deliveryPath(item.deliveryId)}>Show the delivery</a>
        </p>
      )}
    </div>
  );
}

/** What comes by our own doors and writes has no vendor to name. */
const ownConnectors: ReadonlySet<string> = new Set(["native", "pulseline"]);

function Origin({ item }: { item: TimelineItem }) {
  const at = Date.parse(item.occurredAt);
  if (item.outcome === "derived")
    return (
      <p class="quiet">
        From {exactTimeText(Date.parse(String(item.data["startedAt"])))} to {exactTimeText(Date.parse(String(item.data["lastActivityAt"])))}
        ; over at {exactTimeText(at)}, as nothing followed. Made from events of the product: more that come late change it.
      </p>
    );
  return (
    <p class="quiet">
      {eventTitle(item.type)}: happened {exactTimeText(at)}, arrived {exactTimeText(Date.parse(item.receivedAt))}
      {ownConnectors.has(item.connector) ? "" : ` by ${vendorText(item.connector)}`}.
    </p>
  );
}

function Entry({ item, wanted }: { item: TimelineItem; wanted: boolean }) {
  const [open, setOpen] = useState(wanted);
  const line = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!wanted) return;
    setOpen(true);
    line.current?.focus({ preventScroll: true });
    line.current?.scrollIntoView({ block: "center" });
  }, [wanted]);
  const at = Date.parse(item.occurredAt);
  return (
    <li class={wanted ? "entry entry-wanted" : "entry"}>
      <button ref={line} type="button" class="entry-line" data-row={item.id} aria-expanded={open} onClick={() => setOpen(!open)}>
        <time dateTime={item.occurredAt} title={exactTimeText(at)}>
          {clockText(at)}
        </time>
        <span class="entry-said">{eventSentence(item)}</span>
        {item.restated ? <span class="tag">Came late</span> : null}
        {item.outcome === "held" ? <span class="tag">Waiting</span> : null}
        <Icon name="chevron" />
      </button>
      {open ? <Details item={item} /> : null}
    </li>
  );
}

function byDay(items: readonly TimelineItem[]): [day: string, items: TimelineItem[]][] {
  const days = new Map<string, TimelineItem[]>();
  for (const item of items) {
    const day = dayText(Date.parse(item.occurredAt));
    const list = days.get(day);
    if (list === undefined) days.set(day, [item]);
    else list.push(item);
  }
  return [...days];
}

const pageRows = 50;
/** How far back one event is looked for, and in what pages; an account's journal is longer. */
const lookedForMax = 2000;
const lookedForRows = 500;

/** Reads on until the event that a link names is there. Says in words when it is not. */
function useWanted(timeline: PagedResource<TimelineItem>, wanted: string | null): string | null {
  const items = timeline.data ?? [];
  const found = wanted === null || items.some((item) => item.id === wanted);
  const { loadingMore, moreError } = timeline;
  // A page that fails is not asked for again and again; one that a reload overtook is.
  const goOn = !found && timeline.more && items.length < lookedForMax && moreError === null;
  useEffect(() => {
    if (goOn && !loadingMore) timeline.loadMore();
  }, [goOn, items.length, loadingMore]);
  if (found || timeline.data === null || moreError !== null) return null;
  return goOn ? "Looking for the event…" : `The event ${wanted} is not among the ${countText(items.length)} newest events of this account.`;
}

export function Timeline({ id, turn, type, wanted }: { id: string; turn: number; type: string | null; wanted: string | null }) {
  const timeline = usePages(
    `timeline ${id} ${type} ${wanted === null ? "" : "all"}`,
    // The first page is small in any case: it is read again as news come.
    (cursor, signal) =>
      api.timeline(id, { limit: wanted === null || cursor === null ? pageRows : lookedForRows, cursor, type: type ?? undefined }, signal),
    true,
  );
  const told = useWanted(timeline, wanted);
  useEffect(() => {
    if (turn > 0) timeline.refresh();
  }, [turn]);
  const types = [...new Set([...(type === null ? [] : [type]), ...(timeline.data ?? []).map((item) => item.type)])].sort();
  return (
    <>
      <div class="toolbar">
        <label class="inline">
          Type
          <select value={type ?? ""} onChange={(event) => setQuery({ type: event.currentTarget.value })}>
            <option value="">All</option>
            {types.map((one) => (
              <option key={one} value={one}>
                {eventTitle(one)}
              </option>
            ))}
          </select>
        </label>
        <LateLedger id={id} turn={turn} />
        <Waiting of={timeline} />
        <p class="quiet">{zoneText("1h")}</p>
      </div>
      {told === null ? null : (
        <p class="quiet" role="status">
          {told}
        </p>
      )}
      <Faces of={timeline} what="The timeline" skeleton={<Skeleton rows={6} />}>
        {(items) =>
          items.length === 0 ? (
            <Empty title="No events yet">
              <p>Each event that is joined to this account appears here, newest first.</p>
            </Empty>
          ) : (
            <>
              {byDay(items).map(([day, entries]) => (
                <section key={day} class="day" aria-label={day}>
                  <h3>{day}</h3>
                  <ol>
                    {entries.map((item) => (
                      <Entry key={item.id} item={item} wanted={item.id === wanted} />
                    ))}
                  </ol>
                </section>
              ))}
              <More of={timeline} word="Show older" />
            </>
          )
        }
      </Faces>
    </>
  );
}
