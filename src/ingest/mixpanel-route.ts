import { mixpanel } from "../connectors/mixpanel/index.ts";
import { isForm, readBody } from "../connectors/mixpanel/read-body.ts";
import type { DeliveryHead } from "../domain/delivery.ts";
import { methodNotAllowed, retryAfterSeconds } from "../platform/http/problem.ts";
import { importConnection, trackConnection } from "./mixpanel-credentials.ts";
import { type MixpanelReply, corsHeaders, importReply, preflight, trackReply } from "./mixpanel-reply.ts";
import { type Connection, type DoorPorts, DoorUnavailable, notStored } from "./ports.ts";
import { contentTypeOf, receiveBody, statusOfFault } from "./receive-body.ts";

/** The doors of the official Mixpanel clients, pointed at this host. */
export const mixpanelForms = ["track", "engage", "groups", "import"] as const;
type Form = (typeof mixpanelForms)[number];

export async function receiveMixpanel(request: Request, form: Form, ports: DoorPorts): Promise<Response> {
  const cors = corsHeaders(request);
  if (request.method === "OPTIONS") return preflight(request);
  if (request.method !== "GET" && request.method !== "POST") return methodNotAllowed("GET, POST, OPTIONS");
  const url = new URL(request.url);
  const received = await receive(request, url, form, ports).catch((error: unknown) => {
    if (!(error instanceof DoorUnavailable)) ports.report("door_failed", { error: String(error) });
    return { reply: { kind: "busy", retryAfterSeconds: "2" } as const, plain: true };
  });
  const response = form === "import" && !received.plain ? importReply(received.reply, url) : trackReply(received.reply, form, url);
  for (const [name, value] of Object.entries(cors)) response.headers.set(name, value);
  return response;
}

/** `plain`: the client sent a form, as the SDKs do, and expects `1`; `/import` clients that send JSON get JSON. */
type Received = { readonly reply: MixpanelReply; readonly plain: boolean };

async function receive(request: Request, url: URL, form: Form, ports: DoorPorts): Promise<Received> {
  const body = request.method === "GET" ? queryBody(url) : await receiveBody(request, ports);
  if (!body.ok) return { reply: { kind: "refused", ...body.error }, plain: true };
  const { sent, expanded, contentEncoding } = body.value;
  const plain = isForm(new TextDecoder().decode(expanded.subarray(0, 600)));
  const read = readBody(expanded);
  if (!read.ok) return { reply: { kind: "refused", status: statusOfFault(read.error), ...read.error }, plain };
  const connection = form === "import" ? await importConnection(request, url, read.value, ports) : await trackConnection(read.value, ports);
  if (connection === null) return { reply: { kind: "unauthorised" }, plain };
  const receivedAt = ports.now();
  const uncounted = headOf(connection, { form, receivedAt, contentEncoding, ...contentTypeOf(request) }, ports);
  const { items, rejections } = mixpanel.forms[form]({ head: uncounted, body: expanded });
  if (items.length + rejections.length > 0) {
    const outcome = await ports.append({ head: { ...uncounted, accepted: items.length, rejected: rejections.length }, body: sent });
    if (!outcome.stored) {
      ports.refused({ connectionId: connection.id, connector: connection.connector, stream: form, ...notStored });
      return { reply: { kind: "busy", retryAfterSeconds: retryAfterSeconds(outcome.retryAfterMs) }, plain };
    }
  }
  return { reply: { kind: "stored", accepted: items.length, rejections }, plain };
}

const headOf = (
  connection: Connection,
  facts: Pick<DeliveryHead, "form" | "receivedAt" | "contentEncoding" | "contentType">,
  ports: DoorPorts,
): DeliveryHead => ({
  id: ports.newDeliveryId() as DeliveryHead["id"],
  connectionId: connection.id as DeliveryHead["connectionId"],
  connector: connection.connector,
  // `/import` is for history of any age: its own lane, never late, never in the way of what happens now.
  lane: facts.form === "import" ? "backfill" : "live",
  meta: {},
  settings: connection.settings,
  mayCreateAccounts: false,
  accepted: 0,
  rejected: 0,
  ...facts,
});

/** A GET's event stands in its query; stored as the form it is. The raw query keeps a bare plus of base64 a plus. */
function queryBody(url: URL): { ok: true; value: { sent: Uint8Array; expanded: Uint8Array; contentEncoding: "identity" } } {
  const field = url.search
    .slice(1)
    .split("&")
    .find((part) => part.startsWith("data="));
  const bytes = new TextEncoder().encode(field ?? "data=");
  return { ok: true, value: { sent: bytes, expanded: bytes, contentEncoding: "identity" } };
}
