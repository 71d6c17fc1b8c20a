import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { axeFindings, hasChromium, openStage, type Stage } from "../support/dashboard-browser.ts";

/** What each question says where nobody did anything, and where it could not be answered. */
const faces = [
  { tab: "features", empty: "No feature was used", failed: "The use of features could not be read" },
  { tab: "paths", empty: "Nobody did this in this time: Used a feature", failed: "The paths could not be read" },
  { tab: "retention", empty: "Nobody came for the first time", failed: "Who came back could not be read" },
  { tab: "cohorts", empty: "Nobody used the product", failed: "The cohorts could not be read" },
  { tab: "experiments", empty: "No experiment in this time", failed: "The experiments could not be read" },
] as const;

describe.skipIf(!hasChromium())("usage on the page", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ accounts: 20 });
  });
  afterAll(() => stage?.close());

  it("follows people step by step, forwards and back, and the address holds the question", async () => {
    const { page, context, errors } = await stage.open("/usage");
    await page.getByRole("link", { name: "Paths" }).click();
    await page.getByText("1,200 sessions of 310 people with “Used a feature”.").waitFor();
    await page.getByText("The 4 most frequent of 140 paths.").waitFor();
    await page.getByRole("rowheader", { name: "Viewed /reports → Used Export <b>Run</b>" }).waitFor();
    await page.getByRole("rowheader", { name: "Nothing more in the session" }).first().waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe("Used Report Created");
    await page.getByRole("combobox", { name: /^Look/ }).selectOption("at what came before");
    // Told in the order in which it happened, whichever way one looks.
    await page.getByRole("rowheader", { name: "Used Export <b>Run</b> → Viewed /reports" }).waitFor();
    await page.getByRole("link", { name: "Viewed /reports" }).click();
    await page.waitForURL(/anchor=page.viewed%3Bpage%3D%2Freports/);
    await page.reload();
    await page.getByText("with “Viewed /reports”").waitFor();
    expect(await page.getByRole("combobox", { name: /^Look/ }).inputValue()).toBe("previous");
    expect(errors).toEqual([]);
    await context.close();
  });

  it("tells who came, stayed and left, and cohorts by first use or by what the account is", async () => {
    const { page, context, errors } = await stage.open("/usage?tab=cohorts");
    await page.getByRole("row", { name: "30 Nov 2026 so far 312 20 272 20 –" }).waitFor();
    // Nothing is said of the weeks before anybody used the product.
    expect(await page.locator(".usage-flows tbody tr").last().textContent()).toMatch(/^7 Sept? 2026/);
    const grid = page.getByRole("region", { name: "Cohorts by first use" });
    // A cohort is in no period before it began.
    expect(
      await grid
        .getByRole("row", { name: /^14 Sept? 2026/ })
        .locator("td")
        .nth(1)
        .textContent(),
    ).toBe("");
    await page.getByRole("combobox", { name: /^Show/ }).selectOption("actions of each");
    await grid.getByRole("cell", { name: "12", exact: true }).first().waitFor();
    expect(await page.getByRole("combobox", { name: /^By/ }).locator("option").allTextContents()).toEqual(["Week", "Month"]);
    await page.getByRole("combobox", { name: /^Cohorts/ }).selectOption("Segment of the account");
    await page.getByRole("region", { name: "Cohorts by segment" }).getByRole("rowheader", { name: "Others" }).waitFor();
    await page.getByRole("combobox", { name: /^Time/ }).selectOption("Last 30 days");
    await page.getByRole("combobox", { name: /^By/ }).selectOption("Day");
    await page.waitForURL(/period=day/);
    expect(errors).toEqual([]);
    await context.close();
  });

  it("tells of how many people a share of retention is and how sure it is, where that is asked for", async () => {
    const { page, context, errors } = await stage.open("/usage?tab=retention", { width: 380 });
    const everybody = page.getByRole("row", { name: /^Everybody/ });
    await everybody.waitFor();
    expect(await everybody.textContent()).not.toMatch(/ of /);
    await page.getByRole("checkbox", { name: "Numbers and likely ranges" }).check();
    await page.waitForURL(/numbers=1/);
    await everybody
      .getByText(/^\d+ of \d+$/)
      .first()
      .waitFor();
    await page.getByText(/where the share would lie in 95 of 100 groups/).waitFor();
    expect(await axeFindings(page, "everything", "main")).toEqual([]);
    await page.getByRole("link", { name: "Funnel" }).click();
    expect(page.url()).not.toMatch(/numbers=/);
    expect(errors).toEqual([]);
    await context.close();
  });

  it("finds an account on the page itself, and says what no account fits", async () => {
    const { page, context, errors } = await stage.open("/usage?segment=enterprise");
    await page.keyboard.press("/");
    const field = page.getByRole("combobox", { name: "One account" });
    await field.fill("nobody at all");
    await page.keyboard.press("Enter");
    await page.getByText("No account fits that.").waitFor();
    await field.fill("delta-log");
    await page.keyboard.press("Enter");
    await page.waitForURL(/account=delta-logistics/);
    expect(page.url()).not.toMatch(/segment=/);
    await page.getByRole("row", { name: /^Bulk Edit Used/ }).waitFor();
    await page.goBack();
    await page.waitForURL(/segment=enterprise/);
    expect(errors).toEqual([]);
    await context.close();
  });

  it("says how old an answer is, has it made anew, and leads from a feature to who uses it", async () => {
    const { page, context, errors } = await stage.open("/usage");
    await page.getByText("20 accounts · as of 3 min ago").waitFor();
    const [request] = await Promise.all([
      page.waitForRequest((one) => one.url().includes("/analytics/adoption")),
      page.getByRole("button", { name: "Ask again" }).click(),
    ]);
    expect(request.headers()["cache-control"]).toBe("no-cache");
    await page.getByRole("link", { name: "Report Created" }).click();
    await page.waitForURL(/by=segment/);
    await page.getByRole("heading", { name: "By segment" }).waitFor();
    await page.getByRole("row", { name: "Enterprise 150 75 50 %" }).waitFor();
    await page.getByRole("rowheader", { name: "All others" }).waitFor();
    expect(errors).toEqual([]);
    await context.close();
  });

  it("shows what an account uses on its own page, and asks the other questions about that account alone", async () => {
    const { page, context, errors } = await stage.open("/sources");
    const read = page.waitForRequest((request) => request.url().includes("/metrics/active_users_28d"));
    await page.goto(`${stage.server.url}/accounts/delta-logistics`);
    // The whole day of today, as the list and the measures have it.
    const { searchParams } = new URL((await read).url());
    const [from, to] = [Date.parse(searchParams.get("from") ?? ""), Date.parse(searchParams.get("to") ?? "")];
    expect([from % 86_400_000, to - from]).toEqual([0, 86_400_000]);
    await page.getByRole("tab", { name: "Usage" }).click();
    await page.getByText("12 people used the product in this time, 15 in as many days before.").waitFor();
    for (const row of [
      "Export <b>Run</b> Used Yes 9 75 % +3 1 Mar 2026",
      "Bulk Edit Used No 2 17 % +2 1 Oct 2026",
      "Report Created No longer used Yes 0 0 % −4 1 Apr 2026",
      "Alert Configured Never used Yes 0 0 % 0 –",
      "Api Called Not used lately No 0 0 % 0 1 Dec 2025",
    ])
      await page.getByRole("row", { name: row, exact: true }).waitFor();
    await page.getByRole("combobox", { name: /^Time/ }).selectOption("Last 180 days");
    const asked = page.waitForRequest((request) => request.url().includes("/analytics/paths"));
    await page.getByRole("tabpanel").getByRole("link", { name: "Paths" }).click();
    await page.waitForURL(/\/usage\?tab=paths&account=delta-logistics&days=180/);
    expect(new URL((await asked).url()).searchParams.get("accountId")).toBe("delta-logistics");
    await page.getByRole("link", { name: "Delta <b>Logistics</b> & Sons" }).waitFor();
    await page.getByRole("link", { name: "All accounts" }).click();
    await page.getByRole("combobox", { name: /^Segment/ }).waitFor();
    expect(errors).toEqual([]);
    await context.close();
  });

  it("says in words where there is nothing, on every tab and on the account's", async () => {
    const { page, context, errors } = await stage.open("/usage?days=7");
    for (const { tab, empty } of faces) {
      await page.goto(`${stage.server.url}/usage?days=7&tab=${tab}`);
      await page.getByRole("heading", { name: empty }).waitFor();
      expect(await axeFindings(page, "everything", ".face")).toEqual([]);
    }
    await page.goto(`${stage.server.url}/accounts/delta-logistics?tab=usage&days=7`);
    await page.getByRole("heading", { name: "No feature was used" }).waitFor();
    expect(errors).toEqual([]);
    await context.close();
  });

  it("says of accounts that could not be read in time that they are not known, not that they did nothing", async () => {
    const { page, context, errors } = await stage.open("/usage?days=7&segment=smb");
    for (const tab of ["features", "paths"]) {
      await page.goto(`${stage.server.url}/usage?days=7&segment=smb&tab=${tab}`);
      await page.getByRole("heading", { name: "No account could be read" }).waitFor();
      await page.getByText(/could not be read in time/).waitFor();
      await page.getByRole("button", { name: "Ask again" }).waitFor();
    }
    expect(errors).toEqual([]);
    await context.close();
  });

  it("says in words what could not be read, on every tab and on the account's", async () => {
    const { page, context } = await stage.open("/usage");
    stage.server.fail("/api/v1/analytics", 600);
    for (const { tab, failed } of faces) {
      await page.goto(`${stage.server.url}/usage?tab=${tab}`);
      await page.getByRole("heading", { name: failed }).waitFor();
      expect(await axeFindings(page, "everything", ".face")).toEqual([]);
    }
    await page.goto(`${stage.server.url}/accounts/delta-logistics?tab=usage`);
    await page.getByRole("heading", { name: "The use of features could not be read" }).waitFor();
    stage.server.heal();
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("rowheader", { name: "Bulk Edit" }).waitFor();
    await context.close();
  });

  it("keeps each word of a phone's navigation on one line and inside its link", async () => {
    for (const width of [380, 320]) {
      const { page, context } = await stage.open("/sources", { width });
      await page.locator(".side nav li").first().waitFor();
      const words = await page.locator(".side nav a").evaluateAll((links) =>
        links.map((link) => {
          const word = link.querySelector("span") as HTMLElement;
          return {
            lines: Math.round(word.offsetHeight / Number.parseFloat(getComputedStyle(word).lineHeight)),
            spillsPx: Math.max(0, Math.ceil(word.offsetWidth - link.getBoundingClientRect().width)),
          };
        }),
      );
      expect(words).toEqual(Array.from({ length: 5 }, () => ({ lines: 1, spillsPx: 0 })));
      await context.close();
    }
  });
});
