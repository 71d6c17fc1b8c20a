/** Answers of `analytics/…`, as far as the page shows them (docs/api.md). */
export type About = {
  readonly from: string;
  readonly to: string;
  readonly accounts: number;
  readonly complete: boolean;
  /** What is missing and what to do, where it is not complete. */
  readonly note?: string;
  readonly approximate?: true;
  /** The least share of the people that was looked at anywhere, and the standard error of the number of all of them. */
  readonly sampleRatio?: number;
  readonly errorRatio?: number;
  readonly asOf: string;
};

export type Adoption = About & {
  readonly activePeople: number;
  readonly activePeopleBefore: number;
  readonly activeAccounts: number;
  readonly features: readonly {
    readonly feature: string;
    readonly people: number;
    readonly peopleBefore: number;
    readonly share: number | null;
    readonly shareChange: number | null;
    readonly accounts: number;
    readonly entitledAccounts: number;
    readonly entitledUsing: number;
    readonly firstUsedOn: string | null;
  }[];
  readonly featuresTotal: number;
  readonly accountsBehind: readonly {
    readonly accountId: string;
    readonly name: string | null;
    readonly activePeople: number;
    readonly entitled: number;
    readonly entitledUsed: number;
    readonly core: number;
    readonly coreUsed: number;
    /** Of those it is entitled to; where nobody told which, of the core. */
    readonly unused: readonly string[];
  }[];
};

type Quantiles = { readonly p50: number | null; readonly p90: number | null } | null;
type GroupStep = {
  readonly count: number;
  readonly accounts: number;
  readonly conversion: number | null;
  readonly interval: Interval | null;
};
export type Funnel = About & {
  readonly windowDays: number;
  readonly steps: readonly {
    readonly step: string;
    readonly count: number;
    readonly accounts: number;
    readonly conversion: number | null;
    readonly interval: Interval | null;
    readonly fromPrevious: number | null;
    readonly fromPreviousInterval: Interval | null;
    readonly secondsFromPrevious: Quantiles;
  }[];
  /** By the values of an attribute of accounts, the group with the most first; null: accounts without it. */
  readonly groups: readonly { readonly value: string | null; readonly steps: readonly GroupStep[] }[];
  readonly otherGroups: readonly GroupStep[] | null;
};

export type Paths = About & {
  readonly anchor: string;
  readonly direction: "next" | "previous";
  readonly sessions: number;
  readonly people: number;
  /** null: nothing followed. */
  readonly steps: readonly { readonly step: string | null; readonly sessions: number; readonly share: number | null }[];
  /** The step next to the anchor is first. */
  readonly paths: readonly { readonly steps: readonly string[]; readonly sessions: number; readonly share: number | null }[];
  readonly pathsTotal: number;
  readonly sessionsLeftOut: number;
};

export type RetentionRow = {
  readonly cohort: string | null;
  readonly size: number;
  readonly periods: readonly {
    readonly returned: number;
    readonly of: number;
    readonly share: number | null;
    readonly interval: Interval | null;
  }[];
};
export type Retention = About & {
  readonly period: "day" | "week" | "month";
  readonly cohorts: readonly RetentionRow[];
  readonly all: RetentionRow;
};

export type CohortRow = {
  readonly cohort: string | null;
  readonly size: number;
  readonly periods: readonly {
    readonly active: number;
    readonly share: number | null;
    readonly actions: number;
    readonly actionsEach: number | null;
  }[];
};
export type Cohorts = About & {
  readonly period: "day" | "week" | "month";
  readonly periods: readonly {
    readonly period: string;
    readonly isOver: boolean;
    readonly active: number;
    readonly new: number;
    readonly kept: number;
    readonly back: number;
    readonly lost: number;
  }[];
  readonly cohorts: readonly CohortRow[];
  readonly otherCohorts: CohortRow | null;
};

export type Interval = { readonly low: number; readonly high: number };
export type Verdict = "higher" | "lower" | "no_relevant_difference" | "cannot_tell" | "too_small" | "sample_ratio_mismatch";
export type Experiments = About & {
  readonly experiments: readonly {
    readonly experiment: string;
    readonly people: number;
    readonly accounts: number;
    readonly variants: readonly string[];
    readonly firstAt: string;
    readonly lastAt: string;
  }[];
  /** People that an experiment may have which is not among them; 0: all are. */
  readonly experimentsLeftOut: number;
  readonly result: {
    readonly experiment: string;
    readonly windowDays: number;
    readonly smallestDifference: number | null;
    readonly peopleInSeveralVariants: number;
    readonly ratioMismatch: { readonly p: number | null; readonly isMismatch: boolean };
    readonly variants: readonly {
      readonly variant: string;
      readonly isControl: boolean;
      readonly people: number;
      readonly observedPeople: number;
      readonly observedAccounts: number;
      readonly convertedPeople: number;
      readonly value: number | null;
      readonly interval: Interval | null;
      readonly againstControl: {
        readonly difference: number;
        readonly interval: Interval | null;
        readonly verdict: Verdict;
        readonly timesNeeded: number | null;
      } | null;
    }[];
  } | null;
};
