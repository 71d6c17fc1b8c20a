const about = {
  from: "2026-09-01T00:00:00.000Z",
  to: "2026-12-01T00:00:00.000Z",
  accounts: 20,
  complete: true,
  accountsLeftOut: 0,
  shardsMissing: [],
  asOf: new Date(Date.now() - 180_000).toISOString(),
};

/** There was not time for all. */
const cut = {
  complete: false,
  accountsLeftOut: 7,
  note: "These figures are about 20 accounts; 7 more could not be read in time. Ask about fewer days, one segment or one account, or ask again.",
};

const dayMs = 86_400_000;
/** In the last week nobody did anything. */
const restedDays = 8;

/** What the API says of the usage of made-up customers; shapes as in docs/api.md. */
export function usageAnswer(question: string, query: URLSearchParams): Readonly<Record<string, unknown>> {
  const answer = completeAnswer(question, query);
  // Of a segment nobody could be read in the last week.
  return isRested(query) && query.get("segment") !== null ? { ...answer, ...cut, accounts: 0 } : answer;
}

const isRested = (query: URLSearchParams): boolean => Date.now() - Date.parse(query.get("from") ?? "") < restedDays * dayMs;

function completeAnswer(question: string, query: URLSearchParams): Readonly<Record<string, unknown>> {
  const rested = isRested(query);
  const isOne = query.get("accountId") !== null;
  switch (question) {
    case "adoption":
      if (rested) return { ...about, ...adoption, activePeople: 0, activePeopleBefore: 0, features: [], accountsBehind: [] };
      if (isOne) return { ...about, accounts: 1, ...adoption, ...adoptionOfOne };
      return {
        ...about,
        ...(query.get("segment") === null ? {} : cut),
        approximate: true,
        sampleRatio: 0.25,
        errorRatio: 0.012,
        ...adoption,
      };
    case "funnel":
      return {
        ...about,
        unit: "people",
        windowDays: Number(query.get("windowDays")),
        steps: stepsOf(query.getAll("steps")),
        ...groupsOf(query.getAll("steps"), query.get("by")),
      };
    case "paths":
      return { ...about, ...pathsOf(query, rested) };
    case "cohorts":
      return { ...about, period: query.get("period"), unit: "people", ...cohortsOf(query.get("by"), rested) };
    case "retention":
      return {
        ...about,
        period: query.get("period"),
        returned: query.get("returned"),
        unit: "people",
        ...(rested ? { ...retention, cohorts: [] } : retention),
      };
    default:
      return { ...about, ...(rested ? { experiments: [], result: null } : experimentsOf(query.get("experiment"))) };
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

/** One account: a feature in use, one given up, one it never had a look at, and one that it uses without being entitled. */
const adoptionOfOne = {
  activePeople: 12,
  activePeopleBefore: 15,
  accountsBehind: [],
  features: (
    [
      ["Export <b>Run</b>", 9, 6, 1, "2026-03-01"],
      ["Bulk Edit", 2, 0, 0, "2026-10-01"],
      ["Report Created", 0, 4, 1, "2026-04-01"],
      ["Alert Configured", 0, 0, 1, null],
      ["Api Called", 0, 0, 0, "2025-12-01"],
    ] as const
  ).map(([feature, people, peopleBefore, entitledAccounts, firstUsedOn]) => ({
    ...adoption.features[0],
    feature,
    people,
    peopleBefore,
    share: people / 12,
    shareBefore: peopleBefore / 15,
    shareChange: people / 12 - peopleBefore / 15,
    accounts: people > 0 ? 1 : 0,
    accountsBefore: peopleBefore > 0 ? 1 : 0,
    entitledAccounts,
    entitledUsing: people > 0 ? entitledAccounts : 0,
    firstUsedOn,
  })),
};

function pathsOf(query: URLSearchParams, rested: boolean) {
  const ways = rested
    ? []
    : ([
        [["page.viewed;page=/reports", "feature.used;feature=Export <b>Run</b>"], 600],
        [[], 300],
        [["feature.used;feature=Report Created", "page.viewed;page=/reports", "…"], 200],
        [["…"], 100],
      ] as const);
  const counted = (sessions: number) => ({ sessions, share: sessions / 1200 });
  return {
    anchor: query.get("anchor"),
    direction: query.get("direction"),
    depth: Number(query.get("depth")),
    sessions: rested ? 0 : 1200,
    people: rested ? 0 : 310,
    steps: ways.map(([steps, sessions]) => ({ step: steps[0] ?? null, ...counted(sessions) })),
    paths: ways.map(([steps, sessions]) => ({ steps, ...counted(sessions) })),
    pathsTotal: rested ? 0 : 140,
    sessionsLeftOut: rested ? 0 : 2,
  };
}

function cohortsOf(by: string | null, rested: boolean) {
  const weeks = Array.from({ length: 14 }, (_, k) => new Date(Date.UTC(2026, 7, 31 + 7 * k)).toISOString().slice(0, 10));
  const rowOfCohort = (cohort: string | null, size: number) => ({
    cohort,
    size,
    periods: weeks.map((week, k) => {
      const active =
        by === null && cohort !== null && cohort !== "earlier" && week < cohort ? 0 : k === 0 ? 0 : Math.round(size * 0.9 ** (k / 2));
      return { active, share: active / size, actions: active * 12, actionsEach: active === 0 ? null : 12 };
    }),
  });
  const names = by === null ? ["earlier", ...weeks.slice(1, 5)] : [null, "enterprise", "smb"];
  return {
    // Nobody is known from the first week: history begins with the second.
    periods: weeks.map((period, k) => {
      const isQuiet = rested || k === 0;
      return {
        period,
        isOver: k < 13,
        active: isQuiet ? 0 : 299 + k,
        new: isQuiet ? 0 : 20,
        kept: isQuiet ? 0 : 259 + k,
        back: isQuiet ? 0 : 20,
        lost: isQuiet ? 0 : 31,
      };
    }),
    cohorts: rested ? [] : names.map((name, i) => rowOfCohort(name, 200 - 30 * i)),
    otherCohorts: by === null || rested ? null : rowOfCohort(null, 11),
  };
}

function groupsOf(steps: readonly string[], by: string | null) {
  if (by === null) return { groups: [], otherGroups: null };
  const all = stepsOf(steps);
  const part = (share: number) =>
    all.map(({ count, accounts, conversion }) => ({ count: Math.round(count * share), accounts, conversion }));
  return { groups: ["enterprise", "smb", null].map((value, i) => ({ value, steps: part(0.5 - 0.15 * i) })), otherGroups: part(0.05) };
}

const stepsOf = (steps: readonly string[]) =>
  steps.map((step, i) => ({
    step,
    count: Math.round(300 / 2 ** i),
    accounts: 18 - i,
    conversion: 1 / 2 ** i,
    interval: i === 0 ? null : { low: 1 / 2 ** i - 0.06, high: 1 / 2 ** i + 0.07 },
    fromPrevious: i === 0 ? null : 0.5,
    fromPreviousInterval: i === 0 ? null : { low: 0.44, high: 0.57 },
    secondsFromPrevious: i === 0 ? null : { p50: 640, p90: 5400 },
    secondsFromStart: i === 0 ? null : { p50: 640, p90: 5400 },
  }));

const rowOf = (cohort: string | null, size: number, over: number) => ({
  cohort,
  size,
  periods: Array.from({ length: 8 }, (_, k) => {
    const of = k < over ? size : 0;
    const returned = Math.round(of * 0.8 ** k);
    return {
      returned,
      of,
      share: of === 0 ? null : returned / of,
      interval: of === 0 ? null : { low: 0.8 ** k * 0.9, high: Math.min(1, 0.8 ** k * 1.1) },
    };
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
      : {
          difference: value - 0.2,
          relative: (value - 0.2) / 0.2,
          interval: { low: value - 0.24, high: value - 0.16 },
          verdict,
          timesNeeded: verdict === "cannot_tell" ? 4 : null,
        },
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
  if (experiment === null) return { experiments: [listed], experimentsLeftOut: 0, result: null };
  return {
    experiments: [],
    experimentsLeftOut: 0,
    result: {
      experiment,
      goal: "feature.used",
      metric: "conversion",
      windowDays: 14,
      control: "control",
      smallestDifference: 0.05,
      peopleInSeveralVariants: 29,
      exposuresLeftOut: 0,
      ratioMismatch: { p: 0.00001, isMismatch: true },
      variants: [variantOf("control", 0.2, null), variantOf("guided", 0.3, "higher"), variantOf("video", 0.22, "cannot_tell")],
    },
  };
}
