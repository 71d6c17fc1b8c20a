import type { ConfigContent, RiskReport, ScorecardDocument } from "../../api-types.ts";
import { withValue } from "../scoring/document-value.ts";

type Weights = NonNullable<RiskReport["weights"][number]["weights"]>;
type Weight = { readonly key: string; readonly weight: number | null };

/** Whether a proposal says what to write: those of before weights were learned by measure do not. */
export const isWritable = (weights: Weights): boolean => weights.some(({ weight }) => weight !== null);

/** The scorecard with the proposed weights; what the proposal does not name, or leaves, stays as it is written. */
export function proposedDocument(published: ConfigContent, weights: Weights): ConfigContent {
  const { dimensions } = published as unknown as ScorecardDocument;
  const weightOf = (key: string, among: readonly Weight[]) => among.find((one) => one.key === key)?.weight ?? null;
  const changes = dimensions.flatMap(({ key, measures }, d) => [
    { pointer: `/dimensions/${d}/weight`, weight: weightOf(key, weights) },
    ...measures.map((measure, m) => ({
      pointer: `/dimensions/${d}/measures/${m}/weight`,
      weight: weightOf(measure.key, weights.find((one) => one.key === key)?.measures ?? []),
    })),
  ]);
  return changes.reduce((document, { pointer, weight }) => (weight === null ? document : withValue(document, pointer, weight)), published);
}
