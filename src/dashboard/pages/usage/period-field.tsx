import { setQuery } from "../../router.ts";

const periods = { day: "Day", week: "Week", month: "Month" } as const;
export type Period = keyof typeof periods;

/** The period that the address asks for; a week where it asks for none, or for one that is not offered. */
export function periodIn(query: URLSearchParams, withDays = true): Period {
  const asked = query.get("period") ?? "";
  return asked in periods && (withDays || asked !== "day") ? (asked as Period) : "week";
}

/** Chooses the period by which people are told apart. */
export const PeriodField = ({ period, withDays = true }: { period: Period; withDays?: boolean }) => (
  <label class="inline">
    By
    <select value={period} onChange={(event) => setQuery({ period: event.currentTarget.value })}>
      {Object.entries(periods).map(([key, word]) =>
        key === "day" && !withDays ? null : (
          <option key={key} value={key}>
            {word}
          </option>
        ),
      )}
    </select>
  </label>
);
