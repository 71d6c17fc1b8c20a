import { api } from "../../api.ts";
import type { JobDetail, Parity } from "../../api-types.ts";
import { countText, plural } from "../../format.ts";
import { useResource } from "../../resource.ts";
import { may, useSession } from "../../session.ts";
import { ActionError, useAction } from "../../ui/controls.tsx";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { Faces, Skeleton } from "../../ui/faces.tsx";
import { Age, StateBadge } from "../../ui/figures.tsx";
import { foundText, kindTexts } from "./job-words.ts";

type Difference = Parity["differences"][number];

const valueText = (value: Difference["live"]): string => (value === null ? "nothing" : typeof value === "number" ? String(value) : value);

const columns: readonly Column<Difference>[] = [
  { title: "Account", cell: ({ account }) => <a href={`/accounts/${encodeURIComponent(account)}`}>{account}</a> },
  { title: "Figure", cell: ({ figure }) => figure, class: "wrap" },
  { title: "As shown", cell: ({ live }) => valueText(live), class: "wrap" },
  { title: "From the archive", cell: ({ recomputed }) => valueText(recomputed), class: "wrap" },
];

/** Makes accounts anew from their events, one after the other. */
function MakeAnew({ accounts }: { accounts: readonly string[] }) {
  const mayChange = may(useSession(), "admin");
  const action = useAction(async () => {
    for (const id of accounts) await api.refold(id);
  });
  return (
    <>
      <div class="actions">
        <button type="button" class="button" disabled={!mayChange || action.busy} onClick={() => void action.start()}>
          {action.busy
            ? "Making them anew…"
            : `Make ${plural(accounts.length, "account")} anew from ${accounts.length === 1 ? "its" : "their"} events`}
        </button>
      </div>
      <p class="hint">
        Nothing is lost by it. A large account takes minutes, and is shown as it was until then. The next check tells whether that was it;
        lines missing in the archive are written again by the next run.
      </p>
      <ActionError error={action.error} />
    </>
  );
}

function notComparedText({ setAside, merged, tooLarge, left }: Parity["accounts"]): string {
  const parts = [
    setAside > 0 ? `${countText(setAside)} set aside` : null,
    merged > 0 ? `${countText(merged)} merged into others` : null,
    tooLarge > 0 ? `${countText(tooLarge)} too large` : null,
    left > 0 ? `${countText(left)} left for the next nights` : null,
  ].filter((part) => part !== null);
  return parts.length === 0 ? "" : ` Not compared: ${parts.join(", ")}.`;
}

/** Lines of daily scores may be behind without anything being wrong. */
function linesText({ compared, stale }: Parity["scoreDays"]): string {
  if (compared === 0) return "";
  const found = stale === 0 ? "all agree" : `${countText(stale)} were older than what is known now, and are made anew`;
  return `${plural(compared, "day")} of lines of scores compared: ${found}.`;
}

function Check({ parity }: { parity: Parity }) {
  const { accounts, deliveries, differences, differencesTotal, verdict } = parity;
  const ids = [...new Set(differences.map(({ account }) => account))];
  return (
    <>
      <p>
        <StateBadge tone={verdict === "equal" ? "good" : "bad"}>
          {verdict === "equal"
            ? "Everything agrees"
            : `${plural(differencesTotal, "figure")} of ${plural(accounts.differing, "account")} differ`}
        </StateBadge>
      </p>
      <p class="quiet">
        {plural(accounts.checked, "account")} recomputed from the archive, {countText(accounts.fromFirstLine)} of them from the first event
        on, and compared with what is shown: counts, people, tickets and other records, attributes, scores, bands.
        {notComparedText(accounts)}
        {accounts.inPart === 0 ? "" : ` ${plural(accounts.inPart, "account")} compared in part, being very large.`}{" "}
        {deliveries.looked === 0
          ? ""
          : `${plural(deliveries.looked, "event")} looked for in the raw archive: ${deliveries.missing === 0 ? "all are there" : `${countText(deliveries.missing)} missing`}.`}{" "}
        {linesText(parity.scoreDays)}
      </p>
      {differences.length === 0 ? null : (
        <>
          <DataTable
            caption="Figures that differ"
            class="differences"
            columns={columns}
            rows={differences}
            keyOf={({ account, figure }) => `${account} ${figure}`}
          />
          {differencesTotal > differences.length ? (
            <p class="quiet">{countText(differencesTotal - differences.length)} more are not listed.</p>
          ) : null}
          <MakeAnew accounts={ids} />
        </>
      )}
    </>
  );
}

function Findings({ run }: { run: JobDetail }) {
  return (
    <>
      {run.finishedAt === null ? null : (
        <p class="quiet">
          Ended <Age at={run.finishedAt} />
        </p>
      )}
      {run.parity === null ? <p>{foundText(run)}</p> : <Check parity={run.parity} />}
    </>
  );
}

/** What one run has found. `turn` changes when it is to be read again. */
export function RunFindings({ kind, period, turn }: { kind: JobDetail["kind"]; period: string; turn: string }) {
  const run = useResource(`job ${kind} ${period} ${turn}`, (signal) => api.job(kind, period, signal), true);
  return (
    <section class="section" aria-labelledby="findings">
      <div class="section-head">
        <h2 id="findings">
          {kindTexts[kind].title} job for {period}
        </h2>
      </div>
      <Faces of={run} what="The run" works="Jobs go on by themselves." skeleton={<Skeleton rows={4} kind="line" />}>
        {(data) => <Findings run={data} />}
      </Faces>
    </section>
  );
}
