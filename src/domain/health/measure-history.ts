import type { MeasureHistory, MeasurePoint } from "../account/messages.ts";
import type { HealthDocument, MeasureResult } from "./document.ts";

/**
 * One measure in the documents of many instants, a point for each, in their order, named by the document's instant. Where the scorecard of an instant does not have the
 * measure its point is `missing` and says so.
 */
export function measureHistory(key: string, documents: readonly HealthDocument[]): MeasureHistory {
  const found = documents.map((document) => ({ document, result: resultOf(document, key) }));
  const newest = found.findLast(({ result }) => result !== undefined)?.result;
  return {
    measure: newest === undefined ? null : { key, title: newest.title, unit: newest.unit },
    points: found.map(({ document, result }) => toPoint(document, result ?? notInScorecard)),
  };
}

const resultOf = ({ dimensions }: HealthDocument, key: string): MeasureResult | undefined =>
  dimensions.flatMap(({ measures }) => measures).find((measure) => measure.key === key);

type Point = Omit<MeasurePoint, "at" | "configVersion">;
const notInScorecard: Point = {
  value: null,
  score: null,
  effectiveWeight: 0,
  contribution: 0,
  freshness: 0,
  asOf: null,
  window: null,
  status: "missing",
  note: "The scorecard of this time does not have it.",
};

const toPoint = (
  { asOf: at, configVersion }: HealthDocument,
  { value, score, effectiveWeight, contribution, freshness, asOf, window, status, note }: Point,
): MeasurePoint => ({
  at,
  configVersion,
  value,
  score,
  effectiveWeight,
  contribution,
  freshness,
  asOf,
  window,
  status,
  ...(note === undefined ? {} : { note }),
});
