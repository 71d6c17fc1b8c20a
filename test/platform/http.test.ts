import { describe, expect, it } from "vitest";
import { methodNotAllowed, notFound, problem, retryAfterSeconds } from "../../src/platform/http/problem.ts";
import { pathTooLong } from "../../src/platform/http/request-path.ts";

describe("a problem", () => {
  it("is RFC 9457, names the field and the request", async () => {
    const response = problem(422, {
      detail: "/name: is missing",
      pointer: "/name",
      reason: "missing_field",
      requestId: "r-1",
      headers: { "x-own": "1" },
    });
    expect([response.status, response.headers.get("content-type"), response.headers.get("x-own")]).toEqual([
      422,
      "application/problem+json",
      "1",
    ]);
    expect(await response.json()).toEqual({
      type: "about:blank",
      title: "Invalid",
      status: 422,
      detail: "/name: is missing",
      requestId: "r-1",
      pointer: "/name",
      reason: "missing_field",
    });
  });

  it("bears a request id of its own where none is given, and says when to come back where that helps", async () => {
    expect(await problem(503).json()).toMatchObject({
      title: "Temporarily unavailable",
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect([problem(503), problem(429), problem(400)].map((response) => response.headers.get("retry-after"))).toEqual(["2", "2", null]);
    expect([0, 1_000, 1_001, 90_000].map(retryAfterSeconds)).toEqual(["1", "1", "2", "30"]);
    expect(methodNotAllowed("GET, POST").headers.get("allow")).toBe("GET, POST");
    expect(notFound().status).toBe(404);
  });
});

describe("a path", () => {
  it("of 8 KB is 414; a query may be as long as a Mixpanel event needs", async () => {
    const response = pathTooLong(`https://x.example/${"a".repeat(8_192)}`);
    expect([response?.status, await response?.json()]).toMatchObject([414, { status: 414 }]);
    expect(pathTooLong(`https://x.example/track?data=${"a".repeat(8_192)}`)).toBeNull();
  });
});
