import { runInDurableObject } from "cloudflare:test";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import type { AccountShard } from "../../durable-objects/account-shard.ts";
import type { AccountBook } from "../../durable-objects/account-shard/account-book.ts";
import type { ChangeOutbox } from "../../durable-objects/account-shard/change-outbox.ts";
import type { Entry } from "../../durable-objects/account-shard/entry.ts";
import type { Then } from "../../durable-objects/account-shard/config.ts";
import { newPaces, type Paces } from "../../durable-objects/account-shard/pace.ts";
import { shippedConfig } from "../../src/domain/config/active.ts";
import { onlyConfig } from "../../src/domain/health/account-health.ts";
import type { HeldBand } from "../../src/domain/health/held-band.ts";
import {
  busyScoreRestFactor,
  busyTimerLateMs,
  changeRedriveFloorMs,
  historyRestPerEvaluationMs,
  historyScoreDelayMaxMs,
  historyScoresPerRunMax,
  scoreRestPerEvaluationMs,
} from "../../src/domain/limits.ts";
import { callOf } from "../support/account-builders.ts";
import { standingOf } from "../support/account-inside.ts";
import { faultsFor, type AccountFaults } from "../support/account-faulty-shard.ts";
import { setPaces, name, faults, namespace, shard, stub, crash, drive, recent } from "../support/account-one-shard.ts";

