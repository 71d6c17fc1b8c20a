import { createMessageBatch, runInDurableObject } from "cloudflare:test";
import { env as testEnv } from "cloudflare:workers";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { AccountShard } from "../../durable-objects/account-shard.ts";
import type { AccountPorts } from "../../durable-objects/account-shard/ports.ts";
import { IdentityDirectory } from "../../durable-objects/identity-directory.ts";
import type { DirectoryPorts } from "../../durable-objects/identity-directory/ports.ts";
import type { EdgeEvidence } from "../../src/domain/identity/messages.ts";
import { accountShardName } from "../../src/domain/hash.ts";
import type { PackReport } from "../../src/domain/intake/pack.ts";
import type { Env } from "../../src/env.ts";
import { handleEventsBatch } from "../../src/platform/events-consumer.ts";
import { gzip } from "../../src/platform/gzip.ts";
import { directoryName } from "../../src/domain/identity/messages.ts";
import { eventWith, packText } from "../support/identity-world.ts";

/**
 * The real directory, the real account shards and the real consumer in workerd, with a change of links before each of the consumer's calls
 * in turn. The queue is a list in the test's hand, so that each step can be chosen; the intake shard is a note of what it is told.
 */
const env = testEnv as unknown as Env;
const shards = 4;
const directory = env.IDENTITY_DIRECTORY.getByName(directoryName);
const account = (id: string) => env.ACCOUNT_SHARD.getByName(accountShardName(id, shards));
const queue: Uint8Array[] = [];

const prototypes = { directory: IdentityDirectory.prototype, account: AccountShard.prototype } as unknown as {
  directory: { ports: () => DirectoryPorts };
  account: { ports: (this: AccountShard) => AccountPorts };
};
const real = { directory: prototypes.directory.ports, account: prototypes.account.ports };
beforeAll(() => {
  prototypes.directory.ports = () => ({
    send: async (message) => void queue.push(message),
    release: (accountId, key, version) => account(accountId).release(accountId, key, version),
    setMerged: (accountId, into, version) => account(accountId).setMerged(accountId, into, version),
    copyDeadLetters: async () => undefined,
  });
  prototypes.account.ports = function (this: AccountShard) {
    return { ...real.account.call(this), sendChanges: async () => undefined, sendPack: async (message) => void queue.push(message) };
  };
});
afterAll(() => {
  prototypes.directory.ports = real.directory;
  prototypes.account.ports = real.account;
});

class Run {
  readonly name = crypto.randomUUID();
  readonly user = `user|${this.name}`;
  readonly domain = `domain|${this.name}.example`;
  readonly a = `a-${this.name}`;
  readonly b = `b-${this.name}`;
  readonly reports: PackReport[] = [];
  steps = 0;
  private readonly strikeAt: number;
  private readonly strike: () => Promise<unknown>;
  private reportsToLose: number;
  private readonly env: Env;

  constructor(strikeAt: number, strike: (run: Run) => Promise<unknown>, reportsToLose: number) {
    this.strikeAt = strikeAt;
    this.strike = () => strike(this);
    this.reportsToLose = reportsToLose;
    const stepping = <Stub extends object>(stub: Stub): Stub =>
      new Proxy(stub, {
        get:
          (target, method) =>
          async (...args: unknown[]) => {
            await this.step();
            return (target as Record<string | symbol, (...given: unknown[]) => unknown>)[method]?.(...args);
          },
      });
    const intake = {
      getTopology: async () => ({
        accountShards: shards,
        intakeShards: 1,
        intakeShardsHighest: 1,
        createAccountsFromEvents: true,
        version: 1,
      }),
      readPack: async () => null,
      settle: async (reports: readonly PackReport[]) => {
        await this.step();
        if (this.reportsToLose-- > 0) throw new Error("the report is lost");
        this.reports.push(...reports);
      },
    };
    this.env = {
      ...env,
      INTAKE_SHARD: { getByName: () => intake } as unknown as Env["INTAKE_SHARD"],
      IDENTITY_DIRECTORY: { getByName: () => stepping(directory) } as unknown as Env["IDENTITY_DIRECTORY"],
      ACCOUNT_SHARD: { getByName: (name: string) => stepping(env.ACCOUNT_SHARD.getByName(name)) } as unknown as Env["ACCOUNT_SHARD"],
    };
  }

  private async step(): Promise<void> {
    if (this.steps++ === this.strikeAt) await this.strike();
  }

