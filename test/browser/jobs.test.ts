import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { axeFindings, hasChromium, openStage, type Stage } from "../support/dashboard-browser.ts";

describe.skipIf(!hasChromium())("background jobs on the page", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ accounts: 20 });
  });
  afterAll(() => stage?.close());

  it("say whether all accounts agree with the archive, and of an earlier night which figures did not, and make those accounts anew", async () => {
    const { page, context, errors } = await stage.open("/settings/jobs");
    await page.getByText("Everything agrees").waitFor();
    expect(await page.locator(".runs tbody tr").count()).toBe(5);
    expect(await page.locator(".runs").innerText()).toContain("no answer within 30000 ms");
    expect(await axeFindings(page)).toEqual([]);

    await page.getByRole("link", { name: "2026-11-22" }).click();
    await page.getByText("3 figures of 2 accounts differ").waitFor();
    expect(await page.locator(".differences tbody tr").count()).toBe(3);
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole("button", { name: "Make 2 accounts anew from their events" }).click();
    await expect.poll(() => stage.server.api.jobs.refolded).toEqual(["acct-3", "acct-8"]);
    expect(errors).toEqual([]);
    await context.close();
  });

  it("can be asked for, and a run is followed while it is under way", async () => {
    const { page, context, errors } = await stage.open("/settings/jobs");
    await page.getByRole("button", { name: "Run for 2026-11-24" }).click();
    await page.locator(".runs").getByText("Under way").waitFor();
    stage.server.api.jobs.run();
    await page.locator(".runs").getByText("Under way").waitFor({ state: "detached" });
    expect(errors).toEqual([]);
    await context.close();
  });
});
