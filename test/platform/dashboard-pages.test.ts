import { describe, expect, it } from "vitest";
import { dashboardResponse } from "../../src/platform/dashboard-pages.ts";

/** What the asset store answers: the page at `/`, one hashed file, a redirect for `/index.html`, else 404. */
const asked: string[] = [];
const askedOrigins = new Set<string>();
const ASSETS = {
  fetch: async (request: Request) => {
    const { pathname, origin } = new URL(request.url);
    asked.push(pathname);
    askedOrigins.add(origin);
    if (pathname === "/") return new Response("<!doctype html>", { headers: { "content-type": "text/html" } });
    if (pathname === "/assets/app-1234abcd.js") return new Response("code");
    return pathname === "/index.html"
      ? new Response(null, { status: 307, headers: { location: "/" } })
      : new Response(null, { status: 404 });
  },
} as unknown as Fetcher;
const ask = (path: string, method = "GET", scheme = "https", headers: Record<string, string> = {}) =>
  dashboardResponse(new Request(`${scheme}://pulse.example${path}`, { method, headers }), { ASSETS });
const asBrowser = (path: string) => ask(path, "GET", "https", { accept: "text/html,application/xhtml+xml,*/*;q=0.8" });

describe("the dashboard's pages", () => {
  it.each([
    "/",
    "/sign-in",
    "/welcome",
    "/portfolio",
    "/accounts/acme",
    "/accounts/a%2Fb",
    "/deliveries/dlv_1",
    "/sources",
    "/dead-letters",
    "/settings",
    "/settings/scorecards/standard",
    "/?band=watch",
  ])("%s is the one page, never cached without asking, under a strict policy", async (path) => {
    const response = await ask(path);
    expect([response.status, await response.text()]).toEqual([200, "<!doctype html>"]);
    expect(response.headers.get("cache-control")).toBe("no-cache");
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(response.headers.get("strict-transport-security")).toContain("max-age=");
  });

  it("files with a hash in their name are kept for ever", async () => {
    expect((await ask("/assets/app-1234abcd.js")).headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
  });

  it.each(["/nothing", "/index.html", "/assets/gone.js", "/accounts.html"])("%s is 404, as a problem", async (path) => {
    const response = await ask(path);
    expect([response.status, response.headers.get("content-type")]).toEqual([404, "application/problem+json"]);
  });

  it.each(["/nope", "/accounts.html", "/portfolio/nope"])("%s is the page with 404 for a browser, and not kept", async (path) => {
    const response = await asBrowser(path);
    expect([response.status, await response.text(), response.headers.get("cache-control")]).toEqual([404, "<!doctype html>", "no-store"]);
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
  });

  it.each(["/api/v2/accounts", "/v1/nothing", "/assets/gone.js", "/webhooks/zendesk"])(
    "%s is a problem for a browser too",
    async (path) => {
      const response = await asBrowser(path);
      expect([response.status, response.headers.get("content-type")]).toEqual([404, "application/problem+json"]);
    },
  );

  it.each(["///", "//[", "//[::1", "//elsewhere.example/assets/app-1234abcd.js"])(
    "%s is 404 and asks nobody but this origin's own files",
    async (path) => {
      askedOrigins.clear();
      expect((await ask(path)).status).toBe(404);
      expect([...askedOrigins]).toEqual(["https://pulse.example"]);
    },
  );

  it("only look: another method is 405 at a page and 404 elsewhere, and no file is asked for", async () => {
    asked.length = 0;
    const page = await ask("/portfolio", "POST");
    expect([page.status, page.headers.get("allow"), (await ask("/nothing", "POST")).status, asked]).toEqual([405, "GET, HEAD", 404, []]);
  });

  it("do not promise https where there is none", async () => {
    expect((await ask("/", "GET", "http")).headers.get("strict-transport-security")).toBeNull();
  });
});
