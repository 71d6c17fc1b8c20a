import { useState } from "preact/hooks";
import { api } from "../../api.ts";
import type { DeadLetterDetail } from "../../api-types.ts";
import { detailText } from "../../faults.ts";
import { exactTimeText } from "../../format.ts";
import { accountPath } from "../../router.ts";
import { useResource } from "../../resource.ts";
import { reasonText } from "../../words.ts";
import { ActionError, Dialog, Field, useAction } from "../../ui/controls.tsx";
import { Faces, Skeleton } from "../../ui/faces.tsx";
import { StateBadge } from "../../ui/figures.tsx";
import { readFirst } from "./first-event.ts";

export function DiscardForm({ busy, onDiscard }: { busy: boolean; onDiscard: (reason: string) => void }) {
  const [why, setWhy] = useState("");
  return (
    <form
      class="discard"
      onSubmit={(event) => {
        event.preventDefault();
        onDiscard(why.trim());
      }}
    >
      <Field label="Reason" hint="To discard, say why first: it is kept with the event, for whoever asks later.">
        {(ids) => <input {...ids} required maxLength={500} value={why} onInput={(event) => setWhy(event.currentTarget.value)} />}
      </Field>
      <button type="submit" class="button" disabled={busy}>
        Discard
      </button>
    </form>
  );
}

const Json = ({ title, of }: { title: string; of: unknown }) => (
  <pre class="json" tabIndex={0} role="region" aria-label={title}>
    {JSON.stringify(of, null, 2)}
  </pre>
);

/** What a sender said, without what is noted for the way through the pipeline. */
const saidFields = ["id", "type", "occurredAt", "receivedAt", "user", "userId", "data", "raw"] as const;

function EventText({ title, event }: { title: string; event: Readonly<Record<string, unknown>> }) {
  const said = Object.fromEntries(saidFields.flatMap((name) => (event[name] == null ? [] : [[name, event[name]]])));
  return (
    <section>
      <h3>{title}</h3>
      <Json title={title} of={said} />
    </section>
  );
}

function First({ letter }: { letter: DeadLetterDetail }) {
  const first = useResource(`first ${letter.id}`, async (signal) => ({ event: await readFirst(letter, signal) }));
  if (first.data === null) return first.error === null ? null : <p class="hint">The event that came first cannot be read now.</p>;
  return first.data.event === null ? (
    <p class="hint">The event that came first is not among the newest of the account any more.</p>
  ) : (
    <EventText title="The one that came first, and counts" event={first.data.event} />
  );
}

function Letter({ letter }: { letter: DeadLetterDetail }) {
  return (
    <>
      <p>{detailText(letter.detail)}</p>
      <dl class="account-facts">
        <div>
          <dt>Type</dt>
          <dd>{letter.type}</dd>
        </div>
        <div>
          <dt>Account</dt>
          <dd>{letter.accountId === null ? "none" : <a href={accountPath(letter.accountId)}>{letter.accountId}</a>}</dd>
        </div>
        <div>
          <dt>Since</dt>
          <dd>{exactTimeText(Date.parse(letter.at))}</dd>
        </div>
        <div>
          <dt>Tries</dt>
          <dd>{letter.tries}</dd>
        </div>
      </dl>
      <EventText title="This event" event={letter.event} />
      {letter.reason === "id_conflict" ? <First letter={letter} /> : null}
      <details class="more">
        <summary>All that is kept of this event</summary>
        <Json title="The event as it stands" of={letter.event} />
      </details>
    </>
  );
}

/** The ways on from an event that waits: again, again as another event, or never. */
function Decide({ letter, onDone }: { letter: DeadLetterDetail; onDone: (told: string) => void }) {
  const replay = useAction(async (asNew: boolean) => {
    await api.replayDeadLetter(letter.id, asNew);
    onDone(asNew ? "Sent again as a new event." : "Sent again.");
  });
  const discard = useAction(async (why: string) => {
    await api.discardDeadLetter(letter.id, why);
    onDone("Discarded.");
  });
  return (
    <>
      <p class="hint">
        {reasonText(letter.reason).help}
        {letter.reason === "id_conflict"
          ? " Replay as new gives it an id of its own, and both count. Replay tries it under its old id, and it comes back here as long as the first is remembered."
          : ""}
      </p>
      <div class="actions">
        {letter.reason === "id_conflict" ? (
          <button
            type="button"
            class="button button-main"
            disabled={replay.busy}
            onClick={() => void replay.start(true)}
            title="Both events happened: this one gets an id of its own"
          >
            Replay as new
          </button>
        ) : null}
        <button
          type="button"
          class={letter.reason === "id_conflict" ? "button" : "button button-main"}
          disabled={replay.busy}
          onClick={() => void replay.start(false)}
        >
          Replay
        </button>
      </div>
      <DiscardForm busy={discard.busy} onDiscard={(why) => void discard.start(why)} />
      <ActionError error={replay.error ?? discard.error} />
    </>
  );
}

/** One event that waits: the whole of it, why, and the ways on. Its id stands in the address, so that it can be sent to a colleague. */
export function DeadLetterDialog({
  id,
  mayWrite,
  onClose,
  onDone,
}: {
  id: string;
  mayWrite: boolean;
  onClose: () => void;
  onDone: () => void;
}) {
  const letter = useResource(`dead letter ${id}`, (signal) => api.deadLetter(id, signal));
  const [done, setDone] = useState<string | null>(null);
  return (
    <Dialog title={letter.data === null ? "An event that waits" : reasonText(letter.data.reason).title} onClose={onClose} wide>
      <Faces of={letter} what="The event" skeleton={<Skeleton rows={6} kind="line" />}>
        {(data) => (
          <>
            <Letter letter={data} />
            {done !== null ? (
              <p role="status">
                <StateBadge tone="good">{done}</StateBadge>
              </p>
            ) : data.status === "open" && mayWrite ? (
              <Decide
                letter={data}
                onDone={(told) => {
                  setDone(told);
                  onDone();
                }}
              />
            ) : null}
          </>
        )}
      </Faces>
    </Dialog>
  );
}
