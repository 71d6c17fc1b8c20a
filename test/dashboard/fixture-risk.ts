import type { Risk, RiskReport, Share } from "../../src/dashboard/api-types.ts";

type Forecast = RiskReport["forecasts"][number];

const shareOf = (lost: number, rows: number, accounts: number): Share => {
  const share = lost / rows;
  return { share, low: Math.max(0, share - 1.6 / Math.sqrt(rows)), high: Math.min(1, share + 1.9 / Math.sqrt(rows)), rows, lost, accounts };
};

const deciles = [1, 2, 2, 3, 4, 6, 7, 11, 15, 33].map((lost, i) => ({
  foretold: 0.01 + 0.004 * i ** 2,
  observed: shareOf(lost, 92, 61 + i),
}));
const whole = { scope: "all", segment: null } as const;
const enterprise = { scope: "segment", segment: "enterprise" } as const;

type Weight = NonNullable<RiskReport["weights"][number]["weights"]>[number]["measures"][number];
const weightOf = (said: Pick<Weight, "key" | "title" | "own" | "proposed"> & Partial<Weight>): Weight => ({
  low: null,
  high: null,
  weight: null,
  tried: null,
  kept: null,
  rows: 1_940,
  losses: 84,
  ...said,
});

type Trial = NonNullable<RiskReport["weights"][number]["tried"]>["trials"][number];
const trialOf = (
  from: string,
  to: string,
  [before, after]: readonly [number, number],
  gain: { value: number; low: number; high: number },
): Trial => ({
  from,
  to,
  learnedFrom: { rows: 20 * before, accounts: 200, losses: before },
  triedOn: { rows: 20 * after, accounts: 160, losses: after },
  kept: null,
  gain: { ...gain, rows: 50 * after, own: 0.13 },
});

const score: RiskReport["score"][number] = {
  ...whole,
  rows: 1_940,
  completeRows: 1_702,
  accounts: 212,
  losses: 84,
  churns: 61,
  auc: { value: 0.72, low: 0.66, high: 0.77 },
  ranked: { rows: 1_690, lost: 100, accounts: 209 },
  lift: { lift: 3.1, low: 2.3, high: 4.1, top: shareOf(31, 170, 44), all: shareOf(100, 1_702, 212) },
  bands: [
    { band: "healthy", observed: shareOf(9, 610, 121) },
    { band: "watch", observed: shareOf(31, 640, 150) },
    { band: "at_risk", observed: shareOf(39, 331, 92) },
    { band: "critical", observed: shareOf(21, 101, 37) },
    { band: "not_enough_data", observed: shareOf(0, 20, 9) },
  ],
  warning: { losses: 84, medianDays: 42, medianLow: 28, medianHigh: 56, unwarned: 17, unwarnedShare: shareOf(17, 84, 80) },
};

const notShared: Pick<Forecast, "takes" | "pooled" | "shared"> = { takes: null, pooled: [], shared: null };
const validation: NonNullable<Forecast["validation"]> = {
  from: "2026-02-28",
  models: 4,
  learnedFrom: { rows: 1_640, accounts: 200, losses: 72 },
  triedOn: { rows: 920, accounts: 160, losses: 56 },
  ranked: { rows: 2_600, lost: 84, accounts: 160 },
  auc: { value: 0.76, low: 0.65, high: 0.84 },
  aucOfScore: { value: 0.71, low: 0.62, high: 0.79 },
  gain: { value: 0.012, low: 0.004, high: 0.02, rows: 2_600 },
  latestGain: { value: 0.011, low: 0.001, high: 0.021, rows: 1_200 },
  calibration: { ratio: 1.08, low: 0.83, high: 1.4, observed: 84, expected: 77.8 },
  lift: { lift: 3.6, low: 2.4, high: 5.2, top: shareOf(33, 92, 70), all: shareOf(84, 920, 160) },
  deciles,
  bands: [
    { band: "healthy", foretold: 0.02, observed: shareOf(7, 330, 80) },
    { band: "watch", foretold: 0.07, observed: shareOf(24, 340, 90) },
    { band: "at_risk", foretold: 0.16, observed: shareOf(30, 180, 60) },
    { band: "critical", foretold: 0.34, observed: shareOf(23, 70, 31) },
  ],
};

