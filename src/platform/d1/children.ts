import { drizzle } from "drizzle-orm/d1";
import { and, eq, inArray, ne, sql, type SQL } from "drizzle-orm";
import type { ChildrenPage, ChildrenFound } from "../../api/ports.ts";
import type { Band } from "../../domain/health/document.ts";
import { type Child, type Rollup, rollUp } from "../../domain/health/rollup.ts";
import { rollupChildrenMax } from "../../domain/limits.ts";
import { accounts, projectionState } from "./schema.ts";

const columns = {
  id: accounts.accountId,
  name: accounts.name,
  score: accounts.score,
  band: accounts.band,
  arrMinor: accounts.arrMinor,
  currency: accounts.currency,
  isUnconverted: sql<number>`${accounts.arrUnconvertedJson} IS NOT NULL`,
};

/** Accounts whose attribute `parentId` names another; one that names itself is nobody's child. `only`: ids that may be seen; null: all. */
const childrenOf = (parentId: string, only: readonly string[] | null): SQL | undefined =>
  and(
    eq(accounts.parentId, parentId),
    ne(accounts.accountId, parentId),
    eq(accounts.deleted, 0),
    only === null ? undefined : inArray(accounts.accountId, sql`(SELECT value FROM json_each(${JSON.stringify(only)}))`),
  );

/** A page of children, the worst first, those without a score last. */
export async function readChildren(db: D1Database, { parentId, only, limit, after }: ChildrenPage): Promise<ChildrenFound> {
  const rank = sql<number>`CASE WHEN ${accounts.band} = 'not_enough_data' THEN 101 ELSE coalesce(${accounts.score}, 101) END`;
  const rows = await drizzle(db)
    .select({ ...columns, rank })
    .from(accounts)
    .where(
      and(childrenOf(parentId, only), after === null ? undefined : sql`(${rank}, ${accounts.accountId}) > (${after.rank}, ${after.id})`),
    )
    .orderBy(rank, accounts.accountId)
    .limit(limit);
  return { items: rows.map(toChild), lastRank: rows.at(-1)?.rank ?? null };
}

/** The roll-up of all children, of those with the greatest ARR where there are very many; and up to when the lists are complete. */
export async function readRollup(
  db: D1Database,
  parentId: string,
  only: readonly string[] | null,
): Promise<{ readonly rollup: Rollup | null; readonly asOf: number | null }> {
  const orm = drizzle(db);
  const wanted = childrenOf(parentId, only);
  const [rows, counted, state] = await orm.batch([
    orm
      .select(columns)
      .from(accounts)
      .where(wanted)
      .orderBy(sql`${accounts.arrMinor} IS NULL`, sql`${accounts.arrMinor} DESC`, accounts.accountId)
      .limit(rollupChildrenMax),
    orm
      .select({ total: sql<number>`count(*)` })
      .from(accounts)
      .where(wanted),
    orm.select().from(projectionState).where(eq(projectionState.name, "changes")),
  ]);
  return { rollup: rollUp(rows.map(toChild), counted[0]?.total ?? 0), asOf: state[0]?.completeTo ?? null };
}

type ChildRow = Omit<Child, "band" | "isUnconverted"> & { readonly band: string; readonly isUnconverted: number };

const toChild = ({ id, name, score, band, arrMinor, currency, isUnconverted }: ChildRow): Child => ({
  id,
  name,
  score,
  band: band as Band,
  arrMinor,
  currency,
  isUnconverted: isUnconverted === 1,
});
