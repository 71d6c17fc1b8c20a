import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import type { AccountFilter, AccountPage } from "../../src/api/ports.ts";
import type { AccountChange } from "../../src/domain/change.ts";
import type { DeadLetter } from "../../src/domain/intake/dead-letter.ts";
import type { Risk90 } from "../../src/domain/risk/model.ts";
import type { Env } from "../../src/env.ts";
import { accountLists } from "../../src/platform/d1/account-lists.ts";
import { deadLetterLists } from "../../src/platform/d1/dead-letter-lists.ts";
import { readModelStore } from "../../src/platform/d1/read-model-store.ts";
import { toAccountRow } from "../../src/domain/account-row.ts";
import changeOfAWeek from "../../migrations/0020_change_of_a_week.sql?raw";
import { changeOf } from "../support/api-changes.ts";

const db = (env as unknown as Env).DB;
const store = readModelStore(db);
const lists = accountLists(db);

const all: AccountFilter = { bands: [], segments: [], owners: [], disagreement: null, scorecard: null, q: null, accountIds: null };
const page = (difference: Partial<AccountPage> = {}): AccountPage => ({
  sort: "name",
  descending: false,
  limit: 100,
  after: null,
  ...difference,
});
const found = async (filter: Partial<AccountFilter> = {}, wanted: Partial<AccountPage> = {}) =>
  (await lists.accounts({ ...all, ...filter }, page(wanted))).items.map((item) => item.accountId);

beforeEach(async () => {
  await db.batch(["accounts", "account_shards", "projection_state", "dead_letters"].map((table) => db.prepare(`DELETE FROM ${table}`)));
});

