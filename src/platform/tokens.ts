import type { TokenCredential, TokenFault } from "../domain/intake/credential.ts";
import { credentialFreshMs } from "../domain/limits.ts";
import { type Result, fail, ok } from "../domain/result.ts";
import type { Env } from "../env.ts";
import { accessUser } from "./access.ts";
import type { Clock } from "./clock.ts";
import { type CredentialEnv, findCredential } from "./credentials.ts";
import { bearerToken } from "./http/bearer-token.ts";
import { sha256Hex } from "./secrets.ts";

type TokenEnv = CredentialEnv & Pick<Env, "PULSELINE_ADMIN_TOKEN_HASH" | "ACCESS_TEAM_DOMAIN" | "ACCESS_AUDIENCE" | "ACCESS_ROLES">;

/**
 * The token with this hash, or why it is not taken: the one check of the doors and the API. Expiry follows the product's clock.
 *
 * The token given to `npm start` (its hash in PULSELINE_ADMIN_TOKEN_HASH) is an admin token always, D1 or no D1. A token that is bound to a
 * connection lives no longer than the connection does.
 *
 * @param freshMs how old the answer may be while the database answers
 */
export async function checkToken(
  hash: string,
  env: TokenEnv,
  clock: Clock,
  freshMs: number = credentialFreshMs,
): Promise<Result<TokenCredential, TokenFault>> {
  if (hash === env.PULSELINE_ADMIN_TOKEN_HASH)
    return ok({ kind: "token", hash, tokenId: "admin", name: "admin token of this deployment", scopes: ["admin"] });
  const credential = await findCredential(env, `token|${hash}`, freshMs);
  if (credential?.kind !== "token") return fail("unknown");
  if (credential.revokedAt !== undefined) return fail("revoked");
  if (credential.expiresAt !== undefined && credential.expiresAt <= clock.now()) return fail("expired");
  if (credential.connectionId === undefined) return ok(credential);
  const connection = await findCredential(env, `connection|${credential.connectionId}`, freshMs);
  return connection?.kind === "connection" && connection.status !== "deleted" ? ok(credential) : fail("connection_removed");
}

/**
 * The token of a request's `Authorization: Bearer …`, or the service that comes through Cloudflare Access. Not a person: their browser would
 * send events that any page in it makes up.
 */
export async function authenticate(
  request: Request,
  env: TokenEnv,
  clock: Clock,
): Promise<Result<TokenCredential, TokenFault | "missing">> {
  const token = bearerToken(request.headers.get("authorization"));
  if (token !== null) return checkToken(hashOf(token), env, clock);
  const user = await accessUser(request, env);
  if (user === null) return fail("missing");
  if (!user.ok) return fail("unknown");
  return user.value.isPerson ? fail("missing") : ok(user.value.token);
}

/** The last token's hash: most isolates meet one sender at a time. */
let lastHashed = { token: "", hash: "" };
function hashOf(token: string): string {
  if (lastHashed.token !== token) lastHashed = { token, hash: sha256Hex(token) };
  return lastHashed.hash;
}
