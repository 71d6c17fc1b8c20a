import type { Fault } from "../domain/config/fault.ts";
import { faultsShownMax } from "../domain/limits.ts";
import { problem } from "../platform/http/problem.ts";
import type { Failure } from "./failure.ts";
import { Unavailable } from "./ports.ts";

/** What the client is told of a failure, and no more. The request id leads a person to the rest. */
type Told = {
  readonly status: Parameters<typeof problem>[0];
  readonly title: string;
  readonly detail: string;
  readonly reason?: string;
  readonly pointer?: string;
  readonly errors?: readonly Fault[];
  readonly headers?: Record<string, string>;
};

/**
 * The one exit of the API for everything that is no answer.
 *
 * @param search of the address that was asked for, `?…` or empty: who is led elsewhere asks the same there
 */
export function errorResponse(failure: Failure, requestId: string, search = ""): Response {
  if (failure.failure === "moved") return movedResponse({ ...failure, to: failure.to + search }, requestId);
  const { status, ...rest } = told(failure);
  return problem(status, { ...rest, reason: rest.reason ?? failure.failure, requestId });
}

/** Merged away: not an error, but no answer either. Clients that follow redirects get the account that has everything now. */
function movedResponse({ mergedInto, to }: Extract<Failure, { failure: "moved" }>, requestId: string): Response {
  const detail = `this account was merged into ${mergedInto}`;
  const body = { type: "about:blank", title: "Merged", status: 308, detail, requestId, pointer: "/accountId", reason: "moved", mergedInto };
  return Response.json(body, {
    status: 308,
    headers: { location: to, "content-type": "application/problem+json", "cache-control": "no-store", "x-request-id": requestId },
  });
}

/** Something was thrown. A part that cannot be reached is 503; anything else is a bug of ours, told as 503 too: nothing a client sends may answer 500. */
export function thrownResponse(error: unknown, requestId: string, report: (error: unknown, requestId: string) => void): Response {
  if (error instanceof Unavailable) {
    const { what, retryAfterSeconds, kept } = error;
    return errorResponse({ failure: "unavailable", what, retryAfterSeconds, kept }, requestId);
  }
  report(error, requestId);
  return errorResponse({ failure: "unavailable", what: "request", retryAfterSeconds: 10 }, requestId);
}

function told(failure: Exclude<Failure, { failure: "moved" }>): Told {
  switch (failure.failure) {
    case "unauthenticated":
      return {
        status: 401,
        title: "Not authenticated",
        detail: failure.detail,
        headers: { "www-authenticate": 'Bearer realm="pulseline"' },
      };
    case "scope_missing":
      return { status: 403, title: "Scope missing", detail: `this needs the scope \`${failure.scope}\`` };
    case "account_not_allowed":
      return {
        status: 403,
        title: "Account not allowed",
        detail: failure.accountId === null ? "this token is restricted to some accounts" : "this token may not touch this account",
      };
    case "cross_origin":
      return {
        status: 403,
        title: "Cross-origin write",
        detail: "a write with a session cookie must come from the same origin; send a Bearer token instead",
      };
    case "not_found":
      return { status: 404, title: "Not found", detail: `there is no such ${failure.what}` };
    case "method_not_allowed":
      return {
        status: 405,
        title: "Method not allowed",
        detail: `allowed: ${failure.allow.join(", ")}`,
        headers: { allow: failure.allow.join(", ") },
      };
    case "bad_query":
      return { status: 400, title: "Bad query value", detail: failure.detail, pointer: failure.pointer };
    case "bad_json":
      return { status: 400, title: "Not JSON", detail: failure.detail };
    case "bad_encoding":
      return { status: 400, title: "Bad encoding", detail: failure.detail };
    case "too_large":
      return { status: 413, title: "Too large", detail: failure.detail };
    case "uri_too_long":
      return { status: 414, title: "URI too long", detail: "the path is too long" };
    case "unsupported_media_type":
      return { status: 415, title: "Unsupported media type", detail: `send ${failure.expected}` };
    case "invalid":
      return { status: 422, title: "Invalid", detail: failure.detail, pointer: failure.pointer };
    case "faults": {
      const shown = failure.faults.slice(0, faultsShownMax);
      const first = shown[0] ?? { pointer: "", detail: "is not valid" };
      return { status: 422, title: "Invalid", reason: "invalid", ...first, errors: shown };
    }
    case "conflict":
      return { status: 409, title: "Conflict", detail: failure.detail, ...(failure.pointer !== undefined && { pointer: failure.pointer }) };
    case "rate_limited":
      return {
        status: 429,
        title: "Too many requests",
        detail: "this token has used up its minute",
        headers: { "retry-after": String(failure.retryAfterSeconds) },
      };
    case "unavailable":
      return {
        status: 503,
        title: "Not available",
        detail: `the ${failure.what} cannot be served at the moment${failure.kept === undefined ? "" : `; ${failure.kept}`}; try again`,
        headers: { "retry-after": String(failure.retryAfterSeconds) },
      };
  }
}
