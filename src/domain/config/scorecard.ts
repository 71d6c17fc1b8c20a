import { z } from "zod";
import { anchorGroupsPerMeasureMax, tenuresPerMeasureMax } from "../limits.ts";

/**
 * A scorecard: how facts become a score. It is data and travels as a versioned JSON document (config/scorecards/*.json);
 * no weight, anchor, band or half-life is in code.
 */

/** Names a document, a dimension, a measure, a flag. */
export const Key = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/);
export const Title = z.string().min(1).max(120);
const Ratio = z.number().min(0).max(1);
const Points = z.number().min(0).max(100);

/** A point of the line from raw value to 0..100; linear between two of them, flat outside. Two are a floor and a target. */
const AnchorSchema = z.strictObject({ value: z.number(), score: Points });

/** What a measure without a value does: share its weight, count as 50, count as 0, or leave the account without a score. */
export const missingPolicies = ["skip", "neutral", "worst", "required"] as const;

/** Published documents are kept as they were: a field that is added to any of these later needs a default. */
const AnchorsSchema = z
  .array(AnchorSchema)
  .min(2)
  .max(16)
  .refine(
    (anchors) => anchors.every((anchor, i) => i === 0 || anchor.value > (anchors[i - 1] as { value: number }).value),
    "anchors must rise by value: no two of them, floor and target included, may be equal",
  );

/** Anchors for the accounts of a segment, or of a tenure, or both (group-anchors.ts); `accounts` is how many they were drawn from. */
const AnchorGroupSchema = z.strictObject({
  segment: z.string().min(1).max(120).optional(),
  /** Days since `contractStart`, half-open. */
  tenureDaysFrom: z.number().int().nonnegative().optional(),
  tenureDaysTo: z.number().int().positive().optional(),
  accounts: z.number().int().nonnegative(),
  anchors: AnchorsSchema,
});

const rises = (numbers: readonly number[]): boolean => numbers.every((number, i) => i === 0 || number > (numbers[i - 1] as number));

/** What a measure takes from the other accounts of its segment, where statistics are published (src/domain/statistics). */
const FromOthersSchema = z.strictObject({
  /** The setting that stands for how others do (`priorRate`, `usualDays`); taken unless this says false. */
  figure: z.boolean().optional(),
  /** Anchors at which these shares of the accounts lie below, one for each anchor; for each tenure between these days, if they are told. */
  anchors: z
    .strictObject({
      shares: z.array(Ratio).min(2).max(16).refine(rises, "shares must rise"),
      tenureDays: z.array(z.number().int().positive().max(36_500)).max(tenuresPerMeasureMax).refine(rises, "days must rise").optional(),
    })
    .optional(),
});

const MeasureShapeSchema = z.strictObject({
  key: Key,
  title: Title,
  /** Any scale: weights are relative inside their dimension. 0: shown, moves nothing. */
  weight: z.number().nonnegative(),
  anchors: AnchorsSchema,
  /** The first that fits an account takes the place of `anchors`. */
  groups: z.array(AnchorGroupSchema).max(anchorGroupsPerMeasureMax).optional(),
  fromOthers: FromOthersSchema.optional(),
  /** Age of the source up to which the measure has its full weight; from there it halves each `halfLifeMs`. */
  freshForMs: z.number().nonnegative(),
  halfLifeMs: z.number().positive(),
  missing: z.enum(missingPolicies),
  /** The measure's own numbers; checked by the measure (src/domain/health/measures). */
  settings: z.record(z.string(), z.unknown()),
});
export const MeasureSpecSchema = MeasureShapeSchema.refine(
  ({ anchors, groups }) =>
    (groups ?? []).every(
      (group) => group.anchors.length === anchors.length && group.anchors.every(({ score }, i) => score === anchors[i]?.score),
    ),
  { path: ["groups"], message: "anchors of a group must have the scores of the measure's own, one for one, to be blended with them" },
).refine(({ anchors, fromOthers }) => (fromOthers?.anchors?.shares.length ?? anchors.length) === anchors.length, {
  path: ["fromOthers", "anchors", "shares"],
  message: "there must be a share for each of the measure's own anchors",
});

