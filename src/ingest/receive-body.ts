import type { BodyFault } from "../connectors/kit/body-fault.ts";
import { bodyExpandedBytesMax, bodySentBytesMax } from "../domain/limits.ts";
import { type Result, fail, ok } from "../domain/result.ts";
import { problem } from "../platform/http/problem.ts";
import { readRequestBody } from "../platform/http/request-body.ts";
import type { DoorPorts } from "./ports.ts";

export type ReceivedBody = {
  /** Exactly as it came: signatures are made over it, and it is what is stored. */
  readonly sent: Uint8Array;
  readonly expanded: Uint8Array;
  readonly contentEncoding: "identity" | "gzip";
};

/** A refused body with the answer's status; a vendor's door may put its own body around it. */
export type BodyRefusal = { readonly status: 400 | 413 | 415; readonly reason: string; readonly detail: string };

const CONTENT_TYPE_CHARS_MAX = 128;

/** The body's type as the sender named it, for a person who looks at the delivery. */
export function contentTypeOf(request: Request): { contentType?: string } {
  const contentType = request.headers.get("content-type") ?? "";
  return contentType === "" ? {} : { contentType: contentType.slice(0, CONTENT_TYPE_CHARS_MAX) };
}

/** Reads and expands a body within the bounds of the public surface: 10 MB as sent, 32 MB expanded. */
export async function receiveBody(request: Request, ports: Pick<DoorPorts, "gunzip">): Promise<Result<ReceivedBody, BodyRefusal>> {
  const encoding = (request.headers.get("content-encoding") ?? "identity").trim().toLowerCase();
  if (encoding !== "identity" && encoding !== "" && encoding !== "gzip" && encoding !== "x-gzip") {
    return fail({ status: 415, reason: "unsupported_encoding", detail: "Content-Encoding must be gzip or none" });
  }
  const sent = await readRequestBody(request);
  if (sent === null) return fail({ status: 413, reason: "body_too_large", detail: `a body has at most ${bodySentBytesMax} bytes as sent` });
  if (encoding === "identity" || encoding === "") return ok({ sent, expanded: sent, contentEncoding: "identity" });
  const expanded = ports.gunzip(sent, bodyExpandedBytesMax);
  if (expanded.ok) return ok({ sent, expanded: expanded.value, contentEncoding: "gzip" });
  if (expanded.error === "too_large")
    return fail({ status: 413, reason: "body_too_large", detail: `a body has at most ${bodyExpandedBytesMax} bytes when expanded` });
  return fail({ status: 400, reason: "broken_gzip", detail: "the body is not gzip, or is cut off" });
}

/** The status of a body that came whole and is none that its door can read. */
export function statusOfFault({ reason }: BodyFault): 400 | 413 | 422 {
  if (reason === "not_events") return 422;
  return reason === "too_many" || reason === "too_complex" ? 413 : 400;
}

export const refusalProblem = ({ status, reason, detail }: BodyRefusal): Response => problem(status, { reason, detail });
