import { fail, invariant, ok, type Result } from "../result.ts";
import { minorDigits } from "./currency.ts";
import { baseCurrency, noRates, rateOn, type RatesTable } from "./rates.ts";

/** In which currency figures are told (`settings.reportingCurrency`), and by which rates others are converted into it. */
export type Money = { readonly currency: string; readonly rates: RatesTable };
export const defaultCurrency = baseCurrency;
export const ownMoney: Money = { currency: defaultCurrency, rates: noRates };

/** Minor units of a currency, not necessarily whole; an amount of which nobody told the currency is taken to be in the reporting currency. */
export type Amount = { readonly currency: string | null; readonly amount: number };
/** There is no rate of this currency on that UTC day, nor one shortly before it. */
export type NoRate = { readonly currency: string; readonly day: number };

/**
 * The sum of amounts in the reporting currency, in whole minor units, by the rates of a UTC day. Over the euro where neither is one, in
 * exact arithmetic, and rounded once at the end to the nearest, half a unit away from zero (Council Regulation (EC) No 1103/97, articles
 * 4 and 5, where a rate of two other currencies is that of both to the euro).
 *
 * @param divisor divides the sum before it is rounded: 12 makes a month's part of a year's
 */
export function convert(amounts: readonly Amount[], money: Money, day: number, divisor = 1): Result<number, NoRate> {
  const sum = exactSum(amounts, money, day);
  return sum.ok ? ok(rounded(sum.value.n, sum.value.d * BigInt(divisor))) : sum;
}

/** The same, not rounded: for expressions. */
export function convertExactly(amounts: readonly Amount[], money: Money, day: number): Result<number, NoRate> {
  const only = onlyCurrency(amounts, money);
  if (only === money.currency) return ok(amounts.reduce((sum, { amount }) => sum + amount, 0));
  const sum = exactSum(amounts, money, day);
  return sum.ok ? ok(toNumber(sum.value)) : sum;
}

/** For ratios and weights, which are the same in every currency: in the euro they need no rate of the reporting currency. */
export function inEuro(amounts: readonly Amount[], money: Money, day: number): Result<number, NoRate> {
  const told = amounts.map(({ currency, amount }) => ({ currency: currency ?? money.currency, amount }));
  return convertExactly(told, { ...money, currency: baseCurrency }, day);
}

/**
 * (after − before) ÷ before of two sums, both at the rates of one day, so that a rate that moved is no growth. Nothing changed, nothing is left, and one
 * and the same currency need no rates. `before` must be positive, and each currency may be in a list once.
 */
export function changeRatio(before: readonly Amount[], after: readonly Amount[], money: Money, day: number): Result<number, NoRate> {
  const total = (amounts: readonly Amount[]): number => amounts.reduce((sum, { amount }) => sum + amount, 0);
  if (isSame(before, after)) return ok(0);
  const isOne = new Set([...before, ...after].filter(isSomething).map(({ currency }) => currency ?? money.currency)).size <= 1;
  if (isOne || !after.some(isSomething)) return ok(total(after) / total(before) - 1);
  const was = inEuro(before, money, day);
  if (!was.ok) return was;
  const is = inEuro(after, money, day);
  return is.ok ? ok(is.value / was.value - 1) : is;
}

const isSame = (one: readonly Amount[], other: readonly Amount[]): boolean =>
  one.length === other.length && one.every((a) => other.some((b) => a.currency === b.currency && a.amount === b.amount));

const isSomething = ({ amount }: Amount): boolean => amount !== 0;

function onlyCurrency(amounts: readonly Amount[], money: Money): string | null {
  const currencies = new Set(amounts.filter(isSomething).map(({ currency }) => currency ?? money.currency));
  return currencies.size === 0 ? money.currency : currencies.size === 1 ? ([...currencies][0] as string) : null;
}

/** A rational number, d > 0. */
type Fraction = { readonly n: bigint; readonly d: bigint };

function exactSum(amounts: readonly Amount[], { currency: into, rates }: Money, day: number): Result<Fraction, NoRate> {
  let sum: Fraction = { n: 0n, d: 1n };
  for (const { currency, amount } of amounts) {
    if (amount === 0) continue;
    const from = currency ?? into;
    const factor = from === into ? one : crossRate(from, into, rates, day);
    if ("currency" in factor) return fail(factor);
    sum = plus(sum, times(fractionOf(amount), factor));
  }
  return ok(sum);
}

const one: Fraction = { n: 1n, d: 1n };

/** Minor units of `into` for one of `from`. */
function crossRate(from: string, into: string, rates: RatesTable, day: number): Fraction | NoRate {
  const [old, now] = [rateOn(rates, from, day), rateOn(rates, into, day)];
  if (old === null) return { currency: from, day };
  if (now === null) return { currency: into, day };
  const units = times(decimal(now), inverse(decimal(old)));
  const digits = minorDigits(into) - minorDigits(from);
  return times(units, powerOfTen(digits));
}

/** A rate is what its shortest decimal says: `1.0842` is 10842/10000, not the binary number next to it. */
function decimal(rate: number): Fraction {
  const [mantissa = "0", exponent = "0"] = rate.toExponential().split("e");
  const [whole = "0", fraction = ""] = mantissa.split(".");
  return times({ n: BigInt(whole + fraction), d: 1n }, powerOfTen(Number(exponent) - fraction.length));
}

/** Every finite double is a whole number of some power of two, 2^-1074 at least: so many doublings at most. */
function fractionOf(amount: number): Fraction {
  invariant(Number.isFinite(amount), "an amount is a finite number");
  let [n, d] = [amount, 1n];
  while (!Number.isInteger(n)) [n, d] = [n * 2, d * 2n];
  return { n: BigInt(n), d };
}

const powerOfTen = (digits: number): Fraction => (digits >= 0 ? { n: 10n ** BigInt(digits), d: 1n } : { n: 1n, d: 10n ** BigInt(-digits) });
const times = (a: Fraction, b: Fraction): Fraction => ({ n: a.n * b.n, d: a.d * b.d });
const inverse = ({ n, d }: Fraction): Fraction => ({ n: d, d: n });
const plus = (a: Fraction, b: Fraction): Fraction => ({ n: a.n * b.d + b.n * a.d, d: a.d * b.d });

/** To the nearest whole number, half away from zero. */
function rounded(n: bigint, d: bigint): number {
  const size = n < 0n ? -n : n;
  const nearest = Number((2n * size + d) / (2n * d));
  return n < 0n ? -nearest : nearest;
}

/** To 18 decimals, which is more than a double holds of an amount. */
function toNumber({ n, d }: Fraction): number {
  const whole = n / d;
  return Number(whole) + Number(((n - whole * d) * 10n ** 18n) / d) / 1e18;
}
