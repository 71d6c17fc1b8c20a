import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { AccountShard } from "../../durable-objects/account-shard.ts";
import type { AccountBook } from "../../durable-objects/account-shard/account-book.ts";
import { CountedKeys } from "../../durable-objects/account-shard/counted-keys.ts";
import type { FieldCounting } from "../../durable-objects/account-shard/field-counting.ts";
import type { MetaStore } from "../../durable-objects/account-shard/meta-store.ts";
import { Breather, Turns } from "../../durable-objects/account-shard/turns.ts";
import type { TimelineEntry } from "../../src/domain/account/messages.ts";
import { fieldKey } from "../../src/domain/account/fields/counted-field.ts";
import type { AccountChange } from "../../src/domain/change.ts";
import { type Configuration, emptyConfiguration } from "../../src/domain/config/active.ts";
import { ScorecardDocumentSchema } from "../../src/domain/config/scorecard.ts";
import { standardScorecard } from "../../src/domain/config/standard.ts";
import { fieldsKeptMax } from "../../src/domain/limits.ts";
import { EventOutcome } from "../../src/domain/outcome.ts";
import type { Env } from "../../src/env.ts";
import { type Addressed, callOf, event } from "../support/account-builders.ts";
import { standingOf } from "../support/account-inside.ts";
import { faultsFor, type AccountFaults } from "../support/account-faulty-shard.ts";

const testEnv = env as unknown as Env;
const minuteMs = 60_000;
let name: string;
let faults: AccountFaults;
const shard = () => testEnv.ACCOUNT_SHARD.getByName(name);
const stub = () => shard() as unknown as DurableObjectStub<AccountShard>;
const crash = () => abortAllDurableObjects();
const soon = <T>(work: () => T | Promise<T>) => vi.waitFor(work, { timeout: 15_000, interval: 50 });

const measures = {
  rows: `account.sum("export.finished", "rows", "28d")`,
  slowest: `account.quantile("export.finished", "rows", 1.0, "28d")`,
  kinds: `account.distinct("export.finished", "kind", "28d")`,
  sessions: `account.sessions(3)`,
  total: `account.sum("order.placed", "cart.total", "28d")`,
};
type Own = keyof typeof measures;
let lastVersion = 500;

/** A configuration with a scorecard of these measures alone. */
async function publish(...keys: readonly Own[]): Promise<number> {
  const { version: _, configVersion: __, ...standard } = structuredClone(standardScorecard);
  const [spec] = standard.dimensions[0]?.measures ?? [];
  const document = ScorecardDocumentSchema.parse({
    ...standard,
    dimensions: [{ key: "own", title: "Own", weight: 1, measures: keys.map((key) => ({ ...spec, key, settings: {} })) }],
    flags: [],
    caps: [],
  });
  const version = ++lastVersion;
  const configuration: Configuration = {
    ...emptyConfiguration,
    version,
    scorecards: { standard: { version, document } },
    measures: Object.fromEntries(
      keys.map((key) => [key, { version, document: { title: key, unit: "n", source: "usage", expression: measures[key] } }]),
    ),
  };
  await testEnv.DB.prepare("INSERT INTO configurations (version, document_json, author, at) VALUES (?, ?, 'test', 1)")
    .bind(version, JSON.stringify(configuration))
    .run();
  return version;
}

const tell = (events: readonly Addressed[], version = 0) => shard().apply({ ...callOf(events), configVersion: String(version) });
const used = (account: string, occurredAt = Date.now() - minuteMs): Addressed => ({
  account,
  event: event({ id: crypto.randomUUID(), occurredAt, user: { id: "ana" } }),
});
const exported = (account: string, rows: number, over: Partial<Addressed> = {}): Addressed => ({
  account,
  event: event({
    id: crypto.randomUUID(),
    type: "export.finished",
    occurredAt: Date.now() - minuteMs,
    data: { rows, kind: `k${rows % 2}` },
  }),
  ...over,
});
async function values(account: string): Promise<Readonly<Record<string, number | null>>> {
  const health = await shard().health(account, null);
  if ("failure" in health) throw new Error(health.failure);
  return Object.fromEntries(health.dimensions.flatMap((dimension) => dimension.measures.map(({ key, value }) => [key, value])));
}

