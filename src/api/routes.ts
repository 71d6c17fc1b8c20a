import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { ok } from "../domain/result.ts";
import { isCustomer } from "../domain/canary.ts";
import { apiBase } from "./base.ts";
import { docsCss, docsPage, type ApiDocument } from "./docs-page.ts";
import { nobody, type Answer, type BodyType, type Call, type Endpoint, type Identity } from "./endpoint.ts";
import { endpoints } from "./endpoints.ts";
import { errorResponse, thrownResponse } from "./error-response.ts";
import { isFailure, type Failure } from "./failure.ts";
import { once } from "./idempotency.ts";
import { openMetrics, openMetricsType } from "./open-metrics.ts";
import { describe, describePath, openApiDocument, type PathDescription } from "./openapi.ts";
import type { ApiPorts } from "./ports.ts";
import { metricsPath, probePaths, readiness } from "./probes.ts";
import { countRequest } from "./rate-limit.ts";
import { checkBody, checkQuery, mediaTypeOf, parseJsonBody, readText } from "./read-body.ts";
import { authenticate, hasScope } from "./session.ts";

export type ApiOptions<Env> = {
  readonly portsOf: (env: Env) => ApiPorts;
  readonly version: string;
  /** Paths that others serve and the document tells of: the front doors. */
  readonly doors: readonly PathDescription[];
  /** A bug of ours: for a person to see. */
  readonly report: (error: unknown, requestId: string) => void;
};

/**
 * The API as one app: `/api/v1/*`, its document and page, the probes and the metrics.
 * Everything that is no answer leaves through error-response.ts.
 */
export function createApi<Env extends object>({ portsOf, version, doors, report }: ApiOptions<Env>): OpenAPIHono<{ Bindings: Env }> {
  const app = new OpenAPIHono<{ Bindings: Env }>();
  const guarded = (request: Request, work: (requestId: string) => Promise<Response>): Promise<Response> => {
    const requestId = requestIdOf(request);
    return work(requestId).catch((error: unknown) => thrownResponse(error, requestId, report));
  };
  for (const endpoint of endpoints) {
    describe(app, endpoint);
    app.on(endpoint.method.toUpperCase(), `${apiBase}${endpoint.path.replaceAll(/\{(\w+)\}/g, ":$1")}`, (context) =>
      guarded(context.req.raw, (requestId) => serve(endpoint, context.req.raw, context.req.param(), portsOf(context.env), requestId)),
    );
  }
  app.all(`${apiBase}/*`, (context) => strayResponse(context));
  for (const path of [...doors, ...probePaths, metricsPath]) describePath(app, path);

  // Written at the first request for it: a start of the worker should not pay for it.
  let written: { readonly json: string; readonly page: string } | undefined;
  const documents = () => {
    const document = (written === undefined ? openApiDocument(app as unknown as OpenAPIHono, version) : null) as ApiDocument | null;
    written ??= { json: JSON.stringify(document), page: document === null ? "" : docsPage(document) };
    return written;
  };
  onlyGet(app, "/api/openapi.json", () => cacheable(documents().json, "application/json"));
  onlyGet(app, "/api/docs", () => cacheable(documents().page, "text/html; charset=utf-8"));
  onlyGet(app, "/api/docs.css", () => cacheable(docsCss, "text/css; charset=utf-8"));
  onlyGet(app, "/healthz", () => Response.json({ status: "ok" }, { headers: { "cache-control": "no-store" } }));
  onlyGet(app, "/readyz", (request, env) =>
    guarded(request, async () => {
      const found = await readiness(portsOf(env));
      return Response.json(found, {
        status: found.status === "not_ready" ? 503 : 200,
        headers: { "cache-control": "no-store", ...(found.status === "not_ready" ? { "retry-after": "5" } : {}) },
      });
    }),
  );
  onlyGet(app, "/metrics", (request, env) => guarded(request, (requestId) => metricsResponse(request, portsOf(env), requestId)));
  return app;
}

/** A path of ours outside `/api/v1` that is only read. */
function onlyGet<Env extends object>(
  app: OpenAPIHono<{ Bindings: Env }>,
  path: string,
  answer: (request: Request, env: Env) => Response | Promise<Response>,
): void {
  app.get(path, (context) => answer(context.req.raw, context.env));
  app.all(path, (context) => errorResponse({ failure: "method_not_allowed", allow: ["GET", "HEAD"] }, requestIdOf(context.req.raw)));
}

const cacheable = (body: string, type: string): Response =>
  new Response(body, { headers: { "content-type": type, "cache-control": "public, max-age=300" } });

async function metricsResponse(request: Request, ports: ApiPorts, requestId: string): Promise<Response> {
  const identity = await authenticate(request, new URL(request.url), ports, ports.clock.now());
  if (!identity.ok) return errorResponse(identity.error, requestId);
  if (!hasScope(identity.value, "read")) return errorResponse({ failure: "scope_missing", scope: "read" }, requestId);
  if (identity.value.accountIds !== null) return errorResponse({ failure: "account_not_allowed", accountId: null }, requestId);
  return new Response(await openMetrics(ports), { headers: { "content-type": openMetricsType, "cache-control": "no-store" } });
}

/** The platform's own id where there is one, so that its logs and ours join. */
export const requestIdOf = (request: Request): string => request.headers.get("cf-ray") ?? crypto.randomUUID();

