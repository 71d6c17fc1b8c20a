import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { AccountShard } from "../../durable-objects/account-shard.ts";
import type { AccountBook } from "../../durable-objects/account-shard/account-book.ts";
import type { ChangeOutbox } from "../../durable-objects/account-shard/change-outbox.ts";
import type { Timers } from "../../durable-objects/account-shard/timers.ts";
import type { ReadFailure } from "../../src/domain/account/messages.ts";
import type { AccountChange } from "../../src/domain/change.ts";
import { type Configuration, defaultCompany, emptyConfiguration } from "../../src/domain/config/active.ts";
import { ScorecardDocumentSchema } from "../../src/domain/config/scorecard.ts";
import { standardScorecard } from "../../src/domain/config/standard.ts";
import type { Rates } from "../../src/domain/money/rates.ts";
import { dayOf } from "../../src/domain/time.ts";
import type { HealthDocument } from "../../src/domain/health/document.ts";
import type { Env } from "../../src/env.ts";
import { configOf, keepCopy } from "../../src/platform/active-config.ts";
import { spreadConfig } from "../../src/platform/spread-config.ts";
import { callOf, event } from "../support/account-builders.ts";
import { faultsFor, type AccountFaults } from "../support/account-faulty-shard.ts";

const testEnv = env as unknown as Env;

let name: string;
let faults: AccountFaults;
const shard = () => testEnv.ACCOUNT_SHARD.getByName(name);
const stub = () => shard() as unknown as DurableObjectStub<AccountShard>;
const crash = () => abortAllDurableObjects();
const drive = () => runDurableObjectAlarm(stub());
const soon = <T>(work: () => T | Promise<T>) => vi.waitFor(work, { timeout: 15_000, interval: 50 });

/** Numbers rise over the whole file: an isolate remembers what it has read. */
let lastVersion = 0;
const scorecardOf = (title: string) => {
  const { version: _, configVersion: __, ...own } = structuredClone(standardScorecard);
  return ScorecardDocumentSchema.parse({ ...own, title });
};
const configuration = (version: number, more: Partial<Configuration> = {}): Configuration => ({
  ...emptyConfiguration,
  version,
  scorecards: { standard: { version, document: scorecardOf(`Number ${version}`) } },
  ...more,
});
const store = async (stored: Configuration): Promise<number> => {
  await testEnv.DB.prepare("INSERT INTO configurations (version, document_json, author, at) VALUES (?, ?, 'test', 1)")
    .bind(stored.version, JSON.stringify(stored))
    .run();
  return stored.version;
};
const published = (more: Partial<Configuration> = {}) => store(configuration(++lastVersion, more));

const apply = (account: string, configVersion: number, id = crypto.randomUUID()) =>
  shard().apply({ ...callOf([{ account, event: event({ id, occurredAt: Date.now() - 60_000 }) }]), configVersion: String(configVersion) });
const health = async (account: string, scorecard?: string): Promise<HealthDocument> => {
  const found = await shard().health(account, null, scorecard);
  if ("failure" in found) throw new Error(found.failure);
  return found;
};
const must = <T extends object>(answer: T | ReadFailure): T => {
  if ("failure" in answer) throw new Error(answer.failure);
  return answer;
};
const changesOf = (account: string): AccountChange[] =>
  faults.changes.flatMap(({ changes }) => changes).filter(({ accountId }) => accountId === account);
const confirm = () =>
  shard().confirmChanges("readModels", faults.changes.flatMap(({ changes }) => changes)).then(() =>
    shard().confirmChanges("live", faults.changes.flatMap(({ changes }) => changes)),
  ); // prettier-ignore

beforeEach(() => {
  name = crypto.randomUUID();
  faults = faultsFor(name);
});

