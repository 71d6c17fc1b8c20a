import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { api } from "../../api.ts";
import { serverNow } from "../../clock.ts";
import { percentText, plural } from "../../format.ts";
import { useResource, type Resource } from "../../resource.ts";
import { setQuery } from "../../router.ts";
import { Empty } from "../../ui/faces.tsx";
import { Age } from "../../ui/figures.tsx";
import { Icon } from "../../ui/icons.tsx";
import type { About } from "./usage-types.ts";

/** Whose usage, and how far back: of one account, else of a segment (`noSegment`: of those in none), else of all. */
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
/** From the beginning of a UTC day, so that the same question on the same day is the same one, and may have its answer from a moment ago. */
const startOf = (days: number): string => new Date(Math.floor((serverNow() - days * dayMs) / dayMs) * dayMs).toISOString();

/** In the address: accounts without a segment. */
export const noSegment = "-";

/** An answer, and the way to have it anew: without it one of the last minutes may be given again. */
export type Asked<Answer> = Resource<Answer> & { readonly askAgain: () => void };

/** Asks anew with each change of the question; the former answer stays until the new one is there. */
export function useAnswer<Answer>(
  question: string,
  { accountId, segment, days }: Scope,
  more: Readonly<Record<string, string | readonly string[] | null>>,
): Asked<Answer> {
  const query = { accountId, segment: segment === noSegment ? [""] : segment, ...more };
  const anew = useRef(false);
  const answer = useResource<Answer>(
    `analytics ${question} ${days} ${JSON.stringify(query)}`,
    (signal) => {
      const isAnew = anew.current;
      anew.current = false;
      return api.analytics<Answer>(question, { ...query, from: startOf(days) }, { isAnew, signal });
    },
    true,
  );
  const askAgain = (): void => {
    anew.current = true;
    answer.reload();
  };
  return { ...answer, askAgain };
}

/**
 * Says that nothing was found, as far as it was looked for: where accounts could not be read, that is no word about them. Stands below
 * what the answer says of itself.
 */
export function NothingFound({ of, title, children }: { of: About; title: string; children: ComponentChildren }) {
  if (of.complete) return <Empty title={title}>{children}</Empty>;
  return (
    <Empty title={of.accounts === 0 ? "No account could be read" : "Nothing found in the accounts that could be read"}>
      <p>What the others did is not known. Ask again, or about fewer days, one segment or one account.</p>
    </Empty>
  );
}

/** What an answer says of itself: how old it is, whom it is not about, and what is estimated. */
export function AboutAnswer({ of, asked: { loading, askAgain } }: { of: About; asked: Pick<Asked<unknown>, "loading" | "askAgain"> }) {
  return (
    <>
      <p class="quiet usage-about" aria-busy={loading}>
        <span>
          {plural(of.accounts, "account")} · as of <Age at={of.asOf} />
        </span>
        <button type="button" class="button button-small button-quiet" disabled={loading} onClick={askAgain}>
          <Icon name="refresh" /> {loading ? "Asking…" : "Ask again"}
        </button>
      </p>
      {of.complete ? null : (
        <div class="notice notice-warn" role="status">
          <Icon name="alert" />
          <span>{of.note}</span>
        </div>
      )}
      {of.approximate === undefined ? null : (
        <p class="quiet">
          Estimated: of some accounts {percentText(of.sampleRatio ?? 0)} of the people were looked at. How many people there are in all is
          off by about {percentText(of.errorRatio ?? 0, 1)}, smaller numbers by more.
        </p>
      )}
    </>
  );
}
