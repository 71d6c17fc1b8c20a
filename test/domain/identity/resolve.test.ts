import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EdgeEvidence, KeyView } from "../../../src/domain/identity/messages.ts";
import { emptyRecord, linkKey, observeKey, toView, unlinkKey, type KeyRecord } from "../../../src/domain/identity/record.ts";
import { resolveAt, resolveRoute } from "../../../src/domain/identity/resolve.ts";

const linked = (key: string, accountId: string, evidence: EdgeEvidence, at: number): KeyRecord =>
  linkKey(emptyRecord(key), { key, accountId, evidence, author: "test", at }, at).record;
const viewsOf = (...records: KeyRecord[]) => {
  const views = new Map<string, KeyView>(records.map((record) => [record.key, toView(record)]));
  return (key: string): KeyView | null => views.get(key) ?? null;
};

describe("resolving a set of keys", () => {
  test("nothing linked resolves to nobody", () => {
    expect(resolveAt(["user|u", "domain|x.io"], viewsOf(), 5)).toEqual({ status: "unlinked" });
  });

  test("the strongest kind of key decides and the disagreement is told", () => {
    const views = viewsOf(linked("domain|x.io", "a", "person", 1), linked("external:zendesk|7", "b", "observed", 1));
    expect(resolveAt(["domain|x.io", "external:zendesk|7"], views, 5)).toEqual({
      status: "linked",
      accountId: "b",
      key: "external:zendesk|7",
      version: 1,
      conflicts: [{ key: "domain|x.io", accountId: "a" }],
    });
  });

  test("of two keys of one kind the better evidence decides", () => {
    const views = viewsOf(linked("external:a|1", "a", "identify", 1), linked("external:b|1", "b", "crm", 1));
    expect(resolveAt(["external:a|1", "external:b|1"], views, 5)).toMatchObject({ accountId: "b" });
  });

  test("an account id leads to itself, whatever else is linked", () => {
    expect(resolveAt(["account|x", "user|u"], viewsOf(linked("user|u", "b", "person", 1)), 5)).toMatchObject({
      accountId: "x",
      version: 0,
    });
  });

  test("an ambiguous key leaves the decision to a weaker one, and is ambiguous where there is none", () => {
    const two = linkKey(linked("user|u", "a", "crm", 1), { key: "user|u", accountId: "b", evidence: "crm", author: "t", at: 2 }, 2).record;
    expect(resolveAt(["user|u", "domain|x.io"], viewsOf(two, linked("domain|x.io", "c", "crm", 1)), 5)).toMatchObject({ accountId: "c" });
    expect(resolveAt(["user|u"], viewsOf(two), 5)).toEqual({ status: "ambiguous", key: "user|u", accountIds: ["a", "b"] });
  });

  test("free-mail domains never join", () => {
    expect(resolveAt(["domain|gmail.com"], viewsOf(linked("domain|gmail.com", "a", "person", 1)), 5)).toEqual({ status: "unlinked" });
  });

  test("an event keeps the account it had when a stronger key is linked later", () => {
    const views = viewsOf(linked("domain|x.io", "a", "crm", 1), linked("user|u", "b", "person", 10));
    expect(resolveAt(["user|u", "domain|x.io"], views, 5)).toMatchObject({ accountId: "a", key: "domain|x.io" });
    expect(resolveAt(["user|u", "domain|x.io"], views, 10)).toMatchObject({ accountId: "b", key: "user|u" });
    expect(resolveRoute(["user|u", "domain|x.io"], views)).toMatchObject({ byTime: true, resolution: { accountId: "b" } });
  });

  test("an event that waited belongs to the first link that came", () => {
    const views = viewsOf(linked("domain|x.io", "a", "crm", 10), linked("user|u", "b", "person", 20));
    expect(resolveAt(["user|u", "domain|x.io"], views, 5)).toMatchObject({ accountId: "a" });
  });

  test("one linked key needs no look at the time; two do, also where they agree: the one that decided is remembered", () => {
    const views = viewsOf(linked("domain|x.io", "a", "crm", 1), linked("user|u", "a", "person", 10));
    expect(resolveRoute(["user|none", "domain|x.io"], views).byTime).toBe(false);
    expect(resolveRoute(["user|u", "domain|x.io"], views).byTime).toBe(true);
    expect([5, 10].map((at) => resolveAt(["user|u", "domain|x.io"], views, at))).toMatchObject([{ key: "domain|x.io" }, { key: "user|u" }]);
  });
});

/**
 * The law that makes a link safe while events are in flight. An event is resolved once at some point of the history (and applied there, or
 * parked), then again after any number of further changes. The second time it finds the same account, unless that account was told to give
 * back what the deciding key had brought it.
 */
describe("working an event again after links have changed", () => {
  const keys = ["external:crm|1", "user|u", "domain|x.io"];
  const step = fc.record({
    key: fc.constantFrom(...keys),
    accountId: fc.constantFrom("a", "b", "c"),
    act: fc.constantFrom<EdgeEvidence | "unlink">("person", "crm", "identify", "observed", "unlink"),
  });

  test("finds the same account as long as the edge that decided stands", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 24 }), fc.nat(24), (steps, receivedAfter) => {
        const records = new Map(keys.map((key) => [key, emptyRecord(key)]));
        const receivedAt = receivedAfter * 10 + 5;
        let first: { key: string; accountId: string } | null = null;
        for (const [i, { key, accountId, act }] of steps.entries()) {
          const now = (i + 1) * 10;
          const record = records.get(key) as KeyRecord;
          const change =
            act === "unlink"
              ? unlinkKey(record, { accountId, author: "t", at: now }, now)
              : act === "observed"
                ? observeKey(record, [accountId], now)
                : linkKey(record, { key, accountId, evidence: act, author: "t", at: now }, now);
          records.set(key, change.record);
          if (now < receivedAt) continue;
          if (first !== null && first.key === key && change.losers.includes(first.accountId)) first = null;
          const resolution = resolveAt(keys, (k) => toView(records.get(k) as KeyRecord), receivedAt);
          if (first !== null) expect(resolution).toMatchObject({ status: "linked", accountId: first.accountId });
          else if (resolution.status === "linked") first = { key: resolution.key, accountId: resolution.accountId };
        }
      }),
      { numRuns: 3_000 },
    );
  });

  test("the route's shortcut says the same as the time of each event", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 16 }), fc.nat(200), (steps, receivedAt) => {
        const records = new Map(keys.map((key) => [key, emptyRecord(key)]));
        for (const [i, { key, accountId, act }] of steps.entries()) {
          const record = records.get(key) as KeyRecord;
          const now = (i + 1) * 10;
          const change =
            act === "unlink"
              ? unlinkKey(record, { accountId, author: "t", at: now }, now)
              : linkKey(record, { key, accountId, evidence: act, author: "t", at: now }, now);
          records.set(key, change.record);
        }
        const viewOf = (key: string): KeyView => toView(records.get(key) as KeyRecord);
        const route = resolveRoute(keys, viewOf);
        const exact = resolveAt(keys, viewOf, receivedAt);
        if (!route.byTime) expect(route.resolution).toEqual(exact);
      }),
      { numRuns: 2_000 },
    );
  });
});
