import { DurableObject } from "cloudflare:workers";
import { mapToItems } from "../src/connectors/index.ts";
import type { ChangesMessage } from "../src/domain/change.ts";
import type { Delivery } from "../src/domain/delivery.ts";
import { toArrivals } from "../src/domain/intake/completeness.ts";
import type { AppendReply, IntakeShardRpc, SourceFacts } from "../src/domain/intake/rpc.ts";
import type { Credential } from "../src/domain/intake/credential.ts";
import type { DeadLetter } from "../src/domain/intake/dead-letter.ts";
import type { DeliveryFilter, DeliveryRecord, DeliverySummary } from "../src/domain/intake/delivery-log.ts";
import type { IntakeTotals } from "../src/domain/intake/tally.ts";
import type { SourceFault } from "../src/domain/intake/source-fault.ts";
import type { StreamStanding } from "../src/domain/intake/stream.ts";
import type { Topology } from "../src/domain/intake/topology.ts";
import type { PackReport } from "../src/domain/intake/pack.ts";
import { windowPolicy } from "../src/domain/intake/window.ts";
import * as limits from "../src/domain/limits.ts";
import { invariant } from "../src/domain/result.ts";
import type { Env } from "../src/env.ts";
import { GroupCommit } from "../src/ingest/intake/append.ts";
import { discardLetter, letterById, replayLetter } from "../src/ingest/intake/letters.ts";
import { writeFaults } from "../src/ingest/intake/faults.ts";
import type { IntakePorts } from "../src/ingest/intake/ports.ts";
import { deliveries, deliveryRecord, totals } from "../src/ingest/intake/read.ts";
import { Schedule } from "../src/ingest/intake/schedule.ts";
import { readPack, releaseStreams, settle } from "../src/ingest/intake/settle.ts";
import { type IntakePolicy, type IntakeState, loadState } from "../src/ingest/intake/state.ts";
import { clockFrom, wallNow } from "../src/platform/clock.ts";
import { reach } from "../src/platform/failpoint.ts";
import { gunzip, gzip } from "../src/platform/gzip.ts";
import { deadLettersQueue } from "../src/platform/queues/dead-letters-queue.ts";
import { eventsQueue } from "../src/platform/queues/events-queue.ts";
import { archiveBucket } from "../src/platform/r2/archive.ts";
import { reportLine } from "../src/platform/report.ts";
import { sha256OfBytes } from "../src/platform/sha256.ts";
import { within } from "../src/platform/within.ts";
import { CredentialStore } from "./intake-shard/credential-store.ts";
import { SqlIntakeStore } from "./intake-shard/intake-store.ts";

/**
 * Room 1's durable memory: takes deliveries, commits them, and drives what is in them on the path until it has settled.
 *
 * A shell: storage, ports and the order of things; what is decided lies in domain/intake, what is done in ingest/intake. Every method may
 * run twice. docs/design/intake.md tells the whole story and describes the tables.
 */
