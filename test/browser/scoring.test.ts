import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Stage, axeFindings, hasChromium, openStage } from "../support/dashboard-browser.ts";

const supportWeight = (page: Page) => page.getByLabel("Weight of Support as a number", { exact: true });
const told = (page: Page): Promise<string> => page.locator(".lifecycle-told").innerText();
/** `64.6 → 61.0` of each account. */
const scores = (page: Page): Promise<string[]> => page.locator(".previews tbody td[data-label=Score]").allInnerTexts();

describe.skipIf(!hasChromium())("scoring", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ accounts: 20 });
  });
  afterEach(() => {
    stage.server.heal();
    stage.server.api.scopes = ["admin"];
  });
  afterAll(() => stage?.close());

  it("answers what if support weighed more: each account's score and band before and after, while the slider moves by keys", async () => {
    const { page, context, errors } = await stage.open("/accounts/delta-logistics");
    await page.getByRole("link", { name: "Try other weights on this account" }).click();
    await page.waitForURL("**/settings/scorecards/standard?account=delta-logistics");
    await page.locator(".previews tbody td[data-label=Score]").first().waitFor();
    const [before] = await scores(page);
    expect(before).not.toContain("→");
    const slider = page.getByRole("slider", { name: "Weight of Support", exact: true });
    await slider.focus();
    await page.keyboard.press("End");
    await page.locator(".previews tbody td[data-label=Score]", { hasText: "→" }).waitFor();
    expect(await slider.getAttribute("aria-valuetext")).toBe("100, 56 %");
    const [after] = await scores(page);
    expect(after?.split(" → ")[0]).toBe(before);
    expect(after?.split(" → ")[1]).not.toBe(before);
    expect(await page.locator(".preview-why").last().innerText()).toMatch(/Support [+−]\d/);
    await expect.poll(() => told(page)).toMatch(/of 1 account tried here changes band/);
    // One account is not the book: all are counted when asked for, and what was counted is not told of what is changed after.
    const counted = page.locator(".count-all").getByText(/of 20 accounts changes? band/);
    await page.getByRole("button", { name: "Count all accounts" }).click();
    await counted.waitFor();
    expect(await axeFindings(page, "everything", ".preview")).toEqual([]);
    await slider.press("ArrowLeft");
    await counted.waitFor({ state: "detached" });
    await slider.press("ArrowRight");
    // Another account joins by name, and the address holds both.
    await page.getByLabel("Look at an account of your choice").fill("aster-logistics");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.waitForURL(/account=delta-logistics&account=aster-logistics/);
    await expect.poll(async () => (await scores(page)).length).toBe(2);
    expect(errors).toEqual([]);
    await page.getByRole("button", { name: "Undo my changes" }).click();
    await context.close();
  });

  it("saves a draft, compares it in shadow, publishes it with the number of bands that change, and rolls back", async () => {
    const { page, context, errors } = await stage.open("/settings/scorecards");
    await page.getByRole("link", { name: "Standard", exact: true }).click();
    await supportWeight(page).fill("70");
    await page.getByRole("button", { name: "Save draft" }).click();
    await page.getByText("saved 1 time").waitFor();
    await page.getByRole("button", { name: "Run in shadow" }).click();
    await page.waitForURL(/tab=shadow/);
    await page.getByText(/of 20 accounts would change band/).waitFor();
    const inShadow = /^\d+/.exec(await page.locator(".shadow-sum strong").innerText())?.[0];
    expect(await axeFindings(page, "everything", "main")).toEqual([]);
    await page.getByRole("link", { name: "Weights" }).click();
    await page.getByText("To change it, end the shadow first").waitFor();
    expect(await supportWeight(page).getAttribute("readonly")).not.toBe(null);
    await page.getByRole("button", { name: "Publish…" }).click();
    const dialog = page.getByRole("dialog", { name: "Publish standard" });
    await dialog.getByText("Support: weight: 20 → 70").waitFor();
    await dialog.getByText(`In shadow ${inShadow} of 20 accounts changed band.`).waitFor();
    expect(await axeFindings(page, "everything", "dialog[open]")).toEqual([]);
    await dialog.getByLabel("Note").fill("support first");
    await dialog.getByRole("button", { name: "Publish" }).click();
    await page.getByText("Version 1 in force").waitFor();
    await page.getByRole("link", { name: "Versions" }).click();
    await page.getByRole("cell", { name: "support first" }).waitFor();
    await page.getByRole("button", { name: "Back to the shipped scorecard…" }).click();
    await page.getByRole("dialog").getByText("Support: weight: 70 → 20").waitFor();
    // Nothing runs in shadow any more: the same number is counted on the accounts, the other way round.
    await page
      .getByRole("dialog")
      .getByText(new RegExp(`^${inShadow} of 20 accounts change band: [^.]*\\.$`))
      .waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Put it in force" }).click();
    await page.getByText("Version 2 in force").waitFor();
    await page.getByRole("link", { name: "Version 1" }).click();
    await page.getByText("You look at version 1").waitFor();
    expect(await supportWeight(page).inputValue()).toBe("70");
    expect(stage.server.api.config.documentOf("scorecards", "standard")).toMatchObject({
      dimensions: [{}, { weight: 20 }, {}, {}, {}, {}],
    });
    expect(errors).toEqual([]);
    await context.close();
  });

  it("keeps the rows of a card inside it on a phone", async () => {
    const { page, context } = await stage.open("/settings/scorecards/standard?open=support");
    await page.setViewportSize({ width: 380, height: 900 });
    const row = page.locator(".weight-item .weight-row").first();
    await row.waitFor();
    const rightOf = async (one: typeof row): Promise<number> => one.evaluate((element) => element.getBoundingClientRect().right);
    expect(await rightOf(row)).toBeLessThan(await rightOf(page.locator(".dimension-card", { has: row })));
    await context.close();
  });

  it("names every fault at its field and above, and saves nothing until it is mended", async () => {
    const { page, context } = await stage.open("/settings/scorecards/strategic?open=support");
    await supportWeight(page).fill("-3");
    await page.getByLabel("Weight of Reopen rate as a number").fill("");
    await page.getByRole("link", { name: "Support, Reopen rate: weight" }).waitFor();
    expect(await supportWeight(page).getAttribute("aria-invalid")).toBe("true");
    expect(await page.locator(".dimension-card", { hasText: "Support" }).locator(".hint-error").allInnerTexts()).toEqual([
      "This must be at least 0.",
      "This must be a number.",
    ]);
    for (const name of ["Save draft", "Run in shadow", "Publish…"])
      expect(await page.getByRole("button", { name }).isDisabled()).toBe(true);
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole("link", { name: "As text" }).click();
    await page
      .getByRole("button", { name: /^Line \d+$/ })
      .first()
      .click();
    const marked = await page.evaluate(() => {
      const area = document.activeElement as HTMLTextAreaElement;
      return area.value.slice(area.selectionStart, area.selectionStart + 2);
    });
    expect(marked).toBe("-3");
    await page.getByRole("link", { name: "Weights" }).click();
    await page.getByRole("button", { name: "Undo my changes" }).click();
    expect(await supportWeight(page).inputValue()).toBe("15");
    await context.close();
  });

  it("keeps an edit while another page is looked at, and loses neither of two people's drafts without asking", async () => {
    const { page, context } = await stage.open("/settings/scorecards/self_serve");
    await supportWeight(page).fill("33");
    await page.getByRole("link", { name: "Portfolio" }).first().click();
    await page.getByRole("heading", { name: "Portfolio", level: 1 }).waitFor();
    await Promise.all([page.waitForResponse(/\/config\/scorecards\/self_serve$/), page.goBack()]);
    expect(await supportWeight(page).inputValue()).toBe("33");
    const theirs = stage.server.api.config.documentOf("scorecards", "self_serve");
    stage.server.api.config.saveDraft("scorecards", "self_serve", { ...theirs, title: "Theirs" });
    await page.getByRole("button", { name: "Save draft" }).click();
    await page.getByText(/Somebody else \(Robin Sand\) saved this draft meanwhile/).waitFor();
    expect(await axeFindings(page, "everything", ".lifecycle")).toEqual([]);
    await page.getByRole("button", { name: "Save mine in its place" }).click();
    await page.getByText("saved 2 times").waitFor();
    await page.getByRole("button", { name: "Throw draft away…" }).click();
    await page.getByRole("button", { name: "Throw away" }).click();
    await page.getByText("saved 2 times").waitFor({ state: "detached" });
    await context.close();
  });

  it("lets whoever may only read try weights and keep nothing", async () => {
    stage.server.api.scopes = ["read"];
    const { page, context } = await stage.open("/settings/scorecards/standard");
    await page.getByText("Your token may look, not change").waitFor();
    await supportWeight(page).fill("60");
    await page.locator(".previews tbody td[data-label=Score]", { hasText: "→" }).first().waitFor();
    expect(await page.getByRole("button", { name: /Save draft|Publish|shadow/ }).count()).toBe(0);
    await context.close();
  });

  it("shows its failed faces: the list, one account of the preview, a document that is not there", async () => {
    stage.server.fail("/api/v1/config", 600);
    const { page, context } = await stage.open("/settings/scorecards");
    await page.getByRole("heading", { name: "Scorecards could not be read" }).waitFor();
    stage.server.heal();
    await page.goto(`${stage.server.url}/settings/scorecards/none`);
    await page.getByRole("heading", { name: "There is no scorecard “none”" }).waitFor();
    await page.goto(`${stage.server.url}/settings/scorecards/standard?account=nobody`);
    await page.getByRole("heading", { name: "The accounts could not be read" }).waitFor();
    expect(await supportWeight(page).inputValue()).toBe("20");
    await context.close();
  });

  it("begins segments as text, reads them as sentences, refuses a scorecard that is not published, and publishes", async () => {
    const { page, context } = await stage.open("/settings/scorecards");
    await page.getByRole("link", { name: "Begin" }).click();
    await page.getByRole("link", { name: "As text" }).click();
    const text = page.getByLabel("Document as JSON");
    const segments = (scorecard: string) =>
      JSON.stringify({
        title: "By plan",
        scorecard: "standard",
        segments: [{ key: "enterprise", title: "Enterprise", scorecard, when: [{ op: "is", attribute: "plan", values: ["business"] }] }],
      });
    await text.fill("{");
    await page.getByText(/This is not JSON yet/).waitFor();
    await text.fill(segments("gold"));
    await page.getByText(/No scorecard gold is published/i).waitFor();
    expect(await axeFindings(page, "everything", ".text-editor")).toEqual([]);
    await text.fill(segments("strategic"));
    await page.getByText("It could be published as it stands.").waitFor();
    await page.getByText("plan is “business” → scorecard").waitFor();
    await page.getByRole("button", { name: "Publish…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Publish" }).click();
    await page.getByText("Version 1 in force").waitFor();
    await page.getByRole("link", { name: "Scoring" }).click();
    await page.getByRole("cell", { name: /^Enterprise: \d+ accounts$/ }).waitFor();
    await context.close();
  });

  it("gives segments their scorecards, and up to three beside them, by a form", async () => {
    const { page, context, errors } = await stage.open("/settings/segments/segments");
    const [enterprise, others] = [
      page.getByRole("region", { name: "Enterprise" }),
      page.getByRole("region", { name: "Every other account" }),
    ];
    await others.getByLabel("Scorecard", { exact: true }).selectOption("self_serve");
    for (const key of ["standard", "strategic", "usage_support"]) await others.getByLabel("Add one beside it").selectOption(key);
    expect(await others.getByLabel("Add one beside it").count()).toBe(0);
    await others.getByRole("button", { name: /^Remove from beside it: Strategic/ }).click();
    expect(await others.getByLabel("Add one beside it").locator("option").allInnerTexts()).not.toContain("Self-serve");
    await enterprise.getByText(/Standard, Usage/).waitFor();
    await enterprise.getByLabel("Others than everybody else").check();
    await enterprise.getByRole("button", { name: /^Remove from beside it: Standard/ }).click();
    await enterprise.getByLabel("Scorecard", { exact: true }).selectOption("");
    expect(await axeFindings(page)).toEqual([]);
    await page.getByText("It could be published as it stands.").waitFor();
    await page.getByRole("button", { name: "Save draft" }).click();
    await page.getByText("saved 1 time").waitFor();
    await page.getByRole("button", { name: "Run in shadow" }).click();
    await page.getByText("To change it, end the shadow first").waitFor();
    await page.getByRole("link", { name: "Who has which" }).click();
    expect(await others.getByLabel("Scorecard", { exact: true }).isDisabled()).toBe(true);
    expect(await page.getByRole("button", { name: /^Remove from/ }).count()).toBe(0);
    await page.getByRole("link", { name: "As text" }).click();
    expect(JSON.parse(await page.getByLabel("Document as JSON").inputValue())).toMatchObject({
      scorecard: "self_serve",
      sideScorecards: ["standard", "usage_support"],
      segments: [{ key: "enterprise", sideScorecards: ["usage_support"] }],
    });
    expect(errors).toEqual([]);
    await context.close();
  });

  it("tells what several drafts do together, in shadow and when asked", async () => {
    const { page, context, errors } = await stage.open("/settings/scorecards/standard");
    await supportWeight(page).fill("90");
    await page.getByRole("button", { name: "Save draft" }).click();
    await page.getByText("saved 1 time").waitFor();
    await page.getByRole("button", { name: "Run in shadow" }).click();
    const together = page.getByRole("region", { name: "All drafts in shadow together" });
    await together.getByText("As if these were published at once:").waitFor();
    expect(await together.getByText(/of 20 accounts would change band/).innerText()).toMatch(/^[1-9]/);
    await page.getByRole("link", { name: "Scoring" }).click();
    const drafts = page.getByRole("region", { name: "Drafts together" });
    await drafts.getByRole("button", { name: "Compare" }).click();
    await drafts.getByText(/of 20 accounts would change band/).waitFor();
    expect(await axeFindings(page, "everything", "[aria-labelledby=drafts-together]")).toEqual([]);
    await drafts.getByLabel("scorecard “standard”").uncheck();
    await drafts.getByRole("button", { name: "Compare" }).click();
    await drafts.getByText("0 of 20 accounts would change band").waitFor();
    expect(errors).toEqual([]);
    await context.close();
  });

  it("adds a measure with the weight 0 to a copy under a new key, which nobody has yet", async () => {
    const { page, context } = await stage.open("/settings/scorecards");
    await page.getByRole("button", { name: "New scorecard" }).click();
    await page.getByLabel("Key").fill("gold");
    await page.getByLabel("Begin as a copy of").selectOption("usage_support");
    await page.getByRole("button", { name: "Begin", exact: true }).click();
    await page.waitForURL(/scorecards\/gold\?new=1&from=usage_support/);
    await page.getByText("No account has this scorecard yet").waitFor();
    await page.getByRole("button", { name: /measures? of Support$/ }).click();
    await page.getByRole("button", { name: "Add a measure to Support" }).click();
    await page.getByRole("dialog").getByLabel("Measure").selectOption("nps");
    expect(await axeFindings(page, "everything", "dialog[open]")).toEqual([]);
    await page.getByRole("dialog").getByRole("button", { name: "Add", exact: true }).click();
    expect(await page.getByLabel("Weight of NPS by role as a number").inputValue()).toBe("0");
    await page.getByRole("button", { name: "Save draft" }).click();
    await page.getByText("Never published").waitFor();
    await page.getByText("saved 1 time").waitFor();
    await context.close();
  });

  it("offers every measure that ships, also those that no scorecard has", async () => {
    const { page, context } = await stage.open("/settings/scorecards/usage_support");
    await page.getByRole("button", { name: /measures? of Support$/ }).click();
    await page.getByRole("button", { name: "Add a measure to Support" }).click();
    const titles = await page.getByRole("dialog").getByLabel("Measure").locator("option").allTextContents();
    expect(titles).toEqual(expect.arrayContaining(["Ticket severity", "Ticket escalations", "Market signals"]));
    await context.close();
  });

  it("writes a measure as a formula: refused with its place, tried on an account, saved", async () => {
    const { page, context } = await stage.open("/settings/measures/rows?new=1");
    const formula = page.getByLabel("Formula");
    await formula.fill('account.sum("export.finished", "rows", "400d")');
    await page.getByText(/days must be 1 to 366/).waitFor();
    await page.getByRole("button", { name: "Go to character 40" }).click();
    expect(await formula.evaluate((element: HTMLTextAreaElement) => element.selectionStart)).toBe(39);
    await page.getByText("Begin with an example").click();
    await page.getByRole("button", { name: "How much in four weeks" }).click();
    expect(await formula.inputValue()).toBe('account.sum("export.finished", "rows", "28d")');
    await page.getByLabel("Account", { exact: true }).fill("delta-logistics");
    await page.getByRole("button", { name: "Try", exact: true }).click();
    await page.getByText("119 events").waitFor();
    await page.getByText(/It looks back on/).waitFor();
    expect(await axeFindings(page, "everything")).toEqual([]);
    await page.getByRole("button", { name: "Save draft" }).click();
    await page.getByText("Never published").waitFor();
    await context.close();
  });
});
