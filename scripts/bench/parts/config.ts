import { eventSource, firstContacts } from "../events.ts";
import { quantile } from "../figures.ts";
import { type LoadRequest, runLoad } from "../load.ts";
import { type Product, rested, settled, startProduct } from "../product.ts";
import type { Figure } from "../report.ts";
import { probeVisible } from "./probe.ts";

const EVENTS_PER_SECOND = 500;
const REQUEST_EVENTS = 20;
const CONTACT_EVENTS = 500;
/** The lane takes about 40 ms an account (docs/design/accounts.md); the bench does not wait for all of ten thousand. */
export const configDefaults = { accounts: 10_000, seconds: 25 };

/**
 * G13: what a publication costs those who wait for live scores, while all accounts are scored again, and how fast that goes.
 * Fails if the accounts were all done before the load had ended: then nothing was measured beside it.
 */
export async function config({ accounts, seconds }: { accounts: number; seconds: number }): Promise<{
  figures: Figure[];
  splits: Record<string, unknown>;
}> {
  const product = await startProduct(Math.max(1, accounts / 100));
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
    const startedAt = performance.now();
    const version = await publish(product, headers);
    const [, during] = await Promise.all([load(seconds), probeVisible(product, (seconds - 2) * 1_000)]);
    const left = await countScoredOtherwise(product, headers, version);
    const perSecond = ((accounts - left) / (performance.now() - startedAt)) * 1_000;
    if (left === 0) throw new Error(`all ${accounts} accounts were scored again before the load had ended`);
    const [calm, busy] = [quantile(before, 0.95), quantile(during, 0.95)];
    const note = `p95 ${calm.toFixed(0)} ms before, ${busy.toFixed(0)} ms while ${accounts.toLocaleString("en-US")} accounts are scored again; ${EVENTS_PER_SECOND} events/s`;
    const ratio = busy / calm;
    const shared = { greaterIsBetter: false, floor: null } as const;
    return {
      figures: [
        { ...shared, id: "G13", what: "event to visible p95 after a publication ÷ before", unit: "", value: ratio, low: ratio, high: ratio, now: 1.5, aim: 1.2, note },
        { ...shared, id: "G13", what: "accounts scored again a second, beside the load", unit: "/s", value: perSecond, low: perSecond, high: perSecond, greaterIsBetter: true, now: 20, aim: 50, note: `${accounts - left} of ${accounts.toLocaleString("en-US")} by then, those with events first` },
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
