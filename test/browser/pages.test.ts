import { mkdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Stage, axeFindings, hasChromium, openStage, overflowPx } from "../support/dashboard-browser.ts";

/** Set to a folder to keep a picture of each page for a person to look at. */
const pictures = process.env["PULSELINE_PICTURES"];

const pages: readonly { readonly path: string; readonly shown: string }[] = [
  { path: "/", shown: "[data-row]" },
  {
    path: "/?columns=score,band,change,trend,why,owner,lastEvent,segment,plan,arr,renewal,tickets,users,events,confidence",
    shown: "[data-row]",
  },
  { path: "/accounts/delta-energy", shown: ".u-over" },
  { path: "/accounts/delta-energy?tab=tickets&view=table", shown: ".tickets tbody tr" },
  { path: "/accounts/pioneer-robotics?tab=timeline&range=7d", shown: ".entry" },
  { path: "/sources", shown: ".deliveries tbody tr" },
  { path: "/sources?add=1", shown: "dialog[open] .choice" },
  { path: "/sources?import=1", shown: "dialog[open] textarea" },
  { path: "/deliveries/dlv_0004", shown: ".delivery-events tbody tr" },
  { path: "/dead-letters", shown: ".letters tbody tr" },
  { path: "/settings", shown: "form input[name=timeZone]" },
  { path: "/welcome", shown: ".choice" },
  { path: "/nowhere", shown: "h1" },
];

describe.skipIf(!hasChromium())("every page, at each width, light and dark", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(() => stage?.close());

  for (const { path, shown } of [...pages, { path: "/sign-in", shown: "form" }]) {
    it(`draws ${path.slice(0, 50)}: no error in the console, nothing for axe, nothing too wide`, async () => {
      const { page, context, errors } = await stage.open(path, { signedIn: path !== "/sign-in", reducedMotion: true });
      for (const width of [1440, 768, 380]) {
        for (const scheme of ["light", "dark"] as const) {
          await page.setViewportSize({ width, height: 900 });
          await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
          await page.locator(shown).first().waitFor();
          await page.locator(".skeleton").first().waitFor({ state: "detached" });
          if (pictures !== undefined) {
            mkdirSync(pictures, { recursive: true });
            await page.screenshot({
              path: `${pictures}/${path.replaceAll(/\W+/g, "_").slice(0, 40)}-${width}-${scheme}.png`,
              fullPage: true,
            });
          }
          // Light and dark differ in colours alone, so the second look is at these.
          const findings = await axeFindings(page, scheme === "light" ? "everything" : "colours");
          expect({ width, scheme, findings, tooWidePx: await overflowPx(page) }).toEqual({ width, scheme, findings: [], tooWidePx: 0 });
        }
      }
      expect(errors).toEqual([]);
      await context.close();
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
    await page.getByText("<img src=x onerror=alert(1)>").waitFor();
    expect(await page.locator("img").count()).toBe(0);
    await context.close();
  });
});
