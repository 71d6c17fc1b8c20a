import { z } from "zod";
import { statisticsGroupsMax, statisticsSegmentCharsMax, statisticsSegmentsMax } from "../limits.ts";

/**
 * What accounts take from each other: published daily as a part of the configuration, so that a number of it names the statistics too.
 * Segment names are the accounts' own words, hence records.
 */
const Figure = z.strictObject({ value: z.number(), accounts: z.number().int().positive() });
const segmentName = z.string().max(statisticsSegmentCharsMax);

const DrawnGroup = z.strictObject({
  /** null: all accounts of the scorecard. */
  segment: segmentName.nullable(),
  /** Days since `contractStart`, half-open; null: whatever the tenure. */
  tenureDaysFrom: z.number().int().nonnegative().nullable(),
  tenureDaysTo: z.number().int().positive().nullable(),
  accounts: z.number().int().positive(),
  /** Raw values at the shares that the scorecard names, rising. */
  values: z.array(z.number()).min(2).max(16),
});
export type DrawnGroup = z.infer<typeof DrawnGroup>;

export const StatisticsSchema = z.strictObject({
  /** Configuration with which they were published. */
  version: z.number().int().positive(),
  /** UTC day after whose end they were taken, and when, epoch ms. */
  period: z.string(),
  at: z.number(),
  accounts: z.number().int().positive(),
  /** By measure: a rate or a median, of all accounts and of each segment. */
  figures: z.record(
    z.string(),
    z.strictObject({
      all: Figure,
      segments: z
        .record(segmentName, Figure)
        .refine((segments) => Object.keys(segments).length <= statisticsSegmentsMax, "too many segments"),
    }),
  ),
  /** By `{scorecard}/{measure}`. */
  anchors: z.record(z.string(), z.array(DrawnGroup).max(statisticsGroupsMax)),
});
export type Statistics = z.infer<typeof StatisticsSchema>;
export type StatisticsFigure = z.infer<typeof Figure>;

export const anchorsKey = (scorecard: string, measure: string): string => `${scorecard}/${measure}`;
