import { z } from "zod";
import { eventAgeMaxMs, fxBodyBytesMax, fxCurrenciesMax, fxRateAgeDaysMax } from "../../domain/limits.ts";
import { baseCurrency, noRates, type RatesTable, withRates } from "../../domain/money/rates.ts";
import { currencyCode } from "../../domain/money/currency.ts";
import { dayOf, isoTime, startOfDay } from "../../domain/time.ts";
import { endpoint, okJson, type Call, type Endpoint } from "../endpoint.ts";
import type { Failure } from "../failure.ts";
import { fxUpload, readRates } from "../fx-upload.ts";
import { fromCursor, pageAnswer, pageOf, pageQuery } from "../page.ts";
import { publishCompany } from "../publish-company.ts";
import { time } from "../schemas.ts";

/** Rates of exchange: uploaded, kept by day, and read. */

const dateOf = (day: number): string => isoTime(startOfDay(day)).slice(0, 10);
const rateOfDay = z.object({ date: z.iso.date(), rates: z.record(z.string(), z.number()) });
const summary = {
  base: z.string(),
  version: z.number(),
  currencies: z.array(z.string()),
  days: z.number(),
  from: z.iso.date().nullable(),
  to: z.iso.date().nullable(),
  /** How old the newest rates are. */
  ageDays: z.number().int().nullable(),
  reportingCurrency: z.string(),
  at: time.nullable(),
};
const storedSchema = z.object({ ...summary, stored: z.number(), tooOld: z.number(), configVersion: z.string() });

const toSummary = (table: RatesTable, reportingCurrency: string, { at, now }: { readonly at: number | null; readonly now: number }) => ({
  base: baseCurrency,
  version: table.version,
  currencies: Object.keys(table.rates),
  days: table.days.length,
  from: table.days.length === 0 ? null : dateOf(table.days[0] as number),
  to: table.days.length === 0 ? null : dateOf(table.days.at(-1) as number),
  ageDays: table.days.length === 0 ? null : dayOf(now) - (table.days.at(-1) as number),
  reportingCurrency,
  at: isoTime(at),
});

const currencyOf = async ({ ports }: Pick<Call, "ports">): Promise<string> =>
  (await ports.store.configuration())?.company.reportingCurrency ?? baseCurrency;

const listQuery = z.object({
  ...pageQuery,
  currency: z.array(z.string().regex(currencyCode, "must be a currency code like USD")).max(fxCurrenciesMax).default([]),
});
const cursorSchema = z.object({ day: z.number().int() });

/** The newest day first. */
async function list(call: Call<z.infer<typeof listQuery>>) {
  const { ports, query, url, now } = call;
  const cursor = fromCursor(query.cursor, cursorSchema);
  if (!cursor.ok) return cursor.error;
  const [stored, reporting] = await Promise.all([ports.store.rates(), currencyOf(call)]);
  const table = stored?.rates ?? noRates;
  const wanted = query.currency.length === 0 ? Object.keys(table.rates) : query.currency;
  const found = table.days
    .map((day, i) => ({ day, rates: ratesOf(table, wanted, i) }))
    .filter(({ day, rates }) => Object.keys(rates).length > 0 && (cursor.value === null || day < cursor.value.day))
    .reverse();
  const items = found.slice(0, query.limit);
  const last = items.at(-1);
  return pageAnswer(
    url,
    items.map(({ day, rates }) => ({ date: dateOf(day), rates })),
    last === undefined || found.length <= query.limit ? null : { day: last.day },
    toSummary(table, reporting, { at: stored?.at ?? null, now }),
  );
}

function ratesOf({ rates }: RatesTable, wanted: readonly string[], i: number): Record<string, number> {
  return Object.fromEntries(
    wanted.flatMap((currency) => {
      const rate = Object.hasOwn(rates, currency) ? rates[currency]?.[i] : null;
      return rate == null ? [] : [[currency, rate] as const];
    }),
  );
}

async function put(call: Call<unknown, z.infer<typeof fxUpload>>) {
  const { ports, body, identity, now } = call;
  const changes = readRates(body, dayOf(now));
  if (!changes.ok) return changes.error;
  // Metrics go back 800 days, and the first of them may be told by a rate that is some weeks older.
  const keptFrom = dayOf(now - eventAgeMaxMs) - fxRateAgeDaysMax;
  const kept = changes.value.filter(({ day }) => day >= keptFrom);
  let table: RatesTable = noRates;
  let refused: Failure | null = null;
  const published = await publishCompany({ ports, by: { author: identity.tokenId, at: now } }, async () => {
    const stored = await ports.store.rates();
    const known = stored?.rates ?? noRates;
    const next = withRates(known, kept, keptFrom, stored?.newest);
    refused = next.ok ? null : { failure: "invalid", pointer: "", detail: next.error };
    const changed = next.ok ? next.value : null;
    table = changed ?? known;
    return changed === null ? { company: {} } : { company: { rates: changed.version }, stored: { rates: changed } };
  });
  if (refused !== null) return refused;
  if (published === null) return { failure: "conflict", detail: "somebody else publishes at the same time; send it again" } as const;
  if (published.fault !== null) return { failure: "invalid", ...published.fault } as const;
  return okJson({
    ...toSummary(table, await currencyOf(call), { at: now, now }),
    stored: kept.length,
    tooOld: changes.value.length - kept.length,
    configVersion: String(published.version),
  });
}

export const fxRateEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "get",
    path: "/fx-rates",
    tag: "settings",
    summary: "Rates of exchange by day, units for one euro",
    scope: "read",
    query: listQuery,
    manyOf: ["currency"],
    answers: { 200: { description: "A page of days", schema: pageOf(rateOfDay).extend(summary) } },
    handle: list,
  }),
  endpoint({
    method: "put",
    path: "/fx-rates",
    tag: "settings",
    summary: "Set the rates that are named; null takes one away",
    scope: "admin",
    spansAccounts: true,
    body: { type: "json or csv", schema: fxUpload, bytesMax: fxBodyBytesMax, isReadByHandler: true },
    answers: { 200: { description: "The table as it is now", schema: storedSchema } },
    handle: put,
  }),
];
