import { createRemoteJWKSet, customFetch, errors, jwtVerify } from "jose";
import { z } from "zod";
import type { TokenCredential } from "../domain/intake/credential.ts";
import { accessClockToleranceSeconds, accessJwtCharsMax, accessKeysFreshMs, accessKeysRestMs, accessKeysWaitMs } from "../domain/limits.ts";
import { type Result, fail, ok } from "../domain/result.ts";
import type { Env } from "../env.ts";

/** Who comes through Cloudflare Access, as a token with the scopes of their role. */
export type AccessUser = {
  readonly token: TokenCredential;
  /** A person's browser sends the JWT along with any request, whichever page made it; a service sends it by itself. */
  readonly isPerson: boolean;
};

/** The team's keys, or the settings, cannot be read: nobody can say whether the JWT is good. */
export class AccessUnavailable extends Error {}

type FetchKeys = NonNullable<NonNullable<Parameters<typeof createRemoteJWKSet>[1]>[typeof customFetch]>;
const fetchFromTeam: FetchKeys = (url, init) => fetch(url, init);

type AccessEnv = Pick<Env, "ACCESS_TEAM_DOMAIN" | "ACCESS_AUDIENCE" | "ACCESS_ROLES">;

/** Header that Access puts on each request it lets through (developers.cloudflare.com/cloudflare-one, "Validate JWTs", read 2026-11-28). */
const HEADER = "cf-access-jwt-assertion";

const rolesSchema = z.record(z.string(), z.array(z.enum(["ingest", "read", "write", "admin"])).min(1));
const claimsSchema = z.object({
  exp: z.number(),
  email: z.string().min(1).max(320).optional(),
  /** Client id of a service token. */
  common_name: z.string().min(1).max(320).optional(),
});

/**
 * The user behind a Cloudflare Access JWT; null when Access is not configured or the request has none.
 *
 * The signature is checked against the team's keys, which are kept for ten minutes; issuer, audience and times are checked as well. If the keys
 * cannot be fetched, nobody is let in (`AccessUnavailable`). Times are the wall's: Access knows nothing of a rehearsal's clock.
 */
export async function accessUser(
  request: Request,
  env: AccessEnv,
  fetchKeys: FetchKeys = fetchFromTeam,
): Promise<Result<AccessUser, "invalid"> | null> {
  const { ACCESS_TEAM_DOMAIN: team = "", ACCESS_AUDIENCE: audience = "" } = env;
  const jwt = request.headers.get(HEADER);
  if (jwt === null || team === "" || audience === "") return null;
  if (jwt.length > accessJwtCharsMax) return fail("invalid");
  const roles = rolesOf(env);
  try {
    const { payload } = await jwtVerify(jwt, keysOf(team, fetchKeys), {
      issuer: `https://${team}`,
      audience,
      algorithms: ["RS256"],
      requiredClaims: ["exp"],
      clockTolerance: accessClockToleranceSeconds,
    });
    const claims = claimsSchema.safeParse(payload);
    const name = claims.data?.email?.toLowerCase() ?? claims.data?.common_name;
    if (!claims.success || name === undefined) return fail("invalid");
    const scopes = (Object.hasOwn(roles, name) ? roles[name] : undefined) ?? ["read"];
    const token = { kind: "token", hash: "", tokenId: `access:${name}`, name, scopes, expiresAt: claims.data.exp * 1_000 } as const;
    return ok({ token, isPerson: claims.data.email !== undefined });
  } catch (error) {
    if (isRefusal(error)) return fail("invalid");
    throw new AccessUnavailable("the team's keys cannot be read", { cause: error });
  }
}

/** E-mail addresses in lower case; a role nobody can read must not become another one. */
function rolesOf({ ACCESS_ROLES: text = "" }: AccessEnv): Readonly<Record<string, TokenCredential["scopes"]>> {
  try {
    const roles = rolesSchema.parse(JSON.parse(text === "" ? "{}" : text));
    return Object.fromEntries(Object.entries(roles).map(([name, scopes]) => [name.toLowerCase(), scopes]));
  } catch (cause) {
    throw new AccessUnavailable("ACCESS_ROLES is not a JSON object of lists of scopes", { cause });
  }
}

/** What is wrong with the JWT, apart from what is wrong with getting the keys. */
const isRefusal = (error: unknown): boolean =>
  error instanceof errors.JOSEError &&
  !(error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid || error.code === "ERR_JOSE_GENERIC");

type Keys = ReturnType<typeof createRemoteJWKSet>;
let kept: { readonly team: string; readonly fetchKeys: FetchKeys; readonly keys: Keys } | null = null;

function keysOf(team: string, fetchKeys: FetchKeys): Keys {
  kept = kept?.team === team && kept.fetchKeys === fetchKeys ? kept : { team, fetchKeys, keys: remoteKeys(team, fetchKeys) };
  return kept.keys;
}

const remoteKeys = (team: string, fetchKeys: FetchKeys): Keys =>
  createRemoteJWKSet(new URL(`https://${team}/cdn-cgi/access/certs`), {
    cacheMaxAge: accessKeysFreshMs,
    cooldownDuration: accessKeysRestMs,
    timeoutDuration: accessKeysWaitMs,
    [customFetch]: fetchKeys,
  });
