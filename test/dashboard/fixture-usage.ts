const about = {
  from: "2026-09-01T00:00:00.000Z",
  to: "2026-12-01T00:00:00.000Z",
  accounts: 20,
  complete: true,
  shardsMissing: [],
  asOf: "2026-11-30T12:00:00.000Z",
};

/** What the API says of the usage of made-up customers; shapes as in docs/api.md. */
export function usageAnswer(question: string, query: URLSearchParams): Readonly<Record<string, unknown>> {
  switch (question) {
    case "adoption":
      return { ...about, complete: query.get("segment") === null, approximate: true, sampleRatio: 0.25, errorRatio: 0.012, ...adoption };
    case "funnel":
      return {
        ...about,
        unit: "people",
        windowDays: Number(query.get("windowDays")),
        steps: stepsOf(query.getAll("steps")),
        groups: [],
        otherGroups: null,
      };
    case "retention":
      return { ...about, period: query.get("period"), returned: query.get("returned"), unit: "people", ...retention };
    default:
      return { ...about, ...experimentsOf(query.get("experiment")) };
  }
}

const adoption = {
  activePeople: 310,
  activePeopleBefore: 300,
  activeAccounts: 19,
  activeAccountsBefore: 19,
  features: ["Export <b>Run</b>", "Report Created", "Alert Configured"].map((feature, i) => ({
    feature,
    people: 200 - 90 * i,
    peopleBefore: 180,
    share: (200 - 90 * i) / 310,
    shareBefore: 0.6,
    shareChange: (200 - 90 * i) / 310 - 0.6,
    accounts: 18 - 5 * i,
    accountsBefore: 17,
    entitledAccounts: i === 2 ? 0 : 20,
    entitledUsing: i === 2 ? 0 : 17,
    coreAccounts: 20,
    coreUsing: 17,
    firstUsedOn: i === 1 ? null : "2026-09-01",
  })),
  featuresTotal: 3,
  featuresLeftOut: 0,
  accountsBehind: [
    {
      accountId: "delta-logistics",
      name: "Delta <b>Logistics</b> & Sons",
      activePeople: 12,
      entitled: 6,
      entitledUsed: 1,
      core: 4,
      coreUsed: 1,
      unused: ["Report Created", "Alert Configured", "Workflow Automated"],
    },
  ],
};

const stepsOf = (steps: readonly string[]) =>
  steps.map((step, i) => ({
    step,
    count: Math.round(300 / 2 ** i),
    accounts: 18 - i,
    conversion: 1 / 2 ** i,
    fromPrevious: i === 0 ? null : 0.5,
    secondsFromPrevious: i === 0 ? null : { p50: 640, p90: 5400 },
    secondsFromStart: i === 0 ? null : { p50: 640, p90: 5400 },
  }));

const rowOf = (cohort: string | null, size: number, over: number) => ({
  cohort,
  size,
  periods: Array.from({ length: 8 }, (_, k) => {
    const of = k < over ? size : 0;
    const returned = Math.round(of * 0.8 ** k);
    return { returned, of, share: of === 0 ? null : returned / of };
  }),
});
const retention = {
  cohorts: ["2026-10-05", "2026-10-12", "2026-10-19"].map((cohort, i) => rowOf(cohort, 40 + 10 * i, 8 - i)),
  otherCohorts: null,
  all: rowOf(null, 150, 8),
};

const variantOf = (variant: string, value: number, verdict: string | null) => ({
  variant,
  isControl: verdict === null,
  exposures: 400,
  people: 390,
  accounts: 19,
  observedPeople: 380,
  observedAccounts: 19,
  convertedPeople: Math.round(380 * value),
  total: Math.round(380 * value),
  value,
  interval: { low: value - 0.04, high: value + 0.04 },
  againstControl:
    verdict === null
      ? null
      : { difference: value - 0.2, relative: (value - 0.2) / 0.2, interval: { low: value - 0.24, high: value - 0.16 }, verdict },
});
function experimentsOf(experiment: string | null) {
  const listed = {
    experiment: "guided-setup",
    exposures: 1200,
    people: 1170,
    accounts: 19,
    variants: ["control", "guided", "video"],
    firstAt: "2026-10-15T08:00:00.000Z",
    lastAt: "2026-11-10T08:00:00.000Z",
  };
  if (experiment === null) return { experiments: [listed], result: null };
  return {
    experiments: [],
    result: {
      experiment,
      goal: "feature.used",
      metric: "conversion",
      windowDays: 14,
      control: "control",
      peopleInSeveralVariants: 29,
      exposuresLeftOut: 0,
      ratioMismatch: { p: 0.00001, isMismatch: true },
      variants: [variantOf("control", 0.2, null), variantOf("guided", 0.3, "higher"), variantOf("video", 0.22, "too_small")],
    },
  };
}
