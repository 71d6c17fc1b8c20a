import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

/** A word that a sentence explains: on hover, and for fingers and keys when it is pressed. Escape and a press elsewhere close it. */
export function Explained({ text, children }: { text: string; children: ComponentChildren }) {
  const id = useId();
  // Escape closes the sentence alone; pages take it for "back".
  const closesAlone = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && document.querySelector(":popover-open") !== null) event.stopPropagation();
  };
  return (
    <>
      <button type="button" class="tag explained" popovertarget={id} title={text} onKeyDown={closesAlone}>
        {children}
      </button>
      <span id={id} popover="auto" class="explained-text">
        {text}
      </span>
    </>
  );
}
