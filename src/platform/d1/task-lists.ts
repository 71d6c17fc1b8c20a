import type { FoundTask, TaskFilter, TaskLists, TaskPage } from "../../api/ports.ts";
import type { Task } from "../../domain/account/notes.ts";
import type { Band } from "../../domain/health/document.ts";

type Row = {
  readonly account_id: string;
  readonly name: string | null;
  readonly owner: string | null;
  readonly band: string;
  readonly task: string;
};
type Sums = { readonly total: number };
type Assignee = { readonly assignee: string | null; readonly tasks: number };
type Whole = { readonly left_out: number | null; readonly as_of: number | null };

const assigneesShown = 100;
/** After every date. */
const NO_DATE = "9999";

/** Reads only accounts that have tasks (the partial index); drizzle has no words for json_each. Parameters: ids, assignees, owners, due by. */
const openTasksSql = `WITH book AS (
  SELECT account_id, name, owner, band, open_tasks_json FROM accounts
  WHERE open_tasks_json IS NOT NULL AND deleted = 0 AND (?1 IS NULL OR account_id IN (SELECT value FROM json_each(?1)))
), open AS (
  SELECT book.account_id, name, owner, band, task.value AS task, task.value ->> 'id' AS id, task.value ->> 'assignee' AS assignee,
    coalesce(task.value ->> 'due', '${NO_DATE}') AS due FROM book, json_each(book.open_tasks_json, '$.listed') AS task
), wanted AS (
  SELECT * FROM open WHERE (?2 IS NULL OR coalesce(assignee, '') IN (SELECT value FROM json_each(?2)))
    AND (?3 IS NULL OR coalesce(owner, '') IN (SELECT value FROM json_each(?3))) AND (?4 IS NULL OR due <= ?4)
)`;

const pageSql = `${openTasksSql} SELECT account_id, name, owner, band, task FROM wanted
WHERE ?5 IS NULL OR (due, account_id, id) > (?5, ?6, ?7) ORDER BY due, account_id, id LIMIT ?8`;
const totalSql = `${openTasksSql} SELECT count(*) AS total FROM wanted`;
const assigneesSql = `${openTasksSql} SELECT assignee, count(*) AS tasks FROM open GROUP BY assignee ORDER BY tasks DESC, assignee LIMIT ${assigneesShown}`;
const wholeSql = `${openTasksSql} SELECT (SELECT sum(open_tasks_json ->> '$.leftOut') FROM book) AS left_out,
  (SELECT complete_to FROM projection_state WHERE name = 'changes') AS as_of`;

/** Open tasks of all accounts, what is due first; those without a date come last. */
export function taskLists(db: D1Database): TaskLists {
  return {
    async openTasks(filter, page) {
      const given = parametersOf(filter);
      const [items, sums, assignees, whole] = await db.batch<Row | Sums | Assignee | Whole>([
        db.prepare(pageSql).bind(...given, ...afterOf(page), page.limit),
        db.prepare(totalSql).bind(...given),
        db.prepare(assigneesSql).bind(...given),
        db.prepare(wholeSql).bind(...given),
      ]);
      const [all] = (whole?.results ?? []) as Whole[];
      return {
        items: ((items?.results ?? []) as Row[]).map(fromRow),
        total: ((sums?.results ?? []) as Sums[])[0]?.total ?? 0,
        leftOut: all?.left_out ?? 0,
        assignees: ((assignees?.results ?? []) as Assignee[]).map(({ assignee, tasks }) => ({ value: assignee, tasks })),
        asOf: all?.as_of ?? null,
      };
    },
  };
}

const listOf = (values: readonly (string | null)[]): string | null =>
  values.length === 0 ? null : JSON.stringify(values.map((value) => value ?? ""));

const parametersOf = ({ accountIds, assignees, owners, dueBy }: TaskFilter): readonly (string | null)[] => [
  accountIds === null ? null : JSON.stringify(accountIds),
  listOf(assignees),
  listOf(owners),
  dueBy,
];

const afterOf = ({ after }: TaskPage): readonly (string | null)[] =>
  after === null ? [null, null, null] : [after.due ?? NO_DATE, after.accountId, after.id];

const fromRow = ({ account_id: id, name, owner, band, task }: Row): FoundTask => ({
  account: { id, name, owner, band: band as Band },
  task: JSON.parse(task) as Task,
});
