import type { ConfigKind, ConfigStatus } from "../../domain/config/document.ts";
import type { Scorecard } from "../../domain/config/scorecard.ts";
import type { Band } from "../../domain/health/document.ts";

/** A scorecard as people write it (src/domain/config/scorecard.ts). */
export type ScorecardDocument = Omit<Scorecard, "version" | "configVersion">;

export type ShippedMeasure = {
  readonly key: string;
  readonly title: string;
  readonly unit: string;
  readonly spec: ScorecardDocument["dimensions"][number]["measures"][number];
};

/** What a measure says of one account, at this moment. */
export type MeasureTrial = {
  readonly value: number | null;
  readonly unit: string;
  readonly window: { readonly from: string; readonly to: string } | null;
  readonly status: "ok" | "stale" | "missing";
  readonly note?: string;
};

export type ConfigStamp = {
  /** 0: as shipped. */
  readonly version: number;
  readonly status: ConfigStatus;
  readonly revision: number;
  readonly author: string;
  readonly at: string | null;
  readonly note: string | null;
};

export type ConfigSummary = {
  readonly key: string;
  readonly title: string;
  readonly published: ConfigStamp | null;
  readonly draft: ConfigStamp | null;
};

export type ConfigVersion = ConfigStamp & { readonly key: string; readonly title: string };

export type ConfigContent = Readonly<Record<string, unknown>>;

export type ConfigDocument = ConfigStamp & { readonly kind: ConfigKind; readonly key: string; readonly document: ConfigContent };

/** How many go from which band to which by another configuration, and who moves most. */
export type ComparedAccounts = {
  readonly accounts: number;
  readonly changed: number;
  readonly bands: readonly { readonly from: Band; readonly to: Band; readonly accounts: number }[];
  readonly movers: readonly {
    readonly accountId: string;
    readonly name: string | null;
    readonly score: number | null;
    readonly band: Band;
    readonly publishedScore: number | null;
    readonly publishedBand: Band;
  }[];
};

/** Of all accounts at one moment; `complete` false: of those that could be asked in time. */
export type ComparisonReport = ComparisonTogether & { readonly key: string };
export type ComparisonTogether = ComparedAccounts & {
  readonly complete: boolean;
  readonly shardsMissing: readonly string[];
  readonly asOf: string;
};

/** Of the accounts that have been scored since it began; `since`: number of the configuration with which that was. */
export type ShadowReport = ComparedAccounts & { readonly key: string; readonly version: number; readonly since: string };

/** All drafts in shadow, and what they would do at once; null where they are fewer than two. */
export type ShadowsReport = {
  readonly drafts: readonly { readonly kind: ConfigKind; readonly key: string; readonly version: number; readonly since: string }[];
  readonly together: (ComparedAccounts & { readonly since: string }) | null;
};
