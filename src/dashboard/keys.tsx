import { useCallback, useEffect } from "preact/hooks";
import { navigate } from "./router.ts";
import { Dialog } from "./ui/controls.tsx";

/** Keys belong to the field while somebody types, and to the dialog while one is open. */
export const isTyping = (event: KeyboardEvent): boolean =>
  event.ctrlKey ||
  event.metaKey ||
  event.altKey ||
  document.querySelector("dialog[open]") !== null ||
  (event.target instanceof HTMLElement && event.target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]"));

const places: Readonly<Record<string, string>> = { p: "/", k: "/tasks", u: "/usage", s: "/sources", d: "/dead-letters", t: "/settings" };
const secondKeyMsMax = 1200;

/** Keys of every page: `?` help, `/` search, `g` then a letter to go somewhere. */
export function useGlobalKeys(showHelp: () => void, on: boolean): void {
  useEffect(() => {
    if (!on) return;
    let wentAt = 0;
    const press = (event: KeyboardEvent): void => {
      if (isTyping(event)) return;
      const goal = places[event.key];
      if (goal !== undefined && Date.now() - wentAt < secondKeyMsMax) {
        event.preventDefault();
        navigate(goal);
      } else if (event.key === "?") {
        event.preventDefault();
        showHelp();
      } else if (event.key === "/") {
        const search = document.querySelector<HTMLInputElement>("input[type=search]");
        if (search === null) return;
        event.preventDefault();
        search.focus();
        search.select();
      }
      wentAt = event.key === "g" ? Date.now() : 0;
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [on]);
}

/** `j` and `k` walk the links that carry `data-row`; Enter then is the link's own. */
export function useRowKeys(move: (step: 1 | -1) => void): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (isTyping(event) || (event.key !== "j" && event.key !== "k")) return;
      event.preventDefault();
      move(event.key === "j" ? 1 : -1);
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [move]);
}

/** `j` and `k` on a page whose rows all exist: they walk whatever carries `data-row`, in the order it is read. */
export function useRowWalk(): void {
  const move = useCallback((step: 1 | -1): void => {
    const rows = [...document.querySelectorAll<HTMLElement>("main [data-row]")];
    const at = rows.findIndex((row) => row === document.activeElement);
    rows[at === -1 ? 0 : Math.max(0, Math.min(rows.length - 1, at + step))]?.focus();
  }, []);
  useRowKeys(move);
}

export function useEscape(leave: () => void): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.key === "Escape" && !isTyping(event)) leave();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [leave]);
}

const keys: readonly (readonly [keys: readonly string[], meaning: string])[] = [
  [["/"], "Search"],
  [["j"], "Next row"],
  [["k"], "Row before"],
  [["Enter"], "Open the row"],
  [["Esc"], "Back, or leave the search"],
  [["g", "p"], "Go to the portfolio"],
  [["g", "k"], "Go to the tasks"],
  [["g", "u"], "Go to usage"],
  [["g", "s"], "Go to sources"],
  [["g", "d"], "Go to dead letters"],
  [["g", "t"], "Go to settings"],
  [["?"], "This help"],
];

export function KeyHelp({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl class="keys">
        {keys.map(([presses, meaning]) => (
          <div key={meaning}>
            <dt>
              {presses.map((press) => (
                <kbd key={press}>{press}</kbd>
              ))}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
