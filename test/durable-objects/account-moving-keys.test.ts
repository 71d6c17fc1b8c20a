import { runInDurableObject } from "cloudflare:test";
import { describe, expect, test, vi } from "vitest";
import type { GiveBackOutbox } from "../../durable-objects/account-shard/give-back-outbox.ts";
import { mergeKey } from "../../src/domain/account/edge.ts";
import { type Event, toLine } from "../../src/domain/event.ts";
import { EventOutcome } from "../../src/domain/outcome.ts";
import type { DeadLetter } from "../../src/domain/intake/dead-letter.ts";
import { callOf } from "../support/account-builders.ts";
import { standingOf } from "../support/account-inside.ts";
import { asOfStep } from "../support/account-schema.ts";
import { name, faults, shard, stub, crash, drive, document, recent } from "../support/account-one-shard.ts";

const { applied, repeat, quarantined, waiting } = EventOutcome;

describe("a key that moves", () => {
  test("takes its events along: the account is folded without them and gives them back until somebody has them", async () => {
    const byUser = (id: string) => ({
      account: "a",
      event: recent({ id, keys: ["user|u"], user: { id: "u" } }),
      key: "user|u",
      version: 1,
    });
    const own = recent({ id: "own" });
    await shard().apply(callOf([byUser("1"), byUser("2"), { account: "a", event: own }]));
    expect(await shard().release("a", "user|u", 2)).toEqual({ released: 2, mergedInto: null, isUnderWay: false });
    expect(await shard().release("a", "user|u", 2)).toEqual({ released: 0, mergedInto: null, isUnderWay: false });
    expect((await document("a")).events).toBe(1);
    // Still under way by the old edge: to be resolved again. By a newer one: welcome, its id is free.
    expect(await shard().apply(callOf([byUser("3")]))).toMatchObject({ outcomes: [waiting], elsewhere: [{ index: 0, why: "old_edge" }] });
    expect((await shard().apply(callOf([{ ...byUser("1"), version: 2 }]))).outcomes).toEqual([applied]);
    await crash();
    expect((await document("a")).events).toBe(2);
    await shard().sweep();
    await vi.waitFor(() => expect(faults.packs.length).toBeGreaterThan(0));
    const pack = faults.packs[0];
    expect(pack?.header).toMatchObject({ origin: { kind: "account", name }, events: 2 });
    expect(pack?.lines.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual(["1", "2"]);
    const packId = pack?.header.id as string;
    expect(await shard().readPack(packId)).toContain('"id":"2"');
    const report = (outcomes: EventOutcome[]) => ({ packId, plan: 0, outcomes, reasons: [], appliedAt: Date.now() });
    await shard().settle([report([applied, waiting])]);
    expect(await shard().sweep()).toMatchObject({ undone: true });
    await shard().settle([report([applied, EventOutcome.parked])]);
    await shard().settle([report([applied, EventOutcome.parked])]);
    expect(await shard().readPack(packId)).toBeNull();
  });

  test("leaves what nobody takes as a dead letter, which is copied, and can be given back again or discarded once", async () => {
    const moved = (id: string) => ({ account: "a", event: recent({ id, keys: ["user|u"] }), key: "user|u", version: 1 });
    await shard().apply(callOf([moved("1"), moved("2"), moved("3")]));
    await shard().release("a", "user|u", 2);
    await shard().sweep();
    await vi.waitFor(() => expect(faults.packs).toHaveLength(1));
    faults.queue = "fails";
    await shard().settle([
      {
        packId: faults.packs[0]?.header.id as string,
        plan: 0,
        outcomes: [quarantined, applied, quarantined],
        reasons: [{ index: 0, reason: "id_conflict", detail: "came before", accountId: "b" }],
        appliedAt: Date.now(),
      },
    ]);
    await crash();
    faults.queue = "works";
    expect(await shard().sweep()).toMatchObject({ undone: true });
    await vi.waitFor(() => expect(faults.letters).toHaveLength(2), { timeout: 10_000 });
    const [first, second] = faults.letters;
    expect(first).toMatchObject({ kind: "quarantined", reason: "id_conflict", accountId: "b", eventId: "1", status: "open" });
    expect(first?.id).toBe(`account-${name}-1`);
    const { line: keptLine, ...kept } = (await shard().deadLetter(first?.id ?? "")) as DeadLetter;
    expect([kept, (JSON.parse(keptLine) as { id: string }).id]).toEqual([first, "1"]);
    expect(await shard().deadLetter("account-other-1")).toBeNull();

    expect(await shard().replayDeadLetter(first?.id ?? "", { asNew: true })).toMatchObject({ status: "replayed" });
    expect(await shard().replayDeadLetter(first?.id ?? "", { asNew: true })).toMatchObject({ status: "replayed" });
    expect(await shard().discardDeadLetter(second?.id ?? "", "a mistake")).toMatchObject({ status: "discarded" });
    expect(await shard().replayDeadLetter(second?.id ?? "", { asNew: false })).toMatchObject({ status: "discarded" });
    await vi.waitFor(() => expect(faults.packs).toHaveLength(2), { timeout: 10_000 });
    const again = (faults.packs[1]?.lines ?? []).map((line) => JSON.parse(line) as { id: string; deliveryId: string });
    expect(again.map(({ id }) => id)).toEqual([expect.stringMatching(/^1~replay-a\w{1,7}$/)]);
    await vi.waitFor(() => expect(faults.letters.slice(2).map(({ status }) => status)).toEqual(["replayed", "discarded"]), {
      timeout: 10_000,
    });
  });

  describe("in packs", () => {
    const moved = (id: string, version = 1) => ({
      account: "a",
      event: recent({ id, keys: ["user|u"], data: { feature: `f${id}` } }),
      key: "user|u",
      version,
    });
    const report = (packId: string) => ({ packId, plan: 0, outcomes: [applied], reasons: [], appliedAt: Date.now() });
    const sentLines = () => faults.packs.map(({ header, lines }) => [header.id, lines.length] as const);

    test("has no name of a settled pack given to the next, which a late report would settle", async () => {
      await shard().apply(callOf([moved("1")]));
      await shard().release("a", "user|u", 2);
      await drive();
      const [first] = sentLines();
      await shard().settle([report(first?.[0] as string)]);
      await shard().apply(callOf([moved("2", 2)]));
      await shard().release("a", "user|u", 3);
      await shard().settle([report(first?.[0] as string)]);
      await crash();
      await drive();
      const last = sentLines().at(-1);
      expect(last).toEqual([expect.not.stringContaining(first?.[0] as string), 1]);
      expect(await shard().readPack(last?.[0] as string)).toContain('"id":"2"');
    });

    test("has those of older code under their names until they are settled", async () => {
      await shard().apply(callOf([moved("1")]));
      const id = await runInDurableObject(stub(), (_, { storage }) => {
        const { sql } = storage;
        asOfStep(sql, 6);
        sql.exec("INSERT INTO give_back VALUES (7, ?, '{}', 0, 0)", toLine(recent({ id: "old" })));
        return `back-${sql.exec<{ value: string }>("SELECT value FROM meta WHERE name = 'incarnation'").one().value}-7`;
      });
      await crash();
      expect(await shard().readPack(id)).toContain('"id":"old"');
      await drive();
      expect(sentLines()).toEqual([[id, 1]]);
      await shard().settle([report(id)]);
      expect(await shard().readPack(id)).toBeNull();
    });

    test("sends what is due also where nothing more can leave", async () => {
      faults.alarms = "none";
      await shard().apply(callOf([moved("1")]));
      await shard().release("a", "user|u", 2);
      await runInDurableObject(stub(), (object) => {
        const { leaving } = (object as unknown as { parts: { leaving: { rows: number; step: () => void } } }).parts;
        leaving.rows = 1;
        leaving.step = () => {
          throw new Error("struck by the test");
        };
      });
      faults.alarms = "come";
      await drive();
      expect(sentLines().map(([, lines]) => lines)).toEqual([1]);
    });

    test("goes on with the others where one cannot be sent", async () => {
      await shard().apply(callOf([moved("1")]));
      await shard().release("a", "user|u", 2);
      await shard().apply(callOf([moved("2", 2)]));
      await shard().release("a", "user|u", 3);
      await runInDurableObject(stub(), async (object) => {
        const { givenBack } = object as unknown as { givenBack: GiveBackOutbox };
        const sent: Uint8Array[] = [];
        let sends = 0;
        const send = async (message: Uint8Array): Promise<void> => {
          if (++sends === 1) throw new Error("struck by the test");
          sent.push(message);
        };
        await givenBack.drive({ send }, Date.now());
        expect([sends, sent.length, givenBack.packs]).toEqual([2, 1, 2]);
        expect(givenBack.dueAt).toBeGreaterThan(Date.now());
      });
    });
  });

  test("is remembered by an account that had nothing by it, and unknown accounts have nothing", async () => {
    await shard().apply(callOf([{ account: "a", event: recent() }]));
    expect(await shard().release("a", "user|u", 5)).toEqual({ released: 0, mergedInto: null, isUnderWay: false });
    expect(await shard().release("nobody", "user|u", 5)).toEqual({ released: 0, mergedInto: null, isUnderWay: false });
    await crash();
    expect((await shard().apply(callOf([{ account: "a", event: recent(), key: "user|u", version: 4 }]))).elsewhere).toEqual([
      { index: 0, why: "old_edge" },
    ]);
  });

  test("is remembered as older code has written it", async () => {
    await shard().apply(callOf([{ account: "a", event: recent() }]));
    await runInDurableObject(stub(), (_, { storage }) => {
      asOfStep(storage.sql, 7);
      storage.sql.exec("UPDATE account SET released = ?", JSON.stringify([["user|u", 5], ["user|v", 2]])); // prettier-ignore
    });
    await crash();
    const by = (key: string, version: number) => ({ account: "a", event: recent(), key, version });
    const { elsewhere } = await shard().apply(callOf([by("user|u", 4), by("user|u", 5), by("user|v", 1)]));
    expect(elsewhere.map(({ index }) => index)).toEqual([0, 2]);
  });

  test("moves out of an account that is set aside as well, which stays aside", async () => {
    faults.poison = ({ data }) => data["poison"] === true;
    await shard().apply(
      callOf([
        { account: "a", event: recent({ id: "1" }), key: "user|u", version: 1 },
        { account: "a", event: recent({ id: "p", data: { poison: true } }) },
      ]),
    );
    expect(await shard().release("a", "user|u", 2)).toEqual({ released: 1, mergedInto: null, isUnderWay: false });
    expect((await document("a")).setAside).not.toBeNull();
    faults.poison = () => false;
    expect(await shard().refold("a")).toEqual({ setAside: false, events: 1, isUnderWay: false });
  });
});

describe("an account that is merged into another", () => {
  const viaA = (version: number) => ({ merges: [{ accountId: "a", version }] });
  const written = (id: string, account: string, data: Record<string, unknown>) => ({
    account,
    event: recent({ id, type: "account.updated", connector: "pulseline", data }),
  });
  const given = (): string[] => faults.packs.flatMap(({ lines }) => lines.map((line) => (JSON.parse(line) as { id: string }).id));

  test("is empty at once, gives all it had away, passes on what comes, and says where it went", async () => {
    await shard().apply(
      callOf([
        { account: "a", event: recent({ id: "1" }) },
        { account: "a", event: recent({ id: "2" }) },
      ]),
    );
    await shard().setMerged("a", "b", 1);
    await shard().setMerged("a", "b", 1);
    await crash();
    expect(await shard().account("a")).toEqual({ failure: "moved", to: "b" });
    expect(await shard().timeline("a", { limit: 10 })).toEqual({ failure: "moved", to: "b" });
    expect((await shard().apply(callOf([{ account: "a", event: recent({ id: "3" }) }]))).elsewhere).toEqual([
      { index: 0, why: "moved", to: "b", version: 1 },
    ]);
    await shard().sweep();
    await vi.waitFor(() => expect(given()).toEqual(["1", "2"]));
    await vi.waitFor(() =>
      expect(faults.changes.flatMap(({ changes }) => changes).findLast(({ accountId }) => accountId === "a")).toMatchObject({
        deleted: true,
        events: 0,
      }),
    );
    expect(await shard().refold("a")).toEqual({ setAside: false, events: 0, isUnderWay: false });
    expect(await standingOf(stub())).toMatchObject({ accounts: 0 });
  });

  test("stands for itself again, empty until it is given back what it had, and takes no older order", async () => {
    await shard().apply(callOf([{ account: "a", event: recent({ id: "1" }) }]));
    await shard().setMerged("a", "b", 1);
    await shard().setMerged("a", null, 2);
    await shard().setMerged("a", "b", 1);
    expect((await document("a")).events).toBe(0);
    expect((await shard().apply(callOf([{ account: "a", event: recent({ id: "1" }) }]))).outcomes).toEqual([applied]);
    await crash();
    expect((await document("a")).events).toBe(1);
  });

  test("leaves the other as it was when it goes: what came by the merge is given back, what is under way refused", async () => {
    await shard().apply(
      callOf([{ account: "b", event: recent({ id: "own" }) }, written("w1", "b", { domains: ["b.example"], attributes: { plan: "pro" } })]),
    );
    const before = await document("b");
    const fromA = [
      { account: "b", event: recent({ id: "1" }), key: "account|a", ...viaA(1) },
      {
        ...written("w2", "b", { name: "A", domains: ["a.example"], externalIds: { crm: "A-1" }, attributes: { plan: "free", seats: 3 } }),
        key: "account|a",
        ...viaA(1),
      },
    ];
    await shard().apply(callOf(fromA));
    const merged = await document("b");
    expect(merged).toMatchObject({ name: "A", events: 2, domains: ["b.example", "a.example"], externalIds: { crm: ["A-1"] } });
    expect(merged.attributes).toMatchObject({ plan: { value: "pro" }, seats: { value: 3 } });
    await crash();
    expect(await document("b")).toMatchObject({ name: "A", domains: ["b.example", "a.example"], events: 2 });
    expect(await shard().release("b", "merged|a", 2)).toEqual({ released: 2, mergedInto: null, isUnderWay: false });
    const { health: _, ...after } = await document("b");
    expect(after).toMatchObject({ name: null, domains: ["b.example"], externalIds: {}, events: 1, attributes: before.attributes });
    expect((await shard().apply(callOf(fromA))).elsewhere.map(({ why }) => why)).toEqual(["old_edge", "old_edge"]);
    expect((await shard().apply(callOf([{ ...fromA[0]!, ...viaA(3) }]))).outcomes).toEqual([applied]);
  });

  test("keeps ids of its own there: what two accounts were told under one id are two events", async () => {
    const first = recent({ id: "same" });
    await shard().apply(callOf([{ account: "b", event: first }]));
    const other = { account: "b", event: { ...first, deliveryId: "d-a", contentHash: 9 }, key: "account|a", ...viaA(1) };
    expect((await shard().apply(callOf([other]))).outcomes).toEqual([applied]);
    await crash();
    expect((await shard().apply(callOf([other]))).outcomes).toEqual([applied]);
    expect((await shard().apply(callOf([{ ...other, event: { ...other.event, deliveryId: "d-a2" } }]))).outcomes).toEqual([repeat]);
    expect((await document("b")).events).toBe(2);
  });

  describe("with more than one step gives away", () => {
    const big = { text: "x".repeat(30_000) };
    const ids = Array.from({ length: 80 }, (_, n) => `e${n}`);
    const rows = (): Promise<number> =>
      runInDurableObject(stub(), (_, { storage }) => storage.sql.exec<{ n: number }>("SELECT count(*) AS n FROM leaving").one().n);
    const takeAll = async (): Promise<void> => {
      for (let part = 0; part < ids.length; part += 20)
        await shard().apply(
          callOf(ids.slice(part, part + 20).map((id) => ({ account: "a", event: recent({ id, data: big }), key: "user|u", version: 1 }))),
        );
    };
    const driveUntilGone = async (): Promise<void> => {
      for (let n = 0; n < 20 && ((await rows()) > 0 || given().length < ids.length); n++) await drive();
    };
    const counted = (): number[] => ids.map((id) => given().filter((one) => one === id).length);

    test("comes to an end wherever the object dies, each event given once", async () => {
      await takeAll();
      const afterOneStep = await runInDurableObject(stub(), async (instance, { storage }) => {
        await instance.setMerged("a", "b", 1);
        return storage.sql.exec<{ next_line: number }>("SELECT next_line FROM leaving").toArray();
      });
      expect(afterOneStep).toEqual([{ next_line: expect.toSatisfy((line: number) => line > 0) }]);
      await crash();
      await drive();
      await crash();
      await driveUntilGone();
      expect(await rows()).toBe(0);
      expect(counted()).toEqual(ids.map(() => 1));
    });

    test("loses nothing when its keys move, and it stands for itself again, meanwhile", async () => {
      await takeAll();
      await shard().setMerged("a", "b", 1);
      expect(await shard().release("a", "user|u", 2)).toEqual({ released: 0, mergedInto: "b", isUnderWay: false });
      await shard().setMerged("a", null, 2);
      await driveUntilGone();
      expect(counted()).toEqual(ids.map(() => 1));
      const [back] = faults.packs.flatMap(({ lines }) => lines);
      const again = { account: "a", event: JSON.parse(back as string) as Event, key: "user|u", version: 2 };
      expect((await shard().apply(callOf([again]))).outcomes).toEqual([applied]);
    });

    test("gives what two keys had brought once, also where the second is released while it is on its way", async () => {
      const m = { accountId: "m", version: 1 };
      for (let part = 0; part < ids.length; part += 20) {
        const some = ids.slice(part, part + 20);
        const of = (id: string) => recent({ id, data: big });
        await shard().apply(callOf(some.map((id) => ({ account: "a", event: of(id), key: "user|u", version: 1, merges: [m] }))));
      }
      expect(await shard().release("a", "user|u", 2)).toMatchObject({ released: ids.length });
      expect(await rows()).toBe(1);
      expect(await shard().release("a", mergeKey("m"), 2)).toMatchObject({ released: 0 });
      await crash();
      await driveUntilGone();
      expect([await rows(), counted()]).toEqual([0, ids.map(() => 1)]);
    });

    test("notes of each key no more than that key, however many the account has released", async () => {
      await takeAll();
      const keys = Array.from({ length: 40 }, (_, n) => `user|${n}`);
      await shard().apply(callOf(keys.map((key) => ({ account: "a", event: recent({ id: key }), key, version: 1 }))));
      for (const key of ["user|u", ...keys]) await shard().release("a", key, 2);
      const noted = await runInDurableObject(stub(), (_, { storage }) =>
        storage.sql.exec<{ n: number; chars: number }>("SELECT count(*) AS n, max(length(taken)) AS chars FROM leaving").one(),
      );
      expect(noted).toEqual({ n: expect.toSatisfy((n: number) => n > 0), chars: expect.toSatisfy((chars: number) => chars < 100) });
      await crash();
      const all = [...ids, ...keys];
      for (let n = 0; n < 100 && ((await rows()) > 0 || given().length < all.length); n++) await drive();
      expect(given().toSorted()).toEqual(all.toSorted());
      const old = callOf([{ account: "a", event: recent(), key: "user|7", version: 1 }]);
      expect((await shard().apply(old)).elsewhere).toEqual([{ index: 0, why: "old_edge" }]);
    });

    test("leaves out what had left before by the same key", async () => {
      await takeAll();
      expect(await shard().release("a", "user|u", 2)).toMatchObject({ released: ids.length });
      await shard().apply(callOf([{ account: "a", event: recent({ id: "newer" }), key: "user|u", version: 2 }]));
      expect(await shard().release("a", "user|u", 3)).toMatchObject({ released: 1 });
      await driveUntilGone();
      expect([counted(), given().filter((id) => id === "newer")]).toEqual([ids.map(() => 1), ["newer"]]);
      expect((await document("a")).events).toBe(0);
    });
  });

  test("tells who asks it to give back where its events are", async () => {
    await shard().apply(callOf([{ account: "a", event: recent({ id: "1" }), key: "user|u", version: 1 }]));
    await shard().setMerged("a", "b", 1);
    expect(await shard().release("a", "user|u", 2)).toEqual({ released: 0, mergedInto: "b", isUnderWay: false });
  });
});
