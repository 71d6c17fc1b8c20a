import { apiRequestsPerMinuteMax } from "../domain/limits.ts";
import { MINUTE_MS, SECOND_MS } from "../domain/time.ts";

type Window = { readonly startedAt: number; used: number };

const windows = new Map<string, Window>();
const windowsMax = 10_000;

export type RateState = {
  readonly allowed: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly retryAfterSeconds: number;
};

/**
 * Counts one request of a token in fixed windows of a minute.
 *
 * Counted in this isolate alone: it protects an isolate from a client gone wild and is no quota. The headers are draft-ietf-httpapi-ratelimit-headers-10.
 */
export function countRequest(tokenId: string, wallNow: number): RateState {
  let window = windows.get(tokenId);
  if (window === undefined || wallNow - window.startedAt >= MINUTE_MS) {
    if (windows.size >= windowsMax) windows.clear();
    window = { startedAt: wallNow, used: 0 };
    windows.set(tokenId, window);
  }
  window.used += 1;
  const resetSeconds = Math.max(1, Math.ceil((window.startedAt + MINUTE_MS - wallNow) / SECOND_MS));
  const remaining = Math.max(0, apiRequestsPerMinuteMax - window.used);
  return {
    allowed: window.used <= apiRequestsPerMinuteMax,
    retryAfterSeconds: Math.min(30, resetSeconds),
    headers: { "ratelimit-policy": `"api";q=${apiRequestsPerMinuteMax};w=60`, ratelimit: `"api";r=${remaining};t=${resetSeconds}` },
  };
}
