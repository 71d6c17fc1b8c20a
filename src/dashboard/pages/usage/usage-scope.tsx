import { useResource, type Resource } from "../../resource.ts";
import { api } from "../../api.ts";
import { percentText, plural } from "../../format.ts";
import { Icon } from "../../ui/icons.tsx";
import type { About } from "./usage-types.ts";

/** Whose usage, and how far back. */
export type Scope = { readonly segment: string | null; readonly days: number };

const dayMs = 86_400_000;

/** Asks anew with each change of the question; the former answer stays until the new one is there. */
export function useAnswer<Answer>(
  question: string,
  { segment, days }: Scope,
  more: Readonly<Record<string, string | readonly string[] | null>>,
  enabled = true,
): Resource<Answer> {
  const query = { segment, ...more };
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
