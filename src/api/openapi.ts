import type { OpenAPIHono } from "@hono/zod-openapi";
import { z } from "zod";
import { apiBase } from "./base.ts";
import type { Endpoint } from "./endpoint.ts";
import { problemSchema } from "./schemas.ts";

type RouteDocument = Parameters<OpenAPIHono["openAPIRegistry"]["registerPath"]>[0];

const scopeWords: Readonly<Record<string, string>> = { none: "No token is needed.", null: "Any token or session." };

/** A path beside `/api/v1` as the document tells of it: a front door, a probe, the metrics. */
export type PathDescription = {
  readonly method: "get" | "post";
  /** `{name}` is a parameter. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description: string;
  /** Any one of these; none: whoever asks. */
  readonly security: readonly ("token" | "session" | "basic")[];
  readonly query?: z.ZodObject;
  /** By media type. */
  readonly body?: Readonly<Record<string, z.ZodType>>;
  /** A schema is that of JSON. */
  readonly answers: Readonly<Record<number, { readonly description: string; readonly schema?: z.ZodType }>>;
};

/** Tells the registry of the app about an endpoint; the document is written from the very schemas that check requests. */
export function describe(app: Pick<OpenAPIHono, "openAPIRegistry">, endpoint: Endpoint): void {
  const { query, body, scope } = endpoint;
  register(app, {
    ...endpoint,
    path: `${apiBase}${endpoint.path}`,
    description: scopeWords[String(scope)] ?? `Scope \`${scope}\`.`,
    security: scope === "none" ? [] : ["token", "session"],
    query: query instanceof z.ZodObject ? query : undefined,
    body: body === null ? null : { required: !body.optional, content: contentOf(body) },
  });
}

/** The same of a path that is none of the API's endpoints. */
export function describePath(app: Pick<OpenAPIHono, "openAPIRegistry">, path: PathDescription): void {
  const content = Object.fromEntries(Object.entries(path.body ?? {}).map(([type, schema]) => [type, { schema }]));
  register(app, { ...path, query: path.query, body: path.body === undefined ? null : { required: true, content } });
}

type Described = Pick<PathDescription, "path" | "tag" | "summary" | "description" | "security" | "answers"> & {
  readonly method: Endpoint["method"];
  readonly query: z.ZodObject | undefined;
  readonly body: { readonly required: boolean; readonly content: Record<string, { schema: z.ZodType }> } | null;
};

function register(app: Pick<OpenAPIHono, "openAPIRegistry">, described: Described): void {
  const { method, path, tag, summary, description, security, query, body, answers } = described;
  const params = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
  app.openAPIRegistry.registerPath({
    method,
    path,
    tags: [tag],
    summary,
    description,
    security: security.map((name) => ({ [name]: [] })),
    request: {
      ...(params.length === 0 ? {} : { params: z.object(Object.fromEntries(params.map((name) => [name, z.string()]))) }),
      ...(query !== undefined && Object.keys(query.shape).length > 0 ? { query } : {}),
      ...(body === null ? {} : { body }),
    },
    responses: responsesOf(answers),
  });
}

const contentOf = ({ type, schema }: NonNullable<Endpoint["body"]>): Record<string, { schema: z.ZodType }> => ({
  ...(type === "csv" ? {} : { "application/json": { schema } }),
  ...(type === "json" ? {} : { "text/csv": { schema: z.string() } }),
});

const responsesOf = (answers: PathDescription["answers"]): RouteDocument["responses"] => ({
  ...Object.fromEntries(
    Object.entries(answers).map(([status, { description, schema }]) => [
      status,
      { description, ...(schema === undefined ? {} : { content: { "application/json": { schema } } }) },
    ]),
  ),
  default: { description: "A problem (RFC 9457)", content: { "application/problem+json": { schema: problemSchema } } },
});

/** The document as the registry has it, OpenAPI 3.1. */
export function openApiDocument(app: OpenAPIHono, version: string): object {
  app.openAPIRegistry.registerComponent("securitySchemes", "token", { type: "http", scheme: "bearer" });
  app.openAPIRegistry.registerComponent("securitySchemes", "basic", { type: "http", scheme: "basic" });
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
