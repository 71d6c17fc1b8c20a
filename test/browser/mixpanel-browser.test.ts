import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Runtime, startRuntime } from "../../scripts/runtime/host.ts";
import { hasChromium, launchChromium } from "../support/dashboard-browser.ts";

const adminToken = "admin-token-of-this-test";
const sdkPath = join(dirname(createRequire(import.meta.url).resolve("mixpanel-browser")), "mixpanel.umd.js");

/** As a customer's shop has it: the official SDK, pointed at this deployment. */
type Sdk = {
  init(token: string, config: object): void;
  identify(id: string): void;
  register(properties: object): void;
  track(event: string, properties?: object, options?: object): void;
  readonly people: { set(properties: object): void };
};

/** `localhost` while the deployment is `127.0.0.1`: another origin, and another site too. */
async function serveShop(): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer((request, response) => {
    if (request.url === "/mixpanel.js") response.setHeader("content-type", "text/javascript").end(readFileSync(sdkPath));
    else response.setHeader("content-type", "text/html").end('<!doctype html><title>Shop</title><script src="/mixpanel.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  return { url: `http://localhost:${(server.address() as AddressInfo).port}`, server };
}

describe.skipIf(!hasChromium())("the official Mixpanel SDK for browsers", () => {
  const folder = mkdtempSync(join(tmpdir(), "pulseline-mixpanel-"));
  let runtime: Runtime;
  let browser: Browser;
  let serial = 0;
  let shop: Awaited<ReturnType<typeof serveShop>>;
  const api = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${runtime.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${adminToken}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };

  beforeAll(async () => {
    [runtime, browser, shop] = await Promise.all([startRuntime({ dataFolder: folder, adminToken }), launchChromium(), serveShop()]);
  });
  afterAll(async () => {
    await Promise.all([browser?.close(), runtime?.stop()]);
    shop?.server.closeAllConnections();
    shop?.server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each([
    ["form", "base64"],
    ["JSON", "json"],
  ])("tracks and batches as %s from a page of another origin, past the preflight; each event is counted once", async (name, format) => {
    const account = `shop-${++serial}`;
    const projectToken = `project-token-${serial}`;
    await api("POST", "/connections", { connector: "mixpanel", name, settings: { projectToken, groupKey: "company_id" } });
    await api("POST", "/accounts", { id: account, externalIds: { mixpanel: account } });

    const context = await browser.newContext();
    const page = await context.newPage();
    const faults: string[] = [];
    page.on("console", (message) => void (message.type() === "error" && faults.push(message.text())));
    page.on("pageerror", (error) => faults.push(String(error)));
    const asked: string[] = [];
    const debug = await context.newCDPSession(page);
    await debug.send("Network.enable");
    debug.on("Network.requestWillBeSent", ({ request }) => {
      if (request.url.startsWith(runtime.url)) asked.push(`${request.method} ${new URL(request.url).pathname}`);
    });
    await page.goto(shop.url);
    await page.evaluate(
      ([host, token, company, payload]) => {
        const { mixpanel } = globalThis as unknown as { mixpanel: Sdk };
        mixpanel.init(token as string, {
          api_host: host,
          api_payload_format: payload,
          batch_flush_interval_ms: 200,
          track_pageview: false,
          // A header of one's own is what makes a browser ask first.
          xhr_headers: { "x-shop": "acme" },
        });
        mixpanel.identify("dana@acme.example");
        mixpanel.register({ company_id: company });
        mixpanel.people.set({ $name: "Dana" });
        for (let i = 0; i < 120; i++) mixpanel.track("Report Exported", { number: i });
        mixpanel.track("Left", {}, { send_immediately: true, transport: "sendBeacon" });
      },
      [runtime.url, projectToken, account, format],
    );

    const counted = async (): Promise<unknown> => {
      const { points } = (await api("GET", `/accounts/${account}/metrics/events?step=all`)) as { points: { value: number }[] };
      return points[0]?.value;
    };
    await vi.waitFor(async () => expect(await counted()).toBe(121), { timeout: 40_000, interval: 200 });
    // What the SDK sends again after it has been answered would come within its next flush.
    await page.waitForTimeout(1_000);
    expect(await counted()).toBe(121);
    expect(faults).toEqual([]);
    expect(asked).toEqual(expect.arrayContaining(["OPTIONS /track/", "POST /track/", "OPTIONS /engage/", "POST /engage/"]));
    expect(asked.filter((request) => request === "POST /track/").length).toBeLessThan(20);
    await context.close();
  });
});
