import { useEffect, useState } from "preact/hooks";
import { ApiError, api } from "../../api.ts";
import type { ConfigContent, Health } from "../../api-types.ts";
import { countText, plural } from "../../format.ts";
import { useResource } from "../../resource.ts";
import { Faces, Skeleton } from "../../ui/faces.tsx";
import { compareReadings, type Comparison, summaryText } from "./comparison.ts";
import { countedAccountsMax, presentTrial, trialOf, tryAll } from "./use-trials.ts";

type Count = {
  readonly comparisons: readonly Comparison[];
  readonly failed: number;
  readonly wanted: number | null;
  readonly total: number;
};
const nothing: Count = { comparisons: [], failed: 0, wanted: null, total: 0 };

/** Tries both scorecards on the accounts that have this one, those with most ARR first, and tells how it goes. */
function useCount(published: ConfigContent | null, next: ConfigContent, filter: { readonly segment?: readonly string[] }) {
  const [count, setCount] = useState<Count>(nothing);
  const [error, setError] = useState<ApiError | null>(null);
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    const before = published === null ? presentTrial : trialOf(published);
    const after = trialOf(next);
    const run = async (): Promise<void> => {
      const page = await api.accounts({ ...filter, sort: "-arr", limit: countedAccountsMax }, signal);
      const ids = page.items.map(({ id }) => id);
      setCount({ ...nothing, wanted: ids.length, total: page.total });
      const both = async (id: string): Promise<Health> => {
        const [one, other] = [await before(id, signal), await after(id, signal)];
        setCount((old) => ({ ...old, comparisons: [...old.comparisons, compareReadings(one, other)] }));
        return other;
      };
      await tryAll(ids, both, signal, (_, reading) => {
        if (reading instanceof ApiError) setCount((old) => ({ ...old, failed: old.failed + 1 }));
      });
    };
    run().catch((cause: unknown) => {
      if (!signal.aborted && cause instanceof ApiError) setError(cause);
    });
    return () => controller.abort();
  }, []);
  return { count, error };
}

/** How many accounts would change band, counted while the dialog stands; nobody has to wait for it. */
export function BandCount({
  published,
  next,
  filter,
}: {
  published: ConfigContent | null;
  next: ConfigContent;
  filter: { readonly segment?: readonly string[] };
}) {
  const { count, error } = useCount(published, next, filter);
  const done = count.comparisons.length + count.failed;
  const going = count.wanted === null || done < count.wanted;
  if (error !== null) return <p class="hint hint-error">How many accounts would change band could not be counted: {error.detail}</p>;
  if (count.wanted === 0) return <p>No account has this scorecard yet.</p>;
  return (
    <div role="status">
      <p>
        <strong>{summaryText(count.comparisons)}</strong>
        {going ? ` Still counting: ${done} of ${count.wanted ?? "…"} accounts looked at.` : ""}
        {going || count.failed === 0 ? "" : ` ${plural(count.failed, "account")} could not be read.`}
      </p>
      {!going && count.total > done ? (
        <p class="hint">
          These are the {countedAccountsMax} with the most ARR of {plural(count.total, "account")}. Run it in shadow to count all.
        </p>
      ) : null}
    </div>
  );
}

/** The same where a shadow knows it of all accounts that were scored since it began. */
export function ShadowCount({ scorecard }: { scorecard: string }) {
  const report = useResource(`shadow ${scorecard}`, (signal) => api.shadow(scorecard, signal));
  return (
    <Faces of={report} what="The comparison in shadow" skeleton={<Skeleton rows={1} kind="line" />}>
      {({ changed, accounts }) => (
        <p>
          <strong>
            In shadow {countText(changed)} of {plural(accounts, "account")} changed band.
          </strong>
        </p>
      )}
    </Faces>
  );
}
