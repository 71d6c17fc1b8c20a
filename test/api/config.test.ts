import { beforeAll, describe, expect, it, vi } from "vitest";
import { standardScorecard } from "../../src/domain/config/standard.ts";
import { ask, tokenWith } from "../support/api-client.ts";

type Item = Record<string, unknown>;
let token = "";
beforeAll(async () => {
  token = (await tokenWith(["admin"])).token;
});
const call = (method: string, path: string, body?: unknown) =>
  ask(method, `/api/v1/config${path}`, { token, ...(body === undefined ? {} : { body }) });

/** The shipped scorecard with another title: enough to tell versions apart. */
const titled = (title: string): Item => {
  const { version: _, configVersion: __, ...own } = standardScorecard;
  return { ...own, title };
};
const publish = async (key: string, title: string) => {
  await call("PUT", `/scorecards/${key}/draft`, { document: titled(title) });
  return call("POST", `/scorecards/${key}/publish`, { note: `now ${title}` });
};

describe("a scorecard", () => {
  it("that ships is the published one, version 0, until another is published", async () => {
    const items = (await call("GET", "/scorecards")).json["items"] as Item[];
    expect(items.find(({ key }) => key === "standard")).toMatchObject({ title: "Standard", published: { version: 0 }, draft: null });
    expect((await call("GET", "/scorecards/standard")).json).toMatchObject({
      version: 0,
      status: "published",
      document: titled("Standard"),
    });
  });

  it("goes from draft to published to retired, each version kept as it was", async () => {
    const saved = await call("PUT", "/scorecards/life/draft", { document: titled("One"), note: "first" });
    expect(saved.json).toMatchObject({ key: "life", version: 1, status: "draft", revision: 1, note: "first" });
    expect((await call("PUT", "/scorecards/life/draft", { document: titled("Uno") })).json).toMatchObject({ version: 1, revision: 2 });
    expect((await call("GET", "/scorecards/life")).status).toBe(404);
    expect((await call("GET", "/scorecards/life?version=draft")).json).toMatchObject({ document: { title: "Uno" } });
    const published = await call("POST", "/scorecards/life/publish");
    expect(published.json).toMatchObject({ version: 1, status: "published" });
    const second = await publish("life", "Two");
    expect(second.json).toMatchObject({ version: 2, note: "now Two" });
    expect(Number(second.json["configVersion"])).toBe(Number(published.json["configVersion"]) + 1);
    const history = (await call("GET", "/scorecards/life/history")).json["items"] as Item[];
    expect(history.map(({ version, status, title }) => [version, status, title])).toEqual([
      [2, "published", "Two"],
      [1, "retired", "Uno"],
    ]);
    expect((await call("GET", "/scorecards/life?version=1")).json).toMatchObject({ status: "retired", document: { title: "Uno" } });
  });

  it("is rolled back by publishing the old content under a higher number; a draft under way moves up", async () => {
    await publish("back", "One");
    await publish("back", "Two");
    await call("PUT", "/scorecards/back/draft", { document: titled("Three") });
    const rolled = await call("POST", "/scorecards/back/rollback", { version: 1 });
    expect(rolled.json).toMatchObject({ version: 3, status: "published", document: { title: "One" }, note: "back to version 1" });
    const items = (await call("GET", "/scorecards")).json["items"] as Item[];
    expect(items.find(({ key }) => key === "back")).toMatchObject({ title: "One", published: { version: 3 }, draft: { version: 4 } });
    expect((await call("POST", "/scorecards/back/publish")).json).toMatchObject({ version: 4, document: { title: "Three" } });
    expect((await call("POST", "/scorecards/back/rollback", { version: 9 })).json).toMatchObject({ status: 422, pointer: "/version" });
  });

  it("is rolled back to what ships by version 0", async () => {
    await publish("standard", "Own");
    expect((await call("POST", "/scorecards/standard/rollback", { version: 0 })).json).toMatchObject({
      version: 2,
      document: { title: "Standard" },
    });
  });

  it("is refused with a pointer to each fault, when saved and when validated", async () => {
    const bad = { ...titled("Bad"), caps: [{ key: "c", title: "C", flag: "nobody", max: 10 }], recomputeAfterPoints: -1, colour: "red" };
    const errors = ["/document/caps/0/flag", "/document/colour", "/document/recomputeAfterPoints"];
    for (const [method, path] of [
      ["PUT", "draft"],
      ["POST", "validate"],
    ] as const) {
      const { status, json } = await call(method, `/scorecards/bad/${path}`, { document: bad });
      expect([status, (json["errors"] as Item[]).map(({ pointer }) => String(pointer)).sort()]).toEqual([422, errors]);
      expect(errors).toContain(json["pointer"]);
    }
    expect((await call("GET", "/scorecards/bad?version=draft")).status).toBe(404);
    expect((await call("POST", "/scorecards/bad/validate", { document: titled("Good") })).json).toEqual({ valid: true });
  });

  it("can be a draft of one writer at a time: a stale revision is a conflict", async () => {
    await call("PUT", "/scorecards/pair/draft", { document: titled("A"), revision: 0 });
    expect((await call("PUT", "/scorecards/pair/draft", { document: titled("B"), revision: 1 })).json).toMatchObject({ revision: 2 });
    expect((await call("PUT", "/scorecards/pair/draft", { document: titled("C"), revision: 1 })).status).toBe(409);
    expect((await call("POST", "/scorecards/pair/publish", { revision: 1 })).status).toBe(409);
    expect((await call("DELETE", "/scorecards/pair/draft")).status).toBe(204);
    expect((await call("POST", "/scorecards/pair/publish")).status).toBe(404);
  });

  it("is published by one of two who do so at once, and a number of a configuration is never given twice", async () => {
    for (const key of ["left", "right"]) await call("PUT", `/scorecards/${key}/draft`, { document: titled(key) });
    const answers = await Promise.all(["left", "right", "left"].map((key) => call("POST", `/scorecards/${key}/publish`)));
    const versions = answers.flatMap(({ status, json }) => (status === 200 ? [json["configVersion"]] : []));
    expect(versions.length).toBeGreaterThan(0);
    expect(new Set(versions).size).toBe(versions.length);
    for (const { status } of answers) expect([200, 404, 409]).toContain(status);
  });
});