const report: RiskReport = {
  layout: 1,
  period: "2026-10",
  asOf: "2026-11-01T00:00:00.000Z",
  sample: { accounts: 240, withoutSubscription: 28, accountsShare: 1, rows: 1_940, losses: 84, from: "2024-11-30", to: "2026-10-31" },
  score: [score, { ...score, ...enterprise, rows: 310, completeRows: 280, accounts: 30, losses: 9, churns: 4, auc: null, lift: null }],
  forecasts: [
    {
      ...whole,
      ...notShared,
      status: "learned",
      declined: null,
      learnedFrom: { rows: 1_940, accounts: 212, losses: 84 },
      effects: [
        { dimension: "support", oddsPer10Points: 0.93, low: 0.86, high: 1.01 },
        { dimension: "usage", oddsPer10Points: 0.74, low: 0.68, high: 0.81 },
      ],
      levels: [
        { segment: "enterprise", odds: 0.61, low: 0.34, high: 1.1, learnedFrom: { rows: 310, accounts: 30, losses: 9 } },
        { segment: null, odds: 1.12, low: 0.9, high: 1.39, learnedFrom: { rows: 1_630, accounts: 182, losses: 75 } },
      ],
      validation,
    },
    {
      ...enterprise,
      ...notShared,
      status: "declined",
      declined: { reason: "too_few_losses", losses: 9, needed: 50 },
      learnedFrom: null,
      effects: [],
      levels: [],
      validation: null,
      takes: "all",
      shared: {
        scope: "all",
        refused: null,
        validation: {
          ...validation,
          triedOn: { rows: 140, accounts: 28, losses: 4 },
          auc: { value: 0.71, low: 0.4, high: 0.9 },
          calibration: { ratio: 0.9, low: 0.3, high: 2.6, observed: 10, expected: 11.1 },
          lift: null,
          deciles: [],
          bands: [],
        },
      },
    },
  ],
  weights: [
    {
      scorecard: "standard",
      rows: 1_940,
      accounts: 212,
      losses: 84,
      kept: null,
      gain: { value: 0.004, low: 0.001, high: 0.007, rows: 2_600, own: 0.13 },
      latestGain: { value: 0.003, low: -0.002, high: 0.008, rows: 1_200, own: 0.13 },
      tried: {
        won: 3,
        needed: 3,
        trials: [
          trialOf("2026-02-28", "2026-03-31", [28, 12], { value: 0.007, low: 0.001, high: 0.013 }),
          trialOf("2026-04-30", "2026-05-31", [41, 15], { value: 0.006, low: -0.001, high: 0.013 }),
          trialOf("2026-06-30", "2026-07-31", [55, 14], { value: -0.001, low: -0.008, high: 0.006 }),
          trialOf("2026-08-31", "2026-10-31", [70, 15], { value: 0.004, low: -0.002, high: 0.01 }),
        ],
      },
      weights: [
        {
          key: "usage",
          weight: 46,
          title: "Usage",
          own: 0.3,
          proposed: 0.46,
          low: 0.34,
          high: 0.58,
          tried: { least: 0.38, most: 0.47 },
          measures: [
            weightOf({
              key: "seat_use",
              title: "Seat use",
              own: 0.2,
              proposed: 0.35,
              weight: 76,
              low: 0.22,
              high: 0.47,
              tried: { least: 0.27, most: 0.36 },
            }),
            weightOf({
              key: "stickiness",
              title: "Stickiness",
              own: 0.1,
              proposed: 0.11,
              weight: 24,
              low: 0.03,
              high: 0.2,
              tried: { least: 0.07, most: 0.12 },
            }),
          ],
        },
        {
          key: "support",
          weight: 12,
          title: "Support",
          own: 0.2,
          proposed: 0.12,
          low: 0.04,
          high: 0.22,
          tried: { least: 0.11, most: 0.17 },
          measures: [
            weightOf({ key: "weighted_backlog", title: "Open backlog, weighted", own: 0.1, proposed: 0.06, low: 0.01, high: 0.13 }),
            weightOf({
              key: "csat",
              title: "Satisfaction with support",
              own: 0.1,
              proposed: 0.06,
              kept: "hardly_measured",
              rows: 310,
              losses: 12,
            }),
          ],
        },
        {
          key: "commercial",
          weight: 42,
          title: "Commercial",
          own: 0.5,
          proposed: 0.42,
          low: null,
          high: null,
          tried: { least: 0.42, most: 0.45 },
          measures: [
            weightOf({ key: "payment_standing", title: "Payment standing", own: 0.5, proposed: 0.42, kept: "same_for_all" }),
            weightOf({ key: "renewal_step", title: "Renewal step on time", own: 0, proposed: 0, kept: "no_weight", rows: 0, losses: 0 }),
          ],
        },
      ],
      draft: "saved",
    },
    {
      scorecard: "strategic",
      rows: 120,
      accounts: 11,
      losses: 3,
      kept: "too_few_losses",
      gain: null,
      latestGain: null,
      tried: null,
      weights: null,
      draft: null,
    },
  ],
};

/** Two months: the newest was learned from, the one before declined. */
export class FixtureRisk {
  periods: readonly string[] = ["2026-10", "2026-09"];
  private ran = false;
  /** How often a run was begun, and how it ends. */
  begun = 0;
  error: string | null = null;

  answer(period: string | null): Risk | null {
    if (this.periods.length === 0 && !this.ran) return { inForce: null, periods: [], report: null };
    if (period === null || period === "2026-10") return { inForce: "2026-10", periods: this.periods, report };
    if (!this.periods.includes(period)) return null;
    const forecasts = report.forecasts.map((one): Forecast => ({
      ...one,
      status: "declined",
      declined: { reason: "no_ranking_skill" },
      learnedFrom: null,
      effects: [],
    }));
    return { inForce: "2026-10", periods: this.periods, report: { ...report, period, forecasts, weights: [] } };
  }

  /** A good one is over at once, a bad one when it is looked at. */
  run(): unknown {
    this.begun += 1;
    this.ran = this.error === null;
    return { period: "2026-10", status: this.ran ? "done" : "running", error: null };
  }

  look(): unknown {
    return { period: "2026-10", status: this.ran ? "done" : "failed", error: this.error };
  }
}
