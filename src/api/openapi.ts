import type { OpenAPIHono } from "@hono/zod-openapi";
import { z } from "zod";
import { apiBase } from "./base.ts";
import type { Endpoint } from "./endpoint.ts";
import { problemSchema } from "./schemas.ts";

type RouteDocument = Parameters<OpenAPIHono["openAPIRegistry"]["registerPath"]>[0];

const scopeWords: Readonly<Record<string, string>> = { none: "No token is needed.", null: "Any token or session." };

/** Tells the registry of the app about an endpoint; the document is written from the very schemas that check requests. */
export function describe(app: Pick<OpenAPIHono, "openAPIRegistry">, endpoint: Endpoint): void {
  const params = [...endpoint.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
  app.openAPIRegistry.registerPath({
    method: endpoint.method,
    path: `${apiBase}${endpoint.path}`,
    tags: [endpoint.tag],
    summary: endpoint.summary,
    description: scopeWords[String(endpoint.scope)] ?? `Scope \`${endpoint.scope}\`.`,
    security: endpoint.scope === "none" ? [] : [{ token: [] }, { session: [] }],
    request: {
      ...(params.length === 0 ? {} : { params: z.object(Object.fromEntries(params.map((name) => [name, z.string()]))) }),
      ...(endpoint.query instanceof z.ZodObject && Object.keys(endpoint.query.shape).length > 0 ? { query: endpoint.query } : {}),
      ...(endpoint.body === null
        ? {}
        : {
            body: { required: !endpoint.body.optional, content: contentOf(endpoint.body) },
          }),
    },
    responses: responsesOf(endpoint),
  });
}

const contentOf = ({ type, schema }: NonNullable<Endpoint["body"]>) => ({
  ...(type === "csv" ? {} : { "application/json": { schema } }),
  ...(type === "json" ? {} : { "text/csv": { schema: z.string() } }),
});

const responsesOf = (endpoint: Endpoint): RouteDocument["responses"] => ({
  ...Object.fromEntries(
    Object.entries(endpoint.answers).map(([status, { description, schema }]) => [
      status,
      { description, ...(schema === undefined ? {} : { content: { "application/json": { schema } } }) },
    ]),
  ),
  default: { description: "A problem (RFC 9457)", content: { "application/problem+json": { schema: problemSchema } } },
});

/** The document as the registry has it, OpenAPI 3.1. */
export function openApiDocument(app: OpenAPIHono, version: string): object {
  app.openAPIRegistry.registerComponent("securitySchemes", "token", { type: "http", scheme: "bearer" });
  app.openAPIRegistry.registerComponent("securitySchemes", "session", { type: "apiKey", in: "cookie", name: "pulseline_session" });
  return app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Pulseline",
      version,
      description: "Live, explained customer-health scores. Times are RFC 3339 in UTC, money is in minor units, scores are 0 to 100.",
    },
  });
}
