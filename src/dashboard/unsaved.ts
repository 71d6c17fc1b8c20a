/** Edits that nobody has saved yet, by what they change. They live as long as the tab, so that a look at another page loses nothing. */
const edits = new Map<string, unknown>();

export const unsavedOf = (key: string): unknown => edits.get(key) ?? null;

export function keepUnsaved(key: string, edit: unknown): void {
  if (edit === null) edits.delete(key);
  else edits.set(key, edit);
}

/** Signing out must leave nothing to look at. */
export const forgetUnsaved = (): void => edits.clear();

// The browser asks before it throws them away; pages of ours keep them.
addEventListener("beforeunload", (event) => {
  if (edits.size > 0) event.preventDefault();
});