describe("a shard that hears of a configuration", () => {
  test("scores with what ships until then, with the new one from its next score on, and ignores lower numbers", async () => {
    await apply("a", 0);
    expect(await health("a")).toMatchObject({ configVersion: "0", scorecard: standardScorecard.version });
    const first = await published();
    const second = await published();
    await apply("a", second);
    expect(await health("a")).toMatchObject({ configVersion: String(second), scorecard: `standard@${second}` });
    await apply("a", first);
    expect(await health("a")).toMatchObject({ configVersion: String(second) });
    await soon(() => expect(changesOf("a").at(-1)).toMatchObject({ configVersion: String(second) }));
  });

  test("keeps the old one, and marks the score, while the new one cannot be had", async () => {
    const old = await published();
    await apply("a", old);
    const missing = ++lastVersion;
    await apply("a", missing);
    expect(await health("a")).toMatchObject({ configVersion: String(old), configPending: String(missing) });
    await store(configuration(missing));
    await soon(async () => {
      const now = await health("a");
      expect(now).toMatchObject({ configVersion: String(missing) });
      expect(now.configPending).toBeUndefined();
    });
  });

  test("has it after a crash without asking anybody", async () => {
    const version = await published();
    await apply("a", version);
    expect(await health("a")).toMatchObject({ configVersion: String(version) });
    await testEnv.DB.prepare("DELETE FROM configurations WHERE version = ?").bind(version).run();
    await crash();
    expect(await health("a")).toMatchObject({ configVersion: String(version), scorecard: `standard@${version}` });
  });

  test("gives each account the scorecard of its segment, and beside it any other that is published", async () => {
    const version = await published({
      scorecards: { strategic: { version: 4, document: scorecardOf("Strategic") } },
      segments: {
        version: 1,
        document: {
          title: "s",
          scorecard: "standard",
          segments: [{ key: "large", title: "Large", scorecard: "strategic", when: [{ op: "at_least", attribute: "seats", value: 100 }] }],
        },
      },
    });
    const profile = { type: "account.updated", occurredAt: Date.now(), data: { attributes: { seats: 500 } } };
    await shard().apply({ ...callOf([{ account: "large", event: event(profile) }]), configVersion: String(version) });
    await apply("small", version);
    expect([(await health("large")).scorecard, (await health("small")).scorecard]).toEqual(["strategic@4", standardScorecard.version]);
    expect((await health("small", "strategic")).scorecard).toBe("strategic@4");
    expect(await shard().health("small", null, "nobody")).toMatchObject({ failure: "invalid", field: "scorecard" });
    await soon(() => expect(changesOf("large").at(-1)).toMatchObject({ segment: "large" }));
  });
});

describe("a shard that hears of rates", () => {
  const storeRates = (version: number, usd: number) => {
    const table: Rates = { layout: 1, version, days: [dayOf(Date.now()) - 3], rates: { USD: [usd] } };
    return testEnv.DB.prepare("INSERT INTO fx_tables (version, document_json, author, at) VALUES (?, ?, 'test', 1)")
      .bind(version, JSON.stringify(table))
      .run();
  };
  const earning = (account: string, configVersion: number) => {
    const data = { subscriptionId: "s", amount: 1_000, currency: "USD", interval: "month" };
    const one = event({ id: crypto.randomUUID(), type: "subscription.created", occurredAt: Date.now() - 60_000, data });
    return shard().apply({ ...callOf([{ account, event: one }]), configVersion: String(configVersion) });
  };
  const arrOf = async (account: string) => {
    const document = await shard().account(account);
    return "failure" in document ? document : [document.arrMinor, document.currency, document.arrUnconverted?.length ?? 0];
  };

  test("tells amounts as they came until it has them, then all anew, and has them after a crash without asking anybody", async () => {
    const version = await published({ company: { reportingCurrency: "EUR", timeZone: "UTC", rates: 1 } });
    await earning("a", version);
    await soon(() =>
      expect(changesOf("a").at(-1)).toMatchObject({ arrMinor: null, arrUnconverted: [{ amount: 12_000, currency: "USD" }] }),
    );
    // Whoever spreads it must come again: it has the configuration, but not all that this names.
    expect(await shard().configure(version)).toEqual({ version: version - 1 });
    await storeRates(1, 1.2);
    await soon(async () => expect(await shard().configure(version)).toEqual({ version }));
    await soon(() => expect(changesOf("a").at(-1)).toMatchObject({ arrMinor: 10_000, currency: "EUR" }));

    await testEnv.DB.exec("DELETE FROM fx_tables");
    await crash();
    expect(await arrOf("a")).toEqual([10_000, "EUR", 0]);

    await storeRates(2, 1.25);
    const next = await published({ company: { reportingCurrency: "GBP", timeZone: "UTC", rates: 2 } });
    await shard().configure(next);
    expect(await arrOf("a")).toEqual([null, null, 1]);
    const back = await published({ company: { reportingCurrency: "EUR", timeZone: "UTC", rates: 2 } });
    await shard().configure(back);
    expect(await arrOf("a")).toEqual([9_600, "EUR", 0]);
  });
});

