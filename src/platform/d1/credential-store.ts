import { and, asc, eq, gt, inArray, ne, or, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { Scope } from "../../domain/intake/token.ts";
import { credentialLookups, isOlder, type Credential } from "../../domain/intake/credential.ts";
import { connections, tokens } from "./schema.ts";

type TokenRow = typeof tokens.$inferSelect;
type ConnectionRow = typeof connections.$inferSelect;

/** D1 binds at most 100 values a statement. */
const lookupsPerStatementMax = 90;

export const tokenCredential = (row: TokenRow): Credential => ({
  kind: "token",
  hash: row.hash,
  tokenId: row.id,
  name: row.name,
  scopes: JSON.parse(row.scopesJson) as Scope[],
  ...(row.connectionId === null ? {} : { connectionId: row.connectionId }),
  ...(row.accountIdsJson === null ? {} : { accountIds: JSON.parse(row.accountIdsJson) as string[] }),
  ...(row.expiresAt === null ? {} : { expiresAt: row.expiresAt }),
  ...(row.revokedAt === null ? {} : { revokedAt: row.revokedAt }),
});

export const connectionCredential = (row: ConnectionRow): Credential => ({
  kind: "connection",
  id: row.id,
  connector: row.connector,
  name: row.name,
  status: row.status as "active" | "paused" | "deleted",
  settings: JSON.parse(row.settingsJson) as Record<string, unknown>,
  secretsCiphertext: row.secretsCiphertext,
  ...(row.apiSecretDigest === null ? {} : { apiSecretDigest: row.apiSecretDigest }),
  updatedAt: row.updatedAt,
});

/**
 * Credentials by look-up keys `token|{hash}`, `connection|{id}`, `mixpanel|{projectToken}`, `mixpanel-project|{projectId}`,
 * `mixpanel-secret|{apiSecretDigest}`, in the order asked;
 * null where there is none.
 *
 * Revoked, expired, paused and deleted ones are answered too: what they mean is the caller's to decide. Throws when D1 cannot be asked.
 */
export async function readCredentials(db: D1Database, lookups: readonly string[]): Promise<readonly (Credential | null)[]> {
  const found = new Map<string, Credential>();
  const wanted = [...new Set(lookups)];
  for (let start = 0; start < wanted.length; start += lookupsPerStatementMax) {
    for (const credential of await readSome(db, wanted.slice(start, start + lookupsPerStatementMax))) {
      for (const lookup of credentialLookups(credential))
        if (!isOlder(credential, found.get(lookup) ?? null)) found.set(lookup, credential);
    }
  }
  return lookups.map((lookup) => found.get(lookup) ?? null);
}

/** Asked for by `/import` with a service account only, and a deployment has few connections: read from the settings, without an index. */
const projectIdText = sql<string>`CAST(json_extract(${connections.settingsJson}, '$.projectId') AS TEXT)`;

async function readSome(db: D1Database, lookups: readonly string[]): Promise<readonly Credential[]> {
  const orm = drizzle(db);
  const valuesOf = (prefix: string): string[] =>
    lookups.filter((lookup) => lookup.startsWith(prefix)).map((lookup) => lookup.slice(prefix.length));
  const [hashes, ids] = [valuesOf("token|"), valuesOf("connection|")];
  const [projectTokens, projectIds, digests] = [valuesOf("mixpanel|"), valuesOf("mixpanel-project|"), valuesOf("mixpanel-secret|")];
  const [tokenRows, byId, byProject] = await Promise.all([
    hashes.length === 0 ? [] : orm.select().from(tokens).where(inArray(tokens.hash, hashes)),
    ids.length === 0 ? [] : orm.select().from(connections).where(inArray(connections.id, ids)),
    projectTokens.length + projectIds.length + digests.length === 0
      ? []
      : orm
          .select()
          .from(connections)
          .where(
            and(
              eq(connections.connector, "mixpanel"),
              ne(connections.status, "deleted"),
              or(
                inArray(connections.projectToken, projectTokens),
                inArray(projectIdText, projectIds),
                inArray(connections.apiSecretDigest, digests),
              ),
            ),
          ),
  ]);
  return [...tokenRows.map(tokenCredential), ...byId.map(connectionCredential), ...byProject.map(connectionCredential)];
}

/**
 * All credentials, deleted connections and revoked tokens included (a second copy must learn of them), page by page.
 * `next` is given back as `after` until it is null.
 */
export async function allCredentials(
  db: D1Database,
  page: { readonly limit: number; readonly after?: string | undefined },
): Promise<{ readonly credentials: readonly Credential[]; readonly next: string | null }> {
  const orm = drizzle(db);
  const [table, after] = page.after === undefined ? ["t", ""] : [page.after.slice(0, 1), page.after.slice(2)];
  if (table === "t") {
    const rows = await orm.select().from(tokens).where(gt(tokens.id, after)).orderBy(asc(tokens.id)).limit(page.limit);
    const last = rows.at(-1);
    return { credentials: rows.map(tokenCredential), next: rows.length < page.limit || last === undefined ? "c|" : `t|${last.id}` };
  }
  const rows = await orm.select().from(connections).where(gt(connections.id, after)).orderBy(asc(connections.id)).limit(page.limit);
  const last = rows.at(-1);
  return { credentials: rows.map(connectionCredential), next: rows.length < page.limit || last === undefined ? null : `c|${last.id}` };
}
