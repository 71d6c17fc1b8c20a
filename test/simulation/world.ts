import { IdentityDirectory } from "../../durable-objects/identity-directory.ts";
import { type Configuration, emptyConfiguration } from "../../src/domain/config/active.ts";
import { standardScorecard } from "../../src/domain/config/standard.ts";
import type { AccountChange } from "../../src/domain/change.ts";
import type { ChangeSink } from "../../src/domain/account/messages.ts";
import { accountShardName } from "../../src/domain/hash.ts";
import type { Env } from "../../src/env.ts";
import { heardOf, openConfig } from "../../src/platform/active-config.ts";
import { handleEventsBatch } from "../../src/platform/events-consumer.ts";
import type { PathFailpoint } from "../../src/platform/failpoint.ts";
import { classesWith, type PlantedBug } from "./planted-bugs.ts";
import { VirtualBucket } from "./platform/bucket.ts";
import { type FaultRates, ObjectRuntime } from "./platform/object-runtime.ts";
import { VirtualQueue } from "./platform/queue.ts";
import { VirtualTime } from "./platform/virtual-time.ts";

const EVENTS_BATCH_MAX = 8;

/** The path does without it: it is down the whole time. */
const downDatabase = (): D1Database =>
  ({
    prepare(): never {
      throw new Error("the database is down");
    },
  }) as unknown as D1Database;

/**
 * Published before the world begins, and known to the isolate: a scorecard of one measure. No law speaks of a score's value, and the whole
 * model would be a third of what a seed costs; that a score is due, computed, sent and confirmed is all there.
 */
function smallConfiguration(): Configuration {
  const { version: _, configVersion: __, ...own } = standardScorecard;
  const usage = own.dimensions.filter(({ key }) => key === "usage");
  const dimensions = usage.map((dimension) => ({ ...dimension, measures: dimension.measures.filter(({ key }) => key === "recency") }));
  const document = { ...own, dimensions, caps: [], flags: [] };
  return { ...emptyConfiguration, version: 1, scorecards: { standard: { version: 1, document } } };
}

/**
 * The whole path, from the intake shards' door to the read models' sink, on virtual time: the real objects and the real consumer,
 * with a platform that loses, doubles, reorders and restarts by seed. Only D1 and the live feed are replaced by a sink that keeps the
 * newest change of each account.
 */
export class World {
  readonly time: VirtualTime;
  readonly objects: ObjectRuntime;
  readonly env: Env;
  readonly archive: VirtualBucket;
  readonly accountShards: number;
  readonly intakeShards: number;
  /** Newest change per account, as a read model would hold it. */
  readonly readModel = new Map<string, AccountChange>();
  private readonly random: () => number;

  constructor(options: {
    startMs: number;
    random: () => number;
    rates: FaultRates;
    accountShards: number;
    intakeShards: number;
    bug: PlantedBug | null;
  }) {
    this.random = options.random;
    this.accountShards = options.accountShards;
    this.intakeShards = options.intakeShards;
    this.time = new VirtualTime(options.startMs, options.random);
    this.objects = new ObjectRuntime(this.time, options.random, options.rates);
    this.archive = new VirtualBucket(this.time, this.objects, options.random);
    const queueOptions = { time: this.time, objects: this.objects, random: options.random };
    const events = new VirtualQueue("events", { ...queueOptions, batchMax: EVENTS_BATCH_MAX });
    const changes = new VirtualQueue("changes", { ...queueOptions, batchMax: EVENTS_BATCH_MAX });
    const deadLetters = new VirtualQueue("dead-letters", { ...queueOptions, batchMax: EVENTS_BATCH_MAX });
    this.env = {
      INTAKE_SHARD: this.objects.namespace("IntakeShard"),
      IDENTITY_DIRECTORY: this.objects.namespace("IdentityDirectory"),
      ACCOUNT_SHARD: this.objects.namespace("AccountShard"),
      EVENTS_QUEUE: events,
      CHANGES_QUEUE: changes,
      DEAD_LETTERS_QUEUE: deadLetters,
      ARCHIVE: this.archive,
      DB: downDatabase(),
      ACCOUNT_SHARDS: String(options.accountShards),
      PULSELINE_SECRET_KEY: "",
      FAILPOINTS: { fetch: (address: string) => this.atFailpoint(address) },
    } as unknown as Env;
    openConfig(this.env.DB, JSON.stringify(smallConfiguration()));
    heardOf(this.env.DB, 1);
    const { IntakeShard, AccountShard } = classesWith(options.bug);
    this.objects.register("IntakeShard", IntakeShard);
    this.objects.register("IdentityDirectory", IdentityDirectory);
    this.objects.register("AccountShard", AccountShard);
    this.objects.bind(this.env);
    events.consumer = (batch) => handleEventsBatch(batch, this.env);
    changes.consumer = (batch) => this.takeChanges(batch);
  }

