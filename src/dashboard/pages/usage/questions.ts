/** The questions of the page about usage, in the order of its tabs. */
export const questions = [
  { key: "features", word: "Features" },
  { key: "funnel", word: "Funnel" },
  { key: "paths", word: "Paths" },
  { key: "retention", word: "Coming back" },
  { key: "cohorts", word: "Cohorts" },
  { key: "experiments", word: "Experiments" },
] as const;

type Question = (typeof questions)[number]["key"];

/** Where one account is asked about, over the same time. */
export const questionPath = (tab: Question, accountId: string, days: number): string =>
  `/usage?${new URLSearchParams({ tab, account: accountId, days: String(days) }).toString()}`;
