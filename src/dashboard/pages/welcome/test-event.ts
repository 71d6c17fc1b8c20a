/** What the first run sends as its test: the same requests as the `curl` lines beside it, so that both can be believed. */

export const testAccountId = "example-company";
const testOrganizationId = "1";
/** What the test account is, so that measures which need it (seats) can be computed. */
export const testAccount = {
  id: testAccountId,
  name: "Example Company",
  domains: ["example-company.example"],
  externalIds: { zendesk: testOrganizationId },
  attributes: { seats: 10, segment: "trial" },
};

export type TestRequest = { readonly door: string; readonly headers: Record<string, string>; readonly body: string };

const randomText = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(6)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** What one test event is known by. Whoever sends the same one twice has sent a repeat, which counts once. */
export type TestEvent = { readonly id: string; readonly at: string };

export const newTestEvent = (): TestEvent => ({ id: `first-run-${randomText()}`, at: new Date().toISOString() });

const nativeBody = ({ id, at }: TestEvent): string =>
  JSON.stringify({
    id,
    type: "feature.used",
    time: at,
    account: { id: testAccountId },
    user: { id: "ada" },
    data: { feature: "export" },
  });

export const nativeTest = (token: string, event: TestEvent): TestRequest => ({
  door: "/v1/events",
  headers: { authorization: `Bearer ${token}` },
  body: nativeBody(event),
});

const zendeskBody = ({ id, at }: TestEvent): string =>
  JSON.stringify({
    type: "zen:event-type:ticket.created",
    account_id: 1,
    id,
    time: at,
    zendesk_event_version: "2022-11-06",
    subject: "zen:ticket:1",
    detail: {
      id,
      organization_id: testOrganizationId,
      status: "OPEN",
      priority: "URGENT",
      subject: "A first ticket",
      created_at: at,
      updated_at: at,
      is_public: true,
    },
    event: {},
  });

/** True where the browser lets a page compute a signature (https and localhost). */
export const canSign = (): boolean => globalThis.isSecureContext;

/** Signed as the vendor signs: base64 of HMAC-SHA256 over timestamp and body, the secret as text. */
export async function zendeskTest(webhookUrl: string, secret: string, event: TestEvent): Promise<TestRequest> {
  const { at } = event;
  const body = zendeskBody(event);
  const bytes = new TextEncoder();
  const key = await crypto.subtle.importKey("raw", bytes.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const signature = new Uint8Array(await crypto.subtle.sign("HMAC", key, bytes.encode(at + body)));
  return {
    // The page may only talk to its own host; the public URL of the connection leads to the same door.
    door: new URL(webhookUrl).pathname,
    headers: {
      "x-zendesk-webhook-invocation-id": randomText(),
      "x-zendesk-webhook-signature-timestamp": at,
      "x-zendesk-webhook-signature": btoa(String.fromCharCode(...signature)),
    },
    body,
  };
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

export function nativeCurl(origin: string, token: string, event: TestEvent): string {
  return [
    `curl ${quoted(`${origin}/v1/events`)} \\`,
    `  -H ${quoted(`Authorization: Bearer ${token}`)} \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d ${quoted(nativeBody(event))}`,
  ].join("\n");
}

/** Signed when it is sent, as a signature is good for minutes; the event stays the one that it is. */
export function zendeskCurl(webhookUrl: string, secret: string, event: TestEvent): string {
  return [
    `AT=$(date -u +%Y-%m-%dT%H:%M:%SZ)`,
    `BODY=${quoted(zendeskBody(event))}`,
    `SIGNATURE=$(printf '%s%s' "$AT" "$BODY" | openssl dgst -sha256 -hmac ${quoted(secret)} -binary | base64)`,
    `curl ${quoted(webhookUrl)} \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -H "X-Zendesk-Webhook-Signature-Timestamp: $AT" \\`,
    `  -H "X-Zendesk-Webhook-Signature: $SIGNATURE" \\`,
    `  -d "$BODY"`,
  ].join("\n");
}