describe("read models of accounts", () => {
  it("give back what a change said", async () => {
    const change = changeOf("acme", {
      name: "Acme 'GmbH' \u{1f600}",
      domains: ["acme.com"],
      externalIds: { zendesk: ["4711"] },
      moves: [{ measure: "m", title: "M", delta: -1.25, from: 2, to: 0.75, cause: "data" }],
      arrMinor: 1_200_000,
      currency: "EUR",
      changeByConfiguration: -0.30000000000000004,
      waitingBand: { band: "at_risk", at: 1_764_000_000_000 },
      score: 61.400000000000006,
    });
    await store.keepAccounts([change]);
    const { newestReceivedAt, ...listing } = change;
    expect(newestReceivedAt).toBeNull();
    expect((await lists.accounts(all, page())).items).toEqual([listing]);
  });

  it.each([
    [null, "all"],
    ["large", "segment"],
  ])("read a forecast that was kept before it told its scope: learned from %s", async (segment, scope) => {
    const learnedFrom = { segment, rows: 900, accounts: 100, losses: 60 } as Risk90["learnedFrom"];
    await store.keepAccounts([changeOf("acme", { risk90: { probability: 0.1, low: 0.05, high: 0.2, model: "2026-10", learnedFrom } })]);
    expect((await lists.accounts(all, page())).items[0]?.risk90?.learnedFrom).toEqual({ ...learnedFrom, scope });
  });

  it("keep the newer of two changes in whatever order they come, and the same one twice as once", async () => {
    const changes = [
      changeOf("a", { number: 2, name: "two" }),
      changeOf("a", { epoch: 2, number: 1, name: "rebuilt" }),
      changeOf("a", { number: 9, name: "nine" }),
    ];
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 0, 2, 1],
    ]) {
      await db.prepare("DELETE FROM accounts").run();
      for (const i of order) await store.keepAccounts([changes[i] as AccountChange]);
      expect((await lists.accounts(all, page())).items.map(({ name }) => name)).toEqual(["rebuilt"]);
    }
  });

  it("take a batch beyond the size of one statement", async () => {
    const many = Array.from({ length: 1_500 }, (_, i) => changeOf(`a${i}`, { name: "x".repeat(800) }));
    await store.keepAccounts(many);
    expect((await lists.accounts(all, page({ limit: 1 }))).total).toBe(1_500);
  });

  it("drop a deleted account from lists", async () => {
    await store.keepAccounts([changeOf("a"), changeOf("b", { deleted: true })]);
    expect(await found()).toEqual(["a"]);
  });

  it("remember which shards have accounts", async () => {
    await store.keepAccounts([changeOf("a", { shard: `s-${crypto.randomUUID()}` })]);
    expect((await db.prepare("SELECT count(*) AS n FROM account_shards").first<{ n: number }>())?.n).toBe(1);
  });

  it("filter by band, segment, owner and text, and take accounts without a segment", async () => {
    await store.keepAccounts([
      changeOf("a", { band: "healthy", segment: "big", owner: "ann" }),
      changeOf("b", { band: "critical", segment: null, owner: "bob", name: "Böse & Söhne" }),
      changeOf("c", { band: "critical", segment: "small", owner: "ann", domains: ["c%_.example"] }),
    ]);
    expect(await found({ bands: ["critical"] })).toEqual(["b", "c"]);
    expect(await found({ segments: [null, "small"] })).toEqual(["b", "c"]);
    expect(await found({ owners: ["ann"], bands: ["critical"] })).toEqual(["c"]);
    expect(await found({ q: "BÖSE" })).toEqual(["b"]);
    expect(await found({ q: "%_." })).toEqual(["c"]);
    expect(await found({ accountIds: ["a", "c", "zzz"] })).toEqual(["a", "c"]);
  });

  it("filter, sort and page by any scorecard, as the account's own or beside it", async () => {
    const beside = (score: number | null, band: AccountChange["band"]) => [{ scorecard: "self_serve", score, band, confidence: 0.7 }];
    await store.keepAccounts([
      changeOf("a", { scorecard: "standard", score: 90, band: "healthy", sideScores: beside(20, "critical") }),
      changeOf("b", { scorecard: "self_serve", score: 50, band: "at_risk" }),
      changeOf("c", { scorecard: "standard", score: 10, band: "critical" }),
      changeOf("d", { scorecard: "standard", score: 30, band: "critical", sideScores: beside(85, "healthy") }),
      changeOf("e", { scorecard: "standard", score: 70, band: "watch", sideScores: beside(null, "not_enough_data") }),
    ]);
    const scorecard = "self_serve";
    expect(await found({ scorecard }, { sort: "score", descending: true })).toEqual(["d", "b", "a", "e"]);
    expect(await found({ scorecard, bands: ["critical", "at_risk"] })).toEqual(["a", "b"]);
    expect(await found({ scorecard: "standard" }, { sort: "score" })).toEqual(["c", "d", "e", "a"]);
    expect(await found({ scorecard: "nobody" })).toEqual([]);
    const paged: string[] = [];
    let after: AccountPage["after"] = null;
    for (let pages = 0; pages < 4; pages++) {
      const { items, lastValue } = await lists.accounts({ ...all, scorecard }, page({ sort: "score", limit: 1, after }));
      paged.push(...items.map(({ accountId }) => accountId));
      after = { value: lastValue, id: items[0]?.accountId ?? "" };
    }
    expect(paged).toEqual(["a", "b", "d", "e"]);
    const [listed] = (await lists.accounts({ ...all, scorecard }, page({ limit: 1 }))).items;
    expect(listed).toMatchObject({ scorecard: "standard", sideScores: beside(20, "critical") });
  });

  it("sort by what the customers did, whatever a publication did to all of them, and count it", async () => {
    await store.keepAccounts([
      changeOf("a", { score: 60, scoreDayAgo: 70, changeByConfiguration: -9.5 }),
      changeOf("b", { score: 68, scoreDayAgo: 70 }),
      changeOf("c", { score: 65, scoreDayAgo: 70, changeByConfiguration: -8 }),
      changeOf("d", { score: 61, scoreDayAgo: 70, changeByConfiguration: -9 }),
      changeOf("e", { score: 61, scoreDayAgo: null }),
    ]);
    expect(await found({}, { sort: "moved" })).toEqual(["b", "a", "d", "c", "e"]);
    expect(await found({}, { sort: "change" })).toEqual(["a", "d", "c", "b", "e"]);
    const { items, risen, fallen } = await lists.portfolio(null);
    expect(items.map(({ accountId }) => accountId)).toEqual(["c", "b", "a", "d", "e"]);
    expect({ risen, fallen }).toEqual({ risen: 1, fallen: 2 });
  });

  it("sort by the change of a week, and know it of rows that older code has written", async () => {
    const week = (then: number | null) => [...Array.from({ length: 82 }, () => 90), then, 1, 1, 1, 1, 1, 1, 60];
    await store.keepAccounts([
      changeOf("a", { scoreDays: week(70) }),
      changeOf("b", { scoreDays: week(80.004), changeWeekByConfiguration: -15 }),
      changeOf("c", { scoreDays: week(null) }),
      changeOf("d", { scoreDays: [66, 60] }),
      changeOf("e", { scoreDays: week(50) }),
    ]);
    const weekly = async () => await found({}, { sort: "changeWeek" });
    expect(await weekly()).toEqual(["b", "a", "e", "c", "d"]);
    const rows = (await lists.accounts(all, page())).items.map(toAccountRow);
    expect(rows.map(({ scoreWeekAgo, changeWeek }) => [scoreWeekAgo, changeWeek])).toEqual([
      [70, -10],
      [80, -20],
      [null, null],
      [null, null],
      [50, 10],
    ]);
    expect(rows.map((row) => row.changeWeekByConfiguration)).toEqual([0, -15, null, null, 0]);
    expect(await found({}, { sort: "movedWeek" })).toEqual(["a", "b", "e", "c", "d"]);
    await db.prepare("UPDATE accounts SET change_week = NULL").run();
    await db.prepare(changeOfAWeek.split("--> statement-breakpoint")[1] as string).run();
    expect(await weekly()).toEqual(["b", "a", "e", "c", "d"]);
  });

  it.each([
    "moved",
    "movedWeek",
    "change",
    "changeWeek",
    "score",
    "name",
    "events",
    "lastEventAt",
    "openTickets",
    "activeUsers28d",
    "arr",
    "renewalDate",
    "confidence",
  ] as const)("come in the order of %s page by page, each once, those without it last", async (sort) => {
    const value = (i: number): Partial<AccountChange> => {
      const n = i % 4 === 3 ? null : i % 3;
      return {
        score: n,
        scoreDayAgo: 5,
        scoreDays: [...Array.from({ length: 82 }, () => null), 7, 1, 1, 1, 1, 1, 1, n],
        changeByConfiguration: i % 2 === 0 ? 0.7 : undefined,
        name: n === null ? null : `n${n}`,
        events: n ?? 0,
        lastEventAt: n,
        openTickets: n ?? 0,
        activeUsers28d: n ?? 0,
        arrMinor: n,
        renewalDate: n === null ? null : `2026-01-0${n + 1}`,
        confidence: (n ?? 0) / 10,
      };
    };
    await store.keepAccounts(Array.from({ length: 23 }, (_, i) => changeOf(`a${String(i).padStart(2, "0")}`, value(i))));
    for (const descending of [false, true]) {
      const whole = await found({}, { sort, descending });
      const paged: string[] = [];
      for (let after: AccountPage["after"] = null; ;) {
        const part = await lists.accounts(all, page({ sort, descending, limit: 5, after }));
        paged.push(...part.items.map((item) => item.accountId));
        if (part.items.length < 5) break;
        after = { value: part.lastValue, id: part.items.at(-1)?.accountId ?? "" };
      }
      expect(paged).toEqual(whole);
      expect(new Set(paged).size).toBe(23);
    }
  });

  it("add up to a portfolio", async () => {
    const arrUnconverted = [
      { amount: 7, currency: "SEK" },
      { amount: 3, currency: "EUR" },
    ];
    await store.keepAccounts([
      changeOf("a", {
        band: "healthy",
        score: 80,
        scoreDayAgo: 70,
        changeByConfiguration: 3,
        arrMinor: 100,
        currency: "EUR",
        segment: "big",
        owner: "ann",
        configVersion: "9",
      }),
      changeOf("b", {
        band: "healthy",
        score: 90,
        scoreDayAgo: 95,
        arrMinor: 50,
        currency: "USD",
        segment: "big",
        owner: null,
        setAside: true,
        configVersion: "10",
      }),
      changeOf("c", {
        band: "not_enough_data",
        score: 50,
        scoreDayAgo: 50,
        segment: null,
        owner: "ann",
        configVersion: "9",
        arrUnconverted,
      }),
      changeOf("d", { deleted: true }),
    ]);
    await store.completeTo(9);
    await store.completeTo(5);
    const { items, ...figures } = await lists.portfolio(null);
    expect(items.map((item) => item.accountId)).toEqual(["a", "b", "c"]);
    expect(figures).toEqual({
      accounts: 3,
      scored: 2,
      averageScore: 85,
      averageScoreDayAgo: 82.5,
      averageChangeByConfiguration: 1.5,
      risen: 1,
      fallen: 1,
      setAside: 1,
      bands: expect.arrayContaining([
        { band: "healthy", accounts: 1, currency: "EUR", arrMinor: 100, unconverted: 0 },
        { band: "healthy", accounts: 1, currency: "USD", arrMinor: 50, unconverted: 0 },
        { band: "not_enough_data", accounts: 1, currency: null, arrMinor: 0, unconverted: 1 },
      ]) as unknown,
      unconverted: [
        { band: "not_enough_data", currency: "EUR", amount: 3 },
        { band: "not_enough_data", currency: "SEK", amount: 7 },
      ],
      segments: [
        { value: "big", accounts: 2 },
        { value: null, accounts: 1 },
      ],
      owners: [
        { value: "ann", accounts: 2 },
        { value: null, accounts: 1 },
      ],
      configVersions: { least: "9", greatest: "10" },
      asOf: 9,
    });
    expect((await lists.portfolio(["b"])).accounts).toBe(1);
  });
});

