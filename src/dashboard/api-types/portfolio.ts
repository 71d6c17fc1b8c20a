import type { AccountRow, Money } from "../../domain/account-row.ts";
import type { Band } from "../../domain/health/document.ts";
import type { Page } from "./common.ts";

export type Portfolio = {
  readonly accounts: number;
  readonly scored: number;
  readonly averageScore: number | null;
  readonly averageScoreDayAgo: number | null;
  readonly averageChangeByConfiguration: number | null;
  readonly bands: readonly {
    readonly band: Band;
    readonly accounts: number;
    readonly arr: readonly Money[];
    /** Accounts whose ARR has no rate, and their amounts as they came. */
    readonly unconverted: { readonly accounts: number; readonly amounts: readonly Money[] };
  }[];
  readonly segments: readonly { readonly segment: string | null; readonly accounts: number }[];
  readonly owners: readonly { readonly owner: string | null; readonly accounts: number }[];
  readonly risen: number;
  readonly fallen: number;
  readonly setAside: number;
  readonly asOf: string;
};

export type PortfolioDay = {
  /** UTC day, `2026-11-25`. */
  readonly day: string;
  readonly accounts: number;
  readonly scored: number;
  readonly averageScore: number | null;
  readonly bands: Portfolio["bands"];
  /** Nobody recorded it then: it comes from the lines of daily scores, with the accounts and the ARR of today. */
  readonly reckoned: boolean;
  readonly takenAt: string | null;
};

export type PortfolioHistory = {
  readonly from: string;
  readonly to: string;
  readonly days: readonly PortfolioDay[];
  readonly asOf: string;
};

export type AccountsPage = Page<AccountRow> & { readonly total: number; readonly asOf: string };
