import { useEffect, useState } from "preact/hooks";

/** Live changes are told to screen readers at most this often: polite and rare. */
const announceEveryMs = 30_000;

let last = 0;
let tell: (text: string) => void = () => {};

/** Tells a person who cannot see the mark. `rare` texts are left out when one was told lately. */
export function announce(text: string, rare = true): void {
  const now = Date.now();
  if (rare && now - last < announceEveryMs) return;
  last = now;
  tell(text);
}

export function Announcer() {
  const [text, setText] = useState("");
  useEffect(() => {
    tell = setText;
    return () => {
      tell = () => {};
    };
  }, []);
  return (
    <div class="unseen" role="status" aria-live="polite">
      {text}
    </div>
  );
}
