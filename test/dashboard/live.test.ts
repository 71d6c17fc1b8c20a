import { afterEach, expect, it, vi } from "vitest";
import { onRepeatedFailure, startLive, stopLive } from "../../src/dashboard/live.ts";

/** A socket that a server without a session for it, or a dead network, closes. */
class RefusedSocket extends EventTarget {
  constructor() {
    super();
    queueMicrotask(() => this.dispatchEvent(new Event("close")));
  }
  close(): void {}
}

afterEach(() => {
  stopLive();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("asks time and again whether there is still a session while the feed is refused: the network may have been down before", async () => {
  vi.useFakeTimers();
  const page = { addEventListener: () => {}, removeEventListener: () => {} };
  for (const [name, value] of Object.entries({
    ...page,
    WebSocket: RefusedSocket,
    document: page,
    location: { href: "https://pulse.example/" },
  }))
    vi.stubGlobal(name, value);
  let asked = 0;
  onRepeatedFailure(() => (asked += 1));
  startLive();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(asked).toBe(1);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(asked).toBeGreaterThanOrEqual(3);
});
