import type { JobDetail, JobRun, JobRuns, Parity } from "../../src/dashboard/api-types.ts";

const parityOf = (period: string, differences: Parity["differences"]): Parity => ({
  period,
  at: `${period}T02:00:40.000Z`,
  verdict: differences.length === 0 ? "equal" : "different",
  accounts: {
    checked: 212,
    fromFirstLine: 7,
    differing: differences.length === 0 ? 0 : 2,
    setAside: 1,
    merged: 3,
    tooLarge: 0,
    inPart: 1,
    left: 0,
  },
  lines: 3_411,
  scores: 212,
  scoreDays: { compared: 616, stale: 3 },
  ids: 7,
  deliveries: { looked: 35, missing: 0 },
  differencesTotal: differences.length,
  differences,
});

const differences: Parity["differences"] = [
  { account: "acct-3", figure: "product_events on 2026-11-20", live: 12, recomputed: 13 },
  {
    account: "acct-3",
    figure: "what people did on 2026-11-20",
    live: '[[1870347925267811,16384,1,["export"],[50796,50796]]]',
    recomputed: null,
  },
  { account: "acct-8", figure: "score", live: 71.25, recomputed: 70.5 },
];

const base = { attempt: 1, trigger: "cron", requestedBy: null, step: "end", error: null, result: null } as const;
const times = (period: string) => ({
  claimedAt: `${period}T02:00:00.000Z`,
  startedAt: `${period}T02:00:01.000Z`,
  finishedAt: `${period}T02:00:41.000Z`,
});
const checked = (found: Parity["differences"]) => ({
  parity: { verdict: found.length === 0 ? "equal" : "different", accounts: 212, differences: found.length } as const,
});

const runs: readonly JobRun[] = [
  { ...base, ...times("2026-11-24"), kind: "daily", period: "2026-11-23", status: "done", durationMs: 40_120, result: checked([]) },
  {
    ...base,
    ...times("2026-11-23"),
    kind: "daily",
    period: "2026-11-22",
    status: "done",
    durationMs: 38_400,
    result: checked(differences),
  },
  {
    ...base,
    ...times("2026-11-22"),
    kind: "daily",
    period: "2026-11-21",
    status: "failed",
    trigger: "catch_up",
    attempt: 2,
    durationMs: null,
    step: "archive: journals, part 1",
    error: "no answer within 30000 ms",
  },
  { ...base, ...times("2026-11-01"), kind: "monthly", period: "2026-10", status: "done", durationMs: 9_100, result: {} },
  {
    ...base,
    claimedAt: "2026-10-20T09:00:00.000Z",
    startedAt: null,
    finishedAt: null,
    kind: "daily",
    period: "2026-10-19",
    status: "skipped",
    durationMs: null,
    step: null,
  },
];

/** Runs of jobs: one that agrees, one that differs, one that failed, one that was never owed. */
export class FixtureJobs {
  readonly refolded: string[] = [];
  private asked: JobRun | null = null;
  isEmpty = false;

  list(): JobRuns {
    const schedules = [
      { kind: "daily", newestPeriod: "2026-11-24", nextAt: "2026-11-26T02:00:00.000Z" },
      { kind: "monthly", newestPeriod: "2026-10", nextAt: "2026-12-01T04:00:00.000Z" },
    ] as const;
    return { items: this.isEmpty ? [] : [...(this.asked === null ? [] : [this.asked]), ...runs], nextCursor: null, schedules };
  }

  detail(kind: string, period: string): JobDetail | null {
    const run = this.list().items.find((one) => one.kind === kind && one.period === period);
    if (run === undefined) return null;
    const found = run.result?.parity;
    return { ...run, parity: found === undefined ? null : parityOf(period, found.differences === 0 ? [] : differences) };
  }

  run(): JobRun {
    return (this.asked = {
      ...base,
      ...times("2026-11-25"),
      kind: "daily",
      period: "2026-11-24",
      status: this.asked === null ? "running" : "done",
      finishedAt: null,
      durationMs: null,
      step: "parity: accounts, part 1",
      trigger: "person",
    });
  }
}
