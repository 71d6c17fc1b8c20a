import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { afterEach, describe, expect, test } from "vitest";
import { mapDelivery } from "../../src/connectors/index.ts";
import { canaryConnectionId } from "../../src/domain/canary.ts";
import type { Delivery } from "../../src/domain/delivery.ts";
import { toLine, type Event } from "../../src/domain/event.ts";
import { fromArchiveLine } from "../../src/domain/intake/archive-object.ts";
import type { Credential } from "../../src/domain/intake/credential.ts";
import type { DeadLetter } from "../../src/domain/intake/dead-letter.ts";
import { fromPackText, type Pack } from "../../src/domain/intake/pack.ts";
import { longestPauses } from "../../src/domain/intake/pauses.ts";
import { isReleased } from "../../src/domain/intake/stream.ts";
import { appendHoldMaxMs, consumersSilentAfterMs } from "../../src/domain/limits.ts";
import { EventOutcome } from "../../src/domain/outcome.ts";
import type { Env } from "../../src/env.ts";
import type { IntakeStore, Mapper } from "../../src/ingest/intake/ports.ts";
import { gunzip, gzip } from "../../src/platform/gzip.ts";
import { eventsOfPack } from "../support/event-lines.ts";
import { deliveryOf, nativeEvent } from "../support/intake-builders.ts";
import { reportOf, takeSent, unpack, until } from "../support/intake-consumer.ts";
import { type Fault, faultsFor, type IntakeFaults } from "../support/intake-faulty-shard.ts";

const env = bindings as unknown as Env;
const { applied, waiting, quarantined, dropped } = EventOutcome;

let serial = 0;
/** A shard of its own for each test, with its faults. The stub is made anew for each call, as callers do after a failure. */
function shardWith(faults: Partial<IntakeFaults> = {}) {
  const name = `shard-${++serial}`;
  const stub = (): Stub => env.INTAKE_SHARD.getByName(name);
  return { name, faults: faultsFor(name, faults), stub };
}
type Shard = ReturnType<typeof shardWith>;
type Stub = ReturnType<Env["INTAKE_SHARD"]["getByName"]>;

const delivery = (...ids: string[]): Delivery =>
  deliveryOf(
    ids.map((id) => nativeEvent(id)),
    { receivedAt: Date.now() },
  );
const idsIn = (messages: readonly Uint8Array[]): string[] =>
  messages.flatMap((message) => eventsOfPack(unpack(message)).map(({ id }) => id));
/** The first pack sent since the last look. */
function takePack(shard: Shard): Pack {
  const [message] = takeSent(shard.faults);
  if (message === undefined) throw new Error("nothing was sent");
  return unpack(message);
}
const rows = (shard: Shard): Promise<number> =>
  runInDurableObject(shard.stub() as never, (_, state) => Number(state.storage.sql.exec("SELECT count(*) AS n FROM row").one()["n"]));

/** Answers every pack as a consumer would, until nothing waits; answers the event ids that were handed over, repeats among them. */
async function consumeAll(shard: Shard, outcome: Parameters<typeof reportOf>[1] = applied, withinMs?: number): Promise<string[]> {
  const ids: string[] = [];
  await until(
    "everything settles",
    async () => {
      const messages = takeSent(shard.faults);
      ids.push(...idsIn(messages));
      if (messages.length > 0) await shard.stub().settle(messages.map((message) => reportOf(unpack(message), outcome)));
      return (await shard.stub().totals()).outcomes.waiting === 0;
    },
    withinMs,
  );
  return ids;
}

/** Short rests, so that a test sees in a second what takes a minute. */
const brisk = { redriveFloorMs: 60, redriveCapMs: 200, segmentSettleWaitMaxMs: 40, flushRestMaxMs: 10, retryFloorMs: 20, retryCapMs: 100 };

/** Ends the lives of all objects as a crash does. Calls under way fail; nothing that was not committed is left. */
const crash = (): Promise<void> => abortAllDurableObjects();

afterEach(crash);

