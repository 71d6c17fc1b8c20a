/**
 * Carries out one step of a job and remembers its answer, so that a run that is interrupted goes on where it was. The work may run twice;
 * names must be the same each time, and answers small JSON: some hundred kilobytes at most.
 */
export type StepRunner = <T extends StepAnswer>(name: string, work: () => Promise<T>) => Promise<T>;
type StepAnswer = string | number | boolean | null | object;

/** All steps of a job for one period; the answer is a few figures for a person to see. */
export type JobWork = (period: string, step: StepRunner) => Promise<Readonly<Record<string, unknown>>>;
