import { createExecutionContext } from "cloudflare:test";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { healthChangesJson } from "../../src/api/account-json.ts";
import { emptyAccount } from "../../src/domain/account/folded.ts";
import { shippedConfig } from "../../src/domain/config/active.ts";
import { accountHealth, onlyConfig } from "../../src/domain/health/account-health.ts";
import { outcomeNames } from "../../src/domain/outcome.ts";
import { sourcesTo } from "../support/account-builders.ts";
import { ask, origin, testEnv, tokenWith } from "../support/api-client.ts";

let token = "";
let sender = "";
beforeAll(async () => {
  token = (await tokenWith(["admin"])).token;
  sender = (await tokenWith(["ingest"])).token;
});
type Item = Record<string, unknown>;
const put = (body: Item, headers = {}) => ask("POST", "/api/v1/accounts", { token, body, headers });
const get = (path: string) => ask("GET", `/api/v1${path}`, { token });
const importCsv = (raw: string) => ask("POST", "/api/v1/accounts/import", { token, raw, type: "text/csv; charset=utf-8" });
const resolve = async (kind: string, value: string) =>
  ((await ask("POST", "/api/v1/identity/resolve", { token, body: { keys: [{ kind, value }] } })).json["items"] as Item[])[0]?.["accountId"];
const soon = <T>(work: () => Promise<T>) => vi.waitFor(work, { timeout: 20_000, interval: 100 });

