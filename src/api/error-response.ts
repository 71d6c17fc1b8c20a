import type { Fault } from "../domain/config/fault.ts";
import { faultsShownMax, pathCharsMax } from "../domain/limits.ts";
import { problem } from "../platform/http/problem.ts";
import type { Failure } from "./failure.ts";
import { Unavailable } from "./ports.ts";

/** What the client is told of a failure, and no more. The request id leads a person to the rest. */
type Told = {
  readonly status: Parameters<typeof problem>[0];
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
        reason: failure.reason,
        detail: failure.detail,
        headers: { "www-authenticate": 'Bearer realm="pulseline"' },
      };
    case "scope_missing":
      return { status: 403, detail: `this needs the scope \`${failure.scope}\`` };
    case "account_not_allowed":
      return {
        status: 403,
        detail: failure.accountId === null ? "this token is restricted to some accounts" : "this token may not touch this account",
      };
    case "cross_origin":
      return {
        status: 403,
        detail: "a write with a session cookie must come from the same origin; send a Bearer token instead",
      };
    case "not_found":
      return { status: 404, detail: `there is no such ${failure.what}` };
    case "method_not_allowed":
      return {
        status: 405,
        detail: `this path takes ${failure.allow.join(", ")}`,
        headers: { allow: failure.allow.join(", ") },
      };
    case "bad_query":
      return { status: 400, detail: failure.detail, pointer: failure.pointer };
    case "not_json":
    case "empty":
    case "not_utf8":
      return { status: 400, detail: failure.detail };
    case "too_large":
    case "body_too_large":
      return { status: 413, detail: failure.detail };
    case "uri_too_long":
      return { status: 414, detail: `a path has at most ${pathCharsMax} characters` };
    case "unsupported_media_type":
    case "unsupported_encoding":
      return { status: 415, detail: `send ${failure.expected}` };
    case "invalid":
      return { status: 422, detail: failure.detail, pointer: failure.pointer };
    case "faults": {
      const shown = failure.faults.slice(0, faultsShownMax);
      const first = shown[0] ?? { pointer: "", detail: "is not valid" };
      return { status: 422, reason: "invalid", ...first, errors: shown };
    }
    case "conflict":
      return { status: 409, detail: failure.detail, ...(failure.pointer !== undefined && { pointer: failure.pointer }) };
    case "rate_limited":
      return {
        status: 429,
        detail: "this token has used up its minute",
        headers: { "retry-after": String(failure.retryAfterSeconds) },
      };
    case "unavailable":
      return {
        status: 503,
        detail: `the ${failure.what} cannot be served at the moment${failure.kept === undefined ? "" : `; ${failure.kept}`}; try again`,
        headers: { "retry-after": String(failure.retryAfterSeconds) },
      };
  }
}