describe("changes", () => {
  const upTo = (accountId: string) => {
    const change = faults.changes.flatMap(({ changes }) => changes).findLast((one) => one.accountId === accountId);
    return [{ accountId, epoch: change?.epoch ?? 0, number: change?.number ?? 0 }];
  };
  const sinksSent = () => faults.changes.map(({ sinks }) => sinks.join("+"));
  /** Makes what waits for a sink due at once. */
  const later = (): Promise<void> =>
    runInDurableObject(stub(), (object) => {
      const { pending } = (object as unknown as { outbox: { pending: Map<unknown, { againAt: number }> } }).outbox;
      for (const one of pending.values()) one.againAt = 0;
      (object as unknown as { outbox: { lastRunAt: number } }).outbox.lastRunAt = 0;
    });

  test("go out at once when idle, with the account's row", async () => {
    await shard().apply(
      callOf([
        { account: "a", event: recent({ user: { id: "u" } }) },
        {
          account: "a",
          event: recent({ type: "account.updated", connector: "pulseline", data: { name: "Acme", attributes: { owner: "ann@x.de" } } }),
        },
      ]),
    );
    await vi.waitFor(() => expect(faults.changes).toHaveLength(1));
    expect(faults.changes[0]?.sinks).toEqual(["readModels", "live"]);
    expect(faults.changes[0]?.changes[0]).toMatchObject({
      accountId: "a",
      shard: name,
      name: "Acme",
      owner: "ann@x.de",
      events: 1,
      activeUsers28d: 1,
      setAside: false,
    });
    expect(faults.changes[0]?.changes[0]?.scoreDays).toHaveLength(90);
  });

  describe("while history comes to many accounts", () => {
    /** Rests from the first account that is scored until it is let go on; how much rest scoring has asked for is known. */
    class HeldPace {
      private readonly pace = newPaces().history;
      private isHeld = false;
      usedMs = 0;

      restMs(wallMs: number): number {
        return this.isHeld ? historyScoreDelayMaxMs : this.pace.restMs(wallMs);
      }

      use(costMs: number): void {
        if (this.usedMs === 0) this.isHeld = true;
        this.usedMs += costMs;
      }

      goOn(): void {
        this.isHeld = false;
      }
    }
    let pace: HeldPace;
    const history = (count: number): string[] => Array.from({ length: count }, (_, i) => `history-${i}`);
    const historyFor = (accounts: readonly string[]) =>
      callOf(accounts.map((account) => ({ account, event: recent({ id: account, lane: "backfill" }) })));
    const live = () => callOf([{ account: "live", event: recent({ id: "live" }) }]);
    const sentBy = ({ changes: messages }: AccountFaults): Set<string> =>
      new Set(messages.flatMap(({ changes }) => changes.map(({ accountId }) => accountId)));
    /** What follows is waited for, however slow the machine is. */
    const patient = { timeout: 15_000 };

    beforeEach(() => {
      pace = new HeldPace();
      setPaces({ ...newPaces(), history: pace });
    });

    test("of what is live do not wait for it, and those accounts have theirs in turn", async () => {
      const accounts = history(3 * historyScoresPerRunMax);
      await shard().apply(historyFor(accounts));
      await vi.waitFor(() => expect(sentBy(faults).size).toBe(historyScoresPerRunMax), patient);
      await shard().apply(live());
      await vi.waitFor(() => expect(sentBy(faults)).toContain("live"), patient);
      expect(sentBy(faults).size).toBe(historyScoresPerRunMax + 1);
      pace.goOn();
      await drive();
      await vi.waitFor(() => expect([...sentBy(faults)].toSorted()).toEqual([...accounts, "live"].toSorted()), patient);
    });

    test("of what is live come at once, also where history must rest because another shard has scored much of it", async () => {
      const other = crypto.randomUUID();
      const othersFaults = faultsFor(other, faults.paces);
      await namespace.getByName(other).apply(historyFor(history(historyScoresPerRunMax)));
      await vi.waitFor(() => expect(sentBy(othersFaults).size).toBe(historyScoresPerRunMax), patient);
      expect(pace.usedMs).toBeGreaterThanOrEqual(historyScoresPerRunMax * historyRestPerEvaluationMs);
      // A timer stands for the history's turn, at the latest in ten seconds. No alarm helps.
      faults.alarms = "none";
      await shard().apply(historyFor(history(1)));
      await shard().apply(live());
      await vi.waitFor(() => expect([...sentBy(faults)]).toEqual(["live"]), { timeout: 8_000 });
    });

    test("of its accounts outlive a crash", async () => {
      const accounts = history(2 * historyScoresPerRunMax);
      await shard().apply(historyFor(accounts));
      await vi.waitFor(() => expect(sentBy(faults).size).toBe(historyScoresPerRunMax), patient);
      await crash();
      faults.changes.length = 0;
      await drive();
      await vi.waitFor(() => expect([...sentBy(faults)].toSorted()).toEqual(accounts.toSorted()), patient);
    });
  });

  test("rest together in one isolate", async () => {
    const pacesOf = (other: string): Promise<unknown> =>
      runInDurableObject(namespace.getByName(other) as unknown as DurableObjectStub<AccountShard>, (object) =>
        (object as unknown as { paces(): Paces }).paces(),
      );
    const [one, another] = [await pacesOf(crypto.randomUUID()), await pacesOf(crypto.randomUUID())];
    expect(one).toBe(another);
  });

  test("rest longer where timers come late, so that events go first", async () => {
    const used: number[] = [];
    setPaces({ ...newPaces(), live: { restMs: () => 0, use: (costMs) => void used.push(costMs) } });
    await shard().apply(callOf([{ account: "a", event: recent() }]));
    await vi.waitFor(() => expect(used).toHaveLength(1));
    // On a busy machine the first may be late by itself.
    const factor = await runInDurableObject(stub(), (instance) =>
      (instance as unknown as { outbox: ChangeOutbox }).outbox.isCrowded ? 1 : busyScoreRestFactor,
    );
    // The next run waits for its turn, and finds that it is late.
    await shard().apply(callOf([{ account: "a", event: recent({ id: "second" }) }]));
    const wallNow = Date.now;
    const late = vi.spyOn(Date, "now").mockImplementation(() => wallNow() + busyTimerLateMs);
    onTestFinished(() => late.mockRestore());
    await vi.waitFor(() => expect(used).toHaveLength(2), { timeout: 4_000 });
    expect(used[1]).toBe(factor * (used[0] ?? 0));
  });

  test("rest for what looking at the rules cost by which a band was held, too", async () => {
    const used: number[] = [];
    setPaces({ ...newPaces(), live: { restMs: () => 0, use: (costMs) => void used.push(costMs) } });
    await shard().apply(callOf([{ account: "a", event: recent() }]));
    await vi.waitFor(() => expect(used).toHaveLength(1));
    await runInDurableObject(stub(), (instance) => {
      const { book, outbox } = instance as unknown as { book: AccountBook; outbox: ChangeOutbox };
      const entry = book.byId.get("a") as Entry;
      const score = () =>
        outbox.compute(entry, { now: Date.now(), configAt: onlyConfig(shippedConfig) }, { lane: "live", wallMs: Date.now() });
      entry.heldBand = { ...(entry.heldBand as HeldBand), rules: { since: Date.now() - 60_000, written: 1 } };
      score();
      score();
    });
    const [, other, same] = used as [number, number, number];
    expect(other - same).toBe(scoreRestPerEvaluationMs);
  });

  test("wait a moment for the lists where they look as the last one did, and for nobody where they do not", async () => {
    const usage = () => ({ account: "a", event: recent({ user: { id: "u" } }) });
    const profile = (owner: string) => ({
      account: "a",
      event: recent({ type: "account.updated", connector: "pulseline", data: { attributes: { owner } } }),
    });
    const sentAfter = async (items: Parameters<typeof callOf>[0]) => {
      const before = faults.changes.length;
      await shard().apply(callOf(items));
      await vi.waitFor(() => expect(faults.changes.length).toBeGreaterThan(before), { timeout: 4_000 });
      return faults.changes[before];
    };
    expect((await sentAfter([usage(), profile("ann@x.de")]))?.sinks).toEqual(["readModels", "live"]);
    const quiet = await sentAfter([usage()]);
    expect([quiet?.sinks, quiet?.changes[0]?.events]).toEqual([["live"], 2]);
    await shard().confirmChanges("live", upTo("a"));
    expect((await standingOf(stub())).undelivered).toBe(1);
    const loud = await sentAfter([profile("bob@x.de")]);
    expect([loud?.sinks, loud?.changes[0]?.owner]).toEqual([["readModels", "live"], "bob@x.de"]);
    await sentAfter([usage()]);
    await shard().confirmChanges("live", upTo("a"));
    await later();
    await drive();
    await vi.waitFor(() => expect(faults.changes.at(-1)).toMatchObject({ sinks: ["readModels"], changes: [{ events: 3 }] }));
  });

  test("are sent again to the one sink that has not confirmed, and no more when it has", async () => {
    await shard().apply(callOf([{ account: "a", event: recent() }]));
    await vi.waitFor(() => expect(faults.changes).toHaveLength(1));
    await shard().confirmChanges("readModels", upTo("a"));
    await later();
    await drive();
    await vi.waitFor(() => expect(sinksSent()).toEqual(["readModels+live", "live"]));
    expect(faults.changes[1]?.changes[0]?.number).toBeGreaterThan(faults.changes[0]?.changes[0]?.number ?? 0);
    await shard().confirmChanges("live", upTo("a"));
    expect(await shard().sweep()).toMatchObject({ undone: false });
    await later();
    await drive();
    expect(faults.changes).toHaveLength(2);
  });

  test("that no sink has confirmed are sent again in time, also where history has come for the account since", async () => {
    await shard().apply(callOf([{ account: "a", event: recent() }]));
    await vi.waitFor(() => expect(faults.changes).toHaveLength(1));
    await shard().confirmChanges("live", upTo("a"));
    await runInDurableObject(stub(), (object) => {
      const { outbox, book } = object as unknown as { outbox: ChangeOutbox; book: AccountBook };
      const wallMs = Date.now() + changeRedriveFloorMs;
      const entry = book.byId.get("a") as Entry;
      const turn = () => outbox.turn(Date.now(), wallMs);
      outbox.mark(entry, wallMs, "history");
      expect(outbox.againAt()).toBeLessThanOrEqual(wallMs);
      expect(turn().live).toEqual([]);
      outbox.takeUpAgain(wallMs);
      expect([turn().live, turn().history]).toEqual([[entry], []]);
    });
    // What has come since is for both.
    await drive();
    await vi.waitFor(() => expect(sinksSent()).toEqual(["readModels+live", "readModels+live"]), { timeout: 4_000 });
  });

  test("that wait keep their turn when a score in the background fails", async () => {
    await shard().apply(callOf([{ account: "a", event: recent() }]));
    await vi.waitFor(() => expect(faults.changes).toHaveLength(1));
    await runInDurableObject(stub(), async (object) => {
      const { outbox, book } = object as unknown as { outbox: ChangeOutbox; book: AccountBook };
      const entries = [...book.byNumber.values()];
      outbox.markBackground(entries);
      const turn = { live: [], history: [], background: entries, instants: [], hasTime: false, isLast: true };
      for (const entry of entries) outbox.mark(entry, Date.now());
      outbox.compute = () => {
        throw new Error("struck by the test");
      };
      await outbox.run({ send: async () => undefined }, turn, {} as Then, Date.now());
      expect([outbox.isRecomputing, outbox.restMs(Date.now()) === null]).toEqual([false, false]);
    });
  });

  test("are not confirmed by an older number or another epoch, and a newer event wants both sinks again", async () => {
    await shard().apply(callOf([{ account: "a", event: recent() }]));
    await vi.waitFor(() => expect(faults.changes).toHaveLength(1));
    const [first] = upTo("a");
    await shard().confirmChanges("live", [{ ...(first as { accountId: string; epoch: number; number: number }), epoch: 1 }]);
    await shard().apply(callOf([{ account: "a", event: recent() }]));
    await vi.waitFor(() => expect(faults.changes).toHaveLength(2), { timeout: 4_000 });
    await shard().confirmChanges("live", [first as { accountId: string; epoch: number; number: number }]);
    await shard().confirmChanges("readModels", upTo("a"));
    expect((await standingOf(stub())).undelivered).toBe(1);
    await shard().confirmChanges("live", upTo("a"));
    expect((await standingOf(stub())).undelivered).toBe(0);
  });

  test("survive a crash and a queue that fails: they are sent until they are confirmed, with rising numbers", async () => {
    faults.queue = "fails";
    await shard().apply(callOf([{ account: "a", event: recent() }]));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(faults.changes).toEqual([]);
    await crash();
    faults.queue = "works";
    await drive();
    await vi.waitFor(() => expect(faults.changes).toHaveLength(1));
    const before = faults.changes[0]?.changes[0]?.number ?? 0;
    await crash();
    await drive();
    await vi.waitFor(() => expect(faults.changes).toHaveLength(2));
    expect(faults.changes[1]?.changes[0]?.number).toBeGreaterThan(before);
    await shard().confirmChanges("live", upTo("a"));
    await shard().confirmChanges("readModels", upTo("a"));
    await drive();
    await crash();
    expect(await shard().sweep()).toMatchObject({ undone: false });
  });

  test("survive a crash after a key has moved, of which no journal row speaks", async () => {
    await shard().apply(
      callOf([
        { account: "a", event: recent({ id: "1" }), key: "user|u", version: 1 },
        { account: "a", event: recent({ id: "2" }) },
      ]),
    );
    await vi.waitFor(() => expect(faults.changes[0]?.changes[0]?.events).toBe(2));
    await shard().confirmChanges("live", upTo("a"));
    await shard().confirmChanges("readModels", upTo("a"));
    await drive();
    faults.queue = "fails";
    expect(await shard().release("a", "user|u", 2)).toMatchObject({ released: 1 });
    await crash();
    faults.queue = "works";
    await drive();
    await vi.waitFor(() => expect(faults.changes.at(-1)?.changes[0]?.events).toBe(1));
  });

  test("of all accounts can be read page by page, for a read model that is made anew", async () => {
    await shard().apply(callOf(["c", "a", "b"].map((account) => ({ account, event: recent() }))));
    const first = await shard().currentChanges({ limit: 2 });
    const rest = await shard().currentChanges({ limit: 2, after: "b" });
    expect([...first, ...rest].map(({ accountId }) => accountId)).toEqual(["a", "b", "c"]);
    expect(await shard().currentChanges({ limit: 2, after: "c" })).toEqual([]);
  });
});
