import type { SettingsDocument } from "../../domain/config/settings.ts";
import type { Scope, Token } from "../../domain/intake/token.ts";
import { and, asc, desc, eq, gt, isNull, lt, ne } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { Connection, ConnectionStore, IdempotencyStore, SettingsStore, TokenStore } from "../../api/ports.ts";
import { sendersMax } from "../../domain/limits.ts";
import { connectionCredential, tokenCredential } from "./credential-store.ts";
import { connections, idempotencyKeys, settings, tokens } from "./schema.ts";

/** What people set up: tokens, connections, settings, and the answers kept for Idempotency-Keys. */
export const setupStores = (db: D1Database): TokenStore & ConnectionStore & SettingsStore & IdempotencyStore => ({
  ...tokenStore(db),
  ...connectionStore(db),
  ...settingsStore(db),
  ...idempotencyStore(db),
});

function tokenStore(db: D1Database): TokenStore {
  const orm = drizzle(db);
  return {
    async tokens({ limit, after }) {
      const rows = await orm
        .select()
        .from(tokens)
        .where(after === null ? undefined : lt(tokens.id, after))
        .orderBy(desc(tokens.id))
        .limit(limit);
      return rows.map(toToken);
    },
    async addToken(token, hash, createdBy) {
      const row: typeof tokens.$inferSelect = {
        id: token.id,
        hash,
        name: token.name,
        scopesJson: JSON.stringify(token.scopes),
        connectionId: token.connectionId,
        accountIdsJson: token.accountIds === null ? null : JSON.stringify(token.accountIds),
        expiresAt: token.expiresAt,
        createdAt: token.createdAt,
        createdBy,
        revokedAt: null,
      };
      await orm.insert(tokens).values(row);
      return tokenCredential(row);
    },
    async tokensOf(connectionId) {
      const rows = await orm.select({ id: tokens.id }).from(tokens).where(eq(tokens.connectionId, connectionId)).limit(sendersMax);
      return rows.map(({ id }) => id);
    },
    async tokenName(id) {
      const [row] = await orm.select({ name: tokens.name }).from(tokens).where(eq(tokens.id, id)).limit(1);
      return row?.name ?? null;
    },
    async revokeToken(id, at) {
      await orm
        .update(tokens)
        .set({ revokedAt: at })
        .where(and(eq(tokens.id, id), isNull(tokens.revokedAt)));
      const row = (await orm.select().from(tokens).where(eq(tokens.id, id)).limit(1))[0];
      return row === undefined ? null : tokenCredential(row);
    },
  };
}

const toToken = (row: typeof tokens.$inferSelect): Token => ({
  id: row.id,
  name: row.name,
  scopes: JSON.parse(row.scopesJson) as Scope[],
  connectionId: row.connectionId,
  accountIds: row.accountIdsJson === null ? null : (JSON.parse(row.accountIdsJson) as string[]),
  expiresAt: row.expiresAt,
  createdAt: row.createdAt,
  revokedAt: row.revokedAt,
});

function connectionStore(db: D1Database): ConnectionStore {
  const orm = drizzle(db);
  return {
    async connections({ limit, after, which }) {
      const rows = await orm
        .select()
        .from(connections)
        .where(
          and(
            which === "live" ? ne(connections.status, "deleted") : eq(connections.status, "deleted"),
            after === null ? undefined : gt(connections.id, after),
          ),
        )
        .orderBy(asc(connections.id))
        .limit(limit);
      return rows.map(toConnection);
    },
    async connection(id) {
      const row = (await orm.select().from(connections).where(eq(connections.id, id)).limit(1))[0];
      return row === undefined ? null : toConnection(row);
    },
    async putConnection(connection) {
      const row = toRow(connection);
      await orm.insert(connections).values(row).onConflictDoUpdate({ target: connections.id, set: row });
      return connectionCredential(row);
    },
  };
}

const toConnection = (row: typeof connections.$inferSelect): Connection => ({
  id: row.id,
  connector: row.connector,
  name: row.name,
  status: row.status as Connection["status"],
  baseUrl: row.baseUrl,
  tokenUrl: row.tokenUrl,
  settings: JSON.parse(row.settingsJson) as Record<string, unknown>,
  secretNames: JSON.parse(row.secretNamesJson) as string[],
  secretsCiphertext: row.secretsCiphertext,
  apiSecretDigest: row.apiSecretDigest,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
});

function toRow(connection: Connection): typeof connections.$inferSelect {
  const { settings: own, secretNames, ...rest } = connection;
  const projectToken = own["projectToken"];
  return {
    ...rest,
    settingsJson: JSON.stringify(own),
    secretNamesJson: JSON.stringify(secretNames),
    projectToken: connection.connector === "mixpanel" && typeof projectToken === "string" && projectToken !== "" ? projectToken : null,
  };
}

function settingsStore(db: D1Database): SettingsStore {
  const orm = drizzle(db);
  return {
    async settings() {
      const row = (await orm.select().from(settings).where(eq(settings.id, 1)).limit(1))[0];
      return { document: row === undefined ? null : (JSON.parse(row.documentJson) as SettingsDocument), version: row?.version ?? 0 };
    },
    async putSettings(document, version) {
      const row = { id: 1, documentJson: JSON.stringify(document), version: version + 1 };
      const written = await orm
        .insert(settings)
        .values(row)
        .onConflictDoUpdate({ target: settings.id, set: row, setWhere: eq(settings.version, version) })
        .returning({ id: settings.id });
      return written.length > 0;
    },
  };
}

function idempotencyStore(db: D1Database): IdempotencyStore {
  const orm = drizzle(db);
  return {
    async takeIdempotencyKey(id, requestHash, now, keptMs) {
      const [, taken, rows] = await orm.batch([
        orm.delete(idempotencyKeys).where(lt(idempotencyKeys.createdAt, now - keptMs)),
        orm
          .insert(idempotencyKeys)
          .values({ id, requestHash, status: null, bodyCiphertext: null, createdAt: now })
          .onConflictDoNothing()
          .returning({ id: idempotencyKeys.id }),
        orm.select().from(idempotencyKeys).where(eq(idempotencyKeys.id, id)).limit(1),
      ]);
      return taken.length > 0 ? null : (rows[0] ?? null);
    },
    async keepAnswer(id, status, bodyCiphertext) {
      await orm.update(idempotencyKeys).set({ status, bodyCiphertext }).where(eq(idempotencyKeys.id, id));
    },
    async freeIdempotencyKey(id) {
      await orm.delete(idempotencyKeys).where(eq(idempotencyKeys.id, id));
    },
  };
}
