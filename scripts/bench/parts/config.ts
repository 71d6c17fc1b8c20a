import { eventSource, firstContacts } from "../events.ts";
import { quantile } from "../figures.ts";
import { type LoadRequest, runLoad } from "../load.ts";
import { accountShardName } from "../../../src/domain/hash.ts";
import { poll, type Product, rested, settled, startProduct } from "../product.ts";
import type { Figure } from "../report.ts";
import { probeVisible } from "./probe.ts";

const EVENTS_PER_SECOND = 500;
const REQUEST_EVENTS = 20;
const CONTACT_EVENTS = 500;
/** The lane takes about 40 ms an account (docs/design/accounts.md); the bench does not wait for all of ten thousand. */
export const configDefaults = { accounts: 10_000, seconds: 25 };

const shardsOf = (accounts: number): number => Math.max(1, accounts / 100);

/**
 * G13: what a publication costs those who wait for live scores, while all accounts are scored again, and how fast that goes; and the
 * same while a field of events is counted that is new, which a shard reads its whole journal for.
 * Fails if the accounts were all done before the load had ended: then nothing was measured beside it.
 */
export async function config({ accounts, seconds }: { accounts: number; seconds: number }): Promise<{
  figures: Figure[];
  splits: Record<string, unknown>;
}> {
  const product = await startProduct(shardsOf(accounts));
  try {
    const source = eventSource({ accounts, seed: 9, run: "c", time: () => Date.now() });
    const headers = { authorization: `Bearer ${product.token}`, "content-type": "application/json" };
    await makeAccounts(product, headers, accounts);
    const load = (duration: number) =>
      runLoad(product.url, () => ({ path: "/v1/events", headers, body: source(REQUEST_EVENTS).json, events: REQUEST_EVENTS }), {
        seconds: duration,
        ratePerSecond: EVENTS_PER_SECOND,
      });
    await load(10);
    await settled(product, 60_000);
    const [, before] = await Promise.all([load(seconds), probeVisible(product, (seconds - 2) * 1_000)]);
    const counting = await countNewField(product, { headers, accounts, seconds, load });
    const startedAt = performance.now();
    const version = await publish(product, headers);
    const [, during] = await Promise.all([load(seconds), probeVisible(product, (seconds - 2) * 1_000)]);
    const left = await countScoredOtherwise(product, headers, version);
    const perSecond = ((accounts - left) / (performance.now() - startedAt)) * 1_000;
    if (left === 0) throw new Error(`all ${accounts} accounts were scored again before the load had ended`);
    const [calm, busy] = [quantile(before, 0.95), quantile(during, 0.95)];
    const note = `p95 ${calm.toFixed(0)} ms before, ${busy.toFixed(0)} ms while ${accounts.toLocaleString("en-US")} accounts are scored again; ${EVENTS_PER_SECOND} events/s`;
    const ratio = busy / calm;
    const countingP95 = quantile(counting.visible, 0.95);
    const linesPerSecond = (counting.lines / counting.tookMs) * 1_000;
    const shared = { greaterIsBetter: false, floor: null } as const;
    return {
      figures: [
        { ...shared, id: "G13", what: "event to visible p95 after a publication ÷ before", unit: "", value: ratio, low: ratio, high: ratio, now: 1.5, aim: 1.2, note },
        { ...shared, id: "G13", what: "accounts scored again a second, beside the load", unit: "/s", value: perSecond, low: perSecond, high: perSecond, greaterIsBetter: true, now: 20, aim: 50, note: `${accounts - left} of ${accounts.toLocaleString("en-US")} by then, those with events first` },
        { ...shared, id: "G13", what: "lines counted for a field that is new, a second, beside the load", unit: "/s", value: linesPerSecond, low: linesPerSecond, high: linesPerSecond, greaterIsBetter: true, now: 2_000, aim: 20_000, note: `${counting.lines.toLocaleString("en-US")} lines of ${accounts.toLocaleString("en-US")} accounts, all in use after ${(counting.tookMs / 1_000).toFixed(1)} s` },
        { ...shared, id: "G13", what: "event to visible p95 while a new field is counted ÷ before", unit: "", value: countingP95 / calm, low: countingP95 / calm, high: countingP95 / calm, now: 1.5, aim: 1.2, note: `p95 ${countingP95.toFixed(0)} ms over ${seconds} s from the publication on` },
      ],
      splits: {},
    };
  } finally {
    await product.stop();
  }
} // prettier-ignore

