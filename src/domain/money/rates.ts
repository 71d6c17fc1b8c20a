import { z } from "zod";
import { fxCurrenciesMax, fxDaysMax, fxRateAgeDaysMax } from "../limits.ts";
import { fail, ok, type Result } from "../result.ts";
import { currencyCode } from "./currency.ts";

/** All rates are of this currency: so many units of another for one of it, as the European Central Bank tells them. */
export const baseCurrency = "EUR";

/**
 * Dated rates of exchange: one column for each currency, one place in it for each day of `days` (UTC day numbers, rising), null where the
 * table has none. It travels whole, under a number that rises with each change (docs/design/money.md).
 */
export const RatesSchema = z
  .strictObject({
    layout: z.literal(1),
    version: z.number().int().positive(),
    days: z.array(z.number().int()).max(fxDaysMax),
    rates: z.record(z.string().regex(currencyCode), z.array(z.number().positive().nullable())),
  })
  .refine(({ days }) => days.every((day, i) => i === 0 || day > (days[i - 1] as number)), "days must rise")
  .refine(({ rates }) => Object.keys(rates).length <= fxCurrenciesMax, "too many currencies")
  .refine(
    ({ days, rates }) => Object.values(rates).every((column) => column.length === days.length),
    "each currency has a place for each day",
  );
export type Rates = Readonly<z.infer<typeof RatesSchema>>;

export const noRates: Pick<Rates, "days" | "rates"> & { readonly version: number } = { version: 0, days: [], rates: {} };
/** As far as it is looked up in: what nobody has uploaded is version 0. */
export type RatesTable = typeof noRates;

/** Reads a stored table. One that newer code has written in another layout is refused: the old one stays in use. */
export function parseRates(text: string): Result<Rates, string> {
  try {
    const parsed = RatesSchema.safeParse(JSON.parse(text));
    return parsed.success ? ok(parsed.data) : fail(z.prettifyError(parsed.error));
  } catch {
    return fail("is not JSON");
  }
}

/**
 * Units of a currency for one euro on a UTC day: the rate of that day, else the last one before it that is at most `fxRateAgeDaysMax` days
 * old (banks tell none on holidays, people keep tables by month). Null: there is none.
 */
export function rateOn({ days, rates }: RatesTable, currency: string, day: number): number | null {
  if (currency === baseCurrency) return 1;
  const column = Object.hasOwn(rates, currency) ? rates[currency] : undefined;
  if (column === undefined) return null;
  for (let i = lastUpTo(days, day); i >= 0 && (days[i] as number) >= day - fxRateAgeDaysMax; i--) {
    const rate = column[i] ?? null;
    if (rate !== null) return rate;
  }
  return null;
}

/**
 * The UTC day nearest to this one on which all of these currencies have a rate (`rateOn`): itself, else one before it, however long ago, else the
 * first one after it. Null: there is none.
 */
export function dayWithRates(table: RatesTable, currencies: readonly string[], day: number): number | null {
  return lastDayWithRates(table, currencies, day) ?? firstDayWithRates(table, currencies, day);
}

function lastDayWithRates(table: RatesTable, currencies: readonly string[], day: number): number | null {
  let at = day;
  for (;;) {
    const oldest = Math.min(at, ...currencies.map((currency) => toldUpTo(table, currency, at)));
    if (oldest >= at - fxRateAgeDaysMax) return at;
    if (oldest === -Infinity) return null;
    at = oldest + fxRateAgeDaysMax;
  }
}

function firstDayWithRates(table: RatesTable, currencies: readonly string[], day: number): number | null {
  let at = day;
  while (at < Infinity) {
    const lacking = currencies.filter((currency) => rateOn(table, currency, at) === null);
    if (lacking.length === 0) return at;
    at = Math.max(...lacking.map((currency) => toldAfter(table, currency, at)));
  }
  return null;
}

/** The last day up to this one of which a currency has a rate of its own; −Infinity: there is none. */
function toldUpTo({ days, rates }: RatesTable, currency: string, day: number): number {
  if (currency === baseCurrency) return day;
  const column = Object.hasOwn(rates, currency) ? (rates[currency] ?? []) : [];
  for (let i = lastUpTo(days, day); i >= 0; i--) if (column[i] != null) return days[i] as number;
  return -Infinity;
}

/** The first day after this one; Infinity: there is none. */
function toldAfter({ days, rates }: RatesTable, currency: string, day: number): number {
  const column = Object.hasOwn(rates, currency) ? (rates[currency] ?? []) : [];
  for (let i = lastUpTo(days, day) + 1; i < days.length; i++) if (column[i] != null) return days[i] as number;
  return Infinity;
}

/** Place of the last day that is not after this one; −1: there is none. By halving. */
function lastUpTo(days: readonly number[], day: number): number {
  let [low, high] = [0, days.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((days[middle] as number) <= day) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** `rate` null takes the rate away. */
export type RateChange = { readonly day: number; readonly currency: string; readonly rate: number | null };

/**
 * The table with these changes under the next number, the later of two for one place winning; null where nothing would differ. Days before
 * `keptFrom`, and days and currencies without any rate, are left out. What it answers is read again by `parseRates`: fails with what of it
 * there is too much, or with what is none of a table.
 *
 * @param newest the greatest number that a table has; beyond that of `known` where the one in force could not be read, and is replaced
 */
export function withRates(
  known: RatesTable,
  changes: readonly RateChange[],
  keptFrom: number,
  newest = known.version,
): Result<Rates | null, string> {
  const cells = new Map(Object.entries(known.rates).map(([currency, column]) => [currency, columnOf(known.days, column)]));
  for (const { day, currency, rate } of changes) {
    let column = cells.get(currency);
    if (column === undefined) cells.set(currency, (column = new Map()));
    if (rate === null) column.delete(day);
    else column.set(day, rate);
  }
  const days = [...new Set([...cells.values()].flatMap((column) => [...column.keys()]))]
    .filter((day) => day >= keptFrom)
    .sort((a, b) => a - b);
  const columns = [...cells]
    .map(([currency, column]): [string, (number | null)[]] => [currency, days.map((day) => column.get(day) ?? null)])
    .filter(([, column]) => column.some((rate) => rate !== null))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  if (columns.length > fxCurrenciesMax) return fail(`rates of at most ${fxCurrenciesMax} currencies are kept`);
  if (days.length > fxDaysMax) return fail(`rates of at most ${fxDaysMax} days are kept`);
  const next = { days, rates: Object.fromEntries(columns) };
  const isSame = JSON.stringify(next) === JSON.stringify({ days: known.days, rates: known.rates });
  if (isSame && newest === known.version) return ok(null);
  const table = RatesSchema.safeParse({ layout: 1, version: newest + 1, ...next });
  return table.success ? ok(table.data) : fail(z.prettifyError(table.error));
}

const columnOf = (days: readonly number[], column: readonly (number | null)[]): Map<number, number> =>
  new Map(column.flatMap((rate, i) => (rate === null ? [] : [[days[i] as number, rate] as const])));
