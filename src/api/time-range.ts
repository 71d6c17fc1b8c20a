import { z } from "zod";
import { parseInstant } from "../domain/instant.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { DAY_MS } from "../domain/time.ts";
import type { Failure } from "./failure.ts";

const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** An instant in a query: RFC 3339, or a date, which means its first instant in UTC. Epoch ms. */
export const instant = z.string().transform((text, context) => {
  // An unescaped `+` of an offset arrives as a space.
  const at = parseInstant(DATE.test(text) ? `${text}T00:00:00Z` : text.replace(" ", "+"));
  if (at !== null) return at;
  context.addIssue({ code: "custom", message: "must be an RFC 3339 time or a date" });
  return z.NEVER;
});

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
