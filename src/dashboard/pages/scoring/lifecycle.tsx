import { useState } from "preact/hooks";
import { api } from "../../api.ts";
import type { ConfigContent, ConfigDocument, ConfigKind } from "../../api-types.ts";
import { plural } from "../../format.ts";
import { setQuery } from "../../router.ts";
import { Author } from "../../ui/author.tsx";
import { ActionError, Dialog, Field, formText, useAction } from "../../ui/controls.tsx";
import { Age, StateBadge } from "../../ui/figures.tsx";
import { Icon } from "../../ui/icons.tsx";
import { BandCount, ShadowCount } from "./band-count.tsx";
import { differenceText } from "./difference-text.ts";
import { differencesOf } from "./document-value.ts";
import type { Editing } from "./use-document.ts";

const shownDifferencesMax = 12;
const noteCharsMax = 500;

function Differences({ from, to }: { from: ConfigContent | null; to: ConfigContent }) {
  if (from === null) return <p>It is published for the first time.</p>;
  const differences = differencesOf(from, to);
  if (differences.length === 0) return <p>It is the same as what is published.</p>;
  return (
    <ul class="differences">
      {differences.slice(0, shownDifferencesMax).map((difference) => (
        <li key={difference.pointer}>{differenceText(difference, [to, from])}</li>
      ))}
      {differences.length > shownDifferencesMax ? <li class="quiet">and {differences.length - shownDifferencesMax} more</li> : null}
    </ul>
  );
}

/** Asks before something comes in force, and says what that does: what changes in the document, and how many accounts change band. */
export function InForceDialog({
  title,
  verb,
  kind,
  id,
  published,
  next,
  inShadow = false,
  run,
  onClose,
}: {
  title: string;
  verb: string;
  kind: ConfigKind;
  id: string;
  published: ConfigContent | null;
  next: ConfigContent;
  /** What comes in force is the draft that runs in shadow. */
  inShadow?: boolean;
  run: (note: string) => Promise<void>;
  onClose: () => void;
}) {
  const action = useAction(async (form: FormData) => {
    await run(formText(form, "note"));
    onClose();
  });
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void action.start(new FormData(event.currentTarget));
        }}
      >
        <Differences from={published} to={next} />
        {inShadow ? <ShadowCount kind={kind} id={id} /> : <BandCount kind={kind} id={id} next={next} />}
        <p class="quiet">It is in force at once for whoever looks at an account; lists follow within minutes.</p>
        <Field label="Note" hint="Why, for whoever reads the history.">
          {(ids) => <input {...ids} name="note" maxLength={noteCharsMax} autocomplete="off" />}
        </Field>
        <ActionError error={action.error} />
        <div class="actions">
          <button type="submit" class="button button-main" disabled={action.busy}>
            {action.busy ? "Working…" : verb}
          </button>
          <button type="button" class="button" onClick={onClose}>
            Not now
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function DiscardDialog({ editing, onClose }: { editing: Editing; onClose: () => void }) {
  const action = useAction(async () => {
    await api.discardDraft(editing.kind, editing.key);
    editing.dropEdit();
    editing.versions.reload();
    onClose();
  });
  return (
    <Dialog title="Throw the draft away" onClose={onClose}>
      <p>What is published stays in force. The draft cannot be brought back.</p>
      <ActionError error={action.error} />
      <div class="actions">
        <button type="button" class="button button-main" disabled={action.busy} onClick={() => void action.start()}>
          Throw away
        </button>
        <button type="button" class="button" onClick={onClose}>
          Keep it
        </button>
      </div>
    </Dialog>
  );
}

/** What stands: the published version, and the draft with its state. */
export function Standing({ published, draft }: { published: ConfigDocument | null; draft: ConfigDocument | null }) {
  return (
    <p class="standing">
      {published === null ? (
        <StateBadge tone="none">Never published</StateBadge>
      ) : (
        <StateBadge tone="good">{published.version === 0 ? "As shipped" : `Version ${published.version} in force`}</StateBadge>
      )}
      {draft === null ? null : (
        <StateBadge tone="warn" icon={draft.status === "shadow" ? "play" : "late"}>
          {draft.status === "shadow" ? "Draft in shadow" : "Draft"}
        </StateBadge>
      )}
      {draft === null ? null : (
        <span class="quiet">
          saved {plural(draft.revision, "time")}, last <Age at={draft.at} /> by <Author id={draft.author} />
        </span>
      )}
    </p>
  );
}

