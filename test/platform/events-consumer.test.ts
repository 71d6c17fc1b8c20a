import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env as testEnv } from "cloudflare:workers";
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { ApplyCall } from "../../src/domain/account/messages.ts";
import type { Event } from "../../src/domain/event.ts";
import { directoryName } from "../../src/domain/identity/messages.ts";
import { EventOutcome } from "../../src/domain/outcome.ts";
import { toPackText, type PackOrigin, type PackReport } from "../../src/domain/intake/pack.ts";
import type { Env } from "../../src/env.ts";
import { handleEventsBatch } from "../../src/platform/events-consumer.ts";
import { gzip } from "../../src/platform/gzip.ts";
import { eventsOfPack } from "../support/event-lines.ts";
import { OuterWorld } from "../support/identity-directory-ports.ts";
import { eventWith, MemoryAccounts, packText } from "../support/identity-world.ts";

const env = testEnv as unknown as Env;
const { applied, parked, waiting } = EventOutcome;
/** What the directory sends is worked by the tests, not by the deployment's own consumer. */
const outer = new OuterWorld();
beforeAll(() => outer.install(directoryName));

/** The real directory and the real gateways; accounts in memory, and intake shards that note what they are told. */
class Deployment {
  readonly accounts = new MemoryAccounts();
  readonly told: { name: string; report: PackReport }[] = [];
  stubs = 0;
  /** Thrown by the next stubs, one each. */
  faults: Error[] = [];
  readonly env: Env;

  constructor() {
    const accountStub = (shard: string) => {
      this.stubs += 1;
      const fault = this.faults.shift();
      return {
        apply: async (call: ApplyCall) => (fault === undefined ? this.accounts.apply(shard, call) : Promise.reject(fault)),
        release: async () => undefined,
      };
    };
    const intakeStub = (name: string) => ({
      getTopology: async () => ({
        accountShards: this.accounts.shardCount,
        intakeShards: 1,
        intakeShardsHighest: 1,
        createAccountsFromEvents: true,
        version: 1,
      }),
      settle: async (reports: readonly PackReport[]) => void this.told.push(...reports.map((report) => ({ name, report }))),
      readPack: async () => null,
    });
    this.env = {
      ...env,
      ACCOUNT_SHARD: { getByName: accountStub } as unknown as Env["ACCOUNT_SHARD"],
      INTAKE_SHARD: { getByName: intakeStub } as unknown as Env["INTAKE_SHARD"],
    };
  }

  async consume(
    ...packs: { id: string; events: readonly Event[]; origin?: { kind: PackOrigin["kind"]; name: string } }[]
  ): Promise<Awaited<ReturnType<typeof getQueueResult>>> {
    const bodies = packs.map(({ id, events, origin }) => gzip(new TextEncoder().encode(packText(id, events, origin))));
    return this.queue(bodies.map((body, i) => ({ id: String(i), timestamp: new Date(), attempts: 1, body })));
  }

  async queue(
    messages: { id: string; timestamp: Date; attempts: number; body: unknown }[],
  ): Promise<Awaited<ReturnType<typeof getQueueResult>>> {
    const batch = createMessageBatch("events", messages);
    await handleEventsBatch(batch, this.env);
    return getQueueResult(batch, createExecutionContext());
  }

  outcomes(packId: string): readonly EventOutcome[] | undefined {
    return this.told.findLast(({ report }) => report.packId === packId)?.report.outcomes;
  }
}

const error = (over: object): Error => Object.assign(new Error("network connection lost"), over);
const retried = (result: Awaited<ReturnType<typeof getQueueResult>>): string[] => result.retryMessages.map(({ msgId }) => msgId);

