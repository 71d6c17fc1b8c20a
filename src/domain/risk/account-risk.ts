import { isEarning, recurringAt } from "../account/revenue.ts";
import type { AccountState } from "../account/state.ts";
import type { Assigned } from "../config/active.ts";
import type { HealthDocument } from "../health/document.ts";
import { dimensionScores, featuresOf } from "./history.ts";
import { type Risk90, risk90 } from "./model.ts";

/**
 * The forecast for an account by the model in force; null where there is none, where it says nothing about this account, and where the account
 * pays nothing, so that there is nothing to lose. The model was learned from whole months up to its own; this asks it about `document.asOf`.
 *
 * @param document by the account's own scorecard
 */
export function accountRisk(
  state: Pick<AccountState, "records" | "attributes">,
  { risk, written, segment }: Pick<Assigned, "risk" | "written" | "segment">,
  document: Pick<HealthDocument, "dimensions" | "asOf">,
): Risk90 | null {
  if (risk === null || !isEarning(recurringAt(state, document.asOf))) return null;
  return risk90(risk, { segment, features: featuresOf(written), dimensions: dimensionScores(document) });
}
