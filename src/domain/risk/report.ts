import { z } from "zod";
import { bands } from "../health/document.ts";
import { modelOf, type Verdicts, verdictsOf } from "./by-segment.ts";
import type { AccountHistory } from "./history.ts";
import { periodCount } from "./logistic.ts";
import type { Hazard, RiskModel } from "./model.ts";
import { proposeWeights, type Weighed } from "./propose.ts";
import { accountsIn, lossesIn, rowsOf } from "./rows.ts";
import { lossesOf, type SegmentRows, segmentsOf, testScore } from "./score-test.ts";
import { z95 } from "./skill.ts";
import type { Validation, Verdict } from "./validate.ts";
import { isoTime, startOfDay } from "../time.ts";

const interval = { low: z.number(), high: z.number() };
const bounds = { low: z.number().nullable().default(null), high: z.number().nullable().default(null) };
const weight = {
  key: z.string(),
  title: z.string(),
  own: z.number(),
  proposed: z.number(),
  /** What a draft writes; null: it leaves what is written. */
  weight: z.number().nullable().default(null),
  ...bounds,
  /** The least and the greatest part that the trials have learned. */
  tried: z.object({ least: z.number(), most: z.number() }).nullable().default(null),
};
const share = z.object({ share: z.number(), ...interval, rows: z.number(), lost: z.number(), accounts: z.number() });
const auc = z.object({ value: z.number(), ...interval }).nullable();
const lift = z.object({ lift: z.number(), ...bounds, top: share, all: share }).nullable();
/** Bounds are null where the rows are of one account alone. */
const gain = z.object({ value: z.number(), ...bounds, rows: z.number() });
const sample = z.object({ rows: z.number(), accounts: z.number(), losses: z.number() });
/** `own`: log-loss of the scorecard's own weights on the same rows; null in reports of before it was told. */
const weightGain = gain.extend({ own: z.number().nullable().default(null) }).nullable();
/** `all` is the whole book, `pool` the small segments together; a segment may be null: accounts without one. */
const scope = { scope: z.enum(["all", "pool", "segment"]), segment: z.string().nullable() };
const band = z.enum(bands);
const flaw = z.enum(["no_ranking_skill", "no_better_than_base_rate", "miscalibrated"]);
const foretold = { foretold: z.number(), observed: share };
/** Of these AUC and lift are told. */
const ranked = z.object({ rows: z.number(), lost: z.number(), accounts: z.number() });
const validation = z
  .object({
    from: z.string(),
    models: z.number().default(1),
    learnedFrom: sample,
    triedOn: sample,
    ranked: ranked.nullable().default(null),
    auc,
    aucOfScore: auc,
    gain,
    latestGain: gain.nullable().default(null),
    calibration: z.object({ ratio: z.number(), ...interval, observed: z.number(), expected: z.number() }),
    lift,
    deciles: z.array(z.object(foretold)),
    bands: z.array(z.object({ band, ...foretold })).default([]),
  })
  .nullable();

