import { z } from "zod";
import { NativeEventSchema } from "../connectors/native/schema.ts";
import { mixpanelForms } from "./mixpanel-route.ts";

/** The front doors as the API's document tells of them (docs/design/doors.md). A test holds the list against the doors' routes. */

const event = NativeEventSchema.describe("An event; docs/events.md has the types and what `data` of each may hold.");
const events = z.union([event, z.array(event), z.object({ events: z.array(event) })]);
const lines = z.string().describe("One event a line");
const cloudEvent = z.looseObject({ specversion: z.string(), id: z.string(), type: z.string(), source: z.string() });
const told = z.object({ index: z.number(), id: z.string().nullable(), reason: z.string(), detail: z.string() });
const receipt = z.object({
  accepted: z.number(),
  rejected: z.array(told.describe("One that is not valid")),
});

const native = {
  method: "post",
  path: "/v1/events",
  tag: "doors",
  summary: "Send events of one's own",
  description:
    "Scope `ingest`. Bodies may be gzip; up to 10 MB as sent and 32 MB expanded. CloudEvents are taken in the JSON format, structured, batched or binary.",
  security: ["token"],
  query: z.object({ lane: z.enum(["live", "backfill"]).optional() }),
  body: {
    "application/json": events,
    "application/x-ndjson": lines,
    "application/cloudevents+json": cloudEvent,
    "application/cloudevents-batch+json": z.array(cloudEvent),
  },
  answers: {
    202: {
      description:
        "Durable: what is not valid is in `rejected`, the others are stored. `Location` leads to the delivery; `Pulseline-Warnings` names events that count for less than their type means",
      schema: receipt,
    },
  },
} as const;

const webhook = {
  method: "post",
  path: "/webhooks/{connector}/{connectionId}",
  tag: "doors",
  summary: "A webhook of a vendor, signed as the vendor signs",
  description:
    "The address is `webhookUrl` of the connection. The signature over the raw bytes is checked by the connection's secret; what is signed but cannot be read is stored all the same.",
  security: [],
  body: { "application/json": z.unknown().describe("As the vendor sends it") },
  answers: { 200: { description: "Durable", schema: receipt } },
} as const;

const mixpanelWords: Readonly<Record<(typeof mixpanelForms)[number], string>> = {
  track: "Events of the Mixpanel SDKs",
  engage: "Profiles of people of the Mixpanel SDKs",
  groups: "Profiles of groups of the Mixpanel SDKs",
  import: "Events of the past, as Mixpanel's import API takes them",
};
const reply = z.union([
  z.enum(["1", "0"]).describe("Stored or not"),
  z.object({ status: z.number(), error: z.string().nullable() }).describe("With `verbose=1`"),
]);
const importReply = z.object({ code: z.number(), num_records_imported: z.number(), status: z.string() }).describe("Of JSON and NDJSON");

const mixpanel = mixpanelForms.flatMap((form) =>
  (["get", "post"] as const).map((method) => ({
    method,
    path: `/${form}`,
    tag: "doors",
    summary: mixpanelWords[form],
    description:
      form === "import"
        ? "Basic credentials as at Mixpanel: a service account, the API secret or the project token as user name. `strict=1` answers 400 where a record is bad, though the good ones are stored."
        : "The project token in the body names the connection. Answers are those of Mixpanel, with `verbose=1` in JSON; `/` at the end is the same.",
    security: form === "import" ? (["basic"] as const) : [],
    query: z.object(
      method === "get"
        ? { data: z.string().describe("The body of a POST: base64 or JSON"), verbose: z.string().optional() }
        : { verbose: z.string().optional() },
    ),
    ...(method === "get"
      ? {}
      : {
          body: {
            "application/x-www-form-urlencoded": z.object({ data: z.string().describe("Base64 or JSON") }),
            "application/json": z.array(z.record(z.string(), z.unknown())),
          },
        }),
    answers: { 200: { description: "What was good is stored", schema: form === "import" ? z.union([reply, importReply]) : reply } },
  })),
);

export const doorDescriptions = [native, webhook, ...mixpanel];
