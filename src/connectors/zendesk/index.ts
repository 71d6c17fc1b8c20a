import { accountKeySetting, defineConnector } from "../connector.ts";
import { zendeskTicketTypes } from "./ticket-event.ts";
import { toEvents } from "./webhooks.ts";

export const zendesk = defineConnector({
  name: "zendesk",
  title: "Zendesk Support",
  docs: "Ticket events as they happen, by a webhook that is subscribed to ticket events or fired by a trigger.",
  kind: "vendor",
  settings: [
    { key: "subdomain", title: "Subdomain", required: false, docs: "`acme` of acme.zendesk.com." },
    {
      key: "authMode",
      title: "How to sign in",
      required: false,
      docs: "`oauth` or `token`; needed for reading from Zendesk, not for its webhooks.",
    },
    accountKeySetting,
  ],
  secrets: [
    {
      key: "webhookSecret",
      title: "Signing secret of the webhook",
      required: true,
      docs: "Admin Center → Webhooks → your webhook → Reveal secret. Stored as it is: it looks like base64, but is used as text.",
    },
    { key: "clientId", title: "OAuth client id", required: false, docs: "" },
    { key: "clientSecret", title: "OAuth client secret", required: false, docs: "" },
    { key: "refreshToken", title: "OAuth refresh token", required: false, docs: "" },
    { key: "accessToken", title: "Access token", required: false, docs: "" },
  ],
  webhook: {
    form: "webhook",
    // timestamp + body, secret as text. An older page of the vendor had body + timestamp; that order is refused.
    signature: {
      secret: "webhookSecret",
      algorithm: "SHA-256",
      signatureHeader: "x-zendesk-webhook-signature",
      signatureEncoding: "base64",
      timestampHeader: "x-zendesk-webhook-signature-timestamp",
      // The vendor's public constant for tests before a webhook exists: anyone can sign with it.
      refusedSecrets: ["dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="],
    },
    meta: { invocationId: "x-zendesk-webhook-invocation-id" },
    types: zendeskTicketTypes,
  },
  streams: [],
  forms: { webhook: toEvents },
});
