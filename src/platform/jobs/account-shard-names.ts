/** Account shards that have ever sent a change, by name, after one: those that have accounts. */
export async function accountShardNames(db: D1Database, after: string | null, limit: number): Promise<readonly string[]> {
  const rows = await db
    .prepare("SELECT name FROM account_shards WHERE name > ?1 ORDER BY name LIMIT ?2")
    .bind(after ?? "", limit)
    .all<{ name: string }>();
  return rows.results.map(({ name }) => name);
}
