import { backTestMonth } from "./back-test.ts";
import type { BackTestPorts } from "./ports.ts";
import type { JobWork } from "./work.ts";

/** The work of each month. */
export const monthlyJob =
  (ports: BackTestPorts): JobWork =>
  async (period, step) => ({ backTest: await backTestMonth(period, step, ports) });