describe("segments", () => {
  const document = {
    title: "By size",
    scorecard: "standard",
    segments: [{ key: "big", title: "Big", scorecard: "for_big", when: [{ op: "at_least", attribute: "seats", value: 100 }] }],
  };

  it("are one document, which may name what is published", async () => {
    expect((await call("PUT", "/segments/other/draft", { document })).status).toBe(422);
    expect((await call("PUT", "/segments/segments/draft", { document })).json).toMatchObject({
      status: 422,
      pointer: "/document/segments/0/scorecard",
    });
    await publish("for_big", "Big");
    expect((await call("PUT", "/segments/segments/draft", { document })).status).toBe(200);
    expect((await call("POST", "/segments/segments/publish")).json).toMatchObject({ version: 1, document });
  });
});

describe("a publication", () => {
  it("changes the scores of all accounts, at once where one looks and soon in lists, and says by which configuration", async () => {
    await ask("POST", "/api/v1/accounts", { token, body: { id: "judged", attributes: { seats: 10 } } });
    const listed = async () => (await ask("GET", "/api/v1/accounts?q=judged", { token })).json["items"] as Item[];
    await vi.waitFor(async () => expect(await listed()).toHaveLength(1), { timeout: 15_000 });
    const { json } = await publish("standard", "Judge");
    expect((await ask("GET", "/api/v1/accounts/judged/health", { token })).json).toMatchObject({
      scorecard: expect.stringMatching(`^standard@${json["version"] as number}`),
      configVersion: json["configVersion"],
    });
    await vi.waitFor(async () => expect((await listed())[0]).toMatchObject({ configVersion: json["configVersion"] }), { timeout: 15_000 });
    const beside = await ask("GET", "/api/v1/accounts/judged/health?scorecard=nobody", { token });
    expect([beside.status, beside.json["pointer"]]).toEqual([400, "?scorecard"]);
  });
});

describe("who may", () => {
  it.each([
    ["read", "GET", "/scorecards", 200],
    ["read", "PUT", "/scorecards/x/draft", 403],
    ["write", "POST", "/scorecards/x/publish", 403],
    ["write", "POST", "/scorecards/x/rollback", 403],
  ] as const)("with %s, %s %s: %i", async (scope, method, path, status) => {
    const limited = (await tokenWith([scope])).token;
    const body = method === "GET" ? {} : { body: { document: {}, version: 1 } };
    expect((await ask(method, `/api/v1/config${path}`, { token: limited, ...body })).status).toBe(status);
  });
});
