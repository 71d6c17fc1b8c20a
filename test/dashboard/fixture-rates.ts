import { readRates } from "../../src/api/fx-upload.ts";
import { noRates, type RatesTable, withRates } from "../../src/domain/money/rates.ts";
import { dayOf, isoTime, startOfDay } from "../../src/domain/time.ts";
import { Problem } from "./fixture-problem.ts";

const dateOf = (day: number): string => isoTime(startOfDay(day)).slice(0, 10);

/** Nobody has uploaded any for so long. */
const daysOld = 40;

/** A month of three currencies, without one of them at the end. */
function ratesUpTo(today: number): RatesTable {
  const changes = Array.from({ length: 30 }, (_, i) => [
    { day: today - i, currency: "USD", rate: 1.08 + i / 1_000 },
    { day: today - i, currency: "JPY", rate: 162.4 - i / 10 },
    { day: today - i - 3, currency: "GBP", rate: 0.8331 },
  ]).flat();
  const made = withRates(noRates, changes, 0);
  return made.ok && made.value !== null ? made.value : noRates;
}

/** A table of rates in memory, read and changed as the product does it. */
export class FixtureRates {
  private table: RatesTable = ratesUpTo(dayOf(Date.now()) - daysOld);

  /** @param csv what is uploaded; null: it is only looked at */
  answer(csv: string | null, reportingCurrency: string): unknown {
    const stored = csv === null ? 0 : this.store(csv);
    const { days, rates } = this.table;
    const summary = { base: "EUR", version: this.table.version, currencies: Object.keys(rates), days: days.length, reportingCurrency };
    const items = days.map((day, i) => ({
      date: dateOf(day),
      rates: Object.fromEntries(Object.entries(rates).flatMap(([currency, column]) => (column[i] == null ? [] : [[currency, column[i]]]))),
    }));
    const [first, last] = [items[0]?.date ?? null, items.at(-1)?.date ?? null];
    const ageDays = days.length === 0 ? null : dayOf(Date.now()) - (days.at(-1) as number);
    return {
      ...summary,
      from: first,
      to: last,
      ageDays,
      at: null,
      items: items.reverse().slice(0, 14),
      nextCursor: null,
      stored,
      tooOld: 0,
    };
  }

  private store(csv: string): number {
    const read = readRates(csv, dayOf(Date.now()));
    if (!read.ok) {
      const faults = read.error.failure === "faults" ? read.error.faults : [];
      const problem = new Problem(422, "Invalid", faults[0]?.detail ?? "is no table of rates", faults[0]?.pointer ?? "");
      problem.errors = faults;
      throw problem;
    }
    const next = withRates(this.table, read.value, 0);
    if (next.ok && next.value !== null) this.table = next.value;
    return read.value.length;
  }
}
