import type { AccountState } from "../account/state.ts";
import type { ActiveConfig } from "../config/active.ts";
import { standardScorecard } from "../config/standard.ts";
import { invariant } from "../result.ts";
import { DAY_MS } from "../time.ts";
import { customMeasures, type MeasureDocuments } from "./custom-measures.ts";
import type { MeasureResult } from "./document.ts";
import { healthEvaluator } from "./evaluate.ts";

/** What a measure of one's own says of an account; the fields are those of the health document. */
export type MeasureTrial = Pick<MeasureResult, "value" | "unit" | "asOf" | "window" | "status" | "note">;

const anySpec = {
  title: "",
  weight: 1,
  anchors: [
    { value: 0, score: 0 },
    { value: 1, score: 100 },
  ],
  freshForMs: DAY_MS,
  halfLifeMs: 30 * DAY_MS,
  missing: "skip",
  settings: {},
} as const;

/** The value of a measure at an instant, as any scorecard would read it. */
export function tryMeasure(
  state: AccountState,
  { key, documents, calendars, money }: { key: string; documents: MeasureDocuments } & Pick<ActiveConfig, "calendars" | "money">,
  at: number,
): MeasureTrial {
  const scorecard = {
    ...standardScorecard,
    dimensions: [{ key: "trial", title: "", weight: 1, measures: [{ ...anySpec, anchors: [...anySpec.anchors], key }] }],
    flags: [],
    caps: [],
  };
  const [dimension] = healthEvaluator(state, scorecard, calendars, customMeasures(documents), money)(at).dimensions;
  const [result] = dimension?.measures ?? [];
  invariant(result !== undefined, "a scorecard of one measure gives one result");
  const { value, unit, asOf, window, status, note } = result;
  return { value, unit, asOf, window, status, ...(note === undefined ? {} : { note }) };
}
