import { beforeEach, describe, expect, test } from "vitest";
import type { Configuration } from "../../../src/domain/config/active.ts";
import { type ConfigDocument, shippedDocuments } from "../../../src/domain/config/document.ts";
import { hash32 } from "../../../src/domain/hash.ts";
import { noteCharsMax, riskRowsMax } from "../../../src/domain/limits.ts";
import type { AccountHistory } from "../../../src/domain/risk/history.ts";
import type { RiskModel } from "../../../src/domain/risk/model.ts";
import type { RiskReport } from "../../../src/domain/risk/report.ts";
import { monthlyJob } from "../../../src/reports/monthly-job.ts";
import type { BackTestPorts, RiskPart } from "../../../src/reports/ports.ts";
import type { StepRunner } from "../../../src/reports/work.ts";
import { AS_OF, type LogOdds, worldOf } from "../../support/risk-worlds.ts";

const period = "2026-10";
const known: LogOdds = ({ usage = 50 }) => -3 - 0.05 * (usage - 50);
const ofRelationship = worldOf({ seed: 1, accounts: 200, months: 12, logOdds: ({ relationship = 50 }) => -3 - 0.05 * (relationship - 50) });
const none: LogOdds = () => -3.4;

const once: StepRunner = (_name, work) => work();
const twice: StepRunner = async (_name, work) => {
  await work();
  return work();
};

/** Shards with these accounts, and stores in memory. */
function deployment(histories: readonly AccountHistory[], shards = 70, accounts = histories.length) {
  const stored = new Map<string, { report: RiskReport; model: RiskModel | null }>();
  const parts = new Map<string, RiskPart>();
  const forgotten: number[] = [];
  const told: number[] = [];
  const asked: string[] = [];
  const names = Array.from({ length: shards }, (_, i) => String(i)).sort();
  const state = { active: null as Configuration | null, draft: null as ConfigDocument | null };
  const ports: BackTestPorts = {
    now: () => AS_OF + 5,
    book: {
      countAccounts: async () => accounts,
      shards: async (after, limit) => names.filter((name) => after === null || name > after).slice(0, limit),
      async histories(shard, { asOf, accountsShare, after }) {
        asked.push(`${shard} ${asOf} ${accountsShare}`);
        const own = histories.filter(({ account }) => String(hash32(account) % shards) === shard && (after === null || account > after));
        const page = own.sort((a, b) => (a.account < b.account ? -1 : 1)).slice(0, 3);
        return {
          histories: page,
          accounts: page.length,
          withoutSubscription: 0,
          next: own.length > 3 ? (page.at(-1)?.account ?? null) : null,
        };
      },
    },
    note: () => undefined,
    parts: {
      put: async (of, part, read) => void parts.set(`${of}/${part}`, structuredClone(read)),
      async get(of, part) {
        const found = parts.get(`${of}/${part}`);
        if (found === undefined) throw new Error("no such part");
        return structuredClone(found);
      },
      async remove(of) {
        for (const key of parts.keys()) if (key.startsWith(`${of}/`)) parts.delete(key);
      },
      removeForgotten: async () => void forgotten.push(parts.size),
    },
    results: {
      keep: async (report, model) => void stored.set(report.period, structuredClone({ report, model })),
      async read(of) {
        const found = stored.get(of);
        return found === undefined ? null : { ...found, newest: [...stored.keys()].sort().at(-1) ?? of };
      },
      forget: async () => 0,
    },
    config: {
      active: async () => state.active,
      async put(next) {
        if (next.version !== (state.active?.version ?? 0) + 1) return false;
        state.active = next;
        return true;
      },
      spread: async (version) => void told.push(version),
      draft: async () => ({ draft: state.draft, lastVersion: 0 }),
      async saveDraft(draft, revision) {
        if ((state.draft?.revision ?? 0) !== revision) return false;
        state.draft = draft;
        return true;
      },
    },
  };
  const run = (month: string, step: StepRunner = once) => monthlyJob(ports)(month, step) as Promise<{ backTest: Record<string, unknown> }>;
  return { run, stored, parts, forgotten, told, asked, state };
}