export class IntakeShard extends DurableObject<Env> implements IntakeShardRpc {
  private readonly credentials: CredentialStore;
  private readonly state: IntakeState;
  private readonly commits: GroupCommit;
  private readonly schedule: Schedule;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const store = new SqlIntakeStore(ctx.storage);
    this.credentials = new CredentialStore(ctx.storage, wallNow());
    this.state = loadState(store.nameKept(ctx.id.name), store, this.ports(), this.policy());
    this.schedule = new Schedule(this.state, {
      // A life that has ended cannot set it any more; the next one does so before it does anything else.
      set: (wallMs) =>
        void ctx.storage.setAlarm(wallMs).catch((error: unknown) => reportLine("intake.alarm_not_set", { error: String(error) })),
    });
    this.commits = new GroupCommit(this.state, () => this.schedule.look());
    this.schedule.look();
  }

  /** What lies outside of the shard; a test's subclass makes it fail, hang, lose and double. */
  protected ports(): IntakePorts {
    const { env } = this;
    const clock = clockFrom(env.PULSELINE_CLOCK);
    return {
      queue: eventsQueue(env.EVENTS_QUEUE),
      archive: archiveBucket(env.ARCHIVE),
      deadLetters: deadLettersQueue(env.DEAD_LETTERS_QUEUE),
      clock: { now: () => clock.now(), wallNow },
      sourcesMoved: async (at) => {
        const moved: ChangesMessage = { sinks: [], changes: [], sourcesMovedAt: at };
        await within(limits.queueSendTimeoutMs, env.CHANGES_QUEUE.send(moved, { contentType: "json" }));
      },
      codec: { gzip, gunzip, sha256: sha256OfBytes },
      map: mapToItems,
      reach: (step) => reach(env, step),
      report: reportLine,
    };
  }

  /** The bounds; a test's subclass makes a minute pass in a moment. */
  protected policy(): IntakePolicy {
    const { intakeHeldBytesMax, intakeRowBytesMax, segmentBytesMax, archiveBytesMax, packMemoryBytesMax } = limits;
    return {
      ...windowPolicy,
      intakeHeldBytesMax,
      intakeRowBytesMax,
      segmentBytesMax,
      archiveEveryMs: Number(this.env.PULSELINE_ARCHIVE_EVERY_MS ?? limits.archiveEveryMs),
      archiveBytesMax,
      appendHoldMaxMs: limits.appendHoldMaxMs,
      consumersSilentAfterMs: limits.consumersSilentAfterMs,
      packMemoryBytesMax,
      retryFloorMs: limits.intakeRetryFloorMs,
      retryCapMs: limits.intakeRetryCapMs,
    };
  }

  async append(delivery: Delivery): Promise<AppendReply> {
    const reply = await this.commits.append(delivery);
    return { ...reply, credentialsMark: this.credentials.mark };
  }

  async settle(reports: readonly PackReport[]): Promise<void> {
    try {
      await settle(this.state, reports);
    } finally {
      this.schedule.look();
    }
  }

  async readPack(packId: string): Promise<string | null> {
    return readPack(this.state, packId);
  }

  async sweep(): Promise<{ undone: boolean }> {
    this.schedule.look();
    return { undone: this.schedule.isUndone() };
  }

  /** Never fails: a task that throws is reported and tried again, and the alarm stands again before this ends. */
  override async alarm(): Promise<void> {
    await this.schedule.onAlarm();
  }

  async putCredentials(credentials: readonly Credential[]): Promise<void> {
    this.credentials.put(credentials);
  }

  async getCredentials(lookups: readonly string[]): Promise<readonly (Credential | null)[]> {
    return this.credentials.get(lookups);
  }

  async getTopology(): Promise<Topology> {
    this.mustBeFirst();
    return this.credentials.topology(Number(this.env.ACCOUNT_SHARDS));
  }

  async putTopology(change: Partial<Omit<Topology, "version" | "intakeShardsHighest">>): Promise<Topology> {
    this.mustBeFirst();
    return this.credentials.changeTopology(Number(this.env.ACCOUNT_SHARDS), change);
  }

  async deliveries(filter: DeliveryFilter): Promise<readonly DeliverySummary[]> {
    return deliveries(this.state, filter);
  }

  async delivery(id: string): Promise<DeliveryRecord | null> {
    return deliveryRecord(this.state, id);
  }

  async streams(): Promise<readonly StreamStanding[]> {
    const now = this.state.ports.clock.now();
    return this.state.store.streams().map(({ days = [], ...status }) => {
      const endedAt = this.credentials.endedAt(status.connectionId, now);
      return { ...status, arrivals: toArrivals(days), isEnded: endedAt !== null, ...(endedAt !== null && { endedAt }) };
    });
  }

  async sources(): Promise<SourceFacts> {
    const { store, ports } = this.state;
    const streams = store.streams();
    const now = ports.clock.now();
    const ended = streams.filter(({ connectionId }) => this.credentials.endedAt(connectionId, now) !== null);
    return { streams, faults: store.faults(), ended: [...new Set(ended.map(({ connectionId }) => connectionId))] };
  }

  async releaseStreams(connectionId: string, at: number): Promise<number> {
    const released = releaseStreams(this.state, connectionId, at);
    this.schedule.look();
    return released;
  }

  async noteFaults(faults: readonly SourceFault[]): Promise<void> {
    this.state.store.commit(() => writeFaults(this.state, faults));
  }

  async totals(): Promise<IntakeTotals> {
    return totals(this.state);
  }

  async deadLetters(filter: { status?: string; limit: number; before?: number }): Promise<readonly DeadLetter[]> {
    return this.state.store.letters(filter).map(({ letter }) => letter);
  }

  async deadLetter(id: string): Promise<DeadLetter | null> {
    return letterById(this.state, id)?.letter ?? null;
  }

  async replayDeadLetter(id: string, options: { asNew: boolean }): Promise<DeadLetter | null> {
    const letter = replayLetter(this.state, id, options);
    this.schedule.look();
    return letter;
  }

  async discardDeadLetter(id: string, reason: string): Promise<DeadLetter | null> {
    const letter = discardLetter(this.state, id, reason);
    this.schedule.look();
    return letter;
  }

  private mustBeFirst(): void {
    invariant(this.state.name === "0", "the topology lies in the intake shard named 0");
  }
}
