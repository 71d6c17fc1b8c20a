import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../runtime/port.ts";
import { Ledger } from "./ledger.ts";
import { type Kill, phases } from "./plan.ts";
import { type Doors, organizationOf, Senders } from "./senders.ts";
import { untilExact, type Verdict } from "./verify.ts";
import { Victim } from "./victim.ts";

export type KillReport = {
  /** Kills by phase; `elsewhere` where the code did not come to the point in time, or none was wanted. */
  readonly killsByPhase: Readonly<Record<string, number>>;
  readonly killsByTarget: Readonly<Record<string, number>>;
  readonly sent: number;
  readonly acknowledged: number;
  readonly requests: number;
  readonly triesAgain: number;
  readonly givenUp: number;
  readonly verdict: Verdict;
  /** From the last start to the first look at which every count was exact, seconds. */
  readonly exactAfterSeconds: number;
  readonly logged: readonly string[];
};

/** "Counts are exact within 60 s of the next start." */
export const exactWithinMs = 60_000;
const accountsCount = 24;
const loadBeforeKillMs = 1_200;
const pointWaitMs = 25_000;
/** The archive is written every minute, or sooner by size. */
const archiveWaitMs = 75_000;
const anywhereWithinMs = 1_500;
const lastAnswersMs = 15_000;
const mixpanelToken = "1".repeat(32);
const mixpanelSecret = "kill-test-mixpanel-secret";
const zendeskSecret = "a2lsbC10ZXN0LXplbmRlc2stc2VjcmV0";
const adminToken = "admin-token-of-the-kill-test";

/** Runs a plan of kills under load and says what became of every event. The data folder is removed at the end. */
export async function runKills(plan: readonly Kill[], tell: (line: string) => void): Promise<KillReport> {
  const dataFolder = mkdtempSync(join(tmpdir(), "pulseline-kill-"));
  const victim = new Victim({ dataFolder, port: await freePort("127.0.0.1"), adminToken, vars: {} });
  const killsByPhase: Record<string, number> = {};
  const killsByTarget: Record<string, number> = {};
  const ledger = new Ledger();
  try {
    await victim.start();
    const accounts = Array.from({ length: accountsCount }, (_, index) => `account-${index + 1}`);
    const doors = await setUp(victim.url, accounts);
    const senders = new Senders(doors, ledger, accounts);
    for (const [index, kill] of plan.entries()) {
      await pause(loadBeforeKillMs);
      const struck = await strike(victim, kill);
      killsByPhase[struck] = (killsByPhase[struck] ?? 0) + 1;
      killsByTarget[kill.target] = (killsByTarget[kill.target] ?? 0) + 1;
      const back = ((performance.now() - victim.startedAt) / 1_000).toFixed(1);
      tell(
        `${String(index + 1).padStart(3)}/${plan.length}  ${struck.padEnd(28)} ${(kill.at ?? "anywhere").padEnd(26)} killed: ${kill.target}, back after ${back} s, ${ledger.total().acknowledged} events acknowledged`,
      );
    }
    await senders.stop(lastAnswersMs);
    const { verdict, at } = await untilExact({ url: victim.url, adminToken }, ledger, victim.startedAt + exactWithinMs);
    const { sent, acknowledged } = ledger.total();
    return {
      killsByPhase,
      killsByTarget,
      sent,
      acknowledged,
      requests: ledger.requests,
      triesAgain: ledger.triesAgain,
      givenUp: ledger.givenUp,
      verdict,
      exactAfterSeconds: (at - victim.startedAt) / 1_000,
      logged: victim.logged,
    };
  } finally {
    await victim.stop();
    rmSync(dataFolder, { recursive: true, force: true });
  }
}

/** @returns the phase in which it struck */
async function strike(victim: Victim, { at, target }: Kill): Promise<string> {
  let phase = "elsewhere";
  if (at === null) await pause(Math.random() * anywhereWithinMs);
  else if (await victim.holdAt(at, at.startsWith("archive:") ? archiveWaitMs : pointWaitMs)) phase = phases[at];
  await victim.killAndRestart(target);
  return phase;
}

async function setUp(url: string, accounts: readonly string[]): Promise<Doors> {
  const create = async (path: string, body: unknown): Promise<{ id: string }> => {
    const response = await fetch(`${url}/api/v1/${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${adminToken}`, "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status} ${await response.text()}`);
    return await response.json<{ id: string }>();
  };
  for (const id of accounts) await create("accounts", { id, externalIds: { zendesk: organizationOf(id) } });
  await create("connections", {
    connector: "mixpanel",
    name: "Mixpanel",
    settings: { projectToken: mixpanelToken, accountKey: "company_id" },
    secrets: { apiSecret: mixpanelSecret },
  });
  const { id } = await create("connections", {
    connector: "zendesk",
    name: "Zendesk",
    settings: { subdomain: "kill" },
    secrets: { webhookSecret: zendeskSecret },
  });
  return { url, adminToken, mixpanelToken, mixpanelSecret, zendeskConnectionId: id, zendeskSecret };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