/** The shipped scorecard under another title: everything is evaluated anew, to the same scores. */
async function publish({ url }: Product, headers: Record<string, string>): Promise<string> {
  const path = `${url}/api/v1/config/scorecards/standard`;
  const shipped: { document: object } = await (await fetch(path, { headers })).json();
  const body = JSON.stringify({ document: { ...shipped.document, title: "Published by the bench" } });
  await fetch(`${path}/draft`, { method: "PUT", headers, body });
  const published: { configVersion?: string } = await (await fetch(`${path}/publish`, { method: "POST", headers })).json();
  if (published.configVersion === undefined) throw new Error(`not published: ${JSON.stringify(published)}`);
  return published.configVersion;
}

/** More than any of the shards takes; beyond it the bench fails. */
const COUNTED_WITHIN_MS = 120_000;
const LOOK_EVERY_MS = 250;

/**
 * A measure is published that asks for a field nobody counted: every shard reads its journal for it, beside the load. Until all accounts of a
 * shard have it, its scores go by the configuration before. The rest of the load is beside what a publication costs anyhow.
 */
async function countNewField(
  product: Product,
  {
    headers,
    accounts,
    seconds,
    load,
  }: { headers: Record<string, string>; accounts: number; seconds: number; load: (seconds: number) => Promise<unknown> },
): Promise<{ tookMs: number; lines: number; visible: number[] }> {
  const { applied: lines } = await product.counters();
  const path = `${product.url}/api/v1/config/measures/bench_features`;
  const document = {
    title: "Features used",
    unit: "features",
    source: "usage",
    expression: 'account.distinct("feature.used", "feature", "28d")',
  };
  const startedAt = performance.now();
  await fetch(`${path}/draft`, { method: "PUT", headers, body: JSON.stringify({ document }) });
  const published: { configVersion?: string } = await (await fetch(`${path}/publish`, { method: "POST", headers })).json();
  const { configVersion } = published;
  if (configVersion === undefined) throw new Error(`not published: ${JSON.stringify(published)}`);
  const [, visible, tookMs] = await Promise.all([
    load(seconds),
    probeVisible(product, (seconds - 2) * 1_000),
    inUseEverywhere(product, { headers, accounts, configVersion }).then(() => performance.now() - startedAt),
  ]);
  return { tookMs, lines, visible };
}

/** Asks one account of each shard until that is judged by this configuration. */
async function inUseEverywhere(
  { url }: Product,
  { headers, accounts, configVersion }: { headers: Record<string, string>; accounts: number; configVersion: string },
): Promise<void> {
  const shards = shardsOf(accounts);
  const oneOfEach = new Map(Array.from({ length: accounts }, (_, i) => [accountShardName(`acct-${i}`, shards), `acct-${i}`]));
  for (const account of oneOfEach.values())
    await poll(
      async () => {
        const health: { configVersion?: string } = await (await fetch(`${url}/api/v1/accounts/${account}/health`, { headers })).json();
        return Number(health.configVersion ?? 0);
      },
      (version) => version >= Number(configVersion),
      { everyMs: LOOK_EVERY_MS, timeoutMs: COUNTED_WITHIN_MS, what: `the field counted for ${account}` },
    );
}

type Page = { readonly items: readonly { readonly configVersion: string }[]; readonly nextCursor: string | null };

async function countScoredOtherwise({ url }: Product, headers: Record<string, string>, version: string): Promise<number> {
  let otherwise = 0;
  for (let cursor: string | null = ""; cursor !== null;) {
    const query: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page: Page = await (await fetch(`${url}/api/v1/accounts?limit=500${query}`, { headers })).json();
    otherwise += page.items.filter((account) => account.configVersion !== version).length;
    cursor = page.nextCursor;
  }
  return otherwise;
}

/** One event for each account, and its row in the lists. */
async function makeAccounts(product: Product, headers: Record<string, string>, accounts: number): Promise<void> {
  const contacts = firstContacts({ accounts, run: "cc", time: () => Date.now() });
  let made = 0;
  const next = (): LoadRequest | null => {
    if (made >= accounts) return null;
    const count = Math.min(CONTACT_EVENTS, accounts - made);
    made += count;
    return { path: "/v1/events", headers, body: contacts(count) as Buffer, events: count };
  };
  await runLoad(product.url, next, { connections: 4 });
  await settled(product, 120_000);
  await rested(product);
}
