import type { Delivery } from "../delivery.ts";
import type { EventOutcome, OutcomeCounts, OutcomeName } from "../outcome.ts";
import type { KindTimes } from "../source-reach.ts";
import type { KindPauses } from "./pauses.ts";
import type { Silences } from "./silences.ts";
import type { PackReport } from "./pack.ts";

/**
 * `IntakeShard.append`: durable when it answers `stored`. Running it twice with one delivery id stores it twice; event ids make it one.
 * `credentialsMark` is another one than last time when the shard's copy of the credentials has changed; older code does not tell it.
 */
export type AppendReply = ({ readonly status: "stored" } | { readonly status: "full"; readonly retryAfterMs: number }) & {
  readonly credentialsMark?: number;
};

/** A token or connection as the doors need it; the second copy lives in every intake shard. Secrets only encrypted. */
export type Credential =
  | {
      readonly kind: "token";
      /** SHA-256 hex of the token text. Also the look-up key (`token|hash`). */
      readonly hash: string;
      readonly tokenId: string;
      readonly name: string;
      readonly scopes: readonly ("ingest" | "read" | "write" | "admin")[];
      readonly connectionId?: string | undefined;
      readonly accountIds?: readonly string[] | undefined;
      readonly expiresAt?: number | undefined;
      readonly revokedAt?: number | undefined;
    }
  | {
      readonly kind: "connection";
      /** Look-up key `connection|id`; a mixpanel connection is also found by `mixpanel|projectToken`, `mixpanel-project|projectId` and `mixpanel-secret|apiSecretDigest`. */
      readonly id: string;
      readonly connector: string;
      readonly name: string;
      readonly status: "active" | "paused" | "deleted";
      readonly settings: Readonly<Record<string, unknown>>;
      /** AES-GCM, base64; see platform/secrets.ts. Empty object when none are set. */
      readonly secretsCiphertext: string;
      /** Keyed hash of the API secret of a mixpanel connection that has one. */
      readonly apiSecretDigest?: string | undefined;
      readonly updatedAt: number;
    };

/** How many objects there are. Held by the intake shard named "0", cached by everyone; a change takes effect within a minute. */
export type Topology = {
  /** Account shards; 0 means an object per account. Recorded at the first start, then fixed. */
  readonly accountShards: number;
  readonly intakeShards: number;
  /** The highest N ever used: every shard up to here is swept. */
  readonly intakeShardsHighest: number;
  /** Product settings the doors need with D1 down. */
  readonly createAccountsFromEvents: boolean;
  /** Raised by every change; the higher one wins. */
  readonly version: number;
};

/** Where a delivery stands in lists. */
export type DeliveryPosition = { readonly receivedAt: number; readonly id: string };

/** `after`: the last one that the reader has; only what stands behind it is answered. */
export type DeliveryFilter = {
  readonly connectionId?: string;
  readonly status?: string;
  readonly limit: number;
  readonly after?: DeliveryPosition;
};

/** Why events of a delivery did not count: those of one outcome and reason. `detail` is that of the first. */
export type DeliveryReason = {
  readonly outcome: OutcomeName | "rejected";
  readonly reason: string;
  readonly detail: string;
  readonly events: number;
};

/** Outcomes of consecutive items of a delivery: outcome and how many. */
export type OutcomeRun = readonly [outcome: EventOutcome, items: number];

/** One delivery and what became of its events: for the Sources page. */
export type DeliverySummary = {
  readonly id: string;
  readonly connectionId: string;
  readonly connector: string;
  readonly form: string;
  readonly receivedAt: number;
  readonly bytes: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly outcomes: OutcomeCounts;
  readonly status: "settled" | "waiting" | "stuck";
  readonly settledAt?: number | undefined;
  /** Accounts its events reached, at most 5. */
  readonly accountIds: readonly string[];
  /** At most 5; absent in what older code has logged. */
  readonly reasons?: readonly DeliveryReason[] | undefined;
};

/** A summary as it is logged: what became of each item, in order. Cut off beyond `deliveryRunsMax`; absent in what older code has logged. */
export type LoggedDelivery = DeliverySummary & { readonly runs?: readonly OutcomeRun[] | undefined };

/** Everything a shard knows of one delivery. */
export type DeliveryRecord = {
  readonly logged: LoggedDelivery;
  /** Its dead and quarantined items, with where they are kept. */
  readonly letters: readonly DeliveryLetter[];
  /** As received, while its rows are here. */
  readonly raw: Delivery | null;
};

/** `item` is the place among the delivery's accepted items; `items` are more than one where the delivery is kept as a unit. */
export type DeliveryLetter = {
  readonly id: string;
  readonly item: number;
  readonly items: number;
  readonly kind: DeadLetter["kind"];
  readonly reason: string;
  readonly detail: string;
  readonly accountId: string | null;
};

