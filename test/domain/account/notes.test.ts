import { describe, expect, test } from "vitest";
import { fromPages, stateBytes, takeChangedRecordPages, toHeadPage } from "../../../src/domain/account/account-pages.ts";
import { fold } from "../../../src/domain/account/fold.ts";
import { emptyAccount, type FoldedAccount } from "../../../src/domain/account/folded.ts";
import { noteList, noteOf, openTasksOf, type Note, type NoteWrite, type Task } from "../../../src/domain/account/notes.ts";
import { standardScorecard } from "../../../src/domain/config/standard.ts";
import { evaluateHealth } from "../../../src/domain/health/evaluate.ts";
import { listedTasksCharsMax, noteBytesMax, notesPerAccountMax, tasksPerAccountMax } from "../../../src/domain/limits.ts";
import { event, NOW } from "../../support/account-builders.ts";

const ann = { id: "tok_ann", name: "Ann" };
let count = 0;
const wrote = (data: { note?: NoteWrite; task?: NoteWrite }, at = NOW, connector = "pulseline") =>
  event({ id: `w${++count}`, type: "account.updated", connector, occurredAt: at, receivedAt: at, data });
const common = (id: string, at = NOW) => ({ id, revision: 1, createdAt: at, createdBy: ann, updatedAt: at, updatedBy: ann });
const note = (id: string, over: Partial<Note> = {}): Note => ({ ...common(id), text: "They called", ...over });
const task = (id: string, over: Partial<Task> = {}): Task => ({
  ...common(id),
  title: "Call back",
  due: null,
  assignee: null,
  done: null,
  ...over,
});
const deleted = (id: string, revision: number): NoteWrite => ({ id, revision, updatedBy: ann, deleted: true });

const folded = (...events: ReturnType<typeof event>[]): FoldedAccount => {
  const state = emptyAccount("acme");
  for (const one of events) fold(state, one, NOW);
  return state;
};
const noteIds = (state: FoldedAccount): string[] => noteList(state, { kind: "note", limit: 500 })?.items.map(({ id }) => id) ?? [];
const taskIds = (state: FoldedAccount, status?: "open" | "done"): string[] =>
  noteList(state, { kind: "task", limit: 500, ...(status !== undefined && { status }) })?.items.map(({ id }) => id) ?? [];

describe("a note", () => {
  test("is what its greatest revision says, whichever came last, and stays deleted", () => {
    const writes = [note("n"), note("n", { revision: 2, text: "They called twice" }), deleted("n", 3)].map((one) => wrote({ note: one }));
    expect(noteOf(folded(...writes.slice(0, 2)), "note", "n")).toMatchObject({ revision: 2, text: "They called twice" });
    expect(noteOf(folded(...writes.slice(0, 2).reverse()), "note", "n")).toMatchObject({ text: "They called twice" });
    for (const order of [writes, [...writes].reverse()]) expect(noteIds(folded(...order))).toEqual([]);
  });

  test("moves no score, counts in no figure and is no attribute", () => {
    const state = folded(wrote({ note: note("n") }), wrote({ task: task("t") }));
    expect(evaluateHealth(state, standardScorecard, NOW)).toEqual(evaluateHealth(emptyAccount("acme"), standardScorecard, NOW));
    expect([state.events, [...state.totals], [...state.attributes]]).toEqual([0, [], []]);
  });

  test("is taken from our own API alone", () => {
    expect(noteIds(folded(wrote({ note: note("n") }, NOW, "native")))).toEqual([]);
    expect(noteIds(folded(wrote({ note: { id: "n" } as NoteWrite })))).toEqual([]);
  });

  test("survives its page, among as many of the longest as an account may have, each page below the platform's 2 MB a row", () => {
    const text = '"\\\n'.repeat(noteBytesMax / 3);
    const state = folded(
      ...Array.from({ length: notesPerAccountMax }, (_, i) => wrote({ note: note(`n${i}`, { text, createdAt: NOW + i }) }, NOW + i)),
    );
    const records = takeChangedRecordPages(state).flatMap(({ body }) => body ?? []);
    expect(Math.max(...records.map((body) => body.length))).toBeLessThan(1_000_000);
    expect(stateBytes(state)).toBeGreaterThan(notesPerAccountMax * text.length);
    const read = fromPages("acme", { head: toHeadPage(state, { pagedSeq: 1, scoreLine: null }), days: [], records });
    expect(noteList(read?.state as FoldedAccount, { kind: "note", limit: 500 })).toEqual(noteList(state, { kind: "note", limit: 500 }));
  });

  test("beyond the bound takes the place of a deleted one, and where there is none stays in the timeline alone", () => {
    const full = Array.from({ length: notesPerAccountMax }, (_, i) => wrote({ note: note(`n${i}`) }, NOW + i));
    const more = (id: string) => wrote({ note: note(id) }, NOW + 10_000);
    expect(noteIds(folded(...full, more("late")))).not.toContain("late");
    const state = folded(...full, wrote({ note: deleted("n3", 2) }, NOW + 5_000), more("late"));
    expect(noteIds(state)).toContain("late");
    expect(state.records.get("note")?.size).toBe(notesPerAccountMax);
  });

  test("lists are read page by page, newest first, and an unknown cursor is told", () => {
    const state = folded(...[1, 2, 3].map((n) => wrote({ note: note(`n${n}`, { createdAt: NOW + n }) })));
    expect(noteList(state, { kind: "note", limit: 2 })).toMatchObject({ total: 3, items: [{ id: "n3" }, { id: "n2" }] });
    expect(noteList(state, { kind: "note", limit: 2, after: "n2" })?.items).toMatchObject([{ id: "n1" }]);
    expect(noteList(state, { kind: "note", limit: 2, after: "gone" })).toBeNull();
  });
});