async function serve(
  endpoint: Endpoint,
  request: Request,
  params: Record<string, string>,
  ports: ApiPorts,
  requestId: string,
): Promise<Response> {
  const url = new URL(request.url);
  const now = ports.clock.now();
  const authenticated = endpoint.scope === "none" ? ok(nobody) : await authenticate(request, url, ports, now);
  if (!authenticated.ok) return errorResponse(authenticated.error, requestId);
  const identity = authenticated.value;
  const rate = countRequest(identity.tokenId, ports.clock.wallNow());
  const result = rate.allowed
    ? await answerOf(endpoint, { request, url, params, ports, identity, now })
    : ({ failure: "rate_limited", retryAfterSeconds: rate.retryAfterSeconds } as const);
  return withHeaders(isFailure(result) ? errorResponse(result, requestId, url.search) : toResponse(result, requestId), rate.headers);
}

type Arrived = { request: Request; url: URL; params: Record<string, string>; ports: ApiPorts; identity: Identity; now: number };

async function answerOf(endpoint: Endpoint, arrived: Arrived): Promise<Answer | Response | Failure> {
  const { identity, request, url } = arrived;
  if (endpoint.scope !== null && endpoint.scope !== "none" && !hasScope(identity, endpoint.scope))
    return { failure: "scope_missing", scope: endpoint.scope };
  const refused = refusedAccount(endpoint, arrived);
  if (refused !== null) return refused;
  const query = checkQuery(endpoint.query, url, endpoint.manyOf);
  if (!query.ok) return query.error;
  if (endpoint.body === null) {
    // A write without a body may bear an Idempotency-Key too.
    return once(endpoint, { ...arrived, text: "" }, () => endpoint.handle({ ...arrived, query: query.value, body: undefined }));
  }
  const text = await readText(request, endpoint.body.bytesMax);
  if (!text.ok) return text.error;
  const absent = endpoint.body.optional && text.value === "";
  const wrongType = absent ? null : mediaTypeFailure(endpoint.body.type, request);
  if (wrongType !== null) return wrongType;
  const parsed = isCsv(endpoint.body.type, request) ? text : parseJsonBody(absent ? "{}" : text.value);
  if (!parsed.ok) return parsed.error;
  const body = endpoint.body.isReadByHandler ? parsed : checkBody(endpoint.body.schema, parsed.value);
  if (!body.ok) return body.error;
  return once(endpoint, { ...arrived, text: text.value }, () =>
    endpoint.handle({ ...arrived, query: query.value, body: body.value } satisfies Call),
  );
}

function refusedAccount(endpoint: Endpoint, { identity, params }: Arrived): Failure | null {
  // The canary's own account is nobody's to write to.
  if (endpoint.method !== "get" && params["accountId"] !== undefined && !isCustomer(params["accountId"]))
    return { failure: "not_found", what: "account" };
  if (identity.accountIds === null) return null;
  if (endpoint.spansAccounts) return { failure: "account_not_allowed", accountId: null };
  const accountId = params["accountId"];
  return accountId === undefined || identity.accountIds.includes(accountId) ? null : { failure: "account_not_allowed", accountId };
}

const isCsv = (type: BodyType, request: Request): boolean =>
  type === "csv" || (type === "json or csv" && ["text/csv", "text/plain"].includes(mediaTypeOf(request)));

function mediaTypeFailure(type: BodyType, request: Request): Failure | null {
  const mediaType = mediaTypeOf(request);
  const fitsJson = type !== "csv" && (mediaType === "application/json" || mediaType.endsWith("+json"));
  const fitsCsv = type !== "json" && (mediaType === "text/csv" || mediaType === "text/plain");
  const expected = { json: "application/json", csv: "text/csv", "json or csv": "application/json or text/csv" }[type];
  return fitsJson || fitsCsv ? null : { failure: "unsupported_media_type", expected };
}

function toResponse(answer: Answer | Response, requestId: string): Response {
  if (answer instanceof Response) return answer;
  const headers = new Headers({ ...answer.headers, "x-request-id": requestId, "cache-control": "no-store" });
  return answer.json === undefined
    ? new Response(null, { status: answer.status, headers })
    : Response.json(answer.json, { status: answer.status, headers });
}

/** An upgraded socket's response cannot be copied; it goes out as it is. */
function withHeaders(response: Response, headers: Readonly<Record<string, string>>): Response {
  if (response.status === 101) return response;
  const copy = new Response(response.body, response);
  for (const [name, value] of Object.entries(headers)) copy.headers.set(name, value);
  return copy;
}

/** 405 with `Allow` where the path is ours, else 404. */
function strayResponse(context: Context): Response {
  const path = new URL(context.req.raw.url).pathname.slice(apiBase.length);
  const allow = [
    ...new Set(
      endpoints
        .filter((endpoint) => fits(endpoint.path, path))
        .flatMap((endpoint) => (endpoint.method === "get" ? ["GET", "HEAD"] : [endpoint.method.toUpperCase()])),
    ),
  ];
  return errorResponse(
    allow.length > 0 ? { failure: "method_not_allowed", allow } : { failure: "not_found", what: "path" },
    requestIdOf(context.req.raw),
  );
}

const fits = (pattern: string, path: string): boolean => {
  const [wanted, given] = [pattern.split("/"), path.split("/")];
  return wanted.length === given.length && wanted.every((part, i) => (part.startsWith("{") ? given[i] !== "" : part === given[i]));
};
