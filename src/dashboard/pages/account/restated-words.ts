import type { RestatedFigure } from "../../api-types.ts";
import { countText, dateOnlyText, moneyText } from "../../format.ts";

const names: Readonly<Record<string, string>> = {
  events: "Events",
  product_events: "Uses of the product",
  active_users_1d: "People active on the day",
  active_users_7d: "People active in 7 days",
  active_users_28d: "People active in 28 days",
  sessions: "Sessions",
  session_length_p50: "Session length, median",
  session_length_p90: "Session length, longest tenth",
  tickets_created: "Tickets opened",
  tickets_solved: "Tickets solved",
  ticket_backlog: "Open tickets",
  mrr: "Monthly revenue",
  arr: "Yearly revenue",
};
const ofType = "events.";

/** What a figure of the ledger of late events is called. */
export const figureName = (metric: string): string =>
  names[metric] ?? (metric.startsWith(ofType) ? `Events ${metric.slice(ofType.length)}` : (fieldName(metric) ?? metric));

const fieldWords: Readonly<Record<string, string>> = {
  sum: "Sum of",
  count: "How many had",
  min: "Least",
  max: "Greatest",
  last: "Last",
  count_true: "How often true:",
  share_true: "Share that was true:",
  distinct: "Different values of",
};
/** Of a field of events, told as `sum("export.finished", "rows")`; null: it is none. */
function fieldName(metric: string): string | null {
  const [, name = "", given = ""] = /^([a-z_]+)\((.+)\)$/.exec(metric) ?? [];
  if (given === "") return null;
  const [type, field, share] = JSON.parse(`[${given}]`) as [string, string, number?];
  const words = share === undefined ? (fieldWords[name] ?? name) : share === 0.5 ? "Median of" : `Lower ${share * 100} % of`;
  return `${words} “${field}” in ${type}`;
}

/** On which UTC days. */
export const restatedDays = ({ day, to }: { readonly day: string; readonly to: string | null }): string =>
  to === null || to === day ? dateOnlyText(day) : `${dateOnlyText(day)} to ${dateOnlyText(to)}`;

/** By how much, each day; where it was not counted, that it may have. */
export function restatedChange({ metric, change, currency }: RestatedFigure): string {
  if (change === null) return "may differ";
  const sign = change < 0 ? "−" : "+";
  if (currency !== null) return `${sign}${moneyText({ amount: Math.abs(change), currency })}`;
  return `${sign}${countText(Math.abs(change))}${metric.startsWith("session_length") ? " s" : ""}`;
}
