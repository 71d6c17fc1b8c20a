import { and, asc, eq, getTableColumns, inArray, isNotNull, isNull, or, sql, type SQL } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import type { AccountFilter, AccountLists, AccountPage, AccountSort, DisagreementFilter } from "../../api/ports.ts";
import { factsChange } from "../../domain/account-row.ts";
import { disagreement } from "../../domain/limits.ts";
import { readChildren } from "./children.ts";
import { type AccountRecord, toListing } from "./read-model-store.ts";
import { accounts, projectionState } from "./schema.ts";

/** What the account's own facts did: rows that older code has written do not tell it apart, and count as such. */
const moved = sql<number | null>`(${accounts.change} - coalesce(${accounts.changeByConfiguration}, 0))`;

const movedWeek = sql<number | null>`(${accounts.changeWeek} - coalesce(${accounts.changeWeekByConfiguration}, 0))`;

const sortColumns = {
  moved,
  movedWeek,
  change: accounts.change,
  changeWeek: accounts.changeWeek,
  score: accounts.score,
  name: accounts.name,
  events: accounts.events,
  lastEventAt: accounts.lastEventAt,
  openTickets: accounts.openTickets,
  activeUsers28d: accounts.activeUsers28d,
  arr: accounts.arrMinor,
  renewalDate: accounts.renewalDate,
  confidence: accounts.confidence,
  risk90: accounts.risk90,
} as const satisfies Record<AccountSort, unknown>;

/** Property of the row that bears the sorted value, where there is one. */
const sortFields = {
  change: "change",
  changeWeek: "changeWeek",
  score: "score",
  name: "name",
  events: "events",
  lastEventAt: "lastEventAt",
  openTickets: "openTickets",
  activeUsers28d: "activeUsers28d",
  arr: "arrMinor",
  renewalDate: "renewalDate",
  confidence: "confidence",
  risk90: "risk90",
} as const satisfies Record<Exclude<AccountSort, "moved" | "movedWeek">, keyof AccountRecord>;

/** Tasks have a list of their own. */
const { openTasksJson: _, ...listedColumns } = getTableColumns(accounts);

const moversShown = 20;
const groupsShown = 100;
/** Sums of the same lines in another order differ in their last digits. */
const movedMin = 1e-9;

/**
 * Lists over the read model. No index serves the sorts: each would be one more row written with every change of an account,
 * and a book of ten thousand accounts is read through in milliseconds (docs/storage.md).
 */
export function accountLists(db: D1Database): AccountLists {
  const orm = drizzle(db);
  /** Sorts ids first and reads whole rows only of those: a row is a kilobyte, what is sorted a few bytes. */
  const rowsOf = (wanted: SQL | undefined, order: readonly SQL[], limit: number) => {
    const ids = orm
      .select({ id: accounts.accountId })
      .from(accounts)
      .where(wanted)
      .orderBy(...order)
      .limit(limit);
    return orm
      .select(listedColumns)
      .from(accounts)
      .where(inArray(accounts.accountId, ids))
      .orderBy(...order);
  };
  return {
    children: (page) => readChildren(db, page),
    async accounts(filter, page) {
      const wanted = conditionOf(filter);
      const [rows, counted, state] = await orm.batch([
        rowsOf(and(wanted, afterOf(page, filter.scorecard)), orderOf(page, filter.scorecard), page.limit),
        orm
          .select({ total: sql<number>`count(*)` })
          .from(accounts)
          .where(wanted),
        orm.select().from(projectionState).where(eq(projectionState.name, "changes")),
      ]);
      const last = rows.at(-1);
      return {
        items: rows.map(toListing),
        lastValue: last === undefined ? null : valueOf(last, page.sort, filter.scorecard),
        total: counted[0]?.total ?? 0,
        asOf: state[0]?.completeTo ?? null,
      };
    },
    async portfolio(accountIds) {
      const mine = accountIds === null ? "" : "AND account_id IN (SELECT value FROM json_each(?1))";
      const bind = (text: string): D1PreparedStatement =>
        accountIds === null ? db.prepare(text) : db.prepare(text).bind(JSON.stringify(accountIds));
      const wanted = conditionOf({ ...everything, accountIds });
      const [figures, movers] = await Promise.all([
        bind(figuresSql(mine)).all<Figure>(),
        orm.batch([
          rowsOf(wanted, [sql`abs(coalesce(${moved}, 0)) DESC`, asc(accounts.accountId)], moversShown),
          orm.select().from(projectionState).where(eq(projectionState.name, "changes")),
        ]),
      ]);
      return { ...toFigures(figures.results), items: movers[0].map(toListing), asOf: movers[1][0]?.completeTo ?? null };
    },
  };
}