describe("a past instant", () => {
  const day = 86_400_000;
  /** Support weighs all, or nothing: what a publication does shows at once. */
  const weighing = (support: number) => {
    const document = scorecardOf(`Support weighs ${support}`);
    return { ...document, dimensions: document.dimensions.map((one) => (one.key === "support" ? { ...one, weight: support } : one)) };
  };
  const publishedAt = (at: number, support: number, before: Configuration["before"] = []) =>
    published({ at, before, scorecards: { standard: { version: ++lastVersion, document: weighing(support) } } });
  const tell = async (account: string, version: number) => {
    const at = Date.now() - 20 * day;
    const told = [
      event({ type: "ticket.created", occurredAt: at, data: { ticketId: "1", priority: "urgent" } }),
      event({ type: "account.updated", connector: "pulseline", occurredAt: at, data: { attributes: { seats: 2 } } }),
      ...Array.from({ length: 20 }, (_, i) => event({ occurredAt: at + i * day, user: { id: "ana" } })),
    ];
    const call = callOf(told.map((one) => ({ account, event: one })), { "tok_1/events": Date.now() }); // prettier-ignore
    await shard().apply({ ...call, configVersion: String(version) });
  };
  test("is judged by the configuration that was in force then; a comparison says what it did, and the line keeps its past", async () => {
    const now = Date.now();
    const first = await publishedAt(now - 30 * day, 0);
    await tell("a", first);
    await soon(() =>
      expect(
        changesOf("a")
          .at(-1)
          ?.scoreDays.filter((score) => score !== null).length,
      ).toBeGreaterThan(19),
    );
    const before = changesOf("a").at(-1)?.scoreDays ?? [];

    const second = await publishedAt(now - 60_000, 90, [{ version: first, at: now - 30 * day }]);
    await shard().configure(second);
    await soon(() => expect(changesOf("a").at(-1)).toMatchObject({ configVersion: String(second) }));
    const after = changesOf("a").at(-1);
    expect(after?.scoreDays.slice(0, -1)).toEqual(before.slice(0, -1));
    expect(after?.scoreDays.at(-1)).toBeLessThan((before.at(-1) as number) - 5);
    expect(after?.moves[0]).toMatchObject({ cause: "configuration", aspect: "weight" });

    expect(must(await shard().health("a", now - day))).toMatchObject({ configVersion: String(first) });
    const { points } = must(await shard().healthHistory("a", { from: now - 3 * day, to: null, stepMs: day }));
    expect([...new Set(points.map(({ configVersion }) => configVersion))]).toEqual([String(first), String(second)]);
    const byNow = must(await shard().healthHistory("a", { from: now - 3 * day, to: null, stepMs: day, config: "now" }));
    expect(byNow.points.map(({ configVersion }) => configVersion)).toEqual(points.map(() => String(second)));
    expect(byNow.points[0]?.score).toBeLessThan(points[0]?.score as number);
    const { from, to, moves } = must(await shard().healthChanges("a", now - 2 * day, Date.now()));
    const total = moves.reduce((sum, { delta }) => sum + delta, 0);
    expect(Math.abs(total - ((to.score as number) - (from.score as number)))).toBeLessThan(1e-9);
    expect(moves.map(({ cause }) => cause)).toContain("configuration");
  });

  test("whose configuration cannot be had is judged by the next one, and says so; its day in the line waits for it", async () => {
    const now = Date.now();
    const lost = ++lastVersion;
    const kept = { ...configuration(lost, { at: now - 30 * day }), scorecards: { standard: { version: lost, document: weighing(0) } } };
    const version = await publishedAt(now - 2 * day, 90, [{ version: lost, at: now - 30 * day }]);
    await tell("b", version);
    expect(must(await shard().health("b", now - 9 * day))).toMatchObject({ configVersion: String(version), configPending: String(lost) });
    await keepCopy(testEnv.ARCHIVE, lost, JSON.stringify(kept));
    await store(kept);
    await soon(async () => {
      const judged = must(await shard().health("b", now - 9 * day));
      expect(judged).toMatchObject({ configVersion: String(lost) });
      expect(judged.configPending).toBeUndefined();
    });
    await apply("b", version);
    const then = must(await shard().health("b", (Math.floor(now / day) - 8) * day - 1));
    await soon(() => expect(changesOf("b").at(-1)?.scoreDays.at(-10)).toBeCloseTo(then.score as number, 9));
  });
});