/** Two people, one draft: neither loses anything without being asked. */
function Conflict({ editing }: { editing: Editing }) {
  const action = useAction(async () => void (await editing.save(true)));
  const draft = editing.versions.data?.draft ?? null;
  return (
    <div class="notice notice-warn" role="alert">
      <Icon name="alert" />
      <span>
        {draft === null ? (
          "The draft that you changed was published or thrown away meanwhile."
        ) : (
          <>
            Somebody else (<Author id={draft.author} />) saved this draft meanwhile.
          </>
        )}{" "}
        Your changes are still here.
      </span>
      <button type="button" class="button button-small" onClick={editing.dropEdit}>
        Drop mine
      </button>
      <button type="button" class="button button-small" disabled={action.busy} onClick={() => void action.start()}>
        Save mine in its place
      </button>
      <ActionError error={action.error} />
    </div>
  );
}

/**
 * What can be done with a document as it stands: save, publish, run in shadow, throw away.
 *
 * @param faulty it could not be saved as it is
 * @param summary what the preview says, where there is one
 */
export function Lifecycle({
  editing,
  next,
  faulty,
  mayWrite,
  mayPublish,
  summary,
}: {
  editing: Editing;
  next: ConfigContent;
  faulty: boolean;
  mayWrite: boolean;
  mayPublish: boolean;
  summary: string;
}) {
  const { kind, key, versions, edit, conflict } = editing;
  const [dialog, setDialog] = useState<"publish" | "discard" | null>(null);
  const published = versions.data?.published ?? null;
  const draft = versions.data?.draft ?? null;
  const inShadow = draft?.status === "shadow";
  const save = useAction(async () => void (await editing.save()));
  const shadow = useAction(async () => {
    if (inShadow) await api.endShadow(kind, key);
    else {
      await editing.save();
      await api.startShadow(kind, key);
      setQuery({ tab: "shadow" }, "push");
    }
    versions.reload();
  });
  const publish = async (note: string): Promise<void> => {
    const revision = await editing.save();
    const inForce = await api.publishDraft(kind, key, { revision, ...(note === "" ? {} : { note }) });
    // At once: nothing may ask for a draft or a shadow that is no more.
    versions.change(() => ({ published: inForce, draft: null }));
    versions.reload();
  };
  const busy = save.busy || shadow.busy;
  const stuck = faulty || conflict || busy;
  return (
    <div class="lifecycle">
      {conflict ? <Conflict editing={editing} /> : null}
      <div class="lifecycle-line">
        {mayWrite ? (
          <button type="button" class="button" disabled={edit === null || stuck || inShadow} onClick={() => void save.start()}>
            Save draft
          </button>
        ) : null}
        {mayPublish && (draft !== null || edit !== null) && (published !== null || kind === "segments") ? (
          <button type="button" class="button" disabled={!inShadow && stuck} onClick={() => void shadow.start()}>
            {inShadow ? "End the shadow" : "Run in shadow"}
          </button>
        ) : null}
        {mayPublish ? (
          <button
            type="button"
            class="button button-main"
            disabled={stuck || (edit === null && draft === null)}
            onClick={() => setDialog("publish")}
          >
            Publish…
          </button>
        ) : null}
        {edit === null ? null : (
          <button type="button" class="button button-quiet" disabled={busy} onClick={editing.dropEdit}>
            Undo my changes
          </button>
        )}
        {mayWrite && draft !== null && edit === null && !inShadow ? (
          <button type="button" class="button button-quiet" onClick={() => setDialog("discard")}>
            Throw draft away…
          </button>
        ) : null}
        <span class="lifecycle-told" role="status">
          {faulty ? "It cannot be saved yet: see what is marked." : summary}
        </span>
      </div>
      <ActionError error={conflict ? null : save.error} />
      <ActionError error={shadow.error} />
      {mayWrite ? null : <p class="hint">Your token may look, not change. You can try weights; nothing of it is kept.</p>}
      {dialog === "publish" ? (
        <InForceDialog
          title={`Publish ${key}`}
          verb="Publish"
          kind={kind}
          id={key}
          published={published?.document ?? null}
          next={next}
          inShadow={inShadow}
          run={publish}
          onClose={() => setDialog(null)}
        />
      ) : null}
      {dialog === "discard" ? <DiscardDialog editing={editing} onClose={() => setDialog(null)} /> : null}
    </div>
  );
}
