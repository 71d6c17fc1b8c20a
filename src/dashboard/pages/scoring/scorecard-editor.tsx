import { useMemo, useState } from "preact/hooks";
import { ApiError, api } from "../../api.ts";
import type { ConfigContent, ScorecardDocument, SegmentsDocument } from "../../api-types.ts";
import { usePlace } from "../../router.ts";
import { useResource } from "../../resource.ts";
import { holdersOf } from "./assignment.ts";
import { FormContext } from "./editor-context.ts";
import { FaultSummary } from "./fault-summary.tsx";
import { VersionHistory } from "./history.tsx";
import { Lifecycle } from "./lifecycle.tsx";
import { CountAll } from "./band-count.tsx";
import { comparisonsOf, Preview } from "./preview.tsx";
import { summaryText } from "./comparison.ts";
import { Rules } from "./rules.tsx";
import { Shadow } from "./shadow.tsx";
import { ShadowTogether } from "./together.tsx";
import { TextEditor } from "./text-editor.tsx";
import type { Check } from "./use-check.ts";
import { type Editing, readVersions } from "./use-document.ts";
import { segmentFilter, usePicks } from "./use-picks.ts";
import { presentTrial, trialOf, type Trials, useTrials } from "./use-trials.ts";
import { Weights } from "./weights.tsx";

/** Who has which scorecard; `portfolio` is null until it is known. Before segments are published everybody has the standard one. */
export function useBook() {
  const segments = useResource("config segments/segments", (signal) => readVersions("segments", "segments", signal));
  const portfolio = useResource("portfolio", (signal) => api.portfolio(signal));
  return {
    error: segments.error ?? portfolio.error,
    segments: (segments.data?.published?.document ?? null) as unknown as SegmentsDocument | null,
    portfolio: segments.data === null ? null : portfolio.data,
  };
}

const unitsOf = ({ readings }: Trials): ReadonlyMap<string, string> =>
  new Map(
    [...readings.values()].flatMap((reading) =>
      reading instanceof ApiError
        ? []
        : reading.dimensions.flatMap(({ measures }) => measures.map(({ key, unit }) => [key, unit] as const)),
    ),
  );

/**
 * A scorecard with its live preview.
 *
 * @param next the document as it stands on the page
 * @param check what the server says about it
 */
export function ScorecardEditor({
  editing,
  next,
  check,
  readOnly,
  tab,
  mayWrite,
  mayPublish,
}: {
  editing: Editing;
  next: ConfigContent;
  check: Check;
  readOnly: boolean;
  tab: string;
  mayWrite: boolean;
  mayPublish: boolean;
}) {
  const { query } = usePlace();
  const { segments, portfolio } = useBook();
  const published = editing.versions.data?.published?.document ?? null;
  const base = (published ?? editing.versions.data?.draft?.document ?? next) as unknown as ScorecardDocument;
  const holders = portfolio === null ? null : holdersOf(editing.key, segments, portfolio);
  const filter = holders === null || portfolio === null ? null : segmentFilter(holders, portfolio.segments.length);
  const chosen = query.getAll("account");
  const kind = query.get("pick") === "fell" ? "fell" : "arr";
  const picks = usePicks(chosen, kind, filter);
  const ids = useMemo(() => (picks.data ?? []).map(({ id }) => id), [picks.data]);
  const [turn, setTurn] = useState(0);
  const changed = next !== published;
  const beforeTrial = useMemo(() => (published === null ? presentTrial : trialOf(published)), [published]);
  // What the server has not found good yet would be refused for each account alike.
  const afterTrial = useMemo(() => (check.state === "good" && changed ? trialOf(next) : null), [check.state, next, changed]);
  const before = useTrials(ids, beforeTrial, turn);
  const tried = useTrials(ids, afterTrial, turn);
  const after = changed ? tried : before;
  const units = useMemo(() => unitsOf(before), [before]);
  const open = query.getAll("open");
  const document = next as unknown as ScorecardDocument;
  const summary = changed && !after.busy ? summaryText([...comparisonsOf(ids, before.readings, after.readings).values()]) : "";
  const preview = (
    <Preview
      picks={picks}
      kind={kind}
      chosen={chosen}
      held={holders === null || holders.accounts > 0}
      before={before}
      after={after}
      changed={changed}
      stuck={check.state === "faulty"}
      countAll={mayWrite ? <CountAll kind="scorecards" id={editing.key} next={next} disabled={check.state !== "good"} /> : null}
      retry={() => setTurn((count) => count + 1)}
    />
  );
  return (
    <FormContext.Provider value={{ document: next, readOnly, faults: check.faults, change: editing.change }}>
      <Lifecycle
        editing={editing}
        next={next}
        faulty={check.state === "faulty" || editing.edit?.unreadable != null}
        mayWrite={mayWrite}
        mayPublish={mayPublish}
        summary={tab === "shadow" || tab === "versions" ? "" : summary}
      />
      {tab === "text" ? null : <FaultSummary faults={check.faults} document={next} open={open} />}
      {tab === "shadow" ? (
        <>
          <Shadow kind="scorecards" id={editing.key} draft={editing.versions.data?.draft ?? null} accounts={holders?.accounts ?? null} />
          <ShadowTogether />
        </>
      ) : tab === "versions" ? (
        <VersionHistory editing={editing} mayPublish={mayPublish} />
      ) : (
        <div class="scoring">
          <div>
            {tab === "rules" ? (
              <Rules document={document} />
            ) : tab === "text" ? (
              <TextEditor document={next} edit={editing.edit} faults={check.faults} readOnly={readOnly} onText={editing.changeText} />
            ) : (
              <Weights document={document} base={base} units={units} open={open} />
            )}
          </div>
          {preview}
        </div>
      )}
    </FormContext.Provider>
  );
}
