import { useEffect, useState } from "preact/hooks";
import { api } from "../../api.ts";
import type { ComparisonTogether, ConfigKind, ConfigSummary } from "../../api-types.ts";
import { useResource } from "../../resource.ts";
import { may, useSession } from "../../session.ts";
import { ActionError, useAction } from "../../ui/controls.tsx";
import { Faces, Skeleton } from "../../ui/faces.tsx";
import { Age } from "../../ui/figures.tsx";
import { nobodysOf } from "./assignment.ts";
import { kindWords } from "./kinds.ts";
import { Compared, readAgainMs } from "./shadow.tsx";

const kinds: readonly ConfigKind[] = ["scorecards", "segments", "calendars", "measures"];
/** As many as one comparison takes (`comparedDocumentsMax`). */
const comparedMax = 8;

type Draft = { readonly kind: ConfigKind; readonly key: string };
const nameOf = ({ kind, key }: Draft): string => (kind === "segments" ? "segments" : `${kindWords[kind].one} “${key}”`);
const namesOf = (drafts: readonly Draft[]): string => drafts.map(nameOf).join(", ");

/** What all drafts in shadow would do at once; nothing where they are fewer than two. */
export function ShadowTogether() {
  const report = useResource("shadows together", (signal) => api.shadows(signal));
  const isRunning = report.data !== null && report.data.together !== null;
  useEffect(() => {
    if (!isRunning) return;
    const timer = setInterval(report.reload, readAgainMs);
    return () => clearInterval(timer);
  }, [isRunning]);
  // Mostly there is nothing to show, and then no place is kept for it.
  if (report.data === null ? report.error === null : report.data.together === null) return null;
  return (
    <section class="section" aria-labelledby="shadow-together">
      <div class="section-head">
        <h2 id="shadow-together">All drafts in shadow together</h2>
        {report.data === null ? null : <p class="quiet">As if these were published at once: {namesOf(report.data.drafts)}.</p>}
      </div>
      <Faces of={report} what="The comparison" skeleton={<Skeleton rows={2} />}>
        {({ together }) => (together === null ? null : <Compared report={together} accounts={null} />)}
      </Faces>
    </section>
  );
}

const draftsOf = (lists: readonly { kind: ConfigKind; items: readonly ConfigSummary[] }[]): Draft[] =>
  lists.flatMap(({ kind, items }) => items.flatMap(({ key, draft }) => (draft === null ? [] : [{ kind, key }])));

function NobodysNote({ drafts, accountsOf }: { drafts: readonly Draft[]; accountsOf: (key: string) => number | null }) {
  const nobodys = nobodysOf(drafts, accountsOf);
  if (nobodys.length === 0) return null;
  return (
    <p class="quiet">
      Nobody has the {namesOf(nobodys)}, so publishing {nobodys.length === 1 ? "it" : "them"} moves no score. Who has which scorecard is
      said in <a href="/settings/segments/segments">segments</a>: compare with a draft of them.
    </p>
  );
}

/**
 * Compares drafts with what is in force, all together, on every account at this moment; nothing where there are fewer than two.
 *
 * @param accountsOf how many accounts have a scorecard; null: not known
 */
export function DraftsTogether({ accountsOf }: { accountsOf: (key: string) => number | null }) {
  const mayWrite = may(useSession(), "write");
  const drafts = useResource("drafts", async (signal) =>
    draftsOf(await Promise.all(kinds.map(async (kind) => ({ kind, items: (await api.configs(kind, signal)).items })))),
  );
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [found, setFound] = useState<ComparisonTogether | null>(null);
  const all = drafts.data ?? [];
  const chosen = all.filter((one) => !left.has(nameOf(one)));
  const compare = useAction(async () => setFound(await api.compareTogether(chosen)));
  if (all.length < 2) return null;
  const choose = (name: string, isChosen: boolean): void => {
    setFound(null);
    setLeft(new Set(isChosen ? [...left].filter((one) => one !== name) : [...left, name]));
  };
  return (
    <section class="section" aria-labelledby="drafts-together">
      <div class="section-head">
        <h2 id="drafts-together">Drafts together</h2>
        <p class="quiet">What they would do to all accounts if they were published at once. Nothing is stored.</p>
      </div>
      <fieldset class="checks">
        <legend class="unseen">Drafts to compare</legend>
        {all.map((one) => (
          <label key={nameOf(one)} class="check">
            <input
              type="checkbox"
              checked={!left.has(nameOf(one))}
              onChange={(event) => choose(nameOf(one), event.currentTarget.checked)}
            />
            {nameOf(one)}
          </label>
        ))}
      </fieldset>
      <NobodysNote drafts={chosen} accountsOf={accountsOf} />
      <div class="actions">
        <button
          type="button"
          class="button"
          disabled={!mayWrite || compare.busy || chosen.length === 0 || chosen.length > comparedMax}
          onClick={() => void compare.start()}
        >
          {compare.busy ? "Comparing…" : "Compare"}
        </button>
        {chosen.length > comparedMax ? <span class="hint">At most {comparedMax} at a time.</span> : null}
        {mayWrite ? null : <span class="hint">Your token may look, not compare.</span>}
      </div>
      <ActionError error={compare.error} />
      {found === null ? null : (
        <div role="status">
          <Compared report={found} accounts={null} />
          <p class="quiet small-print">
            As of <Age at={found.asOf} />.
            {found.complete ? "" : " Some accounts could not be asked in time. The figures are about the others."}
          </p>
        </div>
      )}
    </section>
  );
}
