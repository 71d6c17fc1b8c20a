import type { AccountArr } from "../change.ts";
import type { ActiveConfig } from "../config/active.ts";
import { comparesAmounts } from "../config/segments.ts";
import { type Amount, convert, type Money } from "../money/convert.ts";
import { toCurrency } from "../money/currency.ts";
import { dayOf } from "../time.ts";
import { amountIn } from "./attribute-value.ts";
import { recurringAt } from "./revenue.ts";
import type { AccountState } from "./state.ts";

/**
 * Annual recurring revenue in the reporting currency, by the rates of now: what the attribute `arr` says, else what the subscriptions earn.
 * What has no rate is told as it came, and the account has no ARR then: a part of it would be taken for the whole.
 */
export function accountArr(state: AccountState, money: Money, now: number): AccountArr {
  const amounts = arrAmounts(state, now);
  if (amounts === null) return { arrMinor: null, currency: null };
  const converted = convert(amounts, money, dayOf(now));
  if (converted.ok) return { arrMinor: converted.value, currency: money.currency };
  return {
    arrMinor: null,
    currency: null,
    arrUnconverted: amounts.map(({ amount, currency }) => ({ amount: Math.round(amount), currency: currency ?? money.currency })),
  };
}

function arrAmounts(state: AccountState, now: number): readonly Amount[] | null {
  const told = amountIn(state.attributes.get("arr")?.value);
  if (told === null) return recurringAt(state, now);
  return [{ amount: told, currency: toCurrency(state.attributes.get("currency")?.value) }];
}

/** What of a configuration says whether rates move scores, now and in what was in force before. */
export type LineRules = Pick<ActiveConfig, "money" | "ownMeasures" | "segments" | "since" | "before">;

const withAmounts = ["subscription", "invoice", "payment"] as const;

/**
 * Names the rates and the currency that scores of this account from an instant on depend on; undefined where they depend on none: its amounts
 * are all of one currency, and neither a measure of one's own nor a segment may ask for them in another. Past days are judged by the segments
 * and measures of their time, so those count as well.
 *
 * @param from epoch ms
 */
export function lineMoney(state: Pick<AccountState, "records" | "attributes">, rules: LineRules, from: number): string | undefined {
  const { money, ownMeasures, segments } = rules;
  const own = toCurrency(state.attributes.get("currency")?.value);
  const hadAmounts = hadRatesSince(rules, from);
  const hasAmountSegments = hadAmounts || (segments !== null && comparesAmounts(segments));
  const currencies = new Set<string>(ownMeasures.size > 0 || hasAmountSegments ? [money.currency] : []);
  if (hasAmountSegments) currencies.add(own ?? money.currency);
  for (const kind of withAmounts)
    for (const { observations } of state.records.get(kind)?.values() ?? []) {
      const told = observations.flatMap(({ fields }) => toCurrency(fields["currency"]) ?? []);
      for (const currency of told.length === 0 ? [own ?? money.currency] : told) currencies.add(currency);
    }
  return currencies.size > 1 ? `${money.currency}@${money.rates.version}` : undefined;
}

/** Whether rates may have moved scores by a configuration that was in force at or after an instant. What older code stored does not tell: it may. */
function hadRatesSince({ since, before }: LineRules, from: number): boolean {
  let until = since;
  for (const { at, byRates } of before) {
    if (until <= from) return false;
    if (byRates !== false) return true;
    until = at;
  }
  return false;
}
