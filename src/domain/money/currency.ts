/** Codes as ISO 4217 writes them, in upper case. What is told as a currency is any text: one that is no code has no rate. */

/** Currencies whose minor unit is not the hundredth: digits behind the point (ISO 4217, list one of 2026-01-01). */
const digitsOf: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"].map((code) => [
      code,
      0,
    ]),
  ),
  ...Object.fromEntries(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"].map((code) => [code, 3])),
  ...Object.fromEntries(["CLF", "UYW"].map((code) => [code, 4])),
};

export const currencyCode = /^[A-Z]{3}$/;

/** 10 to this power of minor units are one unit of the currency. */
export const minorDigits = (currency: string): number => (Object.hasOwn(digitsOf, currency) ? (digitsOf[currency] ?? 2) : 2);

/** What was told as a currency; null where nothing was. */
export function toCurrency(told: unknown): string | null {
  const text = typeof told === "string" ? told.trim().toUpperCase() : "";
  return text === "" ? null : text;
}