describe("a month that can be learned from", () => {
  const histories = worldOf({ seed: 1, accounts: 200, months: 12, logOdds: known });
  let found: ReturnType<typeof deployment>;
  beforeEach(() => void (found = deployment(histories)));

  test("reads every account of every shard, and puts one model in force, told to those who score; each step may run twice", async () => {
    const { backTest } = await found.run(period, twice);
    // The second time it is in force already.
    expect(backTest).toMatchObject({ accounts: 200, learned: 1, configVersion: null });
    expect(new Set(found.asked).size).toBe(70);
    expect(found.asked[0]).toBe(`0 ${AS_OF} 1`);
    expect([found.state.active?.version, found.state.active?.risk?.period, found.told]).toEqual([1, period, [1]]);
    expect(found.stored.get(period)?.report.sample).toMatchObject({ accounts: 200, withoutSubscription: 0, accountsShare: 1 });
    expect(found.parts.size).toBe(0);
  });

  test("the same accounts in other shards give the same report to the last bit", async () => {
    await found.run(period);
    const other = deployment(histories, 5);
    await other.run(period);
    expect(other.stored.get(period)).toEqual(found.stored.get(period));
  });

  test("leaves weights that would have done better as a draft, and publishes none", async () => {
    found = deployment(ofRelationship);
    await found.run(period);
    const { draft, active } = found.state;
    expect(draft).toMatchObject({ kind: "scorecards", key: "standard", version: 1, status: "draft", author: "monthly job" });
    expect(draft?.note).toMatch(
      /^Weights proposed by the back-test of 2026-10, learned from \d+ losses among \d+ account-months\. Better than today's in [34] of 4 trials on later months\. /,
    );
    expect(draft?.note).toMatch(/ Two-way contact: 5\.3 → [\d.]+ % \([\d.]+ to [\d.]+; \d+ losses among \d+\)\. /);
    expect(draft?.note).toContain(" People in touch: 4.5 → ");
    expect(draft?.note?.length).toBeLessThanOrEqual(noteCharsMax);
    const weightsOf = (document: unknown) =>
      (document as { dimensions: { key: string; weight: number }[] }).dimensions.map(({ key, weight }) => [key, weight] as const);
    const own = new Map(weightsOf(shippedDocuments("scorecards").get("standard")));
    const proposed = new Map(weightsOf(draft?.document));
    // Usage and support told nothing of losses. What was not measured keeps its part.
    expect(proposed.get("relationship")).toBeGreaterThan(2 * (own.get("relationship") ?? 0));
    expect(proposed.get("commercial")).toBe(own.get("commercial"));
    const inside = (document: unknown) =>
      (document as { dimensions: { measures: { key: string; weight: number }[] }[] }).dimensions.map(({ measures }) =>
        measures.map(({ key, weight }) => [key, weight]),
      );
    // One measure of each dimension was measured: there was nothing to weigh it against.
    expect(inside(draft?.document)).toEqual(inside(shippedDocuments("scorecards").get("standard")));
    expect(found.stored.get(period)?.report.weights).toMatchObject([{ scorecard: "standard", kept: null, draft: "saved" }]);
    expect(active?.scorecards).toEqual({});
  });

  test("a draft that a person has saved, or that runs in shadow, stays as it is", async () => {
    const theirs = { kind: "scorecards", key: "standard", version: 1, status: "draft", revision: 4, document: {}, author: "tok_1", at: 1, note: null } as const; // prettier-ignore
    for (const draft of [theirs, { ...theirs, author: "monthly job", status: "shadow" as const }]) {
      found = deployment(ofRelationship);
      found.state.draft = draft;
      await found.run(period);
      expect(found.state.draft).toEqual(draft);
      expect(found.stored.get(period)?.report.weights).toMatchObject([{ draft: "other_draft" }]);
    }
  });

  test("an older month that is tested later changes nothing that is in force", async () => {
    await found.run(period);
    const before = structuredClone(found.state);
    await found.run("2026-09");
    expect(found.state).toEqual(before);
    expect([...found.stored.keys()]).toEqual([period, "2026-09"]);
  });

  test("of a book too great to be read whole a part of the accounts stands for all", async () => {
    const many = deployment(histories, 3, 10_000);
    await many.run(period);
    expect(many.asked[0]).toBe(`0 ${AS_OF} ${riskRowsMax / (24 * 10_000)}`);
    expect(many.stored.get(period)?.report.sample.accountsShare).toBe(riskRowsMax / (24 * 10_000));
  });
});

test("a run that fails for good leaves nothing that it read of customers, and asks first for what others have left", async () => {
  const found = deployment(worldOf({ seed: 1, accounts: 20, logOdds: known }));
  const failing: StepRunner = async (name, work) => {
    if (name !== "learn") return work();
    expect(found.parts.size).toBeGreaterThan(0);
    throw new Error("out of memory");
  };
  found.parts.set("2026-09/0", { accounts: 0, withoutSubscription: 0, histories: [] });
  await expect(found.run(period, failing)).rejects.toThrow("out of memory");
  expect([[...found.parts.keys()], found.forgotten]).toEqual([["2026-09/0"], [1]]);
});

describe("a month that cannot", () => {
  test("says why, and ends the model of the month before", async () => {
    const good = deployment(worldOf({ seed: 1, accounts: 200, months: 12, logOdds: known }));
    await good.run(period);
    const bad = deployment(worldOf({ seed: 1, accounts: 200, months: 12, logOdds: none }));
    bad.state.active = good.state.active;
    await bad.run("2026-11");
    expect(bad.stored.get("2026-11")).toMatchObject({ model: null, report: { forecasts: [{ declined: { reason: "no_ranking_skill" } }] } });
    expect([bad.state.active?.version, bad.state.active?.risk, bad.told]).toEqual([2, null, [2]]);
  });

  test("with an empty book nothing is published", async () => {
    const empty = deployment([]);
    expect(await empty.run(period)).toMatchObject({ backTest: { accounts: 0, rows: 0, losses: 0, learned: 0, configVersion: null } });
    expect(empty.stored.get(period)?.report.forecasts).toMatchObject([{ declined: { reason: "too_few_losses", losses: 0, needed: 50 } }]);
    expect([empty.state.active, empty.told]).toEqual([null, []]);
  });
});
