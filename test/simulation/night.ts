import type { ParityReport } from "../../src/domain/parity/report.ts";
import { newestDue } from "../../src/domain/jobs/job.ts";
import { clockFrom } from "../../src/platform/clock.ts";
import { dailyPorts } from "../../src/platform/jobs/daily-ports.ts";
import { checkParity } from "../../src/reports/check-parity.ts";
import { compactJournals } from "../../src/reports/compact-journals.ts";
import type { StepRunner } from "../../src/reports/work.ts";
import type { World } from "./world.ts";

const triesMax = 20;

/**
 * The work of a night on a world as it stands: journals compacted, every account recomputed from the archive. Steps that fail are tried again, as the
 * workflow does. Answers what differs, in words; null: a step failed too often, as it may in a storm.
 */
export async function night(world: World): Promise<readonly string[] | null> {
  const clock = clockFrom(undefined);
  const period = newestDue("daily", clock.now());
  const all = dailyPorts(world.env, clock);
  const names = world.objects.names("AccountShard");
  const shards = async (after: string | null): Promise<readonly string[]> => names.filter((name) => after === null || name > after).sort();
  const found: ParityReport[] = [];
  const step: StepRunner = async (name, work) => {
    for (let tries = 1; ; tries++) {
      try {
        return await work();
      } catch (error) {
        if (tries === triesMax) throw new Error(`${name}: ${String(error)}`, { cause: error });
        await world.time.sleep(100);
      }
    }
  };
  try {
    await compactJournals(period, step, { ...all.journals, shards });
    await checkParity(period, step, {
      ...all.parity,
      shards,
      // Raw deliveries are archived a minute later, and the storm's quiet time is theirs.
      raw: { has: async () => true },
      rawKeptFrom: async () => 0,
      results: { keep: async (report) => void found.push(report) },
      alert: () => undefined,
    });
  } catch {
    return null;
  }
  return (found.at(-1)?.differences ?? []).map(
    ({ account, figure, live, recomputed }) => `${account}: ${figure} is ${String(live)}, from the archive ${String(recomputed)}`,
  );
}
