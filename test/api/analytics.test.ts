import { beforeAll, describe, expect, it } from "vitest";
import type { Call } from "../../src/api/endpoint.ts";
import type { ApiPorts } from "../../src/api/ports.ts";
import { partForm } from "../../src/domain/analytics/analysis.ts";
import { analyses } from "../../src/domain/analytics/index.ts";
import { answerFreshMs } from "../../src/domain/limits.ts";
import { DAY_MS, dayOf } from "../../src/domain/time.ts";
import { ask, endpointOf, testEnv, tokenWith } from "../support/api-client.ts";

let token = "";
let accounts: Record<string, string>;
type Item = Record<string, unknown>;
const get = (path: string, by = token) => ask("GET", `/api/v1/analytics/${path}`, { token: by });
const post = (path: string, body: unknown, by = token) => ask("POST", `/api/v1/analytics/${path}`, { token: by, body });
/** From the noon of a UTC day: what follows within minutes is of the same day, whenever the test runs. */
const at = (daysAgo: number, minutes = 0): string =>
  new Date((dayOf(Date.now()) - daysAgo + 0.5) * DAY_MS + minutes * 60_000).toISOString();
let made = 0;
const event = (account: string, person: string, type: string, time: string, data: Item = {}) => ({
  id: `e${++made}`,
  type,
  time,
  account: { id: account },
  user: { id: person },
  data,
});

beforeAll(async () => {
  token = (await tokenWith(["admin"])).token;
  const sender = (await tokenWith(["ingest"])).token;
  const suffix = crypto.randomUUID().slice(0, 8);
  accounts = { north: `north-${suffix}`, south: `south-${suffix}` };
  const { north = "", south = "" } = accounts;
  await ask("POST", "/api/v1/accounts", {
    token,
    body: { id: north, name: "North", attributes: { segment: `seg-${suffix}`, entitledFeatures: ["Export", "Alerts"] } },
  });
  await ask("POST", "/api/v1/accounts", { token, body: { id: south, attributes: { segment: `seg-${suffix}`, plan: "pro" } } });
  await ask("POST", "/v1/events", {
    token: sender,
    body: [
      event(north, "ann", "session.started", at(3)),
      event(north, "ann", "feature.used", at(3, 10), { feature: "Export" }),
      event(north, "bob", "session.started", at(2)),
      event(south, "cy", "session.started", at(2)),
      event(south, "cy", "feature.used", at(2, 5), { name: "Export" }),
      event(south, "cy", "lamp.lit", at(2, 6)),
      event(south, "cy", "experiment.exposed", at(2, -1), { experiment: "setup", variant: "guided" }),
    ],
  });
  // Applied, and known to the lists.
  const isThere = async () => {
    const { json } = await ask("GET", `/api/v1/accounts?q=-${suffix}`, { token });
    return (json["items"] as Item[]).reduce((sum, { events }) => sum + Number(events), 0) === 7;
  };
  for (const until = Date.now() + 20_000; !(await isThere()) && Date.now() < until;) await new Promise((done) => setTimeout(done, 100));
});

const scope = () => `segment=seg-${accounts["north"]?.slice(6) ?? ""}`;

describe("adoption", () => {
  it("is told of a segment, of one account, and the same in the URL and in a body", async () => {
    const { status, json } = await get(`adoption?${scope()}`);
    expect([status, json["complete"], json["shardsMissing"]]).toEqual([200, true, []]);
    expect(json).toMatchObject({
      accounts: 2,
      activePeople: 3,
      activeAccounts: 2,
      features: [{ feature: "Export", people: 2, accounts: 2 }, {}],
    });
    const body = await post("adoption", { segment: scope().slice(8) });
    expect({ ...body.json, asOf: null }).toEqual({ ...json, asOf: null });
    const one = await get(`adoption?accountId=${accounts["north"]}`);
    expect(one.json).toMatchObject({
      accounts: 1,
      activePeople: 2,
      accountsBehind: [{ accountId: accounts["north"], name: "North", entitled: 2, entitledUsed: 1, unused: ["Alerts"] }],
    });
  });
});

