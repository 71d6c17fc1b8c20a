import { readFileSync } from "node:fs";
import type { Data } from "./tell.ts";

type Measure = {
  key: string;
  title: string;
  weight: number;
  anchors: { value: number; score: number }[];
  missing: string;
  settings: Record<string, unknown>;
} & Record<string, unknown>;
export type ScorecardDocument = {
  version?: string;
  calendar?: string;
  powerMeanExponent?: number;
  dimensions: { key: string; weight: number; measures: Measure[] }[];
  flags: { key: string; settings: Record<string, unknown> }[];
} & Record<string, unknown>;

const shippedKeys = ["standard", "self_serve", "strategic", "usage_support"] as const;
const shipped = (key: string): ScorecardDocument =>
  JSON.parse(
    readFileSync(new URL(`../../../config/scorecards/${key.replaceAll("_", "-")}.json`, import.meta.url), "utf8"),
  ) as ScorecardDocument;

/** A scorecard made of the standard one: its measures changed one by one. */
function madeOf(change: (measure: Measure) => void, more: Partial<ScorecardDocument> = {}): ScorecardDocument {
  const { version: _, ...document } = shipped("standard");
  for (const measure of document.dimensions.flatMap(({ measures }) => measures)) change(measure);
  return { ...document, ...more };
}

/** A measure of attributes and events. */
const surveysPerSeat: Data = {
  title: "Answers per seat",
  unit: "ratio",
  source: "success",
  expression: 'account.count("events.survey.answered", 90) / account.number("seats")',
};

/** One of each figure that a measure can take of a field of events; by key, with what the SQL of the oracle computes again. */
const ofFields: Readonly<Record<string, string>> = {
  own_sum: `account.sum("export.finished", "rows", "28d")`,
  own_sliding: `account.sum("export.finished", "rows", "36h")`,
  own_count: `account.count("export.finished", "rows", 90)`,
  own_mean: `account.mean("export.finished", "rows", "60d")`,
  own_min: `account.min("export.finished", "rows", "60d")`,
  own_max: `account.max("export.finished", "rows", duration("1440h"))`,
  own_last: `account.last("export.finished", "rows", "14d")`,
  own_rate: `account.rate("export.finished", "rows", "14d")`,
  own_ratio: `account.ratio("export.finished", "rows", "api.called", "ms", "30d")`,
  own_kinds: `account.distinct("export.finished", "kind", "30d")`,
  own_quantile: `account.quantile("export.finished", "rows", 0.9, "30d")`,
  own_traces: `account.distinct("api.called", "trace", "366d")`,
  own_traces_cut: `account.distinct("api.called", "trace", "145h")`,
  own_files: `account.sum("export.finished", "job.files", "30d")`,
  own_done: `account.count_true("export.finished", "job.done", "36h")`,
  own_done_share: `account.share_true("export.finished", "job.done", "60d")`,
  own_slow: `account.quantile("api.called", "ms", 0.95, "366d")`,
};
/** What is estimated is not to move scores that are compared to the last digit: whatever it is, it scores 100. */
const estimated: ReadonlySet<string> = new Set(["own_traces", "own_traces_cut", "own_slow"]);

/** Measures of one's own, which the thorough scorecard uses. */
export const measuresMade: Readonly<Record<string, Data>> = {
  surveys_per_seat: surveysPerSeat,
  ...Object.fromEntries(Object.entries(ofFields).map(([key, expression]) => [key, { title: key, unit: "n", source: "usage", expression }])),
};

/**
 * Everything that the shipped ones leave out: anchors by segment and tenure (blended and not), what is missing as neutral and as worst, a
 * calendar, other windows, knots, optional measures and one of one's own.
 */
function thorough(): ScorecardDocument {
  const document = madeOf(
    (measure) => {
      if (measure.key === "seat_use") {
        const group = (accounts: number, low: number, high: number): Data => ({ accounts, anchors: [{ value: low, score: 0 }, { value: high, score: 100 }] }); // prettier-ignore
        Object.assign(measure, {
          groups: [
            { segment: "smb", tenureDaysFrom: 0, tenureDaysTo: 200, ...group(12, 0.1, 0.5) },
            { segment: "enterprise", ...group(40, 0.3, 0.95) },
            { tenureDaysFrom: 250, ...group(3, 0.35, 0.9) },
          ],
        });
        measure.settings["windowDays"] = 14;
      }
      if (measure.key === "depth") measure.missing = "neutral";
      if (measure.key === "nps") measure.missing = "worst";
      if (measure.key === "csat") measure.settings["windowDays"] = 30;
      if (measure.key === "arr_movement") measure.settings["windowDays"] = 180;
      if (measure.key === "recency")
        measure.anchors = [{ value: 1, score: 100 }, { value: 4, score: 70 }, { value: 20, score: 10 }, { value: 30, score: 0 }]; // prettier-ignore
    },
    { calendar: "desk" },
  );
  const optional = (key: string, settings: Data): Measure => ({
    key,
    title: key,
    weight: 10,
    anchors: [{ value: 0, score: 100 }, { value: 0.5, score: 0 }], // prettier-ignore
    freshForMs: 3_600_000,
    halfLifeMs: 86_400_000,
    missing: "skip",
    settings,
  });
  for (const { key, measures } of document.dimensions) {
    if (key === "support")
      measures.push(optional("ticket_severity", { windowDays: 60 }), optional("ticket_escalations", { windowDays: 60 }));
    if (key === "outcomes") measures.push(optional("surveys_per_seat", {}));
  }
  const ofField = (key: string): Measure => ({
    ...optional(key, {}),
    anchors: estimated.has(key) ? [{ value: -1e9, score: 0 }, { value: -1e8, score: 100 }] : [{ value: -100, score: 0 }, { value: 2_000, score: 100 }], // prettier-ignore
  });
  document.dimensions.push({
    key: "own",
    title: "Own",
    weight: 5,
    measures: Object.keys(ofFields).map(ofField),
  } as (typeof document.dimensions)[number]);
  for (const flag of document.flags) if (flag.key === "payment_failed") flag.settings["days"] = 10;
  return document;
}

/** Little compensation between dimensions, and no score without a satisfied customer. */
const strict = (): ScorecardDocument =>
  madeOf((measure) => void (measure.key === "csat" && (measure.missing = "required")), { powerMeanExponent: 0.5 });

export const scorecardsMade: Readonly<Record<string, ScorecardDocument>> = { thorough: thorough(), strict: strict() };

/** The documents that both sides go by: as shipped, and as published by the test. */
export const scorecards: Readonly<Record<string, ScorecardDocument>> = {
  ...Object.fromEntries(shippedKeys.map((key) => [key, shipped(key)])),
  ...scorecardsMade,
};
