import { describe, expect, test } from "vitest";
import type { Edge, EdgeEvidence } from "../../../src/domain/identity/messages.ts";
import { emptyRecord, linkKey, observeKey, unlinkKey, type KeyChange, type KeyRecord } from "../../../src/domain/identity/record.ts";
import { keyErasMax } from "../../../src/domain/limits.ts";

const key = "user|u1";
const edge = (accountId: string, evidence: EdgeEvidence): Edge => ({ key, accountId, evidence, author: "test", at: 0 });
const link = (record: KeyRecord, accountId: string, evidence: EdgeEvidence, now: number): KeyChange =>
  linkKey(record, edge(accountId, evidence), now);
const leads = (record: KeyRecord): string | null => record.eras.at(-1)?.accountId ?? null;

describe("a key's record", () => {
  test("a first link leads to its account and nobody loses", () => {
    const { record, losers } = link(emptyRecord(key), "a", "person", 10);
    expect({ leads: leads(record), version: record.version, losers }).toEqual({ leads: "a", version: 1, losers: [] });
  });

  test("linking twice changes nothing the second time", () => {
    const { record } = link(emptyRecord(key), "a", "person", 10);
    expect(link(record, "a", "person", 20)).toEqual({ changed: false, record, losers: [] });
  });

  test("a person's second link moves the key and the first account gives back", () => {
    const { record } = link(emptyRecord(key), "a", "person", 10);
    const moved = link(record, "b", "person", 20);
    expect({
      leads: leads(moved.record),
      losers: moved.losers,
      version: moved.record.version,
      edges: moved.record.edges.map((e) => e.accountId),
    }).toEqual({
      leads: "b",
      losers: ["a"],
      version: 2,
      edges: ["b"],
    });
  });

  test("a person's link beats weaker evidence, which loses", () => {
    const { record } = observeKey(emptyRecord(key), ["a"], 10);
    expect(link(record, "b", "person", 20)).toMatchObject({ changed: true, losers: ["a"] });
  });

  test.each<EdgeEvidence>(["crm", "identify", "observed"])(
    "equal %s evidence for two accounts is ambiguous and takes nothing away",
    (evidence) => {
      const { record } = link(emptyRecord(key), "a", evidence, 10);
      const two = link(record, "b", evidence, 20);
      expect({ leads: leads(two.record), losers: two.losers, holders: two.record.holders }).toEqual({
        leads: null,
        losers: [],
        holders: ["a"],
      });
    },
  );

  test("a person ends an ambiguity: the account that is not meant gives back", () => {
    const two = link(link(emptyRecord(key), "a", "crm", 10).record, "b", "crm", 20).record;
    expect(link(two, "b", "person", 30).losers).toEqual(["a"]);
    expect(link(two, "a", "person", 30).losers).toEqual([]);
  });

  test("what an event shows never counts beside better evidence", () => {
    const { record } = link(emptyRecord(key), "a", "identify", 10);
    expect(observeKey(record, ["b"], 20).changed).toBe(false);
  });

  test("a key seen with two accounts in one call has never led to either", () => {
    const { record } = observeKey(emptyRecord(key), ["a", "b", "a"], 10);
    expect({ eras: record.eras, version: record.version, edges: record.edges.map((e) => e.accountId) }).toEqual({
      eras: [],
      version: 1,
      edges: ["a", "b"],
    });
  });

  test("two changes in one millisecond have instants of their own", () => {
    const two = link(link(emptyRecord(key), "a", "crm", 10).record, "b", "crm", 10).record;
    expect(two.eras.map(({ from, accountId }) => ({ from, accountId }))).toEqual([
      { from: 10, accountId: "a" },
      { from: 11, accountId: null },
    ]);
  });

  test("an unlinked account loses, and weaker evidence does not tie it again", () => {
    const { record } = observeKey(emptyRecord(key), ["a"], 10);
    const un = unlinkKey(record, { accountId: "a", author: "t", at: 20 }, 20);
    expect({ leads: leads(un.record), losers: un.losers, version: un.record.version }).toEqual({ leads: null, losers: ["a"], version: 2 });
    expect(observeKey(un.record, ["a"], 30).changed).toBe(false);
    expect(link(un.record, "a", "crm", 30).changed).toBe(false);
    expect(leads(link(un.record, "a", "person", 30).record)).toBe("a");
  });

  test("unlinking a person's word lets the weaker evidence lead again", () => {
    const weak = link(emptyRecord(key), "b", "crm", 10).record;
    const strong = link(weak, "a", "person", 20).record;
    const un = unlinkKey(strong, { accountId: "a", author: "t", at: 30 }, 30);
    expect({ leads: leads(un.record), losers: un.losers }).toEqual({ leads: "b", losers: ["a"] });
  });

  test("unlinking what is not linked changes nothing", () => {
    expect(unlinkKey(emptyRecord(key), { accountId: "a", author: "t", at: 10 }, 10).changed).toBe(false);
  });

  test("a moved key leads to its new account for all the time it led to the old one", () => {
    const moved = link(link(emptyRecord(key), "a", "person", 10).record, "b", "person", 20).record;
    expect(moved.eras).toEqual([{ from: 10, accountId: "b", priority: 0 }]);
  });

  test("its eras are bounded however often people change their mind", () => {
    let record = emptyRecord(key);
    for (let i = 0; i < 100; i++)
      record = (i % 2 === 0 ? link(record, `a${i}`, "crm", i) : unlinkKey(record, { accountId: `a${i - 1}`, author: "t", at: i }, i))
        .record;
    for (let i = 0; i < 100; i++) record = link(record, "x", i % 2 === 0 ? "crm" : "person", 200 + i).record;
    expect(record.eras.length).toBeLessThanOrEqual(keyErasMax);
  });
});
