import type { Delivery } from "../delivery.ts";
import type { Credential } from "./credential.ts";
import type { DeadLetter } from "./dead-letter.ts";
import type { DeliveryFilter, DeliveryRecord, DeliverySummary } from "./delivery-log.ts";
import type { PackReport } from "./pack.ts";
import type { SourceFault } from "./source-fault.ts";
import type { StoredStream, StreamStanding } from "./stream.ts";
import type { IntakeTotals } from "./tally.ts";
import type { Topology } from "./topology.ts";

/**
 * `IntakeShard.append`: durable when it answers `stored`. Running it twice with one delivery id stores it twice; event ids make it one.
 * `credentialsMark` is another one than last time when the shard's copy of the credentials has changed; older code does not tell it.
 */
export type AppendReply = ({ readonly status: "stored" } | { readonly status: "full"; readonly retryAfterMs: number }) & {
  readonly credentialsMark?: number;
};

/** What a shard knows of its sources. `ended`: connections and tokens of these streams of which nothing more comes; older code does not tell. */
export type SourceFacts = {
  readonly streams: readonly StoredStream[];
  readonly faults: readonly SourceFault[];
  readonly ended?: readonly string[];
};

/** RPC surface of the object. Every method may run twice. */
export interface IntakeShardRpc {
  append(delivery: Delivery): Promise<AppendReply>;
  settle(reports: readonly PackReport[]): Promise<void>;
  /** Header and lines of a pack that travels by reference, as pack text. */
  readPack(packId: string): Promise<string | null>;
  /** Re-arms whatever is undone; called at start-up and each minute. */
  sweep(): Promise<{ undone: boolean }>;
  putCredentials(credentials: readonly Credential[]): Promise<void>;
  /** By look-up keys `token|…`, `connection|…`, `mixpanel|…`, `mixpanel-project|…`, `mixpanel-secret|…`; null where unknown. */
  getCredentials(lookups: readonly string[]): Promise<readonly (Credential | null)[]>;
  getTopology(): Promise<Topology>;
  putTopology(change: Partial<Omit<Topology, "version" | "intakeShardsHighest">>): Promise<Topology>;
  /** In the order of `newestFirst`, from behind `after` on. */
  deliveries(filter: DeliveryFilter): Promise<readonly DeliverySummary[]>;
  /** While it waits or is logged; null when this shard knows it no more, or never did. */
  delivery(id: string): Promise<DeliveryRecord | null>;
  streams(): Promise<readonly StreamStanding[]>;
  sources(): Promise<SourceFacts>;
  /** Notes that nothing more is to be waited for from a connection or token, until something live comes; answers how many streams of it are known here. */
  releaseStreams(connectionId: string, at: number): Promise<number>;
  /** Adds what doors have refused. Told twice it counts twice: these figures are for a person, not for the conservation of events. */
  noteFaults(faults: readonly SourceFault[]): Promise<void>;
  totals(): Promise<IntakeTotals>;
  deadLetters(filter: { status?: string; limit: number; before?: number }): Promise<readonly DeadLetter[]>;
  deadLetter(id: string): Promise<DeadLetter | null>;
  /** Puts the event back on the path (same id unless `asNew`). */
  replayDeadLetter(id: string, options: { asNew: boolean }): Promise<DeadLetter | null>;
  discardDeadLetter(id: string, reason: string): Promise<DeadLetter | null>;
}