  link(key: string, accountId: string, evidence: EdgeEvidence = "person"): Promise<unknown> {
    return directory.link({ key, accountId, evidence, author: "test", at: Date.now() });
  }

  async consume(...bodies: Uint8Array[]): Promise<void> {
    const messages = bodies.map((body, i) => ({ id: String(i), timestamp: new Date(), attempts: 1, body }));
    await handleEventsBatch(createMessageBatch("events", messages), this.env);
  }

  pack(id: string, events: Parameters<typeof packText>[1], mayCreate = false): Uint8Array {
    return gzip(new TextEncoder().encode(packText(`${id}-${this.name}`, events, { mayCreate })));
  }

  event(id: string, keys: string[]): ReturnType<typeof eventWith> {
    return eventWith({ id: `${id}-${this.name}`, deliveryId: `${id}-${this.name}`, keys, receivedAt: Date.now(), occurredAt: Date.now() });
  }

  /** Works what the directory and the accounts send until nothing of it is left. */
  async drive(): Promise<void> {
    await vi.waitFor(
      async () => {
        while (queue.length > 0) await this.consume(...queue.splice(0));
        const { drainingEvents, pendingReleases } = await directory.totals();
        const givenBack = (await this.givenBack(this.a)) + (await this.givenBack(this.b));
        if (drainingEvents + pendingReleases + givenBack + queue.length > 0) throw new Error("not quiet yet");
      },
      { timeout: 20_000, interval: 10 },
    );
  }

  /** Packs of given-back events that the account's shard has not seen settled. */
  private givenBack(accountId: string): Promise<number> {
    const stub = account(accountId) as unknown as DurableObjectStub;
    return runInDurableObject(stub, (_, { storage }) => storage.sql.exec<{ n: number }>("SELECT count(*) AS n FROM pack").one().n);
  }

  async places(id: string): Promise<string[]> {
    const places: string[] = [];
    for (const accountId of [this.a, this.b]) {
      const timeline = await account(accountId).timeline(accountId, { limit: 100 });
      if ("items" in timeline && timeline.items.some((item) => item.id === `${id}-${this.name}`))
        places.push(accountId === this.a ? "a" : "b");
    }
    return places;
  }
}

type Scenario = {
  readonly before: (run: Run) => Promise<unknown>;
  readonly strike: (run: Run) => Promise<unknown>;
  readonly both: string[];
  readonly user: string[];
};
const scenarios: Record<string, Scenario> = {
  "a first link": { before: async () => undefined, strike: (run) => run.link(run.user, run.a), both: ["a"], user: ["a"] },
  "a relink": { before: (run) => run.link(run.user, run.a), strike: (run) => run.link(run.user, run.b), both: ["b"], user: ["b"] },
  "an unlink": {
    before: (run) => run.link(run.user, run.a),
    strike: (run) => directory.unlink(run.user, run.a, "test", undefined, 0),
    both: [],
    user: [],
  },
  "a link of a stronger key": {
    before: (run) => run.link(run.domain, run.a),
    strike: (run) => run.link(run.user, run.b),
    both: ["a"],
    user: ["b"],
  },
};

describe.each(Object.entries(scenarios))("%s while events are in flight", (_, { before, strike, both, user }) => {
  test.each([0, 1])("before each step, with %i reports lost", async (reportsLost) => {
    let steps = 1;
    for (let strikeAt = 0; strikeAt <= steps; strikeAt++) {
      const run = new Run(-1, async () => undefined, 0);
      await run.consume(
        run.pack("made", [run.event("a", [`account|${run.a}`]), eventWith({ ...run.event("b", []), keys: [`account|${run.b}`] })], true),
      );
      await before(run);
      const struck = new Run(strikeAt, () => strike(run), reportsLost);
      // A moment later, so that what existed before is older than the events, as it is for events that come through a door.
      await new Promise((resolve) => setTimeout(resolve, 2));
      const body = run.pack("p", [run.event("both", [run.user, run.domain]), run.event("user", [run.user])]);
      await new Promise((resolve) => setTimeout(resolve, 2));
      for (let time = 0; time <= reportsLost; time++) await struck.consume(body);
      steps = struck.steps;
      if (strikeAt >= steps) await strike(run);
      await run.drive();
      expect({ strikeAt, both: await run.places("both"), user: await run.places("user") }).toEqual({ strikeAt, both, user });
    }
    expect(steps).toBeGreaterThan(2);
  });
});
