type Run = {
  readonly period: string;
  readonly status: string;
  readonly error: string | null;
  readonly finishedAt: string | null;
  readonly durationMs: number | null;
  readonly result: { readonly parity?: { readonly verdict: string; readonly accounts: number; readonly differences: number } } | null;
};

const lookAgainMs = 2_000;
const waitMaxMs = 5 * 60_000;

/**
 * Has the nightly job run once, so that its statistics and its check of all accounts are there to be seen on the first day too, and says in one
 * line what it has found, and where an earlier run of the demo had it done, that it was. Null: it was not done within five minutes, or the demo ends; the job itself goes on.
 */
export async function runDailyJob(url: string, token: string, isStopped: () => boolean): Promise<string | null> {
  const begunMs = Date.now();
  const end = begunMs + waitMaxMs;
  let run: Run | null = null;
  while (!isStopped() && Date.now() < end) {
    // Asked for once; a run that has failed would be begun again.
    run = run === null ? await ask(url, token, "POST", "run") : ((await ask(url, token, "GET", run.period)) ?? run);
    if (run?.status === "failed") return `nightly job failed: ${run.error ?? "it does not say why"}`;
    if (run?.status === "done") return foundText(run, begunMs);
    await new Promise((done) => setTimeout(done, lookAgainMs));
  }
  return null;
}

async function ask(url: string, token: string, method: "GET" | "POST", what: string): Promise<Run | null> {
  try {
    const response = await fetch(`${url}/api/v1/jobs/daily/${what}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(10_000),
    });
    return response.ok ? await response.json<Run>() : null;
  } catch {
    return null;
  }
}

function foundText({ period, result, finishedAt, durationMs }: Run, begunMs: number): string {
  const parity = result?.parity;
  const isOld = finishedAt !== null && Date.parse(finishedAt) < begunMs;
  const done = isOld ? `nightly job of ${period} was done before` : `nightly job done in ${((durationMs ?? 0) / 1_000).toFixed(1)} s`;
  if (parity === undefined) return done;
  const found = parity.verdict === "equal" ? "all agree" : `${parity.differences} figures differ`;
  return `${done}: ${parity.accounts} accounts checked against the archive, ${found} (Settings → Jobs)`;
}