async function note(account: string, key: Own): Promise<string | null> {
  const health = await shard().health(account, null);
  if ("failure" in health) throw new Error(health.failure);
  return health.dimensions.flatMap(({ measures: all }) => all).find((measure) => measure.key === key)?.note ?? null;
}

/** As older code left it: the configuration that reads these is in use though nobody counts them, and all scores are told by it. */
async function inUseByOlderCode(...keys: readonly Own[]): Promise<number> {
  const version = await publish(...keys);
  const row = await testEnv.DB.prepare("SELECT document_json FROM configurations WHERE version = ?")
    .bind(version)
    .first<string>("document_json");
  await runInDurableObject(stub(), (object) => {
    object["parts"].meta.put("config", row ?? "");
    object["parts"].meta.put("configVersion", version);
    object["parts"].meta.put("recomputedTo", version);
  });
  await crash();
  return version;
}

/** Before anybody counts: what is in no page yet is folded with all that is wanted. */
const writePages = (): Promise<void> =>
  runInDurableObject(stub(), (object) => {
    const { book } = object as unknown as { book: AccountBook };
    for (const entry of book.byNumber.values()) book.page(entry, Date.now());
  });

beforeEach(() => {
  name = crypto.randomUUID();
  faults = faultsFor(name);
});

describe("fields of events that a measure asks about", () => {
  test("are counted from the first event on, though the measure is published later, and stay so over crash, release and refolding", async () => {
    await tell([used("a"), exported("a", 3), exported("a", 4, { key: "user|u" }), used("b"), exported("b", 50)]);
    await writePages();
    const version = await publish("rows", "slowest", "kinds");
    await tell([exported("a", 10)], version);
    const whole = { rows: 17, slowest: 10, kinds: 2 };
    await soon(async () => expect(await values("a")).toEqual(whole));
    expect(await values("b")).toEqual({ rows: 50, slowest: 50, kinds: 1 });

    await crash();
    expect(await values("a")).toEqual(whole);
    await tell([exported("a", 1), used("new"), exported("new", 8)], version);
    expect(await values("a")).toMatchObject({ rows: 18 });
    expect(await values("new")).toMatchObject({ rows: 8 });

    await shard().release("a", "user|u", 1);
    expect(await values("a")).toEqual({ rows: 14, slowest: 10, kinds: 2 });
    await shard().refold("a");
    await crash();
    expect(await values("a")).toEqual({ rows: 14, slowest: 10, kinds: 2 });
  });

  test("are counted anew where older code has written an account's head since", async () => {
    const version = await publish("rows");
    await tell([used("a"), exported("a", 3)], version);
    await soon(async () => expect(await values("a")).toEqual({ rows: 3 }));
    await shard().refold("a");
    await runInDurableObject(stub(), (_object, { storage }) => {
      const [head] = storage.sql
        .exec<{ id: number; body: string }>("SELECT id, body FROM page WHERE typeof(body) = 'text' ORDER BY id LIMIT 1")
        .toArray();
      const { fields, ...older } = JSON.parse(head?.body ?? "{}") as { fields: string[] };
      expect(fields).toHaveLength(1);
      storage.sql.exec("UPDATE page SET body = ? WHERE id = ?", JSON.stringify(older), head?.id ?? 0);
    });
    await crash();
    expect(await values("a")).toEqual({ rows: 3 });
  });

  test("with dots in their names are told as older code counted them until they are counted as paths, which nobody has to ask for", async () => {
    const ordered = (data: Record<string, unknown>): Addressed => ({
      account: "a",
      event: event({ id: crypto.randomUUID(), type: "order.placed", occurredAt: Date.now() - minuteMs, data }),
    });
    await tell([used("a"), ordered({ "cart.total": 3 }), ordered({ "cart.total": 4 }), ordered({ cart: { total: 50 } })]);
    await writePages();
    const older = new Set([JSON.stringify(["numbers", "order.placed", "cart.total"])]);
    await runInDurableObject(stub(), async (object) => {
      expect(object["counting"].isReady(older)).toBe(false);
      await object["counting"].current;
      expect(object["counting"].isReady(older)).toBe(true);
    });
    const version = await inUseByOlderCode("total");
    const rest = await runInDurableObject(stub(), (object) => vi.spyOn(object["counting"], "isReady").mockReturnValue(false));
    expect(await values("a")).toEqual({ total: 7 });
    rest.mockRestore();
    const told = faults.changes.length;
    await tell([used("b")], version);
    await soon(async () => expect(await values("a")).toEqual({ total: 57 }));
    const changed = () => faults.changes.slice(told).flatMap(({ changes }) => changes.map(({ accountId }) => accountId));
    await soon(() => expect(changed()).toContain("a"));
    await crash();
    expect(await values("a")).toEqual({ total: 57 });
  });

  test("of distinct values are told as older code counted them until sketches are there, which nobody has to ask for; then theirs is gone", async () => {
    const kind = (n: number): Addressed => ({
      account: "a",
      event: event({ id: `k${n}`, type: "export.finished", occurredAt: Date.now() - minuteMs, data: { kind: n } }),
    });
    await tell([used("a"), ...Array.from({ length: 5_000 }, (_, n) => kind(n))]);
    await writePages();
    const key = JSON.stringify(["distinct", "export.finished", "kind"]);
    await runInDurableObject(stub(), async (object) => {
      expect(object["counting"].isReady(new Set([key]))).toBe(false);
      await object["counting"].current;
    });
    const version = await inUseByOlderCode("kinds");
    const rest = await runInDurableObject(stub(), (object) => vi.spyOn(object["counting"], "isReady").mockReturnValue(false));
    // The sample has 4,096 of the 5,000 hashes: √((1 − 0.82) / 4,096).
    expect(await note("a", "kinds")).toBe("Estimated, to 0.7 %.");
    rest.mockRestore();
    await tell([kind(1), used("b")], version);
    await soon(async () => expect(await note("a", "kinds")).toBe("Estimated, to 1.2 %."));
    expect(Math.abs(((await values("a"))["kinds"] ?? 0) / 5_000 - 1)).toBeLessThan(3 * 0.0115);
    await runInDurableObject(stub(), (object) => {
      expect([...object["counting"]["parts"].keys.covered]).toEqual([
        fieldKey({ kind: "distinct", type: "export.finished", field: "kind" }),
      ]);
    });
    await crash();
    expect(await note("a", "kinds")).toBe("Estimated, to 1.2 %.");
    await runInDurableObject(stub(), (object) => {
      const { book } = object as unknown as { book: AccountBook };
      for (const entry of book.byNumber.values()) {
        const { state } = book.load(entry, Date.now());
        expect(entry.pagesAreOld).toBe(false);
        for (const record of state.days.values()) expect(record.field(key)).toBeNull();
      }
    });
  });

  test("wait for no account whose journal cannot be read: it is set aside with the reason, also where its row has events of others", async () => {
    await tell([used("a"), exported("a", 3)]);
    await tell([exported("torn", 2)]);
    await writePages();
    await runInDurableObject(stub(), (_object, { storage }) => void storage.sql.exec("UPDATE journal SET head = '{' WHERE seq = 2"));
    const version = await publish("rows");
    await tell([used("a")], version);
    await soon(async () => expect(await values("a")).toEqual({ rows: 3 }));
    expect(await shard().account("torn")).toMatchObject({ setAside: { reason: expect.stringContaining("row 2 of the journal") } });
    expect((await tell([exported("torn", 9)], version)).outcomes).toEqual([EventOutcome.held]);
    expect((await standingOf(stub())).setAside).toBe(1);
  });

  test("wait for no account that cannot be folded, nor for pages that cannot be written: these count when they are made anew", async () => {
    const accounts = ["a", "broken", "unwritten"];
    await tell([...accounts.map((account) => used(account)), exported("a", 3), exported("broken", 2), exported("unwritten", 7)]);
    await writePages();
    const poisoned = exported("broken", 5);
    await tell([poisoned]);
    faults.poison = ({ id }) => id === poisoned.event.id;
    await crash();
    await runInDurableObject(stub(), (object) => {
      const { book } = object as unknown as { book: AccountBook };
      const page = book.page.bind(book);
      book.page = (entry, now) => entry.id !== "unwritten" && page(entry, now);
    });
    const version = await publish("rows");
    await tell([used("a")], version);
    await soon(async () => expect(await values("a")).toEqual({ rows: 3 }));
    expect(await values("unwritten")).toEqual({ rows: 7 });
    expect((await standingOf(stub())).setAside).toBe(1);
    expect(await shard().account("broken")).toMatchObject({ setAside: { reason: expect.stringContaining("struck") } });

    faults.poison = () => false;
    await shard().refold("broken");
    expect(await values("broken")).toEqual({ rows: 7 });
    await crash();
    expect([await values("broken"), await values("unwritten")]).toEqual([{ rows: 7 }, { rows: 7 }]);
    expect((await standingOf(stub())).setAside).toBe(0);
  });

  test("stay counted in every account though another configuration comes while they are, whatever it asks about", async () => {
    await tell(["a", "b"].flatMap((account) => [used(account), exported(account, 3)]));
    await writePages();
    type Inside = { counting: FieldCounting; book: AccountBook };
    const keysOf = (field: string): ReadonlySet<string> => new Set([fieldKey({ kind: "numbers", type: "export.finished", field })]);
    const first = keysOf("rows");
    await runInDurableObject(stub(), async (object) => {
      const { counting, book } = object as unknown as Inside;
      expect(counting.isReady(first)).toBe(false);
      expect(counting.isReady(keysOf("other"))).toBe(false);
      const { current } = counting;
      await object.apply({ ...callOf([used("new")]), configVersion: "0" });
      await current;
      expect(counting.isReady(first)).toBe(true);
      for (const entry of book.byNumber.values()) {
        expect([entry.id, book.load(entry, Date.now()).state.fields.hasAll(first)]).toEqual([entry.id, true]);
        book.page(entry, Date.now());
      }
    });
    await crash();
    await runInDurableObject(stub(), (object) => {
      const { book } = object as unknown as Inside;
      for (const entry of book.byNumber.values()) {
        book.load(entry, Date.now());
        expect([entry.id, entry.pagesAreOld]).toEqual([entry.id, false]);
      }
    });
  });

  test("are no more to be counted once the configuration that wanted them is taken back", async () => {
    await tell([used("a"), exported("a", 3)]);
    await writePages();
    const [rows, kind] = ["rows", "kind"].map((field) => fieldKey({ kind: "numbers", type: "export.finished", field })) as [string, string];
    await runInDurableObject(stub(), async (object) => {
      const { counting } = object as unknown as { counting: FieldCounting };
      counting.isReady(new Set([rows]));
      // Published while the first is being counted, and taken back before anybody begins with it.
      expect(counting.isReady(new Set([rows, kind]))).toBe(false);
      await counting.current;
      expect(counting.isUndone).toBe(true);
      expect(counting.isReady(new Set([rows]))).toBe(true);
      expect(counting.isUndone).toBe(false);
    });
  });

  test("are counted on while the configuration in use reads them, however many a new one asks about", () => {
    const stored = new Map<string, string>();
    const meta = { text: (key: string) => stored.get(key) ?? null, put: (key: string, text: string) => stored.set(key, text) };
    const keys = new CountedKeys(meta as unknown as MetaStore);
    const named = (type: string, count: number) =>
      new Set(Array.from({ length: count }, (_, i) => fieldKey({ kind: "numbers", type, field: `${i}` })));
    const [older, active, next] = [named("older", fieldsKeptMax / 2), named("active", fieldsKeptMax / 2), named("next", fieldsKeptMax / 2)];
    keys.cover([...older, ...active]);
    keys.want(next, active);
    expect([...keys.covered]).toEqual([...active]);
    expect(keys.all.size).toBe(fieldsKeptMax);
  });

  test("can be looked at before they are counted: a draft says what it would, of this account's past", async () => {
    await tell([used("a"), exported("a", 3), exported("a", 4)]);
    const document = { title: "Rows", unit: "rows", source: "usage" as const, expression: measures.rows };
    expect(await shard().measureBy("a", "draft", { draft: document })).toMatchObject({ value: 7, unit: "rows", status: "ok" });
    expect(await shard().measureBy("nobody", "draft", { draft: document })).toEqual({ failure: "not_found" });
  });

  test("are looked at in turn with what else reads the whole shard, and read again once an event has come", async () => {
    await tell([used("a"), exported("a", 3)]);
    await tell([exported("a", 4)]);
    const document = { title: "Rows", unit: "rows", source: "usage" as const, expression: measures.rows };
    await runInDurableObject(stub(), async (object) => {
      const look = () => object.measureBy("a", "draft", { draft: document });
      const reads = vi.spyOn(object["journal"], "read");
      const turn = Promise.withResolvers<void>();
      const before = object["parts"].fieldTrials["parts"].turns.take(() => turn.promise);
      const looked = [look(), look()];
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(reads).not.toHaveBeenCalled();
      turn.resolve();
      await before;
      for (const found of await Promise.all(looked)) expect(found).toMatchObject({ value: 7 });
      expect(await look()).toMatchObject({ value: 7 });
      expect(reads).toHaveBeenCalledTimes(2);
    });
    await tell([exported("a", 5)]);
    expect(await shard().measureBy("a", "draft", { draft: document })).toMatchObject({ value: 12 });
    expect(await values("a")).not.toHaveProperty("draft");
  });
});

