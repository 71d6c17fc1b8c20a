import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { productNow, rehearsalClock } from "../../scripts/runtime/clock.ts";
import { type Runtime, startRuntime } from "../../scripts/runtime/host.ts";

/**
 * Silence is not an outage: what an account's quiet does to its score depends on whether its source is known to be well. The same two
 * accounts on one data folder, through four starts of the product on later and later days.
 */
const adminToken = "admin-token-of-this-test";
const folder = mkdtempSync(join(tmpdir(), "pulseline-silence-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Measure = {
  key: string;
  value: number | null;
  score: number | null;
  status: string;
  freshness: number;
  waitsFor?: { connectionId: string }[];
  sendersUpToDate?: number;
};
type Health = { score: number; confidence: number; flags: { key: string }[]; dimensions: { key: string; measures: Measure[] }[] };
type Token = { id: string; token: string };
type Row = { id: string; score: number; computedAt: string };

/** The product while its clock runs from `from`, `rate` times as fast. */
async function onThe<T>(from: string, rate: number, act: (product: Product) => Promise<T>): Promise<T> {
  const clock = rehearsalClock(from, String(rate), Date.now());
  const runtime = await startRuntime({ dataFolder: folder, adminToken, clock });
  try {
    return await act(new Product(runtime, () => productNow(clock, Date.now())));
  } finally {
    await runtime.stop();
  }
}

class Product {
  readonly now: () => number;
  private readonly runtime: Runtime;

  constructor(runtime: Runtime, now: () => number) {
    this.runtime = runtime;
    this.now = now;
  }

  private async call<T>(path: string, init: RequestInit = {}, token = adminToken): Promise<T> {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const response = await fetch(`${this.runtime.url}${path}`, { ...init, headers });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return await response.json<T>();
  }

  account = (id: string): Promise<object> =>
    this.call("/api/v1/accounts", { method: "POST", body: JSON.stringify({ id, attributes: { seats: 5 } }) });

  newToken = (name: string): Promise<Token> =>
    this.call("/api/v1/tokens", { method: "POST", body: JSON.stringify({ name, scopes: ["ingest"] }) });
  release = (sender: string): Promise<unknown> => this.call(`/api/v1/sources/${sender}/release`, { method: "POST" });

  /** A ticket's event by a token; resolves when it counts. */
  async ticket(token: string, id: string, type: string, at: number, data: object): Promise<void> {
    const { events } = await this.call<{ events: number }>(`/api/v1/accounts/${id}`);
    const event = { id: `${id}-${type}-${at}`, type: `ticket.${type}`, time: new Date(at).toISOString(), account: { id }, data };
    await this.call("/v1/events", { method: "POST", body: JSON.stringify([event]) }, token);
    await until("the ticket counts", async () => (await this.call<{ events: number }>(`/api/v1/accounts/${id}`)).events === events + 1);
  }

  /** A use of the product at each of these times; resolves when they count. */
  use = (id: string, ...times: readonly number[]): Promise<void> => this.useBy(adminToken, id, ...times);

  async useBy(token: string, id: string, ...times: readonly number[]): Promise<void> {
    const counted = async (): Promise<number> => (await this.call<{ events: number }>(`/api/v1/accounts/${id}`)).events;
    const wanted = (await counted()) + times.length;
    const event = (at: number): object => {
      const time = new Date(at).toISOString();
      return { id: `${id}-${time}`, type: "feature.used", time, account: { id }, user: { id: "ana" }, data: { feature: "report" } };
    };
    await this.call("/v1/events", { method: "POST", body: JSON.stringify(times.map(event)) }, token);
    await until(`the uses of ${id} count`, async () => (await counted()) === wanted);
  }

  health = (id: string): Promise<Health> => this.call(`/api/v1/accounts/${id}/health`);
  row = async (id: string): Promise<Row | undefined> =>
    (await this.call<{ items: Row[] }>("/api/v1/accounts")).items.find((item) => item.id === id);
  sourceStatus = async (): Promise<string | undefined> =>
    (await this.call<{ items: { stream: string; status: string }[] }>("/api/v1/sources")).items.find(({ stream }) => stream === "events")
      ?.status;
}

async function until(what: string, check: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 100)))
    if (await check()) return;
  throw new Error(`not within a minute: ${what}`);
}
const measured = ({ dimensions }: Health, dimension: string): Measure[] =>
  dimensions.find(({ key }) => key === dimension)?.measures.filter(({ value }) => value !== null) ?? [];
const usage = (health: Health): Measure[] => measured(health, "usage");
const support = (health: Health): Record<string, number | null> =>
  Object.fromEntries(measured(health, "support").map(({ key, value }) => [key, value]));
const measure = (health: Health, key: string): Measure | undefined => usage(health).find((each) => each.key === key);
const scores = (health: Health): Record<string, number | null> => Object.fromEntries(usage(health).map(({ key, score }) => [key, score]));

