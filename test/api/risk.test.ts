import { introspectWorkflowInstance } from "cloudflare:test";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { accountShardName } from "../../src/domain/hash.ts";
import { newestDue } from "../../src/domain/jobs/job.ts";
import { endOfPeriod } from "../../src/domain/jobs/period.ts";
import type { RiskReport } from "../../src/domain/risk/report.ts";
import { callOf, event } from "../support/account-builders.ts";
import { ask, testEnv, tokenWith } from "../support/api-client.ts";
import { type Customer, customersOf } from "../../scripts/demo/losses/losing-book.ts";

/** A shard that was asked in vain is asked again by its alarm; the read models follow within seconds. */
// History is scored in a lane of its own, which takes its time.
const soon = <T>(work: () => Promise<T>) => vi.waitFor(work, { timeout: 50_000, interval: 200 });
const period = newestDue("monthly", Date.now());
const asOf = endOfPeriod("month", period);
const knownHazard = (use: number): number => 1 / (1 + Math.exp(-(-1.2 - 4.5 * use)));

let admin = "";
let customers: readonly Customer[] = [];
const get = (path: string) => ask("GET", `/api/v1${path}`, { token: admin });
const report = async (query = ""): Promise<RiskReport> => (await get(`/risk${query}`)).json["report"] as RiskReport;

/** Told to their shards as the consumer would. */
async function tell(some: readonly Customer[]): Promise<void> {
  const shards = Map.groupBy(some, ({ account }) => accountShardName(account, 256));
  for (const [shard, own] of shards) {
    const items = own.flatMap(({ account, events }) =>
      events.map(({ at, type, user, data }) => ({
        account,
        event: event({ type, data, occurredAt: at, receivedAt: Date.now(), lane: "backfill", ...(user === undefined ? {} : { user: { id: user } }) }), // prettier-ignore
      })),
    );
    await testEnv.ACCOUNT_SHARD.getByName(shard).apply(callOf(items, { "tok_1/events": Date.now() }));
  }
}

async function run(month: string): Promise<Record<string, unknown>> {
  await using watched = await introspectWorkflowInstance(testEnv.MONTHLY_JOB, `monthly-${month}`);
  expect((await ask("POST", `/api/v1/jobs/monthly/run?period=${month}`, { token: admin })).status).toBe(200);
  await watched.waitForStatus("complete");
  return (await ask("POST", `/api/v1/jobs/monthly/run?period=${month}`, { token: admin })).json;
}

beforeAll(async () => {
  admin = (await tokenWith(["admin"])).token;
});

describe("a book with a hazard that is known", { timeout: 110_000 }, () => {
  beforeAll(async () => {
    customers = customersOf({ seed: 1, accounts: 200, months: 12, asOf, until: Date.now(), hazard: knownHazard });
    await tell(customers);
  });

  it("is learned by the monthly job, which tells what it came from", async () => {
    expect((await get("/risk")).json).toEqual({ inForce: null, periods: [], report: null });
    // A shard is known to the job once it has sent a change.
    await soon(async () => expect((await get("/accounts?limit=1")).json["total"]).toBe(customers.length));
    const done = await run(period);
    expect(done).toMatchObject({ status: "done", error: null, result: { backTest: { accounts: customers.length, learned: 1 } } });
    const found = await report(`?period=${period}`);
    const lost = customers.filter(({ lostAt }) => lostAt !== null).length;
    expect(found.sample).toMatchObject({ accounts: customers.length, withoutSubscription: 0, accountsShare: 1 });
    // A loss counts when it has lasted a week.
    expect(found.sample.losses).toBeLessThanOrEqual(lost);
    expect(found.sample.losses).toBeGreaterThan(lost * 0.8);
    expect(found.forecasts[0]).toMatchObject({ scope: "all", status: "learned", learnedFrom: { losses: found.sample.losses } });
    expect((await get("/risk")).json).toMatchObject({ inForce: period, periods: [period] });
    expect(await testEnv.ARCHIVE.list({ prefix: "risk/" })).toMatchObject({ objects: [] });
  });

  it("gives each account that pays its probability: the true one lies within the interval; in its health and in lists", async () => {
    type Risk = { readonly probability: number; readonly low: number; readonly high: number };
    // One of each way to use it, of those who are still there.
    const each = [...new Map(customers.flatMap((one) => (one.lostAt === null ? [[one.use, one] as const] : []))).values()];
    expect(each.length).toBeGreaterThan(4);
    const told = await soon(() =>
      Promise.all(
        each.map(async ({ account }) => {
          const risk = (await get(`/accounts/${account}/health`)).json["risk90"] as Risk | null;
          expect(risk).not.toBeNull();
          return risk as Risk;
        }),
      ),
    );
    console.log(told.map(({ low, high }, i) => `${low.toFixed(3)} < ${each[i]?.risk90.toFixed(3)} < ${high.toFixed(3)}`).join(", "));
    for (const [i, { low, high }] of told.entries()) {
      expect(low).toBeLessThan(each[i]?.risk90 ?? Number.NaN);
      expect(high).toBeGreaterThan(each[i]?.risk90 ?? Number.NaN);
    }
    expect(told[0]).toMatchObject({ model: period, learnedFrom: { scope: "all", segment: null, losses: (await report()).sample.losses } });
    const gone = customers.find(({ lostAt }) => lostAt !== null);
    expect((await get(`/accounts/${gone?.account}/health`)).json["risk90"]).toBeNull();
    expect((await get(`/accounts/${each[0]?.account}/health?at=${new Date(asOf).toISOString()}`)).json["risk90"]).toBeNull();
    await soon(async () => {
      const { items } = (await get("/accounts?sort=-risk90&limit=200")).json as { items: readonly { id: string; risk90: Risk | null }[] };
      const listed = items.flatMap(({ risk90 }) => (risk90 === null ? [] : [risk90.probability]));
      // Lists follow in the background lane.
      expect(listed.length).toBeGreaterThan(5);
      expect(listed).toEqual([...listed].sort((a, b) => b - a));
    });
  });

  it("answers a month that was not tested with 404, and what is no month with 400", async () => {
    expect((await get("/risk?period=2020-01")).status).toBe(404);
    expect((await get("/risk?period=2026-1")).json).toMatchObject({ status: 400, pointer: "?period" });
  });
});
