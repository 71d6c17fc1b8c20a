import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fxCurrenciesMax, fxDaysMax, fxRateAgeDaysMax } from "../../../src/domain/limits.ts";
import {
  dayWithRates,
  noRates,
  parseRates,
  type RateChange,
  rateOn,
  type Rates,
  type RatesTable,
  withRates,
} from "../../../src/domain/money/rates.ts";

const changed = (known: RatesTable, changes: readonly RateChange[], keptFrom = 0): Rates | null => {
  const next = withRates(known, changes, keptFrom);
  if (!next.ok) throw new Error(next.error);
  return next.value;
};

const change = fc.record({
  day: fc.integer({ min: 0, max: 60 }),
  currency: fc.constantFrom("USD", "GBP", "JPY", "SEK"),
  rate: fc.option(fc.double({ min: 0.001, max: 1_000, noNaN: true })),
});

describe("the table of rates", () => {
  test("says of each day what was told of it last, else of the newest day before it", () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), fc.array(change, { maxLength: 40 }), (first, second) => {
        let table: RatesTable = noRates;
        for (const some of [first, second]) table = changed(table, some) ?? table;
        const last = new Map([...first, ...second].map(({ day, currency, rate }) => [`${currency} ${day}`, rate]));
        for (const currency of ["USD", "GBP", "JPY", "SEK"])
          for (let day = 0; day <= 100; day++) {
            let expected: number | null = null;
            for (let back = 0; back <= fxRateAgeDaysMax && expected === null; back++)
              expected = last.get(`${currency} ${day - back}`) ?? null;
            expect(rateOn(table, currency, day)).toBe(expected);
          }
        if (table.version > 0) expect(parseRates(JSON.stringify(table))).toEqual({ ok: true, value: table });
      }),
      { numRuns: 60 },
    );
  });

  test("knows the nearest day on which several currencies have a rate: before a day, else after it", () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 8 }), fc.integer({ min: -20, max: 200 }), (changes, day) => {
        const table = changed(noRates, changes) ?? noRates;
        const currencies = ["USD", "EUR", "GBP"];
        const has = (at: number): boolean => currencies.every((currency) => rateOn(table, currency, at) !== null);
        const days = Array.from({ length: 300 }, (_, i) => i - 40);
        const expected = days.findLast((at) => at <= day && has(at)) ?? days.find((at) => at > day && has(at)) ?? null;
        expect(dayWithRates(table, currencies, day)).toBe(expected);
      }),
      { numRuns: 200 },
    );
    expect(dayWithRates(noRates, ["EUR"], 5)).toBe(5);
    expect(dayWithRates(noRates, ["USD"], 5)).toBeNull();
  });

  test("takes a number only where something differs", () => {
    const table = changed(noRates, [{ day: 1, currency: "USD", rate: 1.1 }]) as Rates;
    expect(table.version).toBe(1);
    expect(changed(table, [{ day: 1, currency: "USD", rate: 1.1 }])).toBeNull();
    expect(changed(table, [{ day: 1, currency: "USD", rate: null }])).toEqual({ layout: 1, version: 2, days: [], rates: {} });
  });

  test("forgets what is older than it is kept, and refuses more days or currencies than it has room for", () => {
    const table = changed(
      noRates,
      [5, 6, 7].map((day) => ({ day, currency: "USD", rate: 1 })),
    ) as Rates;
    expect(changed(table, [{ day: 8, currency: "USD", rate: 2 }], 7)).toMatchObject({ days: [7, 8], rates: { USD: [1, 2] } });
    const days = Array.from({ length: fxDaysMax + 1 }, (_, day) => ({ day, currency: "USD", rate: 1 }));
    expect(withRates(noRates, days, 0)).toMatchObject({ ok: false });
    expect(withRates(noRates, days, 1)).toMatchObject({ ok: true });
    const letters = "ABCDEFGHIJ";
    const currencies = Array.from({ length: fxCurrenciesMax + 1 }, (_, i) => ({
      day: 1,
      currency: `X${letters[Math.floor(i / 10)]}${letters[i % 10]}`,
      rate: 1,
    }));
    expect(withRates(noRates, currencies, 0)).toMatchObject({ ok: false });
  });

  test("is not made of what could not be read again, and takes the number after the newest where that was not readable", () => {
    expect(withRates(noRates, [{ day: 1, currency: "US DOLLAR", rate: 1 }], 0)).toMatchObject({ ok: false });
    expect(withRates(noRates, [{ day: 1, currency: "USD", rate: Number.POSITIVE_INFINITY }], 0)).toMatchObject({ ok: false });
    const table = changed(noRates, [{ day: 1, currency: "USD", rate: 1 }]) as Rates;
    expect(withRates(table, [], 0, 4)).toEqual({ ok: true, value: { ...table, version: 5 } });
  });

  test("is not read where columns and days do not fit, or the layout is another", () => {
    const table = { layout: 1, version: 1, days: [1, 2], rates: { USD: [1, null] } };
    expect(parseRates(JSON.stringify(table))).toMatchObject({ ok: true });
    for (const wrong of [{ layout: 2 }, { days: [2, 1] }, { days: [1] }, { rates: { usd: [1, 2] } }, { rates: { USD: [0, 1] } }])
      expect(parseRates(JSON.stringify({ ...table, ...wrong }))).toMatchObject({ ok: false });
    expect(parseRates("{")).toMatchObject({ ok: false });
  });
});
