import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { axeFindings, hasChromium, openStage, type Stage } from "../support/dashboard-browser.ts";

describe.skipIf(!hasChromium())("the back-test on the page", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ accounts: 20 });
  });
  afterAll(() => stage?.close());

  it("is asked for where no month was tested yet, says why it failed without beginning again, and is shown when it is there", async () => {
    stage.server.api.risk.periods = [];
    const { page, context, errors } = await stage.open("/settings/risk");
    await page.getByText("No month has been tested yet").waitFor();
    expect(await axeFindings(page)).toEqual([]);
    stage.server.api.risk.error = "no shard has answered";
    await page.getByRole("button", { name: "Test the month that has ended" }).click();
    await page.getByText("The test failed. No shard has answered.").waitFor();
    expect(stage.server.api.risk.begun).toBe(1);
    stage.server.api.risk.error = null;
    await page.getByRole("button", { name: "Test the month that has ended" }).click();
    await page.getByRole("heading", { name: "October 2026" }).waitFor();
    expect(errors).toEqual([]);
    await context.close();
    stage.server.api.risk.periods = ["2026-10", "2026-09"];
  });

  it("says in words what was learned and from how much, and why another month or segment was declined", async () => {
    const { page, context, errors } = await stage.open("/settings/risk");
    await page.getByText("learned from 84 losses among 1,940 account-months of 212 accounts").waitFor();
    await page.getByText("the right one of a lost and a kept account in 76 of 100 pairs (65 to 84; 50 is chance)").waitFor();
    await page.getByLabel("Accounts").selectOption({ label: "Enterprise (30)" });
    await page.getByText("9 losses in the history; 50 are needed").waitFor();
    await page.getByLabel("Accounts").selectOption({ label: "The whole book (212)" });
    await page.getByLabel("Month").selectOption({ label: "September 2026" });
    await page.waitForURL(/month=2026-09/);
    await page.getByText("That may be chance.").waitFor();
    expect(errors).toEqual([]);
    await context.close();
  });

  it("shows weights by measure beside today's, with bounds or why one is kept, and opens them in the scorecard's editor", async () => {
    const { page, context, errors } = await stage.open("/settings/risk", { width: 380 });
    const row = (title: string) => page.locator(".weight-table tr").filter({ hasText: title });
    await row("Seat use").waitFor();
    expect(await row("Seat use").innerText()).toMatch(
      /20\.0 %[\s\S]*35\.0 %[\s\S]*22\.0–47\.0 %[\s\S]*84 losses among 1,940 account-months/,
    );
    expect(await row("Satisfaction with support").innerText()).toContain("Kept: measured in only 310 account-months.");
    await page.getByText("Better than today's weights in 3 of 4 trials; 3 are needed.").waitFor();
    const trials = await page.locator(".weight-trials tbody tr").allInnerTexts();
    expect(trials).toHaveLength(4);
    expect(trials[0]).toMatch(/28 Feb 2026 to 31 Mar 2026[\s\S]*28 losses[\s\S]*12 losses[\s\S]*Better[\s\S]*−5\.4 % \(−10\.0 to −0\.8\)/);
    expect(trials[2]).toMatch(/No better[\s\S]*\+0\.8 % \(−4\.6 to \+6\.2\)/);
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole("button", { name: "Make the draft again" }).click();
    await page.waitForURL("**/settings/scorecards/standard");
    // Nothing is saved: the editor has it as a change of one's own, which can be undone, saved or run in shadow.
    await page.getByRole("button", { name: "Undo my changes" }).waitFor();
    await page.getByRole("button", { name: "Run in shadow" }).waitFor();
    // 46, 12 and 42 as proposed, and the 30 of what the proposal does not name.
    await page.getByText("Sum of the dimensions: 130.").waitFor();
    expect(errors).toEqual([]);
    await context.close();
  });

  it("stands on an account where a forecast is made, with its interval and its sample, and can be sorted by in the portfolio", async () => {
    const { page, context, errors } = await stage.open("/accounts/delta-logistics");
    await page.getByText(/Of 100 accounts like this, \d+ left or shrank within 90 days \(\d+ to \d+\)\./).waitFor();
    await page.getByRole("link", { name: "Learned from 84 losses among 1,940 account-months of 212 accounts" }).click();
    await page.waitForURL("**/settings/risk");
    await page.goto(`${stage.server.url}/?columns=risk&sort=-risk90`);
    await page.locator("[data-row]").first().waitFor();
    const shown = await page.locator("tbody tr").evaluateAll((rows) => rows.map((row) => row.lastElementChild?.textContent ?? ""));
    const shares = shown.flatMap((text) => (text.includes("%") ? [Number.parseInt(text, 10)] : []));
    expect(shares.length).toBeGreaterThan(3);
    expect(shares).toEqual([...shares].sort((a, b) => b - a));
    expect(errors).toEqual([]);
    await context.close();
  });
});