describe("what depends on the order of events", () => {
  const steps = ["steps=session.started", "steps=feature.used;feature=Export"].join("&");

  it("is answered from the journal: a funnel, also with a type that the catalogue does not have", async () => {
    const { status, json } = await get(`funnel?${scope()}&${steps}&by=plan`);
    expect(status).toBe(200);
    expect(json).toMatchObject({
      accounts: 2,
      steps: [
        { count: 3, accounts: 2 },
        { count: 2, accounts: 2, conversion: 2 / 3 },
      ],
    });
    expect(json["groups"]).toMatchObject([
      { value: null, steps: [{ count: 2 }, { count: 1 }] },
      { value: "pro", steps: [{ count: 1 }, { count: 1 }] },
    ]);
    const body = {
      segment: scope().slice(8),
      by: "plan",
      steps: [{ type: "session.started" }, { type: "feature.used", where: { feature: "Export" } }],
    };
    expect((await post("funnel", body)).json["steps"]).toEqual(json["steps"]);
    const own = await get(`funnel?${scope()}&steps=feature.used&steps=lamp.lit`);
    expect(own.json).toMatchObject({ steps: [{ count: 2 }, { count: 1 }] });
  });

  it("paths and experiments", async () => {
    const { json } = await get(`paths?${scope()}&anchor=session.started`);
    expect(json).toMatchObject({
      sessions: 3,
      people: 3,
      paths: [
        { steps: ["feature.used;feature=Export"], sessions: 2 },
        { steps: [], sessions: 1 },
      ],
    });
    expect((await get(`experiments?${scope()}`)).json["experiments"]).toMatchObject([
      { experiment: "setup", people: 1, variants: ["guided"] },
    ]);
    const { json: told } = await get(
      `experiments?${scope()}&experiment=setup&goal=feature.used&windowDays=1&split=guided:1&split=control:1`,
    );
    expect(told["result"]).toMatchObject({
      variants: [{ variant: "guided", people: 1, observedPeople: 1, convertedPeople: 1, interval: null }],
    });
  });
});

describe("who comes back", () => {
  it("is told in a grid, and over time", async () => {
    const grid = await get(`retention?${scope()}&period=day&periods=2`);
    expect(grid.json["all"]).toMatchObject({
      size: 3,
      periods: [
        { returned: 3, of: 3 },
        { returned: 0, of: 3 },
      ],
    });
    const flows = (await get(`cohorts?${scope()}&period=day`)).json["periods"] as Item[];
    expect(flows.reduce((sum, { new: fresh }) => sum + Number(fresh), 0)).toBe(3);
  });
});

describe("a question that was answered a moment ago", () => {
  const steps = "steps=session.started&steps=feature.used";
  const told = async (path: string, by = token, headers: Record<string, string> = {}) =>
    (await ask("GET", `/api/v1/analytics/${path}`, { token: by, headers })).json;

  it("has the same answer, with the age it says, until somebody asks for a new one", async () => {
    const first = await told(`funnel?${scope()}&${steps}`);
    expect(await told(`funnel?${steps}&${scope()}`)).toEqual(first);
    const anew = await told(`funnel?${scope()}&${steps}`, token, { "cache-control": "no-cache" });
    expect(Date.parse(anew["asOf"] as string)).toBeGreaterThan(Date.parse(first["asOf"] as string));
    expect(await told(`funnel?${scope()}&${steps}`)).toEqual(anew);
  });

  it("is another question of somebody who may see fewer accounts", async () => {
    const all = await told(`adoption?${scope()}&limit=7`);
    const mine = (await tokenWith(["read"], { accountIds: [accounts["south"] ?? ""] })).token;
    expect([all["accounts"], (await told(`adoption?${scope()}&limit=7`, mine))["accounts"]]).toEqual([2, 1]);
  });

  it("is kept under the fields that an answer has, so that one of other code is not given again", async () => {
    const keys: string[] = [];
    await endpointOf("GET", "/api/v1/analytics/funnel")?.handle({
      ports: {
        accounts: { analyse: async () => ({ shards: [], isLate: false }) },
        answers: { answer: async (key: string) => (keys.push(key), null), keepAnswer: async () => undefined },
        crypto: { sha256Hex: (text: string) => text },
        configVersion: async () => 0,
      },
      identity: { accountIds: null },
      request: new Request("https://pulse.example/api/v1/analytics/funnel"),
      url: new URL(`https://pulse.example/api/v1/analytics/funnel?${steps}`),
      now: Date.now(),
    } as unknown as Call);
    for (const field of ["fromPreviousInterval", "otherGroups", "secondsFromStart"]) expect(keys[0]).toContain(field);
  });

  it("is answered anew when its answer is too old", async () => {
    await told(`adoption?${scope()}&limit=8`);
    const age = (ms: number) => testEnv.DB.prepare("UPDATE analysis_answers SET kept_until = kept_until - ?1").bind(ms).run();
    const before = await told(`adoption?${scope()}&limit=8`);
    await age(answerFreshMs);
    const after = await told(`adoption?${scope()}&limit=8`);
    expect(after["asOf"]).not.toBe(before["asOf"]);
  });
});

