import { abortAllDurableObjects, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import type { AccountShard } from "../../durable-objects/account-shard.ts";
import { partForm, type Analysis, type AnalysisCall, type AnalysisPart } from "../../src/domain/analytics/analysis.ts";
import { analyses } from "../../src/domain/analytics/index.ts";
import { canaryAccountId } from "../../src/domain/canary.ts";
import { analysesWaitingMax } from "../../src/domain/limits.ts";
import { DAY_MS, MINUTE_MS } from "../../src/domain/time.ts";
import type { Env } from "../../src/env.ts";
import { type Addressed, callOf, event } from "../support/account-builders.ts";
import { standingOf } from "../support/account-inside.ts";
import { faultsFor, type AccountFaults } from "../support/account-faulty-shard.ts";

const namespace = (env as unknown as Env).ACCOUNT_SHARD;
let name: string;
let faults: AccountFaults;
const shard = () => namespace.getByName(name);
beforeEach(() => {
  name = crypto.randomUUID();
  faults = faultsFor(name);
});

/** Of a person of an account, so many minutes after yesterday's begin of the test. */
const did = (account: string, person: string, type: string, minute: number, more: Partial<Addressed> = {}): Addressed => ({
  account,
  event: event({ type, occurredAt: Date.now() - DAY_MS + minute * MINUTE_MS, user: { id: person }, data: { feature: "Export" } }),
  ...more,
});
const apply = (...items: Addressed[]) => shard().apply(callOf(items));
const funnel = { steps: [{ type: "session.started" }, { type: "feature.used" }] };

function call(kind: string, given: Record<string, unknown>, accountIds: readonly string[] | null = null): AnalysisCall {
  const analysis = analyses.get(kind) as Analysis;
  const query = analysis.resolve(analysis.schema.parse(given), Date.now());
  if (!query.ok) throw new Error(query.error.detail);
  return { kind, query: query.value, accountIds, segment: undefined, strangeTypes: ["lamp.lit"], withinMs: 10_000 };
}

async function ask(kind: string, given: Record<string, unknown> = {}, accountIds?: readonly string[]) {
  const asked = call(kind, given, accountIds);
  const { form, part, accounts, knownTypes } = await shard().analyse(asked);
  expect(form).toBe(partForm);
  return { accounts, knownTypes, ...(analyses.get(kind) as Analysis).answer(part, asked.query) } as Record<string, unknown>;
}
const counts = async (accountIds?: readonly string[]): Promise<readonly number[]> =>
  ((await ask("funnel", funnel, accountIds))["steps"] as { count: number }[]).map(({ count }) => count);

describe("a shard's part of an answer", () => {
  test("is made from all rows of its accounts, of one account alone, and again after a crash", async () => {
    await apply(did("a", "ann", "session.started", 0), did("b", "ann", "session.started", 0), did("b", "ann", "lamp.lit", 1));
    await apply(did("a", "ann", "feature.used", 5), did("b", "bob", "session.started", 1));
    expect(await ask("funnel", funnel)).toMatchObject({ accounts: 2, knownTypes: ["lamp.lit"] });
    expect([await counts(), await counts(["a"]), await counts(["nobody"])]).toEqual([
      [3, 1],
      [1, 1],
      [0, 0],
    ]);
    await abortAllDurableObjects();
    expect(await counts()).toEqual([3, 1]);
    expect(await ask("adoption")).toMatchObject({ accounts: 2, activePeople: 3, features: [{ feature: "Export", people: 1 }] });
  });

  test("has customers only: the canary is in no count, statistic or back-test", async () => {
    await apply(did("a", "ann", "session.started", 0), did(canaryAccountId, "eve", "session.started", 0));
    const whole = { asOf: Date.now(), accountsShare: 1, after: null };
    expect(await standingOf(shard())).toMatchObject({ accounts: 1 });
    expect(await ask("funnel", funnel)).toMatchObject({ accounts: 1 });
    expect(await counts([canaryAccountId])).toEqual([0, 0]);
    expect(await shard().riskHistories(whole)).toMatchObject({ accounts: 1, withoutSubscription: 1 });
    expect((await shard().observations(null)).gathered.accounts).toBe(1);
  });

  test("does not hold what a key has taken along, nor what a merge has given away", async () => {
    const by = { key: "user|ann", version: 1 };
    await apply(did("a", "ann", "session.started", 0, by), did("a", "ann", "feature.used", 5, by), did("a", "bob", "session.started", 0));
    expect(await counts()).toEqual([2, 1]);
    await shard().release("a", "user|ann", 2);
    expect(await counts()).toEqual([1, 0]);
    await shard().setMerged("a", "elsewhere", 1);
    expect(await ask("funnel", funnel)).toMatchObject({ accounts: 0, steps: [{ count: 0 }, { count: 0 }] });
    await shard().setMerged("a", null, 2);
    expect(await counts()).toEqual([0, 0]);
  });

  test("leaves out what an account that is set aside holds, until it is folded again", async () => {
    await apply(did("a", "ann", "session.started", 0));
    faults.poison = ({ type }) => type === "feature.used";
    await apply(did("a", "ann", "feature.used", 5));
    expect(await counts()).toEqual([1, 0]);
    faults.poison = () => false;
    await shard().refold("a");
    expect(await counts()).toEqual([1, 1]);
  });

  test("is about whole accounts when the time is up, chosen by their hashes, and tells how many are left out", async () => {
    await apply(did("a", "ann", "session.started", 0), did("a", "ann", "feature.used", 5));
    await apply(did("b", "bob", "session.started", 0), did("c", "cy", "session.started", 0));
    await apply(did("b", "bob", "feature.used", 5), did("c", "cy", "feature.used", 5));
    const asked = call("funnel", funnel);
    /** Time is up after so many looks at the clock. */
    const cut = (looks: number) =>
      runInDurableObject(shard() as unknown as DurableObjectStub<AccountShard>, async (instance) => {
        let looked = 0;
        const breather = { rest: async () => undefined, get leftMs() { return looked++ < looks ? 10_000 : -5_000; } }; // prettier-ignore
        const { parts } = instance as unknown as {
          parts: { analyses: { make(asked: AnalysisCall, by: unknown): Promise<AnalysisPart> } };
        };
        return parts.analyses.make(asked, breather);
      });
    const told = async (looks: number) => {
      const { part, accounts, leftOut } = await cut(looks);
      const { steps } = (analyses.get("funnel") as Analysis).answer(part, asked.query) as { steps: { count: number }[] };
      return { accounts, leftOut, counts: steps.map(({ count }) => count) };
    };
    expect(await told(100)).toEqual({ accounts: 3, leftOut: 0, counts: [3, 3] });
    for (let looks = 0; looks < 16; looks++) {
      const { accounts, leftOut, counts: found } = await told(looks);
      expect(accounts + leftOut).toBe(3);
      // Never somebody whose second step was not read.
      expect(found).toEqual([accounts, accounts]);
    }
    expect(await told(0)).toEqual({ accounts: 0, leftOut: 3, counts: [0, 0] });
    // All were found; time was up when one of them had been read.
    expect(await told(6)).toEqual({ accounts: 1, leftOut: 2, counts: [1, 1] });
    expect(await shard().analyse({ ...asked, withinMs: -1 })).toMatchObject({ accounts: 0, leftOut: 3 });
  });

  test("is refused when too many wait for theirs, and one that fails holds up no other", async () => {
    await apply(did("a", "ann", "session.started", 0));
    const asked = call("funnel", funnel);
    // All at once, from within, so that none is over before the last one comes.
    const told = await runInDurableObject(shard() as unknown as DurableObjectStub<AccountShard>, (instance) =>
      Promise.allSettled([
        instance.analyse({ ...asked, kind: "nothing" }),
        ...Array.from({ length: analysesWaitingMax + 1 }, () => instance.analyse(asked)),
      ]),
    );
    const refused = told.flatMap((one) => (one.status === "rejected" ? [String(one.reason)] : []));
    expect(refused).toEqual([
      expect.stringContaining("no analysis nothing"),
      expect.stringContaining("too many"),
      expect.stringContaining("too many"),
    ]);
    expect(await counts()).toEqual([1, 0]);
  });
});
