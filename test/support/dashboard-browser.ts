import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, type BrowserContext, type Page, chromium } from "playwright-core";
import { inject } from "vitest";
import { type FixtureServer, startFixtureServer } from "../dashboard/fixture-server.ts";

const candidates = [process.env["CHROMIUM"], "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const chromiumPath = candidates.find((path): path is string => path !== undefined && existsSync(path));

/** Without Chromium these tests say so and are skipped; in CI they must run. */
export const hasChromium = (): boolean => {
  if (chromiumPath !== undefined) return true;
  if (process.env["CI"] !== undefined) throw new Error("CI has no Chromium: set CHROMIUM to its path");
  console.warn("No Chromium found (set CHROMIUM to its path): the browser tests are skipped");
  return false;
};

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const launchChromium = (): Promise<Browser> => chromium.launch({ executablePath: chromiumPath ?? "", args: flags });

export type Visit = { readonly page: Page; readonly context: BrowserContext; readonly errors: string[] };

export type Stage = {
  readonly server: FixtureServer;
  /** Without motion unless asked for: a machine without a graphics card draws what moves sixty times a second, for nobody. */
  readonly open: (
    path: string,
    options?: { width?: number; scheme?: "light" | "dark"; signedIn?: boolean; reducedMotion?: boolean; zone?: string },
  ) => Promise<Visit>;
  readonly close: () => Promise<void>;
};

/** Serves the pages as they stand in the tree (dashboard-build.ts) over made-up data, and opens them in Chromium. */
export async function openStage(options: { accounts?: number } = {}): Promise<Stage> {
  const server = await startFixtureServer({ ...options, pages: inject("dashboardPages") });
  const browser = await launchChromium();
  return {
    server,
    open: async (path, { width = 1440, scheme = "light", signedIn = true, reducedMotion = true, zone } = {}) => {
      const context = await browser.newContext({
        viewport: { width, height: 900 },
        colorScheme: scheme,
        reducedMotion: reducedMotion ? "reduce" : "no-preference",
        acceptDownloads: true,
        ...(zone !== undefined && { timezoneId: zone }),
      });
      if (signedIn) await context.addCookies([{ name: "pulseline_session", value: "1", url: server.url }]);
      const page = await context.newPage();
      // A shared machine may stand still for seconds; what is wrong stays wrong for longer than that.
      page.setDefaultTimeout(30_000);
      const errors: string[] = [];
      page.on("console", (message) => {
        if (message.type() === "error" || message.type() === "warning") errors.push(message.text());
      });
      page.on("pageerror", (error) => errors.push(String(error)));
      await page.goto(server.url + path);
      return { page, context, errors };
    },
    close: async () => {
      await browser.close();
      await server.close();
    },
  };
}

/** Contrast is half of axe's work and depends on the scheme; the other rules depend on the layout. Room for a finger (WCAG 2.2) is off unless asked for. */
export type AxeScope = "everything" | "colours" | "layout";
const axeScopes: Readonly<Record<AxeScope, object>> = {
  everything: { rules: { "target-size": { enabled: true } } },
  colours: { runOnly: ["color-contrast"] },
  layout: { rules: { "color-contrast": { enabled: false }, "target-size": { enabled: true } } },
};

/** What axe finds in one part of the page, one line for each node. It is evaluated by the debugger, so the page's own policy stays as strict as it is. */
export async function axeFindings(page: Page, scope: AxeScope = "everything", within = "html"): Promise<string[]> {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axeSource);
  return page.evaluate(
    async ({ part, options }) => {
      const { axe } = globalThis as unknown as {
        axe: {
          run(
            part: string,
            options: object,
          ): Promise<{ violations: { id: string; help: string; nodes: { html: string; failureSummary?: string }[] }[] }>;
        };
      };
      const { violations } = await axe.run(part, { resultTypes: ["violations"], preload: false, ...options });
      return violations.flatMap((violation) =>
        violation.nodes.map((node) => `${violation.id}: ${node.html.slice(0, 160)} ${node.failureSummary ?? ""}`),
      );
    },
    { part: within, options: axeScopes[scope] },
  );
}

/** How far the page is wider than the window, px. */
export const overflowPx = (page: Page): Promise<number> =>
  page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - innerWidth));
