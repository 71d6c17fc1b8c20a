import { expect, test } from "vitest";
import { AccountMemory } from "../../durable-objects/account-shard/account-memory.ts";
import { Entry } from "../../durable-objects/account-shard/entry.ts";
import { fold } from "../../src/domain/account/fold.ts";
import { emptyAccount } from "../../src/domain/account/folded.ts";
import { IdSet } from "../../src/domain/account/id-set.ts";
import { pageCacheBytesMax } from "../../src/domain/limits.ts";
import { DAY_MS } from "../../src/domain/time.ts";
import { event, NOW } from "../support/account-builders.ts";

const SHARDS = 20;
const ACCOUNTS_PER_SHARD = 40;
const HISTORY_DAYS = 120;

/** An account with some months of usage, as it is after it has been read from its pages and looked at. */
function load(entry: Entry): void {
  const state = emptyAccount(entry.id);
  for (let day = 0; day < HISTORY_DAYS; day++)
    for (let user = 0; user < 3; user++)
      fold(state, event({ occurredAt: NOW - day * DAY_MS, user: { id: `${entry.id}-${user}` }, data: { feature: `f${user}` } }), NOW);
  entry.loaded = { state, ids: new IdSet(() => null), scoreLine: null };
}

test("more accounts with histories than fit are kept within the bound of bytes, by whichever shard is used, the last used ones in memory", () => {
  const shards = Array.from({ length: SHARDS }, (_, shard) => ({
    memory: new AccountMemory(),
    entries: Array.from({ length: ACCOUNTS_PER_SHARD }, (__, i) => new Entry(i + 1, `account-${shard}-${i}`)),
  }));
  let loadedBytes = 0;
  let greatest = 0;
  const held = (): number => shards.reduce((sum, { entries }) => sum + entries.reduce((of, { bytes }) => of + bytes, 0), 0);
  for (let i = 0; i < ACCOUNTS_PER_SHARD; i++) {
    for (const { memory, entries } of shards) {
      const entry = entries[i] as Entry;
      load(entry);
      memory.use(entry);
      memory.measure(entry);
      loadedBytes += entry.bytes;
      greatest = Math.max(greatest, entry.bytes);
      memory.evict(() => true);
      expect(held()).toBeLessThanOrEqual(pageCacheBytesMax + SHARDS * greatest);
    }
  }
  expect(loadedBytes).toBeGreaterThan(2 * pageCacheBytesMax);
  expect(held()).toBeGreaterThan(pageCacheBytesMax / 2);
  for (const { entries } of shards) {
    const inMemory = entries.map(({ loaded }) => loaded !== null);
    const dropped = inMemory.filter((one) => !one).length;
    expect(inMemory).toEqual(inMemory.map((_, i) => i >= dropped));
    expect(entries.slice(0, dropped).every(({ bytes }) => bytes === 0)).toBe(true);
    expect(dropped).toBeLessThan(ACCOUNTS_PER_SHARD);
  }
});

test("an account that may not be dropped, because its pages could not be written, stays", () => {
  const memory = new AccountMemory();
  const entries = Array.from({ length: 2_000 }, (_, i) => new Entry(i + 1, `kept-${i}`));
  for (const entry of entries) {
    entry.loaded = { state: emptyAccount(entry.id), ids: new IdSet(() => null), scoreLine: null };
    entry.loaded.state.totals.set("events", 1);
    for (let i = 0; i < 400; i++) entry.loaded.state.totals.set(`m${i}`, i);
    memory.use(entry);
    memory.measure(entry);
  }
  memory.evict((entry) => entry.number % 2 === 0);
  const dropped = entries.filter(({ loaded }) => loaded === null).map(({ number }) => number);
  expect(dropped.filter((number) => number % 2 === 1)).toEqual([]);
  expect(dropped.length).toBeGreaterThan(0);
});

test("an account is measured after what it was used for, which may have opened its days", () => {
  const memory = new AccountMemory();
  const [used, next] = [new Entry(1, "used"), new Entry(2, "next")];
  for (const entry of [used, next]) {
    load(entry);
    for (const record of entry.loaded?.state.days.values() ?? []) record.close();
    memory.use(entry);
    memory.measure(entry);
  }
  const packedBytes = used.bytes;
  memory.use(used);
  for (const record of used.loaded?.state.days.values() ?? []) expect(record.users.size).toBe(3);
  memory.use(next);
  expect(used.bytes).toBeGreaterThan(5 * packedBytes);
  expect(next.bytes).toBe(packedBytes);
});
