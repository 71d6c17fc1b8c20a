import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changeRatio, convert, convertExactly, type Money } from "../../../src/domain/money/convert.ts";
import { minorDigits } from "../../../src/domain/money/currency.ts";
import { fxRateAgeDaysMax } from "../../../src/domain/limits.ts";
import type { RatesTable } from "../../../src/domain/money/rates.ts";

const day = 20_000;
const table: RatesTable = {
  version: 1,
  days: [day - 60, day - 2, day],
  rates: { USD: [1.1, 1.2, 1.25], JPY: [null, 160, null], KWD: [0.33, 0.32, 0.32], GBP: [0.8, null, null] },
};
const into = (currency: string): Money => ({ currency, rates: table });

describe("converting", () => {
  test("knows how many minor units a unit of the currency has", () => {
    expect(convert([{ currency: "EUR", amount: 10_000 }], into("JPY"), day)).toEqual({ ok: true, value: 16_000 });
    expect(convert([{ currency: "JPY", amount: 16_000 }], into("EUR"), day)).toEqual({ ok: true, value: 10_000 });
    expect(convert([{ currency: "EUR", amount: 100 }], into("KWD"), day)).toEqual({ ok: true, value: 320 });
    expect(["EUR", "JPY", "KWD", "CLF", "XYZ"].map(minorDigits)).toEqual([2, 0, 3, 4, 2]);
  });

  test("goes over the euro between two other currencies, and rounds once, half a unit away from zero", () => {
    // 1.00 USD = 0.80 EUR = 0.256 KWD
    expect(convert([{ currency: "USD", amount: 100 }], into("KWD"), day)).toEqual({ ok: true, value: 256 });
    const halves = [1, 3, 5, -1, -3].map((amount) => convert([{ currency: "EUR", amount }], into("EUR"), day, 2));
    expect(halves).toEqual([1, 2, 3, -1, -2].map((value) => ({ ok: true, value })));
    // Each rounded alone would be 0.4 → 0, three times.
    const three = Array.from({ length: 3 }, () => ({ currency: "EUR", amount: 0.4 }));
    expect(convert(three, into("EUR"), day)).toEqual({ ok: true, value: 1 });
  });

  test("takes the last rate before the day, but none that is too old, and says which one it lacks", () => {
    expect(convert([{ currency: "JPY", amount: 160 }], into("EUR"), day)).toEqual({ ok: true, value: 100 });
    const last = day - 2 + fxRateAgeDaysMax;
    expect(convert([{ currency: "JPY", amount: 160 }], into("EUR"), last)).toMatchObject({ ok: true });
    expect(convert([{ currency: "JPY", amount: 160 }], into("EUR"), last + 1)).toEqual({
      ok: false,
      error: { currency: "JPY", day: last + 1 },
    });
    expect(convert([{ currency: "GBP", amount: 1 }], into("EUR"), day)).toEqual({ ok: false, error: { currency: "GBP", day } });
    expect(convert([{ currency: "__proto__", amount: 1 }], into("EUR"), day)).toEqual({ ok: false, error: { currency: "__proto__", day } });
    expect(convert([{ currency: "EUR", amount: 1 }], into("CHF"), day)).toEqual({ ok: false, error: { currency: "CHF", day } });
    expect(convert([{ currency: "USD", amount: 1 }], into("EUR"), day - 61)).toMatchObject({ ok: false });
  });

  test("needs no rate for what is of the reporting currency, or of none that was told, or nothing", () => {
    const amounts = [
      { currency: "CHF", amount: 5 },
      { currency: null, amount: 6 },
      { currency: "XYZ", amount: 0 },
    ];
    expect(convert(amounts, into("CHF"), day)).toEqual({ ok: true, value: 11 });
  });

  test("is exact in whole numbers: the nearest to the product of decimals, whatever their size", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }),
        fc.integer({ min: 1_000, max: 9_999_999 }),
        fc.integer({ min: 1_000, max: 9_999_999 }),
        (amount, usd, sek) => {
          const rates = { version: 1, days: [day], rates: { USD: [usd / 1e4], SEK: [sek / 1e4] } };
          const converted = convert([{ currency: "USD", amount }], { currency: "SEK", rates }, day);
          const [n, d] = [BigInt(amount) * BigInt(sek), BigInt(usd)];
          const value = BigInt(converted.ok ? converted.value : Number.NaN);
          const off = 2n * (value * d - n);
          expect(off <= d && off >= -d).toBe(true);
          // There and back is what it was, to the part of a unit that was rounded away.
          const exactly = convertExactly([{ currency: "USD", amount }], { currency: "SEK", rates }, day);
          expect(exactly.ok && Math.abs(exactly.value - Number(value)) <= 0.5 + 1e-3).toBe(true);
        },
      ),
    );
  });
});

test("refuses an amount that is no finite number, which would be halved for ever, and takes the least there is", () => {
  for (const amount of [Number.POSITIVE_INFINITY, Number.NaN])
    expect(() => convert([{ currency: "USD", amount }], into("EUR"), day)).toThrow("an amount is a finite number");
  expect(convert([{ currency: "USD", amount: 5e-324 }], into("EUR"), day)).toEqual({ ok: true, value: 0 });
});

describe("a change of sums", () => {
  test("is none by a rate that moved, and weighs currencies by the rates of one day", () => {
    const one = [{ currency: "USD", amount: 1_250 }];
    expect(changeRatio(one, one, into("EUR"), day)).toEqual({ ok: true, value: 0 });
    const other = [{ currency: "EUR", amount: 1_500 }];
    expect(changeRatio(one, other, into("EUR"), day)).toEqual({ ok: true, value: 0.5 });
    expect(changeRatio(one, other, into("GBP"), day)).toEqual({ ok: true, value: 0.5 });
    expect(changeRatio([{ currency: null, amount: 1_250 }], other, into("USD"), day)).toEqual({ ok: true, value: 0.5 });
  });

  test("needs no rates where nothing changed or nothing is left", () => {
    const mixed = [
      { currency: "XXA", amount: 5 },
      { currency: "XXB", amount: 7 },
    ];
    expect(changeRatio(mixed, mixed.toReversed(), into("EUR"), day)).toEqual({ ok: true, value: 0 });
    expect(changeRatio(mixed, [], into("EUR"), day)).toEqual({ ok: true, value: -1 });
    expect(changeRatio(mixed, mixed.slice(1), into("EUR"), day)).toMatchObject({ ok: false });
  });
});