  intake(name: string): Env["INTAKE_SHARD"] extends { getByName(name: string): infer Stub } ? Stub : never {
    return this.env.INTAKE_SHARD.getByName(name);
  }

  directory(): ReturnType<Env["IDENTITY_DIRECTORY"]["getByName"]> {
    return this.env.IDENTITY_DIRECTORY.getByName("directory");
  }

  account(accountId: string): ReturnType<Env["ACCOUNT_SHARD"]["getByName"]> {
    return this.env.ACCOUNT_SHARD.getByName(accountShardName(accountId, this.accountShards));
  }

  /** What the cron of each minute does. */
  async sweep(): Promise<void> {
    for (const className of ["IntakeShard", "IdentityDirectory", "AccountShard"] as const) {
      for (const name of this.objects.names(className)) {
        const stub = this.objects.namespace(className) as { getByName(name: string): { sweep(): Promise<unknown> } };
        await stub
          .getByName(name)
          .sweep()
          .catch(() => undefined);
      }
    }
  }

  /** Does something on the virtual clock and waits for it, while time goes on for everybody. */
  async during<T>(work: Promise<T>, stepMs = 5): Promise<T> {
    let done = false;
    const settled = work.finally(() => (done = true));
    settled.catch(() => undefined);
    while (!done) await this.time.advanceTo(this.time.now() + stepMs);
    return settled;
  }

  /** What a kill does at the places where the code says that it has come. */
  private async atFailpoint(address: string): Promise<Pick<Response, "text">> {
    if (address.endsWith("/flush:segment-committed" satisfies `/${PathFailpoint}`) && this.objects.strikes("crashAtSegment"))
      for (const name of this.objects.names("IntakeShard")) this.objects.restart("IntakeShard", name);
    return { text: async () => "" };
  }

  restartAny(): void {
    const className = ["IntakeShard", "IdentityDirectory", "AccountShard"][Math.floor(this.random() * 3)] as string;
    const names = this.objects.names(className);
    const name = names[Math.floor(this.random() * names.length)];
    if (name !== undefined) this.objects.restart(className, name);
  }

  close(): void {
    this.time.restore();
    this.objects.close();
  }

  private async takeChanges(batch: MessageBatch): Promise<void> {
    for (const message of batch.messages) {
      const { sinks, changes } = message.body as { sinks: ChangeSink[]; changes: AccountChange[] };
      for (const change of changes) {
        const known = this.readModel.get(change.accountId);
        if (known === undefined || change.epoch > known.epoch || (change.epoch === known.epoch && change.number > known.number))
          this.readModel.set(change.accountId, change);
      }
      for (const sink of sinks) {
        const byShard = Map.groupBy(changes, ({ shard }) => shard);
        for (const [shard, rows] of byShard) {
          await this.env.ACCOUNT_SHARD.getByName(shard).confirmChanges(
            sink,
            rows.map(({ accountId, epoch, number }) => ({ accountId, epoch, number })),
          );
        }
      }
    }
  }
}
