import { jobInstanceId, type JobKind, type JobRequest } from "../../domain/jobs/job.ts";
import type { Env } from "../../env.ts";
import type { JobEngine } from "../../reports/ports.ts";
import { reportLine } from "../report.ts";

/** Cloudflare Workflows: one class for each kind of job, one instance for each attempt. */
export function jobEngine(env: Env): JobEngine {
  const workflows: Readonly<Record<JobKind, Workflow<JobRequest>>> = { daily: env.DAILY_JOB, monthly: env.MONTHLY_JOB };
  const instance = async (request: JobRequest): Promise<WorkflowInstance | null> => {
    try {
      return await workflows[request.kind].get(jobInstanceId(request));
    } catch (error) {
      if (/not.?found/i.test(String(error))) return null;
      throw error;
    }
  };
  return {
    async start({ kind, period, attempt }) {
      const params = { kind, period, attempt };
      try {
        await workflows[kind].create({ id: jobInstanceId(params), params });
      } catch (error) {
        if (!/already.?exists/i.test(String(error))) throw error;
      }
    },
    async state(request) {
      const found = await (await instance(request))?.status();
      switch (found?.status) {
        case undefined:
        case "unknown":
          return { state: "absent" };
        case "errored":
        case "terminated":
          return { state: "ended", error: found?.error?.message ?? `the workflow was ${found?.status}` };
        case "complete":
          return { state: "ended", error: "the workflow ended without saying so" };
        default:
          return { state: "going" };
      }
    },
    /** An instance that waits when its process ends stays `running` for ever on the local runtime; pausing and resuming brings it back. */
    async wake(request) {
      const found = await instance(request);
      if (found === null) return;
      const failed = (call: string) => (error: unknown) => reportLine("job_not_woken", { ...request, call, error: String(error) });
      await found.pause().catch(failed("pause"));
      await found.resume().catch(failed("resume"));
    },
  };
}