describe("a look at fields that nobody counts", () => {
  const document = { title: "Rows", unit: "rows", source: "usage" as const, expression: measures.rows };

  test("for which there is no time says of how many of the newest events it is, and is whole when asked again", async () => {
    for (const rows of [3, 4, 5]) await tell([used("a"), exported("a", rows)]);
    await runInDurableObject(stub(), async (object) => {
      const { turns } = object["parts"].fieldTrials["parts"];
      const late = vi.spyOn(turns, "take").mockImplementationOnce((work) => work(new Breather(0)));
      expect(await object.measureBy("a", "draft", { draft: document })).toMatchObject({
        value: 5,
        note: expect.stringContaining("Of its newest events alone (2)."),
      });
      late.mockRestore();
      const whole = await object.measureBy("a", "draft", { draft: document });
      expect(whole).toMatchObject({ value: 12 });
      expect(JSON.stringify(whole)).not.toContain("alone");
    });
  });

  test("has its time though it has waited long for its turn", async () => {
    const turns = new Turns();
    const before = turns.take(() => new Promise((resolve) => setTimeout(resolve, 30)));
    const leftMs = ({ leftMs: left }: Breather): Promise<number> => Promise.resolve(left);
    const [without, withTime] = [turns.take(leftMs, 10), turns.take(leftMs, 10, 1_000)];
    await before;
    expect(await without).toBeLessThan(0);
    expect(await withTime).toBeGreaterThan(900);
  });
});