describe("copies of dead letters", () => {
  const letter = (id: string, difference: Partial<DeadLetter> = {}): DeadLetter => ({
    id,
    kind: "quarantined",
    reason: "id_conflict",
    detail: "d",
    connectionId: "con",
    connector: "native",
    type: "t",
    eventId: "e",
    at: 5,
    tries: 0,
    status: "open",
    line: "{}",
    ...difference,
  });
  const letters = deadLetterLists(db);
  const ids = async (status: string) =>
    (await letters.deadLetters({ status, reason: null, connectionId: null }, { limit: 10, after: null })).map(({ id }) => id);

  it("never open again what a person has closed, whatever copy comes late", async () => {
    await store.keepDeadLetters([letter("0-1"), letter("0-2")]);
    await store.keepDeadLetters([letter("0-1", { status: "replayed" })]);
    await store.keepDeadLetters([letter("0-1")]);
    expect([await ids("open"), await ids("replayed")]).toEqual([["0-2"], ["0-1"]]);
  });

  it("are listed newest first, page by page, and grouped by reason", async () => {
    await store.keepDeadLetters([letter("0-1", { at: 5 }), letter("0-2", { at: 7, reason: "other" }), letter("0-3", { at: 5 })]);
    const filter = { status: "open", reason: null, connectionId: null };
    const first = await letters.deadLetters(filter, { limit: 2, after: null });
    const rest = await letters.deadLetters(filter, { limit: 2, after: { at: 5, id: "0-3" } });
    expect([...first, ...rest].map(({ id }) => id)).toEqual(["0-2", "0-3", "0-1"]);
    expect(await letters.deadLetterGroups()).toEqual([
      { kind: "quarantined", reason: "id_conflict", open: 2 },
      { kind: "quarantined", reason: "other", open: 1 },
    ]);
  });
});
