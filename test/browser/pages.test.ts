import { mkdirSync } from "node:fs";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AxeScope, type Stage, type Visit, axeFindings, hasChromium, openStage, overflowPx } from "../support/dashboard-browser.ts";

/** Set to a folder to keep a picture of each page for a person to look at. */
const pictures = process.env["PULSELINE_PICTURES"];

/** `within`: the part that is new in this state; what lies behind it is looked at by its own address. */
const pages: readonly { readonly path: string; readonly shown: string; readonly within?: string }[] = [
  { path: "/", shown: "[data-row]" },
  {
    path: "/?columns=score,band,scores,change,trend,why,owner,lastEvent,segment,plan,arr,renewal,tickets,users,events,risk,confidence",
    shown: "[data-row]",
  },
  { path: "/?book=accounts", shown: ".book-chart .u-over", within: "[aria-labelledby=book-head]" },
  { path: "/accounts/delta-logistics", shown: ".u-over" },
  { path: "/accounts/delta-logistics?card=self_serve&range=30d", shown: ".score-choice [aria-pressed=true]", within: ".score-choice" },
  { path: "/accounts/delta-logistics?tab=tickets&view=table&range=30d", shown: ".tickets tbody tr" },
  { path: "/accounts/delta-logistics?tab=conversations&range=30d", shown: ".records tbody tr" },
  { path: "/accounts/delta-logistics?tab=notes&range=30d", shown: ".note" },
  { path: "/accounts/delta-logistics?tab=people&range=30d", shown: ".records tbody tr" },
  { path: "/accounts/delta-logistics?tab=usage&range=30d", shown: ".usage-of-account tbody tr", within: "#tab-panel" },
  { path: "/accounts/delta-logistics?tab=money&range=30d", shown: ".record-lists .records tbody tr" },
  { path: "/accounts/delta-logistics?tab=children&range=30d", shown: ".records tbody tr" },
  { path: "/accounts/pioneer-logistics?tab=timeline&range=7d", shown: ".entry" },
  { path: "/accounts/delta-logistics?measure=seat_use&range=30d", shown: "dialog[open] .u-over", within: "dialog[open]" },
  { path: "/accounts/delta-logistics?measure=seat_use&mview=table&range=7d", shown: "dialog[open] tbody tr", within: "dialog[open]" },
  { path: "/tasks", shown: ".all-tasks tbody tr" },
  { path: "/usage", shown: ".usage-features tbody tr" },
  { path: "/usage?segment=enterprise", shown: ".notice-warn", within: ".notice-warn" },
  { path: "/usage?tab=funnel&step=session.started&step=feature.used;feature=Export&step=lamp.lit", shown: ".usage-funnel tbody tr" },
  { path: "/usage?tab=paths", shown: ".usage-paths tbody tr" },
  { path: "/usage?tab=cohorts", shown: ".usage-cohorts tbody tr" },
  { path: "/usage?account=delta-logistics", shown: ".usage-of-account tbody tr" },
  { path: "/usage?tab=retention&period=month", shown: ".usage-grid tbody tr" },
  { path: "/usage?tab=experiments", shown: ".usage-experiments tbody tr" },
  { path: "/usage?tab=experiments&experiment=guided-setup", shown: ".usage-result tbody tr" },
  { path: "/sources", shown: ".deliveries tbody tr" },
  { path: "/sources?add=1", shown: "dialog[open] .choice", within: "dialog[open]" },
  { path: "/sources?import=1", shown: "dialog[open] textarea", within: "dialog[open]" },
  { path: "/deliveries/dlv_0004", shown: ".delivery-events tbody tr" },
  { path: "/dead-letters?look=dl_2", shown: "dialog[open] .discard", within: "dialog[open]" },
  { path: "/dead-letters", shown: ".letters tbody tr" },
  { path: "/settings", shown: "form input[name=timeZone]" },
  { path: "/settings/jobs?job=daily&period=2026-11-22", shown: ".differences tbody tr" },
  { path: "/settings/risk", shown: ".proposal" },
  { path: "/settings/risk?of=segment:enterprise&month=2026-09", shown: "#forecast" },
  { path: "/settings/scorecards", shown: ".documents tbody tr" },
  { path: "/settings/scorecards/standard?open=support", shown: ".previews td[data-label=Score]" },
  { path: "/settings/scorecards/standard?tab=rules&account=delta-logistics", shown: ".previews td[data-label=Score]" },
  { path: "/settings/scorecards/standard?tab=shadow", shown: ".face" },
  { path: "/settings/calendars/office?new=1", shown: ".text-editor textarea" },
  { path: "/welcome", shown: ".choice" },
  { path: "/nowhere", shown: "h1" },
  // Last: there the person is signed out.
  { path: "/sign-in", shown: "form" },
];

/**
 * Colours are half of axe's work: they are looked at in the light on the wide page and in the dark at both ends of the widths. On a phone the same
 * elements lie otherwise; those that only a phone has are on every page, so their colours in the light are looked at on the first.
 */
const looks: readonly { readonly width: number; readonly scheme: "light" | "dark"; readonly scope: AxeScope }[] = [
  { width: 1440, scheme: "light", scope: "everything" },
  { width: 1440, scheme: "dark", scope: "colours" },
  { width: 768, scheme: "light", scope: "layout" },
  { width: 380, scheme: "light", scope: "layout" },
  { width: 380, scheme: "dark", scope: "colours" },
];

async function keepPicture(page: Page, path: string, width: number, scheme: string): Promise<void> {
  if (pictures === undefined) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: `${pictures}/${path.replaceAll(/\W+/g, "_").slice(0, 40)}-${width}-${scheme}.png`, fullPage: true });
}

describe.skipIf(!hasChromium())("every page, at each width, light and dark", () => {
  let stage: Stage;
  /** One page goes everywhere: that is what a person does, and it spares a browser's start for each address. */
  let visit: Visit;
  beforeAll(async () => {
    // Twenty accounts tell every story once or twice; more rows of the same kind show nothing new.
    stage = await openStage({ accounts: 20 });
    visit = await stage.open("/");
  });
  afterAll(() => stage?.close());

  for (const { path, shown, within } of pages) {
    it(`draws ${path.slice(0, 50)}: no error in the console, nothing for axe, nothing too wide`, async () => {
      const { page, context, errors } = visit;
      errors.length = 0;
      if (path === "/sign-in") await context.clearCookies();
      await page.goto(stage.server.url + path);
      for (const { width, scheme, scope } of looks) {
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
        await page.locator(shown).first().waitFor();
        await page.locator(".skeleton").first().waitFor({ state: "detached" });
        await keepPicture(page, path, width, scheme);
        const findings = await axeFindings(page, path === "/" && scope === "layout" ? "everything" : scope, within);
        expect({ width, scheme, findings, tooWidePx: await overflowPx(page) }).toEqual({ width, scheme, findings: [], tooWidePx: 0 });
      }
      expect(errors).toEqual([]);
    });
  }

  it("shows a vendor's text as text, never as HTML", async () => {
    const { page, context } = await stage.open("/?q=delta-logistics");
    await page.getByRole("link", { name: "Delta <b>Logistics</b> & Sons" }).waitFor();
    await page.goto(`${stage.server.url}/dead-letters`);
    await page
      .getByRole("button", { name: /^Look at/ })
      .first()
      .click();
    await page.getByText("<img src=x onerror=alert(1)>").first().waitFor();
    expect(await page.locator("img").count()).toBe(0);
    await context.close();
  });
});
