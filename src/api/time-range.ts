import { instant } from "../domain/instant-schema.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { DAY_MS } from "../domain/time.ts";
import type { Failure } from "./failure.ts";

export { instant };

export const rangeQuery = { from: instant.optional(), to: instant.optional() };

/** A half-open range; what is missing is filled from the other end and `days`, `to` from now. `bad_query` when it is empty or turned round. */
export function rangeOf(
  query: { from?: number | undefined; to?: number | undefined },
  now: number,
  days: number,
): Result<{ from: number; to: number }, Failure> {
  const to = query.to ?? (query.from === undefined ? now : Math.max(now, query.from + 1));
  const from = query.from ?? to - days * DAY_MS;
  return from < to ? ok({ from, to }) : fail({ failure: "bad_query", pointer: "?from", detail: "must be before `to`" });
}