test("a session that ends is told by the account's own alarm, without another event", async () => {
  const version = await publish("sessions");
  // Its source is well: silence is silence.
  faults.watermarks = { "tok_1/events": Date.now() };
  const confirmAll = async (): Promise<void> => {
    const changes = faults.changes.flatMap((message) => message.changes);
    for (const sink of ["readModels", "live"] as const) await shard().confirmChanges(sink, changes);
  };
  const scores = (): readonly (number | null)[] =>
    faults.changes.flatMap(({ changes }) => changes).flatMap((change: AccountChange) => (change.accountId === "a" ? [change.score] : []));
  const endsAt = Date.now() + 1_500;
  await tell([used("a", endsAt - 30 * minuteMs)], version);
  await soon(() => expect(scores().length).toBeGreaterThan(0));
  await soon(async () => expect(await values("a")).toEqual({ sessions: 0 }));
  await soon(async () => {
    await confirmAll();
    expect((await shard().sweep()).undone).toBe(false);
  });
  const told = scores().length;
  // What the alarm finds to do: the instant at which the session ends.
  await runDurableObjectAlarm(stub());
  await soon(() => expect(scores().length).toBeGreaterThan(told));
  expect(Date.now()).toBeGreaterThanOrEqual(endsAt);
  expect(await values("a")).toEqual({ sessions: 1 });
});