describe("an account that is judged by several scorecards", () => {
  const beside = (sideScorecards: readonly string[]) => ({
    segments: {
      version: ++lastVersion,
      document: { title: "s", scorecard: "standard", sideScorecards: [...sideScorecards], segments: [] },
    },
  });

  test("tells all scores with each change, and reads and explains each of them", async () => {
    const version = await published(beside(["strategic", "usage_support"]));
    await apply("m", version);
    await apply("m", version);
    await soon(() => expect(changesOf("m").at(-1)).toMatchObject({ events: 2, configVersion: String(version) }));
    const change = changesOf("m").at(-1);
    expect(change?.scorecard).toBe("standard");
    expect(change?.sideScores?.map(({ scorecard }) => scorecard)).toEqual(["strategic", "usage_support"]);
    for (const { scorecard, score, band } of change?.sideScores ?? []) {
      const read = await health("m", scorecard);
      expect(Math.abs((read.score as number) - (score as number))).toBeLessThan(0.01);
      expect(read.band).toBe(band);
      const { points } = must(await shard().healthHistory("m", { from: null, to: null, stepMs: 86_400_000, scorecard }));
      expect(points.at(-1)?.scorecard).toBe(read.scorecard);
      const { from, to, moves } = must(await shard().healthChanges("m", Date.now() - 86_400_000, Date.now(), scorecard));
      expect([to.scorecard, moves.length > 0]).toEqual([read.scorecard, from.score !== null]);
      const { points: ofMeasure } = must(
        await shard().measureHistory("m", "seat_use", { from: null, to: null, stepMs: 86_400_000, scorecard }),
      );
      expect(ofMeasure.at(-1)?.configVersion).toBe(String(version));
    }
    expect(must(await shard().account("m"))).toMatchObject({ scorecard: "standard", sideScores: [{ scorecard: "strategic" }, {}] });
    for (const refused of [
      await shard().healthHistory("m", { from: null, to: null, stepMs: 86_400_000, scorecard: "nobody" }),
      await shard().healthChanges("m", 0, Date.now(), "nobody"),
      await shard().health("m", null, "nobody"),
    ])
      expect(refused).toMatchObject({ failure: "invalid", field: "scorecard" });
  });

  test("has for each of them a band that holds, also after a crash, and is told which one waits", async () => {
    const { bands } = standardScorecard;
    const publishedWith = (watchFrom: number): Promise<number> => {
      const document = { ...scorecardOf("Beside"), bands: { ...bands, healthyFrom: 99, watchFrom, atRiskFrom: 1, confidenceMin: 0 } };
      const sideScorecards = ["beside", "strategic"];
      return published({
        scorecards: { beside: { version: ++lastVersion, document } },
        segments: { version: lastVersion, document: { title: "s", scorecard: "standard", sideScorecards, segments: [] } },
      });
    };
    const ticket = event({ type: "ticket.created", data: { ticketId: "1" }, occurredAt: Date.now() - 60_000 });
    await shard().apply(callOf([{ account: "held", event: ticket }]));
    await apply("held", await publishedWith(2));
    await soon(() => expect(changesOf("held").at(-1)?.sideScores?.[0]).toMatchObject({ scorecard: "beside", band: "watch" }));
    const { score } = await health("held", "beside");
    const version = await publishedWith((score as number) + 1);
    await apply("held", version);
    await soon(() => expect(changesOf("held").at(-1)).toMatchObject({ configVersion: String(version) }));
    const sideOf = async () => must(await shard().account("held")).sideScores?.[0];
    const waits = { band: "watch", waitingBand: { band: "at_risk", at: expect.any(Number) as number } };
    const looked = async (): Promise<void> => {
      expect(changesOf("held").at(-1)?.sideScores?.[0]).toMatchObject({ band: "watch" });
      expect(await sideOf()).toMatchObject({ scorecard: "beside", band: "watch" });
      expect(await health("held", "beside")).toMatchObject(waits);
    };
    await looked();
    const { waitingBand } = must(await shard().health("held", null, "beside"));
    await confirm();
    await drive();
    const nextAt = await runInDurableObject(stub(), (object) => (object as unknown as { book: AccountBook }).book.byId.get("held")?.nextAt);
    expect(nextAt).toBeLessThanOrEqual(waitingBand?.at ?? 0);
    await crash();
    await looked();
    expect(must(await shard().health("held", null, "beside")).waitingBand).toEqual(waitingBand);
    // Of one that is not beside the account nobody holds a band.
    expect(must(await shard().health("held", null, "self_serve")).waitingBand).toBeNull();
  });

  test("is compared with what there could be, by every kind of draft in shadow and for a whole shard at once", async () => {
    const segments = { title: "s", scorecard: "strategic", segments: [] };
    const shadowDocuments = [{ kind: "segments" as const, key: "segments", version: 2, since: lastVersion + 1, document: segments }];
    const version = await published({ shadowDocuments });
    for (const account of ["p", "q"]) {
      // Of one dimension all scorecards would say the same.
      const ticket = event({ type: "ticket.created", data: { ticketId: "1" }, occurredAt: Date.now() - 60_000 });
      const use = event({ user: { id: "ana" }, occurredAt: Date.now() - 60_000 });
      await shard().apply(callOf([ticket, use].map((one) => ({ account, event: one }))));
      await apply(account, version);
    }
    await soon(() => expect(changesOf("q").at(-1)).toMatchObject({ configVersion: String(version) }));
    const [reading] = changesOf("q").at(-1)?.shadows ?? [];
    expect(reading).toMatchObject({ kind: "segments", key: "segments", since: version });
    expect(reading?.publishedScore).toBe(changesOf("q").at(-1)?.score);
    expect(Math.abs((reading?.score ?? 0) - ((await health("q", "strategic")).computedScore ?? 0))).toBeLessThan(0.01);

    const next = { ...configuration(version + 1), segments: { version: 3, document: segments } };
    const compared = await shard().compare({ kind: "segments", key: "segments", configuration: JSON.stringify(next) });
    expect(compared.accounts).toBe(2);
    expect(compared.bands.reduce((sum, { accounts }) => sum + accounts, 0)).toBe(2);
    expect(compared.movers.map(({ accountId }) => accountId).sort()).toEqual(["p", "q"]);
    const nobody = await shard().compare({ kind: "scorecards", key: "self_serve", configuration: JSON.stringify(next) });
    expect(nobody).toEqual({ accounts: 0, bands: [], movers: [] });
  });

  test("follows a publication that takes one away", async () => {
    await apply("n", await published(beside(["strategic"])));
    await soon(() => expect(changesOf("n").at(-1)?.sideScores).toHaveLength(1));
    const next = await published(beside([]));
    await shard().configure(next);
    await soon(() => expect(changesOf("n").at(-1)?.configVersion).toBe(String(next)));
    expect(changesOf("n").at(-1)?.sideScores).toBeUndefined();
  });
});

