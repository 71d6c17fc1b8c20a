import { eventSource } from "../events.ts";
import { quantile } from "../figures.ts";
import { runLoad } from "../load.ts";
import { poll, type Product, settled, startProduct } from "../product.ts";
import type { Figure } from "../report.ts";
import { probeVisible } from "./probe.ts";

const ACCOUNTS = 1_000;
const EVENTS_PER_SECOND = 500;
const REQUEST_EVENTS = 20;

/** What a publication costs those who wait for live scores, and how long it takes until all accounts are scored with it. */
export async function config(seconds: number): Promise<{ figures: Figure[]; splits: Record<string, unknown> }> {
  const product = await startProduct(ACCOUNTS / 100);
  try {
    const source = eventSource({ accounts: ACCOUNTS, seed: 9, run: "c", time: () => Date.now() });
    const headers = { authorization: `Bearer ${product.token}`, "content-type": "application/json" };
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
    const rescored = allScoredWith(product, headers, version).then(() => performance.now() - startedAt);
    const [, during] = await Promise.all([load(seconds), probeVisible(product, (seconds - 2) * 1_000)]);
    const tookMs = await rescored;
    const [calm, busy] = [quantile(before, 0.95), quantile(during, 0.95)];
    const note = `p95 ${calm.toFixed(0)} ms before, ${busy.toFixed(0)} ms while ${ACCOUNTS} accounts are scored again; ${EVENTS_PER_SECOND} events/s`;
    const ratio = busy / calm;
    const shared = { greaterIsBetter: false, floor: null } as const;
    return {
      figures: [
        { ...shared, id: "G13", what: "event to visible p95 after a publication ÷ before", unit: "", value: ratio, low: ratio, high: ratio, now: 1.5, aim: 1.2, note },
        { ...shared, id: "G13", what: "publication to all accounts in lists", unit: "s", value: tookMs / 1_000, low: tookMs / 1_000, high: tookMs / 1_000, now: 300, aim: 60, note: "" },
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

const allScoredWith = ({ url }: Product, headers: Record<string, string>, version: string) =>
  poll(
    async () => {
      let old = 0;
      let path: string | null = "/api/v1/accounts?limit=500";
      while (path !== null) {
        const page: Page = await (await fetch(`${url}${path}`, { headers })).json();
        old += page.items.filter((account) => account.configVersion !== version).length;
        path = page.nextCursor === null ? null : `/api/v1/accounts?limit=500&cursor=${encodeURIComponent(page.nextCursor)}`;
      }
      return old;
    },
    (old) => old === 0,
    { everyMs: 2_000, timeoutMs: 600_000, what: "all accounts scored with the publication" },
  );