/** Freshness of one stream as one shard saw it; the API takes the greatest over all shards. */
export type StreamStatus = {
  readonly connectionId: string;
  readonly connector: string;
  readonly stream: string;
  /** Greatest event time at most 5 minutes ahead of ours, epoch ms. */
  readonly watermarkMs: number;
  /** The same of each kind of event that it has brought. Absent: older code has stored it. */
  readonly kinds?: KindTimes | undefined;
  readonly lastReceivedAt: number;
  /** When a delivery last came of which an event was taken. Absent: none was, or older code has stored it. */
  readonly acceptedAt?: number | undefined;
  /** When something live, and when history (the backfill lane), last came. Neither: older code has stored it, and all counts as live. */
  readonly liveAt?: number | undefined;
  readonly historyAt?: number | undefined;
  /** Its last silences. Absent: nothing live has come since they are noted. */
  readonly silences?: Silences | undefined;
  /** When a person said that nothing more is to be waited for (our clock); until something live comes. */
  readonly releasedAt?: number | undefined;
  /** How it rests between live events of each kind. Absent: none has come since this is noted. */
  readonly pauses?: KindPauses | undefined;
  /** The last delivery with an event too far ahead of our clock to be believed: how far, and when it came. Absent: there was none. */
  readonly ahead?: { readonly ms: number; readonly at: number };
  readonly accepted: number;
  readonly rejected: number;
};

/** Of the events that came through a stream on a UTC day of receipt, valid or not, those that cannot count. */
export type DayArrivals = readonly [day: number, came: number, lost: number];

/**
 * A stream as account shards hear of it. `arrivals`: its last `sourceDaysKept` days, oldest first. `isEnded`: its connection was removed or paused,
 * or its token revoked or outlived; `endedAt`: since when. Older code tells none of them.
 */
export type StreamStanding = StreamStatus & {
  readonly arrivals?: readonly DayArrivals[] | undefined;
  readonly isEnded?: boolean;
  readonly endedAt?: number;
};

/**
 * What came through one stream on one UTC day of receipt; `watermarkMs` as of its events, 0 where none is believed. `failed`: of what was
 * accepted that day, the events that were quarantined or ended as dead letters; absent: none. `delayMinMs`: the least time that lay between what
 * happened and its arrival, of live events; negative where the sender's clock is ahead; absent: there was none.
 */
export type StreamDay = {
  readonly day: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly failed?: number | undefined;
  readonly watermarkMs: number;
  readonly delayMinMs?: number | undefined;
};

/** A stream as it is stored: with its last `sourceDaysKept` days, oldest first; absent in what older code has stored. */
export type StoredStream = StreamStatus & { readonly days?: readonly StreamDay[] | undefined };

/** `refused`: a request, at the door. The others: an event of a delivery that was taken. */
export type FaultKind = "refused" | "rejected" | DeadLetter["kind"];

/** What went wrong with one stream: how often in which UTC hours (oldest first), and the last time in full. */
export type SourceFault = {
  readonly connectionId: string;
  readonly connector: string;
  readonly stream: string;
  readonly hours: readonly FaultHour[];
  readonly last: { readonly at: number; readonly kind: FaultKind; readonly reason: string; readonly detail: string };
};
/** `hour`: whole hours since 1970. `refused` counts requests, `failed` events. */
export type FaultHour = readonly [hour: number, refused: number, failed: number];

/** What a shard knows of its sources. */
/** `ended`: connections and tokens of these streams of which nothing more comes; older code does not tell. */
export type SourceFacts = {
  readonly streams: readonly StoredStream[];
  readonly faults: readonly SourceFault[];
  readonly ended?: readonly string[];
};

/** A dead or quarantined event as kept by its shard. */
export type DeadLetter = {
  /** `{shard}-{number}`: leads back to the shard without a look-up. */
  readonly id: string;
  readonly kind: "quarantined" | "deadLettered";
  readonly reason: string;
  readonly detail: string;
  readonly connectionId: string;
  readonly connector: string;
  readonly type: string;
  readonly eventId: string;
  readonly accountId?: string | undefined;
  readonly at: number;
  readonly tries: number;
  readonly status: "open" | "replayed" | "discarded";
  /** The event line. */
  readonly line: string;
};

/** Totals since the shard was made; they survive restarts (written in the settling commits). */
export type IntakeTotals = {
  readonly acceptedEvents: number;
  readonly rejectedEvents: number;
  readonly deliveries: number;
  readonly outcomes: OutcomeCounts;
  readonly heldBytes: number;
  readonly unsettledSegments: number;
  readonly stuckPacks: number;
  readonly oldestUnsettledAt: number | null;
  /** receivedAt → appliedAt, counts per upper bound in `visibleBoundsMs`, last one +Inf. */
  readonly visibleHistogram: readonly number[];
  readonly visibleSumMs: number;
  /** Archive objects whose key was taken by other content: an alert, see docs/operations.md. */
  readonly archiveConflicts: number;
  /** Ms of CPU by stage (`append`, `map`, `gzip` as a part of `map`, `archive`) in this life of the object; 0 where the runtime's clock stands still. */
  readonly stageMs: Readonly<Record<string, number>>;
};
export const visibleBoundsMs: readonly number[] = [50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000];

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
