import { z } from "zod";
import type { Note, NoteKind, NoteWrite, Task, Writer } from "../../domain/account/notes.ts";
import { assigneeCharsMax, noteBytesMax, notesPerAccountMax, tasksPerAccountMax, taskTitleCharsMax } from "../../domain/limits.ts";
import { isoTime } from "../../domain/time.ts";
import { isReadFailure, readFailure, writeFailure } from "../account-json.ts";
import { endpoint, noContent, okJson, type Answer, type Call, type Endpoint } from "../endpoint.ts";
import { isFailure, type Failure } from "../failure.ts";
import { fromCursor, pageAnswer, pageOf, pageQuery } from "../page.ts";
import { time } from "../schemas.ts";
import { writeFields } from "../write-account.ts";

const writer = z.object({ id: z.string(), name: z.string() });
const written = { revision: z.number(), createdAt: time, createdBy: writer, updatedAt: time, updatedBy: writer };
const noteSchema = z.object({ noteId: z.string(), text: z.string(), ...written });
export const taskSchema = z.object({
  taskId: z.string(),
  title: z.string(),
  due: z.iso.date().nullable(),
  assignee: z.string().nullable(),
  status: z.enum(["open", "done"]),
  doneAt: time.nullable(),
  doneBy: writer.nullable(),
  ...written,
});

const utf8Bytes = (text: string): number => new TextEncoder().encode(text).length;
const text = z
  .string()
  .trim()
  .min(1, "must not be empty")
  .refine((said) => utf8Bytes(said) <= noteBytesMax, `may have ${noteBytesMax} bytes`);
const title = z.string().trim().min(1, "must not be empty").max(taskTitleCharsMax, `may have ${taskTitleCharsMax} characters`);
const due = z.iso.date("must be a date like 2026-12-01").nullish();
const assignee = z
  .string()
  .trim()
  .max(assigneeCharsMax, `may have ${assigneeCharsMax} characters`)
  .transform((name) => (name === "" ? null : name))
  .nullish();
/** With it, a change that somebody else has made meanwhile is a conflict and not overwritten. */
const revision = z.int().min(1).optional();

const noteBody = z.strictObject({ text });
const noteChange = z.strictObject({ text: text.optional(), revision });
const taskBody = z.strictObject({ title, due, assignee });
const taskChange = z.strictObject({ title: title.optional(), due, assignee, status: z.enum(["open", "done"]).optional(), revision });

const common = ({ revision: made, createdAt, createdBy, updatedAt, updatedBy }: Note | Task) => ({
  revision: made,
  createdAt: isoTime(createdAt),
  createdBy,
  updatedAt: isoTime(updatedAt),
  updatedBy,
});
const noteJson = (note: Note): z.infer<typeof noteSchema> => ({ noteId: note.id, text: note.text, ...common(note) });
export const taskJson = (task: Task): z.infer<typeof taskSchema> => ({
  taskId: task.id,
  title: task.title,
  due: task.due,
  assignee: task.assignee,
  status: task.done === null ? "open" : "done",
  doneAt: isoTime(task.done?.at ?? null),
  doneBy: task.done?.by ?? null,
  ...common(task),
});

type Kept = Note | Task;
type Own<One extends Kept> = Omit<One, Exclude<keyof Note, "text">>;

/** How notes and tasks differ. */
type Form<One extends Kept, New, Change extends { revision?: number | undefined }> = {
  readonly kind: NoteKind;
  readonly idName: "noteId" | "taskId";
  readonly schema: z.ZodType;
  readonly newBody: z.ZodType<New>;
  readonly changeBody: z.ZodType<Change>;
  readonly toJson: (one: One) => unknown;
  readonly own: (said: New) => Own<One>;
  readonly changed: (one: One, said: Change, now: { at: number; by: Writer }) => Own<One>;
  /** What the bound counts; what it does not count gives way by itself. */
  readonly counted: { readonly status?: "open" };
  readonly most: number;
};

const notes: Form<Note, z.infer<typeof noteBody>, z.infer<typeof noteChange>> = {
  kind: "note",
  idName: "noteId",
  schema: noteSchema,
  newBody: noteBody,
  changeBody: noteChange,
  toJson: noteJson,
  own: (said) => ({ text: said.text }),
  changed: (note, said) => ({ text: said.text ?? note.text }),
  counted: {},
  most: notesPerAccountMax,
};

const tasks: Form<Task, z.infer<typeof taskBody>, z.infer<typeof taskChange>> = {
  kind: "task",
  idName: "taskId",
  schema: taskSchema,
  newBody: taskBody,
  changeBody: taskChange,
  toJson: taskJson,
  own: (said) => ({ title: said.title, due: said.due ?? null, assignee: said.assignee ?? null, done: null }),
  changed: (task, said, now) => ({
    title: said.title ?? task.title,
    due: said.due === undefined ? task.due : said.due,
    assignee: said.assignee === undefined ? task.assignee : said.assignee,
    done: said.status === undefined ? task.done : said.status === "open" ? null : (task.done ?? now),
  }),
  counted: { status: "open" },
  most: tasksPerAccountMax,
};