describe("a score run", () => {
  const day = 86_400_000;

  test("asks for the configurations of the days that it computes, not of the whole line", async () => {
    const now = Date.now();
    const before: { version: number; at: number }[] = [];
    for (let days = 30; days > 0; days--) before.unshift({ version: await published({ at: now - days * day }), at: now - days * day });
    const version = await published({ at: now - 60_000, before });
    const asked: number[] = [];
    faults.pastConfigs = async (versions) => void asked.push(versions.length);
    const history = Array.from({ length: 25 }, (_, i) => event({ occurredAt: now - i * day, user: { id: "ana" } }));
    await shard().apply({ ...callOf(history.map((one) => ({ account: "d", event: one }))), configVersion: String(version) });
    await soon(() => expect(typeof changesOf("d").at(-1)?.scoreDays.at(-20)).toBe("number"));
    expect(Math.max(...asked)).toBeGreaterThan(15);
    asked.length = 0;
    await apply("d", version);
    await soon(() => expect(changesOf("d").at(-1)).toMatchObject({ events: history.length + 1 }));
    expect(asked.length).toBeGreaterThan(0);
    // What moved the score in a day and in a week is told by the publications of these: one a day here.
    expect(Math.max(...asked)).toBeLessThanOrEqual(7 + 1);
  });

  test("scores what came while it waited for one as of after the wait", async () => {
    const now = Date.now();
    const first = await published({ at: now - 30 * day });
    const second = await published({ at: now - 60_000, before: [{ version: first, at: now - 30 * day }] });
    let [waiting, isHeld] = [0, true];
    faults.pastConfigs = async () => {
      waiting++;
      while (isHeld) await new Promise((resolve) => setTimeout(resolve, 10));
    };
    await apply("c", second);
    await soon(() => expect(waiting).toBe(1));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const meanwhile = Date.now();
    await shard().apply({ ...callOf([{ account: "c", event: event({ occurredAt: meanwhile }) }]), configVersion: String(second) });
    isHeld = false;
    await soon(() => expect(changesOf("c").at(-1)).toMatchObject({ events: 2 }));
    expect(changesOf("c").find(({ events }) => events === 2)?.computedAt).toBeGreaterThanOrEqual(meanwhile);
  });
});

