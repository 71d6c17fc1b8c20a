/** One figure of the goal table. `now` and `aim` are the goals of docs/performance.md. */
export type Figure = {
  readonly id: string;
  readonly what: string;
  readonly unit: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly floor: number | null;
  readonly now: number;
  readonly aim: number;
  /** Whether a greater value is better. */
  readonly greaterIsBetter: boolean;
  readonly note: string;
};

const show = (value: number | null): string =>
  value === null ? "" : Math.abs(value) >= 1_000 ? Math.round(value).toLocaleString("en-US") : value.toPrecision(3);

export const meets = (figure: Figure, goal: number): boolean => (figure.greaterIsBetter ? figure.value >= goal : figure.value <= goal);

/** Markdown table, a row per figure. */
export function toTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const verdict = meets(figure, figure.aim) ? "aim" : meets(figure, figure.now) ? "now" : "**below**";
    return `| ${figure.id} | ${figure.what} | ${show(figure.value)} ${figure.unit} | ${show(figure.low)} to ${show(figure.high)} | ${show(figure.floor)} | ${show(figure.now)} | ${show(figure.aim)} | ${verdict} | ${figure.note} |`;
  });
  return ["| # | figure | median | spread | floor | goal now | aim | reached | |", "|---|---|---|---|---|---|---|---|---|", ...rows].join(
    "\n",
  );
}

/** From which share of the samples on a stage is told. */
const SHARE_TOLD_MIN = 0.01;

/** Markdown table of what the profiles say, a row per run: stages from one percent on, the greatest first. Empty where no run has a profile. */
export function toSplitTable(splits: Readonly<Record<string, unknown>>): string {
  const rows = Object.entries(splits).flatMap(([run, split]) => {
    const { shares } = split as { shares?: Readonly<Record<string, number>> };
    if (shares === undefined) return [];
    const told = Object.entries(shares).filter(([, share]) => share >= SHARE_TOLD_MIN);
    const stages = told.toSorted((a, b) => b[1] - a[1]).map(([stage, share]) => `${stage} ${Math.round(share * 100)} %`);
    return [`| ${run} | ${stages.join(", ")} |`];
  });
  return rows.length === 0 ? "" : ["| run | split |", "|---|---|", ...rows].join("\n");
}