const accountOf = ({ params }: Pick<Call, "params">): string => params["accountId"] ?? "";
const writerOf = ({ identity }: Pick<Call, "identity">): Writer => ({ id: identity.tokenId, name: identity.name });

/** Durable before it is answered, like every write to an account. */
async function save(call: Pick<Call, "params" | "identity" | "ports">, kind: NoteKind, write: NoteWrite): Promise<void> {
  await writeFields(accountOf(call), { [kind]: write }, call.identity, call.ports);
}

const endpointsOf = <One extends Kept, New, Change extends { revision?: number | undefined }>(
  form: Form<One, New, Change>,
): readonly Endpoint[] => {
  const { kind, idName } = form;
  const plural = `${kind}s`;
  const list = `/accounts/{accountId}/${plural}`;
  const one = `${list}/{${idName}}`;
  const write = { tag: "accounts", scope: "write" } as const;
  const byStatus = { status: z.enum(["open", "done"]).optional() };

  async function read(call: Pick<Call, "params" | "ports">): Promise<One | Failure> {
    const accountId = accountOf(call);
    const found = await call.ports.accounts.call(accountId, (shard) => shard.note(accountId, kind, call.params[idName] ?? ""));
    if (isReadFailure(found)) return writeFailure(found, accountId);
    return found.note === null ? { failure: "not_found", what: kind } : (found.note as One);
  }

  async function add(call: Call<unknown, New>): Promise<Answer | Failure> {
    const accountId = accountOf(call);
    const { counted, most } = form;
    const known = await call.ports.accounts.call(accountId, (shard) => shard.notes(accountId, { kind, limit: 1, ...counted }));
    if (isReadFailure(known)) return writeFailure(known, accountId);
    if (known.total >= most)
      return { failure: "conflict", detail: `the account has ${most} ${counted.status ?? ""} ${plural}: delete some first` };
    const by = writerOf(call);
    const made = { id: call.ports.ids.id(kind), revision: 1, createdAt: call.now, createdBy: by, updatedAt: call.now, updatedBy: by };
    const added = { ...made, ...form.own(call.body) } as unknown as One;
    await save(call, kind, added);
    return { status: 201, json: form.toJson(added) };
  }

  async function change(call: Call<unknown, Change>): Promise<Answer | Failure> {
    const known = await read(call);
    if (isFailure(known)) return known;
    const { revision: wanted } = call.body;
    if (wanted !== undefined && wanted !== known.revision)
      return { failure: "conflict", detail: `the ${kind} was changed meanwhile: it has revision ${known.revision}` };
    const by = writerOf(call);
    const next = {
      ...known,
      ...form.changed(known, call.body, { at: call.now, by }),
      revision: known.revision + 1,
      updatedAt: call.now,
      updatedBy: by,
    };
    await save(call, kind, next);
    return okJson(form.toJson(next));
  }

  async function remove(call: Call): Promise<Answer | Failure> {
    const known = await read(call);
    if (isFailure(known)) return known;
    await save(call, kind, { id: known.id, revision: known.revision + 1, updatedBy: writerOf(call), deleted: true });
    return noContent;
  }

  return [
    endpoint({
      method: "get",
      path: list,
      tag: "accounts",
      summary:
        kind === "note" ? "What people noted about the account, newest first" : "What is to be done for the account, what is due first",
      scope: "read",
      query: z.object({ ...pageQuery, ...(kind === "task" && byStatus) }),
      answers: { 200: { description: `A page of ${plural}`, schema: pageOf(form.schema).extend({ total: z.number() }) } },
      async handle({ ports, params, query, url }) {
        const accountId = accountOf({ params });
        const cursor = fromCursor(query.cursor, afterCursor);
        if (!cursor.ok) return cursor.error;
        const { limit, status } = query as { limit: number; status?: "open" | "done" };
        const asked = { kind, limit, ...cursor.value, ...(status !== undefined && { status }) };
        const found = await ports.accounts.call(accountId, (shard) => shard.notes(accountId, asked));
        if (isReadFailure(found)) return readFailure(found, `/${plural}`);
        const last = found.items.at(-1);
        const next = last === undefined || found.items.length < limit ? null : { after: last.id };
        return pageAnswer(
          url,
          found.items.map((item) => form.toJson(item as One)),
          next,
          { total: found.total },
        );
      },
    }),
    endpoint({
      ...write,
      method: "post",
      path: list,
      summary: kind === "note" ? "Note something about the account" : "Add a task",
      body: { schema: form.newBody },
      answers: { 201: { description: `The ${kind}`, schema: form.schema } },
      handle: add,
    }),
    endpoint({
      ...write,
      method: "patch",
      path: one,
      summary: kind === "note" ? "Change a note" : "Change a task, or say that it is done",
      body: { schema: form.changeBody },
      answers: { 200: { description: `The ${kind} as it is now`, schema: form.schema } },
      handle: change,
    }),
    endpoint({
      ...write,
      method: "delete",
      path: one,
      summary: `Delete a ${kind}`,
      answers: { 204: { description: "Gone" } },
      handle: remove,
    }),
  ];
};

const afterCursor = z.object({ after: z.string() });

/** Notes and tasks of an account: events of it like all others, which move no score. */
export const noteEndpoints: readonly Endpoint[] = [...endpointsOf(notes), ...endpointsOf(tasks)];
