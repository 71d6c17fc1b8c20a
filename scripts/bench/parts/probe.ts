import type { Product } from "../product.ts";

const PROBE_EVERY_MS = 700;
const LOOK_EVERY_MS = 10;
const PROBE_TIMEOUT_MS = 60_000;

/** Milliseconds from sending one event until `GET accounts/{id}` counts it, again and again for `durationMs`; one account of its own. A look reads the whole account. */
export async function probeVisible(product: Product, durationMs: number, lookEveryMs = LOOK_EVERY_MS): Promise<number[]> {
  const until = performance.now() + durationMs;
  const headers = { authorization: `Bearer ${product.token}`, "content-type": "application/json" };
  const seen: number[] = [];
  for (let serial = 1; performance.now() < until; serial++) {
    const sentAt = performance.now();
    const event = {
      id: `probe-${serial}`,
      type: "feature.used",
      time: new Date().toISOString(),
      account: { id: "probe" },
      user: { id: "probe-user" },
    };
    for (;;) {
      const answer = await fetch(`${product.url}/v1/events`, { method: "POST", headers, body: JSON.stringify(event) });
      await answer.arrayBuffer();
      if (answer.ok) break;
    }
    for (;;) {
      const answer = await fetch(`${product.url}/api/v1/accounts/probe`, { headers });
      const { events }: { events?: number } = await answer.json();
      if ((events ?? 0) >= serial) break;
      if (performance.now() - sentAt > PROBE_TIMEOUT_MS) throw new Error(`probe ${serial} is not visible after ${PROBE_TIMEOUT_MS} ms`);
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
    seen.push(performance.now() - sentAt);
    await new Promise((resolve) => setTimeout(resolve, PROBE_EVERY_MS));
  }
  return seen;
}
