import { z } from "zod";
import { type Fault, faultsOf } from "../domain/config/fault.ts";
import { faultsShownMax, fxColumnsMax, fxRate, fxRatesPerUploadMax, fxRowsMax } from "../domain/limits.ts";
import { currencyCode, toCurrency } from "../domain/money/currency.ts";
import { baseCurrency, type RateChange } from "../domain/money/rates.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { dayOf } from "../domain/time.ts";
import { fromCsv } from "./csv.ts";
import type { Failure } from "./failure.ts";

/**
 * Rates as people upload them: JSON by day (`{date, rates: {USD: 1.08}}`), of several days (`{rates: {"2026-11-27": {…}}}`), or row by row
 * (`{rates: [{date, currency, rate}]}`, or the rows alone); CSV with a column for each currency, as the European Central Bank publishes it,
 * or with the columns date, currency and rate. `base` is the currency of which one buys so many of another; EUR unless told.
 */
const isoDate = z.iso.date("must be a date like 2026-11-27");
const codeWanted = "must be a currency code like USD";
const code = z.string().regex(currencyCode, codeWanted);
const rate = z
  .number("must be a number")
  .min(fxRate.min, `must be ${fxRate.min} to ${fxRate.max}`)
  .max(fxRate.max, `must be ${fxRate.min} to ${fxRate.max}`)
  .nullable();
const base = code.default(baseCurrency);
const ofDay = z.record(code, rate);
const row = z.strictObject({ date: isoDate, currency: code, rate, base: code.optional() });

const dayForm = z.strictObject({ base, date: isoDate, rates: ofDay });
const daysForm = z.strictObject({ base, rates: z.record(isoDate, ofDay) });
const rowsForm = z.strictObject({ base, rates: z.array(row) });
const headForm = z.strictObject({ base, date: z.unknown().optional(), rates: z.unknown().optional() });
/** What comes is read by the form that it has, so that each fault names its own field. */
export const fxUpload = z.union([z.string(), dayForm, daysForm, rowsForm, z.array(row)]);

/** A rate as it was told, and where. */
type Told = {
  readonly day: number;
  readonly currency: string;
  readonly rate: number | null;
  readonly base: string;
  readonly pointer: string;
};

const tooManyRates = fail<Failure>({ failure: "too_large", detail: `may have ${fxRatesPerUploadMax} rates` });

/** Rates per euro, or every fault with its place (`/rates/3/rate`, in CSV `/line/4/USD`); too many of them, or no table, is another failure. */
export function readRates(body: unknown, today: number): Result<readonly RateChange[], Failure> {
  const told = typeof body === "string" ? fromTable(body) : fromJson(body);
  if (!told.ok) return told;
  if (told.value.length > fxRatesPerUploadMax) return tooManyRates;
  const faults: Fault[] = told.value
    .filter(({ day }) => day > today + 1)
    .slice(0, faultsShownMax)
    .map(({ pointer }) => ({ pointer, detail: "lies in the future: a rate is known from its day on" }));
  const changes = perEuro(told.value);
  faults.push(...changes.faults);
  return faults.length === 0 ? ok(changes.rates) : fail({ failure: "faults", faults });
}

function fromJson(body: unknown): Result<readonly Told[], Failure> {
  if (Array.isArray(body)) return fromRows(body, baseCurrency, "");
  const head = parse(headForm, body, "");
  if (!head.ok) return fail({ failure: "faults", faults: head.error });
  const { base: of, date, rates } = head.value;
  if (Array.isArray(rates)) return fromRows(rates, of, "/rates");
  if (date !== undefined) return readEach([rates], (told) => fromDay({ date, pointer: "/date" }, told, of, "/rates"));
  if (!isMap(rates)) return fail({ failure: "faults", faults: [{ pointer: "/rates", detail: "must be rates by day, or rows" }] });
  return readEach(Object.entries(rates), ([day, told]) => {
    const pointer = `/rates/${day}`;
    return fromDay({ date: day, pointer }, told, of, pointer);
  });
}

