import { DAY_MS } from "../../../src/domain/time.ts";
import { customersOf } from "../../demo/company/customers.ts";
import { historyDays } from "../../demo/company/history.ts";
import { openDoors } from "../../demo/doors.ts";
import { playSpan } from "../../demo/play.ts";
import { setUp } from "../../demo/set-up.ts";
import { type DemoState, newDemoState } from "../../demo/state.ts";
import { median } from "../figures.ts";
import { cpuSeconds } from "../process-figures.ts";
import { type Product, rested, settled, startProduct } from "../product.ts";
import type { Figure } from "../report.ts";

/** As docs/operations.md advises. */
const ACCOUNTS_PER_SHARD = 100;
const SETTLED_WITHIN_MS = 600_000;

/** Asked about all accounts and the whole history, as the page asks. */
const questions = {
  adoption: "adoption?",
  retention: "retention?period=week&",
  cohorts: "cohorts?period=month&",
  "funnel, frequent steps": "funnel?steps=session.started&steps=feature.used&",
  "funnel, three steps": "funnel?steps=session.started&steps=page.viewed&steps=feature.used%3Bfeature%3DExport Run&",
  paths: "paths?anchor=session.started&",
  "list of experiments": "experiments?",
  "one experiment": "experiments?experiment=guided-setup&goal=feature.used%3Bfeature%3DTemplate Applied&",
} as const;

type Answer = { readonly accounts: number; readonly complete: boolean; readonly note?: string };
type Asked = { readonly wallMs: number; readonly cpuMs: number; readonly answer: Answer };

/**
 * What questions about usage cost over a company of the demo's kind that is larger: its history is told through the front doors, then each
 * question is asked alone, never from what is kept. It has no goal, takes minutes to import, and is only run when it is named.
 */
export async function analytics(accounts: number, rounds: number): Promise<{ figures: Figure[]; splits: Record<string, unknown> }> {
  const product = await startProduct(Math.ceil(accounts / ACCOUNTS_PER_SHARD));
  try {
    const originMs = Date.now();
    const events = await tellHistory(product, accounts, originMs);
    const rows: Record<string, Asked[]> = {};
    for (const [name, path] of Object.entries(questions)) {
      const asked: Asked[] = [];
      for (let round = 0; round < rounds; round++) asked.push(await ask(product, path, originMs));
      rows[name] = asked;
    }
    console.log(toTable(rows, { accounts, events }));
    return { figures: [], splits: { analytics: { accounts, events, rows } } };
  } finally {
    await product.stop();
  }
}

async function tellHistory(product: Product, accounts: number, originMs: number): Promise<number> {
  const state: DemoState = { ...newDemoState(originMs, historyDays * DAY_MS), adminToken: product.token };
  const customers = customersOf(state.seed, originMs, accounts);
  await setUp(product.url, state, customers);
  const isStopped = (): boolean => false;
  const doors = openDoors(new URL(product.url), state, isStopped);
  const { tally } = doors;
  const startedAt = performance.now();
  let toldAt = 0;
  for (const span of state.spans)
    await playSpan({ company: { seed: state.seed, originMs, customers }, doors, isStopped }, span, ({ days, daysTotal }) => {
      if (days < daysTotal && performance.now() - toldAt < 15_000) return;
      toldAt = performance.now();
      console.error(`analytics: ${days} of ${daysTotal} days, ${(tally.native + tally.mixpanel + tally.zendesk).toLocaleString("en-US")} events, ${((toldAt - startedAt) / 1_000).toFixed(0)} s`); // prettier-ignore
    });
  await settled(product, SETTLED_WITHIN_MS);
  await rested(product);
  doors.close();
  return tally.native + tally.mixpanel + tally.zendesk;
}

async function ask({ url, token, workerdPid }: Product, path: string, originMs: number): Promise<Asked> {
  const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
  const range = `from=${day(originMs - (historyDays - 1) * DAY_MS)}&to=${day(originMs + DAY_MS)}`;
  const cpuBefore = cpuSeconds(workerdPid);
  const startedAt = performance.now();
  const response = await fetch(`${url}/api/v1/analytics/${path}${range}`, {
    headers: { authorization: `Bearer ${token}`, "cache-control": "no-cache" },
  });
  const text = await response.text();
  const wallMs = performance.now() - startedAt;
  if (!response.ok) throw new Error(`${path} was answered ${response.status}: ${text.slice(0, 300)}`);
  return { wallMs, cpuMs: (cpuSeconds(workerdPid) - cpuBefore) * 1_000, answer: JSON.parse(text) as Answer };
}

function toTable(rows: Readonly<Record<string, readonly Asked[]>>, { accounts, events }: { accounts: number; events: number }): string {
  const seconds = (ms: readonly number[]): string => (median(ms) / 1_000).toFixed(2);
  const lines = Object.entries(rows).map(([name, asked]) => {
    const told = asked.map(({ answer }) => (answer.complete ? "all" : `${answer.accounts} accounts`));
    return `| ${name} | ${seconds(asked.map(({ cpuMs }) => cpuMs))} | ${seconds(asked.map(({ wallMs }) => wallMs))} | ${[...new Set(told)].join(", ")} |`;
  });
  const head = `${accounts.toLocaleString("en-US")} accounts, ${events.toLocaleString("en-US")} events over ${historyDays} days`;
  return [`${head}\n`, "| question | CPU s | wall s | about |", "|---|---|---|---|", ...lines].join("\n");
}
