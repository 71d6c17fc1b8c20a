import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { dashboardResponse } from "../../src/platform/dashboard-pages.ts";

/**
 * Every path that the dashboard's router knows, read from its source: those compared as text, those that links lead to, and an example
 * for each pattern.
 */
function pathsOfRouter(): readonly string[] {
  const source = readFileSync(new URL("../../src/dashboard/app.tsx", import.meta.url), "utf8");
  const texts = [...source.matchAll(/(?:path === |href: )"(\/[^"]*)"/g)].map(([, path = ""]) => path);
  const patterns = [...source.matchAll(/\/\^(\\\/.+?)\\\/\?\$\//g)].map(([, pattern = ""]) =>
    pattern.replaceAll("\\/", "/").replaceAll(/\(\[[^\]]+\]\+\)/g, "x"),
  );
  return [...new Set([...texts, ...patterns])];
}

/** The one page at `/`, and no other file. */
const ASSETS = {
  fetch: async ({ url }: Request) =>
    new URL(url).pathname === "/" ? new Response("<!doctype html>") : new Response(null, { status: 404 }),
} as unknown as Fetcher;
const statusOf = async (path: string) =>
  (await dashboardResponse(new Request(`https://pulse.example${path}`, { headers: { accept: "text/html" } }), { ASSETS })).status;

describe("a page opened by its address", () => {
  it("is read from the router whole: pages by name, by pattern and by link", () => {
    expect(pathsOfRouter()).toEqual(expect.arrayContaining(["/", "/usage", "/settings/risk", "/settings/scorecards", "/accounts/x"]));
  });

  it.each(pathsOfRouter())("%s is there, also after a reload", async (path) => {
    expect(await statusOf(path)).toBe(200);
  });

  it("is not there where the router has none", async () => {
    expect(await statusOf("/usages")).toBe(404);
  });
});