/** The monthly back-test: what it found, with the sample behind each figure. As it is stored and as the API tells it. */
export const RiskReportSchema = z.object({
  layout: z.literal(1),
  /** Month, `2026-10`; nothing after its end was looked at. */
  period: z.string(),
  asOf: z.string(),
  sample: z.object({
    accounts: z.number(),
    /** Of these no subscription is known: nobody can tell whether they stayed. */
    withoutSubscription: z.number(),
    /** Part of the accounts that was read, 0..1; of a great book some stand for all. */
    accountsShare: z.number(),
    rows: z.number(),
    losses: z.number(),
    /** UTC day of the first and the last month's end with a row. */
    from: z.string().nullable(),
    to: z.string().nullable(),
  }),
  score: z.array(
    z.object({
      ...scope,
      rows: z.number(),
      completeRows: z.number(),
      accounts: z.number(),
      losses: z.number(),
      churns: z.number(),
      ranked: ranked.nullable().default(null),
      auc,
      lift,
      bands: z.array(z.object({ band, observed: share })),
      warning: z
        .object({
          losses: z.number(),
          medianDays: z.number(),
          medianLow: z.number().nullable().default(null),
          medianHigh: z.number().nullable().default(null),
          unwarned: z.number(),
          unwarnedShare: share.nullable().default(null),
        })
        .nullable(),
    }),
  ),
  forecasts: z.array(
    z.object({
      ...scope,
      status: z.enum(["learned", "declined"]),
      declined: z
        .union([
          z.object({ reason: z.literal("too_few_losses"), losses: z.number(), needed: z.number() }),
          z.object({ reason: z.literal("history_too_short"), losses: z.number(), testLossesNeeded: z.number() }),
          z.object({ reason: z.enum(["nothing_measured", ...flaw.options]) }),
        ])
        .nullable(),
      learnedFrom: sample.nullable(),
      effects: z.array(z.object({ dimension: z.string(), oddsPer10Points: z.number(), ...interval })),
      /** Odds of a loss beside the whole of what was learned from, otherwise alike. */
      levels: z
        .array(z.object({ segment: z.string().nullable(), odds: z.number(), ...interval, learnedFrom: sample.nullable().default(null) }))
        .default([]),
      validation,
      /** Of a segment: what its accounts are told by; null: nothing, or the report is older than that. Of the pool: its segments. */
      takes: z.enum(["own", "pool", "all"]).nullable().default(null),
      pooled: z.array(z.string().nullable()).default([]),
      /** A forecast of several segments that was tried on this one. */
      shared: z
        .object({ scope: z.enum(["pool", "all"]), refused: flaw.nullable(), validation })
        .nullable()
        .default(null),
    }),
  ),
  weights: z.array(
    z.object({
      scorecard: z.string(),
      rows: z.number(),
      accounts: z.number().default(0),
      losses: z.number(),
      kept: z
        .enum(["too_few_losses", "history_too_short", "nothing_measured", "no_relation", "no_better_than_own", "not_steady"])
        .nullable(),
      gain: weightGain,
      /** In the months of the latest third of the losses. */
      latestGain: weightGain.default(null),
      /** Weights learned again and again, each tried on the months up to the next trial's; null: never, or the report is older than that. */
      tried: z
        .object({
          won: z.number(),
          needed: z.number(),
          trials: z.array(
            z.object({
              from: z.string(),
              to: z.string(),
              learnedFrom: sample,
              triedOn: sample,
              /** Why nothing was learned by then, so that the scorecard's own weights stood. */
              kept: z.enum(["nothing_measured", "no_relation"]).nullable(),
              gain: weightGain,
            }),
          ),
        })
        .nullable()
        .default(null),
      /** Parts of the whole score, 0..1; bounds are null where a weight is kept. Reports of before weights were learned by measure have neither. */
      weights: z
        .array(
          z.object({
            ...weight,
            measures: z
              .array(
                z.object({
                  ...weight,
                  kept: z.enum(["no_weight", "hardly_measured", "same_for_all", "too_few_losses"]).nullable(),
                  /** In how many rows it was measured, and of how many losses. */
                  rows: z.number(),
                  losses: z.number(),
                }),
              )
              .default([]),
          }),
        )
        .nullable(),
      /** What became of a proposal: saved as the scorecard's draft, or not, as somebody else's draft is there. */
      draft: z.enum(["saved", "other_draft", "not_valid"]).nullable(),
    }),
  ),
});
export type RiskReport = z.infer<typeof RiskReportSchema>;

type Given = {
  readonly histories: readonly AccountHistory[];
  readonly period: string;
  readonly asOf: number;
  readonly accounts: number;
  readonly withoutSubscription: number;
  readonly accountsShare: number;
  readonly scorecards: readonly Weighed[];
};

