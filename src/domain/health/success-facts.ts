import { fieldsAt, isAfter, since } from "../account/records.ts";
import type { AccountRecord, AccountState, RecordObservation } from "../account/state.ts";
import type { Contact } from "./contacts.ts";
import { newestOf } from "./newest-of.ts";

/** The latest answer of one person to a survey, as of an instant. `contact` absent: nobody said who, or nothing else is known of the person. */
export type Answer = { readonly contact: Contact | undefined; readonly score: number; readonly role: string | null; readonly at: number };
/** A goal as of an instant; `doneAt` null while it is not reached. */
export type Goal = { readonly due: number | null; readonly doneAt: number | null };

/** What the measures of outcomes read. */
export type SuccessFacts = {
  /** Event time of the newest answer or goal up to an instant; null before the first. */
  readonly newestAt: (at: number) => number | null;
  /** One of each person, by whatever names that person answered. */
  readonly answers: (kind: string, at: number) => readonly Answer[];
  /** Goals that were not taken away. */
  readonly goals: (at: number) => readonly Goal[];
};

const doneWords: ReadonlySet<unknown> = new Set(["done", "achieved", "completed", "complete", "reached", "met"]);
const withdrawnWords: ReadonlySet<unknown> = new Set(["canceled", "cancelled", "dropped", "withdrawn"]);

/** @param contactNamed whom an id or e-mail names */
export function successFacts(state: AccountState, contactNamed: (name: string) => Contact | undefined): SuccessFacts {
  const surveys = [...(state.records.get("survey")?.values() ?? [])];
  const goals = [...(state.records.get("goal")?.values() ?? [])];
  return {
    newestAt: newestOf([...surveys, ...goals]),
    answers: (kind, at) => latestAnswers(surveys, contactNamed, { kind, at }),
    goals: (at) =>
      goals.flatMap((record) => {
        const fields = fieldsAt(record, at);
        if (fields === null || withdrawnWords.has(fields["status"])) return [];
        const due = fields["due"];
        return [
          { due: typeof due === "number" ? due : null, doneAt: doneWords.has(fields["status"]) ? since(record, "status", at) : null },
        ];
      }),
  };
}

/** What is told of one person under an id and under an e-mail is two records: the newer of their answers counts. */
function latestAnswers(
  surveys: readonly AccountRecord[],
  contactNamed: (name: string) => Contact | undefined,
  { kind, at }: { readonly kind: string; readonly at: number },
): readonly Answer[] {
  const latest = new Map<string, { readonly last: RecordObservation; readonly contact: Contact | undefined }>();
  for (const { key, observations } of surveys) {
    const last = observations.findLast((one) => one.at <= at && one.fields["kind"] === kind);
    if (last === undefined) continue;
    const person = textOf(last.fields["person"]);
    const contact = person === null ? undefined : contactNamed(person);
    const who = contact?.person ?? key;
    const known = latest.get(who)?.last;
    if (known === undefined || isAfter(last, known)) latest.set(who, { last, contact });
  }
  return [...latest.values()].flatMap(({ last: { at: answeredAt, fields }, contact }) => {
    const score = fields["score"];
    return typeof score === "number" ? [{ contact, score, role: textOf(fields["role"]), at: answeredAt }] : [];
  });
}

const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);
