import { sessionMs } from "../domain/limits.ts";
import type { TokenCredential, TokenFault } from "../domain/intake/credential.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { bearerToken } from "../platform/http/bearer-token.ts";
import { endFeed } from "./end-feed.ts";
import type { Identity } from "./endpoint.ts";
import type { Failure } from "./failure.ts";
import type { Scope } from "../domain/intake/token.ts";
import type { ApiPorts } from "./ports.ts";
import { publicOrigin } from "./public-origin.ts";

export const sessionCookie = "pulseline_session";
const sessionOver = "the session has ended: sign in again";

/**
 * Who asks: a Bearer token, the dashboard's session cookie, or who comes through Cloudflare Access, in this order.
 *
 * A session is the signed text `{hash of its token}.{id}.{end, epoch ms}`: it ends with its token, and before its time by signing out, which keeps the
 * hash of its id until it would have ended. A write with the cookie must
 * come from our own pages: the cookie is SameSite=Strict, and this is checked once more for browsers that do not know that. A person behind Access
 * is known by a cookie of Access, so the same holds for them.
 */
export async function authenticate(request: Request, url: URL, ports: ApiPorts, now: number): Promise<Result<Identity, Failure>> {
  const authorization = request.headers.get("authorization");
  if (authorization !== null) {
    const token = bearerToken(authorization);
    if (token === null) return unauthenticated("token_missing", "the Authorization header is not `Bearer TOKEN`");
    return identify(ports.crypto.sha256Hex(token), "token", ports);
  }
  const cookie = cookieOf(request);
  if (cookie === null) return byAccess(request, url, ports);
  const session = readSession(cookie, ports, now);
  if (session === null) return unauthenticated("session_ended", sessionOver);
  if (!isSafe(request) && !(await isSameOrigin(request, url, ports))) return fail({ failure: "cross_origin" });
  const [isEnded, identity] = await Promise.all([
    ports.sessions.isEnded(ports.crypto.sha256Hex(session.id)),
    identify(session.tokenHash, "session", ports),
  ]);
  if (isEnded) return unauthenticated("session_ended", sessionOver);
  return identity.ok ? ok({ ...identity.value, endsAt: Math.min(session.endsAt, identity.value.expiresAt ?? Infinity) }) : identity;
}

async function byAccess(request: Request, url: URL, ports: ApiPorts): Promise<Result<Identity, Failure>> {
  const user = await ports.credentials.access(request);
  if (user === null) return unauthenticated("token_missing", "send `Authorization: Bearer TOKEN`, or sign in");
  if (!user.ok) return unauthenticated("access_token_invalid", "the Cloudflare Access token is not valid for this deployment");
  const { token, isPerson } = user.value;
  if (isPerson && !isSafe(request) && !(await isSameOrigin(request, url, ports))) return fail({ failure: "cross_origin" });
  return ok(identityOf(token, isPerson ? "session" : "token"));
}

const unauthenticated = (reason: string, detail: string): Result<never, Failure> => fail({ failure: "unauthenticated", reason, detail });

const faults: Readonly<Record<TokenFault, string>> = {
  unknown: "the token is not known",
  revoked: "the token has been revoked",
  expired: "the token has expired",
  connection_removed: "the token was bound to a connection that has been removed",
};

/** Whose token has this hash. */
export async function identify(hash: string, by: Identity["by"], ports: ApiPorts): Promise<Result<Identity, Failure>> {
  const token = await ports.credentials.token(hash);
  if (!token.ok) return unauthenticated(`token_${token.error}`, faults[token.error]);
  return ok(identityOf(token.value, by));
}

const identityOf = ({ tokenId, name, scopes, accountIds, expiresAt }: TokenCredential, by: Identity["by"]): Identity => ({
  tokenId,
  name,
  scopes,
  accountIds: accountIds ?? null,
  expiresAt: expiresAt ?? null,
  endsAt: expiresAt ?? null,
  by,
});

/** `admin` contains every other scope; the others contain nothing but themselves. */
export const hasScope = (identity: Pick<Identity, "scopes">, scope: Scope): boolean =>
  identity.scopes.includes(scope) || identity.scopes.includes("admin");

type Session = { readonly tokenHash: string; readonly id: string; /** Epoch ms. */ readonly endsAt: number };

export function makeSession(token: string, ports: ApiPorts, now: number): string {
  const claim = `${ports.crypto.sha256Hex(token)}.${ports.ids.id("ses")}.${now + sessionMs}`;
  return `${claim}.${ports.crypto.sign(`session|${claim}`)}`;
}

/** Null when the cookie is not ours or its time is over. */
function readSession(cookie: string, ports: ApiPorts, now: number): Session | null {
  const match = /^(([0-9a-f]{64})\.([\w-]{1,64})\.(\d{1,15}))\.([A-Za-z0-9+/_=-]{1,128})$/.exec(cookie);
  const [, claim, tokenHash, id, end, signature] = match ?? [];
  if (tokenHash === undefined || id === undefined || signature === undefined) return null;
  const endsAt = Number(end);
  return endsAt > now && ports.crypto.verify(`session|${claim}`, signature) ? { tokenHash, id, endsAt } : null;
}

/** Ends the session of the request's cookie, and what it listens to; without one there is nothing to end. */
export async function endSession(request: Request, ports: ApiPorts, now: number): Promise<void> {
  const cookie = cookieOf(request);
  const session = cookie === null ? null : readSession(cookie, ports, now);
  if (session === null) return;
  await ports.sessions.end(ports.crypto.sha256Hex(session.id), session.endsAt);
  const identity = await identify(session.tokenHash, "session", ports);
  // The feed knows tokens, not sessions: others of this token are back within a second, this one is refused.
  if (identity.ok) await endFeed(identity.value.tokenId, ports);
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
