import { describe, expect, it } from "vitest";
import { endpoints } from "../../src/api/endpoints.ts";
import { createDoors } from "../../src/ingest/routes.ts";
import { ask } from "../support/api-client.ts";

describe("the OpenAPI document", () => {
  it("needs no token and has every endpoint with its answers, problems and references that resolve", async () => {
    const { status, json } = await ask("GET", "/api/openapi.json");
    expect([status, json["openapi"]]).toEqual([200, "3.1.0"]);
    const paths = json["paths"] as Record<string, Record<string, { responses: Record<string, unknown> }>>;
    for (const endpoint of endpoints) {
      const operation = paths[`/api/v1${endpoint.path}`]?.[endpoint.method];
      expect(Object.keys(operation?.responses ?? {})).toEqual([...Object.keys(endpoint.answers), "default"]);
    }
    const text = JSON.stringify(json);
    for (const [, reference = ""] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const found = reference.split("/").reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], json);
      expect([reference, found === undefined]).toEqual([reference, false]);
    }
  });

  it("has every front door as it is served, the probes and the metrics", async () => {
    const { json } = await ask("GET", "/api/openapi.json");
    const paths = json["paths"] as Record<string, Record<string, { responses: Record<string, unknown>; security: object[] }>>;
    const others = Object.keys(paths).filter((path) => !path.startsWith("/api/v1/"));
    const served = createDoors(() => {
      throw new Error("nobody is asked");
    }).routes.map(({ path }) => path.replaceAll(/:(\w+)/g, "{$1}").replace(/\/$/, ""));
    expect(others.toSorted()).toEqual([...new Set([...served, "/healthz", "/readyz", "/metrics"])].toSorted());
    // A method that is not told of is one that is not served; a webhook of nobody is unknown by whatever method.
    for (const path of others.filter((one) => !one.startsWith("/webhooks"))) {
      for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"]) {
        const { status } = await ask(method, path);
        expect([path, method, status === 405]).toEqual([path, method, paths[path]?.[method.toLowerCase()] === undefined]);
      }
    }
    expect(paths["/v1/events"]?.["post"]?.security).toEqual([{ token: [] }]);
    expect(Object.keys(paths["/readyz"]?.["get"]?.responses ?? {})).toEqual(["200", "503", "default"]);
  });

  it("says what a list takes", async () => {
    const { json } = await ask("GET", "/api/openapi.json");
    const list = (json["paths"] as Record<string, { get: { parameters: { name: string; schema: object }[] } }>)["/api/v1/accounts"]?.get;
    expect(list?.parameters.map(({ name }) => name)).toEqual([
      "limit",
      "cursor",
      "band",
      "segment",
      "owner",
      "disagreement",
      "scorecard",
      "q",
      "sort",
    ]);
  });

  it("is also a page without a script, under a strict policy", async () => {
    const { text, headers } = await ask("GET", "/api/docs");
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(text).toContain("/api/v1/accounts/{accountId}/health");
    expect(text).not.toMatch(/<script|style=|https?:\/\//);
    expect((await ask("GET", "/api/docs.css")).headers.get("content-type")).toBe("text/css; charset=utf-8");
  });
});
