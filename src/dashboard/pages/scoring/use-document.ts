import { useState } from "preact/hooks";
import { ApiError, api } from "../../api.ts";
import type { ConfigContent, ConfigDocument, ConfigKind } from "../../api-types.ts";
import { type Resource, useResource } from "../../resource.ts";
import { keepUnsaved, unsavedOf } from "../../unsaved.ts";

/** What a person has changed and not saved. */
export type Edit = {
  /** The newest that can be read as a document. */
  readonly document: ConfigContent;
  /** As it was typed, where it was typed as text; `document` is older while that cannot be read. */
  readonly text: string | null;
  readonly unreadable: string | null;
  /** Revision of the draft that it began with; 0: there was none. */
  readonly revision: number;
};

export type Versions = { readonly published: ConfigDocument | null; readonly draft: ConfigDocument | null };

/** The list says what there is, so that nothing is asked for that is not there. */
export async function readVersions(kind: ConfigKind, key: string, signal: AbortSignal): Promise<Versions> {
  const { items } = await api.configs(kind, signal);
  const found = items.find((item) => item.key === key);
  const read = (version: "published" | "draft") => (found?.[version] == null ? null : api.config(kind, key, version, signal));
  const [published, draft] = await Promise.all([read("published"), read("draft")]);
  return { published, draft };
}

/** Name of what is kept of a document while nobody has saved it. */
export const unsavedName = (kind: ConfigKind, key: string): string => `${kind}/${key}`;

/** A change that was made elsewhere, to be seen and saved in the editor. */
export const editOf = (document: ConfigContent, draft: ConfigDocument | null): Edit => ({
  document,
  text: null,
  unreadable: null,
  revision: draft?.revision ?? 0,
});

export type Editing = {
  readonly kind: ConfigKind;
  readonly key: string;
  readonly versions: Resource<Versions>;
  readonly edit: Edit | null;
  /** Somebody else saved, published or threw away the draft since this edit began. */
  readonly conflict: boolean;
  readonly change: (document: ConfigContent) => void;
  readonly changeText: (text: string) => void;
  readonly dropEdit: () => void;
  /** Saves what was changed; `over`: in the place of what somebody else has saved meanwhile. Gives the draft's revision. */
  readonly save: (over?: boolean) => Promise<number>;
};

/** A document, what was changed in it here, and whether that still fits to what is stored. */
export function useDocument(kind: ConfigKind, key: string): Editing {
  const name = unsavedName(kind, key);
  const versions = useResource(`config ${name}`, (signal) => readVersions(kind, key, signal));
  const [edit, setEdit] = useState<Edit | null>(() => unsavedOf(name) as Edit | null);
  const set = (next: Edit | null): void => {
    keepUnsaved(name, next);
    setEdit(next);
  };
  const stored = versions.data?.draft?.revision ?? 0;
  const begun = edit?.revision ?? stored;
  const save = async (over = false): Promise<number> => {
    if (edit === null) return stored;
    try {
      const draft = await api.saveDraft(kind, key, { document: edit.document, revision: over ? stored : edit.revision });
      versions.change((before) => ({ ...before, draft }));
      set(null);
      return draft.revision;
    } catch (error) {
      // What is there now tells whether somebody else has saved, and what.
      if (error instanceof ApiError && error.status === 409) versions.reload();
      throw error;
    }
  };
  return {
    kind,
    key,
    versions,
    edit,
    conflict: edit !== null && versions.data !== null && edit.revision !== stored,
    change: (document) => set({ document, text: null, unreadable: null, revision: begun }),
    changeText: (text) => {
      const { document, unreadable } = readText(text);
      const before = edit?.document ?? versions.data?.draft?.document ?? versions.data?.published?.document ?? {};
      set({ document: document ?? before, text, unreadable, revision: begun });
    },
    dropEdit: () => set(null),
    save,
  };
}

function readText(text: string): { document: ConfigContent | null; unreadable: string | null } {
  try {
    const document: unknown = JSON.parse(text);
    return typeof document === "object" && document !== null && !Array.isArray(document)
      ? { document: document as ConfigContent, unreadable: null }
      : { document: null, unreadable: "It must be one object in braces." };
  } catch (error) {
    return { document: null, unreadable: error instanceof Error ? error.message : String(error) };
  }
}