describe("after a publication", () => {
  const accounts = Array.from({ length: 23 }, (_, i) => `a${i}`);
  const settled = async () => {
    for (const account of accounts) await apply(account, 0);
    await soon(() =>
      expect(new Set(faults.changes.flatMap(({ changes }) => changes.map((one) => one.accountId))).size).toBe(accounts.length),
    );
    await confirm();
  };
  const scoredWith = (version: number): readonly string[] => [
    ...new Set(
      faults.changes.flatMap(({ changes }) => changes.filter((one) => one.configVersion === String(version)).map((one) => one.accountId)),
    ),
  ];

  test("every account is scored again, those that bring nothing too", async () => {
    await settled();
    const version = await published();
    expect(await shard().configure(version)).toEqual({ version });
    await soon(() => expect(scoredWith(version).length).toBe(accounts.length));
  });

  test("a crash half-way leaves none out: what was not confirmed is scored again", async () => {
    await settled();
    const version = await published();
    await shard().configure(version);
    await soon(() => expect(scoredWith(version).length).toBeGreaterThan(0));
    await crash();
    faults.changes.length = 0;
    await drive();
    await soon(() => expect(scoredWith(version).length).toBe(accounts.length));
    await soon(async () => {
      await confirm();
      await drive();
      expect((await shard().sweep()).undone).toBe(false);
      // What is delivered is written with the instants, when all are known: only then does a crash send nothing again.
      const isWritten = await runInDurableObject(stub(), (instance) => {
        const { timers, outbox } = instance as unknown as { timers: Timers; outbox: ChangeOutbox };
        return !timers.changed && timers.least(outbox) !== 0;
      });
      expect(isWritten).toBe(true);
    });
    await crash();
    faults.changes.length = 0;
    await drive();
    expect((await shard().sweep()).undone).toBe(false);
    expect(faults.changes).toEqual([]);
  });

  test("a band follows the rules at once where they alone moved it, read or listed, and a roll-back finds the one that was after a crash", async () => {
    const began = Date.now();
    const remembered: { version: number; at: number }[] = [];
    const publish = async (healthyFrom: number): Promise<void> => {
      const { bands, ...document } = scorecardOf("Edges");
      const edges = { ...bands, healthyFrom, watchFrom: healthyFrom - 20, atRiskFrom: healthyFrom - 30, confidenceMin: 0 };
      const [at, number] = [began - 60_000 + remembered.length, lastVersion + 1];
      const scorecards = { standard: { version: number, document: { ...document, bands: edges } } };
      const version = await published({ at, before: [...remembered], scorecards });
      remembered.unshift({ version, at });
      await shard().configure(version);
      await soon(() => expect(changesOf("a").at(-1)).toMatchObject({ configVersion: String(version) }));
    };
    const shownBands = async () => [(await health("a")).band, must(await shard().account("a")).health.band, changesOf("a").at(-1)?.band];
    const seats = { type: "account.updated", connector: "pulseline", occurredAt: began - 60_000, data: { attributes: { seats: 2 } } };
    const told = [event(seats), ...[0, 1, 2].map((day) => event({ occurredAt: began - day * 86_400_000, user: { id: "ana" } }))];
    await shard().apply(callOf(told.map((one) => ({ account: "a", event: one })), { "tok_1/events": began })); // prettier-ignore
    const edge = (await health("a")).score as number;
    await publish(edge - 1);
    expect(await shownBands()).toEqual(Array(3).fill("healthy"));
    await publish(edge + 1);
    expect(await shownBands()).toEqual(Array(3).fill("watch"));
    // Held against its score by nobody: the band waits for nothing.
    expect(changesOf("a").at(-1)?.waitingBand).toBeUndefined();
    await confirm();
    await soon(() =>
      runInDurableObject(stub(), (instance) => {
        const { timers, journal, outbox } = instance as unknown as { timers: Timers; journal: { lastSeq: number }; outbox: ChangeOutbox };
        timers.write(journal.lastSeq, outbox);
      }),
    );
    await crash();
    await publish(edge - 1);
    expect(await shownBands()).toEqual(Array(3).fill("healthy"));
  });

  test("who waits for the background lane waits there after a crash too", async () => {
    await apply("a", lastVersion);
    await soon(() => expect(changesOf("a").length).toBeGreaterThan(0));
    await soon(async () => {
      await confirm();
      await drive();
      expect((await shard().sweep()).undone).toBe(false);
    });
    type Inside = { outbox: ChangeOutbox; timers: Timers; journal: { lastSeq: number }; book: AccountBook };
    await runInDurableObject(stub(), (instance) => {
      const { outbox, timers, journal, book } = instance as unknown as Inside;
      outbox.markBackground(book.byNumber.values());
      timers.write(journal.lastSeq, outbox);
    });
    await crash();
    faults.changes.length = 0;
    await drive();
    await soon(() => expect(changesOf("a").length).toBeGreaterThan(0));
  });

  test("what happens meanwhile does not wait for the past: its line of days is made anew later", async () => {
    await settled();
    const version = await published();
    await runInDurableObject(stub(), async (_, { storage }) => storage.deleteAlarm());
    await Promise.all([shard().configure(version), apply("a22", version)]);
    await soon(() => expect(changesOf("a22").at(-1)).toMatchObject({ configVersion: String(version), events: 2 }));
    await soon(() => expect(scoredWith(version).length).toBe(accounts.length));
  });
});

