import type { Rejection } from "../domain/delivery.ts";

/** What became of a request at a Mixpanel door. */
export type MixpanelReply =
  | { readonly kind: "stored"; readonly accepted: number; readonly rejections: readonly Rejection[] }
  | { readonly kind: "refused"; readonly status: number; readonly reason: string; readonly detail: string }
  | { readonly kind: "unauthorised" }
  | { readonly kind: "busy"; readonly retryAfterSeconds: string };

const WRONG_TOKEN = "The project token belongs to no connection.";

/** 1×1, transparent. */
const GIF = Uint8Array.from(atob("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"), (char) => char.charCodeAt(0));
const CALLBACK = /^[A-Za-z_$][\w$.]{0,127}$/;

/**
 * The answer of `/track`, `/engage`, `/groups`, and of `/import` to the SDKs: exactly the one character `1` or `0`; with `verbose=1` JSON with `status`.
 * The Node client looks at nothing but the body, browsers at nothing but the status, so both must tell the truth.
 */
export function trackReply(reply: MixpanelReply, form: string, url: URL): Response {
  if (reply.kind === "unauthorised") return Response.json({ error: WRONG_TOKEN, status: "error" }, { status: 401 });
  const query = url.searchParams;
  const error = errorOf(reply);
  const status = reply.kind === "refused" ? reply.status : reply.kind === "busy" ? 503 : 200;
  const headers: Record<string, string> = {
    "cache-control": "no-store",
    ...(reply.kind === "busy" ? { "retry-after": reply.retryAfterSeconds } : {}),
  };
  if (form === "track" && query.get("img") === "1")
    return new Response(GIF, { status, headers: { ...headers, "content-type": "image/gif" } });
  const text = query.get("verbose") === "1" ? JSON.stringify({ status: error === null ? 1 : 0, error }) : error === null ? "1" : "0";
  const callback = query.get("callback");
  if (form === "track" && callback !== null && CALLBACK.test(callback)) {
    return new Response(`${callback}(${text});`, {
      status,
      headers: { ...headers, "content-type": "text/javascript; charset=utf-8", "x-content-type-options": "nosniff" },
    });
  }
  return new Response(text, {
    status,
    headers: { ...headers, "content-type": query.get("verbose") === "1" ? "application/json" : "text/plain; charset=utf-8" },
  });
}

/** Null: at least one item is stored, or there was none. */
function errorOf(reply: Exclude<MixpanelReply, { kind: "unauthorised" }>): string | null {
  if (reply.kind === "busy") return "Nothing was stored. Send it again.";
  if (reply.kind === "refused") return reply.detail;
  const [first] = reply.rejections;
  return reply.accepted > 0 || first === undefined ? null : `${first.reason}: ${first.detail}`;
}

/** The answer of `/import` to JSON and NDJSON. With `strict=1` bad records make it a 400, though the good ones are stored. */
export function importReply(reply: MixpanelReply, url: URL): Response {
  if (reply.kind === "unauthorised")
    return Response.json({ code: 401, error: "Invalid credentials", status: "Unauthorized" }, { status: 401 });
  if (reply.kind === "busy")
    return Response.json(
      { code: 503, error: "Nothing was stored. Send it again.", status: "Service Unavailable" },
      { status: 503, headers: { "retry-after": reply.retryAfterSeconds } },
    );
  if (reply.kind === "refused")
    return Response.json(
      { code: reply.status, error: reply.detail, status: reply.status === 413 ? "Request Entity Too Large" : "Bad Request" },
      { status: reply.status },
    );
  const { accepted, rejections } = reply;
  if (rejections.length === 0 || url.searchParams.get("strict") !== "1")
    return Response.json({ code: 200, num_records_imported: accepted, status: "OK" });
  const failed = rejections.map(({ index, id = "", detail }) => ({ index, insert_id: id, $insert_id: id, ...fieldAndMessage(detail) }));
  return Response.json(
    {
      code: 400,
      error: "some data points in the request failed validation",
      failed_records: failed,
      num_records_imported: accepted,
      status: "Bad Request",
    },
    { status: 400 },
  );
}

/** `/properties/time: must be …` → Mixpanel's `properties.time`. */
function fieldAndMessage(detail: string): { field: string; message: string } {
  const colon = detail.startsWith("/") ? detail.indexOf(": ") : -1;
  const field = colon < 0 ? "" : detail.slice(1, colon).replaceAll("/", ".");
  return { field, message: field === "" ? detail : `'${field}' is invalid: ${detail.slice(colon + 2)}` };
}

/** Browsers send cookies along (`withCredentials`), so the origin must be named; `*` would be refused. */
export function corsHeaders(request: Request): Record<string, string> {
  const origin = request.headers.get("origin");
  return origin === null ? {} : { "access-control-allow-origin": origin, "access-control-allow-credentials": "true", vary: "Origin" };
}

export const preflight = (request: Request): Response =>
  new Response(null, {
    status: 204,
    headers: {
      ...corsHeaders(request),
      "access-control-allow-methods": "GET, POST, OPTIONS",
      "access-control-allow-headers": request.headers.get("access-control-request-headers") ?? "content-type",
      "access-control-max-age": "86400",
      allow: "GET, POST, OPTIONS",
    },
  });