describe("where parts are missing", () => {
  const kept: unknown[] = [];
  const noAnswers = {
    answers: { answer: async () => null, keepAnswer: async (key: string) => void kept.push(key) },
    crypto: { sha256Hex: (text: string) => text },
    configVersion: async () => 0,
  };
  type Collect = ApiPorts["accounts"]["analyse"];
  const answerOf = async (analyse: Collect): Promise<unknown> =>
    endpointOf("GET", "/api/v1/analytics/adoption")?.handle({
      ports: { accounts: { analyse }, ...noAnswers },
      identity: { accountIds: null },
      request: new Request("https://pulse.example/api/v1/analytics/adoption"),
      url: new URL("https://pulse.example/api/v1/analytics/adoption"),
      now: Date.now(),
    } as unknown as Call);

  it("the answer names them, and is none when nothing could be read", async () => {
    const some: Collect = async ({ query }, take) => {
      take({ form: partForm, part: analyses.get("adoption")?.empty(query), accounts: 7, leftOut: 0, knownTypes: [] });
      return { shards: ["3"], isLate: false };
    };
    const note =
      "These figures are about 7 accounts; others could not be reached. Ask about fewer days, one segment or one account, or ask again.";
    expect(await answerOf(some)).toMatchObject({ json: { accounts: 7, complete: false, shardsMissing: ["3"], note } });
    expect(await answerOf(async () => ({ shards: ["3", "4"], isLate: false }))).toEqual({
      failure: "unavailable",
      what: "analysis",
      retryAfterSeconds: 2,
    });
    expect(kept).toEqual([]);
    const whole = await answerOf(async () => ({ shards: [], isLate: false }));
    expect(whole).toMatchObject({ json: { accounts: 0, accountsLeftOut: 0, complete: true } });
    expect(whole).not.toHaveProperty("json.note");
    expect(kept).toHaveLength(1);
  });

  it("while a version is rolled out, those that only the former one can read are left out, and the answer says so", async () => {
    // What shards told before parts named their form, and what a later version may tell.
    const former = { part: { activePeople: 3 }, accounts: 20, leftOut: 1, knownTypes: [] };
    const later = { ...former, form: partForm + 1, accounts: 4, leftOut: 0 };
    const some: Collect = async ({ query }, take) => {
      take(former);
      take({ form: partForm, part: analyses.get("adoption")?.empty(query), accounts: 7, leftOut: 0, knownTypes: [] });
      take(later);
      return { shards: [], isLate: false };
    };
    expect(await answerOf(some)).toMatchObject({
      json: {
        accounts: 7,
        accountsLeftOut: 25,
        complete: false,
        note: "These figures are about 7 accounts; 25 more cannot be read until an upgrade that is under way is over. Ask again in a minute.",
      },
    });
    const none: Collect = async (_call, take) => {
      take(former);
      return { shards: [], isLate: false };
    };
    expect(await answerOf(none)).toMatchObject({ failure: "unavailable" });
    expect(kept).toHaveLength(1);
  });

  it("at a deadline there is an answer all the same, about those who could be read: never a failure", async () => {
    const some: Collect = async ({ query }, take) => {
      take({ form: partForm, part: analyses.get("adoption")?.empty(query), accounts: 412, leftOut: 588, knownTypes: [] });
      return { shards: [], isLate: false };
    };
    expect(await answerOf(some)).toMatchObject({
      json: {
        accounts: 412,
        accountsLeftOut: 588,
        complete: false,
        note: expect.stringContaining("; 588 more could not be read in time."),
      },
    });
    expect(await answerOf(async () => ({ shards: ["3", "4"], isLate: true }))).toMatchObject({
      json: { accounts: 0, complete: false, note: expect.stringContaining("about 0 accounts; others could not be read in time.") },
    });
    expect(kept).toHaveLength(1);
  });
});

