import { fieldsAt, since } from "../account/records.ts";
import type { AccountState } from "../account/state.ts";
import type { Contact } from "./contacts.ts";
import { newestOf } from "./newest-of.ts";

/** The latest answer of one person to a survey, as of an instant. `person` null: nobody said who. */
export type Answer = { readonly person: string | null; readonly score: number; readonly role: string | null; readonly at: number };
/** A goal as of an instant; `doneAt` null while it is not reached. */
export type Goal = { readonly due: number | null; readonly doneAt: number | null };

/** What the measures of outcomes read. */
export type SuccessFacts = {
  /** Event time of the newest answer or goal up to an instant; null before the first. */
  readonly newestAt: (at: number) => number | null;
  readonly answers: (kind: string, at: number) => readonly Answer[];
  /** Goals that were not taken away. */
  readonly goals: (at: number) => readonly Goal[];
  readonly contacts: () => readonly Contact[];
};

const doneWords: ReadonlySet<unknown> = new Set(["done", "achieved", "completed", "complete", "reached", "met"]);
const withdrawnWords: ReadonlySet<unknown> = new Set(["canceled", "cancelled", "dropped", "withdrawn"]);

export function successFacts(state: AccountState, contacts: () => readonly Contact[]): SuccessFacts {
  const surveys = [...(state.records.get("survey")?.values() ?? [])];
  const goals = [...(state.records.get("goal")?.values() ?? [])];
  return {
    newestAt: newestOf([...surveys, ...goals]),
    answers: (kind, at) =>
      surveys.flatMap(({ observations }) => {
        const last = observations.findLast((one) => one.at <= at && one.fields["kind"] === kind);
        const score = last?.fields["score"];
        if (last === undefined || typeof score !== "number") return [];
        return [{ person: textOf(last.fields["person"]), score, role: textOf(last.fields["role"]), at: last.at }];
      }),
    goals: (at) =>
      goals.flatMap((record) => {
        const fields = fieldsAt(record, at);
        if (fields === null || withdrawnWords.has(fields["status"])) return [];
        const due = fields["due"];
        return [
          { due: typeof due === "number" ? due : null, doneAt: doneWords.has(fields["status"]) ? since(record, "status", at) : null },
        ];
      }),
    contacts,
  };
}

const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);
