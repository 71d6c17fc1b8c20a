import type { Note, Task } from "../../src/dashboard/api-types.ts";
import { pageOf } from "./fixture-page.ts";
import type { FixtureAccount } from "./fixture-data.ts";

const dayMs = 86_400_000;
const ann = { id: "tok_ann", name: "Ann Lee" };

type Kept = { notes: Note[]; tasks: Task[] };
type Answered = { status?: number; body: unknown };

/** Notes and tasks in memory, for each account on its own. */
export class FixtureNotes {
  private readonly of = new Map<string, Kept>();

  /** Open ones of these accounts, what is due first. */
  openTasks(accounts: readonly FixtureAccount[], query: URLSearchParams, now: number): unknown {
    const all = accounts
      .flatMap((account) => {
        const { id, name, owner, band } = account.row;
        return this.keptOf(account, now).tasks.map((task) => ({ ...task, account: { id, name, owner, band } }));
      })
      .filter(({ status }) => status === "open")
      .sort((a, b) => ((a.due ?? "9999") < (b.due ?? "9999") ? -1 : 1));
    const wanted = query.getAll("assignee");
    const items = all.filter(
      ({ assignee, due }) =>
        (wanted.length === 0 || wanted.includes(assignee ?? "")) && (!query.has("dueBy") || (due ?? "9999") <= (query.get("dueBy") ?? "")),
    );
    const tasksOf = Map.groupBy(all, ({ assignee }) => assignee);
    return {
      ...pageOf(items, query),
      total: items.length,
      leftOut: 0,
      assignees: [...tasksOf].map(([assignee, tasks]) => ({ assignee, tasks: tasks.length })),
      asOf: new Date(now).toISOString(),
    };
  }

  private keptOf(account: FixtureAccount, now: number): Kept {
    const kept = this.of.get(account.row.id) ?? begin(account, now);
    this.of.set(account.row.id, kept);
    return kept;
  }

  answer(
    method: string,
    account: FixtureAccount,
    what: keyof Kept,
    id: string | undefined,
    json: Readonly<Record<string, unknown>>,
    now: number,
  ): Answered {
    const kept = this.keptOf(account, now);
    const idName = what === "notes" ? "noteId" : "taskId";
    const list = kept[what] as (Note & Task)[];
    const at = new Date(now).toISOString();
    if (method === "GET") return { body: { items: list, nextCursor: null, total: list.length } };
    const common = { revision: 1, createdAt: at, createdBy: ann, updatedAt: at, updatedBy: ann };
    if (method === "POST") {
      const made = { ...common, status: "open", doneAt: null, doneBy: null, ...json, [idName]: `${what}_${now}` } as Note & Task;
      list.unshift(made);
      return { status: 201, body: made };
    }
    const index = list.findIndex((one) => one[idName] === id);
    const known = list[index];
    if (known === undefined) return { status: 404, body: { title: "Not found", detail: `There is no such ${what}.` } };
    if (method === "DELETE") {
      list.splice(index, 1);
      return { status: 204, body: null };
    }
    const done = json["status"] === "done" ? { doneAt: at, doneBy: ann } : json["status"] === "open" ? { doneAt: null, doneBy: null } : {};
    list[index] = { ...known, ...json, ...done, revision: known.revision + 1, updatedAt: at };
    return { body: list[index] };
  }
}

function begin({ story, row }: FixtureAccount, now: number): Kept {
  const at = (days: number): string => new Date(now - days * dayMs).toISOString();
  const common = { revision: 1, createdAt: at(9), createdBy: ann, updatedAt: at(9), updatedBy: ann };
  if (story === "new") return { notes: [], tasks: [] };
  return {
    notes: [
      { ...common, noteId: "n_2", text: "Dana <i>left</i>; ask for Kim.\nThey decide in March.", revision: 2, updatedAt: at(2) },
      { ...common, noteId: "n_1", text: "Prefers calls after lunch." },
    ],
    tasks: [
      {
        ...common,
        taskId: `t_1_${row.id}`,
        title: "Send the quote",
        due: at(3).slice(0, 10),
        assignee: "ann@example.com",
        status: "open",
        doneAt: null,
        doneBy: null,
      },
      {
        ...common,
        taskId: `t_2_${row.id}`,
        title: "Plan the review",
        due: at(-40).slice(0, 10),
        assignee: null,
        status: "open",
        doneAt: null,
        doneBy: null,
      },
      { ...common, taskId: `t_3_${row.id}`, title: "Say hello", due: null, assignee: null, status: "done", doneAt: at(5), doneBy: ann },
    ],
  };
}
