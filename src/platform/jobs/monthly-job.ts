import { z } from "zod";
import { riskCallWaitMs } from "../../domain/limits.ts";
import { AccountHistorySchema } from "../../domain/risk/history.ts";
import type { Env } from "../../env.ts";
import { monthlyJob } from "../../reports/monthly-job.ts";
import type { AccountBook, RiskConfig, RiskParts } from "../../reports/ports.ts";
import type { JobWork } from "../../reports/work.ts";
import { callObject } from "../call-object.ts";
import type { Clock } from "../clock.ts";
import { configStore } from "../d1/config-store.ts";
import { riskResults } from "../d1/risk-store.ts";
import { spreadConfigSafely } from "../spread-config.ts";
import { within } from "../within.ts";
import { accountShardNames } from "./account-shard-names.ts";
import { JobWorkflow } from "./job-workflow.ts";

/** The workflow of each month. */
export class MonthlyJob extends JobWorkflow {
  protected override work(env: Env, clock: Clock): JobWork {
    return monthlyJob({
      now: clock.now,
      book: accountBook(env),
      parts: riskParts(env.ARCHIVE),
      results: riskResults(env.DB),
      config: riskConfig(env),
    });
  }
}

function accountBook(env: Env): AccountBook {
  return {
    async countAccounts() {
      return (await env.DB.prepare("SELECT count(*) AS n FROM accounts WHERE deleted = 0").first<{ n: number }>())?.n ?? 0;
    },
    shards: (after, limit) => accountShardNames(env.DB, after, limit),
    histories: (shard, page) =>
      within(
        riskCallWaitMs,
        callObject(
          () => env.ACCOUNT_SHARD.getByName(shard),
          (stub) => stub.riskHistories(page),
        ),
      ),
  };
}

const PartSchema = z.object({
  layout: z.literal(1),
  accounts: z.number(),
  withoutSubscription: z.number(),
  histories: z.array(AccountHistorySchema),
});

/** In R2 while the job is under way: `risk/2026-10/0.json`. */
function riskParts(bucket: R2Bucket): RiskParts {
  const keyOf = (period: string, part: number): string => `risk/${period}/${part}.json`;
  return {
    async put(period, part, read) {
      await bucket.put(keyOf(period, part), JSON.stringify({ layout: 1, ...read }));
    },
    async get(period, part) {
      const found = await bucket.get(keyOf(period, part));
      if (found === null) throw new Error(`part ${part} of ${period} is not there`);
      return PartSchema.parse(JSON.parse(await found.text()));
    },
    async remove(period, parts) {
      // One call takes at most 1,000 keys; so many parts there are at most.
      await bucket.delete(Array.from({ length: parts }, (_, part) => keyOf(period, part)));
    },
  };
}

function riskConfig(env: Env): RiskConfig {
  const store = configStore(env.DB);
  return {
    active: () => store.configuration(),
    put: (next, by) => store.putConfiguration(next, by, {}),
    spread: (version) => spreadConfigSafely(env, version),
    draft: (kind, key) => store.openDocument(kind, key),
    saveDraft: (draft, revision) => store.saveDraft(draft, revision),
  };
}
