import type { ConfigKind, ConfigStatus } from "../../domain/config/document.ts";
import type { Scorecard } from "../../domain/config/scorecard.ts";
import type { Band } from "../../domain/health/document.ts";

/** A scorecard as people write it (src/domain/config/scorecard.ts). */
export type ScorecardDocument = Omit<Scorecard, "version" | "configVersion">;

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

export type ShadowReport = {
  readonly key: string;
  readonly version: number;
  /** Number of the configuration with which it began. */
  readonly since: string;
  /** Those that have been scored since. */
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