describe("spreading", () => {
  const tellMe = () => testEnv.DB.prepare("INSERT INTO account_shards (name) VALUES (?)").bind(name).run();

  test("tells each shard that has not confirmed the newest, once, and keeps a second copy", async () => {
    const version = await published();
    await apply("a", 0);
    await tellMe();
    expect((await spreadConfig(testEnv, version)).told).toBeGreaterThan(0);
    expect((await health("a")).configVersion).toBe(String(version));
    expect(await spreadConfig(testEnv, version)).toEqual({ told: 0, left: 0 });
    expect(await (await testEnv.ARCHIVE.get(`config/${version}.json`))?.json()).toEqual(configuration(version));
  });

  test("keeps a second copy of the very table of rates that a configuration names, and none of it where that is gone", async () => {
    const table = (version: number) => ({ layout: 1, version, days: [20_000], rates: { USD: [version] } });
    const putTable = (version: number) =>
      testEnv.DB.prepare("INSERT INTO fx_tables (version, document_json, author, at) VALUES (?1, ?2, 'a', 1)")
        .bind(version, JSON.stringify(table(version)))
        .run();
    await Promise.all([putTable(4), putTable(5)]);
    const named = async (rates: number): Promise<number> => {
      const version = await published({ company: { ...defaultCompany, rates } });
      await spreadConfig(testEnv, version);
      return version;
    };
    const version = await named(4);
    expect(await (await testEnv.ARCHIVE.get("fx/4.json"))?.json()).toEqual(table(4));
    expect(await testEnv.ARCHIVE.head("fx/5.json")).toBeNull();
    expect(await testEnv.ARCHIVE.head(`config/${version}.json`)).not.toBeNull();
    const forgotten = await named(3);
    expect([await testEnv.ARCHIVE.head("fx/3.json"), await testEnv.ARCHIVE.head(`config/${forgotten}.json`)]).toEqual([null, null]);
  });

  test("with the database down a configuration is had from its second copy", async () => {
    const version = ++lastVersion;
    await keepCopy(testEnv.ARCHIVE, version, JSON.stringify(configuration(version)));
    const down = new Proxy({} as D1Database, { get: () => () => { throw new Error("D1_ERROR"); } }); // prettier-ignore
    expect((await configOf({ DB: down, ARCHIVE: testEnv.ARCHIVE }, version))?.config.version).toBe(version);
    expect(await configOf({ DB: down, ARCHIVE: testEnv.ARCHIVE }, version + 1)).toBeNull();
  });
});
