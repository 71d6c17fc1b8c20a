import type { Money } from "./account-row.ts";
import { type Band, bands } from "./health/document.ts";

/** Accounts of one band and one currency, as a store counts them. */
export type BandPart = {
  readonly band: string;
  readonly accounts: number;
  readonly currency: string | null;
  readonly arrMinor: number;
  /** Of them, those whose ARR has no rate. */
  readonly unconverted?: number;
};
/** What could not be converted, as it came: one sum for each band and currency. */
export type UnconvertedPart = Money & { readonly band: string };
export type BandFigures = {
  readonly band: Band;
  readonly accounts: number;
  /** In the reporting currency. While that has just changed there is a sum for each, in the order of their codes; an ARR nobody told is in none. */
  readonly arr: readonly Money[];
  /** Accounts whose ARR has no rate, and their amounts as they came. Not part of `arr`. */
  readonly unconverted: { readonly accounts: number; readonly amounts: readonly Money[] };
};

/** The oldest and the newest configuration by which accounts of the book were judged: for a while after a publication they differ. */
export type ConfigVersions = { readonly least: string; readonly greatest: string };

/** How the whole book stood on one UTC day. */
export type PortfolioDay = {
  readonly day: number;
  /** When it was recorded, epoch ms. Null: reckoned afterwards from the lines of daily scores, with the ARR and the accounts of today. */
  readonly takenAt: number | null;
  readonly accounts: number;
  /** Accounts with enough data for a band; the average is theirs. */
  readonly scored: number;
  readonly averageScore: number | null;
  readonly bands: readonly BandFigures[];
  /** Null: reckoned afterwards, or recorded before days bore it. */
  readonly configVersions: ConfigVersions | null;
};

/** All bands, in one order, those without accounts too. */
export const bandFigures = (parts: readonly BandPart[], unconverted: readonly UnconvertedPart[]): readonly BandFigures[] =>
  bands.map((band) => {
    const own = parts.filter((part) => part.band === band).sort((a, b) => ((a.currency ?? "") < (b.currency ?? "") ? -1 : 1));
    return {
      band,
      accounts: own.reduce((sum, part) => sum + part.accounts, 0),
      arr: own.flatMap(({ currency, arrMinor }) => (currency === null ? [] : [{ amount: arrMinor, currency }])),
      unconverted: {
        accounts: own.reduce((sum, part) => sum + (part.unconverted ?? 0), 0),
        amounts: unconverted.flatMap((part) => (part.band === band ? [{ amount: part.amount, currency: part.currency }] : [])),
      },
    };
  });

/** Scores from which the bands begin. */
export type BandEdges = { readonly healthyFrom: number; readonly watchFrom: number; readonly atRiskFrom: number };

/** What is known of one account's past: its daily scores, the first of them on `firstDay`, and how it stands today. */
export type ScoreLineOf = {
  readonly band: string;
  readonly currency: string | null;
  readonly arrMinor: number | null;
  readonly firstDay: number;
  readonly scores: readonly (number | null)[];
};

type Part = { band: string; currency: string | null; accounts: number; arrMinor: number; scores: number };

/**
 * Reckons how the book stood on days that nobody recorded, account by account. Where too little is known of an account today, too little is
 * taken to have been known then; a day on which it had no score leaves it out.
 */
export class ReckonedDays {
  private readonly days = new Map<number, Map<string, Part>>();
  private readonly edges: BandEdges;
  private readonly from: number;
  private readonly to: number;

  /** @param from day number; `to` is not among them */
  constructor(edges: BandEdges, from: number, to: number) {
    this.edges = edges;
    this.from = from;
    this.to = to;
  }

  add({ band, currency, arrMinor, firstDay, scores }: ScoreLineOf): void {
    const end = Math.min(scores.length, this.to - firstDay);
    for (let i = Math.max(0, this.from - firstDay); i < end; i++) {
      const score = scores[i] ?? null;
      if (score === null) continue;
      const part = this.partOf(firstDay + i, band === "not_enough_data" ? band : this.bandOf(score), currency);
      part.accounts++;
      part.arrMinor += arrMinor ?? 0;
      part.scores += score;
    }
  }

  private bandOf(score: number): Band {
    const { healthyFrom, watchFrom, atRiskFrom } = this.edges;
    return score >= healthyFrom ? "healthy" : score >= watchFrom ? "watch" : score >= atRiskFrom ? "at_risk" : "critical";
  }

  private partOf(day: number, band: string, currency: string | null): Part {
    let parts = this.days.get(day);
    if (parts === undefined) this.days.set(day, (parts = new Map()));
    const key = `${band} ${currency ?? ""}`;
    let part = parts.get(key);
    if (part === undefined) parts.set(key, (part = { band, currency, accounts: 0, arrMinor: 0, scores: 0 }));
    return part;
  }

  /** Oldest first; days without any score are not among them. */
  all(): readonly PortfolioDay[] {
    return [...this.days].sort(([a], [b]) => a - b).map(([day, parts]) => toDay(day, [...parts.values()]));
  }
}

function toDay(day: number, parts: readonly Part[]): PortfolioDay {
  const scored = parts.filter(({ band }) => band !== "not_enough_data");
  const sum = (of: readonly Part[], what: "accounts" | "scores"): number => of.reduce((total, part) => total + part[what], 0);
  const count = sum(scored, "accounts");
  return {
    day,
    takenAt: null,
    accounts: sum(parts, "accounts"),
    scored: count,
    averageScore: count === 0 ? null : sum(scored, "scores") / count,
    bands: bandFigures(parts, []),
    configVersions: null,
  };
}
