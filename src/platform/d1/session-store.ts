import { eq, lt } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { endedSessions } from "./schema.ts";

/** Sessions that somebody has signed out of, by the SHA-256 hex of their id. */
export const sessionStore = (db: D1Database) => {
  const orm = drizzle(db);
  return {
    async isSessionEnded(hash: string): Promise<boolean> {
      return (await orm.select().from(endedSessions).where(eq(endedSessions.hash, hash)).limit(1)).length > 0;
    },
    /** Forgets those that are over by themselves, so the table holds what was signed out of in the length of a session. */
    async endSession(hash: string, endsAt: number, now: number): Promise<void> {
      await orm.batch([
        orm.delete(endedSessions).where(lt(endedSessions.endsAt, now)),
        orm.insert(endedSessions).values({ hash, endsAt }).onConflictDoNothing(),
      ]);
    },
  };
};
