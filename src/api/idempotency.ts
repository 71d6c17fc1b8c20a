import { idempotencyKeptMs, idempotencyKeyCharsMax } from "../domain/limits.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import type { Answer, Endpoint, Identity } from "./endpoint.ts";
import { isFailure, type Failure } from "./failure.ts";
import type { ApiPorts } from "./ports.ts";

type Work = () => Promise<Answer | Response | Failure>;

/**
 * Gives the first answer again to a write that bears an `Idempotency-Key` it has borne before (24 hours, per token and path).
 *
 * Only answers are kept, not failures: after one the key is free again. A write that dies between its effect and the keeping of its answer
 * leaves the key taken, and the client hears 409 for the rest of the day; it can look and then use another key.
 */
export async function once(
  endpoint: Endpoint,
  context: { identity: Identity; ports: ApiPorts; request: Request; url: URL; now: number; text: string },
  work: Work,
): Promise<Answer | Response | Failure> {
  const key = keyOf(context.request);
  if (!key.ok) return key.error;
  // Nobody has keys: strangers must not meet each other's answers, nor fill the table.
  if (key.value === null || endpoint.method === "get" || endpoint.scope === "none") return work();
  const { ports, identity, url, now } = context;
  const id = `${identity.tokenId}|${endpoint.method}|${url.pathname}|${key.value}`;
  const requestHash = ports.crypto.sha256Hex(`${context.request.headers.get("content-type") ?? ""}\n${context.text}`);
  const stored = await ports.store.takeIdempotencyKey(id, requestHash, now, idempotencyKeptMs);
  if (stored !== null) return replayed(stored, requestHash, ports);
  return keep(id, ports, work);
}

async function keep(id: string, ports: ApiPorts, work: Work): Promise<Answer | Response | Failure> {
  let answer: Answer | Response | Failure;
  try {
    answer = await work();
  } catch (error) {
    await ports.store.freeIdempotencyKey(id);
    throw error;
  }
  if (isFailure(answer) || answer instanceof Response) await ports.store.freeIdempotencyKey(id);
  else await ports.store.keepAnswer(id, answer.status, await ports.crypto.encrypt({ json: JSON.stringify(answer.json ?? null) }));
  return answer;
}

async function replayed(
  stored: { requestHash: string; status: number | null; bodyCiphertext: string | null },
  requestHash: string,
  ports: ApiPorts,
): Promise<Answer | Failure> {
  if (stored.requestHash !== requestHash) return { failure: "conflict", detail: "this Idempotency-Key was used with another body" };
  if (stored.status === null || stored.bodyCiphertext === null)
    return { failure: "conflict", detail: "a request with this Idempotency-Key is under way or was cut off" };
  const opened = await ports.crypto.decrypt(stored.bodyCiphertext);
  if (opened === null) return { failure: "conflict", detail: "the answer kept under this Idempotency-Key can no longer be opened" };
  const json = JSON.parse(opened["json"] ?? "null") as unknown;
  return { status: stored.status, ...(stored.status === 204 ? {} : { json }), headers: { "idempotency-replayed": "true" } };
}

function keyOf(request: Request): Result<string | null, Failure> {
  const key = request.headers.get("idempotency-key");
  if (key === null) return ok(null);
  if (key.length > 0 && key.length <= idempotencyKeyCharsMax) return ok(key);
  return fail({ failure: "invalid", pointer: "", detail: `Idempotency-Key must have 1 to ${idempotencyKeyCharsMax} characters` });
}
