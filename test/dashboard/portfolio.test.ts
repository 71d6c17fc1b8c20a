import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withQuery } from "../../src/dashboard/api.ts";
import { csvCell } from "../../src/dashboard/pages/portfolio/export-csv.ts";
import { changedColumns, movesInOrder } from "../../src/dashboard/pages/portfolio/columns.tsx";
import { isNewer, mayBelong, portfolioQuery } from "../../src/dashboard/pages/portfolio/portfolio-query.ts";
import { makeAccounts } from "./fixture-data.ts";

const [{ row }] = makeAccounts(1, 1_795_000_000_000) as [ReturnType<typeof makeAccounts>[number]];
const query = (text: string) => portfolioQuery(new URLSearchParams(text));

/** RFC 4180, one line. */
function parseCell(cell: string): string {
  return cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
}

describe("the list's rules", () => {
  it("asks for accounts without an owner by an empty value, and leaves an empty text out", () => {
    expect(withQuery("/a", { owner: ["", "ann@x.example"], q: "", limit: 5, cursor: null })).toBe(
      "/a?owner=&owner=ann%40x.example&limit=5",
    );
  });

  it("takes the greater epoch, then the greater number, as the newer row", () => {
    expect([
      isNewer({ ...row, epoch: 2, number: 1 }, row),
      isNewer({ ...row, number: 41 }, row),
      isNewer(row, row),
      isNewer({ ...row, epoch: 0, number: 99 }, row),
    ]).toEqual([true, true, false, false]);
  });

  it("counts a change for the re-sort button only when the sorted figure changed", () => {
    const after = { ...row, score: 1, openTickets: row.openTickets };
    expect([movesInOrder("-score", row, after), movesInOrder("openTickets", row, after)]).toEqual([true, false]);
    const forecast = { probability: 0.42, low: 0.3, high: 0.5, period: "2026-10", rows: 200, losses: 9 } as unknown as NonNullable<
      typeof row.risk90
    >;
    expect(movesInOrder("-risk90", { ...row, risk90: null }, { ...row, risk90: forecast })).toBe(true);
  });

  it("marks the columns that say something else, and none for the same told anew", () => {
    expect([...changedColumns(row, structuredClone(row))]).toEqual([]);
    const after = { ...row, moves: [], arr: { amount: 1, currency: "EUR" }, plan: "another" };
    expect([...changedColumns(row, after)]).toEqual(["why", "plan", "arr"]);
  });

  it("takes a new account for one of this list by band, segment and owner, and leaves text to the server", () => {
    expect([
      mayBelong(query(`band=${row.band}`), row),
      mayBelong(query("band=nothing"), row),
      mayBelong(query("owner="), { ...row, owner: null }),
      mayBelong(query("q=x"), row),
    ]).toEqual([true, false, true, false]);
  });

  it("writes every text so that it reads back, and so that no spreadsheet runs it", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const read = parseCell(csvCell(text));
        expect(read.replace(/^'/, "")).toBe(text.replace(/^'/, ""));
        expect(read).not.toMatch(/^[=+\-@\t\r]/);
      }),
    );
  });
});
