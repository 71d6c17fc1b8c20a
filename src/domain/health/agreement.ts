import { isEarning, recurringAt } from "../account/revenue.ts";
import type { AccountState } from "../account/state.ts";
import { disagreement, forecastAheadMs } from "../limits.ts";
import { changeRatio, convertExactly, type Money } from "../money/convert.ts";
import { toCurrency } from "../money/currency.ts";
import { dayOf } from "../time.ts";
import { countAttribute } from "./attributes.ts";
import type { HealthDocument } from "./document.ts";

/**
 * Whether what is known of an account points the same way as its health. `forecast`: it looks well and its revenue is about to fall;
 * `opinion`: it looks ill and whoever knows it is content. (That health and risk rank it far apart is a matter of the whole book; lists
 * find it.)
 */
export const disagreementKinds = ["forecast", "opinion"] as const;
export type Disagreement = (typeof disagreementKinds)[number];

export type Agreement = {
  /** ARR in 90 days, as far as is told today, against ARR now: −0.2 is a fifth less. Null where there is none now. */
  readonly forecastArrRatio: number | null;
  readonly disagreements: readonly Disagreement[];
};

/** Of the computed score: an override is an opinion already. An account with too little data agrees with everybody. */
export function agreementOf(state: AccountState, health: HealthDocument, at: number, money: Money): Agreement {
  const { computedScore, band, opinion, override } = health;
  const forecastArrRatio = forecastOf(state, at, money);
  const isKnown = computedScore !== null && (band !== "not_enough_data" || override !== null);
  if (!isKnown) return { forecastArrRatio, disagreements: [] };
  const isFalling = forecastArrRatio !== null && forecastArrRatio <= disagreement.forecastArrRatioMax;
  const isContent = opinion !== null && opinion.value >= disagreement.opinionMin;
  return {
    forecastArrRatio,
    disagreements: [
      ...(computedScore >= disagreement.healthyFrom && isFalling ? (["forecast"] as const) : []),
      ...(computedScore < disagreement.illBelow && isContent ? (["opinion"] as const) : []),
    ],
  };
}

/**
 * A forecast that a person or the CRM wrote (attribute `forecastArr`, in the account's currency) wins over what the subscriptions' ends say.
 * All at the rates of today: a rate that will move is no forecast.
 */
function forecastOf(state: AccountState, at: number, money: Money): number | null {
  const own = { ...money, currency: toCurrency(state.attributes.get("currency")?.value) ?? money.currency };
  const recurring = recurringAt(state, at);
  const earned = recurring === null ? null : convertExactly(recurring, own, dayOf(at));
  const now = countAttribute(state, "arr") ?? (earned?.ok === true ? earned.value : null);
  if (now === null || now <= 0) return null;
  const told = countAttribute(state, "forecastArr");
  if (told !== null) return (told - now) / now;
  const ahead = recurringAt(state, at + forecastAheadMs);
  if (recurring === null || ahead === null || !isEarning(recurring)) return null;
  const change = changeRatio(recurring, ahead, money, dayOf(at));
  return change.ok ? change.value : null;
}