const hasWeight = (items: readonly { weight: number }[]): boolean => items.some(({ weight }) => weight > 0);

const DimensionSpecSchema = z.strictObject({
  key: Key,
  title: Title,
  /** Any scale: weights are relative among the dimensions. 0: shown, moves nothing. */
  weight: z.number().nonnegative(),
  measures: z.array(MeasureSpecSchema).min(1).max(50).refine(hasWeight, "the weights sum to zero"),
});

const unique = (items: readonly { key: string }[]): boolean => new Set(items.map(({ key }) => key)).size === items.length;

export const ScorecardSchema = z.strictObject({
  /** Names this very content: a changed document has another version. A published one is `{key}@{version}`. */
  version: z.string().regex(/^[a-z0-9][a-z0-9._@+-]{0,199}$/),
  /** Number of the active configuration that it is part of; 0: as shipped. */
  configVersion: z.string().default("0"),
  title: Title,
  /** Key of the calendar in which support times run, where the account's attribute `calendar` names no other; without one the wall clock's. */
  calendar: Key.optional(),
  /** A freshness below this counts as nothing. */
  dropBelowFreshness: Ratio,
  /** A published score is computed again when time alone has moved it by this much. */
  recomputeAfterPoints: z.number().min(0.1).max(100),
  bands: z
    .strictObject({
      healthyFrom: Points,
      watchFrom: Points,
      atRiskFrom: Points,
      confidenceMin: Ratio,
      /** How far an edge must be crossed, or how long, before the band that is shown changes (held-band.ts). */
      steadiness: z.strictObject({ points: Points, holdMs: z.number().nonnegative() }),
    })
    .refine(
      ({ healthyFrom, watchFrom, atRiskFrom }) => healthyFrom > watchFrom && watchFrom > atRiskFrom,
      "bands must fall from healthy to at risk",
    ),
  /**
   * Exponent of the power mean over the dimensions. Not told: the weighted mean, in which a good dimension makes up for a bad one in full; the lower
   * the exponent, the less it does.
   */
  powerMeanExponent: z.number().min(0.25).max(1).optional(),
  dimensions: z
    .array(DimensionSpecSchema)
    .min(1)
    .max(20)
    .refine(hasWeight, "the weights sum to zero")
    .refine(unique, "dimension keys must differ")
    .refine((dimensions) => unique(dimensions.flatMap(({ measures }) => measures)), "measure keys must differ"),
  /** Point facts that are shown beside the score; by themselves they move nothing. */
  flags: z
    .array(z.strictObject({ key: Key, title: Title, settings: z.record(z.string(), z.unknown()) }))
    .max(20)
    .refine(unique, "flag keys must differ"),
  /** After the mean: while the flag stands, the score is at most `max`. */
  caps: z.array(z.strictObject({ key: Key, title: Title, flag: Key, max: Points })).max(20),
});

/** A scorecard as a person writes it: its version is given when it is published. */
export const ScorecardDocumentSchema = ScorecardSchema.omit({ version: true, configVersion: true });

/** `lent`: what other accounts have put in the place of its own figures and anchors, by measure; a stored document has none. */
export type Scorecard = z.infer<typeof ScorecardSchema> & {
  readonly lent?: Readonly<Record<string, Lent>>;
  /** Whose groups it is to take: the segment that the account was assigned to; absent: the one of its attribute. */
  readonly segment?: string | null;
};

/** A figure or anchors from other accounts. `segment` null: from all of them; `accounts`: how many had something to say. */
type Lender = { readonly segment: string | null; readonly accounts: number };
export type Lent = {
  /** In the place of a setting. Of fewer than 30 accounts it is drawn towards that of all, and that towards the scorecard's own. */
  readonly figure?: (Lender & { readonly setting: string; readonly value: number }) | undefined;
  readonly anchors?: (Lender & { readonly tenureDaysFrom: number | null; readonly tenureDaysTo: number | null }) | undefined;
};
export type MeasureSpec = z.infer<typeof MeasureSpecSchema>;
