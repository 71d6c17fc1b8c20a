import { z } from "zod";
import { disagreementKinds } from "../domain/health/agreement.ts";
import { bands, shareShifts } from "../domain/health/document.ts";
import { confidenceCauses } from "../domain/health/next-band.ts";

/** Pieces of answers that several resources share; for the OpenAPI document and the tests that hold answers against it. */
export const time = z.string().meta({ format: "date-time" });
export const money = z.object({ amount: z.number(), currency: z.string() });
export const band = z.enum(bands);
export const move = z.object({
  measure: z.string(),
  title: z.string(),
  delta: z.number(),
  from: z.number().nullable(),
  to: z.number().nullable(),
  cause: z.enum(["data", "missing", "staleness", "configuration", "override"]),
  aspect: z.enum(["weight", "anchors", "definition", "statistics", "mean", "added", "removed", "caps"]).optional(),
  shift: z.enum(shareShifts).optional(),
});
/** The probability of a loss within 90 days, its interval of 95 %, and what it was learned from. */
export const risk90 = z.object({
  probability: z.number(),
  low: z.number(),
  high: z.number(),
  model: z.string(),
  learnedFrom: z.object({
    scope: z.enum(["all", "pool", "segment"]),
    segment: z.string().nullable(),
    rows: z.number(),
    accounts: z.number(),
    losses: z.number(),
  }),
});
export const externalIds = z.record(z.string(), z.array(z.string()));

/** By the account's own scorecard first, then by those beside it. */
const accountScore = z.object({
  scorecard: z.string(),
  score: z.number().nullable(),
  band,
  confidence: z.number(),
  configVersion: z.string(),
});

export const accountRow = z.object({
  id: z.string(),
  name: z.string().nullable(),
  owner: z.string().nullable(),
  segment: z.string().nullable(),
  lifecycleStage: z.string().nullable(),
  plan: z.string().nullable(),
  parentId: z.string().nullable(),
  domains: z.array(z.string()),
  externalIds,
  score: z.number().nullable(),
  band,
  confidence: z.number(),
  risk90: risk90.nullable(),
  disagreements: z.array(z.enum(disagreementKinds)),
  scoreDayAgo: z.number().nullable(),
  change: z.number().nullable(),
  changeByConfiguration: z.number().nullable(),
  waitingBand: z.object({ band, at: time }).nullable(),
  scoreWeekAgo: z.number().nullable(),
  changeWeek: z.number().nullable(),
  changeWeekByConfiguration: z.number().nullable(),
  moves: z.array(move),
  scoreDays: z.array(z.number().nullable()),
  scoreDaysEnd: z.string(),
  events: z.number(),
  openTickets: z.number(),
  activeUsers28d: z.number(),
  arr: money.nullable(),
  arrUnconverted: z.array(money),
  renewalDate: z.string().nullable(),
  lastEventAt: time.nullable(),
  setAside: z.boolean(),
  computedAt: time,
  configVersion: z.string(),
  scores: z.array(accountScore),
  epoch: z.number(),
  number: z.number(),
});

export const accountDocument = z.object({
  id: z.string(),
  name: z.string().nullable(),
  domains: z.array(z.string()),
  externalIds,
  attributes: z.record(
    z.string(),
    z.object({
      value: z.unknown(),
      source: z.string(),
      asOf: time,
      before: z.array(z.object({ since: time, value: z.unknown(), source: z.string().nullable() })).optional(),
      beforeCut: z.literal(true).optional(),
    }),
  ),
  parentId: z.string().nullable(),
  arr: money.nullable(),
  arrUnconverted: z.array(money),
  events: z.number(),
  firstEventAt: time.nullable(),
  lastEventAt: time.nullable(),
  lastReceivedAt: time.nullable(),
  score: z.number().nullable(),
  computedScore: z.number().nullable(),
  band,
  confidence: z.number(),
  scoreDayAgo: z.number().nullable(),
  change: z.number().nullable(),
  changeByConfiguration: z.number().nullable(),
  moves: z.array(move),
  scores: z.array(accountScore),
  setAside: z.object({ since: time, reason: z.string(), heldEvents: z.number() }).nullable(),
  asOf: time,
  configVersion: z.string(),
});

export const measureWindow = z.object({ from: time, to: time }).nullable();
export const measureStatus = z.enum(["ok", "stale", "missing"]);
const measure = z.object({
  key: z.string(),
  title: z.string(),
  value: z.number().nullable(),
  unit: z.string(),
  score: z.number().nullable(),
  weight: z.number(),
  effectiveWeight: z.number(),
  contribution: z.number(),
  possible: z.number(),
  asOf: time.nullable(),
  window: measureWindow,
  freshness: z.number(),
  completeness: z.number(),
  status: measureStatus,
  waitsFor: z.array(z.object({ connectionId: z.string(), knownTo: time })).optional(),
  sendersUpToDate: z.number().optional(),
  note: z.string().optional(),
  fromOthers: z
    .object({
      figure: z.object({ setting: z.string(), value: z.number(), segment: z.string().nullable(), accounts: z.number() }).optional(),
      anchors: z
        .object({
          segment: z.string().nullable(),
          accounts: z.number(),
          tenureDaysFrom: z.number().nullable(),
          tenureDaysTo: z.number().nullable(),
        })
        .optional(),
    })
    .optional(),
});

const verdict = z.object({ value: z.number(), reason: z.string().nullable(), author: z.string(), at: time, expiresAt: time });

export const healthDocument = z.object({
  score: z.number().nullable(),
  computedScore: z.number().nullable(),
  scoreBeforeCaps: z.number().nullable(),
  band,
  confidence: z.number(),
  dimensions: z.array(
    z.object({
      key: z.string(),
      title: z.string(),
      weight: z.number(),
      score: z.number().nullable(),
      gained: z.number(),
      couldHaveGained: z.number(),
      measures: z.array(measure),
    }),
  ),
  caps: z.array(z.object({ key: z.string(), title: z.string(), max: z.number() })),
  flags: z.array(z.object({ key: z.string(), title: z.string(), since: time.nullable() })),
  override: verdict.nullable(),
  opinion: verdict.nullable(),
  asOf: time,
  watermarks: z.record(z.string(), time),
  scorecard: z.string(),
  configVersion: z.string(),
  configPending: z.string().optional(),
});

const bandStep = z.object({
  measure: z.string(),
  title: z.string(),
  unit: z.string(),
  from: z.number(),
  to: z.number(),
  scoreFrom: z.number(),
  scoreTo: z.number(),
});

/** As it is read for itself, with the way to the next band. */
export const healthReading = healthDocument.extend({
  waitingBand: z.object({ band, at: time }).nullable(),
  risk90: risk90.nullable(),
  agreement: z.object({ forecastArrRatio: z.number().nullable(), disagreements: z.array(z.enum(disagreementKinds)) }).nullable(),
  nextBand: z
    .object({
      band,
      points: z.number(),
      step: bandStep.nullable(),
      together: z.array(bandStep.extend({ points: z.number() })),
      heldBy: z
        .union([
          z.object({ kind: z.enum(["override", "steadiness"]) }),
          z.object({ kind: z.literal("confidence"), cause: z.enum(confidenceCauses) }),
          z.object({ kind: z.literal("cap"), cap: z.string() }),
        ])
        .nullable(),
    })
    .nullable(),
});

export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  requestId: z.string(),
  pointer: z.string().optional(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
  reason: z.string().optional(),
});