/** Back-tests the score, learns a model if it passes, and proposes weights: for the whole book and for each segment. */
export function backTest(given: Given): { readonly report: RiskReport; readonly model: RiskModel | null } {
  const { histories, period, asOf, scorecards } = given;
  const rows = rowsOf(histories);
  const days = rows.map(({ day }) => day);
  const losses = lossesOf(histories);
  const segments = segmentsOf(rows);
  const whole = { scope: "all", segment: null } as const;
  const verdicts = verdictsOf(rows, segments);
  const scored = segments.length < 2 ? [] : segments;
  const report: RiskReport = {
    layout: 1,
    period,
    asOf: isoTime(asOf),
    sample: {
      accounts: given.accounts,
      withoutSubscription: given.withoutSubscription,
      accountsShare: given.accountsShare,
      rows: rows.length,
      losses: lossesIn(rows),
      from: dateOf(days.reduce((least, day) => Math.min(least, day), Infinity)),
      to: dateOf(days.reduce((most, day) => Math.max(most, day), -Infinity)),
    },
    score: [
      { ...whole, ...testScore({ rows, losses }) },
      ...scored.map(({ segment, rows: own }) => ({
        scope: "segment" as const,
        segment,
        ...testScore({ rows: own, losses: losses.filter((loss) => loss.segment === segment) }),
      })),
    ],
    forecasts: forecastsOf(verdicts, segments),
    weights: scorecards.flatMap((one) => {
      const own = rows.filter(({ scorecard }) => scorecard === one.scorecard);
      return own.length === 0 ? [] : [{ ...triedOn(proposeWeights(one, own)), draft: null }];
    }),
  };
  return { report, model: modelOf(period, verdicts) };
}

/** With dates in the place of days. */
function triedOn({ tried, ...proposal }: ReturnType<typeof proposeWeights>) {
  const trials = (tried?.trials ?? []).map((one) => ({ ...one, from: dateOf(one.from) ?? "", to: dateOf(one.to) ?? "" }));
  return { ...proposal, tried: tried === null ? null : { ...tried, trials } };
}

const dateOf = (day: number): string | null => (Number.isFinite(day) ? isoTime(startOfDay(day)).slice(0, 10) : null);

/** The whole book first, then the pool where there is one, then each segment. */
function forecastsOf({ all, pool, segments }: Verdicts, rows: readonly SegmentRows[]): RiskReport["forecasts"] {
  const none = { segment: null, takes: null, pooled: [], shared: null };
  return [
    { scope: "all", ...none, ...told(all, rows) },
    ...(pool === null ? [] : [{ scope: "pool" as const, ...none, pooled: [...pool.segments], ...told(pool.verdict, rows) }]),
    ...segments.map(({ segment, own, takes, shared }) => ({
      scope: "segment" as const,
      segment,
      takes,
      pooled: [],
      shared: shared === null ? null : { ...shared, validation: dated(shared.validation) },
      ...told(own, rows),
    })),
  ];
}

const told = ({ hazard, declined, validation: tried }: Verdict, rows: readonly SegmentRows[]) => ({
  status: hazard === null ? ("declined" as const) : ("learned" as const),
  declined,
  learnedFrom: hazard?.learnedFrom ?? null,
  effects: hazard === null ? [] : effectsOf(hazard),
  levels: hazard === null ? [] : levelsOf(hazard, rows),
  validation: dated(tried),
});

const dated = (tried: Validation | null) => (tried === null ? null : { ...tried, from: dateOf(tried.from) ?? "" });

/** By how much the odds of a loss change with ten points more of a dimension: below 1, the better the safer. */
function effectsOf({ scales, parameters, covariance }: Hazard) {
  return scales.map(({ key, sd }, i) => {
    const at = periodCount + i;
    const slope = (10 / sd) * (parameters[at] ?? 0);
    const half = (10 / sd) * z95 * Math.sqrt(covariance[at]?.[at] ?? 0);
    return { dimension: key, oddsPer10Points: Math.exp(slope), low: Math.exp(slope - half), high: Math.exp(slope + half) };
  });
}

function levelsOf({ scales, segments, parameters, covariance }: Hazard, rows: readonly SegmentRows[]) {
  return segments.map((segment, i) => {
    const own = rows.find((one) => one.segment === segment)?.rows ?? [];
    const learnedFrom = { rows: own.length, accounts: accountsIn(own), losses: lossesIn(own) };
    const at = periodCount + scales.length + i;
    const level = parameters[at] ?? 0;
    const half = z95 * Math.sqrt(covariance[at]?.[at] ?? 0);
    return { segment, odds: Math.exp(level), low: Math.exp(level - half), high: Math.exp(level + half), learnedFrom };
  });
}
