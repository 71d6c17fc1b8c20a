/** Pictures of pages for a person to look at: `node test/dashboard/look.ts FOLDER [path…]`, at three widths, light and dark. */
import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";
import { startFixtureServer } from "./fixture-server.ts";

const [folder = "pictures", ...asked] = process.argv.slice(2);
const paths = asked.length > 0 ? asked : ["/", "/accounts/ember-logistics", "/sources", "/dead-letters", "/settings", "/welcome", "/sign-in"];
const widths = (process.env["WIDTHS"] ?? "380,768,1440").split(",").map(Number);
const schemes = (process.env["SCHEMES"] ?? "light,dark").split(",") as ("light" | "dark")[];

mkdirSync(folder, { recursive: true });
const server = await startFixtureServer({ accounts: Number(process.env["ACCOUNTS"] ?? 200) });
const browser = await chromium.launch({ executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
for (const scheme of schemes) {
  for (const width of widths) {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme });
    const page = await context.newPage();
    page.on("console", (message) => message.type() === "error" && console.log(width, scheme, message.text()));
    page.on("pageerror", (error) => console.log(width, scheme, String(error)));
    await page.goto(`${server.url}/sign-in#token=fixture`);
    await page.getByRole("heading", { name: "Portfolio", level: 1 }).waitFor();
    for (const path of paths) {
      await page.goto(server.url + path);
      await page.waitForTimeout(900);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (overflow > 0) console.log(`${path} at ${width}: ${overflow} px too wide`);
      await page.screenshot({ path: `${folder}/${path.replace(/\W+/g, "_") || "root"}-${width}-${scheme}.png`, fullPage: process.env["FULL"] !== "0" });
    }
    await context.close();
  }
}
await browser.close();
await server.close();
