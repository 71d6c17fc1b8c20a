import type { ComponentChildren } from "preact";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../api.ts";
import { entryFault, faultText, problemText } from "../faults.ts";
import { Coded } from "./coded.tsx";
import { Icon } from "./icons.tsx";

const copiedShownMs = 2000;

/** Copies a text and says so. Without clipboard rights (plain http) it selects the field instead. */
export function CopyField({ label, value, secret = false }: { label: string; value: string; secret?: boolean }) {
  const [copied, setCopied] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  const copy = async (): Promise<void> => {
    field.current?.select();
    try {
      await navigator.clipboard.writeText(value);
      setCopied(true);
      setTimeout(() => setCopied(false), copiedShownMs);
    } catch {
      // The text is selected: Ctrl-C does the rest.
    }
  };
  return (
    <div class="copy">
      <label for={id} class={secret ? undefined : "copy-label"}>
        {label}
      </label>
      <div class="copy-line">
        <input id={id} ref={field} class="mono" readOnly value={value} onFocus={(event) => event.currentTarget.select()} />
        <button type="button" class="button" onClick={() => void copy()} aria-label={`Copy: ${label}`}>
          <Icon name={copied ? "check" : "copy"} />
          <span aria-live="polite">{copied ? "Copied" : "Copy"}</span>
        </button>
      </div>
    </div>
  );
}

/** A block of text to paste into a terminal. */
export function CopyBlock({ label, text }: { label: string; text: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      setTimeout(() => setCopied(false), copiedShownMs);
    } catch {
      setCopied(false);
    }
  };
  return (
    <figure class="code">
      <figcaption>
        {label}
        <button type="button" class="button button-small" onClick={() => void copy()}>
          <Icon name={copied ? "check" : "copy"} />
          <span aria-live="polite">{copied ? "Copied" : "Copy"}</span>
        </button>
      </figcaption>
      <pre tabIndex={0} role="region" aria-label={label}>
        {text}
      </pre>
    </figure>
  );
}

/**
 * A modal dialog. The browser keeps the focus inside, closes on Escape and gives the focus back; one that is taken away, as after saving, is
 * closed for that, which is no news to who took it away.
 */
export function Dialog({
  title,
  onClose,
  children,
  wide = false,
}: {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  wide?: boolean;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const isGone = useRef(false);
  const id = useId();
  // Before the dialog leaves the page: then nothing could give the focus back any more.
  useLayoutEffect(() => {
    const element = dialog.current;
    if (element !== null && !element.open) element.showModal();
    return () => {
      isGone.current = true;
      element?.close();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={wide ? "dialog dialog-wide" : "dialog"}
      aria-labelledby={id}
      onClose={() => {
        if (!isGone.current) onClose();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) dialog.current?.close();
      }}
    >
      <div class="dialog-inner">
        <header class="dialog-head">
          <h2 id={id}>{title}</h2>
          <button type="button" class="button button-quiet" aria-label="Close" onClick={() => dialog.current?.close()}>
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}

/** One text of a form; a missing one, or a file, is empty. */
export function formText(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value.trim() : "";
}

/** Blanks alone are no entry, though a browser takes them for one: they are cut off before anything is sent. */
const markBlank = (control: HTMLInputElement): void =>
  control.setCustomValidity(control.required && control.value !== "" && control.value.trim() === "" ? "blank" : "");

/**
 * A labelled control with its hint or, in its place, what is wrong with what stands in it: by the browser (`required`, `min`, `pattern`), before
 * anything is sent, or by the server (`error`).
 */
export function Field({
  label,
  hint,
  error,
  children,
}: {
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
  children: (ids: { id: string; "aria-describedby": string | undefined; "aria-invalid": true | undefined }) => ComponentChildren;
}) {
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const [entered, setEntered] = useState<string>();
  // A button that is disabled while the server answers loses the focus: it goes to the field that the answer is about.
  useEffect(() => {
    if (error !== undefined && document.activeElement === document.body) box.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus();
  }, [error]);
  const fault = entered ?? error;
  const note = entered === undefined ? (error ?? hint) : [entered, hint].join(" ").trim();
  return (
    <div
      ref={box}
      class="field"
      onInputCapture={(event) => {
        setEntered(undefined);
        markBlank(event.target as HTMLInputElement);
      }}
      onInvalidCapture={(event) => {
        // Said here instead of in the browser's bubble, which is gone with the next click and is in its own language.
        event.preventDefault();
        const control = event.target as HTMLInputElement;
        setEntered(entryFault(control));
        if (control.form?.querySelector("input:invalid, textarea:invalid, select:invalid") === control) control.focus();
      }}
    >
      <label for={id}>{label}</label>
      {children({
        id,
        "aria-describedby": note === undefined ? undefined : `${id}-note`,
        "aria-invalid": fault === undefined ? undefined : true,
      })}
      {note === undefined ? null : (
        <p id={`${id}-note`} class={fault === undefined ? "hint" : "hint hint-error"}>
          <Coded text={note} />
        </p>
      )}
    </div>
  );
}

/** State of one action: at most one run at a time, its failure kept to be shown beside the button, which has the focus again afterwards. */
export function useAction<Arguments extends unknown[]>(run: (...args: Arguments) => Promise<void>) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const pressed = useRef<Element | null>(null);
  // A button that is disabled meanwhile loses the focus, and with it a person at the keyboard their place. A field that is refused was first.
  useEffect(() => {
    if (busy) return;
    if (document.activeElement === document.body && pressed.current instanceof HTMLElement) pressed.current.focus({ preventScroll: true });
    pressed.current = null;
  }, [busy]);
  const start = async (...args: Arguments): Promise<void> => {
    if (busy) return;
    pressed.current = document.activeElement;
    setBusy(true);
    setError(null);
    try {
      await run(...args);
    } catch (cause) {
      setError(cause instanceof ApiError ? cause : new ApiError({ status: 0, title: "That did not work", detail: String(cause) }));
    } finally {
      setBusy(false);
    }
  };
  return { start, busy, error };
}

/** What the server found wrong with one field of a form: the text of its `Field`. */
export const faultOf = (error: ApiError | null, pointer: string): string | undefined =>
  error?.pointer === pointer ? faultText(error.detail, null) : undefined;

/** Beside the button. What a field says for itself (`shown` names their pointers) is only pointed at here. */
export function ActionError({ error, shown = [] }: { error: ApiError | null; shown?: readonly string[] }) {
  if (error === null) return null;
  const text =
    error.pointer === null
      ? problemText(error)
      : shown.includes(error.pointer)
        ? "Not saved: see the marked field."
        : faultText(error.detail, error.pointer);
  return (
    <p class="hint hint-error" role="alert">
      <Coded text={text} />
    </p>
  );
}