describe("tasks", () => {
  const done = (at: number) => ({ done: { at, by: ann } });

  test("stand by what is due first, those without a date after them, then what was done last", () => {
    const all = [
      task("someday"),
      task("late", { due: "2026-12-24" }),
      task("first", { due: "2026-12-01" }),
      task("done-early", done(NOW)),
      task("done-late", done(NOW + 5)),
    ].map((one) => wrote({ task: one }));
    expect(taskIds(folded(...all))).toEqual(["first", "late", "someday", "done-late", "done-early"]);
    expect(taskIds(folded(...all), "open")).toEqual(["first", "late", "someday"]);
    expect(taskIds(folded(...all), "done")).toEqual(["done-late", "done-early"]);
  });

  test("that are done give way, the oldest first, open ones never", () => {
    const open = Array.from({ length: tasksPerAccountMax - 2 }, (_, i) => wrote({ task: task(`t${i}`) }, NOW + i));
    const state = folded(
      ...open,
      wrote({ task: task("old", done(NOW)) }, NOW + 1_000),
      wrote({ task: task("newer", done(NOW)) }, NOW + 2_000),
      wrote({ task: task("more") }, NOW + 3_000),
    );
    expect(taskIds(state)).toContain("more");
    expect(taskIds(state, "done")).toEqual(["newer"]);
    expect(taskIds(state, "open")).toHaveLength(tasksPerAccountMax - 1);
  });
});

describe("open tasks for the list over all accounts", () => {
  test("are those that are due first, as far as a change has room, with how many are left out; nothing where nothing is to be done", () => {
    const done = task("d", { done: { at: NOW, by: ann } });
    expect(openTasksOf(folded(wrote({ task: done })))).toBeNull();
    const few = folded(wrote({ task: task("later") }), wrote({ task: task("first", { due: "2026-12-01" }) }), wrote({ task: done }));
    expect(openTasksOf(few)).toMatchObject({ listed: [{ id: "first" }, { id: "later" }], leftOut: 0 });
    const long = Array.from({ length: 200 }, (_, i) => wrote({ task: task(`t${i}`, { title: "x".repeat(200) }) }));
    const found = openTasksOf(folded(...long));
    expect((found?.listed.length ?? 0) + (found?.leftOut ?? 0)).toBe(200);
    expect(JSON.stringify(found?.listed).length).toBeLessThan(listedTasksCharsMax * 1.1);
    expect(found?.listed.length).toBeGreaterThan(20);
  });
});
