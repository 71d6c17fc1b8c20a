import { api, readAll } from "../../api.ts";
import type { AccountRow } from "../../api-types.ts";
import { columns } from "./columns.tsx";
import { type PortfolioQuery, toAccountsQuery } from "./portfolio-query.ts";

const accountsMax = 100_000;
const pageRows = 500;

/** A spreadsheet runs what begins with these; a name from a vendor must stay a text (OWASP, CSV injection). */
const formulaStart = /^[=+\-@\t\r]/;

export function csvCell(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const safe = formulaStart.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function toCsv(rows: readonly AccountRow[], keys: readonly string[]): string {
  const shown = columns.filter((column) => keys.includes(column.key));
  const lines = rows.map((row) => [csvCell(row.id), ...shown.map((column) => csvCell(column.csv(row)))].join(","));
  return `${[["id", ...shown.map((column) => csvCell(column.title))].join(","), ...lines].join("\r\n")}\r\n`;
}

/** Every account that the filters name, in the order shown, with the columns shown. */
export async function downloadCsv(query: PortfolioQuery, keys: readonly string[]): Promise<void> {
  const rows = await readAll((cursor) => api.accounts({ ...toAccountsQuery(query), limit: pageRows, cursor }), accountsMax);
  const url = URL.createObjectURL(new Blob(["\uFEFF", toCsv(rows, keys)], { type: "text/csv;charset=utf-8" }));
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = `accounts-${new Date().toISOString().slice(0, 10)}.csv`;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
