import { z } from "zod";
import { endpoint, okJson, type Endpoint } from "../endpoint.ts";

const field = z.object({ key: z.string(), title: z.string(), required: z.boolean(), description: z.string() });

export const catalogueEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "get",
    path: "/connectors",
    tag: "connections",
    summary: "What can be connected, and what each needs",
    scope: "read",
    answers: {
      200: {
        description: "All connectors",
        schema: z.object({
          items: z.array(
            z.object({
              name: z.string(),
              title: z.string(),
              docs: z.string(),
              settings: z.array(field),
              secrets: z.array(field),
              streams: z.array(z.object({ name: z.string() })),
              webhooks: z.array(z.string()),
              receivesWebhooks: z.boolean(),
            }),
          ),
        }),
      },
    },
    handle: async ({ ports }) =>
      okJson({
        items: ports.catalogue.connectors.map(({ publicSecrets: _known, ...connector }) => ({
          ...connector,
          streams: connector.streams.map((name) => ({ name })),
        })),
      }),
  }),
  endpoint({
    method: "get",
    path: "/event-types",
    tag: "flow",
    summary: "Event types with a meaning, and the schema of their data",
    scope: "read",
    answers: {
      200: {
        description: "The catalogue",
        schema: z.object({
          items: z.array(
            z.object({
              type: z.string(),
              title: z.string(),
              category: z.string(),
              profileUpdate: z.boolean(),
              description: z.string(),
              schema: z.record(z.string(), z.unknown()),
            }),
          ),
        }),
      },
    },
    handle: async ({ ports }) => okJson({ items: ports.catalogue.eventTypes() }),
  }),
];