describe("from append to settled", () => {
  test("a delivery becomes a row, a pack, an archive object, and is gone when it is settled and archived", async () => {
    const shard = shardWith({ policy: { archiveEveryMs: 50 } });
    const sent = delivery("a", "b");
    expect(await shard.stub().append(sent)).toMatchObject({ status: "stored" });
    await until("the pack is sent", () => shard.faults.sent.length > 0);
    const pack = takePack(shard);
    expect(pack.header).toMatchObject({
      origin: { kind: "intake", name: shard.name },
      plan: 1,
      events: 2,
      routes: [{ mayCreate: true }],
      routeOf: [0, 0],
    });
    expect(pack.header.routes[0]?.keys[0]).toBe("account|acct-1");
    expect(await shard.stub().totals()).toMatchObject({ acceptedEvents: 2, deliveries: 1, outcomes: { waiting: 2, applied: 0 } });

    await shard.stub().settle([reportOf(pack)]);
    expect(await shard.stub().totals()).toMatchObject({ acceptedEvents: 2, outcomes: { waiting: 0, applied: 2 }, unsettledSegments: 0 });
    await until("the row is gone", async () => (await rows(shard)) === 0);
    expect((await shard.stub().totals()).heldBytes).toBe(0);

    const object = await env.ARCHIVE.get(shard.faults.puts[0]?.key ?? "");
    const text = new TextDecoder().decode(gunzip(new Uint8Array((await object?.arrayBuffer()) as ArrayBuffer), 1_000_000));
    expect(text.trimEnd().split("\n").map(fromArchiveLine)).toEqual([sent]);
    expect(object?.key).toMatch(
      new RegExp(`^raw/v1/dt=\\d{4}-\\d\\d-\\d\\d/hh=\\d\\d/intake=${shard.name}/[0-9a-f]{16}-000000000001-000000000001\\.ndjson\\.gz$`),
    );
    expect(object?.customMetadata).toMatchObject({ deliveries: "1", events: "2" });
  });

  test("appends that arrive while a commit is on its way share the next one", async () => {
    const shard = shardWith();
    shard.faults.holdAt = "append:before-commit";
    const appends = Array.from({ length: 40 }, (_, i) => shard.stub().append(delivery(`e${i}`)));
    await until("the first commit is held", () => shard.faults.steps.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    shard.faults.holdAt = null;
    shard.faults.releases++;
    expect(await Promise.all(appends)).toMatchObject(appends.map(() => ({ status: "stored" })));
    expect(await rows(shard)).toBeLessThanOrEqual(3);
    expect((await consumeAll(shard)).sort()).toEqual(Array.from({ length: 40 }, (_, i) => `e${i}`).sort());
  });

  test("a delivery longer than a row lies in several and comes out whole", async () => {
    const shard = shardWith({ policy: { archiveEveryMs: 50 } });
    const ids = Array.from({ length: 9_000 }, (_, i) => `long-${i}-${"x".repeat(100)}`);
    const long = delivery(...ids);
    expect(long.body.byteLength).toBeGreaterThan(2_000_000);
    await shard.stub().append(long);
    expect(await rows(shard)).toBeGreaterThan(2);
    await until("packs are sent", () => shard.faults.sent.length > 0);
    for (const message of shard.faults.sent.flat()) expect(message.byteLength).toBeLessThanOrEqual(100_000);
    expect(await consumeAll(shard)).toEqual(ids);
    await until("the rows are gone", async () => (await rows(shard)) === 0);
  });

  test("a gzip body is expanded for its mapper and archived as it came", async () => {
    const shard = shardWith({ policy: { archiveEveryMs: 20 } });
    const plain = delivery("a");
    const packed = { head: { ...plain.head, contentEncoding: "gzip" as const }, body: new Uint8Array(gzip(plain.body)) };
    await shard.stub().append(packed);
    expect(await consumeAll(shard)).toEqual(["a"]);
    await until("it is archived", () => shard.faults.puts.length > 0);
    const text = new TextDecoder().decode(gunzip(shard.faults.puts[0]?.bytes ?? new Uint8Array(), 1_000_000));
    expect(fromArchiveLine(text.trimEnd())).toEqual(packed);
  });

  test("an event too large for a message travels by reference and is read from the shard", async () => {
    const shard = shardWith();
    const noise = Array.from(crypto.getRandomValues(new Uint8Array(60_000)), (byte) => byte.toString(36)).join("");
    const item = {
      event: {
        ...nativeEvent("big"),
        id: "big",
        keys: ["account|acct-1"],
        occurredAt: 1,
        receivedAt: 2,
        connectionId: "c",
        connector: "native",
        deliveryId: "d",
        index: 0,
        lane: "live" as const,
        contentHash: 1,
        data: { noise: noise + noise },
      },
    };
    shard.faults.map = () => ({ items: [item as never] });
    await shard.stub().append(delivery("big"));
    await until("the pack is sent", () => shard.faults.sent.length > 0);
    const { header, lines } = takePack(shard);
    expect(header).toMatchObject({ byReference: true, events: 1, routes: [{ keys: ["account|acct-1"] }] });
    expect(lines.join("")).toBe("");
    const whole = await shard.stub().readPack(header.id);
    expect(eventsOfPack(fromPackText(whole ?? ""))[0]?.data["noise"]).toBe(noise + noise);
    await shard.stub().settle([{ packId: header.id, plan: header.plan, outcomes: [applied], reasons: [], appliedAt: Date.now() }]);
    expect((await shard.stub().totals()).outcomes.applied).toBe(1);
    expect(await shard.stub().readPack(header.id)).toBeNull();
  });

  test("deliveries of one millisecond are listed in one order, whatever has become of each, and from behind any of them on", async () => {
    const shard = shardWith({ policy: { redriveFloorMs: 10_000, segmentsUnsettledMax: 1 } });
    const receivedAt = Date.now();
    const idsOf = async (filter: Parameters<Stub["deliveries"]>[0]) => (await shard.stub().deliveries(filter)).map(({ id }) => id);
    for (const id of ["m3", "m1", "m5", "m2", "m4"]) await shard.stub().append(deliveryOf([nativeEvent(id)], { id, receivedAt }));
    await shard.stub().append(deliveryOf([nativeEvent("m0")], { id: "m0", receivedAt: receivedAt + 1 }));
    const all = ["m0", "m5", "m4", "m3", "m2", "m1"];
    expect(await idsOf({ limit: 10 })).toEqual(all);
    const paged: string[] = [];
    for (let id = "m0"; ;) {
      const [next] = await idsOf({ limit: 1, after: { receivedAt: id === "m0" ? receivedAt + 1 : receivedAt, id } });
      if (next === undefined) break;
      paged.push((id = next));
    }
    expect(paged).toEqual(all.slice(1));
  });

  test("a delivery without a single event settles by itself", async () => {
    const shard = shardWith({ policy: { archiveEveryMs: 20 } });
    await shard.stub().append(deliveryOf([], { rejected: 3, receivedAt: Date.now() }));
    await until("it settles", async () => (await shard.stub().deliveries({ limit: 1 }))[0]?.status === "settled");
    expect(await shard.stub().totals()).toMatchObject({ rejectedEvents: 3, deliveries: 1, unsettledSegments: 0 });
    await until("the row is gone", async () => (await rows(shard)) === 0);
    expect(shard.faults.sent.flat()).toEqual([]);
  });

  test("items without effect are counted as dropped without any consumer", async () => {
    const shard = shardWith();
    shard.faults.map = () => ({ items: [{ drop: "test_call" }] });
    await shard.stub().append(delivery("x"));
    await until("it settles", async () => (await shard.stub().totals()).outcomes.dropped === 1);
    expect(dropped).toBe(3);
  });

  test("with a full shard nothing is stored, and it says when to come again", async () => {
    const shard = shardWith({ policy: { intakeHeldBytesMax: 2_000 }, queue: "fails" });
    expect(await shard.stub().append(delivery("a"))).toMatchObject({ status: "stored" });
    const replies = [];
    for (let i = 0; i < 6; i++) replies.push(await shard.stub().append(delivery(`more-${i}`)));
    expect(replies.at(-1)).toMatchObject({ status: "full", retryAfterMs: 5_000 });
    const stored = 1 + replies.filter(({ status }) => status === "stored").length;
    expect((await shard.stub().totals()).acceptedEvents).toBe(stored);
    expect((await shard.stub().totals()).heldBytes).toBeLessThanOrEqual(2_000);
  });

  test("with a full segment waiting the answer is held back, and comes all the same", async () => {
    const shard = shardWith({
      policy: { segmentEventsMax: 2, segmentsUnsettledMax: 1, appendHoldMaxMs: 200, segmentSettleWaitMaxMs: 60_000 },
    });
    await shard.stub().append(delivery("a"));
    await until("the first segment is under way", () => shard.faults.sent.length > 0);
    const from = Date.now();
    expect(await shard.stub().append(delivery("b", "c"))).toMatchObject({ status: "stored" });
    expect(Date.now() - from).toBeGreaterThanOrEqual(190);
    const held = shard.stub().append(delivery("d"));
    await new Promise((resolve) => setTimeout(resolve, 20));
    const settledAt = Date.now();
    await shard.stub().settle(takeSent(shard.faults).map((message) => reportOf(unpack(message))));
    await held;
    expect(Date.now() - settledAt).toBeLessThan(180);
  });
});

describe("killed between any two steps, what was acknowledged settles once", () => {
  const steps = [
    "append:before-commit",
    "append:after-commit",
    "flush:segment-committed",
    "flush:packs-sent",
    "archive:before-put",
    "archive:after-put",
    "settle:before-commit",
    "settle:after-commit",
  ] as const;
  test.each(steps)("%s", async (step) => {
    const shard = shardWith({ policy: { ...brisk, archiveEveryMs: 30 } });
    shard.faults.holdAt = step;
    // A sender that is not answered sends the same delivery again.
    const first = delivery("a", "b");
    const firstAppend = shard
      .stub()
      .append(first)
      .then(
        (reply) => reply.status,
        () => "lost",
      );
    let wasKilled = false;
    const kill = async (): Promise<void> => {
      wasKilled = true;
      shard.faults.holdAt = null;
      await crash();
    };
    const settling: Promise<unknown>[] = [];
    await until(`${step} is reached`, () => {
      for (const message of takeSent(shard.faults))
        settling.push(
          shard
            .stub()
            .settle([reportOf(unpack(message))])
            .catch(() => undefined),
        );
      return shard.faults.steps.includes(step);
    });
    await kill();
    expect(wasKilled).toBe(true);
    const answer = await firstAppend;
    if (answer === "lost") await shard.stub().append(first);
    await shard.stub().sweep();
    await Promise.all(settling);
    await consumeAll(shard);
    const totals = await shard.stub().totals();
    // A lost answer may have been stored all the same: then the delivery is there twice, and the account's id set makes it one.
    const stored = totals.acceptedEvents / 2;
    expect(stored).toBe(answer === "lost" && step === "append:after-commit" ? 2 : 1);
    expect(totals.outcomes).toMatchObject({ applied: 2 * stored, waiting: 0 });
    await until("everything is archived and gone", async () => (await rows(shard)) === 0);
    const archived = new Set<string>();
    for (const { key } of (await env.ARCHIVE.list({ prefix: "raw/" })).objects.filter((object) =>
      object.key.includes(`intake=${shard.name}/`),
    )) {
      const bytes = new Uint8Array(await ((await env.ARCHIVE.get(key)) as R2ObjectBody).arrayBuffer());
      for (const line of new TextDecoder().decode(gunzip(bytes, 1_000_000)).trimEnd().split("\n"))
        archived.add(fromArchiveLine(line).head.id);
    }
    expect([...archived]).toEqual([first.head.id]);
  });

  const broken: Mapper = () => {
    throw new Error("boom");
  };
  test.each<[string, Delivery, Mapper, object]>([
    [
      "without effect",
      delivery("a", "b"),
      ({ head }) => ({ items: Array.from({ length: head.accepted }, () => ({ drop: "unknown_type" })) }),
      { dropped: 2 },
    ],
    ["refused at the door", deliveryOf([], { rejected: 3 }), mapDelivery, {}],
    ["that no mapper can read", delivery("a", "b"), broken, { deadLettered: 2 }],
  ])("a delivery %s settles though the shard died before it could settle it", async (_, sent, map, outcomes) => {
    const shard = shardWith({ policy: brisk, map });
    shard.faults.holdAt = "flush:segment-committed";
    await shard.stub().append(sent);
    await until("a segment is committed", () => shard.faults.steps.includes("flush:segment-committed"));
    shard.faults.holdAt = null;
    await crash();
    await shard.stub().sweep();
    await until("it has settled", async () => (await shard.stub().totals()).unsettledSegments === 0);
    expect((await shard.stub().totals()).outcomes).toMatchObject({ waiting: 0, ...outcomes });
  });

  test("after a crash the alarm alone goes on", async () => {
    const shard = shardWith({ policy: { archiveEveryMs: 10_000 } });
    shard.faults.holdAt = "flush:segment-committed";
    await shard.stub().append(delivery("a"));
    await until("a segment is committed", () => shard.faults.steps.includes("flush:segment-committed"));
    shard.faults.holdAt = null;
    await crash();
    shard.faults.policy = { ...brisk };
    expect(await runDurableObjectAlarm(shard.stub() as never)).toBe(true);
    await until("the pack is driven", () => shard.faults.sent.length > 0);
    expect(idsIn(takeSent(shard.faults))).toEqual(["a"]);
  });
});

describe("the queue is a buffer, never the only copy", () => {
  test.each<Fault>(["fails", "hangs", "loses"])("it %s: the packs are driven again until they settle", async (fault) => {
    const shard = shardWith({ queue: fault, policy: brisk });
    await shard.stub().append(delivery("a"));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(shard.faults.sent).toEqual([]);
    shard.faults.queue = "works";
    expect(new Set(await consumeAll(shard))).toEqual(new Set(["a"]));
    expect((await shard.stub().totals()).outcomes.applied).toBe(1);
  });

  test.each<Fault>(["fails", "loses"])(
    "it %s with 50,000 events waiting: deliveries are stored at once, not held back, and all settle when it works again",
    async (fault) => {
      const shard = shardWith({ queue: fault, policy: { ...brisk, packStuckAfterMs: 60_000, segmentSettleWaitMaxMs: 2_000 } });
      const batch = (name: string): Delivery => delivery(...Array.from({ length: 10_000 }, (_, i) => `${name}-${i}`));
      const sentAt = Date.now();
      for (const name of ["a", "b", "c", "d", "e", "f", "g"]) await shard.stub().append(batch(name));
      expect((await shard.stub().totals()).outcomes.waiting).toBe(70_000);
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, sentAt + consumersSilentAfterMs - Date.now())));
      const times: number[] = [];
      for (let i = 0; i < 10; i++) {
        const from = Date.now();
        expect(await shard.stub().append(delivery(`late-${i}`))).toMatchObject({ status: "stored" });
        times.push(Date.now() - from);
      }
      expect(Math.max(...times)).toBeLessThan(appendHoldMaxMs / 2);
      shard.faults.queue = "works";
      expect(new Set(await consumeAll(shard, applied, 20_000)).size).toBe(70_010);
      expect((await shard.stub().totals()).outcomes).toMatchObject({ applied: 70_010, waiting: 0 });
    },
  );

  test("shows a delivery that waits behind the first segment of a backlog, in the list and for itself", async () => {
    const shard = shardWith({ queue: "fails", policy: { ...brisk, segmentEventsMax: 10, packStuckAfterMs: 60_000 } });
    const sent = [0, 1, 2, 3, 4, 5, 6, 7].map((n) => delivery(...Array.from({ length: 10 }, (_, i) => `${n}-${i}`)));
    for (const one of sent) await shard.stub().append(one);
    for (const { head } of sent) {
      const found = await shard.stub().delivery(head.id);
      expect(found?.logged).toMatchObject({ id: head.id, status: "waiting", accepted: 10, outcomes: { waiting: 10 } });
      expect(found?.raw?.head.id).toBe(head.id);
    }
    const listed = await shard.stub().deliveries({ limit: 20, status: "waiting" });
    expect(listed.map(({ id }) => id).sort()).toEqual(sent.map(({ head }) => head.id).sort());
    expect(await shard.stub().delivery("d-nobody-sent")).toBeNull();
    shard.faults.queue = "works";
    await consumeAll(shard);
  });

  test("finds a delivery longer than a row among those that wait", async () => {
    const shard = shardWith({
      queue: "fails",
      policy: { ...brisk, segmentEventsMax: 1, intakeRowBytesMax: 600, packStuckAfterMs: 60_000 },
    });
    const sent = [delivery("first"), delivery(...Array.from({ length: 20 }, (_, i) => `long-${i}`)), delivery("last")];
    for (const one of sent) await shard.stub().append(one);
    for (const { head, body } of sent) expect((await shard.stub().delivery(head.id))?.raw?.body.byteLength).toBe(body.byteLength);
    expect(await shard.stub().deliveries({ limit: 20 })).toHaveLength(3);
    shard.faults.queue = "works";
    await consumeAll(shard);
  });

  test("takes the canary along, and counts, lists and archives it nowhere", async () => {
    const shard = shardWith({ policy: { ...brisk, archiveEveryMs: 20 } });
    const canary = deliveryOf([nativeEvent("beat")], { receivedAt: Date.now(), connectionId: canaryConnectionId });
    await shard.stub().append(canary);
    await shard.stub().append(delivery("a"));
    expect((await shard.stub().totals()).acceptedEvents).toBe(1);
    expect(new Set(await consumeAll(shard))).toEqual(new Set(["beat", "a"]));
    await until("both have settled", async () => (await rows(shard)) === 0);
    const { acceptedEvents, deliveries, outcomes, visibleHistogram } = await shard.stub().totals();
    expect([acceptedEvents, deliveries, outcomes.applied, outcomes.waiting]).toEqual([1, 1, 1, 0]);
    expect(visibleHistogram.reduce((sum, count) => sum + count, 0)).toBe(1);
    expect((await shard.stub().deliveries({ limit: 10 })).map(({ connectionId }) => connectionId)).toEqual(["conn-1"]);
    expect((await shard.stub().streams()).map(({ connectionId }) => connectionId)).toEqual(["conn-1"]);
    const archived = shard.faults.puts.flatMap(({ bytes }) => new TextDecoder().decode(gunzip(bytes, 1_000_000)).trim().split("\n"));
    expect(archived.map((line) => fromArchiveLine(line).head.connectionId)).toEqual(["conn-1"]);
  });

  test("it doubles: what is reported twice counts once", async () => {
    const shard = shardWith({ queue: "doubles" });
    await shard.stub().append(delivery("a", "b"));
    await until("both are sent", () => shard.faults.sent.length === 2);
    const reports = takeSent(shard.faults).map((message) => reportOf(unpack(message)));
    await shard.stub().settle(reports);
    await shard.stub().settle(reports);
    expect((await shard.stub().totals()).outcomes).toMatchObject({ applied: 2, waiting: 0 });
  });

  test("what is driven again is the very same pack", async () => {
    const shard = shardWith({ policy: brisk });
    await shard.stub().append(delivery("a", "b"));
    await until("it is driven twice", () => shard.faults.sent.length >= 2);
    await crash();
    await shard.stub().sweep();
    const before = shard.faults.sent.length;
    await until("it is driven by the next life", () => shard.faults.sent.length > before);
    const texts = new Set(takeSent(shard.faults).map((message) => JSON.stringify(unpack(message))));
    expect(texts.size).toBe(1);
  });
});

