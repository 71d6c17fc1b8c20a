import { useEffect } from "preact/hooks";
import { api } from "../../api.ts";
import type { JobRun, JobRuns, JobSchedule } from "../../api-types.ts";
import { dayTimeText, exactTimeText, secondsText, unknownText, zoneName } from "../../format.ts";
import { usePlace } from "../../router.ts";
import { useResource } from "../../resource.ts";
import { may, useSession } from "../../session.ts";
import { ActionError, useAction } from "../../ui/controls.tsx";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { Empty, Faces, Skeleton } from "../../ui/faces.tsx";
import { Icon } from "../../ui/icons.tsx";
import { Age, StateBadge } from "../../ui/figures.tsx";
import { RunFindings } from "./findings.tsx";
import { foundText, isUnderWay, kindTexts, originText, statusTexts } from "./job-words.ts";

/** While a run is under way its row is read again so often. */
const readAgainMs = 3000;
const runsShown = 60;

const placeOf = ({ kind, period }: Pick<JobRun, "kind" | "period">): string => `/settings/jobs?job=${kind}&period=${period}`;

const columns: readonly Column<JobRun>[] = [
  { title: "Period", cell: (run) => <a href={placeOf(run)}>{run.period}</a> },
  { title: "Job", cell: ({ kind }) => kindTexts[kind].title },
  {
    title: "State",
    cell: ({ status }) => <StateBadge tone={statusTexts[status].tone}>{statusTexts[status].word}</StateBadge>,
    hint: (run) => originText(run),
  },
  { title: "Began", cell: ({ startedAt }) => <Age at={startedAt} /> },
  { title: "Took", cell: ({ durationMs }) => (durationMs === null ? unknownText : secondsText(durationMs)), num: true },
  { title: "Found", cell: (run) => foundText(run), class: "wrap" },
];

/** `newest`: the run of the newest period, where there is one: what is done is not done again. */
function Schedule({
  schedule,
  newest,
  mayRun,
  onAsked,
}: {
  schedule: JobSchedule;
  newest: JobRun | undefined;
  mayRun: boolean;
  onAsked: () => void;
}) {
  const isDone = newest?.status === "done";
  const { kind, newestPeriod, nextAt } = schedule;
  const run = useAction(async () => {
    await api.runJob(kind);
    onAsked();
  });
  const { title, what } = kindTexts[kind];
  return (
    <section class="section" aria-labelledby={`job-${kind}`}>
      <div class="section-head">
        <h2 id={`job-${kind}`}>{title}</h2>
        <p class="quiet">
          {what} Next by itself:{" "}
          <time dateTime={nextAt} title={exactTimeText(Date.parse(nextAt))}>
            {dayTimeText(Date.parse(nextAt))}
          </time>
          .
        </p>
        <div class="actions">
          <button type="button" class="button" disabled={!mayRun || run.busy || isDone} onClick={() => void run.start()}>
            {run.busy ? "Asking…" : `${isDone ? "Done" : "Run"} for ${newestPeriod}`}
          </button>
        </div>
      </div>
      <ActionError error={run.error} />
    </section>
  );
}

const newestOf = ({ items }: JobRuns, { kind, newestPeriod }: JobSchedule): JobRun | undefined =>
  items.find((run) => run.kind === kind && run.period === newestPeriod);

function Runs({ runs, reload }: { runs: JobRuns; reload: () => void }) {
  const mayRun = may(useSession(), "admin");
  const { query } = usePlace();
  const underWay = runs.items.some(isUnderWay);
  useEffect(() => {
    if (!underWay) return undefined;
    const timer = setInterval(reload, readAgainMs);
    return () => clearInterval(timer);
  }, [underWay]);
  const asked = runs.items.find(({ kind, period }) => kind === query.get("job") && period === query.get("period"));
  const shown = asked ?? runs.items.find(({ kind, status }) => kind === "daily" && status === "done");
  return (
    <>
      {shown === undefined ? null : <RunFindings kind={shown.kind} period={shown.period} turn={`${shown.attempt} ${shown.status}`} />}
      <section class="section" aria-labelledby="runs">
        <div class="section-head">
          <h2 id="runs">Runs</h2>
        </div>
        {runs.items.length === 0 ? (
          <Empty title="Nothing has run yet">
            <p>The first minute of a server notes where it begins; the first night brings the first run.</p>
          </Empty>
        ) : (
          <DataTable
            caption="Runs of background jobs, the latest first"
            class="runs"
            columns={columns}
            rows={runs.items}
            keyOf={({ kind, period }) => `${kind} ${period}`}
          />
        )}
      </section>
      {runs.schedules.map((schedule) => (
        <Schedule key={schedule.kind} schedule={schedule} newest={newestOf(runs, schedule)} mayRun={mayRun} onAsked={reload} />
      ))}
      {mayRun ? null : <p class="hint">Your token may look, not start a job: that needs the scope admin.</p>}
    </>
  );
}

/** What runs by itself each night and each month, and whether what is shown agrees with the archive. */
export function JobsPage() {
  const runs = useResource("jobs", (signal) => api.jobs(runsShown, signal), true);
  return (
    <>
      <p class="crumb">
        <a href="/settings">
          <Icon name="back" /> Settings
        </a>
      </p>
      <header class="page-head">
        <h1>Jobs</h1>
        <p class="quiet">
          What runs by itself each night and each month. What was missed while the server was off is made up for. Periods are days and
          months of UTC, times those in {zoneName()}.
        </p>
      </header>
      <Faces of={runs} what="The runs" works="Jobs go on by themselves." skeleton={<Skeleton rows={8} />}>
        {(data) => <Runs runs={data} reload={runs.reload} />}
      </Faces>
    </>
  );
}
