import { createScheduledController, runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { toLine } from "../../src/domain/event.ts";
import { ask, testEnv, tokenWith } from "../support/api-client.ts";
import { deliveryOf, eventOf } from "../support/intake-builders.ts";

/** The very module, for what HTTP cannot ask. */
const theWorker = async () => (await import("../../src/worker.ts")).default;

let token = "";
let sender: { id: string; token: string };
beforeAll(async () => {
  token = (await tokenWith(["admin"])).token;
  sender = await tokenWith(["ingest"]);
});
type Item = Record<string, unknown>;
const get = (path: string) => ask("GET", `/api/v1${path}`, { token });
const send = (body: unknown) => ask("POST", "/v1/events", { token: sender.token, body });
const event = (id: string, more: Item = {}) => ({
  id,
  type: "feature.used",
  time: new Date().toISOString(),
  account: { id: "flow" },
  ...more,
});
const openMetrics = async () => (await ask("GET", "/metrics", { token })).text;
const soon = <T>(work: () => Promise<T>) => vi.waitFor(work, { timeout: 20_000, interval: 100 });

describe("sources and deliveries", () => {
  it("measure by a canary each minute how long an event takes to be visible, and show it nowhere else", async () => {
    expect((await get("/sources")).json["canary"]).toBeNull();
    const before = await openMetrics();
    await (await theWorker()).scheduled(createScheduledController({ cron: "* * * * *", scheduledTime: new Date(60_000) }), testEnv);
    await soon(async () => {
      const canary = (await get("/sources")).json["canary"] as Item;
      expect(canary).toMatchObject({ seen: 1 });
      expect(canary["p95Ms"]).toBeLessThan(20_000);
    });
    await soon(async () => expect(await openMetrics()).toContain('pulseline_canary_visible_seconds{quantile="0.95"}'));
    const total = (text: string) => /^pulseline_events_accepted_total (\d+)$/m.exec(text)?.[1];
    expect(total(await openMetrics())).toBe(total(before));
    expect((await get("/accounts?q=canary")).json["total"]).toBe(0);
    expect(JSON.stringify((await get("/sources")).json["items"])).not.toContain("canary");
    expect(await ask("POST", "/api/v1/accounts", { token, body: { id: "pulseline-canary" } })).toMatchObject({ status: 422 });
  });

  it("do not call history late that was loaded as history", async () => {
    const loader = await tokenWith(["ingest"]);
    const day = 86_400_000;
    const body = { id: "old", type: "feature.used", time: new Date(Date.now() - 30 * day).toISOString(), account: { id: "imported" } };
    const status = async () =>
      ((await get("/sources")).json["items"] as Item[]).find((item) => item["connectionId"] === loader.id)?.["status"];
    await ask("POST", "/v1/events?lane=backfill", { token: loader.token, body });
    await soon(async () => expect(await status()).toBe("imported"));
    await ask("POST", "/v1/events", {
      token: loader.token,
      body: { ...body, id: "resent", time: new Date(Date.now() - day).toISOString() },
    });
    await soon(async () => expect(await status()).toBe("late"));
  });

  it("tell how each kind of event stands, and are released by a person until something comes", async () => {
    const { id, token: own } = await tokenWith(["ingest"]);
    const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();
    const mine = async () => ((await get("/sources")).json["items"] as Item[]).find((item) => item["connectionId"] === id);
    const invoice = { type: "invoice.created", data: { invoiceId: "i" } };
    await ask("POST", "/v1/events", {
      token: own,
      body: [
        event("r1", { time: ago(7_200_000) }),
        event("r2", { ...invoice, time: ago(10 * 86_400_000) }),
        event("r3", { time: ago(2_000_000) }),
      ],
    });
    await soon(async () => expect(await mine()).toMatchObject({ awaited: true, accepted: 3 }));
    const kinds = ((await mine()) as Item)["kinds"] as Item[];
    expect(kinds).toMatchObject([
      { kind: "usage", usualPauseSeconds: null, status: "stopped" },
      { kind: "revenue", usualPauseSeconds: null, status: "resting" },
    ]);
    expect(kinds[0]?.["knownTo"]).toBe(kinds[0]?.["newestAt"]);
    expect(kinds[1]?.["knownTo"]).toBe(((await mine()) as Item)["watermark"]);

    // Profile updates are measured by nobody.
    await ask("POST", "/api/v1/accounts", { token, body: { id: "flow-written" } });
    const writer = async () => ((await get("/sources")).json["items"] as Item[]).find((item) => item["stream"] === "account");
    await soon(async () => expect(await writer()).toMatchObject({ awaited: false, kinds: [] }));

    const released = await ask("POST", `/api/v1/sources/${id}/release`, { token });
    expect(released).toMatchObject({ status: 200, json: { items: [{ connectionId: id, awaited: false, status: "ended" }] } });
    await ask("POST", "/v1/events", { token: own, body: event("r4") });
    await soon(async () => expect(await mine()).toMatchObject({ awaited: true, status: "fresh" }));
    expect((await ask("POST", "/api/v1/sources/nobody/release", { token })).status).toBe(404);
    const reader = (await tokenWith(["read"])).token;
    expect((await ask("POST", `/api/v1/sources/${id}/release`, { token: reader })).status).toBe(403);
  });

  it("tell what came, from whom, and what became of it", async () => {
    await send([event("d1"), event("d2"), { id: "bad", type: "feature.used", time: "1970-01-01T00:00:00Z", account: { id: "flow" } }]);
    await soon(async () => {
      const delivery = ((await get(`/deliveries?connection=${sender.id}`)).json["items"] as Item[])[0];
      expect(delivery).toMatchObject({
        connectionId: sender.id,
        connector: "native",
        accepted: 2,
        rejected: 1,
        status: "settled",
        accountIds: ["flow"],
      });
      expect(delivery?.["outcomes"]).toMatchObject({ applied: 2, waiting: 0 });
    });
    const source = ((await get("/sources")).json["items"] as Item[]).find((item) => item["connectionId"] === sender.id);
    expect(source).toMatchObject({ name: "test", connector: "native", accepted: 2, rejected: 1, status: "fresh", completeness: 2 / 3 });
  });

  it("show how far a sender's clock is ahead, and do not believe it", async () => {
    const fast = await tokenWith(["ingest"]);
    await ask("POST", "/v1/events", { token: fast.token, body: event("fast", { time: new Date(Date.now() + 3_600_000).toISOString() }) });
    await soon(async () => {
      const source = ((await get("/sources")).json["items"] as Item[]).find((item) => item["connectionId"] === fast.id);
      expect(source).toMatchObject({ accepted: 1, watermark: null, status: "waiting" });
      expect(source?.["clockSkewMs"]).toBeGreaterThan(3_500_000);
    });
  });

  it("show how long even the quickest event of a sender took, and nothing where it is not known", async () => {
    const slow = await tokenWith(["ingest"]);
    const own = async () => ((await get("/sources")).json["items"] as Item[]).find((item) => item["connectionId"] === slow.id);
    const hoursAgo = (hours: number): Item => ({ time: new Date(Date.now() - hours * 3_600_000).toISOString() });
    await ask("POST", "/v1/events", { token: slow.token, body: [event("slow-1", hoursAgo(3)), event("slow-2", hoursAgo(2))] });
    await soon(async () => {
      const delay = (await own())?.["leastDelayMs"] as number;
      expect(delay).toBeGreaterThanOrEqual(7_200_000);
      expect(delay).toBeLessThan(7_260_000);
      expect(await own()).toMatchObject({ clockSkewMs: 0, status: "late" });
    });
    await ask("POST", "/v1/events", { token: slow.token, body: event("slow-3", hoursAgo(0)) });
    await soon(async () => expect((await own())?.["leastDelayMs"]).toBeLessThan(60_000));
  });

  it("show a connection that nothing has come from, and a paused one", async () => {
    const { json } = await ask("POST", "/api/v1/connections", { token, body: { connector: "zendesk" } });
    const own = async () => ((await get("/sources")).json["items"] as Item[]).find((item) => item["connectionId"] === json["id"]);
    expect(await own()).toMatchObject({ status: "waiting", stream: null, watermark: null, completeness: null });
    await ask("POST", `/api/v1/connections/${json["id"] as string}/pause`, { token });
    expect(await own()).toMatchObject({ status: "paused", connectionStatus: "paused" });
  });

  it("make lists as uncertain as the account's page where much of what came is not valid, though the account brings nothing", async () => {
    const ofAccount = await tokenWith(["ingest"]);
    const days = Array.from({ length: 5 }, (_, day) =>
      event(`day-${day}`, { time: new Date(Date.now() - day * 86_400_000).toISOString(), account: { id: "partial" }, user: { id: "u" } }),
    );
    const bad = Array.from({ length: 40 }, (_, i) => ({ id: `bad-${i}`, type: "feature.used" }));
    const listed = async () =>
      ((await get("/accounts?q=partial")).json["items"] as Item[]).find(({ id }) => id === "partial")?.["confidence"] as number;
    const own = async () => (await get("/accounts/partial/health")).json["confidence"] as number;
    await ask("POST", "/v1/events", { token: ofAccount.token, body: days });
    await soon(async () => expect(await listed()).toBeGreaterThan(0));
    const whole = await listed();
    await ask("POST", "/v1/events", { token: ofAccount.token, body: bad });
    // 5 of 45, and 30 that count beside.
    await soon(async () => expect(await listed()).toBeCloseTo((whole * 35) / 75, 2));
    expect(await own()).toBeCloseTo(await listed(), 2);
  });

  it("tell what the door has refused, in plain words, and that the day is not complete", async () => {
    const { json } = await ask("POST", "/api/v1/connections", {
      token,
      body: { connector: "zendesk", secrets: { webhookSecret: "the-secret-of-flow" } },
    });
    const id = json["id"] as string;
    const own = async () => ((await get("/sources")).json["items"] as Item[]).find((item) => item["connectionId"] === id);
    expect(await own()).toMatchObject({ lastError: null });
    const headers = {
      "x-zendesk-webhook-signature": "bm90IHJpZ2h0",
      "x-zendesk-webhook-signature-timestamp": new Date().toISOString(),
    };
    expect((await ask("POST", `/webhooks/zendesk/${id}`, { body: {}, headers })).status).toBe(401);
    await soon(async () =>
      expect(await own()).toMatchObject({
        stream: "webhook",
        status: "waiting",
        lastReceivedAt: null,
        lastError: {
          kind: "refused",
          reason: "signature_mismatch",
          detail: expect.stringContaining("Copy the signing secret"),
          count24h: 1,
          refused24h: 1,
        },
      }),
    );
    const days = (await own())?.["completenessDays"] as Item[];
    expect(days).toHaveLength(14);
    expect(days.at(-1)).toMatchObject({ day: new Date().toISOString().slice(0, 10), status: "down", events: 0, refused: 1 });
    expect(days.at(-1)?.["gaps"]).toHaveLength(1);
    expect(days.at(0)).toMatchObject({ status: "none", gaps: [] });
  });

  it("tell of an event that came and was not valid, beside those that were", async () => {
    const mixed = await tokenWith(["ingest"]);
    await ask("POST", "/v1/events", { token: mixed.token, body: [event("valid"), { id: "bad", type: "feature.used" }] });
    await soon(async () => {
      const own = ((await get("/sources")).json["items"] as Item[]).find((item) => item["connectionId"] === mixed.id);
      expect(own).toMatchObject({
        lastError: {
          kind: "rejected",
          reason: "missing_field",
          detail: "/time: is missing",
          count24h: 1,
          refused24h: 0,
        },
      });
      const days = own?.["completenessDays"] as Item[] | undefined;
      expect(days?.at(-1)).toMatchObject({ status: "partial", events: 1, rejected: 1, refused: 0 });
    });
  });

  it("come page by page, newest first, each once", async () => {
    const many = await tokenWith(["ingest"]);
    for (let i = 0; i < 7; i++) await ask("POST", "/v1/events", { token: many.token, body: event(`page-${i}`) });
    await soon(async () =>
      expect(((await get(`/deliveries?connection=${many.id}&status=settled`)).json["items"] as Item[]).length).toBe(7),
    );
    const seen: Item[] = [];
    for (let cursor: string | null = ""; cursor !== null;) {
      const { json }: { json: Item } = await get(`/deliveries?connection=${many.id}&limit=3${cursor === "" ? "" : `&cursor=${cursor}`}`);
      seen.push(...(json["items"] as Item[]));
      cursor = json["nextCursor"] as string | null;
    }
    expect(new Set(seen.map((item) => item["id"])).size).toBe(7);
    const times = seen.map((item) => Date.parse(item["receivedAt"] as string));
    expect(times).toEqual(times.toSorted((a, b) => b - a));
  });
});

describe("deliveries of one millisecond", () => {
  it("come page by page, each once, and the cursor stays short however many there are", async () => {
    const connectionId = `crowd-${crypto.randomUUID()}`;
    const receivedAt = Date.now();
    const ids = Array.from({ length: 60 }, (_, i) => `crowd-${String((i * 7) % 60).padStart(2, "0")}`);
    for (const id of ids)
      await testEnv.INTAKE_SHARD.getByName("0").append(deliveryOf([], { id, connectionId, receivedAt, accepted: 0, rejected: 1 }));
    const seen: unknown[] = [];
    for (let cursor: string | null = ""; cursor !== null;) {
      expect(cursor.length).toBeLessThan(100);
      const { status, json }: { status: number; json: Item } = await get(
        `/deliveries?connection=${connectionId}&limit=25${cursor === "" ? "" : `&cursor=${cursor}`}`,
      );
      expect(status).toBe(200);
      seen.push(...(json["items"] as Item[]).map((item) => item["id"]));
      cursor = json["nextCursor"] as string | null;
    }
    expect(seen).toEqual(ids.toSorted().reverse());
  });
});

describe("dead letters", () => {
  const conflict = async (id: string): Promise<Item> => {
    await send(event(id, { data: { feature: "one" } }));
    await send(event(id, { data: { feature: "two" } }));
    return soon(async () => {
      const letter = ((await get("/dead-letters")).json["items"] as Item[]).find((item) => item["eventId"] === id);
      expect(letter).toBeDefined();
      return letter as Item;
    });
  };
  const events = async () => (await get("/accounts/flow")).json["events"] as number;

  it("are listed with their reason, and shown with their event", async () => {
    const letter = await conflict("c1");
    expect(letter).toMatchObject({
      kind: "quarantined",
      reason: "id_conflict",
      connectionId: sender.id,
      type: "feature.used",
      accountId: "flow",
      status: "open",
    });
    const { json } = await get(`/dead-letters/${letter["id"] as string}`);
    expect(json["event"]).toMatchObject({ id: "c1", data: { feature: "two" } });
    expect((await get("/dead-letters")).json["groups"]).toEqual(
      expect.arrayContaining([expect.objectContaining({ kind: "quarantined", reason: "id_conflict" })]),
    );
  });

  it("replayed as new are counted", async () => {
    const letter = await conflict("c2");
    const before = await events();
    const replayed = await ask("POST", `/api/v1/dead-letters/${letter["id"] as string}/replay`, { token, body: { asNew: true } });
    expect(replayed.json["status"]).toBe("replayed");
    await soon(async () => expect(await events()).toBe(before + 1));
    expect(JSON.stringify((await get("/dead-letters")).json)).not.toContain(`"${letter["id"] as string}"`);
  });

  it("discarded stay away, with the reason", async () => {
    const letter = await conflict("c3");
    expect((await ask("POST", `/api/v1/dead-letters/${letter["id"] as string}/discard`, { token, body: {} })).status).toBe(422);
    const discarded = await ask("POST", `/api/v1/dead-letters/${letter["id"] as string}/discard`, {
      token,
      body: { reason: "sender's mistake" },
    });
    expect(discarded.json["status"]).toBe("discarded");
    expect(JSON.stringify((await get("/dead-letters?status=discarded")).json)).toContain(`"${letter["id"] as string}"`);
  });

  it("that an account shard keeps are shown and closed like the others", async () => {
    const shard = testEnv.ACCOUNT_SHARD.getByName("5");
    await shard.sweep();
    const line = toLine(eventOf({ id: "given-back", connectionId: sender.id as never, receivedAt: Date.now() } as never, 0));
    await runInDurableObject(shard as never, (_, state) => {
      state.storage.sql.exec("INSERT INTO refused (at, reason, line) VALUES (?, 'id_conflict', ?)", Date.now(), line);
    });
    expect((await get("/dead-letters/account-5-1")).json).toMatchObject({ kind: "quarantined", reason: "id_conflict", status: "open" });
    const discarded = await ask("POST", "/api/v1/dead-letters/account-5-1/discard", { token, body: { reason: "told twice" } });
    expect(discarded.json).toMatchObject({ status: "discarded", detail: "(discarded: told twice)" });
    expect(JSON.stringify((await get("/dead-letters?status=discarded")).json)).toContain('"account-5-1"');
  });

  it.each([
    "account-999999-1",
    "account-5-999999",
    "account-x-1",
    "0-999999",
    "directory-999999",
    "63-1",
    "nobody",
    "7",
    "0-",
    "-1",
    "0-1-1",
  ])("that do not exist are 404: %s", async (id) => {
    for (const [method, path, body] of [
      ["GET", "", undefined],
      ["POST", "/replay", {}],
      ["POST", "/discard", { reason: "x" }],
    ] as const) {
      expect((await ask(method, `/api/v1/dead-letters/${id}${path}`, { token, ...(body === undefined ? {} : { body }) })).status).toBe(404);
    }
  });
});

describe("metrics and probes", () => {
  it("count each event once in OpenMetrics", async () => {
    const total = async (name: string) =>
      Number(new RegExp(`^${name} (\\d+)$`, "m").exec((await ask("GET", "/metrics", { token })).text)?.[1]);
    await soon(async () => expect(await total("pulseline_events_waiting")).toBe(0));
    const [accepted, applied] = [await total("pulseline_events_accepted_total"), await total("pulseline_events_applied_total")];
    await send([event("m1"), event("m2"), event("m1")]);
    await soon(async () =>
      expect([await total("pulseline_events_accepted_total"), await total("pulseline_events_applied_total")]).toEqual([
        accepted + 3,
        applied + 2,
      ]),
    );
    const { text, headers } = await ask("GET", "/metrics", { token });
    expect(headers.get("content-type")).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
    expect(text).toMatch(/^pulseline_event_visible_seconds_bucket\{le="\+Inf"\} \d+$/m);
    expect(text.endsWith("# EOF\n")).toBe(true);
  });

  it("need a token, the probes do not", async () => {
    expect((await ask("GET", "/metrics")).status).toBe(401);
    expect((await ask("GET", "/healthz")).json).toEqual({ status: "ok" });
    expect((await ask("GET", "/readyz")).json).toEqual({ status: "ready", checks: { intake: "ok", directory: "ok", database: "ok" } });
  });
});

describe("each minute", () => {
  const open = async () => {
    const response = await ask("GET", "/api/v1/sources", { token });
    return (response.json["items"] as Item[]).length;
  };

  it("tells the live feed how fresh each source is", async () => {
    await send(event("fresh"));
    await soon(async () => expect(await open()).toBeGreaterThan(0));
    const sources = await open();
    const hub = testEnv.LIVE_HUB.getByName("hub");
    const listener = encodeURIComponent(JSON.stringify({ tokenId: "t", accountIds: null, expiresAt: null }));
    const { webSocket } = await hub.fetch(
      new Request("https://hub/live", { headers: { upgrade: "websocket", "x-pulseline-listener": listener } }),
    );
    const heard: { type: string; data: Item }[] = [];
    webSocket?.addEventListener("message", ({ data }) => void heard.push(JSON.parse(data as string) as { type: string; data: Item }));
    webSocket?.accept();
    await (await theWorker()).scheduled(createScheduledController({ scheduledTime: new Date() }), testEnv);
    await soon(async () => expect(heard.filter(({ type }) => type === "source.status")).toHaveLength(sources));
    expect(heard.find(({ data }) => data["connectionId"] === sender.id)?.data).toMatchObject({ status: "fresh" });
  });

  it("brings a credential that a door has missed, and tells lists how complete they are", async () => {
    const missed = await tokenWith(["ingest"]);
    const at = Date.now();
    await (await theWorker()).scheduled(createScheduledController({ scheduledTime: new Date(at) }), testEnv);
    const { hash } = (await testEnv.DB.prepare("SELECT hash FROM tokens WHERE id = ?").bind(missed.id).first<{ hash: string }>()) ?? {
      hash: "",
    };
    expect((await testEnv.INTAKE_SHARD.getByName("0").getCredentials([`token|${hash}`]))[0]).toMatchObject({ tokenId: missed.id });
    await soon(async () => expect(Date.parse((await get("/accounts")).json["asOf"] as string)).toBeGreaterThanOrEqual(at));
  });
});
