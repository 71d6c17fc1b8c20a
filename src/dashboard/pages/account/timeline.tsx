import { useEffect, useState } from "preact/hooks";
import { api } from "../../api.ts";
import type { TimelineItem } from "../../api-types.ts";
import { clockText, dayText, exactTimeText } from "../../format.ts";
import { setQuery } from "../../router.ts";
import { usePages } from "../../resource.ts";
import { Empty, Faces, Skeleton } from "../../ui/faces.tsx";
import { Icon } from "../../ui/icons.tsx";

const dataWordsMax = 3;
const wordLengthMax = 60;

/** The first few plain fields of an event, as one line. Vendor text is text: Preact escapes it, nothing here makes HTML. */
function summaryOf(data: TimelineItem["data"]): string {
  return Object.entries(data)
    .filter(([, value]) => typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    .slice(0, dataWordsMax)
    .map(([key, value]) => `${key} ${String(value).slice(0, wordLengthMax)}`)
    .join(", ");
}

function Entry({ item }: { item: TimelineItem }) {
  const [open, setOpen] = useState(false);
  const at = Date.parse(item.occurredAt);
  return (
    <li class="entry">
      <button type="button" class="entry-line" aria-expanded={open} onClick={() => setOpen(!open)}>
        <time dateTime={item.occurredAt} title={exactTimeText(at)}>
          {clockText(at)}
        </time>
        <span class="entry-type">{item.type}</span>
        <span class="entry-data quiet">
          {item.userId === null ? "" : `${item.userId} · `}
          {summaryOf(item.data)}
        </span>
        {item.outcome === "held" ? <span class="tag">Waiting</span> : null}
        <Icon name="chevron" />
      </button>
      {open ? (
        <div class="entry-more">
          <p class="quiet">
            Happened {exactTimeText(at)}, arrived {exactTimeText(Date.parse(item.receivedAt))} by {item.connector} ({item.connectionId}).
            Event <span class="mono">{item.id}</span>
          </p>
          <pre class="json">{JSON.stringify(item.data, null, 2)}</pre>
        </div>
      ) : null}
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

export function Timeline({ id, turn, type }: { id: string; turn: number; type: string | null }) {
  const timeline = usePages(
    `timeline ${id} ${type}`,
    (cursor, signal) => api.timeline(id, { limit: 50, cursor, type: type ?? undefined }, signal),
    true,
  );
  useEffect(() => {
    if (turn > 0) timeline.reload();
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
                {one}
              </option>
            ))}
          </select>
        </label>
      </div>
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
                      <Entry key={item.id} item={item} />
                    ))}
                  </ol>
                </section>
              ))}
              {timeline.more ? (
                <button type="button" class="button more-button" onClick={timeline.loadMore} disabled={timeline.loadingMore}>
                  {timeline.loadingMore ? "Reading…" : "Show older"}
                </button>
              ) : null}
            </>
          )
        }
      </Faces>
    </>
  );
}
