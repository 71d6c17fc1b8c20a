/**
 * Problem details (RFC 9457): the body of every answer that is not a success, except where a vendor's protocol prescribes its own. One voice for
 * doors and API: the title is the status's (section 4.2.1: `about:blank` means no more), `reason` is the same word for the same fault, and
 * `detail` is a clause without capital and full stop, which reads on from the field that `pointer` names.
 */
const titles: Readonly<Record<number, string>> = {
  400: "Bad request",
  401: "Not authenticated",
  403: "Not allowed",
  404: "Not found",
  405: "Method not allowed",
  409: "Conflict",
  413: "Too large",
  414: "Path too long",
  415: "Unsupported media type",
  422: "Invalid",
  429: "Too many requests",
  503: "Temporarily unavailable",
};

export type ProblemOptions = {
  /** For a person; names what would be right. Poorer than the reason that is logged. */
  readonly detail?: string | undefined;
  /** JSON pointer (RFC 6901) to the bad field. */
  readonly pointer?: string | undefined;
  /** All bad fields, where more than the first is told. */
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[] | undefined;
  /** For a program: tagged, snake_case. */
  readonly reason?: string | undefined;
  readonly requestId?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
};

/** `Retry-After` in seconds is always 1 to 30: longer waits make vendors give up. */
export const retryAfterSeconds = (ms: number): string => String(Math.min(30, Math.max(1, Math.ceil(ms / 1_000))));

/** 429 and 503 always bear `Retry-After` (2 s unless `headers` says otherwise). */
export function problem(status: number, options: ProblemOptions = {}): Response {
  const { detail, pointer, errors, reason, requestId = crypto.randomUUID(), headers } = options;
  const title = titles[status] ?? "Problem";
  const body = { type: "about:blank", title, status, detail: detail ?? title.toLowerCase(), requestId, pointer, errors, reason };
  return Response.json(body, {
    status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      ...(status === 429 || status === 503 ? { "retry-after": "2" } : {}),
      ...(status === 401 ? { "www-authenticate": "Bearer" } : {}),
      ...headers,
    },
  });
}

export const methodNotAllowed = (allow: string): Response =>
  problem(405, { reason: "method_not_allowed", detail: `this path takes ${allow}`, headers: { allow } });
export const notFound = (detail = "there is nothing at this path"): Response => problem(404, { reason: "not_found", detail });
