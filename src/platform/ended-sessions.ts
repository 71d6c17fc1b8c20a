import { apiCredentialFreshMs, credentialReadWaitMs, sessionsRememberedMax } from "../domain/limits.ts";
import { sessionStore } from "./d1/session-store.ts";
import { wallNow } from "./clock.ts";
import { reportLine } from "./report.ts";
import { within } from "./within.ts";

/** What this isolate was told last, by the hash of a session's id; an end stands. Freshness is of real time, as that of credentials. */
const known = new Map<string, { readonly isEnded: boolean; readonly readAt: number }>();

function remember(hash: string, isFoundEnded: boolean, readAt: number): boolean {
  // A look-up that began before the sign-out, or that failed, knows less than who was told of the end meanwhile.
  const isEnded = isFoundEnded || known.get(hash)?.isEnded === true;
  known.delete(hash);
  if (known.size >= sessionsRememberedMax) known.delete(known.keys().next().value as string);
  known.set(hash, { isEnded, readAt });
  return isEnded;
}

/**
 * Whether somebody has signed out of a session. At once in the isolate that was told, elsewhere within `apiCredentialFreshMs`, as a revoked token.
 *
 * While the database does not answer a session goes on for who has not heard of its end: the pages show what is without the database, and a
 * session ends by itself after `sessionMs` at the latest.
 */
export async function isSessionEnded(db: D1Database, hash: string): Promise<boolean> {
  const now = wallNow();
  const told = known.get(hash);
  if (told !== undefined && (told.isEnded || now - told.readAt < apiCredentialFreshMs)) return told.isEnded;
  try {
    return remember(hash, await within(credentialReadWaitMs, sessionStore(db).isSessionEnded(hash)), now);
  } catch (error) {
    reportLine("session_not_looked_up", { error: String(error) });
    // Not asked again by each request while it does not answer.
    return remember(hash, false, now);
  }
}

/** Ends a session before its time; rejects when that could not be kept. */
export async function endSession(db: D1Database, hash: string, endsAt: number, now: number): Promise<void> {
  await sessionStore(db).endSession(hash, endsAt, now);
  remember(hash, true, wallNow());
}