describe("a batch of the queue `events`", () => {
  test("reaches accounts and the directory, is reported, then acknowledged message by message", async () => {
    const deployment = new Deployment();
    const user = `user|${crypto.randomUUID()}`;
    const result = await deployment.consume(
      { id: "p1", events: [eventWith({ id: "1" })] },
      { id: "p2", events: [eventWith({ id: crypto.randomUUID(), deliveryId: crypto.randomUUID(), keys: [user] })] },
    );
    expect(result.explicitAcks).toEqual(["0", "1"]);
    expect([deployment.outcomes("p1"), deployment.outcomes("p2")]).toEqual([[applied], [parked]]);
    expect(await env.IDENTITY_DIRECTORY.getByName(directoryName).status([user])).toMatchObject([{ waitingEvents: 1 }]);
  });

  test("a body that is no pack is acknowledged and hurts nobody", async () => {
    const deployment = new Deployment();
    const good = gzip(new TextEncoder().encode(packText("p1", [eventWith({ id: "1" })])));
    const bodies: unknown[] = [new Uint8Array([31, 139, 0]), "text", { an: "object" }, gzip(new Uint8Array([0xff, 0xfe])), good];
    const result = await deployment.queue(bodies.map((body, i) => ({ id: String(i), timestamp: new Date(), attempts: 1, body })));
    expect(result.explicitAcks.toSorted()).toEqual(["0", "1", "2", "3", "4"]);
    expect(deployment.outcomes("p1")).toEqual([applied]);
  });

  test("a retryable failure is tried once more on a new stub", async () => {
    const deployment = new Deployment();
    deployment.faults = [error({ retryable: true })];
    expect((await deployment.consume({ id: "p1", events: [eventWith({ id: "1" })] })).explicitAcks).toEqual(["0"]);
    expect(deployment.stubs).toBe(2);
  });

  test.each([
    ["overloaded", { retryable: true, overloaded: true }],
    ["failing in our own code", { remote: true }],
  ])("an object that is %s is not asked again at once; its pack is asked for again", async (_, marks) => {
    const deployment = new Deployment();
    deployment.faults = [error(marks)];
    const result = await deployment.consume({ id: "p1", events: [eventWith({ id: "1" })] });
    expect([result.explicitAcks, retried(result), deployment.stubs]).toEqual([[], ["0"], 1]);
    expect(deployment.outcomes("p1")).toEqual([waiting]);
  });
});

describe("a link made by the API while the consumer runs", () => {
  const directory = env.IDENTITY_DIRECTORY.getByName(directoryName);
  const link = (key: string, accountId: string) => directory.link({ key, accountId, evidence: "person", author: "ann", at: Date.now() });

  test("works at once, though the consumer knew the key to be free or another's", async () => {
    const deployment = new Deployment();
    deployment.accounts.exist("a", "b");
    const key = `user|${crypto.randomUUID()}`;
    const send = async (id: string) => {
      await deployment.consume({ id, events: [eventWith({ id, deliveryId: `${key}${id}`, keys: [key], receivedAt: Date.now() })] });
      return deployment.outcomes(id);
    };
    expect(await send("1")).toEqual([parked]);
    await link(key, "a");
    expect(await send("2")).toEqual([applied]);
    await link(key, "b");
    expect(await send("3")).toEqual([applied]);
    expect([deployment.accounts.ids("a"), deployment.accounts.ids("b")]).toEqual([["2"], ["3"]]);
  });

  test("what waited leaves as a pack of the directory, reaches its account and is settled there", async () => {
    const deployment = new Deployment();
    deployment.accounts.exist("a", "b");
    const key = `user|${crypto.randomUUID()}`;
    const event = eventWith({ id: "w", deliveryId: key, keys: [key], receivedAt: Date.now() });
    await deployment.consume({ id: "p1", events: [event] });
    expect(await link(key, "a")).toMatchObject({ drainedEvents: 1 });
    const pack = await vi.waitFor(() => {
      const found = outer.sent.find((sent) => eventsOfPack(sent).some(({ deliveryId }) => deliveryId === key));
      if (found === undefined) throw new Error("not sent yet");
      return found;
    });
    const result = await deployment.queue([
      { id: "0", timestamp: new Date(), attempts: 1, body: gzip(new TextEncoder().encode(toPackText(pack))) },
    ]);
    expect(result.explicitAcks).toEqual(["0"]);
    expect(deployment.accounts.ids("a")).toContain("w");
    expect(await directory.readPack(pack.header.id)).toBeNull();
  });
});
