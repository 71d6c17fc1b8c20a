import { runInDurableObject } from "cloudflare:test";
import { expect, test, vi } from "vitest";
import type { AccountBook } from "../../durable-objects/account-shard/account-book.ts";
import type { ChangeOutbox } from "../../durable-objects/account-shard/change-outbox.ts";
import type { Entry } from "../../durable-objects/account-shard/entry.ts";
import type { Instants } from "../../durable-objects/account-shard/instants.ts";
import { newPaces } from "../../durable-objects/account-shard/pace.ts";
import type { Timers } from "../../durable-objects/account-shard/timers.ts";
import { instantAgainMs, timersPerBusyAlarmMax, timersRestPerEvaluationMs } from "../../src/domain/limits.ts";
import { callOf } from "../support/account-builders.ts";
import { standingOf } from "../support/account-inside.ts";
import { setPaces, faults, shard, stub, crash, drive, recent } from "../support/account-one-shard.ts";

test("bands that are held outlive the object: since when they are left, by which rules they were looked at, what those took the place of", async () => {
  await shard().apply(callOf([{ account: "a", event: recent() }]));
  await vi.waitFor(() => expect(faults.changes).toHaveLength(1));
  const [{ accountId, epoch, number }] = (faults.changes[0]?.changes ?? []) as unknown as [
    { accountId: string; epoch: number; number: number },
  ];
  const since = Date.now() - 3_600_000;
  const rules = { since: since - 60_000, written: 7 };
  const setDown = [{ band: "healthy", since: 1, leftAt: null, isOverride: true, rules: { since: 0, written: 5 }, at: since }] as const;
  const heldBand = { band: "watch", since, leftAt: since + 60_000, isOverride: true, rules, setDown } as const;
  const heldBeside = new Map([["side", { band: "critical", since, leftAt: null, rules: { since: 0, written: 5 } }] as const]);
  const entryOf = (object: unknown): Entry => (object as { book: AccountBook }).book.byId.get("a") as Entry;
  await runInDurableObject(stub(), (object) => void Object.assign(entryOf(object), { heldBand, heldBeside }));
  for (const sink of ["live", "readModels"] as const) await shard().confirmChanges(sink, [{ accountId, epoch, number }]);
  await drive();
  await crash();
  expect(await runInDurableObject(stub(), (object) => [entryOf(object).heldBand, entryOf(object).heldBeside])).toEqual([
    heldBand,
    heldBeside,
  ]);
});

/** All that was scored was scored long ago. */
const longAfter = (): Promise<void> =>
  runInDurableObject(stub(), (object) => {
    for (const entry of (object as unknown as { book: AccountBook }).book.byNumber.values()) entry.scoredAt = 1;
  });

test("a timer scores each account again when its time has come, a bounded number at a time, with one alarm", async () => {
  const accounts = Array.from({ length: 230 }, (_, i) => `a${i}`);
  await shard().apply(callOf(accounts.map((account) => ({ account, event: recent() }))));
  await vi.waitFor(() => expect(faults.changes.flatMap(({ changes }) => changes)).toHaveLength(230), { timeout: 8_000 });
  const all = faults.changes.flatMap(({ changes }) => changes).map(({ accountId, epoch, number }) => ({ accountId, epoch, number }));
  await shard().confirmChanges("live", all);
  await shard().confirmChanges("readModels", all);
  await longAfter();
  const nextAts = (): Promise<number[]> =>
    runInDurableObject(stub(), (object) =>
      [...(object as unknown as { book: { byNumber: Map<number, { nextAt: number }> } }).book.byNumber.values()].map(
        ({ nextAt }) => nextAt,
      ),
    );
  // Looked for beside what is live while the isolate rests from the scores, all at once after that; written down when all are known.
  await vi.waitFor(
    async () => {
      await drive();
      for (const at of await nextAts()) expect(at).toBeGreaterThan(Date.now());
    },
    { timeout: 15_000, interval: 100 },
  );
  await crash();
  for (const at of await nextAts()) expect(at).toBeGreaterThan(Date.now());
  await runInDurableObject(stub(), (object) => {
    for (const entry of (object as unknown as { book: { byNumber: Map<number, { nextAt: number }> } }).book.byNumber.values())
      entry.nextAt = 1;
  });
  faults.changes.length = 0;
  await drive();
  // Taken by the timer at once; scored as soon as the isolate has rested from what was scored before.
  expect((await nextAts()).filter((at) => at === 1)).toHaveLength(30);
  await vi.waitFor(() => expect(faults.changes.flatMap(({ changes }) => changes).length).toBeGreaterThanOrEqual(230), { timeout: 15_000 });
});

