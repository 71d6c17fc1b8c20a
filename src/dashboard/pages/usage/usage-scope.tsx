import { useResource, type Resource } from "../../resource.ts";
import { api } from "../../api.ts";
import { percentText, plural } from "../../format.ts";
import { setQuery } from "../../router.ts";
import { Icon } from "../../ui/icons.tsx";
import type { About } from "./usage-types.ts";

/** Whose usage, and how far back: of one account, else of a segment, else of all. */
export type Scope = { readonly accountId: string | null; readonly segment: string | null; readonly days: number };

const ranges = [7, 30, 90, 180, 365] as const;
/** How far back the address asks to look. */
export const daysOf = (query: URLSearchParams): number => ranges.find((one) => String(one) === query.get("days")) ?? 90;

/** Chooses how far back to look. */
export const TimeField = ({ days }: { days: number }) => (
  <label class="inline">
    Time
    <select value={String(days)} onChange={(event) => setQuery({ days: event.currentTarget.value })}>
      {ranges.map((one) => (
        <option key={one} value={String(one)}>
          Last {plural(one, "day")}
        </option>
      ))}
    </select>
  </label>
);

const dayMs = 86_400_000;

/** Asks anew with each change of the question; the former answer stays until the new one is there. */
export function useAnswer<Answer>(
  question: string,
  { accountId, segment, days }: Scope,
  more: Readonly<Record<string, string | readonly string[] | null>>,
  enabled = true,
): Resource<Answer> {
  const query = { accountId, segment, ...more };
  const key = enabled ? `analytics ${question} ${days} ${JSON.stringify(query)}` : null;
  return useResource<Answer>(
    key,
    (signal) => api.analytics<Answer>(question, { ...query, from: new Date(Date.now() - days * dayMs).toISOString() }, signal),
    true,
  );
}

/** What an answer confesses: whom it is not about, and what is estimated. */
export function Confession({ of }: { of: About }) {
  return (
    <>
      {of.complete ? null : (
        <div class="notice notice-warn" role="status">
          <Icon name="alert" />
          <span>Not all accounts could be read in time. These figures are about {plural(of.accounts, "account")} only.</span>
        </div>
      )}
      {of.approximate === undefined ? null : (
        <p class="quiet">Estimated from a part of the people; off by some {percentText(of.errorRatio ?? 0, 1)}.</p>
      )}
    </>
  );
}