describe("an account written through the API", () => {
  it("is there at once: its document, its keys", async () => {
    const made = await put({
      id: "acme",
      name: "Acme GmbH",
      domains: ["ACME.example"],
      externalIds: { zendesk: "4711", crm: ["a", "b"] },
      attributes: { plan: "pro", seats: 12 },
    });
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({
      id: "acme",
      name: "Acme GmbH",
      domains: ["acme.example"],
      externalIds: { zendesk: ["4711"], crm: ["a", "b"] },
    });
    expect(made.json["attributes"]).toMatchObject({ plan: { value: "pro" }, seats: { value: 12 } });
    expect((await get("/accounts/acme")).json).toMatchObject({ id: "acme", name: "Acme GmbH" });
    expect([
      await resolve("external:zendesk", "4711"),
      await resolve("external:crm", "b"),
      await resolve("domain", "acme.example"),
    ]).toEqual(["acme", "acme", "acme"]);
  });

  it("is made anew from its journal when an admin asks, and nothing about it is another", async () => {
    await put({ id: "anew", name: "Anew", attributes: { plan: "pro" } });
    expect(await ask("POST", "/api/v1/accounts/anew/refold", { token })).toMatchObject({
      status: 200,
      json: { setAside: false, events: 0, underWay: false },
    });
    expect((await get("/accounts/anew")).json).toMatchObject({ name: "Anew", attributes: { plan: { value: "pro" } } });
    expect((await ask("POST", "/api/v1/accounts/nobody/refold", { token })).status).toBe(404);
  });

  it("takes external ids as events do: whole numbers, and the names of systems in any case", async () => {
    const { status, json } = await put({ id: "numbered", externalIds: { Zendesk: 98_765, zendesk: ["98766"], CRM: [12, "b-12"] } });
    expect([status, json["externalIds"]]).toEqual([201, { zendesk: ["98765", "98766"], crm: ["12", "b-12"] }]);
    expect([await resolve("external:zendesk", "98765"), await resolve("external:crm", "12")]).toEqual(["numbered", "numbered"]);
    expect((await importCsv("id,externalIds.HubSpot\nnumbered,77\n")).json).toMatchObject({ imported: 1 });
    expect(await resolve("external:hubspot", "77")).toBe("numbered");
    expect(await put({ id: "numbered", externalIds: { zendesk: 1.5 } })).toMatchObject({
      status: 422,
      json: { pointer: "/externalIds/zendesk" },
    });
  });

  it("is updated by the next write, without counting as an event, and stays what was not named", async () => {
    await put({ id: "twice", name: "Before", attributes: { plan: "pro" } });
    const again = await put({ id: "twice", name: "After" });
    expect(again.status).toBe(200);
    expect(again.json).toMatchObject({ name: "After", events: 0, attributes: { plan: { value: "pro" } } });
  });

  it("names its writer, and what its lists no longer name leads to it no longer", async () => {
    const first = await put({
      id: "relisted",
      domains: ["one.example", "two.example"],
      externalIds: { crm: ["R-1", "R-2"], zendesk: "R-3" },
      attributes: { plan: "pro" },
    });
    const me = (await get("/session")).json["tokenId"] as string;
    expect((first.json["attributes"] as Record<string, Item>)["plan"]?.["source"]).toBe(`person:${me}`);
    const second = await put({ id: "relisted", domains: ["two.example"], externalIds: { crm: "R-2" } });
    expect(second.json).toMatchObject({ domains: ["two.example"], externalIds: { crm: ["R-2"], zendesk: ["R-3"] } });
    expect(Object.keys(second.json["attributes"] as Item)).toEqual(["plan"]);
    const keys = [
      ["domain", "one.example"],
      ["domain", "two.example"],
      ["external:crm", "R-1"],
      ["external:crm", "R-2"],
      ["external:zendesk", "R-3"],
    ] as const;
    expect(await Promise.all(keys.map(([kind, value]) => resolve(kind, value)))).toEqual([null, "relisted", null, "relisted", "relisted"]);
  });

  it("takes no key from another account unless that is said, and names the owner", async () => {
    await put({ id: "owner", domains: ["owned.example"], externalIds: { crm: "OWN-1" } });
    const refused = await put({ id: "thief", name: "Thief", externalIds: { crm: ["OWN-1"] } });
    expect(refused).toMatchObject({
      status: 409,
      json: { pointer: "/externalIds/crm", detail: expect.stringContaining("belongs to owner") },
    });
    expect((await get("/accounts/thief")).status).toBe(404);
    expect(await put({ id: "thief", domains: ["owned.example"] })).toMatchObject({ status: 409, json: { pointer: "/domains" } });
    expect((await put({ id: "owner", domains: ["owned.example"] })).status).toBe(200);
    expect((await put({ id: "thief", externalIds: { crm: "OWN-1" }, moveKeys: true })).status).toBe(201);
    expect([await resolve("external:crm", "OWN-1"), await resolve("domain", "owned.example")]).toEqual(["thief", "owner"]);
  });

  it("gives a key that many name at the same instant to one of them, and writes nothing of the others", async () => {
    const writers = Array.from({ length: 8 }, (_, i) => ({
      id: `rival-${i}`,
      domains: [`own-${i}.example`, "wanted.example"],
      externalIds: { crm: "W-1" },
    }));
    const answers = await Promise.all(writers.map(put));
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([201, ...Array.from({ length: 7 }, () => 409)]);
    const [winner] = writers.filter((_, i) => answers[i]?.status === 201);
    expect([await resolve("domain", "wanted.example"), await resolve("external:crm", "W-1")]).toEqual([winner?.id, winner?.id]);
    for (const { id, domains } of writers.filter((one) => one !== winner))
      expect([(await get(`/accounts/${id}`)).status, await resolve("domain", domains[0] ?? "")]).toEqual([404, null]);
    const rows = ["row-1", "row-2"].map((id) => `id,domains\n${id},row.example\n`);
    const imports = await Promise.all(rows.map((raw) => ask("POST", "/api/v1/accounts/import", { token, raw, type: "text/csv" })));
    expect(imports.reduce((sum, { json }) => sum + (json["imported"] as number), 0)).toBe(1);
  });

  it("is never the canary's own, by whatever way", async () => {
    await put({ id: "bystander", domains: ["bystander.example"] });
    const id = "pulseline-canary";
    expect(await put({ id })).toMatchObject({ status: 422, json: { pointer: "/id" } });
    const refused = await Promise.all([
      ask("POST", `/api/v1/accounts/${id}/notes`, { token, body: { text: "hello" } }),
      ask("POST", `/api/v1/accounts/${id}/override`, { token, body: { value: 5, reason: "why not" } }),
      ask("POST", "/api/v1/identity/link", { token, body: { key: { kind: "domain", value: "canary.example" }, accountId: id } }),
      ask("POST", "/api/v1/identity/merge", { token, body: { from: "bystander", into: id } }),
      ask("POST", "/api/v1/identity/merge", { token, body: { from: id, into: "bystander" } }),
    ]);
    expect(refused.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
    const sent = await ask("POST", "/v1/events", {
      token,
      body: { id: "c1", type: "feature.used", time: new Date().toISOString(), account: { id } },
    });
    expect(sent.json).toMatchObject({ accepted: 0, rejected: [{ reason: "invalid_field", detail: "/account/id: is reserved" }] });
  });

  it("lets a merged account keep naming what it brought along", async () => {
    await put({ id: "small", domains: ["small.example"] });
    await put({ id: "large" });
    await ask("POST", "/api/v1/identity/merge", { token, body: { from: "small", into: "large" } });
    await soon(async () => expect((await put({ id: "small", domains: ["small.example"] })).status).toBe(200));
    expect((await put({ id: "large", domains: ["small.example"] })).status).toBe(200);
  });

  it("is in lists within seconds", async () => {
    await put({ id: "listed", name: "Listed Ltd", attributes: { owner: "ann@example.com", segment: "big" } });
    await soon(async () => {
      const { json } = await get("/accounts?q=listed%20ltd&segment=big&owner=ann@example.com");
      expect((json["items"] as Item[]).map((item) => item["id"])).toEqual(["listed"]);
      expect(json["asOf"]).not.toBeNull();
    });
    expect(((await get("/portfolio")).json["segments"] as Item[]).map((item) => item["segment"])).toContain("big");
  });

  it("is counted once, though it takes two ways", async () => {
    const totals = () => testEnv.INTAKE_SHARD.getByName("0").totals();
    const settled = ({ outcomes }: Awaited<ReturnType<typeof totals>>) =>
      outcomeNames.reduce((sum, name) => sum + (name === "waiting" ? 0 : outcomes[name]), 0);
    const before = await soon(async () => {
      const now = await totals();
      expect(settled(now)).toBe(now.acceptedEvents);
      return now.outcomes;
    });
    await put({ id: "counted" });
    await soon(async () => {
      const { outcomes } = await totals();
      expect([outcomes.applied - before.applied, outcomes.repeat - before.repeat]).toEqual([1, 0]);
    });
    expect((await get("/accounts/counted")).json["events"]).toBe(0);
  });

  it("takes the events of its keys that came before it", async () => {
    const event = (id: string, more: Item) => ({
      id,
      type: "feature.used",
      time: new Date().toISOString(),
      data: { feature: "x" },
      ...more,
    });
    await ask("POST", "/v1/events", {
      token: sender,
      body: [
        event("p1", { account: { domain: "later.example" } }),
        event("p2", { account: { externalIds: { crm: "L-1" } } }),
        event("p3", { account: { domain: "later.example", externalIds: { crm: "L-1" } } }),
      ],
    });
    await soon(async () => {
      const waiting = (await get("/identity/unresolved")).json["items"] as { key: Item; waitingEvents: number; alsoUnder: Item[] }[];
      // The third waits under both, is counted in both rows, and each row names the other.
      expect(waiting).toMatchObject([
        { key: { kind: "domain", value: "later.example" }, waitingEvents: 2, alsoUnder: [{ kind: "external:crm", value: "L-1" }] },
        { key: { kind: "external:crm", value: "L-1" }, waitingEvents: 2, alsoUnder: [{ kind: "domain", value: "later.example" }] },
      ]);
    });
    await put({ id: "later", domains: ["later.example"], externalIds: { crm: "L-1" } });
    await soon(async () => expect((await get("/accounts/later")).json["events"]).toBe(3));
  });

  it("gives its events back when a key is unlinked, and the next account gets them", async () => {
    await put({ id: "from", externalIds: { crm: "M-1" } });
    await put({ id: "to" });
    await ask("POST", "/v1/events", {
      token: sender,
      body: { id: "m1", type: "feature.used", time: new Date().toISOString(), account: { externalIds: { crm: "M-1" } } },
    });
    await soon(async () => expect((await get("/accounts/from")).json["events"]).toBe(1));
    const key = { kind: "external:crm", value: "M-1" };
    const linked = await ask("POST", "/api/v1/identity/link", { token, body: { key, accountId: "to", reason: "merger" } });
    expect(linked.json).toMatchObject({ key, accountId: "to" });
    await soon(async () =>
      expect([(await get("/accounts/from")).json["events"], (await get("/accounts/to")).json["events"]]).toEqual([0, 1]),
    );
    const unlinked = await ask("POST", "/api/v1/identity/unlink", { token, body: { key, accountId: "to" } });
    expect(unlinked.status).toBe(200);
    await soon(async () => expect((await get("/accounts/to")).json["events"]).toBe(0));
    expect(await resolve("external:crm", "M-1")).toBeNull();
  });

  it("is merged into another and taken out of it again, with all that belongs to it", async () => {
    const events = async (id: string) => (await get(`/accounts/${id}`)).json["events"];
    await put({ id: "part", domains: ["part.example"], attributes: { seats: 7 } });
    await put({ id: "whole", name: "Whole", domains: ["whole.example"] });
    const event = (id: string, account: Item) => ({ id, type: "feature.used", time: new Date().toISOString(), account });
    await ask("POST", "/v1/events", {
      token: sender,
      body: [event("g1", { id: "part" }), event("g2", { domain: "part.example" }), event("g3", { id: "whole" })],
    });
    await soon(async () => expect([await events("part"), await events("whole")]).toEqual([2, 1]));

    const body = { from: "part", into: "whole", reason: "one company" };
    expect((await ask("POST", "/api/v1/identity/merge", { token, body })).json).toEqual({ from: "part", into: "whole", version: 1 });
    await soon(async () => expect(await events("whole")).toBe(3));
    const moved = await get("/accounts/part");
    expect([moved.status, moved.headers.get("location")]).toEqual([308, "/api/v1/accounts/whole"]);
    expect(moved.json).toMatchObject({ mergedInto: "whole", reason: "moved" });
    expect((await get("/accounts/part/timeline?type=feature.used&limit=5")).headers.get("location")).toBe(
      "/api/v1/accounts/whole/timeline?type=feature.used&limit=5",
    );
    for (const [path, tried] of [
      ["scorecards", { scorecard: "standard" }],
      ["measures", { measure: { title: "Seats", unit: "seats", source: "lifecycle", expression: 'account.number("seats") * 2.0' } }],
    ] as const) {
      const { status, json } = await ask("POST", `/api/v1/config/${path}/test`, { token, body: { ...tried, accountId: "part" } });
      expect([path, status, json["pointer"], json["detail"]]).toEqual([path, 422, "/accountId", "was merged into whole"]);
    }
    expect((await get("/accounts/whole")).json).toMatchObject({
      name: "Whole",
      domains: ["whole.example", "part.example"],
      attributes: { seats: { value: 7 } },
    });
    expect(await resolve("domain", "part.example")).toBe("whole");
    await soon(async () => expect(((await get("/accounts?q=part")).json["items"] as Item[]).map(({ id }) => id)).not.toContain("part"));
    // A token for the merged account alone reaches nothing of the other.
    const restricted = await tokenWith(["read", "write"], { accountIds: ["part"] });
    const attempt = await ask("POST", "/api/v1/accounts", { token: restricted.token, body: { id: "part", attributes: { plan: "free" } } });
    expect([attempt.status, attempt.json["attributes"]]).toEqual([403, undefined]);
    // What names the merged account goes to the other: events, and what people write of it.
    await ask("POST", "/v1/events", { token: sender, body: event("g4", { id: "part" }) });
    expect((await put({ id: "part", attributes: { plan: "pro" } })).json).toMatchObject({
      id: "whole",
      attributes: { plan: { value: "pro" } },
    });
    await soon(async () => expect(await events("whole")).toBe(4));

    expect((await ask("POST", "/api/v1/identity/unmerge", { token, body })).json).toMatchObject({ version: 2 });
    await soon(async () => expect([await events("part"), await events("whole")]).toEqual([3, 1]));
    expect((await get("/accounts/part")).json).toMatchObject({ attributes: { seats: { value: 7 }, plan: { value: "pro" } } });
    expect((await get("/accounts/whole")).json).toMatchObject({ domains: ["whole.example"], attributes: {} });
    expect(await resolve("domain", "part.example")).toBe("part");
    await soon(async () => expect(((await get("/accounts?q=part")).json["items"] as Item[]).map(({ id }) => id)).toContain("part"));
  });

  it("is not merged into itself, into nobody, or twice", async () => {
    for (const id of ["x1", "x2", "x3"]) await put({ id });
    const merge = async (from: string, into: string, what = "merge") => {
      const { status, json } = await ask("POST", `/api/v1/identity/${what}`, { token, body: { from, into } });
      return [status, json["pointer"] ?? json["detail"]];
    };
    expect(await merge("x1", "x1")).toEqual([422, "/into"]);
    expect((await merge("x1", "nobody"))[0]).toBe(404);
    expect((await merge("nobody", "x1"))[0]).toBe(404);
    expect(await merge("x1", "x2", "unmerge")).toEqual([409, "x1 is not merged into x2"]);
    expect((await merge("x1", "x2"))[0]).toBe(200);
    expect((await merge("x1", "x2"))[0]).toBe(200);
    expect(await merge("x1", "x3")).toEqual([409, "x1 was merged into x2"]);
    expect(await merge("x2", "x1")).toEqual([409, "x1 was merged into x2"]);
    const key = { kind: "domain", value: "late.example" };
    await soon(async () =>
      expect((await ask("POST", "/api/v1/identity/link", { token, body: { key, accountId: "x1" } })).status).toBe(409),
    );
  });

  it("gets no free-mail domain", async () => {
    await put({ id: "mail" });
    const key = { kind: "domain", value: "GMail.com" };
    const { status, json } = await ask("POST", "/api/v1/identity/link", { token, body: { key, accountId: "mail" } });
    expect([status, json["pointer"]]).toEqual([422, "/key/value"]);
  });

  it("must exist before a key is linked to it", async () => {
    const { status } = await ask("POST", "/api/v1/identity/link", {
      token,
      body: { key: { kind: "domain", value: "x.example" }, accountId: "nobody" },
    });
    expect(status).toBe(404);
  });
});

describe("the account's own pages", () => {
  it.each([
    "",
    "/health",
    "/health/history",
    "/measures/seat_use/history",
    "/health/changes",
    "/metrics",
    "/metrics/events",
    "/tickets",
    "/contacts",
    "/invoices",
    "/timeline",
  ])("%s is 404 for an account that does not exist", async (path) => {
    expect((await get(`/accounts/nobody${path}`)).status).toBe(404);
  });

  it("show what an event did: count, dense metric, timeline, health that sums", async () => {
    await put({ id: "shown" });
    const time = new Date(Date.now() - 3_600_000).toISOString();
    await ask("POST", "/v1/events", {
      token: sender,
      body: [
        { id: "s1", type: "feature.used", time, account: { id: "shown" }, user: { id: "u1", name: "Uma" }, data: { feature: "export" } },
        { id: "s2", type: "session.started", time, account: { id: "shown" }, user: { id: "u2", name: "Ben" } },
        {
          id: "s3",
          type: "user.identified",
          time,
          account: { id: "shown" },
          user: { id: "u1", email: "Uma@shown.example" },
          data: { name: "Uma Vale" },
        },
      ],
    });
    await soon(async () => expect((await get("/accounts/shown")).json["events"]).toBe(2));
    const everything = await get("/accounts/shown/metrics/events?step=all");
    expect((everything.json["points"] as Item[]).map((point) => point["value"])).toEqual([2]);
    const days = await get("/accounts/shown/metrics/active_users_7d");
    expect((days.json["points"] as Item[]).length).toBeGreaterThanOrEqual(30);
    expect((days.json["points"] as Item[]).at(-1)?.["value"]).toBe(2);
    const timeline = (await get("/accounts/shown/timeline")).json["items"] as Item[];
    expect(timeline.filter((item) => item["type"] === "feature.used")).toMatchObject([
      { id: "s1", occurredAt: time, userId: "u1", userName: "Uma Vale", data: { feature: "export" }, outcome: "applied" },
    ]);
    expect(timeline.find((item) => item["id"] === "s2")).toMatchObject({ userId: "u2", userName: "Ben" });
    const deliveries = (await get("/deliveries")).json["items"] as Item[];
    expect(deliveries.map((item) => item["id"])).toContain(timeline.find((item) => item["id"] === "s1")?.["deliveryId"]);
    const { json: health } = await get("/accounts/shown/health");
    const contributions = (health["dimensions"] as { measures: { contribution: number }[] }[]).flatMap(({ measures }) =>
      measures.map(({ contribution }) => contribution),
    );
    if (health["scoreBeforeCaps"] !== null)
      expect(contributions.reduce((sum, part) => sum + part, 50)).toBeCloseTo(health["scoreBeforeCaps"] as number, 9);
    expect((await get("/accounts/shown/metrics/unheard_of")).status).toBe(404);
  });

  it("count the people of 28 whole days in a whole day, and up to an instant those of as many hours", async () => {
    await put({ id: "counted" });
    const dayMs = 86_400_000;
    const today = Math.floor(Date.now() / dayMs) * dayMs;
    const used = (id: string, at: number) => ({
      id,
      type: "feature.used",
      time: new Date(at).toISOString(),
      account: { id: "counted" },
      user: { id },
      data: { feature: "export" },
    });
    // The second on the day before the 28.
    await ask("POST", "/v1/events", { token: sender, body: [used("ann", today), used("cy", today - 27 * dayMs - 1)] });
    await soon(async () => expect((await get("/accounts/counted")).json["events"]).toBe(2));
    const peopleTo = async (to: number): Promise<unknown> => {
      const range = `from=${new Date(today).toISOString()}&to=${new Date(to).toISOString()}`;
      return ((await get(`/accounts/counted/metrics/active_users_28d?${range}`)).json["points"] as Item[]).map(({ value }) => value);
    };
    expect([await peopleTo(today + dayMs), await peopleTo(today + 1)]).toEqual([[1], [2]]);
  });

  it("say nothing of what left the windows while a shard of older code answers", () => {
    const account = accountHealth(emptyAccount("old", sourcesTo({})), onlyConfig(shippedConfig));
    const line = { measure: "seat_use", title: "Seat use", cause: "data" as const, delta: 1, from: 0, to: 1 };
    const answer = { from: account.at(0), to: account.at(1), moves: [{ ...line, eventIds: ["e"], eventsTotal: 1 }] };
    expect(healthChangesJson(answer).moves).toEqual([{ ...line, eventIds: ["e"], eventsTotal: 1, left: null }]);
  });

  it("say to the end of which UTC days their ends count what is counted by whole days", () => {
    const account = accountHealth(emptyAccount("acme", sourcesTo({})), onlyConfig(shippedConfig));
    const between = (from: string, to: string) =>
      healthChangesJson({ from: account.at(Date.parse(from)), to: account.at(Date.parse(to)), moves: [] }).wholeDays;
    expect(between("2026-11-23T23:59:59.999Z", "2026-11-24T00:00:00Z")).toEqual({ from: "2026-11-23", to: "2026-11-24" });
    expect(between("2026-11-24T00:00:00Z", "2026-11-24T23:59:59.999Z")).toEqual({ from: "2026-11-24", to: "2026-11-24" });
  });

  it("page a timeline and tickets without loss or repetition", async () => {
    await put({ id: "paged" });
    const events = Array.from({ length: 7 }, (_, i) => ({
      id: `t${i}`,
      type: "ticket.created",
      time: new Date(Date.now() - i * 60_000).toISOString(),
      account: { id: "paged" },
      data: { ticketId: `T${i}`, status: i % 2 === 0 ? "open" : "solved" },
    }));
    await ask("POST", "/v1/events", { token: sender, body: events });
    await soon(async () => expect((await get("/accounts/paged")).json["events"]).toBe(7));
    for (const [path, field] of [
      ["/accounts/paged/timeline?type=ticket.created", "id"],
      ["/accounts/paged/tickets", "ticketId"],
    ] as const) {
      const seen: unknown[] = [];
      for (let cursor: string | null = ""; cursor !== null;) {
        const { json }: { json: Item } = await get(
          `${path}${path.includes("?") ? "&" : "?"}limit=3${cursor === "" ? "" : `&cursor=${cursor}`}`,
        );
        seen.push(...(json["items"] as Item[]).map((item) => item[field]));
        cursor = json["nextCursor"] as string | null;
      }
      expect(seen).toHaveLength(7);
      expect(new Set(seen).size).toBe(7);
    }
    const open = (await get("/accounts/paged/tickets?status=open")).json["items"] as Item[];
    expect(open.map((ticket) => ticket["open"])).toEqual([true, true, true, true]);
  });
});

describe("what vendors and people told of an account", () => {
  it("is listed by kind, money in minor units with its currency, and pages without loss", async () => {
    await put({ id: "told", attributes: { champion: "dana@told.example" } });
    const time = (minutesAgo: number): string => new Date(Date.now() - minutesAgo * 60_000).toISOString();
    const told = (id: string, type: string, data: object, minutesAgo = 9): object => ({
      id,
      type,
      time: time(minutesAgo),
      account: { id: "told" },
      data,
    });
    const due = "2026-12-01T00:00:00.000Z";
    const events = [
      told("c1", "conversation.created", { conversationId: "C1", subject: "Hello", priority: "priority" }, 9),
      told("c2", "conversation.closed", { conversationId: "C1" }, 8),
      told("s1", "subscription.created", {
        subscriptionId: "S1",
        amount: 24_000,
        currency: "eur",
        interval: "year",
        startedAt: "2026-01-01",
      }),
      told("i1", "invoice.created", { invoiceId: "I1", amount: 2_000, currency: "EUR", due: "2026-12-01" }, 7),
      told("i2", "invoice.paid", { invoiceId: "I1" }, 6),
      told("i3", "invoice.created", { invoiceId: "I2" }, 5),
      told("i4", "invoice.created", { invoiceId: "I3" }, 4),
      told("o1", "opportunity.created", { opportunityId: "O1", stage: "Proposal", renewal: true }, 3),
      { ...told("m1", "message.replied", {}, 2), user: { id: "dana@told.example" } },
    ];
    await ask("POST", "/v1/events", { token: sender, body: events });
    await soon(async () => expect((await get("/accounts/told")).json["events"]).toBe(events.length));
    const items = async (path: string): Promise<Item[]> => (await get(`/accounts/told/${path}`)).json["items"] as Item[];
    expect(await items("conversations")).toMatchObject([
      { conversationId: "C1", connectionId: "native", open: false, subject: "Hello", statuses: [{ status: "open" }, { status: "closed" }] },
    ]);
    expect(await items("subscriptions")).toMatchObject([
      { subscriptionId: "S1", status: "active", amount: { amount: 24_000, currency: "EUR" }, startedAt: "2026-01-01T00:00:00.000Z" },
    ]);
    expect(await items("opportunities")).toMatchObject([
      { opportunityId: "O1", stage: "Proposal", stages: [{ stage: "Proposal" }], renewal: true },
    ]);
    expect(await items("contacts")).toMatchObject([{ person: "dana@told.example", champion: true, sponsor: false, leftAt: null }]);
    const first = (await get("/accounts/told/invoices?limit=2")).json;
    const second = (await get(`/accounts/told/invoices?limit=2&cursor=${first["nextCursor"] as string}`)).json;
    expect([...(first["items"] as Item[]), ...(second["items"] as Item[])]).toMatchObject([
      { invoiceId: "I3", status: "open", amount: null },
      { invoiceId: "I2" },
      { invoiceId: "I1", status: "paid", amount: { amount: 2_000, currency: "EUR" }, due },
    ]);
    expect(second["nextCursor"]).toBeNull();
    const revenue = (await get("/accounts/told/metrics/mrr")).json["points"] as Item[];
    expect(revenue.at(-1)?.["value"]).toBe(2_000);
  });
});

describe("an import", () => {
  it("takes quoted CSV with attributes, domains and external ids, and names each bad line", async () => {
    const csv = `\uFEFFid,name,domains,external:crm,externalIds.zendesk,plan,seats,attributes.entitledFeatures\r
i1,"Quoted, ""Inc""",a.example;b.example,C1;C2,,pro,12,x;y\r
,no id,,,,,,\r
i3,"two
lines",,,99,,,\r
\r
i4,bad domain,gmail.com,,,,,\r
`;
    const { status, json } = await importCsv(csv);
    expect([status, json]).toEqual([
      200,
      {
        imported: 2,
        rejected: [
          { line: 3, id: null, pointer: "/id", detail: expect.any(String) as unknown },
          { line: 7, id: "i4", pointer: "/domains/0", detail: expect.stringContaining("free-mail") as unknown },
        ],
        rejectedRows: 2,
      },
    ]);
    expect((await get("/accounts/i1")).json).toMatchObject({
      name: 'Quoted, "Inc"',
      externalIds: { crm: ["C1", "C2"] },
      attributes: { plan: { value: "pro" }, seats: { value: 12 }, entitledFeatures: { value: ["x", "y"] } },
    });
    expect((await get("/accounts/i3")).json).toMatchObject({ name: "two\nlines", attributes: {} });
    expect(await resolve("domain", "b.example")).toBe("i1");
  });

  it.each([
    ["", 422],
    ["name\nx\n", 422],
    ['id\n"open\n', 422],
    ["id,name\na,b,c\n", 422],
    [`id\n${"x\n".repeat(2_001)}`, 413],
  ])("of %j is refused as a whole", async (csv, wanted) => {
    expect((await importCsv(csv)).status).toBe(wanted);
  });
});

describe("an import with several rows of one account", () => {
  it("writes them one after the other: the last one stands, whatever it says", async () => {
    const ids = Array.from({ length: 6 }, (_, i) => `twice-${i}`);
    const rows = ids.flatMap((id) => [`${id},Zebra`, `${id},Mango`, `${id},Apple`]);
    expect((await importCsv(["id,name", ...rows].join("\n"))).json).toMatchObject({ imported: 18, rejectedRows: 0 });
    const names = await Promise.all(ids.map(async (id) => (await get(`/accounts/${id}`)).json["name"]));
    expect(names).toEqual(ids.map(() => "Apple"));
  });
});

describe("an import that names keys of others", () => {
  it("refuses those rows, and of two rows with one key the second, unless moving is said", async () => {
    await put({ id: "first-owner", domains: ["taken.example"] });
    const rows = "id,domains\nrow-1,taken.example\nrow-2,fresh.example\nrow-3,fresh.example\n";
    expect((await importCsv(rows)).json).toMatchObject({
      imported: 1,
      rejected: [
        { line: 2, id: "row-1", pointer: "/domains", detail: expect.stringContaining("belongs to first-owner") },
        { line: 4, id: "row-3", pointer: "/domains", detail: expect.stringContaining("belongs to row-2") },
      ],
    });
    expect(await resolve("domain", "taken.example")).toBe("first-owner");
    const moved = await ask("POST", "/api/v1/accounts/import?moveKeys=true", {
      token,
      raw: "id,domains\nrow-1,taken.example\n",
      type: "text/csv",
    });
    expect(moved.json).toMatchObject({ imported: 1, rejectedRows: 0 });
    expect(await resolve("domain", "taken.example")).toBe("row-1");
  });
});

describe("an attribute with a meaning", () => {
  it.each([
    ["seats", "ten"],
    ["seats", 0],
    ["slaHours", {}],
    ["arr", 12.5],
    ["renewalDate", "31.12.2026"],
    ["coreFeatures", [1]],
    ["usualDaysToValue", -3],
    ["committed", 0],
    ["consumed", "much"],
    ["noticeDate", "soon"],
    ["sessionGapMinutes", 5],
    ["sessionGapMinutes", 241],
    ["currency", "euros"],
    ["sponsor", { name: "Sam" }],
    ["champion", ["dana@acme.example", {}]],
    ["calendar", ["desk"]],
    ["owner", { id: 3 }],
    ["segment", 4],
    ["lifecycleStage", true],
    ["plan", ["pro"]],
  ])("%s is refused as %j, which no measure could read, and takes no good value away", async (name, value) => {
    const good = {
      seats: 10,
      slaHours: 24,
      arr: 1_200_000,
      renewalDate: "2027-03-31",
      coreFeatures: ["report"],
      usualDaysToValue: "30",
      committed: 900,
      consumed: 0,
      noticeDate: "2027-01-31",
      sessionGapMinutes: 15,
      currency: "eur",
      sponsor: "Sam",
      champion: [{ email: "dana@acme.example" }, 7],
      calendar: "desk",
      owner: "ann@example.com",
      segment: "smb",
      lifecycleStage: "adopted",
      plan: "pro",
    };
    await put({ id: "formed", attributes: good });
    expect(await put({ id: "formed", attributes: { [name]: value } })).toMatchObject({
      status: 422,
      json: { pointer: `/attributes/${name}` },
    });
    expect((await get("/accounts/formed")).json["attributes"]).toMatchObject({ [name]: { value: good[name as keyof typeof good] } });
    expect((await put({ id: "formed", attributes: { [name]: null } })).status).toBe(200);
  });

  it("refuses a row of an import by its column", async () => {
    const { json } = await importCsv("id,seats,renewalDate\nfit,12,2027-03-31\nunfit,x,2027-03-31\n");
    expect(json).toMatchObject({ imported: 1, rejected: [{ line: 3, id: "unfit", pointer: "/attributes/seats" }] });
  });
});

describe("what a person says about an account", () => {
  const say = (path: string, body?: Item) => ask(body === undefined ? "DELETE" : "POST", `/api/v1/accounts/${path}`, { token, body });

  it("takes the score's place until it is withdrawn, with its reason, author and end", async () => {
    await put({ id: "judged" });
    const me = (await get("/session")).json["tokenId"] as string;
    const given = await say("judged/override", { value: 35, reason: "Notice by phone" });
    expect(given).toMatchObject({
      status: 200,
      json: { score: 35, computedScore: null, band: "critical", override: { value: 35, reason: "Notice by phone", author: me } },
    });
    const { at, expiresAt } = given.json["override"] as { at: string; expiresAt: string };
    expect(Date.parse(expiresAt) - Date.parse(at)).toBeCloseTo(30 * 86_400_000, -4);
    expect((await get("/accounts/judged")).json).toMatchObject({ score: 35, band: "critical", events: 0 });
    await soon(async () =>
      expect((await get("/accounts?q=judged")).json["items"]).toMatchObject([{ id: "judged", score: 35, band: "critical" }]),
    );
    expect((await say("judged/override")).json).toMatchObject({ score: null, override: null });
  });

  it("is what was said last, also at one instant of a clock that stands", async () => {
    await put({ id: "at-once" });
    const { default: worker } = await import("../../src/worker.ts");
    const standing = { ...testEnv, PULSELINE_CLOCK: JSON.stringify({ productMs: Date.now(), wallMs: Date.now(), rate: 0 }) };
    const override = (value: number): Request =>
      new Request(`${origin}/api/v1/accounts/at-once/override`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ value, reason: "Said in a rehearsal" }),
      });
    const scores: unknown[] = [];
    for (const value of [60, 20, 40, 10, 50, 30]) {
      const answer = await worker.fetch(override(value) as Parameters<typeof worker.fetch>[0], standing, createExecutionContext());
      scores.push((await answer.json<Item>())["score"]);
    }
    expect(scores).toEqual([60, 20, 40, 10, 50, 30]);
  });

  it("keeps an opinion apart from the score", async () => {
    await put({ id: "liked" });
    expect((await say("liked/opinion", { value: 5 })).json).toMatchObject({ score: null, opinion: { value: 5, reason: null } });
    expect((await say("liked/opinion")).json).toMatchObject({ opinion: null });
  });

  it.each([
    ["override", { value: 101, reason: "x" }, "/value"],
    ["override", { value: 50 }, "/reason"],
    ["override", { value: 50, reason: " " }, "/reason"],
    ["override", { value: 50, reason: "x", expiresAt: "yesterday" }, "/expiresAt"],
    ["override", { value: 50, reason: "x", expiresAt: "2020-01-01T00:00:00Z" }, "/expiresAt"],
    ["override", { value: 50, reason: "x", expiresAt: "2099-01-01T00:00:00Z" }, "/expiresAt"],
    ["opinion", { value: 6 }, "/value"],
    ["opinion", { value: 2.5 }, "/value"],
  ])("refuses a bad %s %j at %s", async (what, body, pointer) => {
    await put({ id: "judged" });
    expect(await say(`judged/${what}`, body)).toMatchObject({ status: 422, json: { pointer } });
  });

  it("is not said of an account that is not there", async () => {
    expect((await say("nobody-at-all/override", { value: 1, reason: "x" })).status).toBe(404);
    expect((await get("/accounts/nobody-at-all")).status).toBe(404);
  });
});

it("the history of a measure is dense, with its window; one that no scorecard has is not found", async () => {
  await put({ id: "measured", attributes: { seats: 4 } });
  const { json, status } = await get("/accounts/measured/measures/seat_use/history?from=2026-11-01&to=2026-11-04");
  expect(status).toBe(200);
  expect(json).toMatchObject({ key: "seat_use", title: "Seat use", unit: "ratio", step: "1d", from: "2026-11-01T00:00:00.000Z" });
  expect((json["points"] as Item[]).map(({ at, value, status: state }) => [at, value, state])).toEqual(
    ["01", "02", "03"].map((day) => [`2026-11-${day}T23:59:59.999Z`, null, "missing"]),
  );
  expect((await get("/accounts/measured/measures/nobody/history")).json).toMatchObject({
    status: 404,
    detail: expect.stringContaining("measure"),
  });
  expect((await get("/accounts/measured/measures/seat_use/history?step=1m")).json).toMatchObject({ status: 400, pointer: "?step" });
});
