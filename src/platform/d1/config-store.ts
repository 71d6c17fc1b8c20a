import { and, asc, desc, eq, lt, ne, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { ShadowReading } from "../../domain/change.ts";
import type { ConfigChange, ConfigStore } from "../../api/ports.ts";
import type { BandFlow } from "../../domain/config/comparison.ts";
import { parseConfiguration, type Configuration } from "../../domain/config/active.ts";
import type { ConfigDocument, ConfigKind, ConfigStatus } from "../../domain/config/document.ts";
import { type Remembered, remembered } from "../../domain/config/remembered.ts";
import { jobAuthors } from "../../domain/jobs/job.ts";
import { comparisonMoversShown, configurationsLookedUpMax, documentsPerKindMax, fxTablesKept } from "../../domain/limits.ts";
import { noRates, parseRates } from "../../domain/money/rates.ts";
import { invariant } from "../../domain/result.ts";
import { reportLine } from "../report.ts";
import { configDocuments, configurations, fxTables } from "./schema.ts";

/** Documents that people configure, and the configurations they were ever in force in. */
export function configStore(db: D1Database): ConfigStore {
  const orm = drizzle(db);
  const ofKey = (kind: ConfigKind, key: string) => and(eq(configDocuments.kind, kind), eq(configDocuments.key, key));
  const pastOf = async (version: number): Promise<readonly Remembered[]> => {
    const { results } = await db
      .prepare(pastSql)
      .bind(version, configurationsLookedUpMax)
      .all<{ version: number; at: number; author: string }>();
    return results.map(({ author, ...one }) => ({ ...one, learned: isJob(author) }));
  };
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
    async shadowReport({ kind, key, since }) {
      const [bands, movers] = await Promise.all([
        db.prepare(shadowBandsSql).bind(kind, key, since).all<BandFlow>(),
        db
          .prepare(shadowMoversSql)
          .bind(kind, key, since, comparisonMoversShown)
          .all<{ accountId: string; name: string | null; reading: string }>(),
      ]);
      return {
        accounts: bands.results.reduce((sum, { accounts }) => sum + accounts, 0),
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
      const { value } = parsed;
      if (value.at !== undefined && value.learned !== undefined) return value;
      const past = new Map([...(value.before ?? []), ...(await pastOf(row.version))].map((one) => [one.version, one]));
      const before = [...past.values()].sort((a, b) => b.version - a.version);
      return { ...value, at: value.at ?? row.at, learned: isJob(row.author), before: [...remembered(before)] };
    },
    async rates() {
      let newest = 0;
      // One after another, as one is some 400 kB and the first is nearly always read.
      for (let skipped = 0; skipped < fxTablesKept; skipped++) {
        const row = (await orm.select().from(fxTables).orderBy(desc(fxTables.version)).limit(1).offset(skipped))[0];
        if (row === undefined) break;
        newest = Math.max(newest, row.version);
        const parsed = parseRates(row.documentJson);
        if (parsed.ok) return { rates: parsed.value, newest, at: row.at };
        reportLine("rates_not_read", { version: row.version, error: parsed.error });
      }
      return newest === 0 ? null : { rates: noRates, newest, at: null };
    },
    async putConfiguration(configuration, by, change) {
      const statements = [
        putSql(db, configuration, by, change),
        ...retireSql(db, change),
        ...changeSql(db, change),
        ...ratesSql(db, change, by),
      ];
      try {
        await db.batch(statements);
        return true;
      } catch (error) {
        if (/(UNIQUE|NOT NULL) constraint failed: (configurations|fx_tables)\./.test(String(error))) return false;
        throw error;
      }
    },
  };
}

/**
 * What was in force before, where older code has stored the newest: it did not tell what jobs published from what people did. A row with the
 * rules of an earlier one is no rules of its own.
 */
const pastSql = `SELECT version, at, author FROM configurations WHERE version < ?1 AND coalesce(document_json ->> 'at', at) = at
ORDER BY version DESC LIMIT ?2`;
const isJob = (author: string): boolean => Object.values<string>(jobAuthors).includes(author);

/** Readings of one run of a shadow: those that began with it. No index: a shadow is looked at rarely, and a book is read through in milliseconds. */
const shadowed = `FROM accounts, json_each(CASE json_type(shadow_json) WHEN 'array' THEN shadow_json ELSE json_array(json(shadow_json)) END) AS one
WHERE deleted = 0 AND shadow_json IS NOT NULL AND coalesce(one.value ->> 'kind', 'scorecards') = ?1 AND one.value ->> 'key' = ?2 AND one.value ->> 'since' = ?3`;
const shadowBandsSql = `SELECT one.value ->> 'publishedBand' AS "from", one.value ->> 'band' AS "to", count(*) AS accounts ${shadowed} GROUP BY 1, 2 ORDER BY 1, 2`;
const shadowMoversSql = `SELECT account_id AS accountId, name, one.value AS reading, abs(coalesce(one.value ->> 'score', 0) - coalesce(one.value ->> 'publishedScore', 0)) AS distance ${shadowed}
AND (distance > 0 OR one.value ->> 'band' <> one.value ->> 'publishedBand') ORDER BY distance DESC, account_id LIMIT ?4`;

/**
 * Fails the whole batch, so that none of it is done, where the version is taken (UNIQUE) or the draft has changed since it was read: the
 * document is null then, which the table does not take.
 */
function putSql(
  db: D1Database,
  configuration: Configuration,
  { author, at }: { author: string; at: number },
  { draft }: ConfigChange,
): D1PreparedStatement {
  const insert = (document: string): string =>
    `INSERT INTO configurations (version, document_json, author, at) SELECT ?1, ${document}, ?3, ?4`;
  const values = [configuration.version, JSON.stringify({ ...configuration, at: configuration.at ?? at }), author, at];
  if (draft === undefined) return db.prepare(insert("?2")).bind(...values);
  const { kind, key, version } = draft.document;
  return db
    .prepare(
      insert(
        "CASE WHEN EXISTS (SELECT 1 FROM config_documents WHERE kind = ?5 AND key = ?6 AND version = ?7 AND revision = ?8 AND status IN ('draft', 'shadow')) THEN ?2 END",
      ),
    )
    .bind(...values, kind, key, version, draft.revision);
}

function retireSql(db: D1Database, { draft, added }: ConfigChange): D1PreparedStatement[] {
  const document = added ?? draft?.document;
  if (document?.status !== "published") return [];
  return [
    db
      .prepare("UPDATE config_documents SET status = 'retired' WHERE kind = ?1 AND key = ?2 AND status = 'published'")
      .bind(document.kind, document.key),
  ];
}

function changeSql(db: D1Database, { draft, added }: ConfigChange): D1PreparedStatement[] {
  if (draft !== undefined) {
    const { kind, key, status, author, at, note, version } = draft.document;
    return [
      db
        .prepare("UPDATE config_documents SET status = ?4, author = ?5, at = ?6, note = ?7 WHERE kind = ?1 AND key = ?2 AND version = ?3")
        .bind(kind, key, version, status, author, at, note),
    ];
  }
  if (added === undefined) return [];
  const row = toRow(added);
  return [
    db
      .prepare("UPDATE config_documents SET version = version + 1 WHERE kind = ?1 AND key = ?2 AND status = 'draft'")
      .bind(row.kind, row.key),
    db
      .prepare(
        `INSERT INTO config_documents (kind, key, version, status, revision, document_json, author, at, note)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)`,
      )
      .bind(row.kind, row.key, row.version, row.status, row.revision, row.documentJson, row.author, row.at, row.note),
  ];
}

function ratesSql(db: D1Database, { rates }: ConfigChange, { author, at }: { author: string; at: number }): D1PreparedStatement[] {
  if (rates === undefined) return [];
  return [
    db
      .prepare("INSERT INTO fx_tables (version, document_json, author, at) VALUES (?1, ?2, ?3, ?4)")
      .bind(rates.version, JSON.stringify(rates), author, at),
    db.prepare("DELETE FROM fx_tables WHERE version <= ?1").bind(rates.version - fxTablesKept),
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