/** No further than it is told of: a schema complains of everything that it sees. */
function readEach<Part>(
  parts: Iterable<Part>,
  read: (part: Part, index: number) => Result<readonly Told[], readonly Fault[]>,
): Result<readonly Told[], Failure> {
  const faults: Fault[] = [];
  const found: Told[] = [];
  let index = 0;
  for (const part of parts) {
    const told = read(part, index++);
    if (told.ok) for (const one of told.value) found.push(one);
    else faults.push(...told.error);
    if (found.length > fxRatesPerUploadMax) return tooManyRates;
    if (faults.length >= faultsShownMax) break;
  }
  return faults.length === 0 ? ok(found) : fail({ failure: "faults", faults });
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function parse<Form extends z.ZodType>(form: Form, value: unknown, pointer: string): Result<z.infer<Form>, readonly Fault[]> {
  const parsed = form.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  return fail(faultsOf(parsed.error).map((fault) => ({ ...fault, pointer: pointer + fault.pointer })));
}

const dayNumber = (date: string): number => dayOf(Date.parse(date));

function fromDay(
  on: { readonly date: unknown; readonly pointer: string },
  rates: unknown,
  of: string,
  pointer: string,
): Result<readonly Told[], readonly Fault[]> {
  if (isMap(rates) && Object.keys(rates).length > fxColumnsMax)
    return fail([{ pointer, detail: `has more than ${fxColumnsMax} currencies` }]);
  const day = parse(isoDate, on.date, on.pointer);
  const told = parse(ofDay, rates, pointer);
  if (!day.ok || !told.ok) return fail([...(day.ok ? [] : day.error), ...(told.ok ? [] : told.error)]);
  return ok(
    Object.entries(told.value).map(([currency, value]) => ({
      day: dayNumber(day.value),
      currency,
      rate: value,
      base: of,
      pointer: `${pointer}/${currency}`,
    })),
  );
}

function fromRows(rows: readonly unknown[], of: string, pointer: string): Result<readonly Told[], Failure> {
  return readEach(rows, (one, i) => {
    const read = parse(row, one, `${pointer}/${i}`);
    if (!read.ok) return read;
    const { date, currency, rate: value, base: own = of } = read.value;
    return ok([{ day: dayNumber(date), currency, rate: value, base: own, pointer: `${pointer}/${i}/rate` }]);
  });
}

/** What a bank writes where it has no rate. */
const noRateWords: ReadonlySet<string> = new Set(["", "n/a", "-"]);

/** Read only as far as it is told of: up to the bound of rates, and of faults as many as are shown. */
function fromTable(text: string): Result<readonly Told[], Failure> {
  const table = fromCsv(text, { rows: fxRowsMax, columns: fxColumnsMax }, ["date", "Date", "DATE"]);
  if (!table.ok) return table;
  const faults: Fault[] = [];
  const found: Told[] = [];
  for (const { line, fields } of table.value) {
    for (const told of fromLine(line, fields)) {
      if (told.ok) found.push(told.value);
      else faults.push(told.error);
    }
    if (found.length > fxRatesPerUploadMax) return tooManyRates;
    if (faults.length >= faultsShownMax) break;
  }
  return faults.length === 0 ? ok(found) : fail({ failure: "faults", faults });
}

/** At most one for each column, each a rate or what is wrong with it; of a row without a day or a base only that. */
function fromLine(line: number, fields: ReadonlyMap<string, string>): readonly Result<Told, Fault>[] {
  const wrong = (column: string, detail: string): Result<Told, Fault> => fail({ pointer: `/line/${line}/${column}`, detail });
  const own = new Map([...fields].map(([name, value]) => [name.toLowerCase(), value.trim()]));
  const date = isoDate.safeParse(own.get("date"));
  if (!date.success) return [wrong("date", "must be a date like 2026-11-27")];
  const of = toCurrency(own.get("base")) ?? baseCurrency;
  if (!currencyCode.test(of)) return [wrong("base", codeWanted)];
  return [...(own.has("currency") ? [["rate", own.get("rate") ?? ""] as const] : own)].flatMap(([name, value]) => {
    if (name === "date" || name === "base" || name === "" || noRateWords.has(value.toLowerCase())) return [];
    const currency = (name === "rate" ? (own.get("currency") ?? "") : name).toUpperCase();
    if (!currencyCode.test(currency)) return [wrong("currency", codeWanted)];
    const column = name === "rate" ? name : currency;
    const parsed = rate.safeParse(/^\d+(?:\.\d+)?(?:e-?\d+)?$/i.test(value) ? Number(value) : value);
    if (!parsed.success) return [wrong(column, parsed.error.issues[0]?.message ?? "is no rate")];
    return [ok({ day: dayNumber(date.data), currency, rate: parsed.data, base: of, pointer: `/line/${line}/${column}` })];
  });
}

/** A table of another base holds the euro too, by which all of it is divided. */
function perEuro(all: readonly Told[]): { readonly rates: readonly RateChange[]; readonly faults: readonly Fault[] } {
  const euros = new Map(
    all
      .filter(({ currency, rate: of }) => currency === baseCurrency && of !== null)
      .map((one) => [`${one.day} ${one.base}`, one.rate as number]),
  );
  const rates: RateChange[] = [];
  const faults: Fault[] = [];
  for (const { day, currency, rate: value, base: of, pointer } of all) {
    if (faults.length >= faultsShownMax) break;
    const euro = of === baseCurrency ? 1 : euros.get(`${day} ${of}`);
    if (of === baseCurrency && currency === baseCurrency) {
      if (value !== 1) faults.push({ pointer, detail: "one EUR is one EUR" });
    } else if (euro === undefined) faults.push({ pointer, detail: `a table of the base ${of} needs the rate of EUR on the same day` });
    else if (currency === baseCurrency) rates.push({ day, currency: of, rate: significant(1 / euro) });
    else if (currency !== of) rates.push({ day, currency, rate: value === null ? null : significant(value / euro) });
  }
  return { rates, faults };
}

/** 15 digits are what a decimal keeps in a double. */
const significant = (value: number): number => Number(value.toPrecision(15));
