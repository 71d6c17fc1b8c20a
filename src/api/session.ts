import { sessionMs } from "../domain/limits.ts";
import type { TokenCredential, TokenFault } from "../domain/intake/credential.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { bearerToken } from "../platform/http/bearer-token.ts";
import type { Identity } from "./endpoint.ts";
import type { Failure } from "./failure.ts";
import type { ApiPorts, Scope } from "./ports.ts";
import { publicOrigin } from "./public-origin.ts";

export const sessionCookie = "pulseline_session";

/**
 * Who asks: a Bearer token, the dashboard's session cookie, or who comes through Cloudflare Access, in this order.
 *
 * A session is the signed text `{hash of its token}.{end, epoch ms}`, so it needs no table and ends with its token. A write with the cookie must
 * come from our own pages: the cookie is SameSite=Strict, and this is checked once more for browsers that do not know that. A person behind Access
 * is known by a cookie of Access, so the same holds for them.
 */
export async function authenticate(request: Request, url: URL, ports: ApiPorts, now: number): Promise<Result<Identity, Failure>> {
  const authorization = request.headers.get("authorization");
  if (authorization !== null) {
    const token = bearerToken(authorization);
    if (token === null) return unauthenticated("the Authorization header is not `Bearer TOKEN`");
    return identify(ports.crypto.sha256Hex(token), "token", ports);
  }
  const cookie = cookieOf(request);
  if (cookie === null) return byAccess(request, url, ports);
  const session = readSession(cookie, ports, now);
  if (session === null) return unauthenticated("the session has ended: sign in again");
  if (!isSafe(request) && !(await isSameOrigin(request, url, ports))) return fail({ failure: "cross_origin" });
  return identify(session, "session", ports);
}

async function byAccess(request: Request, url: URL, ports: ApiPorts): Promise<Result<Identity, Failure>> {
  const user = await ports.credentials.access(request);
  if (user === null) return unauthenticated("send `Authorization: Bearer TOKEN`, or sign in");
  if (!user.ok) return unauthenticated("the Cloudflare Access token is not valid for this deployment");
  const { token, isPerson } = user.value;
  if (isPerson && !isSafe(request) && !(await isSameOrigin(request, url, ports))) return fail({ failure: "cross_origin" });
  return ok(identityOf(token, isPerson ? "session" : "token"));
}

const unauthenticated = (detail: string): Result<never, Failure> => fail({ failure: "unauthenticated", detail });

const faults: Readonly<Record<TokenFault, string>> = {
  unknown: "the token is not known",
  revoked: "the token has been revoked",
  expired: "the token has expired",
  connection_removed: "the token was bound to a connection that has been removed",
};

/** Whose token has this hash. */
export async function identify(hash: string, by: Identity["by"], ports: ApiPorts): Promise<Result<Identity, Failure>> {
  const token = await ports.credentials.token(hash);
  if (!token.ok) return unauthenticated(faults[token.error]);
  return ok(identityOf(token.value, by));
}

const identityOf = ({ tokenId, name, scopes, accountIds, expiresAt }: TokenCredential, by: Identity["by"]): Identity => ({
  tokenId,
  name,
  scopes,
  accountIds: accountIds ?? null,
  expiresAt: expiresAt ?? null,
  by,
});

/** `admin` contains every other scope; the others contain nothing but themselves. */
export const hasScope = (identity: Pick<Identity, "scopes">, scope: Scope): boolean =>
  identity.scopes.includes(scope) || identity.scopes.includes("admin");

export function makeSession(token: string, ports: ApiPorts, now: number): string {
  const claim = `${ports.crypto.sha256Hex(token)}.${now + sessionMs}`;
  return `${claim}.${ports.crypto.sign(`session|${claim}`)}`;
}

/** Hash of the session's token, or null when the cookie is not ours or its time is over. */
function readSession(cookie: string, ports: ApiPorts, now: number): string | null {
  const match = /^([0-9a-f]{64})\.(\d{1,15})\.([A-Za-z0-9+/_=-]{1,128})$/.exec(cookie);
  const [, hash, end, signature] = match ?? [];
  if (hash === undefined || end === undefined || signature === undefined) return null;
  return Number(end) > now && ports.crypto.verify(`session|${hash}.${end}`, signature) ? hash : null;
}

export const setCookie = (value: string, url: URL, maxAgeSeconds: number): string =>
  `${sessionCookie}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAgeSeconds}${url.protocol === "https:" ? "; Secure" : ""}`;

function cookieOf(request: Request): string | null {
  for (const part of (request.headers.get("cookie") ?? "").split(";")) {
    const text = part.trim();
    if (text.startsWith(`${sessionCookie}=`)) return text.slice(sessionCookie.length + 1);
  }
  return null;
}

const isSafe = (request: Request): boolean => request.method === "GET" || request.method === "HEAD";

/**
 * By `Origin` where it is sent (every browser does on a write), else by `Sec-Fetch-Site`; with neither it is refused. Behind a proxy our pages
 * come from the public URL; that of the settings lies in the database, which is asked only for an origin that is none of the others.
 */
export async function isSameOrigin(request: Request, url: URL, ports: ApiPorts): Promise<boolean> {
  const origin = request.headers.get("origin");
  if (origin === null) return request.headers.get("sec-fetch-site") === "same-origin";
  const { publicUrl } = ports.rules;
  if (origin === url.origin || (publicUrl !== null && origin === new URL(publicUrl).origin)) return true;
  return origin === new URL(await publicOrigin(ports, url)).origin;
}
