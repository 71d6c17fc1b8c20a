import { useEffect, useRef } from "preact/hooks";

/** Calls `action` again and again while the page is looked at: for lists that the live feed does not tell about. */
export function useEvery(everyMs: number, action: () => void): void {
  const current = useRef(action);
  current.current = action;
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") current.current();
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
}
