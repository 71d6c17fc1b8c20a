import { sessionMs } from "../domain/limits.ts";
import type { Credential } from "../domain/intake/messages.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import type { Identity } from "./endpoint.ts";
import type { Failure } from "./failure.ts";
import type { ApiPorts, Scope } from "./ports.ts";

export const sessionCookie = "pulseline_session";

/**
 * Who asks: a Bearer token, or the dashboard's session cookie.
 *
 * A session is the signed text `{hash of its token}.{end, epoch ms}`, so it needs no table and ends with its token. A write with the cookie must
 * come from our own pages: the cookie is SameSite=Strict, and this is checked once more for browsers that do not know that.
 */
export async function authenticate(request: Request, url: URL, ports: ApiPorts, now: number): Promise<Result<Identity, Failure>> {
  const authorization = request.headers.get("authorization");
  if (authorization !== null) {
    const token = /^Bearer +([\x21-\x7e]{1,512})$/i.exec(authorization)?.[1];
    if (token === undefined) return unauthenticated("the Authorization header is not `Bearer TOKEN`");
    return identify(await ports.credentials.find(`token|${ports.crypto.sha256Hex(token)}`), "token", now);
  }
  const cookie = cookieOf(request);
  if (cookie === null) return unauthenticated("send `Authorization: Bearer TOKEN`, or sign in");
  const session = readSession(cookie, ports, now);
  if (session === null) return unauthenticated("the session has ended: sign in again");
  if (!isSafe(request) && !isSameOrigin(request, url, ports)) return fail({ failure: "cross_origin" });
  return identify(await ports.credentials.find(`token|${session}`), "session", now);
}

const unauthenticated = (detail: string): Result<never, Failure> => fail({ failure: "unauthenticated", detail });

export function identify(credential: Credential | null, by: Identity["by"], now: number): Result<Identity, Failure> {
  if (credential === null || credential.kind !== "token") return unauthenticated("the token is not known");
  if (credential.revokedAt !== undefined && credential.revokedAt <= now) return unauthenticated("the token has been revoked");
  if (credential.expiresAt !== undefined && credential.expiresAt <= now) return unauthenticated("the token has expired");
  return ok({
    tokenId: credential.tokenId,
    name: credential.name,
    scopes: credential.scopes,
    accountIds: credential.accountIds ?? null,
    expiresAt: credential.expiresAt ?? null,
    by,
  });
}

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

/** By `Origin` where it is sent (every browser does on a write), else by `Sec-Fetch-Site`; with neither it is refused. */
export function isSameOrigin(request: Request, url: URL, ports: ApiPorts): boolean {
  const origin = request.headers.get("origin");
  if (origin !== null) return origin === url.origin || (ports.rules.publicUrl !== null && origin === new URL(ports.rules.publicUrl).origin);
  return request.headers.get("sec-fetch-site") === "same-origin";
}
