import { and, desc, eq, lt, or, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { DeadLetterLists } from "../../api/ports.ts";
import type { DeadLetterCopy } from "../../domain/intake/dead-letter.ts";
import { readModelStore } from "./read-model-store.ts";
import { deadLetters } from "./schema.ts";

const groupsShown = 100;

export function deadLetterLists(db: D1Database): DeadLetterLists {
  const orm = drizzle(db);
  return {
    keepDeadLetters: readModelStore(db).keepDeadLetters,
    async deadLetters(filter, { limit, after }) {
      const rows = await orm
        .select()
        .from(deadLetters)
        .where(
          and(
            eq(deadLetters.status, filter.status),
            filter.reason === null ? undefined : eq(deadLetters.reason, filter.reason),
            filter.connectionId === null ? undefined : eq(deadLetters.connectionId, filter.connectionId),
            after === null ? undefined : or(lt(deadLetters.at, after.at), and(eq(deadLetters.at, after.at), lt(deadLetters.id, after.id))),
          ),
        )
        .orderBy(desc(deadLetters.at), desc(deadLetters.id))
        .limit(limit);
      return rows.map(toCopy);
    },
    async deadLetterGroups() {
      return orm
        .select({ kind: deadLetters.kind, reason: deadLetters.reason, open: sql<number>`count(*)` })
        .from(deadLetters)
        .where(eq(deadLetters.status, "open"))
        .groupBy(deadLetters.kind, deadLetters.reason)
        .orderBy(desc(sql`count(*)`))
        .limit(groupsShown);
    },
  };
}

const toCopy = ({ accountId, ...row }: typeof deadLetters.$inferSelect): DeadLetterCopy => ({
  ...row,
  kind: row.kind as DeadLetterCopy["kind"],
  status: row.status as DeadLetterCopy["status"],
  ...(accountId === null ? {} : { accountId }),
});
