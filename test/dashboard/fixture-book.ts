import type { AccountRow } from "../../src/domain/account-row.ts";
import { bandOf } from "./fixture-data.ts";
import { pageOf } from "./fixture-page.ts";
import { Problem } from "./fixture-problem.ts";

const dayMs = 86_400_000;
const bands = ["healthy", "watch", "at_risk", "critical", "not_enough_data"] as const;
const movedBy = ({ change, changeByConfiguration }: Pick<AccountRow, "change" | "changeByConfiguration">): number | null =>
  change === null ? null : change - (changeByConfiguration ?? 0);

const sortKeys: Readonly<Record<string, (row: AccountRow) => string | number | null>> = {
  moved: movedBy,
  movedWeek: ({ changeWeek, changeWeekByConfiguration }) =>
    movedBy({ change: changeWeek, changeByConfiguration: changeWeekByConfiguration }),
  change: (row) => row.change,
  changeWeek: (row) => row.changeWeek,
  score: (row) => row.score,
  name: (row) => row.name,
  events: (row) => row.events,
  lastEventAt: (row) => row.lastEventAt,
  openTickets: (row) => row.openTickets,
  activeUsers28d: (row) => row.activeUsers28d,
  arr: (row) => row.arr?.amount ?? null,
  renewalDate: (row) => row.renewalDate,
  confidence: (row) => row.confidence,
  risk90: (row) => row.risk90?.probability ?? null,
};

function compare(a: string | number | null, b: string | number | null): number {
  if (a === b) return 0;
  if (a === null) return Infinity;
  if (b === null) return -Infinity;
  return a < b ? -1 : 1;
}

export const countBy = (values: readonly (string | null)[]): Map<string | null, number> => {
  const counts = new Map<string | null, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
};

/** A week of it was not recorded: those days are missing. */
export function portfolioHistoryOf(rows: readonly AccountRow[], now: number): unknown {
  const days = Array.from({ length: 90 }, (_, i) => i)
    .filter((i) => rows.length > 0 && (i < 40 || i > 46))
    .map((i) => {
      const scores = rows.map((row) => ({ row, score: row.scoreDays[i] ?? null }));
      const scored = scores.flatMap(({ score }) => score ?? []);
      return {
        day: new Date(now - (89 - i) * dayMs).toISOString().slice(0, 10),
        accounts: rows.length,
        scored: scored.length,
        averageScore: scored.length === 0 ? null : scored.reduce((sum, score) => sum + score, 0) / scored.length,
        bands: bands.map((band) => {
          const inBand = scores.filter(({ score }) => bandOf(score) === band);
          const sumOf = (currency: string): number =>
            inBand.reduce((sum, { row }) => sum + (row.arr?.currency === currency ? row.arr.amount : 0), 0);
          return {
            band,
            accounts: inBand.length,
            arr: ["EUR", "USD"].map((currency) => ({ currency, amount: sumOf(currency) })),
            unconverted: { accounts: 0, amounts: [] },
          };
        }),
        configVersions: i < 40 ? null : { least: "1", greatest: "1" },
        reckoned: i < 40,
        takenAt: i < 40 ? null : new Date(now - (89 - i) * dayMs).toISOString(),
      };
    });
  return { from: days[0]?.day, to: days.at(-1)?.day, days, asOf: new Date(now).toISOString() };
}

/** The sums of the book. */
export function portfolioOf(rows: readonly AccountRow[]): unknown {
  const scored = rows.filter((row) => row.score !== null);
  const mean = (values: number[]): number | null =>
    values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    accounts: rows.length,
    scored: scored.length,
    averageScore: mean(scored.map((row) => row.score ?? 0)),
    averageChangeByConfiguration: mean(scored.flatMap((row) => (row.changeByConfiguration === null ? [] : [row.changeByConfiguration]))),
    averageScoreDayAgo: mean(scored.flatMap((row) => (row.scoreDayAgo === null ? [] : [row.scoreDayAgo]))),
    bands: bands.map((band) => {
      const inBand = rows.filter((row) => row.band === band);
      const currencies = [...new Set(inBand.flatMap((row) => (row.arr === null ? [] : [row.arr.currency])))].sort();
      return {
        band,
        accounts: inBand.length,
        arr: currencies.map((currency) => ({
          currency,
          amount: inBand.reduce((sum, row) => sum + (row.arr?.currency === currency ? row.arr.amount : 0), 0),
        })),
        unconverted: {
          accounts: inBand.filter((row) => row.arrUnconverted.length > 0).length,
          amounts: inBand.flatMap((row) => row.arrUnconverted),
        },
      };
    }),
    segments: [...countBy(rows.map((row) => row.segment))].map(([segment, accounts]) => ({ segment, accounts })),
    owners: [...countBy(rows.map((row) => row.owner))].map(([owner, accounts]) => ({ owner, accounts })),
    risen: rows.filter((row) => (movedBy(row) ?? 0) > 0).length,
    fallen: rows.filter((row) => (movedBy(row) ?? 0) < 0).length,
    setAside: rows.filter((row) => row.setAside).length,
    items: [],
    asOf: new Date().toISOString(),
  };
}

/** Accounts, filtered, sorted and paged. */
export function listOf(all: readonly AccountRow[], query: URLSearchParams): unknown {
  const fits = (name: string, value: string | null): boolean => query.getAll(name).length === 0 || query.getAll(name).includes(value ?? "");
  const q = (query.get("q") ?? "").toLowerCase();
  const sort = query.get("sort") ?? "moved";
  const valueOf = sortKeys[sort.replace(/^-/, "")];
  if (valueOf === undefined) throw new Problem(400, "Bad query value", `There is no sort ${sort}.`);
  const sign = sort.startsWith("-") ? -1 : 1;
  const rows = all
    .filter(
      (row) =>
        fits("band", row.band) &&
        fits("segment", row.segment) &&
        fits("owner", row.owner) &&
        `${row.name} ${row.id} ${row.domains.join(" ")}`.toLowerCase().includes(q),
    )
    .sort((a, b) => {
      const order = compare(valueOf(a), valueOf(b));
      return Number.isFinite(order) ? order * sign : order;
    });
  return { ...pageOf(rows, query), total: rows.length, asOf: new Date().toISOString() };
}