const everything: AccountFilter = { bands: [], segments: [], owners: [], disagreement: null, scorecard: null, q: null, accountIds: null };

function conditionOf(filter: AccountFilter): SQL | undefined {
  return and(
    eq(accounts.deleted, 0),
    filter.scorecard === null ? undefined : sql`${by(accounts.band, "band", filter.scorecard)} IS NOT NULL`,
    filter.bands.length === 0 ? undefined : inArray(by(accounts.band, "band", filter.scorecard), [...filter.bands]),
    anyOf(accounts.segment, filter.segments),
    anyOf(accounts.owner, filter.owners),
    filter.disagreement === null ? undefined : disagrees(filter.disagreement),
    filter.q === null ? undefined : sql`instr(${accounts.searchText}, ${filter.q.toLowerCase()}) > 0`,
    // One JSON parameter, because there may be more ids than D1 binds.
    filter.accountIds === null
      ? undefined
      : sql`${accounts.accountId} IN (SELECT value FROM json_each(${JSON.stringify(filter.accountIds)}))`,
  );
}

/**
 * Ranks are shares of the accounts that lie below, over the whole book of accounts that have both; the healthiest and the least at risk are
 * at 1. Two sorts of a book cost some milliseconds, so only whoever filters pays for them.
 */
function disagrees(kind: DisagreementFilter): SQL | undefined {
  const ranked = sql`${accounts.accountId} IN (SELECT account_id FROM (
    SELECT account_id, percent_rank() OVER (ORDER BY score) AS by_health, percent_rank() OVER (ORDER BY risk90 DESC) AS by_risk
    FROM accounts WHERE deleted = 0 AND band <> 'not_enough_data' AND score IS NOT NULL AND risk90 IS NOT NULL)
    WHERE abs(by_health - by_risk) > ${disagreement.rankShareMin})`;
  if (kind === "risk") return ranked;
  return kind === "any" ? or(isNotNull(accounts.disagreements), ranked) : sql`instr(${accounts.disagreements}, ${kind}) > 0`;
}

type SideField = "score" | "band" | "confidence";

/** A figure by the account's own scorecard, or by the one that is asked for; null where the account is not judged by that. */
const by = (column: SQLiteColumn, field: SideField, scorecard: string | null): SQL =>
  scorecard === null
    ? sql`${column}`
    : sql`CASE WHEN ${accounts.scorecard} = ${scorecard} THEN ${column} ELSE ${accounts.sideScoresJson} ->> ${`$.${scorecard}.${field}`} END`;

const sortedBy = (sort: AccountSort, scorecard: string | null): SQL =>
  sort === "score" || sort === "confidence" ? by(sortColumns[sort], sort, scorecard) : sql`${sortColumns[sort]}`;

/** What a row is sorted by. */
function valueOf(row: AccountRecord, sort: AccountSort, scorecard: string | null): string | number | null {
  if (sort === "moved") return factsChange(row.change, row.changeByConfiguration);
  if (sort === "movedWeek") return factsChange(row.changeWeek, row.changeWeekByConfiguration);
  if ((sort !== "score" && sort !== "confidence") || scorecard === null || row.scorecard === scorecard) return row[sortFields[sort]];
  return toListing(row).sideScores?.find((one) => one.scorecard === scorecard)?.[sort] ?? null;
}

function anyOf(column: typeof accounts.segment | typeof accounts.owner, values: readonly (string | null)[]): SQL | undefined {
  if (values.length === 0) return undefined;
  const named = values.filter((value) => value !== null);
  return or(named.length === 0 ? undefined : inArray(column, named), values.includes(null) ? isNull(column) : undefined);
}

/** Accounts without the value come last in both directions; equal ones are in the order of their ids. */
function orderOf(page: AccountPage, scorecard: string | null): SQL[] {
  const column = sortedBy(page.sort, scorecard);
  return [sql`${column} IS NULL`, page.descending ? sql`${column} DESC` : sql`${column} ASC`, sql`${accounts.accountId} ASC`];
}

