import { riskCallWaitMs } from "../../domain/limits.ts";
import type { Env } from "../../env.ts";
import { monthlyJob } from "../../reports/monthly-job.ts";
import type { AccountBook, RiskConfig } from "../../reports/ports.ts";
import type { JobWork } from "../../reports/work.ts";
import { callObject } from "../call-object.ts";
import { type Clock, wallNow } from "../clock.ts";
import { configStore } from "../d1/config-store.ts";
import { riskResults } from "../d1/risk-store.ts";
import { riskParts } from "../r2/risk-parts.ts";
import { reportLine } from "../report.ts";
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
      parts: riskParts(env.ARCHIVE, wallNow),
      note: reportLine,
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
