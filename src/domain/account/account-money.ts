import type { AccountArr } from "../change.ts";
import type { ActiveConfig } from "../config/active.ts";
import { comparesAmounts } from "../config/segments.ts";
import { type Amount, convert, type Money } from "../money/convert.ts";
import { toCurrency } from "../money/currency.ts";
import { dayOf } from "../time.ts";
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
  const told = state.attributes.get("arr")?.value;
  if (typeof told !== "number" || !Number.isSafeInteger(told)) return recurringAt(state, now);
  return [{ amount: told, currency: toCurrency(state.attributes.get("currency")?.value) }];
}

/** What of a configuration says whether rates move scores. */
export type LineRules = Pick<ActiveConfig, "money" | "ownMeasures" | "segments">;

const withAmounts = ["subscription", "invoice", "payment"] as const;

/**
 * Names the rates and the currency that scores of this account depend on; undefined where they depend on none: its amounts are all of one
 * currency, and neither a measure of one's own nor a segment may ask for them in another.
 */
export function lineMoney(state: Pick<AccountState, "records" | "attributes">, rules: LineRules): string | undefined {
  const { money, ownMeasures, segments } = rules;
  const own = toCurrency(state.attributes.get("currency")?.value);
  const hasAmountSegments = segments !== null && comparesAmounts(segments);
  const currencies = new Set<string>(ownMeasures.size > 0 || hasAmountSegments ? [money.currency] : []);
  if (hasAmountSegments) currencies.add(own ?? money.currency);
  for (const kind of withAmounts)
    for (const { observations } of state.records.get(kind)?.values() ?? []) {
      const told = observations.flatMap(({ fields }) => toCurrency(fields["currency"]) ?? []);
      for (const currency of told.length === 0 ? [own ?? money.currency] : told) currencies.add(currency);
    }
  return currencies.size > 1 ? `${money.currency}@${money.rates.version}` : undefined;
}
