import { abortAllDurableObjects, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { AccountShard } from "../../durable-objects/account-shard.ts";
import type { AccountBook } from "../../durable-objects/account-shard/account-book.ts";
import type { Entry } from "../../durable-objects/account-shard/entry.ts";
import type { FieldCounting } from "../../durable-objects/account-shard/field-counting.ts";
import { fieldKey } from "../../src/domain/account/fields/counted-field.ts";
import { fromArchivedText } from "../../src/domain/account/journal-archive.ts";
import type { HealthReading } from "../../src/domain/account/messages.ts";
import { type Configuration, emptyConfiguration } from "../../src/domain/config/active.ts";
import { ScorecardDocumentSchema } from "../../src/domain/config/scorecard.ts";
import { standardScorecard } from "../../src/domain/config/standard.ts";
import type { Event } from "../../src/domain/event.ts";
import { accountShardName } from "../../src/domain/hash.ts";
import { newestDue } from "../../src/domain/jobs/job.ts";
import { isItsTurn, type ParityReport, roundOf } from "../../src/domain/parity/report.ts";
import type { LiveAccount } from "../../src/domain/parity/messages.ts";
import { dayOf } from "../../src/domain/time.ts";
import type { Env } from "../../src/env.ts";
import { clockFrom } from "../../src/platform/clock.ts";
import { parityStore } from "../../src/platform/d1/parity-store.ts";
import { gunzip } from "../../src/platform/gzip.ts";
import { dailyPorts } from "../../src/platform/jobs/daily-ports.ts";
import { readMembers, toMembers } from "../../src/platform/r2/member-object.ts";
import { checkParity, type ParityFigures } from "../../src/reports/check-parity.ts";
import { type Compacted, compactJournals } from "../../src/reports/compact-journals.ts";
import type { DailyPorts } from "../../src/reports/daily-job.ts";
import type { StepRunner } from "../../src/reports/work.ts";
import { type Addressed, callOf, event } from "../support/account-builders.ts";
import { type AccountFaults, faultsFor } from "../support/account-faulty-shard.ts";

const testEnv = env as unknown as Env;
const clock = clockFrom(undefined);
const period = newestDue("daily", clock.now());
const step: StepRunner = (_, work) => work();

let name: string;
let faults: AccountFaults;
let alerts: string[];
const shard = () => testEnv.ACCOUNT_SHARD.getByName(name);
const inShard = <T>(look: (sql: SqlStorage) => T): Promise<T> =>
  runInDurableObject(shard() as unknown as DurableObjectStub<AccountShard>, (_, { storage }) => look(storage.sql));

/** The ports of this deployment, for the one shard of the test. */
function ports(): DailyPorts {
  const all = dailyPorts(testEnv, clock);
  const shards = async (after: string | null): Promise<readonly string[]> => (after === null ? [name] : []);
  return {
    ...all,
    journals: { ...all.journals, shards },
    parity: { ...all.parity, shards, alert: (what) => void alerts.push(what), raw: { has: async () => true } },
  };
}
const compact = (over: Partial<DailyPorts["journals"]> = {}): Promise<Compacted> =>
  compactJournals(period, step, { ...ports().journals, ...over });
const check = (over: Partial<DailyPorts["parity"]> = {}): Promise<ParityFigures> =>
  checkParity(period, step, { ...ports().parity, ...over });
const night = async (): Promise<ParityFigures> => {
  await compact();
  return check();
};
const report = async (): Promise<ParityReport> => (await parityStore(testEnv.DB).parityReport(period)) as ParityReport;
const figures = async (): Promise<readonly string[]> => (await report()).differences.map(({ figure }) => figure);
const objects = async (): Promise<readonly string[]> =>
  (await testEnv.ARCHIVE.list({ prefix: "journal/v1/" })).objects.map(({ key }) => key).filter((key) => key.includes(`shard=${name}/`));

const recent = (over: Partial<Event> = {}): Event => event({ occurredAt: Date.now() - 3_600_000, ...over });
const used = (account: string, id: string, over: Partial<Event> = {}): Addressed => ({
  account,
  event: recent({ id, user: { id: `u${id.length}` }, data: { feature: "export" }, ...over }),
});
const apply = (items: readonly Addressed[]) => shard().apply(callOf(items));
/** Ids whose turn it is today to be recomputed from the first line, or is not. */
const named = (turn: boolean, count: number): string[] => {
  const found: string[] = [];
  for (let n = 0; found.length < count; n++) if (isItsTurn(`acct-${n}`, clock.now()) === turn) found.push(`acct-${n}`);
  return found;
};
const [a = "", b = "", c = ""] = named(false, 3);
const [turn = ""] = named(true, 1);
/** Changes an account in memory, behind the product's back. */
const changeEntry = (account: string, change: (entry: Entry) => void): Promise<void> =>
  runInDurableObject(shard() as unknown as DurableObjectStub<AccountShard>, (object) =>
    change((object as unknown as { book: AccountBook }).book.byId.get(account) as Entry),
  );
/** The check of a shard that serves something else of its accounts. */
const served = (over: (account: LiveAccount) => Partial<LiveAccount>): Partial<DailyPorts["parity"]> => ({
  livePage: async (_, after) => {
    const page = await shard().livePage(after);
    return { ...page, accounts: page.accounts.map((one) => ({ ...one, ...over(one) })) };
  },
});
const published = async (configuration: Partial<Configuration> & { readonly version: number }): Promise<void> => {
  await testEnv.DB.prepare("INSERT INTO configurations (version, document_json, author, at) VALUES (?, ?, 'test', 1)")
    .bind(configuration.version, JSON.stringify({ ...emptyConfiguration, ...configuration }))
    .run();
};
/** The scorecard that ships, healthy from some score on, however little is known. */
function scorecardWithEdge(version: number, healthyFrom: number): Configuration["scorecards"] {
  const { version: _, configVersion: __, ...shipped } = structuredClone(standardScorecard);
  const bands = { ...shipped.bands, healthyFrom, watchFrom: healthyFrom - 20, atRiskFrom: healthyFrom - 30, confidenceMin: 0 };
  return { standard: { version, document: ScorecardDocumentSchema.parse({ ...shipped, bands }) } };
}
/** Text enough for pages to be written. */
const long = { text: "x".repeat(30_000) };
const paged = (account: string): Promise<unknown> =>
  Promise.all([1, 2, 3, 4].map((n) => apply([used(account, `long-${account}-${n}`, { type: "page.viewed", data: long })])));

beforeEach(() => {
  name = crypto.randomUUID();
  faults = faultsFor(name);
  faults.foldVersion = 1;
  alerts = [];
});

describe("the compacted journal", () => {
  test("has each line once, of each account together, under its day and the hash of the account, and what is there is not written again", async () => {
    await apply([used(b, "1"), used(a, "2"), used(b, "3")]);
    await apply([used(a, "4", { type: "deal.imagined" })]);
    const done = await compact();
    expect(done).toMatchObject({ rows: 2, lines: 4, isCut: false });
    const keys = await objects();
    expect(keys).toHaveLength(done.objects);
    for (const key of keys)
      expect(key).toMatch(new RegExp(`^journal/v1/dt=${period}/part=\\d\\d/shard=${name}/.*-000000000001-000000000002\\.ndjson\\.gz$`));
    const members = await Promise.all(keys.map((key) => readMembers(testEnv.ARCHIVE, key)));
    const lines = (account: string) =>
      members.flatMap((one) => [...fromArchivedText(one?.textOf(account) ?? "")].map(({ seq, event: { id } }) => [seq, id]));
    expect([lines(a), lines(b)]).toEqual([
      [
        [1, "2"],
        [2, "4"],
      ],
      [
        [1, "1"],
        [1, "3"],
      ],
    ]);
    expect(await compact()).toMatchObject({ rows: 0, objects: 0 });
    await apply([used(a, "5")]);
    expect(await compact()).toMatchObject({ rows: 1, lines: 1 });
  });

  test("is plain gzip of lines for whoever reads an object as a whole", async () => {
    await apply([used(a, "1")]);
    await compact();
    const [key = ""] = await objects();
    const whole = await (await testEnv.ARCHIVE.get(key))?.arrayBuffer();
    const lines = new TextDecoder()
      .decode(gunzip(new Uint8Array(whole ?? new ArrayBuffer(0)), 1_000_000))
      .trimEnd()
      .split("\n");
    expect(lines.map((line) => Object.keys(JSON.parse(line) as object))).toEqual([["seq", "edge", "event"], ["index"]]);
  });

  test("has nothing of a row that is torn, says so, and has all that follow it; the check goes on too", async () => {
    await apply([used(a, "1"), used(b, "2")]);
    await apply([used(b, "3"), used(a, "4")]);
    await apply([used(a, "5")]);
    await apply([used(b, "6")]);
    await inShard((sql) => {
      sql.exec("UPDATE journal SET head = substr(head, 1, 20) WHERE seq = 2");
      // As long as all but its last character: it might pass for whole.
      sql.exec("UPDATE journal SET body = substr(body, 1, length(body) - 1) WHERE seq = 3");
    });
    const told: unknown[] = [];
    expect(await compact({ unreadable: (of, { seq, error }) => void told.push([of, seq, error.split(":")[0]]) })).toMatchObject({
      rows: 4,
      lines: 3,
      unreadable: 2,
      isCut: false,
    });
    expect(told).toEqual([
      [name, 2, "SyntaxError"],
      [name, 3, "RangeError"],
    ]);
    const members = await Promise.all((await objects()).map((key) => readMembers(testEnv.ARCHIVE, key)));
    const ids = (account: string) =>
      members.flatMap((one) => [...fromArchivedText(one?.textOf(account) ?? "")].map(({ event: { id } }) => id));
    expect([ids(a), ids(b)]).toEqual([["1"], ["2", "6"]]);
    expect(await compact()).toMatchObject({ rows: 0, unreadable: 0 });
    await abortAllDurableObjects();
    expect((await check()).accounts).toBe(2);
  });

  test("broken off between any two steps goes on with the same objects, and has nothing twice", async () => {
    await apply([used(a, "1"), used(b, "2"), used(c, "3")]);
    const { archive } = ports().journals;
    let puts = 0;
    const dies = {
      put: (...of: Parameters<typeof archive.put>) => (++puts === 2 ? Promise.reject(new Error("struck")) : archive.put(...of)),
    };
    await expect(compact({ archive: dies })).rejects.toThrow("struck");
    // More comes meanwhile: the range that was begun is still the same.
    await apply([used(a, "4")]);
    await abortAllDurableObjects();
    await expect(compact({ archived: () => Promise.reject(new Error("the answer is lost")) })).rejects.toThrow("lost");
    expect(await compact()).toMatchObject({ rows: 2, lines: 4 });
    expect(await check()).toMatchObject({ verdict: "equal", accounts: 3 });
    const spans = new Set((await objects()).map((key) => key.slice(-35)));
    expect([...spans].map((span) => span.slice(0, 25))).toEqual(["000000000001-000000000001", "000000000002-000000000002"]);
  });
});

describe("the nightly check", () => {
  test("agrees with accounts of every kind, from the first line and from last night's checkpoint", async () => {
    const old = Date.now() - 10 * 86_400_000;
    await shard().apply(callOf([used(a, "0")], { "tok_1/events": Date.now() }));
    await apply([
      used(a, "late", { occurredAt: old }),
      used(a, "t1", { type: "ticket.created", data: { ticketId: "1", status: "open" } }),
      used(a, "s1", { type: "subscription.created", data: { subscriptionId: "s", status: "active", amount: 100, currency: "EUR" } }),
      { ...used(b, "moved"), key: "user|ann", version: 1 },
      used(b, "stays"),
      used(c, "goes"),
    ]);
    await paged(a);
    await shard().release(b, "user|ann", 2);
    await shard().setMerged(c, a, 1);
    expect(await night()).toEqual({ verdict: "equal", accounts: 2, fromFirstLine: 2, differences: 0 });
    await apply([used(a, "t2", { type: "ticket.solved", data: { ticketId: "1" } }), { ...used(b, "again"), key: "user|ann", version: 2 }]);
    expect(await night()).toEqual({ verdict: "equal", accounts: 2, fromFirstLine: 0, differences: 0 });
    expect(await report()).toMatchObject({ accounts: { merged: 1, differing: 0 }, lines: 2, scores: 2 });
    // What has left since the checkpoint was made cannot be taken out of it.
    await shard().release(b, "user|ann", 3);
    expect(await night()).toMatchObject({ verdict: "equal", fromFirstLine: 1 });
    expect(alerts).toEqual([]);
  });

  test("agrees with the fields that an account counts, also when it began to count them since the last checkpoint", async () => {
    await apply([used(a, "1"), used(a, "2", { type: "export.finished", data: { rows: 4 } })]);
    await night();
    const key = fieldKey({ kind: "numbers", type: "export.finished", field: "rows" });
    await runInDurableObject(shard() as unknown as DurableObjectStub<AccountShard>, async (object) => {
      const { counting } = object as unknown as { counting: FieldCounting };
      counting.isReady(new Set([key]));
      await counting.current;
      expect(counting.isReady(new Set([key]))).toBe(true);
    });
    expect(await night()).toEqual({ verdict: "equal", accounts: 1, fromFirstLine: 1, differences: 0 });
    await apply([used(a, "3", { type: "export.finished", data: { rows: 0.5 } })]);
    expect(await night()).toEqual({ verdict: "equal", accounts: 1, fromFirstLine: 0, differences: 0 });
  });

  test("agrees with an account whose tickets older code stored, with comments counted otherwise: it is folded again", async () => {
    const told = (id: string, data: Event["data"]): Addressed => ({
      account: a,
      event: recent({
        id,
        type: "ticket.commented",
        connector: "zendesk",
        connectionId: "z",
        data: { ticketId: "7", public: true, ...data },
      }),
    });
    await apply([told("1", { commentId: "c1" }), told("2", {})]);
    await paged(a);
    await night();
    const rewritten = await inShard((sql) => {
      const older = "json_set(body, '$.layout', 3, '$.records[0].publicComments', 2, '$.records[0].commentIds', json('[\"c1\"]'))";
      sql.exec("DELETE FROM meta WHERE name = 'checkpoints'");
      // What the schema step does that meets such pages.
      sql.exec("INSERT OR IGNORE INTO refold (account, keys) SELECT number, '[]' FROM account ORDER BY number");
      const without = `json_remove(${older}, '$.records[0].comments')`;
      return sql.exec(`UPDATE page SET body = ${without} WHERE body LIKE '%"kind":"ticket"%' RETURNING id`).toArray().length;
    });
    expect(rewritten).toBe(1);
    await abortAllDurableObjects();
    const waiting = (sql: SqlStorage): number => sql.exec<{ n: number }>("SELECT count(*) AS n FROM refold").one().n;
    await vi.waitFor(async () => expect(await inShard(waiting)).toBe(0), { timeout: 5_000 });
    expect(await night()).toEqual({ verdict: "equal", accounts: 1, fromFirstLine: 1, differences: 0 });
  });

  test("recomputes an account from its first line when it is its turn", async () => {
    await apply([used(turn, "1"), used(a, "2")]);
    await night();
    expect(await night()).toMatchObject({ verdict: "equal", accounts: 2, fromFirstLine: 1 });
  });

  test("compares what came after the compaction too", async () => {
    await apply([used(a, "1")]);
    await compact();
    await apply([used(a, "2"), used(b, "3")]);
    expect(await check()).toMatchObject({ verdict: "equal", accounts: 2 });
  });

  test("names the figure of a page that was changed behind the product's back, and is content again when the account was folded again", async () => {
    await paged(a);
    await night();
    await inShard((sql) => sql.exec("UPDATE page SET body = replace(body, '\"events\":3', '\"events\":7') WHERE typeof(body) = 'text'"));
    expect(await night()).toMatchObject({ verdict: "different", differences: 1 });
    expect((await report()).differences).toEqual([{ account: a, figure: "events", live: 8, recomputed: 4 }]);
    expect(alerts).toEqual(["parity_differs"]);
    await shard().refold(a);
    expect(await night()).toMatchObject({ verdict: "equal" });
  });

  test("finds a day whose page was lost, and a page that nobody can read", async () => {
    await paged(a);
    await paged(b);
    await night();
    const ofDay = (of: number): string => `id / 4194304 % 8 = 1 AND id / 33554432 = ${of}`;
    await inShard((sql) => {
      sql.exec(`DELETE FROM page WHERE ${ofDay(1)}`);
      sql.exec(`UPDATE page SET body = substr(body, 1, 2) WHERE ${ofDay(2)}`);
    });
    await check();
    const { differences } = await report();
    expect(differences.filter(({ account }) => account === a).map(({ figure }) => figure)).toContainEqual(
      expect.stringMatching(/^product_events on /),
    );
    expect(differences.filter(({ account }) => account === b)).toMatchObject([
      { figure: "pages", live: expect.stringContaining("cannot be read") },
    ]);
  });

  test("finds figures in memory that the pages do not have", async () => {
    await apply([used(a, "1")]);
    await compact();
    await runInDurableObject(shard() as unknown as DurableObjectStub<AccountShard>, (instance) => {
      const { book } = instance as unknown as { book: { byId: Map<string, { loaded: { state: { events: number } } }> } };
      const { loaded } = book.byId.get(a) as { loaded: { state: { events: number } } };
      loaded.state.events = 5;
    });
    await check();
    expect(await figures()).toEqual(["events, as served"]);
  });

  test("finds a line that is missing in the archive, and has the range written again", async () => {
    await apply([used(a, "1"), used(a, "2"), used(b, "3")]);
    await night();
    const [key = ""] = (
      await Promise.all((await objects()).map(async (one) => [one, (await readMembers(testEnv.ARCHIVE, one))?.names.includes(a)] as const))
    )
      .filter(([, has]) => has)
      .map(([one]) => one);
    const text = (await readMembers(testEnv.ARCHIVE, key))?.textOf(a) ?? "";
    const { bytes, facts } = toMembers([[a, `${text.split("\n")[0]}\n`]]);
    await testEnv.ARCHIVE.put(key, bytes, { customMetadata: facts });
    // Nothing reads it before the account's turn: an account without a checkpoint has to.
    await inShard((sql) => sql.exec("DELETE FROM meta WHERE name = 'checkpoints'"));
    expect(await night()).toMatchObject({ verdict: "different" });
    expect(await figures()).toContain("lines in the archive of journal rows 1 to 1");
    await testEnv.ARCHIVE.delete(key);
    expect(await night()).toMatchObject({ verdict: "equal" });
    expect(await objects()).toContain(key);
  });

  test("finds an object that is gone in those accounts alone of which it had lines, and the others go on from their checkpoints", async () => {
    const ids = named(false, 26).sort();
    await apply(ids.map((id) => used(id, `e-${id}`)));
    await night();
    const held = await Promise.all((await objects()).map(async (key) => [key, await readMembers(testEnv.ARCHIVE, key)] as const));
    const [key = "", members] = held.find(([, one]) => one?.names.includes(ids[0] ?? "") === true) ?? [];
    await testEnv.ARCHIVE.delete(key);
    await inShard((sql) => sql.exec("DELETE FROM meta WHERE name = 'checkpoints'"));
    expect(await night()).toMatchObject({ verdict: "different", accounts: ids.length });
    const lacking = new Set((await report()).differences.map(({ account }) => account));
    expect([...lacking].sort()).toEqual([...(members?.names ?? [])].sort());
    expect(await night()).toMatchObject({ verdict: "equal", fromFirstLine: lacking.size });
    expect(await objects()).toContain(key);
  });

  test("compares the ids of an account in its turn, by the days on which they were received", async () => {
    const received = (id: string, days: number): Addressed => used(turn, id, { receivedAt: Date.now() - days * 86_400_000 });
    await apply([received("1", 3), received("2", 3), received("3", 34), received("today", 0), received("replayed", 60), used(a, "4")]);
    expect(await night()).toMatchObject({ verdict: "equal" });
    expect(await report()).toMatchObject({ ids: 1 });
    await shard().refold(turn);
    expect(await night()).toMatchObject({ verdict: "equal" });
    await changeEntry(turn, ({ loaded }) => loaded?.ids.add(1, 2, 3, 4, dayOf(Date.now()) - 3));
    expect(await night()).toMatchObject({ verdict: "different", differences: 1 });
    const day = new Date(Date.now() - 3 * 86_400_000).toISOString().slice(0, 10);
    expect((await report()).differences).toMatchObject([
      { account: turn, figure: `ids received on ${day}`, live: expect.stringMatching(/^3 /), recomputed: expect.stringMatching(/^2 /) },
    ]);
  });

  test("finds days of a line of scores that are behind what is known, which is no difference, and has the line made anew", async () => {
    await apply([10, 5, 1].map((days) => used(turn, `u${days}`, { occurredAt: Date.now() - days * 86_400_000 })));
    await shard().currentChanges({ limit: 10 });
    expect(await night()).toMatchObject({ verdict: "equal" });
    const { compared } = (await report()).scoreDays;
    expect([compared, (await report()).scoreDays.stale]).toEqual([9, 0]);
    await changeEntry(turn, ({ loaded }) => {
      if (loaded?.scoreLine != null) loaded.scoreLine = { ...loaded.scoreLine, scores: loaded.scoreLine.scores.with(84, 3.5) };
    });
    expect(await night()).toMatchObject({ verdict: "equal" });
    expect((await report()).scoreDays).toEqual({ compared, stale: 1 });
    await shard().currentChanges({ limit: 10 });
    await night();
    expect((await report()).scoreDays).toEqual({ compared, stale: 0 });
  });

  test("compares the band that is shown, and scores by scorecards beside the account's own", async () => {
    await apply([used(a, "1")]);
    await compact();
    expect(await check(served(() => ({})))).toMatchObject({ verdict: "equal" });
    await check(served(({ band }) => ({ band: { ...band, shown: "critical" } })));
    expect(await report()).toMatchObject({ differences: [{ account: a, figure: "band, as held", live: "critical" }] });
    await check(served(() => ({ sides: [{ scorecard: "strategic", score: 5, held: null, shown: "critical" }] })));
    expect(await report()).toMatchObject({ differences: [{ account: a, figure: "score by strategic", live: 5, recomputed: "none" }] });
  });

  test("compares a band by the rules that it was held by too, where both sides could have them", async () => {
    const seats = recent({ type: "account.updated", connector: "pulseline", data: { attributes: { seats: 2 } } });
    await apply([{ account: a, event: seats }, used(a, "1"), used(a, "2", { occurredAt: Date.now() - 86_400_000 })]);
    await compact();
    const now = Date.now();
    const edge = ((await shard().health(a, null)) as HealthReading).score as number;
    const before = { version: 901, at: now - 7_200_000 };
    await published({ ...before, scorecards: scorecardWithEdge(901, edge - 1) });
    await published({ version: 902, at: now - 3_600_000, before: [before], scorecards: scorecardWithEdge(902, edge + 1) });
    await shard().configure(902);
    await changeEntry(a, (entry) => {
      entry.heldBand = { band: "healthy", since: before.at, leftAt: null, rules: { since: before.at, written: 1 } };
    });
    const { band } = (await shard().health(a, null)) as HealthReading;
    const [live] = (await shard().livePage(null)).accounts;
    expect([band, live?.band.shown, live?.areRulesHad]).toEqual(["watch", "watch", true]);
    expect(await check()).toMatchObject({ verdict: "equal" });
    // As it would be if the new rules had always been in force: held against the score.
    const shown = { held: (live as LiveAccount).band.held, shown: "healthy" as const };
    await check(served(() => ({ band: shown })));
    expect(await report()).toMatchObject({ differences: [{ account: a, figure: "band, as held", live: "healthy", recomputed: "watch" }] });
    expect(await check(served(() => ({ band: shown, areRulesHad: false })))).toMatchObject({ verdict: "equal" });
  });

  test("compares an account that is too large in part when it is its turn: what is no day, and a stretch of its days", async () => {
    for (let call = 0; call < 4; call++)
      await apply([used(turn, `long-${call}`, { type: "page.viewed", data: long }), used(a, `a-${call}`)]);
    await shard().refold(turn);
    await shard().refold(a);
    // Large pages of days with nothing on them, three to a stretch, so that those of the account's own days are in the one whose round it is.
    const stretch = roundOf(clock.now()) % 3;
    const days = Array.from({ length: 9 }, (_, n) => (n < 3 * (stretch + 1) ? 100 : 60_000) + n);
    await inShard((sql) => {
      for (const { number, id } of sql.exec<{ number: number; id: string }>("SELECT number, id FROM account").toArray())
        for (const day of days)
          if (id === turn || id === a)
            sql.exec("INSERT INTO page (id, body) VALUES (?, CAST(x'03' || zeroblob(1900000) AS BLOB))", (number * 8 + 1) * 2 ** 22 + day);
    });
    expect(await night()).toMatchObject({ verdict: "equal", accounts: 1 });
    expect(await report()).toMatchObject({ accounts: { checked: 1, inPart: 1, tooLarge: 1 }, scores: 0, ids: 1 });
    await inShard((sql) => sql.exec("UPDATE page SET body = replace(body, '\"events\":4', '\"events\":7') WHERE typeof(body) = 'text'"));
    await inShard((sql) => sql.exec("DELETE FROM page WHERE id / 4194304 % 8 = 1 AND id % 4194304 >= 2097152"));
    await night();
    expect(await figures()).toEqual(expect.arrayContaining(["events", expect.stringMatching(/^product_events on /)]));
  });

  test("leaves out an account with more behind the archive than one call carries, and goes on with the next", async () => {
    const text = "ж".repeat(28_000);
    for (let call = 0; call < 15; call++)
      await apply(Array.from({ length: 20 }, (_, n) => used(a, `${call}-${n}`, { type: "page.viewed", data: { text } })));
    await apply([used(b, "1")]);
    expect(await shard().livePage(null)).toMatchObject({ accounts: [], notChecked: [{ id: a, why: "too_large" }], next: a });
    expect(await check()).toMatchObject({ verdict: "equal", accounts: 1 });
    expect(await report()).toMatchObject({ accounts: { tooLarge: 1 } });
  });

  test("tells of an event whose delivery is not in the raw archive, when it is the account's turn", async () => {
    await apply([used(turn, "1"), used(a, "2")]);
    await compact();
    await check({ raw: { has: async () => false } });
    expect(await report()).toMatchObject({
      deliveries: { looked: 1, missing: 1 },
      differences: [{ account: turn, figure: "delivery d-1 in the raw archive" }],
    });
  });

  test("goes on where it was when each step ends after one page, and leaves what is more than one run may fold", async () => {
    const ids = Array.from({ length: 60 }, (_, n) => `many-${n}`);
    await apply(ids.map((id) => used(id, `e-${id}`)));
    await compact();
    let steps = 0;
    let wall = 0;
    const counting: StepRunner = (_, work) => (steps++, work());
    const slow = { ...ports().parity, wallNow: () => (wall += 15_000) };
    expect(await checkParity(period, counting, slow)).toMatchObject({ verdict: "equal", accounts: 60 });
    expect(steps).toBeGreaterThan(4);
    expect(await night()).toMatchObject({ accounts: 60, verdict: "equal" });
    expect(accountShardName("x", 1)).toBe("0");
  });

  test("of an older period is left to the newest", async () => {
    expect(await checkParity("2020-01-01", step, ports().parity)).toMatchObject({ verdict: "not_run" });
  });
});
