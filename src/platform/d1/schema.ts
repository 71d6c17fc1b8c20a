import { sql } from "drizzle-orm";
import { index, integer, primaryKey, real, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * The tables of D1: read models of the accounts (written by projections), and what people set up (tokens, connections, settings).
 * Explained one by one in docs/storage.md. Times are epoch ms. Nothing here is the only copy of an event.
 */

/**
 * One row per account as the last change left it; guarded by (epoch, number).
 * Short columns first: a list reads a row from its start, and the two JSON columns at the end are what makes rows long.
 */
export const accounts = sqliteTable(
  "accounts",
  {
    accountId: text("account_id").primaryKey(),
    epoch: integer("epoch").notNull(),
    number: integer("number").notNull(),
    deleted: integer("deleted").notNull(),
    band: text("band").notNull(),
    score: real("score"),
    scoreDayAgo: real("score_day_ago"),
    /** score − scoreDayAgo; null where either is. */
    change: real("change"),
    confidence: real("confidence").notNull(),
    name: text("name"),
    owner: text("owner"),
    segment: text("segment"),
    lifecycleStage: text("lifecycle_stage"),
    plan: text("plan"),
    parentId: text("parent_id"),
    arrMinor: integer("arr_minor"),
    /** The reporting currency of when the row was computed. */
    currency: text("currency"),
    renewalDate: text("renewal_date"),
    events: integer("events").notNull(),
    openTickets: integer("open_tickets").notNull(),
    activeUsers28d: integer("active_users_28d").notNull(),
    lastEventAt: integer("last_event_at"),
    setAside: integer("set_aside").notNull(),
    computedAt: integer("computed_at").notNull(),
    configVersion: text("config_version").notNull(),
    shard: text("shard").notNull(),
    /** Lower-cased name, id, domains and external ids: what `q` looks in. */
    searchText: text("search_text").notNull(),
    domainsJson: text("domains_json").notNull(),
    externalIdsJson: text("external_ids_json").notNull(),
    movesJson: text("moves_json").notNull(),
    scoreDaysJson: text("score_days_json").notNull(),
    /** Probability of a loss within 90 days, to sort by; null where no forecast is made. */
    risk90: real("risk90"),
    /** The same with its interval and sample (Risk90). */
    risk90Json: text("risk90_json"),
    /** `forecast`, `opinion` or both, separated by a comma; null where health and what else is known agree. */
    disagreements: text("disagreements"),
    /** Key of the scorecard that gives the score; null in rows that older code has written. */
    scorecard: text("scorecard"),
    /** What the scorecards beside it say: `{key: {score, band, confidence}}`; null where there are none. */
    sideScoresJson: text("side_scores_json"),
    /** What drafts in shadow say (list of ShadowReading; older code has written one of a scorecard); null where none does. */
    shadowJson: text("shadow_json"),
    /** Where a part of the ARR had no rate: all parts as [{amount, currency}]; `arr_minor` is null then. */
    arrUnconvertedJson: text("arr_unconverted_json"),
    /** How much of `change` the configuration made; null: nothing, or older code has written the row. */
    changeByConfiguration: real("change_by_configuration"),
    /** The band that follows the one that is held, {band, at}; null: none does. */
    waitingBandJson: text("waiting_band_json"),
    /** What is to be done (OpenTasks); null where nothing is. */
    openTasksJson: text("open_tasks_json"),
    /** `weekChange` of the row, to sort by; null where there was no score a week ago. */
    changeWeek: real("change_week"),
    /** How much of it the configuration or a person's override made; null: nothing, or older code has written the row. */
    changeWeekByConfiguration: real("change_week_by_configuration"),
  },
  // Partial, so that only children, and accounts with tasks, pay for them with one more row written.
  (table) => [
    index("accounts_open_tasks")
      .on(table.accountId)
      .where(sql`open_tasks_json IS NOT NULL`),
    index("accounts_parent_id")
      .on(table.parentId)
      .where(sql`parent_id IS NOT NULL`),
  ],
);

/** Account shards that have ever sent a change: which ones the minute sweep visits. */
export const accountShards = sqliteTable("account_shards", {
  name: text("name").primaryKey(),
  /** The configuration that the shard has confirmed. */
  configVersion: integer("config_version").notNull().default(0),
});

/** One row `changes`: up to when the read models are complete. */
export const projectionState = sqliteTable("projection_state", {
  name: text("name").primaryKey(),
  /** A heartbeat that travelled behind the changes, or the newest change; epoch ms. */
  completeTo: integer("complete_to").notNull(),
});

/** How the book stood at the end of a UTC day: the last record taken on it. One row a day, so that years cost a few thousand. */
export const portfolioDays = sqliteTable("portfolio_days", {
  /** UTC day number. */
  day: integer("day").primaryKey(),
  takenAt: integer("taken_at").notNull(),
  /** A `PortfolioFigures` without what changes by the hour. */
  documentJson: text("document_json").notNull(),
});

/** The canary of each minute, for a day: when it entered, and how long it took to be visible. */
export const canarySightings = sqliteTable("canary_sightings", {
  receivedAt: integer("received_at").primaryKey(),
  visibleMs: integer("visible_ms").notNull(),
});

/** Account shards whose alarm the minute's sweep found overdue: the last time of each, for a day. */
export const overdueAlarms = sqliteTable("overdue_alarms", {
  shard: text("shard").primaryKey(),
  at: integer("at").notNull(),
  overdueMs: integer("overdue_ms").notNull(),
});

/** Account shards whose storage the minute's sweep found to be nearly full: the last time of each, for a day. */
export const fullShards = sqliteTable("full_shards", {
  shard: text("shard").primaryKey(),
  at: integer("at").notNull(),
  bytes: integer("bytes").notNull(),
});

export const tokens = sqliteTable("tokens", {
  id: text("id").primaryKey(),
  /** SHA-256 hex of the token's text; the text itself is kept nowhere. */
  hash: text("hash").notNull().unique(),
  name: text("name").notNull(),
  scopesJson: text("scopes_json").notNull(),
  connectionId: text("connection_id"),
  accountIdsJson: text("account_ids_json"),
  expiresAt: integer("expires_at"),
  createdAt: integer("created_at").notNull(),
  createdBy: text("created_by").notNull(),
  revokedAt: integer("revoked_at"),
});

/** Sessions that somebody has signed out of, until they would have ended by themselves. */
export const endedSessions = sqliteTable(
  "ended_sessions",
  {
    /** SHA-256 hex of the session's id. */
    hash: text("hash").primaryKey(),
    /** When it would have ended, epoch ms. */
    endsAt: integer("ends_at").notNull(),
  },
  (table) => [index("ended_sessions_ends_at").on(table.endsAt)],
);

export const connections = sqliteTable(
  "connections",
  {
    id: text("id").primaryKey(),
    connector: text("connector").notNull(),
    name: text("name").notNull(),
    /** `active`, `paused` or `deleted` (kept, so that its deliveries keep a name). */
    status: text("status").notNull(),
    baseUrl: text("base_url"),
    tokenUrl: text("token_url"),
    settingsJson: text("settings_json").notNull(),
    /** AES-GCM, base64. */
    secretsCiphertext: text("secrets_ciphertext").notNull(),
    secretNamesJson: text("secret_names_json").notNull(),
    /** `settings.projectToken` of a mixpanel connection: how its doors find it. */
    projectToken: text("project_token"),
    /** Keyed hash of the API secret of a mixpanel connection: how `/import` finds it when nothing else names it. */
    apiSecretDigest: text("api_secret_digest"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [index("connections_project_token").on(table.projectToken), index("connections_api_secret_digest").on(table.apiSecretDigest)],
);

/** One row, `id` 1. */
export const settings = sqliteTable("settings", {
  id: integer("id").primaryKey(),
  documentJson: text("document_json").notNull(),
  version: integer("version").notNull(),
});

/** Copies for lists; the intake shard keeps the original. */
export const deadLetters = sqliteTable(
  "dead_letters",
  {
    id: text("id").primaryKey(),
    kind: text("kind").notNull(),
    reason: text("reason").notNull(),
    detail: text("detail").notNull(),
    connectionId: text("connection_id").notNull(),
    connector: text("connector").notNull(),
    type: text("type").notNull(),
    eventId: text("event_id").notNull(),
    accountId: text("account_id"),
    at: integer("at").notNull(),
    tries: integer("tries").notNull(),
    status: text("status").notNull(),
  },
  (table) => [index("dead_letters_status_at").on(table.status, table.at)],
);

/** Answers to writes that bore an Idempotency-Key, for 24 hours. */
export const idempotencyKeys = sqliteTable(
  "idempotency_keys",
  {
    /** `{tokenId}|{method}|{path}|{key}` */
    id: text("id").primaryKey(),
    /** SHA-256 hex of the request's body. */
    requestHash: text("request_hash").notNull(),
    /** null while the first request is under way. */
    status: integer("status"),
    /** Encrypted like a connection's secrets: an answer may hold a new token. */
    bodyCiphertext: text("body_ciphertext"),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [index("idempotency_keys_created_at").on(table.createdAt)],
);

/** What people configure: each version of each document (kind, key). Once published a row changes in its status alone. */
export const configDocuments = sqliteTable(
  "config_documents",
  {
    kind: text("kind").notNull(),
    key: text("key").notNull(),
    version: integer("version").notNull(),
    /** `draft`, `shadow`, `published` or `retired`; at most one row of a key is a draft or in shadow, and one published. */
    status: text("status").notNull(),
    /** Rises with each saving of a draft. */
    revision: integer("revision").notNull(),
    documentJson: text("document_json").notNull(),
    /** Token id of who saved, or published, it last, and when. */
    author: text("author").notNull(),
    at: integer("at").notNull(),
    note: text("note"),
  },
  (table) => [primaryKey({ columns: [table.kind, table.key, table.version] })],
);

/** What the nightly check of the accounts against the archive has found: `document_json` is a ParityReport. */
export const parityReports = sqliteTable("parity_reports", {
  /** `2026-11-29` */
  period: text("period").primaryKey(),
  documentJson: text("document_json").notNull(),
  at: integer("at").notNull(),
});

/** The back-test of each month (RiskReport), and the model that it learned (RiskModel); null: none. */
export const riskReports = sqliteTable("risk_reports", {
  /** `2026-10` */
  period: text("period").primaryKey(),
  documentJson: text("document_json").notNull(),
  modelJson: text("model_json"),
  at: integer("at").notNull(),
});

/** Tables of rates of exchange (Rates), whole; the greatest version is in force, and a configuration names it. A few of the last are kept. */
export const fxTables = sqliteTable("fx_tables", {
  version: integer("version").primaryKey(),
  documentJson: text("document_json").notNull(),
  author: text("author").notNull(),
  at: integer("at").notNull(),
});

/** Each active configuration, whole; the greatest version is in force. Never changed, so that every published number can be made again. */
export const configurations = sqliteTable("configurations", {
  version: integer("version").primaryKey(),
  documentJson: text("document_json").notNull(),
  author: text("author").notNull(),
  at: integer("at").notNull(),
});

/** Answers to questions about usage, to be given again for some minutes. */
export const analysisAnswers = sqliteTable(
  "analysis_answers",
  {
    /** SHA-256 hex of the question, of whom it is about and by which configuration. */
    key: text("key").primaryKey(),
    /** When it was made, product time. */
    at: integer("at").notNull(),
    keptUntil: integer("kept_until").notNull(),
    bytes: integer("bytes").notNull(),
    answerJson: text("answer_json").notNull(),
  },
  (table) => [index("analysis_answers_at").on(table.at)],
);

/** Each period of each kind of job: claimed once, and what became of it. */
export const jobRuns = sqliteTable(
  "job_runs",
  {
    kind: text("kind").notNull(),
    period: text("period").notNull(),
    /** `skipped`, `queued`, `running`, `done` or `failed`. */
    status: text("status").notNull(),
    attempt: integer("attempt").notNull(),
    trigger: text("trigger").notNull(),
    requestedBy: text("requested_by"),
    /** Whether the clock claimed the period first, whoever asked for it again. Null in rows of before: then nobody having asked says so. */
    byClock: integer("by_clock", { mode: "boolean" }),
    claimedAt: integer("claimed_at").notNull(),
    startedAt: integer("started_at"),
    finishedAt: integer("finished_at"),
    durationMs: integer("duration_ms"),
    step: text("step"),
    error: text("error"),
    resultJson: text("result_json"),
    /** When it last gave a sign of life; wall time. */
    touchedAt: integer("touched_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.kind, table.period] })],
);