describe("sessions in the timeline", () => {
  const by = (person: string, minutesAgo: number, more: Partial<Addressed["event"]> = {}): Addressed => ({
    account: "a",
    event: event({ id: crypto.randomUUID(), occurredAt: Date.now() - minutesAgo * minuteMs, user: { id: person }, ...more }),
  });
  const pageOf = async (page: { limit: number; before?: string; type?: string }) => {
    const answer = await shard().timeline("a", { ...page, sessions: true });
    if ("failure" in answer) throw new Error(answer.failure);
    return answer;
  };
  const closed = async () => (await pageOf({ limit: 100, type: "session.closed" })).items.map(({ userId, data, restated, outcome }) => ({ userId, seconds: data["seconds"], events: data["events"], restated, outcome })); // prettier-ignore

  /** Page after page, until there is none; each goes on where none began. */
  const all = async (limit: number) => {
    const found: TimelineEntry[] = [];
    const cursors: string[] = [];
    for (;;) {
      const before = cursors.at(-1);
      const page = await pageOf({ limit, ...(before === undefined ? {} : { before }) });
      expect(page.items.length).toBeLessThanOrEqual(limit);
      found.push(...page.items);
      if (page.next === null) return found;
      expect(cursors).not.toContain(page.next);
      expect(cursors.push(page.next)).toBeLessThan(200);
    }
  };

  test("stand where they closed, with whose they are and what happened in them; what comes late restates them", async () => {
    await tell([by("ana", 200), by("ana", 190), by("ben", 195), by("ana", 140), by("ana", 5)]);
    await tell([by("ben", 188, { type: "ticket.created", data: { ticketId: "1" } })]);
    const whole = { restated: false, outcome: "derived" };
    expect(await closed()).toEqual([
      { userId: "ana", seconds: 0, events: 1, ...whole },
      { userId: "ana", seconds: 600, events: 2, ...whole },
      { userId: "ben", seconds: 0, events: 1, ...whole },
    ]);
    const { items } = await pageOf({ limit: 100 });
    expect(items.map(({ type }) => type)).toEqual(["feature.used", "session.closed", "feature.used", "session.closed", "session.closed", "ticket.created", "feature.used", "feature.used", "feature.used"]); // prettier-ignore
    expect(await shard().timeline("a", { limit: 100 })).toMatchObject({ items: items.filter(({ type }) => type !== "session.closed") });
    await crash();
    await tell([by("ana", 165)]);
    expect(await closed()).toEqual([
      { userId: "ana", seconds: 3_600, events: 4, ...whole },
      { userId: "ben", seconds: 0, events: 1, ...whole },
    ]);
  });

  test("are told once each, in order, however small the pages are", async () => {
    await tell(Array.from({ length: 24 }, (_, i) => by(["ana", "ben", "cy"][i % 3] ?? "", 60 * 24 * 40 - i * 31)));
    await tell(Array.from({ length: 12 }, (_, i) => by(["ana", "ben"][i % 2] ?? "", 60 + i * 61)));
    const whole = await all(500);
    expect(whole.filter(({ type }) => type === "session.closed").length).toBe(36);
    for (const limit of [1, 2, 7]) expect(await all(limit)).toEqual(whole);
  });

  test("leave out nothing that was told of an account before its first event, or where it has none", async () => {
    const told = (account: string, daysAgo: number): Addressed => ({
      account,
      event: event({ id: `${account}${daysAgo}`, type: "account.updated", occurredAt: Date.now() - daysAgo * 86_400_000 }),
    });
    const shown = async (limit: number) => (await all(limit)).map(({ type, id }) => (type === "account.updated" ? id : type));
    await tell([told("a", 200), told("a", 50), told("a", 2), by("ana", 60 * 24), told("a", 0.5)]);
    const usage = ["session.closed", "feature.used"];
    for (const limit of [1, 2, 100]) expect(await shown(limit)).toEqual(["a0.5", ...usage, "a2", "a50", "a200"]);
    await tell([by("ana", 60 * 24 * 70)]);
    for (const limit of [1, 100]) expect(await shown(limit)).toEqual(["a0.5", ...usage, "a2", "a50", ...usage, "a200"]);
    await tell([told("quiet", 100), told("quiet", 1), told("quiet", 0.1)]);
    const quiet = await shard().timeline("quiet", { limit: 100, sessions: true });
    expect(quiet).toMatchObject({ items: [{ id: "quiet0.1" }, { id: "quiet1" }, { id: "quiet100" }], next: null });
  });
});
