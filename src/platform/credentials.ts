import type { Credential } from "../domain/intake/credential.ts";
import {
  credentialCacheEntriesMax,
  credentialFreshMs,
  credentialReadWaitMs,
  credentialRestMs,
  credentialStaleMaxMs,
} from "../domain/limits.ts";
import type { Env } from "../env.ts";
import { clockFrom } from "./clock.ts";
import { readCredentials } from "./d1/credential-store.ts";
import { within } from "./within.ts";

export type CredentialEnv = Pick<Env, "DB" | "INTAKE_SHARD">;

/** Neither the database nor a second copy could say. Not the same as "there is none". */
export class CredentialsUnavailable extends Error {}

const cache = new Map<string, { readonly credential: Credential; readonly readAt: number }>();

/** The database that failed last, and until when it is left alone. Null while it answers. */
let failing: { readonly db: D1Database; readonly restUntil: number } | null = null;

/** False while the database rests. After the rest one request tries it, and the others go on without it until that one has heard. */
function mayAsk(db: D1Database, now: number): boolean {
  if (failing?.db !== db) return true;
  if (now < failing.restUntil) return false;
  failing = { db, restUntil: now + credentialRestMs };
  return true;
}

/** Freshness is about real time: with a standing product clock a revoked token would live for ever. */
const wall = clockFrom(undefined);

/** The mark each intake shard bore last, and when one was first seen to have changed: what was read before may be out of date. Wall ms. */
const marks = new Map<string, number>();
let outdatedUntil = Number.NEGATIVE_INFINITY;

/**
 * An intake shard answers each append with the mark of its second copy, which changes when a credential does. Every change through the API
 * goes to every shard at once, so an isolate that still holds a revoked token asks again after the first thing it stores with it.
 *
 * By this isolate's own clock only: the clocks of two machines need not agree.
 */
export function noteCredentialsMark(shard: string, mark: number): void {
  if (marks.get(shard) === mark) return;
  marks.set(shard, mark);
  outdatedUntil = wall.now();
}

/**
 * A credential by its look-up key (`token|{sha256}`, `connection|{id}`, `mixpanel|{projectToken}`, `mixpanel-project|{projectId}`,
 * `mixpanel-secret|{digest}`);
 * null when there is none.
 *
 * Fresh for a minute, unless a shard's mark says that something has changed; then D1 is asked, and if it fails the old one serves for a day more, at first without asking for `credentialRestMs`. What is
 * not cached is always asked for, so that what was just created works at once. With D1 down and nothing cached, the second copy in an intake shard answers; if that does not have it either, the
 * question is open and `CredentialsUnavailable` is thrown: a 401 would make a sender throw its events away.
 */
export async function findCredential(env: CredentialEnv, lookup: string, freshMs: number = credentialFreshMs): Promise<Credential | null> {
  const now = wall.now();
  const known = cache.get(lookup);
  if (known !== undefined && known.readAt > outdatedUntil && now - known.readAt < freshMs) return known.credential;
  const old = known !== undefined && now - known.readAt < credentialStaleMaxMs ? known.credential : null;
  if (old !== null && !mayAsk(env.DB, now)) return old;
  try {
    const [credential] = await within(credentialReadWaitMs, readCredentials(env.DB, [lookup]));
    failing = null;
    return remember(lookup, credential ?? null, now);
  } catch (error) {
    failing = { db: env.DB, restUntil: wall.now() + credentialRestMs };
    if (old !== null) return old;
    const copy = await secondCopy(env, lookup);
    if (copy === null) throw new CredentialsUnavailable("no credential source answers", { cause: error });
    // Kept as already old, so that the next request asks D1 again.
    cache.set(lookup, { credential: copy, readAt: now - credentialFreshMs });
    return copy;
  }
}

function remember(lookup: string, credential: Credential | null, now: number): Credential | null {
  cache.delete(lookup);
  if (credential === null) return null;
  if (cache.size >= credentialCacheEntriesMax) cache.delete(cache.keys().next().value as string);
  cache.set(lookup, { credential, readAt: now });
  return credential;
}

/** Every intake shard has the second copy; "0" always exists, "1" often. */
async function secondCopy(env: CredentialEnv, lookup: string): Promise<Credential | null> {
  for (const shard of ["0", "1"]) {
    try {
      const [credential] = await within(credentialReadWaitMs, env.INTAKE_SHARD.getByName(shard).getCredentials([lookup]));
      if (credential != null) return credential;
    } catch {
      // The next shard may still know.
    }
  }
  return null;
}

/** After a change through this isolate, so that it sees its own writing. */
export function forgetCredentials(lookups: readonly string[]): void {
  for (const lookup of lookups) cache.delete(lookup);
}