test("an account has its time while changes of another are under way without end, and what was found outlives a crash", async () => {
  type Inside = { book: AccountBook; timers: { writtenAt: number } };
  const nextAt = (id: string): Promise<number> =>
    runInDurableObject(stub(), (object) => ((object as unknown as Inside).book.byId.get(id) as Entry).nextAt);
  const sent = (id: string) => faults.changes.flatMap(({ changes }) => changes).filter(({ accountId }) => accountId === id);
  await shard().apply(callOf(["busy", "quiet"].map((account) => ({ account, event: recent({ id: account }) }))));
  await vi.waitFor(() => expect([sent("busy").length, sent("quiet").length]).toEqual([1, 1]), { timeout: 4_000 });
  for (const sink of ["live", "readModels"] as const) await shard().confirmChanges(sink, sent("quiet"));
  await runInDurableObject(stub(), (object) => void ((object as unknown as Inside).timers.writtenAt = 0));
  await longAfter();
  await drive();
  expect([await nextAt("busy"), (await nextAt("quiet")) > Date.now()]).toEqual([0, true]);
  expect((await standingOf(stub())).undelivered).toBe(1);

  await crash();
  expect(await nextAt("quiet")).toBeGreaterThan(Date.now());
  faults.queue = "fails";
  await drive();
  await runInDurableObject(stub(), (object) => void (((object as unknown as Inside).book.byId.get("quiet") as Entry).nextAt = 1));
  faults.queue = "works";
  faults.changes.length = 0;
  await drive();
  await vi.waitFor(() => expect(sent("quiet")).toHaveLength(1), { timeout: 4_000 });
});

test("while something is under way instants are looked for at a pace, and of no account that was scored a moment ago", async () => {
  const pace = { restingMs: 0, usedMs: 0, restMs: () => pace.restingMs, use: (costMs: number) => void (pace.usedMs += costMs) };
  setPaces({ ...newPaces(), instants: pace });
  const known = (): Promise<boolean> =>
    runInDurableObject(stub(), (object) => ((object as unknown as { book: AccountBook }).book.byId.get("quiet") as Entry).nextAt > 0);
  await shard().apply(callOf(["busy", "quiet"].map((account) => ({ account, event: recent({ id: account }) }))));
  const changes = () => faults.changes.flatMap((message) => message.changes);
  await vi.waitFor(() => expect(changes()).toHaveLength(2), { timeout: 4_000 });
  const quiet = changes().filter(({ accountId }) => accountId === "quiet");
  for (const sink of ["live", "readModels"] as const) await shard().confirmChanges(sink, quiet);
  await drive();
  expect([await known(), pace.usedMs]).toEqual([false, 0]);

  await longAfter();
  pace.restingMs = 1;
  await drive();
  expect([await known(), pace.usedMs]).toEqual([false, 0]);

  pace.restingMs = 0;
  await drive();
  expect(await known()).toBe(true);
  // Two ways are looked at, each from now to its end.
  expect(pace.usedMs).toBeGreaterThanOrEqual(4 * timersRestPerEvaluationMs);
});

test("an account whose instant cannot be looked for holds up no other, and is looked at again in a while", async () => {
  const changes = () => faults.changes.flatMap((message) => message.changes);
  await shard().apply(callOf(["bad", "good"].map((account) => ({ account, event: recent({ id: account }) }))));
  await vi.waitFor(() => expect(changes()).toHaveLength(2), { timeout: 4_000 });
  for (const sink of ["live", "readModels"] as const) await shard().confirmChanges(sink, changes());
  await longAfter();
  const nextAts = await runInDurableObject(stub(), async (object) => {
    const { book, instants } = (object as unknown as { parts: { book: AccountBook; instants: Instants } }).parts;
    const [bad, good] = ["bad", "good"].map((id) => book.byId.get(id) as Entry) as [Entry, Entry];
    const load = book.loadForReading.bind(book);
    book.loadForReading = (entry, now) => {
      if (entry === bad) throw new Error("struck by the test");
      return load(entry, now);
    };
    await instants.find();
    return [bad.nextAt, good.nextAt] as const;
  });
  expect(nextAts[0]).toBeGreaterThan(Date.now() + instantAgainMs - 60_000);
  expect(nextAts[1]).toBeGreaterThan(0);
});

test("instants are looked for where accounts were scored longest ago first, so that busy ones leave no quiet one out", async () => {
  const accounts = Array.from({ length: timersPerBusyAlarmMax + 2 }, (_, i) => `a${i}`);
  await shard().apply(callOf(accounts.map((account) => ({ account, event: recent({ id: account }) }))));
  await runInDurableObject(stub(), (object) => {
    const { outbox, book, timers } = object as unknown as { outbox: ChangeOutbox; book: AccountBook; timers: Timers };
    expect(timers.unknown(timersPerBusyAlarmMax, outbox)).toEqual([]);
    const none = { isUnconfirmed: () => false } as unknown as ChangeOutbox;
    for (const [i, entry] of [...book.byNumber.values()].entries()) entry.scoredAt = 1_000 - i;
    const found = timers.unknown(timersPerBusyAlarmMax, none).map(({ id }) => id);
    expect(found).toEqual(accounts.toReversed().slice(0, timersPerBusyAlarmMax));
  });
});