describe("an account that has stopped using the product", () => {
  let used: Health;
  let silent: Health;
  let mobile: Token;
  let desks: readonly Token[];
  let beforeOutage: Health;

  it("scores as one that goes on, on the day of its last use", async () => {
    await onThe("2026-11-10T12:00:00Z", 1, async (product) => {
      for (const id of ["silent", "busy"]) {
        await product.account(id);
        await product.use(id, ...[5, 6, 7, 8, 9].map((day) => Date.UTC(2026, 10, day, 12)), product.now());
      }
      used = await product.health("silent");
      expect(measure(used, "recency")).toMatchObject({ value: 0, score: 100, status: "ok" });
      expect(used.score).toBe((await product.health("busy")).score);
      mobile = await product.newToken("Mobile");
      await product.account("mobile");
      await product.useBy(mobile.token, "mobile", product.now());
      await product.use("mobile", product.now());
      desks = [await product.newToken("Old desk"), await product.newToken("New desk")];
      await product.account("desks");
      const [old, fresh] = desks.map(({ token }) => token) as [string, string];
      const opened = { ticketId: "1", priority: "urgent" };
      await product.ticket(old, "desks", "created", product.now() - 3_600_000, opened);
      await product.ticket(fresh, "desks", "created", product.now() - 7_200_000, { ticketId: "2" });
      await product.ticket(fresh, "desks", "solved", product.now(), { ticketId: "2" });
      beforeOutage = await product.health("desks");
    });
  });

  it("falls while its neighbour's events show that the source is well", async () => {
    await onThe("2026-11-20T12:00:00Z", 1, async (product) => {
      const [old, fresh] = desks as [Token, Token];
      await product.use("busy", product.now());
      await product.ticket(fresh.token, "desks", "solved", product.now(), { ticketId: "2" });
      const waitsFor = async (): Promise<string> =>
        measured(await product.health("desks"), "support")[0]
          ?.waitsFor?.map(({ connectionId }) => connectionId)
          .join() ?? "";
      await until(
        "the silent account knows that its source is well, and the desks' that the new one is",
        async () => measure(await product.health("silent"), "recency")?.status === "ok" && (await waitsFor()) === old.id,
      );
      silent = await product.health("silent");
      expect(measure(silent, "recency")).toMatchObject({ value: 10, freshness: 1 });
      expect(silent.score).toBeLessThan(used.score);
      expect(silent.confidence).toBe(used.confidence);
      // Of two help desks one is down: its urgent ticket neither ages nor is late, and one of the other counts at once.
      const held = await product.health("desks");
      expect(support(held)).toEqual(support(beforeOutage));
      expect(held.flags).toEqual([]);
      expect(measured(held, "support").map(({ key, freshness, sendersUpToDate }) => [key, freshness >= 0.5, sendersUpToDate])).toEqual(
        Object.keys(support(held)).map((key) => [key, true, 1]),
      );
      await product.ticket(fresh.token, "desks", "created", product.now(), { ticketId: "3", priority: "urgent" });
      expect(support(await product.health("desks"))["weighted_backlog"]).toBeGreaterThan(support(held)["weighted_backlog"] as number);
      // Ten days are no reason to take its second sender's outage for silence: a person has to say so.
      expect(measure(await product.health("mobile"), "recency")).toMatchObject({ value: 0, status: "stale" });
      await product.release(mobile.id);
      await product.release(old.id);
      await until("nothing is waited for", async () => measure(await product.health("mobile"), "recency")?.status === "ok");
      expect(measure(await product.health("mobile"), "recency")).toMatchObject({ value: 10, freshness: 1 });
      await until("the old desk's ticket is late", async () =>
        (await product.health("desks")).flags.some(({ key }) => key === "urgent_ticket_past_sla"),
      );
    });
  });

  it("keeps its values in an outage, which only makes them less certain", async () => {
    await onThe("2026-11-22T12:00:00Z", 1, async (product) => {
      const held = await product.health("silent");
      expect(scores(held)).toEqual(scores(silent));
      expect(measure(held, "recency")).toMatchObject({ value: 10, status: "stale" });
      for (const { key, freshness } of usage(held)) expect([key, freshness < 1 && freshness > 0.1]).toEqual([key, true]);
      expect(held.confidence).toBeLessThan(silent.confidence);
      expect(await product.sourceStatus()).toMatch(/late|quiet/);
    });
  });

  it("falls again once the source is back: in the lists within minutes, and at midnight by the clock alone", async () => {
    // A minute in a second: the start takes some, the end of the outage is heard of in others, and midnight is in the thirtieth.
    await onThe("2026-11-22T23:30:00Z", 60, async (product) => {
      const backAt = product.now();
      await product.use("busy", backAt);
      await until("the outage is over", async () => measure(await product.health("silent"), "recency")?.status === "ok");
      expect(measure(await product.health("silent"), "recency")?.value).toBeGreaterThanOrEqual(12);
      // No event of its own comes: the work of each minute tells its shard that the source is back.
      let listed: Row | undefined;
      await until("the list has the score of the silence", async () => {
        listed = await product.row("silent");
        return listed !== undefined && Date.parse(listed.computedAt) > backAt && listed.score < silent.score;
      });
      expect(Date.parse(listed?.computedAt ?? "")).toBeLessThan(Date.parse("2026-11-23"));
      // Its neighbour keeps the source known to be well.
      await until("the list has the score of the next day", async () => {
        await product.use("busy", product.now());
        const row = await product.row("silent");
        return row !== undefined && row.computedAt >= "2026-11-23" && row.score < (listed?.score ?? 0);
      });
    });
  });
});
