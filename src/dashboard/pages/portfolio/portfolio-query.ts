import type { AccountsQuery } from "../../api.ts";
import type { AccountRow } from "../../api-types.ts";

export const defaultSort = "change";

/** What the address bar asks for. */
export type PortfolioQuery = {
  readonly bands: readonly string[];
  readonly segments: readonly string[];
  readonly owners: readonly string[];
  readonly q: string;
  readonly sort: string;
};

export const portfolioQuery = (query: URLSearchParams): PortfolioQuery => ({
  bands: query.getAll("band"),
  segments: query.getAll("segment"),
  owners: query.getAll("owner"),
  q: query.get("q") ?? "",
  sort: query.get("sort") ?? defaultSort,
});

export const isFiltered = (query: PortfolioQuery): boolean =>
  query.bands.length + query.segments.length + query.owners.length > 0 || query.q !== "";

export const toAccountsQuery = (query: PortfolioQuery): AccountsQuery => ({
  band: query.bands,
  segment: query.segments,
  owner: query.owners,
  q: query.q,
  sort: query.sort,
});

/** Could a changed account belong to this list? Text is left to the server: it searches more than a row shows. */
export const mayBelong = (query: PortfolioQuery, row: AccountRow): boolean =>
  query.q === "" &&
  (query.bands.length === 0 || query.bands.includes(row.band)) &&
  (query.segments.length === 0 || query.segments.includes(row.segment ?? "")) &&
  (query.owners.length === 0 || query.owners.includes(row.owner ?? ""));

const sortValues: Readonly<Record<string, (row: AccountRow) => unknown>> = {
  change: (row) => row.change,
  score: (row) => row.score,
  name: (row) => row.name,
  events: (row) => row.events,
  lastEventAt: (row) => row.lastEventAt,
  openTickets: (row) => row.openTickets,
  activeUsers28d: (row) => row.activeUsers28d,
  arr: (row) => row.arr?.amount,
  renewalDate: (row) => row.renewalDate,
  confidence: (row) => row.confidence,
};

/** Does the change of a row ask for another place in the list? */
export function movesInOrder(sort: string, before: AccountRow, after: AccountRow): boolean {
  const valueOf = sortValues[sort.replace(/^-/, "")];
  return valueOf !== undefined && valueOf(before) !== valueOf(after);
}

export const isNewer = (a: AccountRow, b: AccountRow): boolean => a.epoch > b.epoch || (a.epoch === b.epoch && a.number > b.number);
