import { z } from "zod";
import { isoTime } from "../../domain/time.ts";
import { endpoint, type Call, type Endpoint } from "../endpoint.ts";
import { fromCursor, pageAnswer, pageOf, pageQuery } from "../page.ts";
import { band, time } from "../schemas.ts";
import { taskJson, taskSchema } from "./notes.ts";

/** As of other lists: bounded, because each is a parameter of the database. */
const filterValuesMax = 20;

const listQuery = z.object({
  ...pageQuery,
  assignee: z.array(z.string()).max(filterValuesMax).default([]),
  owner: z.array(z.string()).max(filterValuesMax).default([]),
  dueBy: z.iso.date("must be a date like 2026-12-01").optional(),
});

const cursorSchema = z.object({ due: z.string().nullable(), accountId: z.string(), id: z.string() });
const emptyToNull = (values: readonly string[]): (string | null)[] => values.map((value) => (value === "" ? null : value));

async function list({ ports, query, identity, url }: Call<z.infer<typeof listQuery>>) {
  const cursor = fromCursor(query.cursor, cursorSchema);
  if (!cursor.ok) return cursor.error;
  const found = await ports.store.openTasks(
    {
      assignees: emptyToNull(query.assignee),
      owners: emptyToNull(query.owner),
      dueBy: query.dueBy ?? null,
      accountIds: identity.accountIds,
    },
    { limit: query.limit, after: cursor.value },
  );
  const last = found.items.at(-1);
  const next =
    last === undefined || found.items.length < query.limit ? null : { due: last.task.due, accountId: last.account.id, id: last.task.id };
  return pageAnswer(
    url,
    found.items.map(({ account, task }) => ({ account, ...taskJson(task) })),
    next,
    {
      total: found.total,
      leftOut: found.leftOut,
      assignees: found.assignees.map(({ value, tasks }) => ({ assignee: value, tasks })),
      asOf: isoTime(found.asOf),
    },
  );
}

const account = z.object({ id: z.string(), name: z.string().nullable(), owner: z.string().nullable(), band });

export const taskEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "get",
    path: "/tasks",
    tag: "accounts",
    summary: "What is to be done, over all accounts: open tasks, what is due first",
    scope: "read",
    query: listQuery,
    manyOf: ["assignee", "owner"],
    answers: {
      200: {
        description: "A page of tasks, each with its account",
        schema: pageOf(taskSchema.extend({ account })).extend({
          total: z.number(),
          leftOut: z.number(),
          assignees: z.array(z.object({ assignee: z.string().nullable(), tasks: z.number() })),
          asOf: time.nullable(),
        }),
      },
    },
    handle: list,
  }),
];
