import { fieldsAt, isAfter, since } from "../account/records.ts";
import type { AccountRecord, AccountState, RecordObservation } from "../account/state.ts";
import { dayOf } from "../time.ts";
import type { Contact } from "./contacts.ts";
import { newestOf } from "./newest-of.ts";
import { type ReadingClock, recordClock } from "./reading-clock.ts";

/**
 * The latest answer of one person to a survey, `ageDays` (whole UTC days) before the instant up to which who told of it is known. `contact` absent:
 * nobody said who, or nothing else is known of the person.
 */
export type Answer = {
  readonly contact: Contact | undefined;
  readonly score: number;
  readonly role: string | null;
  readonly at: number;
  readonly ageDays: number;
};
/** A goal as of `day`, up to which who told of it is known; `doneAt` null while it is not reached. */
export type Goal = { readonly due: number | null; readonly doneAt: number | null; readonly day: number };

/** What the measures of outcomes read. */
export type SuccessFacts = {
  /** Event time of the newest answer or goal up to an instant; null before the first. */
  readonly newestAt: (at: number) => number | null;
  /** One of each person, by whatever names that person answered. */
  readonly answers: (kind: string, clock: ReadingClock) => readonly Answer[];
  /** Goals that were not taken away. */
  readonly goals: (clock: ReadingClock) => readonly Goal[];
};

const doneWords: ReadonlySet<unknown> = new Set(["done", "achieved", "completed", "complete", "reached", "met"]);
const withdrawnWords: ReadonlySet<unknown> = new Set(["canceled", "cancelled", "dropped", "withdrawn"]);

/** @param contactNamed whom an id or e-mail names */
export function successFacts(state: AccountState, contactNamed: (name: string) => Contact | undefined): SuccessFacts {
  const surveys = [...(state.records.get("survey")?.values() ?? [])];
  const goals = [...(state.records.get("goal")?.values() ?? [])];
  return {
    newestAt: newestOf([...surveys, ...goals]),
    answers: (kind, clock) => latestAnswers(surveys, contactNamed, { kind, clock }),
    goals: (clock) =>
      goals.flatMap((record) => {
        const at = recordClock(clock)(record);
        const fields = fieldsAt(record, at);
        if (fields === null || withdrawnWords.has(fields["status"])) return [];
        const due = fields["due"];
        const doneAt = doneWords.has(fields["status"]) ? since(record, "status", at) : null;
        return [{ due: typeof due === "number" ? due : null, doneAt, day: dayOf(at) }];
      }),
  };
}

/** What is told of one person under an id and under an e-mail is two records: the newer of their answers counts. */
function latestAnswers(
  surveys: readonly AccountRecord[],
  contactNamed: (name: string) => Contact | undefined,
  { kind, clock }: { readonly kind: string; readonly clock: ReadingClock },
): readonly Answer[] {
  const latest = new Map<string, { readonly last: RecordObservation; readonly contact: Contact | undefined; readonly day: number }>();
  for (const record of surveys) {
    const at = recordClock(clock)(record);
    const last = record.observations.findLast((one) => one.at <= at && one.fields["kind"] === kind);
    if (last === undefined) continue;
    const person = textOf(last.fields["person"]);
    const contact = person === null ? undefined : contactNamed(person);
    const who = contact?.person ?? record.key;
    const known = latest.get(who)?.last;
    if (known === undefined || isAfter(last, known)) latest.set(who, { last, contact, day: dayOf(at) });
  }
  return [...latest.values()].flatMap(({ last: { at, fields }, contact, day }) => {
    const score = fields["score"];
    return typeof score === "number" ? [{ contact, score, role: textOf(fields["role"]), at, ageDays: day - dayOf(at) }] : [];
  });
}

const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);
