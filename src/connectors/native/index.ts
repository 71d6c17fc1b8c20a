import { defineConnector } from "../connector.ts";
import { toPlainLines } from "./plain-lines.ts";
import { toEvents } from "./to-events.ts";

export const native = defineConnector({
  name: "native",
  title: "Native events",
  docs: "Anyone with an ingest token sends events to `POST /v1/events`: JSON, NDJSON, CloudEvents, Kafka Connect.",
  kind: "internal",
  settings: [],
  secrets: [],
  streams: [],
  forms: { events: toEvents },
  lines: { events: toPlainLines },
});
