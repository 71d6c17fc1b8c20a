import { useEffect, useState } from "preact/hooks";
import { api } from "../../api.ts";
import type { Note } from "../../api-types.ts";
import { usePages } from "../../resource.ts";
import { may, useSession } from "../../session.ts";
import { ActionError, Dialog, Field, faultOf, formText, useAction } from "../../ui/controls.tsx";
import { Empty, Faces, Skeleton } from "../../ui/faces.tsx";
import { Age } from "../../ui/figures.tsx";
import { More, Waiting } from "../../ui/more.tsx";

const noteRows = 20;
/** The server counts bytes (10 KB); most notes are far shorter. */
const noteCharsMax = 10_240;

function AddNote({ id, onSaved }: { id: string; onSaved: () => void }) {
  const save = useAction(async (form: HTMLFormElement) => {
    await api.addNote(id, { text: formText(new FormData(form), "text") });
    form.reset();
    onSaved();
  });
  return (
    <form
      class="note-form"
      onSubmit={(event) => {
        event.preventDefault();
        void save.start(event.currentTarget);
      }}
    >
      <Field label="New note" error={faultOf(save.error, "/text")}>
        {(ids) => <textarea {...ids} name="text" rows={3} required maxLength={noteCharsMax} />}
      </Field>
      <button type="submit" class="button button-main" disabled={save.busy}>
        Save note
      </button>
      <ActionError error={save.error} shown={["/text"]} />
    </form>
  );
}

function EditNote({ id, note, onClose, onSaved }: { id: string; note: Note; onClose: () => void; onSaved: () => void }) {
  const save = useAction(async (form: FormData) => {
    await api.changeNote(id, note.noteId, { text: formText(form, "text"), revision: note.revision });
    onSaved();
  });
  const remove = useAction(async () => {
    await api.deleteNote(id, note.noteId);
    onSaved();
  });
  return (
    <Dialog title="Change this note" onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void save.start(new FormData(event.currentTarget));
        }}
      >
        <Field label="Note" error={faultOf(save.error, "/text")}>
          {(ids) => (
            <textarea {...ids} name="text" rows={8} required maxLength={noteCharsMax}>
              {note.text}
            </textarea>
          )}
        </Field>
        <div class="form-ends">
          <button type="submit" class="button button-main" disabled={save.busy}>
            Save
          </button>
          <button type="button" class="button" disabled={remove.busy} onClick={() => void remove.start()}>
            Delete this note
          </button>
        </div>
        <ActionError error={save.error ?? remove.error} shown={["/text"]} />
      </form>
    </Dialog>
  );
}

function NoteEntry({ note, onEdit }: { note: Note; onEdit: (() => void) | null }) {
  const isChanged = note.revision > 1;
  return (
    <li class="note">
      <p class="note-text">{note.text}</p>
      <p class="quiet note-foot">
        {note.createdBy.name}, <Age at={note.createdAt} />
        {isChanged ? (
          <>
            , changed by {note.updatedBy.name} <Age at={note.updatedAt} />
          </>
        ) : null}
        {onEdit === null ? null : (
          <button type="button" class="button button-small button-quiet" data-row={note.noteId} onClick={onEdit}>
            Change<span class="unseen"> the note “{note.text.slice(0, 40)}”</span>
          </button>
        )}
      </p>
    </li>
  );
}

/** What people wrote down about the account, newest first. */
export function Notes({ id, turn }: { id: string; turn: number }) {
  const notes = usePages<Note>(`notes ${id}`, (cursor, signal) => api.notes(id, { limit: noteRows, cursor }, signal));
  const [edited, setEdited] = useState<Note | null>(null);
  const mayWrite = may(useSession(), "write");
  useEffect(() => {
    if (turn > 0) notes.refresh();
  }, [turn]);
  const saved = (): void => {
    setEdited(null);
    notes.reload();
  };
  return (
    <section aria-labelledby="notes-head">
      <h3 id="notes-head">Notes</h3>
      {mayWrite ? <AddNote id={id} onSaved={saved} /> : null}
      <Faces of={notes} what="The notes" works="The score above is still current." skeleton={<Skeleton rows={3} />}>
        {(items) =>
          items.length === 0 ? (
            <Empty title="No notes yet">
              <p>What the next person should know before calling this customer belongs here. Notes move no score.</p>
            </Empty>
          ) : (
            <>
              <Waiting of={notes} />
              <ul class="notes">
                {items.map((note) => (
                  <NoteEntry key={note.noteId} note={note} onEdit={mayWrite ? () => setEdited(note) : null} />
                ))}
              </ul>
              <More of={notes} word="Show more notes" />
            </>
          )
        }
      </Faces>
      {edited === null ? null : <EditNote id={id} note={edited} onClose={() => setEdited(null)} onSaved={saved} />}
    </section>
  );
}