describe("the archive", () => {
  test.each<Fault>(["fails", "hangs"])("it %s: rows wait, settled or not, and go when it works again", async (fault) => {
    const shard = shardWith({ archive: fault, policy: { ...brisk, archiveEveryMs: 20 } });
    await shard.stub().append(delivery("a"));
    await consumeAll(shard);
    await until("an attempt has failed", () => shard.faults.reports.some(({ what }) => what === "intake.archive_failed"));
    expect(await rows(shard)).toBe(1);
    shard.faults.archive = "works";
    await until("the row is gone", async () => (await rows(shard)) === 0);
    expect(new Set(shard.faults.puts.map(({ key }) => key)).size).toBe(1);
  });

  test("with the bucket away the doors are told when the shard is full, and go on when it is back", async () => {
    const shard = shardWith({ archive: "fails", policy: { ...brisk, archiveEveryMs: 20, intakeHeldBytesMax: 1_500 } });
    while ((await shard.stub().append(delivery("a"))).status === "stored");
    await consumeAll(shard);
    expect((await shard.stub().append(delivery("b"))).status).toBe("full");
    shard.faults.archive = "works";
    await until("there is room again", async () => (await shard.stub().append(delivery("c"))).status === "stored");
  });

  test("a key that is taken by the same content is no second object and no alert", async () => {
    const shard = shardWith({ archive: "doubles", policy: { archiveEveryMs: 20 } });
    await shard.stub().append(delivery("a"));
    await consumeAll(shard);
    await until("the row is gone", async () => (await rows(shard)) === 0);
    expect(shard.faults.puts.length).toBe(2);
    expect((await shard.stub().totals()).archiveConflicts).toBe(0);
  });

  test("a key that is taken by other content leaves it alone, stores ours beside it, and counts an alert", async () => {
    const shard = shardWith({ archive: "fails", policy: { ...brisk, archiveEveryMs: 20 } });
    await shard.stub().append(delivery("a"));
    await consumeAll(shard);
    const marks = await runInDurableObject(shard.stub() as never, (_, state) =>
      state.storage.sql.exec("SELECT incarnation FROM standing").one(),
    );
    const at = new Date().toISOString();
    const key = `raw/v1/dt=${at.slice(0, 10)}/hh=${at.slice(11, 13)}/intake=${shard.name}/${marks["incarnation"] as string}-000000000001-000000000001.ndjson.gz`;
    await env.ARCHIVE.put(key, "older", { customMetadata: { sha256: "0".repeat(64) } });
    shard.faults.archive = "works";
    await until("the row is gone", async () => (await rows(shard)) === 0);
    expect(await (await env.ARCHIVE.get(key))?.text()).toBe("older");
    const keys = (await env.ARCHIVE.list({ prefix: key.slice(0, -".ndjson.gz".length) })).objects.map((object) => object.key);
    expect(keys).toHaveLength(2);
    expect(keys.find((found) => found !== key)).toMatch(/\.[0-9a-f]{16}\.ndjson\.gz$/);
    expect((await shard.stub().totals()).archiveConflicts).toBe(1);
  });

  test("a range in flight is the same after a crash, though more rows have come", async () => {
    const shard = shardWith({ policy: { ...brisk, archiveEveryMs: 20 } });
    shard.faults.holdAt = "archive:after-put";
    await shard.stub().append(delivery("a"));
    await until("the object is put", () => shard.faults.steps.includes("archive:after-put"));
    await shard.stub().append(delivery("b"));
    shard.faults.holdAt = null;
    await crash();
    await shard.stub().sweep();
    await consumeAll(shard);
    await until("all rows are gone", async () => (await rows(shard)) === 0);
    expect(new Set(shard.faults.puts.map(({ key }) => key.slice(-38))).size).toBe(2);
    expect((await shard.stub().totals()).archiveConflicts).toBe(0);
  });
});

