import { describe, expect, it } from "vitest";
import { endpoints } from "../../src/api/endpoints.ts";
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
