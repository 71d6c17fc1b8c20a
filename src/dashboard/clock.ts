import { useEffect, useState } from "preact/hooks";

/** Below this the two clocks are taken as one: network delay and ordinary drift. */
const offsetMsMin = 120_000;

let offsetMs = 0;

/** Ages are told by the server's clock: a rehearsal may run it in another week, and a laptop's own clock may be wrong. */
export function calibrate(serverTime: string): void {
  const difference = Date.parse(serverTime) - Date.now();
  if (Number.isFinite(difference)) offsetMs = Math.abs(difference) < offsetMsMin ? 0 : difference;
}

/** Epoch ms by the server's clock. */
export const serverNow = (): number => Date.now() + offsetMs;

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | null = null;

/** The time, told again each 5 s; one timer for the whole page. */
export function useNow(): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    const tick = (): void => setNow(serverNow());
    listeners.add(tick);
    timer ??= setInterval(() => listeners.forEach((listener) => listener()), 5000);
    return () => {
      listeners.delete(tick);
      if (listeners.size === 0 && timer !== null) {
        clearInterval(timer);
        timer = null;
      }
    };
  }, []);
  return Math.max(now, serverNow() - 5000);
}