describe("segments under way", () => {
  test("reports of another storage, of an unknown segment and of an older plan change nothing", async () => {
    const shard = shardWith();
    await shard.stub().append(delivery("a"));
    await until("the pack is sent", () => shard.faults.sent.length > 0);
    const report = reportOf(takePack(shard));
    const [, rest] = report.packId.split("/", 2);
    await shard.stub().settle([
      { ...report, packId: `other/${rest}/0` },
      { ...report, packId: report.packId.replace(/\/\d+-\d+\//, "/7-9/") },
      { ...report, plan: 0 },
      { ...report, packId: "rubbish" },
    ]);
    expect((await shard.stub().totals()).outcomes.waiting).toBe(1);
  });

  test("code that cuts the packs elsewhere raises the plan; what had settled stays settled and counts once", async () => {
    const shard = shardWith({ policy: brisk });
    // Old code: the second delivery's events are one item without effect fewer, so packs are cut alike but hold other items.
    shard.faults.map = (found) =>
      found.head.id === second.head.id
        ? { items: mapDelivery(found).items.map((item, i) => (i === 0 ? { drop: "old" } : item)) }
        : mapDelivery(found);
    const second = delivery("c", "d");
    shard.faults.holdAt = "append:before-commit";
    const appends = [shard.stub().append(delivery("a", "b")), shard.stub().append(second)];
    await until("the commit is held", () => shard.faults.steps.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 30));
    shard.faults.holdAt = null;
    shard.faults.releases++;
    await Promise.all(appends);
    await until("packs are sent", () => idsIn(shard.faults.sent.flat()).includes("d"));
    const old = takeSent(shard.faults).map(unpack);
    const oldPack = old.find((pack) => eventsOfPack(pack).some(({ id }) => id === "d"));
    if (oldPack === undefined) throw new Error("no pack with d");
    // One event of the pack is still out when the new code comes.
    await shard.stub().settle(old.map((pack) => reportOf(pack, (id) => (id === "d" ? waiting : applied))));
    shard.faults.map = null;
    await crash();
    await shard.stub().sweep();
    await until("the new plan is driven", () => shard.faults.sent.flat().some((message) => unpack(message).header.plan === 2));
    await shard.stub().settle([reportOf(oldPack)]);
    expect((await shard.stub().totals()).outcomes.waiting).toBe(1);
    await consumeAll(shard);
    expect((await shard.stub().totals()).outcomes).toMatchObject({ applied: 3, dropped: 1, waiting: 0 });
  });

  test("at most two are under way; a stuck one leaves the count and blocks nobody", async () => {
    const shard = shardWith({ policy: { ...brisk, redriveFloorMs: 10_000, redriveCapMs: 10_000, packStuckAfterMs: 700 } });
    for (const id of ["a", "b", "c", "d"]) {
      await shard.stub().append(delivery(id));
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    expect(idsIn(shard.faults.sent.flat())).toEqual(["a", "b"]);
    expect((await shard.stub().totals()).unsettledSegments).toBe(2);
    await until("the rest is sent", () => idsIn(shard.faults.sent.flat()).includes("d"));
    expect((await shard.stub().totals()).stuckPacks).toBeGreaterThan(0);
    expect((await shard.stub().deliveries({ limit: 10, status: "stuck" })).length).toBeGreaterThan(0);
  });

  test("a segment that all consumers have spoken of, waiting for a few, holds nobody back", async () => {
    const shard = shardWith({ policy: { redriveFloorMs: 10_000, segmentsUnsettledMax: 1, flushRestMaxMs: 10 } });
    await shard.stub().append(delivery("a", "b", "unreachable"));
    await until("it is sent", () => shard.faults.sent.length > 0);
    await shard
      .stub()
      .settle(takeSent(shard.faults).map((message) => reportOf(unpack(message), (id) => (id === "unreachable" ? waiting : applied))));
    await shard.stub().append(delivery("c"));
    await until("the next is sent", () => idsIn(shard.faults.sent.flat()).includes("c"), 1_000);
    expect((await shard.stub().totals()).outcomes).toMatchObject({ applied: 2, waiting: 2 });
  });

  test("only what waits is driven again", async () => {
    const shard = shardWith({ policy: brisk });
    const ids = Array.from({ length: 3_000 }, (_, i) => `e${i}`);
    await shard.stub().append(delivery(...ids));
    await until("all packs are sent", () => idsIn(shard.faults.sent.flat()).length >= 3_000);
    const [first, ...others] = takeSent(shard.faults).map(unpack);
    expect(others.length).toBeGreaterThan(0);
    await shard.stub().settle(others.map((pack) => reportOf(pack)));
    shard.faults.sent.length = 0;
    await until("something is driven again", () => shard.faults.sent.length > 0);
    expect(new Set(takeSent(shard.faults).map((message) => unpack(message).header.id))).toEqual(new Set([first?.header.id]));
  });
});

describe("one delivery", () => {
  test("is told with its raw form while it waits, with each item's outcome once it has settled, and without its rows later", async () => {
    const shard = shardWith({ archive: "fails", policy: { ...brisk, archiveEveryMs: 20 } });
    const sent = delivery("a", "b", "c");
    await shard.stub().append(delivery("before"));
    await shard.stub().append(sent);
    const record = () => shard.stub().delivery(sent.head.id);
    expect(await record()).toMatchObject({ logged: { id: sent.head.id, status: "waiting", runs: [[waiting, 3]] }, raw: sent, letters: [] });
    await consumeAll(shard, (id) => (id === "b" ? quarantined : applied));
    expect(await record()).toMatchObject({
      logged: {
        status: "settled",
        runs: [
          [applied, 1],
          [quarantined, 1],
          [applied, 1],
        ],
      },
      raw: sent,
      letters: [{ id: `${shard.name}-1`, item: 1, items: 1, kind: "quarantined" }],
    });
    shard.faults.archive = "works";
    await until("the rows are gone", async () => (await rows(shard)) === 0);
    expect(await record()).toMatchObject({ logged: { status: "settled" }, raw: null, letters: [{ item: 1 }] });
    await crash();
    expect(await record()).toMatchObject({ logged: { status: "settled", outcomes: { applied: 2, quarantined: 1 } } });
    expect(await shard.stub().delivery("unheard-of")).toBeNull();
  });

  test("that history has pushed out of the log is found until the archive has it, and its letters after that", async () => {
    const shard = shardWith({ archive: "fails", policy: { ...brisk, archiveEveryMs: 20 } });
    const sent = delivery("a", "b");
    await shard.stub().append(sent);
    await consumeAll(shard, (id) => (id === "b" ? quarantined : applied));
    await runInDurableObject(shard.stub() as never, (_, state) => void state.storage.sql.exec("DELETE FROM delivery_log"));
    const record = () => shard.stub().delivery(sent.head.id);
    expect(await record()).toMatchObject({ logged: null, raw: sent, letters: [{ item: 1, kind: "quarantined" }] });
    shard.faults.archive = "works";
    await until("the rows are gone", async () => (await rows(shard)) === 0);
    expect(await record()).toMatchObject({ logged: null, raw: null, letters: [{ item: 1 }] });
  });

  test("stays in the log when lists do not look so far any more", async () => {
    const shard = shardWith({ policy: brisk });
    const [sent, later] = [delivery("a"), delivery("b")];
    await shard.stub().append(sent);
    await consumeAll(shard);
    await runInDurableObject(
      shard.stub() as never,
      (_, state) =>
        void state.storage.sql.exec("INSERT INTO delivery_log (from_seq, to_seq, entries, body) VALUES (1000, 1000, 2000, '[]')"),
    );
    await crash();
    await shard.stub().append(later);
    await consumeAll(shard);
    expect((await shard.stub().deliveries({ limit: 10 })).map(({ id }) => id)).not.toContain(sent.head.id);
    expect(await shard.stub().delivery(sent.head.id)).toMatchObject({ logged: { id: sent.head.id, outcomes: { applied: 1 } } });
  });

  test("in lists bears why its events did not count", async () => {
    const shard = shardWith({ policy: brisk });
    await shard.stub().append(delivery("a", "b"));
    await consumeAll(shard, (id) => (id === "b" ? quarantined : applied));
    const [listed] = await shard.stub().deliveries({ limit: 10 });
    expect(listed).toMatchObject({ reasons: [{ outcome: "quarantined", events: 1 }] });
    expect(listed).not.toHaveProperty("runs");
  });
});

describe("dead letters", () => {
  test("a quarantined event is kept in the settling commit, copied until the queue takes it, and told with its reason", async () => {
    const shard = shardWith({ letters: "fails", policy: brisk });
    await shard.stub().append(delivery("a", "b"));
    await until("it is sent", () => shard.faults.sent.length > 0);
    const pack = takePack(shard);
    const report = reportOf(pack, (id) => (id === "b" ? quarantined : applied));
    await shard
      .stub()
      .settle([{ ...report, reasons: [{ index: 1, reason: "id_conflict", detail: "other content", accountId: "acct-1" }] }]);
    const [letter] = await shard.stub().deadLetters({ limit: 10 });
    expect(letter).toMatchObject({
      id: `${shard.name}-1`,
      kind: "quarantined",
      reason: "id_conflict",
      eventId: "b",
      accountId: "acct-1",
      status: "open",
      line: toLine(eventsOfPack(pack)[1] as Event),
    });
    const today = Math.floor(Date.now() / 86_400_000);
    expect((await shard.stub().streams()).map(({ arrivals }) => arrivals)).toEqual([[[today, 2, 1]]]);
    await until("a copy has failed", () => shard.faults.reports.some(({ what }) => what === "intake.letter_copy_failed"));
    await crash();
    shard.faults.letters = "works";
    await shard.stub().sweep();
    await until("the copy is sent", () => shard.faults.copies.length > 0);
    const { line: _kept, ...copy } = letter as DeadLetter;
    expect(shard.faults.copies[0]).toEqual(copy);
  });

  test("an event that fails eight times by itself is dead; its neighbours are applied", async () => {
    const shard = shardWith({ policy: brisk });
    await shard.stub().append(delivery("good", "bad"));
    await until(
      "it dies",
      async () => {
        for (const message of takeSent(shard.faults)) {
          const pack = unpack(message);
          const report = reportOf(pack, (id) => (id === "bad" ? waiting : applied));
          await shard.stub().settle([{ ...report, reasons: [{ index: 1, reason: "fold_failed", detail: "no" }] }]);
        }
        return (await shard.stub().totals()).outcomes.deadLettered === 1;
      },
      8_000,
    );
    expect((await shard.stub().totals()).outcomes).toMatchObject({ applied: 1, deadLettered: 1, waiting: 0 });
    expect(await shard.stub().deadLetters({ limit: 10 })).toMatchObject([
      { kind: "deadLettered", eventId: "bad", tries: 8, reason: "fold_failed" },
    ]);
  });

  test("a delivery whose mapper throws is kept raw as one letter, and can be replayed with better code", async () => {
    const shard = shardWith({ policy: brisk });
    const broken = delivery("x", "y");
    shard.faults.map = (found) => {
      if (found.head.id === broken.head.id) throw new Error("boom");
      return mapDelivery(found);
    };
    await shard.stub().append(broken);
    await shard.stub().append(delivery("a"));
    await consumeAll(shard);
    expect((await shard.stub().totals()).outcomes).toMatchObject({ applied: 1, deadLettered: 2, waiting: 0 });
    const [letter] = await shard.stub().deadLetters({ limit: 10 });
    expect(letter).toMatchObject({
      kind: "deadLettered",
      type: "delivery",
      reason: "mapper_failed",
      detail: "boom",
      eventId: broken.head.id,
    });
    expect(fromArchiveLine(letter?.line ?? "")).toEqual(broken);

    shard.faults.map = null;
    expect(await shard.stub().replayDeadLetter(letter?.id ?? "", { asNew: false })).toMatchObject({ status: "replayed" });
    expect(await consumeAll(shard)).toEqual(["x", "y"]);
    const totals = await shard.stub().totals();
    expect(totals).toMatchObject({ acceptedEvents: 3, deliveries: 2, outcomes: { applied: 3, deadLettered: 0, waiting: 0 } });
  });

  test("a delivery of which its mapper finds another number of items by now is a letter, and comes again as what is found", async () => {
    const shard = shardWith({ policy: brisk });
    const three = deliveryOf([nativeEvent("x"), nativeEvent("y"), nativeEvent("z")], { receivedAt: Date.now(), accepted: 2, rejected: 1 });
    await shard.stub().append(three);
    await until("it is a letter", async () => (await shard.stub().totals()).outcomes.deadLettered === 2);
    const [letter] = await shard.stub().deadLetters({ limit: 10 });
    expect(letter).toMatchObject({ reason: "item_count_changed", status: "open" });
    await shard.stub().replayDeadLetter(letter?.id ?? "", { asNew: false });
    expect(new Set(await consumeAll(shard))).toEqual(new Set(["x", "y", "z"]));
    const totals = await shard.stub().totals();
    expect(totals).toMatchObject({
      acceptedEvents: 3,
      rejectedEvents: 0,
      deliveries: 1,
      outcomes: { applied: 3, deadLettered: 0, waiting: 0 },
    });
  });

  test("deliveries that no mapper can read are looked up in their segment's rows once, however many they are", async () => {
    const shard = shardWith({ policy: brisk });
    shard.faults.map = () => {
      throw new Error("boom");
    };
    shard.faults.holdAt = "append:before-commit";
    const appends = Array.from({ length: 30 }, (_, i) => shard.stub().append(delivery(`e${i}`)));
    await until("the first commit is held", () => shard.faults.steps.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    let reads = 0;
    await runInDurableObject(shard.stub() as never, (instance) => {
      const { store } = (instance as unknown as { state: { store: IntakeStore } }).state;
      const rowBodies = store.rowBodies.bind(store);
      store.rowBodies = (...range) => (reads++, rowBodies(...range));
    });
    shard.faults.holdAt = null;
    shard.faults.releases++;
    await Promise.all(appends);
    await until("all are letters", async () => (await shard.stub().totals()).outcomes.deadLettered === 30);
    const segments = shard.faults.steps.filter((step) => step === "flush:segment-committed").length;
    expect(segments).toBeLessThan(5);
    expect(reads).toBe(segments);
    expect(new Set((await shard.stub().deadLetters({ limit: 50 })).map(({ line }) => fromArchiveLine(line).head.id)).size).toBe(30);
  });

  test("replaying puts the event on the path once, under its old or a new id; discarding closes it for good", async () => {
    const shard = shardWith({ policy: brisk });
    await shard.stub().append(delivery("a", "b", "c"));
    await consumeAll(shard, quarantined);
    const letters = await shard.stub().deadLetters({ limit: 10, status: "open" });
    const idOf = (eventId: string): string => letters.find((letter) => letter.eventId === eventId)?.id ?? "";
    await shard.stub().replayDeadLetter(idOf("a"), { asNew: false });
    await shard.stub().replayDeadLetter(idOf("a"), { asNew: false });
    await shard.stub().replayDeadLetter(idOf("b"), { asNew: true });
    await shard.stub().discardDeadLetter(idOf("c"), "not ours");
    expect(await shard.stub().replayDeadLetter(idOf("c"), { asNew: false })).toMatchObject({
      status: "discarded",
      detail: expect.stringContaining("not ours"),
    });
    // On a slow machine a pack may be driven again before it is answered; what it amounts to is told by the totals.
    const ids = [...new Set(await consumeAll(shard))].sort();
    expect(ids).toEqual(["a", expect.stringMatching(/^b~replay-\d+$/)]);
    expect(await shard.stub().totals()).toMatchObject({ acceptedEvents: 3, outcomes: { applied: 2, quarantined: 1, waiting: 0 } });
    expect(await shard.stub().deadLetters({ limit: 10, status: "open" })).toEqual([]);
    expect(await shard.stub().replayDeadLetter("nobody-9", { asNew: false })).toBeNull();
    await until(
      "the lists are told of each change",
      () => new Set(shard.faults.copies.map(({ id, status }) => `${id}/${status}`)).size >= 6,
    );
  });
});

describe("what a shard tells", () => {
  test("each delivery with what became of it, newest first, before and after it has settled", async () => {
    const shard = shardWith({ policy: brisk });
    const first = delivery("a", "b");
    const second = deliveryOf([nativeEvent("c", "acct-2")], { connectionId: "other", receivedAt: Date.now() + 5, rejected: 1 });
    await shard.stub().append(first);
    await shard.stub().append(second);
    expect(await shard.stub().deliveries({ limit: 10 })).toMatchObject([
      { id: second.head.id, status: "waiting", outcomes: { waiting: 1 }, rejected: 1 },
      { id: first.head.id, status: "waiting", outcomes: { waiting: 2 } },
    ]);
    await consumeAll(shard);
    await crash();
    expect(await shard.stub().deliveries({ limit: 10 })).toMatchObject([
      { id: second.head.id, status: "settled", outcomes: { applied: 1 }, accountIds: ["acct-2"] },
      { id: first.head.id, status: "settled", outcomes: { applied: 2 }, accountIds: ["acct-1"], bytes: first.body.byteLength },
    ]);
    expect(await shard.stub().deliveries({ limit: 10, connectionId: "other" })).toHaveLength(1);
    expect(await shard.stub().deliveries({ limit: 10, status: "waiting" })).toEqual([]);
    expect(await shard.stub().deliveries({ limit: 10, after: second.head })).toHaveLength(1);
  });

  test("how fresh each stream is, by events whose clock can be believed", async () => {
    const shard = shardWith();
    const now = Date.now();
    await shard.stub().append(
      deliveryOf([nativeEvent("a", "acct-1", now - 60_000), nativeEvent("b", "acct-1", now + 3_600_000)], {
        receivedAt: now,
        rejected: 1,
      }),
    );
    await shard.stub().append(deliveryOf([nativeEvent("c", "acct-1", now - 120_000)], { receivedAt: now + 1 }));
    await consumeAll(shard);
    await crash();
    expect(await shard.stub().streams()).toEqual([
      {
        connectionId: "conn-1",
        connector: "native",
        stream: "events",
        watermarkMs: now - 60_000,
        kinds: { usage: now - 60_000 },
        silences: { usage: [[0, now, now - 60_000]] },
        rests: { usage: [{ newestMs: now - 60_000, gaps: [expect.any(Array)], weeks: [[expect.any(Number), 0]] }] },
        isEnded: false,
        lastReceivedAt: now + 1,
        acceptedAt: now + 1,
        liveAt: now + 1,
        ahead: { ms: 3_600_000, at: now },
        accepted: 3,
        rejected: 1,
        arrivals: [[Math.floor(now / 86_400_000), 4, 1]],
        partial: { arrivals: [[Math.floor(now / 86_400_000), 4, 1]], movedAt: expect.any(Number) as number },
      },
    ]);
  });

  test("how a stream rests goes on from what older code has stored", async () => {
    const shard = shardWith();
    const [now, week] = [Date.now(), Math.floor(Date.now() / (7 * 86_400_000))];
    await shard.stub().append(deliveryOf([nativeEvent("a", "acct-1", now - 60_000)], { receivedAt: now }));
    await consumeAll(shard);
    await runInDurableObject(shard.stub() as never, (_, state) => {
      const pauses = JSON.stringify({ usage: [[week - 1, 7_200_000]] });
      state.storage.sql.exec("UPDATE stream SET body = json_set(json_remove(body, '$.rests'), '$.pauses', json(?))", pauses);
    });
    await crash();
    await shard.stub().append(deliveryOf([nativeEvent("b", "acct-1", now)], { receivedAt: now + 3_600_000 }));
    await consumeAll(shard);
    const [stream] = await shard.stub().streams();
    expect(stream).not.toHaveProperty("pauses");
    expect(longestPauses(stream?.rests?.usage ?? []).map(([, seconds]) => seconds)).toEqual([7_200, expect.closeTo(3_660, -1)]);
  });

  test("a letter among many events that came does not move the completeness of its stream on the way", async () => {
    const shard = shardWith();
    const ids = Array.from({ length: 60 }, (_, i) => `e${i}`);
    await shard.stub().append(
      deliveryOf(
        ids.slice(0, 20).map((id) => nativeEvent(id)),
        { receivedAt: Date.now() },
      ),
    );
    await consumeAll(shard);
    // One of 20 alone would be a twentieth; of 60 it is less than is told of.
    await shard.stub().append(
      deliveryOf(
        ids.slice(20).map((id) => nativeEvent(id)),
        { receivedAt: Date.now() },
      ),
    );
    await consumeAll(shard, (id) => (id === "e30" ? quarantined : applied));
    const [stream] = await shard.stub().streams();
    expect(stream).toMatchObject({ accepted: 60, arrivals: [[expect.any(Number), 60, 1]] });
    expect(stream?.partial).toBeUndefined();
  });

  test("letters of a segment in which something still waits count when it ends, with all that came with them, also after a crash", async () => {
    const shard = shardWith({ policy: brisk });
    const ids = Array.from({ length: 40 }, (_, i) => `e${i}`);
    await shard.stub().append(delivery(...ids.slice(0, 20)));
    await consumeAll(shard);
    await shard.stub().append(delivery(...ids.slice(20)));
    const report = async (outcomeOf: (id: string) => EventOutcome): Promise<void> => {
      await until("it is sent", () => shard.faults.sent.length > 0);
      await shard.stub().settle(takeSent(shard.faults).map((message) => reportOf(unpack(message), outcomeOf)));
    };
    await report((id) => (id === "e20" ? waiting : id < "e25" ? quarantined : applied));
    expect(await shard.stub().deadLetters({ limit: 10 })).toHaveLength(4);
    const [before] = await shard.stub().streams();
    expect(before).toMatchObject({ accepted: 20, arrivals: [[expect.any(Number), 20, 0]] });
    expect(before?.partial).toBeUndefined();
    await crash();
    shard.faults.sent.length = 0;
    await shard.stub().sweep();
    await report(() => applied);
    const [after] = await shard.stub().streams();
    expect(after).toMatchObject({
      accepted: 40,
      arrivals: [[expect.any(Number), 40, 4]],
      partial: { arrivals: [[expect.any(Number), 40, 4]] },
    });
    await consumeAll(shard);
  });

  test("totals survive a crash at any moment", async () => {
    const shard = shardWith({ policy: { ...brisk, segmentsUnsettledMax: 1, redriveFloorMs: 10_000 } });
    await shard.stub().append(delivery("a", "b"));
    await until("it is sent", () => shard.faults.sent.length > 0);
    await shard.stub().append(delivery("waits"));
    const { stageMs: _before, oldestUnsettledAt: _at, ...before } = await shard.stub().totals();
    await crash();
    const { stageMs: _after, oldestUnsettledAt: _at2, ...after } = await shard.stub().totals();
    expect(after).toEqual(before);
    expect(before).toMatchObject({ acceptedEvents: 3, outcomes: { waiting: 3 } });
  });
});

describe("the doors' second copy", () => {
  const token = { kind: "token" as const, hash: "h1", tokenId: "t1", name: "n", scopes: ["ingest" as const] };
  const connection = {
    kind: "connection" as const,
    id: "c1",
    connector: "mixpanel",
    name: "m",
    status: "active" as const,
    settings: { projectToken: "p1", projectId: "4711" },
    secretsCiphertext: "x",
    updatedAt: 10,
  };

  test("credentials are found by their look-ups, an older copy never replaces a newer one", async () => {
    const shard = shardWith();
    await shard.stub().putCredentials([token, connection]);
    await crash();
    expect(await shard.stub().getCredentials(["token|h1", "connection|c1", "mixpanel|p1", "mixpanel-project|4711", "token|none"])).toEqual([
      token,
      connection,
      connection,
      connection,
      null,
    ]);
    const moved = { ...connection, settings: { projectToken: "p2" }, updatedAt: 20 };
    const revoked = { ...token, revokedAt: 5 };
    await shard.stub().putCredentials([moved, revoked]);
    await shard.stub().putCredentials([connection, token]);
    expect(await shard.stub().getCredentials(["token|h1", "connection|c1", "mixpanel|p1", "mixpanel|p2", "mixpanel-project|4711"])).toEqual(
      [revoked, moved, null, moved, null],
    );
  });

  test("a project token stays with the connection that uses it, whatever becomes of another that has borne it", async () => {
    const shard = shardWith();
    const older = connection;
    const newer = { ...connection, id: "c2", updatedAt: 20 };
    const holder = async (): Promise<string | undefined> => {
      const [found] = await shard.stub().getCredentials(["mixpanel|p1"]);
      return found?.kind === "connection" ? found.id : undefined;
    };
    const hear = (...credentials: object[]): Promise<void> => shard.stub().putCredentials(credentials as Credential[]);
    await hear(newer, older);
    expect(await holder()).toBe("c2");
    const removed = { ...older, status: "deleted", updatedAt: 30 };
    await hear(removed);
    expect(await holder()).toBe("c2");
    // The refresh of each minute tells all of them again.
    await hear(removed, newer);
    expect(await holder()).toBe("c2");
    const back = { ...older, updatedAt: 40 };
    await hear(back, { ...newer, status: "deleted", updatedAt: 50 });
    expect(await holder()).toBe("c1");
  });

  test("a project token that a newer connection gives up goes back to the older one with the next refresh", async () => {
    const shard = shardWith();
    const newer = { ...connection, id: "c2", updatedAt: 20 };
    await shard.stub().putCredentials([connection, newer]);
    const moved = { ...newer, settings: { projectToken: "p2" }, updatedAt: 30 };
    await shard.stub().putCredentials([moved]);
    await shard.stub().putCredentials([connection, moved]);
    expect(await shard.stub().getCredentials(["mixpanel|p1", "mixpanel|p2"])).toEqual([connection, moved]);
    const { credentialsMark } = await shard.stub().append(delivery("a"));
    await shard.stub().putCredentials([connection, moved]);
    expect(await shard.stub().append(delivery("b"))).toMatchObject({ credentialsMark });
  });

  test("a stream has ended while its connection is removed or paused, or its token revoked or expired", async () => {
    const shard = shardWith();
    for (const connectionId of ["c1", "t1"])
      await shard.stub().append(deliveryOf([nativeEvent(connectionId)], { receivedAt: Date.now(), connectionId }));
    await consumeAll(shard);
    const ended = async (): Promise<unknown> =>
      Object.fromEntries((await shard.stub().streams()).map((one) => [one.connectionId, one.isEnded]));
    const hear = (connectionMore: object, tokenMore: object, updatedAt: number): Promise<void> =>
      shard.stub().putCredentials([
        { ...connection, ...connectionMore, updatedAt },
        { ...token, ...tokenMore },
      ] as Credential[]);
    expect(await ended()).toEqual({ c1: false, t1: false });
    await hear({ status: "paused" }, { expiresAt: Date.now() + 3_600_000 }, 20);
    expect(await ended()).toEqual({ c1: true, t1: false });
    await hear({ status: "active" }, { expiresAt: Date.now() - 1 }, 30);
    expect(await ended()).toEqual({ c1: false, t1: true });
    await hear({ status: "deleted" }, { revokedAt: Date.now() - 1 }, 40);
    await crash();
    expect(await ended()).toEqual({ c1: true, t1: true });
    expect((await shard.stub().sources()).ended?.toSorted()).toEqual(["c1", "t1"]);
  });

  test("a stream that a person releases stays so after a crash, until something live comes of it", async () => {
    const shard = shardWith();
    const append = (connectionId: string, receivedAt: number): Promise<unknown> =>
      shard.stub().append(deliveryOf([nativeEvent(`${connectionId}${receivedAt}`)], { receivedAt, connectionId }));
    const now = Date.now();
    await append("c1", now - 3);
    await append("c2", now - 3);
    await consumeAll(shard);
    const released = async (): Promise<unknown> =>
      Object.fromEntries((await shard.stub().streams()).map((one) => [one.connectionId, isReleased(one)]));
    expect([await shard.stub().releaseStreams("c1", now), await shard.stub().releaseStreams("nobody", now)]).toEqual([1, 0]);
    await crash();
    expect(await released()).toEqual({ c1: true, c2: false });
    await append("c1", now + 1);
    await consumeAll(shard);
    expect(await released()).toEqual({ c1: false, c2: false });
  });

  test("the number of intake shards grows while running, and the highest ever used is remembered", async () => {
    const zero = (): Stub => env.INTAKE_SHARD.getByName("0");
    faultsFor("0");
    const first = await zero().getTopology();
    expect(first).toMatchObject({ accountShards: Number(env.ACCOUNT_SHARDS), createAccountsFromEvents: true });
    const grown = await zero().putTopology({ intakeShards: 4 });
    expect(grown).toMatchObject({ intakeShards: 4, intakeShardsHighest: 4, version: first.version + 1 });
    await crash();
    expect(await zero().putTopology({ intakeShards: 2, accountShards: 7 })).toMatchObject({
      intakeShards: 2,
      intakeShardsHighest: 4,
      accountShards: first.accountShards,
    });
    expect(await zero().putTopology({ intakeShards: 9_999 })).toMatchObject({ intakeShards: 64, intakeShardsHighest: 64 });
    expect((await zero().putTopology({ intakeShards: 64 })).version).toBe((await zero().getTopology()).version);
  });

  test("what lies in a shard beyond the number in use is still driven: it is swept", async () => {
    const beyond = shardWith({ policy: brisk, queue: "loses" });
    await beyond.stub().append(delivery("a"));
    await crash();
    beyond.faults.queue = "works";
    expect(await beyond.stub().sweep()).toEqual({ undone: true });
    expect(new Set(await consumeAll(beyond))).toEqual(new Set(["a"]));
  });
});
