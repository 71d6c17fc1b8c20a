import { useState } from "preact/hooks";
import { api, readAll } from "../../api.ts";
import type { Restatement } from "../../api-types.ts";
import { plural } from "../../format.ts";
import { setQuery } from "../../router.ts";
import { useResource } from "../../resource.ts";
import { Dialog } from "../../ui/controls.tsx";
import { DataTable } from "../../ui/data-table.tsx";
import { Faces, Skeleton } from "../../ui/faces.tsx";
import { Age } from "../../ui/figures.tsx";
import { figureName, restatedChange, restatedDays } from "./restated-words.ts";

/** So many are kept. */
const listedMax = 200;
const readAtOnce = 100;

function LateEvent({ item, onClose }: { item: Restatement; onClose: () => void }) {
  const show = (): void => {
    onClose();
    setQuery({ event: item.eventId, type: null });
  };
  return (
    <section class="late-event" aria-label={`${item.type}, event ${item.eventId}`}>
      <h3>
        <button type="button" class="text-button" onClick={show}>
          {item.type}
        </button>{" "}
        <span class="quiet">
          happened <Age at={item.occurredAt} />, came <Age at={item.receivedAt} />
        </span>
      </h3>
      {item.figures.length === 0 ? (
        <p class="quiet">It changed no figure that is still kept.</p>
      ) : (
        <DataTable
          caption={`Figures that ${item.type} changed`}
          class="restated"
          rows={item.figures}
          keyOf={({ metric, day, currency }) => `${metric} ${day} ${currency ?? ""}`}
          columns={[
            { title: "Figure", cell: ({ metric }) => figureName(metric), class: "wrap" },
            { title: "Days (UTC)", cell: restatedDays, class: "wrap" },
            { title: "Each day", cell: restatedChange, num: true },
          ]}
        />
      )}
      {item.measures.length === 0 ? null : (
        <p class="quiet">
          Measures of the score that look back on it:{" "}
          {item.measures.map((measure) => `${measure.title} (${restatedDays(measure)})`).join(", ")}.
        </p>
      )}
    </section>
  );
}

/** How many events changed figures of days that were over, and on demand which figures. Nothing while there were none. */
export function LateLedger({ id, turn }: { id: string; turn: number }) {
  const [open, setOpen] = useState(false);
  const count = useResource(`late count ${id} ${turn}`, async (signal) => (await api.restatements(id, { limit: 1 }, signal)).total);
  if (count.data === null || count.data === 0) return null;
  return (
    <>
      <button type="button" class="button button-small" onClick={() => setOpen(true)}>
        {plural(count.data, "event")} came late
      </button>
      {open ? <LateEvents id={id} onClose={() => setOpen(false)} /> : null}
    </>
  );
}

function LateEvents({ id, onClose }: { id: string; onClose: () => void }) {
  const ledger = useResource(`late ${id}`, (signal) =>
    readAll((cursor) => api.restatements(id, { limit: readAtOnce, cursor }, signal), listedMax),
  );
  return (
    <Dialog title="What came late, and what it changed" onClose={onClose} wide>
      <p class="quiet">
        These events happened more than 7 days before the newest of their source. They count on the day on which they happened, so figures
        that had been told before are others now.
      </p>
      <Faces of={ledger} what="What came late" skeleton={<Skeleton rows={6} />}>
        {(items) => (
          <>
            {items.map((item) => (
              <LateEvent key={item.eventId} item={item} onClose={onClose} />
            ))}
          </>
        )}
      </Faces>
    </Dialog>
  );
}
