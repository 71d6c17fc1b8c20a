import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep, type WorkflowStepConfig } from "cloudflare:workers";
import type { JobRequest } from "../../domain/jobs/job.ts";
import { jobStepRetriesMax, jobStepRetryDelayMs, jobStepTimeoutMs } from "../../domain/limits.ts";
import type { Env } from "../../env.ts";
import type { JobWork, StepRunner } from "../../reports/work.ts";
import { clockFrom, type Clock, wallNow } from "../clock.ts";
import { jobStore } from "../d1/job-store.ts";

const config: WorkflowStepConfig = {
  retries: { limit: jobStepRetriesMax, delay: jobStepRetryDelayMs, backoff: "exponential" },
  timeout: jobStepTimeoutMs,
};

/**
 * What every job shares: its run is noted in D1 as it goes (begun, at which step, done or failed and why), each step is tried a bounded
 * number of times and may run twice, and the instance itself ends with the error that ended the work.
 */
export abstract class JobWorkflow extends WorkflowEntrypoint<Env, JobRequest> {
  /** The job's steps, on the ports of this deployment. */
  protected abstract work(env: Env, clock: Clock): JobWork;

  override async run({ payload: request }: Readonly<WorkflowEvent<JobRequest>>, steps: WorkflowStep): Promise<unknown> {
    const clock = clockFrom(this.env.PULSELINE_CLOCK);
    const runs = jobStore(this.env.DB);
    const begun = await steps.do("begin", config, async () => {
      await runs.begin(request, clock.now());
      return { wallMs: wallNow() };
    });
    const step: StepRunner = async (name, work) => {
      const answer = await steps.do(name, config, async () => {
        await runs.atStep(request, name);
        return JSON.stringify(await work());
      });
      return JSON.parse(answer) as Awaited<ReturnType<typeof work>>;
    };
    try {
      const result = await this.work(this.env, clock)(request.period, step);
      await steps.do("end", config, () => runs.finish(request, result, { at: clock.now(), durationMs: wallNow() - begun.wallMs }));
      return result;
    } catch (error) {
      await steps.do("note the failure", config, () => runs.fail(request, messageOf(error), clock.now()));
      throw error;
    }
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
