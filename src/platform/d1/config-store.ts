import { and, asc, desc, eq, lt, ne, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { ShadowReading } from "../../domain/change.ts";
import type { ConfigChange, ConfigStore, ShadowReport } from "../../api/ports.ts";
import { parseConfiguration, type Configuration } from "../../domain/config/active.ts";
import type { ConfigDocument, ConfigKind, ConfigStatus } from "../../domain/config/document.ts";
import { documentsPerKindMax, shadowMoversShown } from "../../domain/limits.ts";
import { invariant } from "../../domain/result.ts";
import { configDocuments, configurations } from "./schema.ts";

/** Documents that people configure, and the configurations they were ever in force in. */
export function configStore(db: D1Database): ConfigStore {
  const orm = drizzle(db);
  const ofKey = (kind: ConfigKind, key: string) => and(eq(configDocuments.kind, kind), eq(configDocuments.key, key));
  const ofVersion = ({ kind, key, version }: Pick<ConfigDocument, "kind" | "key" | "version">) =>
    and(ofKey(kind, key), eq(configDocuments.version, version));
  return {
    async openDocuments(kind) {
      const rows = await orm
        .select()
        .from(configDocuments)
        .where(and(eq(configDocuments.kind, kind), ne(configDocuments.status, "retired")))
        .orderBy(asc(configDocuments.key), asc(configDocuments.version))
        .limit(2 * documentsPerKindMax);
      return rows.map(toDocument);
    },
    async openDocument(kind, key) {
      const [rows, last] = await orm.batch([
        orm
          .select()
          .from(configDocuments)
          .where(and(ofKey(kind, key), ne(configDocuments.status, "retired"))),
        orm
          .select({ version: sql<number | null>`max(${configDocuments.version})` })
          .from(configDocuments)
          .where(ofKey(kind, key)),
      ]);
      const documents = rows.map(toDocument);
      return {
        published: documents.find(({ status }) => status === "published") ?? null,
        draft: documents.find(({ status }) => status !== "published") ?? null,
        lastVersion: last[0]?.version ?? 0,
      };
    },
    async configDocument(kind, key, version) {
      const row = (await orm.select().from(configDocuments).where(ofVersion({ kind, key, version })))[0];
      return row === undefined ? null : toDocument(row);
    },
    async configHistory(kind, key, { limit, before }) {
      const rows = await orm
        .select()
        .from(configDocuments)
        .where(and(ofKey(kind, key), before === null ? undefined : lt(configDocuments.version, before)))
        .orderBy(desc(configDocuments.version))
        .limit(limit);
      return rows.map(toDocument);
    },
    async shadowReport(key, since) {
      const [bands, movers] = await Promise.all([
        db.prepare(shadowBandsSql).bind(key, since).all<ShadowReport["bands"][number]>(),
        db.prepare(shadowMoversSql).bind(key, since, shadowMoversShown).all<{ accountId: string; name: string | null; reading: string }>(),
      ]);
      const count = (rows: ShadowReport["bands"]): number => rows.reduce((sum, { accounts }) => sum + accounts, 0);
      return {
        accounts: count(bands.results),
        changed: count(bands.results.filter(({ from, to }) => from !== to)),
        bands: bands.results,
        movers: movers.results.map(({ accountId, name, reading }) => {
          const { score, band, publishedScore, publishedBand } = JSON.parse(reading) as ShadowReading;
          return { accountId, name, score, band, publishedScore, publishedBand };
        }),
      };
    },
    async saveDraft(draft, revision) {
      const row = toRow(draft);
      const saved =
        revision === 0
          ? await orm.insert(configDocuments).values(row).onConflictDoNothing().returning({ version: configDocuments.version })
          : await orm
              .update(configDocuments)
              .set(row)
              .where(and(ofVersion(draft), eq(configDocuments.status, "draft"), eq(configDocuments.revision, revision)))
              .returning({ version: configDocuments.version });
      return saved.length > 0;
    },
    async removeDraft(kind, key, version) {
      const removed = await orm
        .delete(configDocuments)
        .where(and(ofVersion({ kind, key, version }), eq(configDocuments.status, "draft")))
        .returning({ version: configDocuments.version });
      return removed.length > 0;
    },
    async configuration() {
      const row = (await orm.select().from(configurations).orderBy(desc(configurations.version)).limit(1))[0];
      if (row === undefined) return null;
      const parsed = parseConfiguration(row.documentJson);
      invariant(parsed.ok, `configuration ${row.version} cannot be read`);
      return parsed.value;
    },
    async putConfiguration(configuration, by, change) {
      const { version } = configuration;
      const statements = [putSql(db, configuration, by, change), ...retireSql(db, version, change), ...changeSql(db, version, change)];
      try {
        const [put] = await db.batch(statements);
        return put?.meta.changes === 1;
      } catch (error) {
        if (String(error).includes("UNIQUE constraint failed")) return false;
        throw error;
      }
    },
  };
}

/** Readings of one run of a shadow: those that began with it. No index: a shadow is looked at rarely, and a book is read through in milliseconds. */
const shadowed = `FROM accounts WHERE deleted = 0 AND shadow_json IS NOT NULL AND shadow_json ->> 'key' = ?1 AND shadow_json ->> 'since' = ?2`;
const shadowBandsSql = `SELECT shadow_json ->> 'publishedBand' AS "from", shadow_json ->> 'band' AS "to", count(*) AS accounts ${shadowed} GROUP BY 1, 2 ORDER BY 1, 2`;
const shadowMoversSql = `SELECT account_id AS accountId, name, shadow_json AS reading ${shadowed}
ORDER BY abs(coalesce(shadow_json ->> 'score', 0) - coalesce(shadow_json ->> 'publishedScore', 0)) DESC, account_id LIMIT ?3`;

/** Puts nothing where the draft has changed since it was read. A version that is taken fails the whole batch. */
function putSql(
  db: D1Database,
  configuration: Configuration,
  { author, at }: { author: string; at: number },
  { draft }: ConfigChange,
): D1PreparedStatement {
  const insert = "INSERT INTO configurations (version, document_json, author, at) SELECT ?1, ?2, ?3, ?4";
  const values = [configuration.version, JSON.stringify(configuration), author, at];
  if (draft === undefined) return db.prepare(insert).bind(...values);
  const { kind, key, version } = draft.document;
  return db
    .prepare(
      `${insert} WHERE EXISTS (SELECT 1 FROM config_documents WHERE kind = ?5 AND key = ?6 AND version = ?7 AND revision = ?8 AND status IN ('draft', 'shadow'))`,
    )
    .bind(...values, kind, key, version, draft.revision);
}

/** True only behind a `putSql` that put something. */
const isPut = "EXISTS (SELECT 1 FROM configurations WHERE version = ?1)";

function retireSql(db: D1Database, version: number, { draft, added }: ConfigChange): D1PreparedStatement[] {
  const document = added ?? draft?.document;
  if (document?.status !== "published") return [];
  return [
    db
      .prepare(`UPDATE config_documents SET status = 'retired' WHERE kind = ?2 AND key = ?3 AND status = 'published' AND ${isPut}`)
      .bind(version, document.kind, document.key),
  ];
}

function changeSql(db: D1Database, version: number, { draft, added }: ConfigChange): D1PreparedStatement[] {
  if (draft !== undefined) {
    const { kind, key, status, author, at, note, version: own } = draft.document;
    return [
      db
        .prepare(
          `UPDATE config_documents SET status = ?5, author = ?6, at = ?7, note = ?8 WHERE kind = ?2 AND key = ?3 AND version = ?4 AND ${isPut}`,
        )
        .bind(version, kind, key, own, status, author, at, note),
    ];
  }
  if (added === undefined) return [];
  const row = toRow(added);
  return [
    db
      .prepare(`UPDATE config_documents SET version = version + 1 WHERE kind = ?2 AND key = ?3 AND status = 'draft' AND ${isPut}`)
      .bind(version, row.kind, row.key),
    db
      .prepare(
        `INSERT INTO config_documents (kind, key, version, status, revision, document_json, author, at, note)
        SELECT ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 WHERE ${isPut}`,
      )
      .bind(version, row.kind, row.key, row.version, row.status, row.revision, row.documentJson, row.author, row.at, row.note),
  ];
}

type Row = typeof configDocuments.$inferSelect;

const toDocument = ({ documentJson, kind, status, ...rest }: Row): ConfigDocument => ({
  ...rest,
  kind: kind as ConfigKind,
  status: status as ConfigStatus,
  document: JSON.parse(documentJson) as unknown,
});

const toRow = ({ document, ...rest }: ConfigDocument): Row => ({ ...rest, documentJson: JSON.stringify(document) });
