import { readdirSync, readFileSync } from "node:fs";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import type { ArchivedDelivery } from "./archive.ts";
import type { RateTold } from "./company/rates.ts";
import type { Link } from "./play.ts";
import type { Question, Readings } from "./product.ts";

/** All that the computation knows: the raw archive, what never was a delivery, and documents that both sides go by. */
export type Inputs = {
  readonly archive: readonly ArchivedDelivery[];
  readonly links: readonly Link[];
  /** Accounts that a person said are another one. */
  readonly merges: readonly { readonly from: string; readonly into: string }[];
  readonly scorecards: Readonly<Record<string, unknown>>;
  readonly calendars: Readonly<Record<string, unknown>>;
  readonly rates: readonly RateTold[];
  readonly reportingCurrency: string;
  readonly companyZone: string;
  /** Where the product's clock stands, epoch ms. */
  readonly clockMs: number;
  readonly question: Question;
};

/** One line of the list: how many values of a figure were compared, how many say something, how many differ. */
export type Line = { readonly figure: string; readonly compared: number; readonly telling: number; readonly different: number };
export type Difference = {
  readonly figure: string;
  readonly account: string;
  readonly scorecard: string | null;
  readonly instant: string;
  readonly product: string | null;
  readonly computed: string | null;
};
export type Comparison = { readonly lines: readonly Line[]; readonly differences: readonly Difference[] };

const sqlFolder = new URL("./sql/", import.meta.url);

/**
 * Everything the product tells, computed anew by DuckDB: one SQL file after the other, from raw bodies to scores. Nothing of the product is
 * called; the files say which page of the docs they follow.
 */
export class Computation {
  private readonly connection: DuckDBConnection;

  private constructor(connection: DuckDBConnection) {
    this.connection = connection;
  }

  static async of({
    archive,
    links,
    merges,
    scorecards,
    calendars,
    rates,
    reportingCurrency,
    companyZone,
    clockMs,
    question,
  }: Inputs): Promise<Computation> {
    const computation = new Computation(await (await DuckDBInstance.create(":memory:")).connect());
    await computation.load("given_archive", archive);
    await computation.load("given_link", links);
    await computation.load("given_merge", merges);
    await computation.load("given_scorecard", named(scorecards));
    await computation.load("given_calendar", named(calendars));
    await computation.load("given_rate", rates);
    await computation.load("given_question", [{ clockMs, reportingCurrency, companyZone, ...question }]);
    for (const file of readdirSync(sqlFolder).sort()) if (!file.startsWith("compare")) await computation.run(file);
    return computation;
  }

  /** Holds what the product says against what was computed, for the accounts that were read. */
  async compare({ metrics, health }: Readings): Promise<Comparison> {
    await this.load("told_metric", metrics);
    await this.load("told_health", health);
    await this.run("compare.sql");
    const lines = await this.connection.runAndReadAll("select * from line order by figure");
    const differences = await this.connection.runAndReadAll("select * from difference order by figure, account, instant");
    return {
      lines: lines.getRowObjects().map(({ figure, compared, telling, different }) => ({
        figure: String(figure),
        compared: Number(compared),
        telling: Number(telling),
        different: Number(different),
      })),
      differences: differences.getRowObjectsJson() as unknown as Difference[],
    };
  }

  close(): void {
    this.connection.closeSync();
  }

  /** A table of one column, `given`: each row as JSON. */
  private async load(table: string, rows: readonly unknown[]): Promise<void> {
    await this.connection.run(`create or replace table ${table} (given json)`);
    const appender = await this.connection.createAppender(table);
    for (const row of rows) {
      appender.appendVarchar(JSON.stringify(row));
      appender.endRow();
    }
    appender.closeSync();
  }

  private async run(file: string): Promise<void> {
    try {
      await this.connection.run(readFileSync(new URL(file, sqlFolder), "utf8"));
    } catch (error) {
      throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }
}

const named = (documents: Readonly<Record<string, unknown>>): readonly unknown[] =>
  Object.entries(documents).map(([name, document]) => ({ name, document }));

/** The list as a person reads it. */
export function toTable({ lines }: Comparison): string {
  const width = Math.max(...lines.map(({ figure }) => figure.length));
  const row = (cells: readonly string[]): string => cells.map((cell, i) => (i === 0 ? cell.padEnd(width) : cell.padStart(12))).join("");
  const total = lines.reduce((sum, line) => ({
    figure: "all",
    compared: sum.compared + line.compared,
    telling: sum.telling + line.telling,
    different: sum.different + line.different,
  }));
  return [
    row(["figure", "compared", "not empty", "different"]),
    ...[...lines, { ...total, figure: "all" }].map(({ figure, compared, telling, different }) =>
      row([figure, ...[compared, telling, different].map((n) => n.toLocaleString("en"))]),
    ),
  ].join("\n");
}
