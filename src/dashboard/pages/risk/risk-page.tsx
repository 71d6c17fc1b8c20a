import { ApiError, api } from "../../api.ts";
import type { JobRun, Risk, RiskReport } from "../../api-types.ts";
import { countText, dateOnlyText, percentText, plural } from "../../format.ts";
import { setQuery, usePlace } from "../../router.ts";
import { useResource } from "../../resource.ts";
import { may, useSession } from "../../session.ts";
import { ActionError, useAction } from "../../ui/controls.tsx";
import { Empty, Faces, Skeleton } from "../../ui/faces.tsx";
import { Icon } from "../../ui/icons.tsx";
import { isUnderWay } from "../jobs/job-words.ts";
import { Forecast } from "./forecast.tsx";
import { monthText, scopeText } from "./risk-words.ts";
import { ScoreTest } from "./score-test.tsx";
import { Weights } from "./weights.tsx";

/** A back-test takes seconds to minutes; whoever has asked for one sees it come. */
const readAgainMs = 2000;
const waitMinutesMax = 10;

/** The run as it stands now; as it stood, where the server cannot say. */
const lookAgain = (run: JobRun): Promise<JobRun> =>
  api.job("monthly", run.period).catch((error: unknown) => {
    if (error instanceof ApiError && error.passes) return run;
    throw error;
  });

/** Begins the test of the month that has ended, or joins the one under way, and waits for its end. Asked for once: a failed run would begin again. */
async function runTest(): Promise<void> {
  const end = Date.now() + waitMinutesMax * 60_000;
  let run = await api.runJob("monthly");
  while (isUnderWay(run)) {
    if (Date.now() >= end)
      throw new ApiError({
        status: 0,
        title: "Not done yet",
        detail: `The test goes on by itself after ${waitMinutesMax} minutes: Settings → Jobs tells of it.`,
      });
    await new Promise((resolve) => setTimeout(resolve, readAgainMs));
    run = await lookAgain(run);
  }
  if (run.status === "failed") throw new ApiError({ status: 0, title: "The test failed", detail: run.error ?? "It does not say why." });
}

function RunTest({ onDone }: { onDone: () => void }) {
  const mayRun = may(useSession(), "admin");
  const run = useAction(async () => {
    await runTest();
    onDone();
  });
  return (
    <>
      <div class="actions">
        <button type="button" class="button button-main" disabled={!mayRun || run.busy} onClick={() => void run.start()}>
          {run.busy ? "Testing…" : "Test the month that has ended"}
        </button>
      </div>
      <ActionError error={run.error} />
      {mayRun ? null : <p class="hint">Your token may look, not start it: that needs the scope admin.</p>}
    </>
  );
}

function Sample({ report }: { report: RiskReport }) {
  const { sample } = report;
  return (
    <p class="quiet">
      {plural(sample.rows, "account-month")} of {plural(sample.accounts - sample.withoutSubscription, "account")}
      {sample.from === null ? "" : ` from ${dateOnlyText(sample.from)} to ${dateOnlyText(sample.to)}`}, with{" "}
      {plural(sample.losses, "loss", "losses")}.{" "}
      {sample.withoutSubscription === 0
        ? ""
        : `${plural(sample.withoutSubscription, "account")} without a subscription cannot be counted: nobody knows whether they stayed. `}
      {sample.accountsShare < 1 ? `${percentText(sample.accountsShare)} of all accounts stand for the book. ` : ""}
      Lost means: left, or paid less for a week at least.
    </p>
  );
}

type Of = RiskReport["score"][number];
/** How a part of the book is named in the address. */
const nameOf = ({ scope, segment }: Pick<Of, "scope" | "segment">): string => (scope === "all" ? "all" : `segment:${segment ?? ""}`);

/** Chooses the month and the segment; both stand in the address. */
function Choices({ risk, report, chosen }: { risk: Risk; report: RiskReport; chosen: Of | undefined }) {
  return (
    <div class="actions">
      {risk.periods.length < 2 ? null : (
        <label class="pick">
          <span>Month</span>
          <select value={report.period} onChange={(event) => setQuery({ month: event.currentTarget.value })}>
            {risk.periods.map((period) => (
              <option key={period} value={period}>
                {monthText(period)}
              </option>
            ))}
          </select>
        </label>
      )}
      {report.score.length < 2 ? null : (
        <label class="pick">
          <span>Accounts</span>
          <select value={chosen === undefined ? "all" : nameOf(chosen)} onChange={(event) => setQuery({ of: event.currentTarget.value })}>
            {report.score.map((one) => (
              <option key={nameOf(one)} value={nameOf(one)}>
                {scopeText(one)} ({countText(one.accounts)})
              </option>
            ))}
          </select>
        </label>
      )}
    </div>
  );
}

function Report({ risk, report }: { risk: Risk; report: RiskReport }) {
  const { query } = usePlace();
  const asked = query.get("of");
  // Another month may not have the segment: then it is the whole book.
  const score = report.score.find((one) => nameOf(one) === asked) ?? report.score[0];
  const forecast = report.forecasts.find((one) => score !== undefined && nameOf(one) === nameOf(score));
  const pool = report.forecasts.find(({ scope }) => scope === "pool" && forecast?.takes === "pool");
  return (
    <>
      <section class="section" aria-labelledby="sample">
        <div class="section-head">
          <h2 id="sample">{monthText(report.period)}</h2>
          <Choices risk={risk} report={report} chosen={score} />
        </div>
        <Sample report={report} />
      </section>
      {forecast === undefined ? null : <Forecast forecast={forecast} isInForce={risk.inForce === report.period} />}
      {pool === undefined ? null : (
        <Forecast forecast={pool} isInForce={risk.inForce === report.period} id="pool" title="The small segments together" />
      )}
      {score === undefined ? null : <ScoreTest score={score} />}
      <Weights weights={report.weights} />
    </>
  );
}

/** The monthly back-test: does the score tell who leaves, and can it be foretold? */
export function RiskPage() {
  const { query } = usePlace();
  const month = query.get("month");
  const risk = useResource(`risk ${month ?? ""}`, (signal) => api.risk(month, signal), true);
  return (
    <>
      <p class="crumb">
        <a href="/settings">
          <Icon name="back" /> Settings
        </a>
      </p>
      <header class="page-head">
        <h1>Back-test</h1>
        <p class="quiet">
          What became of accounts within 90 days, against what their score said at the end of each month. Made anew on the first of each
          month, from the events as they are known now.
        </p>
      </header>
      <Faces of={risk} what="The back-test" works="Scores are computed as ever." skeleton={<Skeleton rows={10} />}>
        {(data) =>
          data.report === null ? (
            <Empty title="No month has been tested yet">
              <p>On the first of the next month this happens by itself. It needs accounts with subscriptions, and some that were lost.</p>
              <RunTest onDone={risk.reload} />
            </Empty>
          ) : (
            <Report risk={data} report={data.report} />
          )
        }
      </Faces>
    </>
  );
}
