import type { Env } from "../env.ts";
import { methodNotAllowed, notFound } from "./http/problem.ts";

/** Paths of the dashboard's own router (src/dashboard/app.tsx): each answers with the one page that there is. */
const APP_ROUTE =
  /^\/(?:sign-in|welcome|portfolio|accounts(?:\/.*)?|deliveries(?:\/.*)?|tasks|usage|sources|dead-letters|settings(?:\/.*)?)?\/?$/;

/** Vite puts a hash of the content into these names, so they never change. */
const HASHED = /^\/assets\//;

/** No inline script or style, nothing from elsewhere, in nobody's frame. */
const securityHeaders: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
  "x-frame-options": "DENY",
};

/** What programs ask for: a miss there is told as a problem, whoever asks. */
const MACHINE_ROUTE = /^\/(?:api|assets|v1|v3|webhooks|topics|metrics)(?:\/|$)/;

/** The dashboard's page, one of its files, or 404: whatever no door and no endpoint has taken. */
export async function dashboardResponse(request: Request, env: Pick<Env, "ASSETS">): Promise<Response> {
  const url = new URL(request.url);
  const page = APP_ROUTE.test(url.pathname);
  if (request.method !== "GET" && request.method !== "HEAD") return page ? methodNotAllowed("GET, HEAD") : notFound();
  // Copied, not resolved: a path such as `//host` or `///` would be read as another origin, or as none.
  const wanted = new URL(url);
  wanted.search = "";
  if (page) wanted.pathname = "/";
  const asset = await env.ASSETS.fetch(new Request(wanted, { method: request.method, headers: conditionsOf(request), redirect: "manual" }));
  // The asset store redirects `/index.html` and the like; those are no paths of ours.
  if (asset.status >= 300 && asset.status !== 304) return strayResponse(request, url, env);
  const answer = new Response(asset.body, asset);
  answer.headers.set("cache-control", HASHED.test(url.pathname) ? "public, max-age=31536000, immutable" : "no-cache");
  return withSecurityHeaders(answer, url);
}

/** A person who has followed a wrong link sees the dashboard's own page, which says so; a program reads a problem. */
async function strayResponse(request: Request, url: URL, env: Pick<Env, "ASSETS">): Promise<Response> {
  const wantsPage = (request.headers.get("accept") ?? "").includes("text/html") && !MACHINE_ROUTE.test(url.pathname);
  if (!wantsPage) return notFound();
  const page = await env.ASSETS.fetch(new Request(new URL("/", url.origin), { method: request.method, redirect: "manual" }));
  if (!page.ok) return notFound();
  const answer = new Response(page.body, { status: 404, headers: page.headers });
  answer.headers.set("cache-control", "no-store");
  return withSecurityHeaders(answer, url);
}

function conditionsOf(request: Request): Headers {
  const headers = new Headers();
  const etag = request.headers.get("if-none-match");
  if (etag !== null) headers.set("if-none-match", etag);
  return headers;
}

/** For everything a browser shows as a page. */
export function withSecurityHeaders(response: Response, url: URL): Response {
  const secured = new Response(response.body, response);
  for (const [name, value] of Object.entries(securityHeaders)) secured.headers.set(name, value);
  if (url.protocol === "https:") secured.headers.set("strict-transport-security", "max-age=31536000; includeSubDomains");
  return secured;
}
