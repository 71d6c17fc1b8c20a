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
      note: "back to what ships",
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

describe("measures that are compared together", () => {
  const named = (key: string, expression: string) => ({
    kind: "measures",
    key,
    document: { title: key, unit: "n", source: "usage", expression },
  });
  const manyFields = (type: string, count: number) =>
    Array.from({ length: count }, (_, i) => `account.sum("${type}", "f${i}", 7)`).join(" + ");

  it.each([
    ["one reads another that is new", null, [named("reader", "measures.newcomer"), named("newcomer", "1.0")]],
    [
      "they refer to each other",
      "refers to itself in a circle",
      [named("reader", "measures.newcomer"), named("newcomer", "measures.reader")],
    ],
    ["one is not written well", "at character 6", [named("reader", "measures.newcomer"), named("newcomer", "1.0 +")]],
    [
      "one has not the form of a measure",
      "expected string",
      [named("reader", "1.0"), { ...named("newcomer", "1.0"), document: { title: "No" } }],
    ],
    [
      "they count too many fields",
      "would count 65 fields",
      [...["a.a", "a.b", "a.c", "a.d", "a.e"].map((type, i) => named(`many${i}`, manyFields(type, 13))), named("few", "1.0")],
    ],
  ])("are the same in any order where %s", async (_, fault, documents) => {
    for (const listed of [documents, documents.toReversed()]) {
      const answer = await call("POST", "/compare", { documents: listed });
      expect(answer.status).toBe(fault === null ? 200 : 422);
      if (fault === null) continue;
      expect(answer.json["pointer"]).toMatch(/^\/documents\/\d\/document/);
      expect(JSON.stringify(answer.json)).toContain(fault);
    }
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

describe("a measure of one's own", () => {
  const measure = { title: "Seats", unit: "seats", source: "lifecycle", expression: `account.number("seats") * 2.0` };

  it("is refused with its place in the text, and once published is read by the scorecards that name it", async () => {
    const bad = await call("PUT", "/measures/double_seats/draft", { document: { ...measure, expression: "account.seats" } });
    expect(bad.json).toMatchObject({ status: 422, pointer: "/document/expression", detail: "at character 9: No such key: seats" });
    await call("PUT", "/measures/double_seats/draft", { document: measure });
    expect((await call("POST", "/measures/double_seats/publish")).status).toBe(200);
    const own = titled("Doubled") as { dimensions: { key: string; measures: Item[] }[] };
    const spec = { ...own.dimensions[0]?.measures[0], key: "double_seats", title: "Doubled", settings: {} };
    own.dimensions = [{ ...own.dimensions[0], key: "own", measures: [spec] }];
    await call("PUT", "/scorecards/doubled/draft", { document: own });
    expect((await call("POST", "/scorecards/doubled/publish")).status).toBe(200);
    await ask("POST", "/api/v1/accounts", { token, body: { id: "doubled", attributes: { seats: 21 } } });
    const { json } = await ask("GET", "/api/v1/accounts/doubled/health?scorecard=doubled", { token });
    expect((json["dimensions"] as { measures: Item[] }[])[0]?.measures[0]).toMatchObject({ value: 42, unit: "seats", status: "ok" });
  });
});

describe("a measure of fields of events", () => {
  const measure = { title: "Rows", unit: "rows", source: "lifecycle", expression: `account.sum("export.finished", "rows", "28d")` };
  const trial = (body: Item) => call("POST", "/measures/test", { measure, accountId: "exporter", ...body });

  it("is tried on an account before anybody counts them, and is what the account has once it is published", async () => {
    const sender = (await tokenWith(["ingest"])).token;
    const send = (...rows: readonly number[]) => {
      const told = { type: "export.finished", time: new Date(Date.now() - 60_000).toISOString(), account: { id: "exporter" } };
      return ask("POST", "/v1/events", { token: sender, body: rows.map((n) => ({ ...told, id: crypto.randomUUID(), data: { rows: n } })) });
    };
    await send(3, 4.5);
    await vi.waitFor(async () => expect((await trial({})).json).toMatchObject({ value: 7.5, unit: "rows", status: "ok" }), {
      timeout: 15_000,
    });
    expect((await trial({})).json["window"]).toMatchObject({ to: expect.stringContaining("T00:00:00.000Z") });
    await call("PUT", "/measures/rows/draft", { document: measure });
    await call("POST", "/measures/rows/publish");
    expect((await trial({ measure: "rows" })).json).toMatchObject({ value: 7.5 });
    const own = titled("Rows") as { dimensions: { measures: Item[] }[] };
    own.dimensions = [{ ...own.dimensions[0], measures: [{ ...own.dimensions[0]?.measures[0], key: "rows", settings: {} }] }];
    await call("PUT", "/scorecards/rows/draft", { document: own });
    await call("POST", "/scorecards/rows/publish");
    // With its next event the shard hears of what was published.
    await send(1);
    await vi.waitFor(
      async () => {
        const { json } = await ask("GET", "/api/v1/accounts/exporter/health?scorecard=rows", { token });
        const [found] = (json["dimensions"] as { measures: Item[] }[] | undefined)?.[0]?.measures ?? [];
        expect(found).toMatchObject({ value: 8.5, status: "ok", window: { from: expect.any(String) } });
      },
      { timeout: 15_000 },
    );
  });

  it.each([
    [{ measure: { ...measure, expression: `account.sum("invoice.paid", "rows", "28d")` } }, 422, "/measure/expression"],
    [{ measure: { ...measure, unit: "" } }, 422, "/measure/unit"],
    [{ measure: "nobody" }, 422, "/measure"],
    // What every object has is not published for that.
    [{ measure: "__proto__" }, 422, "/measure"],
    [{ key: "Not a key" }, 422, "/key"],
    [{ accountId: "nobody" }, 404, undefined],
  ])("%j is refused", async (body, status, pointer) => {
    const { json } = await trial(body);
    expect([json["status"], json["pointer"]]).toEqual([status, pointer]);
  });

  it("stands beside the measures that ship, each as a scorecard may begin with it", async () => {
    const { json } = await ask("GET", "/api/v1/measures", { token });
    const items = json["items"] as { key: string; spec: Item }[];
    const missing = ["ticket_severity", "ticket_escalations", "market_signals", "seat_use"].filter(
      (key) => !items.some((item) => item.key === key),
    );
    expect(missing).toEqual([]);
    const all = titled("All") as { dimensions: Item[] };
    all.dimensions = [{ ...all.dimensions[0], measures: items.map(({ spec }) => ({ ...spec, weight: 1 })) }];
    expect((await call("POST", "/scorecards/all/validate", { document: all })).json).toEqual({ valid: true });
  });
});

describe("trying a scorecard", () => {
  const measured = { seat_use: 0.8, csat: 0.7 };

  it("on raw values gives the health document that they would give, and caps by the flags that are named", async () => {
    const { status, json } = await call("POST", "/scorecards/test", { scorecard: titled("Try"), measures: measured });
    expect([status, json["scorecard"]]).toEqual([200, "test"]);
    const measures = (json["dimensions"] as { measures: Item[] }[]).flatMap((dimension) => dimension.measures);
    expect(measures.filter(({ value }) => value !== null).map(({ key, value, score }) => [key, value, score])).toEqual([
      ["seat_use", 0.8, 100],
      ["csat", 0.7, 0],
    ]);
    const contributions = measures.reduce((sum, one) => sum + (one["contribution"] as number), 0);
    expect(50 + contributions).toBeCloseTo(json["scoreBeforeCaps"] as number, 9);
    const flag = standardScorecard.flags[0] as Item;
    const capped = { ...titled("Try"), caps: [{ key: "cap", title: "Cap", flag: flag["key"], max: 10 }] };
    const body = { scorecard: capped, measures: { seat_use: 0.8 }, flags: [flag["key"]] };
    expect((await call("POST", "/scorecards/test", body)).json).toMatchObject({ computedScore: 10, caps: [{ key: "cap" }] });
  });

  it("on an account gives what the account would have, and stores nothing", async () => {
    await ask("POST", "/api/v1/accounts", { token, body: { id: "tried" } });
    const before = (await ask("GET", "/api/v1/accounts/tried/health", { token })).json;
    const { json } = await call("POST", "/scorecards/test", { scorecard: titled("Try"), accountId: "tried" });
    expect(json).toMatchObject({ scorecard: "test", computedScore: before["computedScore"] });
    expect((await ask("GET", "/api/v1/accounts/tried/health", { token })).json["scorecard"]).toBe(before["scorecard"]);
    expect((await call("POST", "/scorecards/test", { scorecard: "standard", accountId: "nobody" })).status).toBe(404);
  });

  it.each([
    [{ scorecard: "nobody", measures: {} }, "/scorecard"],
    [{ scorecard: { title: 1 }, measures: {} }, "/scorecard/title"],
    [{ scorecard: "standard" }, ""],
    [{ scorecard: "standard", measures: { seat_use: "x" } }, "/measures/seat_use"],
  ])("with %j is refused at %s", async (body, pointer) => {
    const { status, json } = await call("POST", "/scorecards/test", body);
    expect(status).toBe(422);
    expect([json["pointer"], ...((json["errors"] as Item[] | undefined) ?? []).map((one) => one["pointer"])]).toContain(pointer);
  });
});

describe("a draft in shadow", () => {
  it("is evaluated beside the published scorecard for every account, reported, and changes no score", async () => {
    await ask("POST", "/api/v1/accounts", { token, body: { id: "shaded", name: "Shaded" } });
    const sender = (await tokenWith(["ingest"])).token;
    const use = { id: "s1", type: "feature.used", time: new Date().toISOString(), account: { id: "shaded" }, user: { id: "u" } };
    expect((await ask("POST", "/v1/events", { token: sender, body: use })).status).toBe(202);
    const health = async () => (await ask("GET", "/api/v1/accounts/shaded/health", { token })).json;
    await vi.waitFor(async () => expect((await health())["computedScore"]).not.toBeNull(), { timeout: 15_000 });
    // A shard that has not sent a change yet is told of configurations by the work of each minute, which does not run here.
    const listed = async () => (await ask("GET", "/api/v1/accounts?q=shaded", { token })).json["items"];
    await vi.waitFor(async () => expect(await listed()).toHaveLength(1), { timeout: 15_000 });
    const before = await health();
    const bands = { ...standardScorecard.bands, healthyFrom: 3, watchFrom: 2, atRiskFrom: 1, confidenceMin: 0 };
    await call("PUT", "/scorecards/standard/draft", { document: { ...titled("Mild"), bands } });
    expect((await call("GET", "/scorecards/standard/shadow")).status).toBe(404);
    expect((await call("GET", "/scorecards/constructor/shadow")).status).toBe(404);
    const started = await call("POST", "/scorecards/standard/shadow");
    expect(started.status).toBe(200);
    expect((await call("PUT", "/scorecards/standard/draft", { document: titled("Other") })).status).toBe(409);
    await vi.waitFor(
      async () => {
        const { json } = await call("GET", "/scorecards/standard/shadow");
        const mover = (json["movers"] as Item[]).find(({ accountId }) => accountId === "shaded");
        expect(mover).toMatchObject({ name: "Shaded", band: "healthy", publishedBand: before["band"] });
        expect(json["bands"]).toContainEqual(expect.objectContaining({ from: before["band"], to: "healthy" }));
        expect(json["changed"]).toBeGreaterThan(0);
      },
      { timeout: 40_000, interval: 200 },
    );
    expect(await health()).toMatchObject({ scorecard: before["scorecard"], computedScore: before["computedScore"], band: before["band"] });
    expect((await call("DELETE", "/scorecards/standard/shadow")).status).toBe(204);
    expect((await call("GET", "/scorecards/standard?version=draft")).json).toMatchObject({ status: "draft" });
    await call("POST", "/scorecards/standard/shadow");
    expect((await call("POST", "/scorecards/standard/publish")).json).toMatchObject({ status: "published" });
    expect((await call("GET", "/scorecards/standard/shadow")).status).toBe(404);

    const segments = { title: "All strategic", scorecard: "strategic", segments: [] };
    const compared = await call("POST", "/segments/segments/compare", { document: segments });
    expect(compared.json).toMatchObject({ key: "segments", complete: true, shardsMissing: [] });
    expect((compared.json["movers"] as Item[]).map(({ accountId }) => accountId)).toContain("shaded");
    expect((await call("POST", "/segments/segments/compare", { document: { ...segments, scorecard: "nobody" } })).json).toMatchObject({
      status: 422,
      pointer: "/document/scorecard",
    });
    await call("PUT", "/segments/segments/draft", { document: segments });
    expect((await call("POST", "/segments/segments/shadow")).json).toMatchObject({ key: "segments" });
    await vi.waitFor(
      async () => {
        const { json } = await call("GET", "/segments/segments/shadow");
        expect((json["movers"] as Item[]).map(({ accountId }) => accountId)).toContain("shaded");
        expect(json["accounts"]).toBe(compared.json["accounts"]);
      },
      { timeout: 20_000, interval: 200 },
    );
    expect((await call("GET", "/shadow")).json).toMatchObject({ drafts: [{ kind: "segments", key: "segments" }], together: null });
    await call("PUT", "/scorecards/strategic/draft", { document: { ...titled("Strict"), bands: { ...bands, confidenceMin: 1 } } });
    await call("POST", "/scorecards/strategic/shadow");
    const both = [{ kind: "segments", key: "segments" }, { kind: "scorecards", key: "strategic" }]; // prettier-ignore
    const at = await call("POST", "/compare", { documents: both });
    const flow = (json: Item): unknown => (json["movers"] as Item[]).find(({ accountId }) => accountId === "shaded")?.["band"];
    expect([at.status, at.json["complete"], flow(at.json)]).toEqual([200, true, "not_enough_data"]);
    await vi.waitFor(
      async () => {
        const { json } = await call("GET", "/shadow");
        const together = json["together"] as Item;
        expect((json["drafts"] as Item[]).map(({ kind }) => kind)).toEqual(["scorecards", "segments"]);
        expect([together["accounts"], flow(together)]).toEqual([at.json["accounts"], "not_enough_data"]);
      },
      { timeout: 20_000, interval: 200 },
    );
    // Segments may name what is no more than a draft of the same comparison.
    const gold = { kind: "scorecards", key: "gold", document: titled("Gold") };
    const golden = { kind: "segments", key: "segments", document: { ...segments, scorecard: "gold" } };
    expect((await call("POST", "/compare", { documents: [golden, gold] })).status).toBe(200);
    for (const [documents, pointer] of [
      [[golden], "/documents/0/document/scorecard"],
      [[gold, gold], "/documents/1"],
      [[{ ...golden, key: "x" }, { ...golden, key: "y" }, gold], "/documents/0/key"],
      [[gold, { ...gold, key: "Gold" }], "/documents/1/key"],
      [[gold, { kind: "measures", key: "nothing" }], "/documents/1"],
      [[gold, { kind: "plans", key: "a" }], "/documents/1/kind"],
      [[], "/documents"],
    ] as const)
      expect((await call("POST", "/compare", { documents })).json).toMatchObject({ status: 422, pointer });
    for (const { kind, key } of both) {
      expect((await call("DELETE", `/${kind}/${key}/shadow`)).status).toBe(204);
      expect((await call("DELETE", `/${kind}/${key}/draft`)).status).toBe(204);
    }
  }, 60_000);
});

describe("drafts of measures in shadow", () => {
  const draft = (key: string, expression: string) =>
    call("PUT", `/measures/${key}/draft`, { document: { title: key, unit: "n", source: "usage", expression } });

  it("must be such that all of them could be published together", async () => {
    for (const key of ["egg", "hen"]) {
      await draft(key, "1.0");
      expect((await call("POST", `/measures/${key}/publish`)).status).toBe(200);
    }
    expect((await draft("egg", "measures.hen")).status).toBe(200);
    expect((await draft("hen", "measures.egg")).status).toBe(200);
    expect((await call("POST", "/measures/egg/shadow")).status).toBe(200);
    const refused = await call("POST", "/measures/hen/shadow");
    expect([refused.status, refused.json["detail"]]).toEqual([409, expect.stringContaining("in a circle: hen → egg → hen")]);
    expect((await call("GET", "/shadow")).json).toMatchObject({ drafts: [{ key: "egg" }], together: null });
    expect((await call("GET", "/measures/hen?version=draft")).json).toMatchObject({ status: "draft" });

    await draft("hen", "2.0");
    expect((await call("POST", "/measures/hen/shadow")).status).toBe(200);
    expect((await call("GET", "/shadow")).json["together"]).not.toBeNull();
    for (const key of ["egg", "hen"]) {
      expect((await call("DELETE", `/measures/${key}/shadow`)).status).toBe(204);
      expect((await call("DELETE", `/measures/${key}/draft`)).status).toBe(204);
    }
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