describe("a question", () => {
  it("needs an account that exists and that the token may see", async () => {
    expect((await get("adoption?accountId=nobody")).status).toBe(404);
    const mine = (await tokenWith(["read"], { accountIds: [accounts["south"] ?? ""] })).token;
    expect((await get(`adoption?accountId=${accounts["north"]}`, mine)).status).toBe(403);
    expect((await get("adoption", mine)).json).toMatchObject({ accounts: 1, activePeople: 1 });
  });

  it.each([
    ["adoption?from=yesterday", 400, "?from"],
    ["adoption?limit=many", 400, "?limit"],
    ["adoption?limit=0", 422, "?limit"],
    ["adoption?from=2026-11-02&to=2026-11-01", 422, "?from"],
    ["adoption?from=2020-01-01&to=2026-11-01", 422, "?from"],
    ["adoption?accountId=a&segment=b", 422, "?segment"],
    ["funnel", 422, "?steps"],
    ["funnel?steps=session.started", 422, "?steps"],
    [`funnel?${"steps=session.started&".repeat(11)}`, 422, "?steps"],
    ["funnel?steps=session.started&steps=feature.used;feature", 400, "?steps"],
    ["funnel?steps=session.started&steps=nobody.knows", 422, "?steps"],
    ["funnel?steps=session.started&steps=page.viewed&windowDays=91", 422, "?windowDays"],
    ["funnel?steps=session.started&steps=page.viewed&windowDays=0", 422, "?windowDays"],
    ["funnel?steps=session.started&steps=page.viewed&from=2024-01-01", 422, "?from"],
    ["paths?anchor=session.started&depth=6", 422, "?depth"],
    ["paths", 422, "?anchor"],
    ["retention?period=year", 422, "?period"],
    ["retention?period=day&from=2026-01-01&to=2026-11-01", 422, "?from"],
    ["cohorts?period=day&from=2026-01-01&to=2026-11-01", 422, "?from"],
    ["experiments?experiment=setup", 422, "?goal"],
    ["experiments?goal=page.viewed", 422, "?experiment"],
    ["experiments?experiment=setup&goal=page.viewed&split=half", 400, "?split"],
  ])("%s is refused with %i at %s", async (path, status, pointer) => {
    const { status: was, json } = await get(path);
    expect([was, json["pointer"]]).toEqual([status, pointer]);
  });

  it.each([
    ["adoption", { from: "yesterday" }, "/from"],
    ["adoption", { limit: 501 }, "/limit"],
    ["adoption", { colour: "red" }, "/colour"],
    ["funnel", { steps: [{ type: "session.started" }, { type: "nobody.knows" }] }, "/steps/1/type"],
    ["funnel", { steps: [{ type: "session.started" }, { type: "page.viewed", where: { page: ["/"] } }] }, "/steps/1/where/page"],
    ["paths", { anchor: { type: "not a type" } }, "/anchor/type"],
    ["experiments", { experiment: "e", goal: { type: "nobody.knows" } }, "/goal/type"],
    ["experiments", { experiment: "e", goal: { type: "page.viewed" }, split: { control: 0 } }, "/split/control"],
  ])("%s with the body %j is refused at %s", async (path, body, pointer) => {
    const { status, json } = await post(path, body);
    expect([status, json["pointer"]]).toEqual([422, pointer]);
  });
});
