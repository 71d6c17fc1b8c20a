import { useState } from "preact/hooks";
import { api } from "../../api.ts";
import type { DeadLetter } from "../../api-types.ts";
import { exactTimeText } from "../../format.ts";
import { accountPath } from "../../router.ts";
import { useResource } from "../../resource.ts";
import { reasonText } from "../../words.ts";
import { ActionError, Dialog, Field, useAction } from "../../ui/controls.tsx";
import { Faces, Skeleton } from "../../ui/faces.tsx";
import { StateBadge } from "../../ui/figures.tsx";

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
      <Field label="Reason" hint="Kept with the event, for whoever asks later.">
        {(ids) => <input {...ids} required maxLength={500} value={why} onInput={(event) => setWhy(event.currentTarget.value)} />}
      </Field>
      <button type="submit" class="button" disabled={busy || why.trim() === ""}>
        Discard
      </button>
    </form>
  );
}

/** One event that waits: the whole of it, why, and the three ways on. */
export function DeadLetterDialog({
  letter,
  mayWrite,
  onClose,
  onDone,
}: {
  letter: DeadLetter;
  mayWrite: boolean;
  onClose: () => void;
  onDone: () => void;
}) {
  const detail = useResource(`dead letter ${letter.id}`, (signal) => api.deadLetter(letter.id, signal));
  const [done, setDone] = useState<string | null>(null);
  const replay = useAction(async (asNew: boolean) => {
    await api.replayDeadLetter(letter.id, asNew);
    setDone(asNew ? "Sent again as a new event." : "Sent again.");
    onDone();
  });
  const discard = useAction(async (why: string) => {
    await api.discardDeadLetter(letter.id, why);
    setDone("Discarded.");
    onDone();
  });
  const words = reasonText(letter.reason);
  const open = letter.status === "open" && done === null;
  return (
    <Dialog title={words.title} onClose={onClose} wide>
      <p>{letter.detail}</p>
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
      <Faces of={detail} what="The event" skeleton={<Skeleton rows={4} kind="line" />}>
        {(data) => (
          <pre class="json" tabIndex={0} role="region" aria-label="The event as it stands">
            {JSON.stringify(data.event, null, 2)}
          </pre>
        )}
      </Faces>
      {done === null ? null : (
        <p role="status">
          <StateBadge tone="good">{done}</StateBadge>
        </p>
      )}
      {open && mayWrite ? (
        <>
          <p class="hint">{words.help}</p>
          <div class="actions">
            <button type="button" class="button button-main" disabled={replay.busy} onClick={() => void replay.start(false)}>
              Replay
            </button>
            {letter.reason === "id_conflict" ? (
              <button
                type="button"
                class="button"
                disabled={replay.busy}
                onClick={() => void replay.start(true)}
                title="Both events happened: this one gets an id of its own"
              >
                Replay as new
              </button>
            ) : null}
          </div>
          <DiscardForm busy={discard.busy} onDiscard={(why) => void discard.start(why)} />
        </>
      ) : null}
      <ActionError error={replay.error ?? discard.error} />
    </Dialog>
  );
}