function afterOf({ sort, descending, after }: AccountPage, scorecard: string | null): SQL | undefined {
  if (after === null) return undefined;
  const column = sortedBy(sort, scorecard);
  if (after.value === null) return sql`(${column} IS NULL AND ${accounts.accountId} > ${after.id})`;
  const beyond = descending ? sql`${column} < ${after.value}` : sql`${column} > ${after.value}`;
  return sql`(${beyond} OR (${column} = ${after.value} AND ${accounts.accountId} > ${after.id}) OR ${column} IS NULL)`;
}

type Figure = {
  readonly kind: "all" | "band" | "unconverted" | "segment" | "owner";
  readonly a: string | null;
  readonly b: string | null;
  readonly n: number;
  readonly x: number | null;
  readonly y: number | null;
  readonly more: string | null;
};

/**
 * One pass over the table (the CTE keeps only narrow columns), then the groups over that. An account with too little data has a score that
 * nobody should believe: it is in no average and does not count as scored.
 */
const figuresSql = (mine: string): string => `WITH book AS MATERIALIZED (
  SELECT band, segment, owner, currency, arr_minor, arr_unconverted_json, CASE WHEN band <> 'not_enough_data' THEN score END AS score, score_day_ago, change - coalesce(change_by_configuration, 0) AS moved, CASE WHEN change IS NOT NULL THEN coalesce(change_by_configuration, 0) END AS by_configuration, set_aside, config_version
  FROM accounts WHERE deleted = 0 ${mine})
SELECT 'all' AS kind, NULL AS a, NULL AS b, count(*) AS n, avg(score) AS x, avg(CASE WHEN score IS NOT NULL THEN score_day_ago END) AS y,
  json_array(count(score), count(CASE WHEN moved > ${movedMin} THEN 1 END), count(CASE WHEN moved < -${movedMin} THEN 1 END), coalesce(sum(set_aside), 0), (${versionSql("ASC")}), (${versionSql("DESC")}), avg(CASE WHEN score IS NOT NULL THEN by_configuration END)) AS more FROM book
UNION ALL SELECT 'band', band, currency, count(*), sum(arr_minor), count(arr_unconverted_json), NULL FROM book GROUP BY band, currency
UNION ALL SELECT 'unconverted', band, value ->> 'currency', count(*), sum(value ->> 'amount'), NULL, NULL
  FROM book, json_each(arr_unconverted_json) WHERE arr_unconverted_json IS NOT NULL GROUP BY band, 3
UNION ALL SELECT * FROM (SELECT 'segment', segment, NULL, count(*), NULL, NULL, NULL FROM book GROUP BY segment ORDER BY count(*) DESC LIMIT ${groupsShown})
UNION ALL SELECT * FROM (SELECT 'owner', owner, NULL, count(*), NULL, NULL, NULL FROM book GROUP BY owner ORDER BY count(*) DESC LIMIT ${groupsShown})`;

/** Configurations are numbered; a book that was judged by none that was published bears the name of what ships. */
const versionSql = (order: "ASC" | "DESC"): string =>
  `SELECT config_version FROM book ORDER BY CAST(config_version AS INTEGER) ${order}, config_version ${order} LIMIT 1`;

function toFigures(rows: readonly Figure[]) {
  const all = rows.find((row) => row.kind === "all");
  const [scored = 0, risen = 0, fallen = 0, setAside = 0, least = null, greatest = null, byConfiguration = null] = JSON.parse(
    all?.more ?? "[]",
  ) as Partial<[number, number, number, number, string | null, string | null, number | null]>;
  const groups = (kind: Figure["kind"]) => rows.filter((row) => row.kind === kind).map((row) => ({ value: row.a, accounts: row.n }));
  return {
    accounts: all?.n ?? 0,
    scored,
    averageScore: all?.x ?? null,
    averageScoreDayAgo: all?.y ?? null,
    averageChangeByConfiguration: byConfiguration,
    risen,
    fallen,
    setAside,
    bands: rows
      .filter((row) => row.kind === "band")
      .map((row) => ({ band: row.a ?? "", accounts: row.n, currency: row.b, arrMinor: row.x ?? 0, unconverted: row.y ?? 0 })),
    unconverted: rows
      .filter((row) => row.kind === "unconverted")
      .map((row) => ({ band: row.a ?? "", currency: row.b ?? "", amount: row.x ?? 0 }))
      .sort((a, b) => (a.currency < b.currency ? -1 : 1)),
    segments: groups("segment"),
    owners: groups("owner"),
    configVersions: least === null || greatest === null ? null : { least, greatest },
  };
}
