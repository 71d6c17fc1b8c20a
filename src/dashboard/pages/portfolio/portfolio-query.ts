import type { AccountsQuery } from "../../api.ts";
import type { AccountRow } from "../../api-types.ts";

/** What the customers did: what our own scoring did to all of them at once would hide it. */
export const defaultSort = "moved";

/** What a list is sorted by, in words: for where there are no heads of columns. */
export const sortChoices = [
  { value: defaultSort, label: "Fell most in 24 h" },
  { value: "-moved", label: "Rose most in 24 h" },
  { value: "movedWeek", label: "Fell most in 7 days" },
  { value: "-movedWeek", label: "Rose most in 7 days" },
  { value: "score", label: "Lowest score" },
  { value: "-score", label: "Highest score" },
  { value: "name", label: "Name" },
  { value: "-arr", label: "Largest ARR" },
  { value: "renewalDate", label: "Next renewal" },
  { value: "-lastEventAt", label: "Last event" },
  { value: "-openTickets", label: "Most open tickets" },
  { value: "-risk90", label: "Likeliest to be lost" },
] as const;

/** What the address bar asks for. */
export type PortfolioQuery = {
  readonly bands: readonly string[];
  readonly segments: readonly string[];
  readonly owners: readonly string[];
  /** Where health and what else is known point apart. */
  readonly disagreement: string | null;
  readonly q: string;
  readonly sort: string;
};

export const portfolioQuery = (query: URLSearchParams): PortfolioQuery => ({
  bands: query.getAll("band"),
  segments: query.getAll("segment"),
  owners: query.getAll("owner"),
  disagreement: query.get("disagreement"),
  q: query.get("q") ?? "",
  sort: query.get("sort") ?? defaultSort,
});

export const isFiltered = (query: PortfolioQuery): boolean =>
  query.bands.length + query.segments.length + query.owners.length > 0 || query.q !== "" || query.disagreement !== null;

export const toAccountsQuery = (query: PortfolioQuery): AccountsQuery => ({
  band: query.bands,
  segment: query.segments,
  owner: query.owners,
  disagreement: query.disagreement,
  q: query.q,
  sort: query.sort,
});

/** Could a changed account belong to this list? Text and disagreements are left to the server: it knows more than a row shows. */
export const mayBelong = (query: PortfolioQuery, row: AccountRow): boolean =>
  query.q === "" &&
  query.disagreement === null &&
  (query.bands.length === 0 || query.bands.includes(row.band)) &&
  (query.segments.length === 0 || query.segments.includes(row.segment ?? "")) &&
  (query.owners.length === 0 || query.owners.includes(row.owner ?? ""));

export const isNewer = (a: AccountRow, b: AccountRow): boolean => a.epoch > b.epoch || (a.epoch === b.epoch && a.number > b.number);
