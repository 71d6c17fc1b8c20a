import type { Shadow } from "../config/active.ts";
import type { Comparison } from "../config/comparison.ts";
import type { WaitingBand } from "../health/held-band.ts";
import type { NextBand } from "../health/next-band.ts";
import type { AccountHistory } from "../risk/history.ts";
import type { Risk90 } from "../risk/model.ts";
import type { ContactView } from "../health/contact-page.ts";
import type { Scorecard } from "../config/scorecard.ts";
import type { Agreement } from "../health/agreement.ts";
import type { MeasureDocuments } from "../health/custom-measures.ts";
import type { MeasureTrial } from "../health/measure-trial.ts";
import type { HealthDocument, HealthMove, MeasureResult } from "../health/document.ts";
import type { LookingBack } from "../health/restated-measures.ts";
import type { DeadLetter } from "../intake/dead-letter.ts";
import type { PackReport } from "../intake/pack.ts";
import type { SourceReach } from "../source-reach.ts";
import type { EventOutcome } from "../outcome.ts";
import type { Stamp } from "../stamp.ts";
import type { AnalysisCall, AnalysisPart } from "../analytics/analysis.ts";
import type { AccountArr, AccountChange, SideScore } from "../change.ts";
import type { Note, NoteKind, NoteList, NoteQuery, Task } from "./notes.ts";
import type { ListedKind, RecordPage, RecordView } from "./record-view.ts";
import type { ArchivedRange, CheckpointSet, LivePage } from "../parity/messages.ts";
import type { ArchivedObject, JournalChunk } from "./journal-archive.ts";
import type { GatheredJson } from "../statistics/gather.ts";
import type { NoRate } from "../money/convert.ts";
import type { EdgeRef } from "./edge.ts";
import type { AttributeStanding, AttributeValue, Restatement, TicketRecord } from "./state.ts";

/**
 * Events for the accounts of one shard out of one consumer batch.
 * The lines (event-line.ts) travel as one text joined by "\n"; the shard is the only one to parse them.
 */
export type ApplyCall = {
  readonly accounts: readonly ApplyAccount[];
  /** `accountOf[i]` is the index in `accounts` of line i. */
  readonly accountOf: readonly number[];
  /** Key and edge version by which line i was resolved: index into `edges`. */
  readonly edgeOf: readonly number[];
  readonly edges: readonly EdgeRef[];
  readonly stamps: readonly Stamp[];
  /** Stamp of line i: index into `stamps`, or `WHOLE_LINE`. */
  readonly stampOf: readonly number[];
  /** Empty: no lines. */
  readonly lines: string;
  readonly watermarks: Readonly<Record<string, number>>;
  /** Number of the configuration that the caller knows to be in force, as text; a shard that has a lower one fetches it. */
  readonly configVersion: string;
};
/**
 * What a consumer of older code sends while a deploy is under way: whole lines. (A newer call has no `text`: an older shard fails on it, and
 * its lines wait for newer code.)
 */
export type OlderApplyCall = Omit<ApplyCall, "stamps" | "stampOf" | "lines"> & { readonly text: string };

export type ApplyAccount = { readonly id: string; readonly mayCreate: boolean };

export type ApplyReply = {
  /** One per line. `waiting` = see `elsewhere`. */
  readonly outcomes: readonly EventOutcome[];
  readonly reasons: readonly { readonly index: number; readonly reason: string; readonly detail: string }[];
  /**
   * Lines that this account did not take: it does not exist (`unknown`), was merged away (`moved`, then `to` is where it went, by the merge
   * of this `version`), or the edge is older than one it has released.
   */
  readonly elsewhere: readonly {
    readonly index: number;
    readonly why: "unknown" | "moved" | "old_edge";
    readonly to?: string;
    readonly version?: number;
  }[];
  /** Accounts created by this call (the directory may hold events for them). */
  readonly created: readonly string[];
  readonly appliedAt: number;
};

/** `before`: what it was, the oldest first, each since its instant until the next. `isBeforeCut`: older values are not known any more. */
export type AttributeView = AttributeValue & { readonly before?: readonly AttributeStanding[]; readonly isBeforeCut?: true };

export type AccountDocument = {
  readonly id: string;
  readonly name: string | null;
  readonly domains: readonly string[];
  readonly externalIds: Readonly<Record<string, readonly string[]>>;
  readonly attributes: Readonly<Record<string, AttributeView>>;
  readonly events: number;
  readonly firstEventAt: number | null;
  readonly lastEventAt: number | null;
  readonly lastReceivedAt: number | null;
  readonly parentId: string | null;
  readonly arrMinor: AccountArr["arrMinor"];
  readonly currency: AccountArr["currency"];
  readonly arrUnconverted?: AccountArr["arrUnconverted"];
  readonly setAside: { readonly since: number; readonly reason: string; readonly heldEvents: number } | null;
  readonly health: HealthDocument;
  /** Key of the scorecard that gives the score, and what those beside it say. */
  readonly scorecard: string;
  readonly sideScores: readonly SideScore[];
  /** Against 24 hours ago. */
  readonly moves: readonly HealthMove[];
};

/** A configuration that there could be, as text, and the document that makes it another one. */
export type ComparisonCall = { readonly kind: Shadow["kind"]; readonly key: string; readonly configuration: string };

/** One account's health as it is read: explained, with the way to the next band, and the forecast where one is made (never of a past instant). */
export type HealthReading = HealthDocument & {
  readonly nextBand: NextBand | null;
  readonly waitingBand: WaitingBand | null;
  readonly risk90: Risk90 | null;
  /** Of now alone; null with another instant or scorecard. */
  readonly agreement: Agreement | null;
};

/** Accounts of a shard for the monthly back-test, in the order of their ids, after `after`. */
export type RiskPage = {
  /** First instant of the month after the one that is tested, epoch ms. */
  readonly asOf: number;
  /** Part of the accounts that is asked for, 0..1: always the same ones. */
  readonly accountsShare: number;
  readonly after: string | null;
};
export type RiskHistories = {
  readonly histories: readonly AccountHistory[];
  /** Accounts looked at, and those of them of which no subscription is known. */
  readonly accounts: number;
  readonly withoutSubscription: number;
  /** The last account looked at; null: there are no more. */
  readonly next: string | null;
};

/**
 * A health question about many instants. `to` null: now; `from` null: 90 days before. `config`: each by the configuration of its time (the
 * default), or all by the one of now.
 */
export type HistoryQuery = {
  readonly from: number | null;
  readonly to: number | null;
  readonly stepMs: number;
  readonly config?: "then" | "now";
  /** Key of the scorecard that judges; absent: the account's own. Where it was not published there is no score. */
  readonly scorecard?: string | undefined;
};

/** `at`: the instant that was evaluated, as in `health?at=` (see `historyInstants`). */
export type HistoryPoint = { readonly at: number } & Pick<
  HealthDocument,
  "score" | "band" | "confidence" | "scorecard" | "configVersion" | "configPending"
>;

type EventsFound = { readonly eventIds: readonly string[]; readonly eventsTotal: number | null };
/**
 * What lies behind a line: the newest events, and how many there are; null: more than could be counted. None: what was known before grew
 * older, or was judged otherwise. `left`: those that left the measure's window, of the stretch of time (half-open, epoch ms) that it no longer
 * looks at; null: none. Absent in answers of older code.
 */
export type EventsBehind = EventsFound & { readonly left?: (EventsFound & { readonly from: number; readonly to: number }) | null };
export type HealthChanges = {
  readonly from: HealthDocument;
  readonly to: HealthDocument;
  readonly moves: readonly (HealthMove & EventsBehind)[];
};

/** One measure at one instant; the fields are those of the health document. */
export type MeasurePoint = { readonly at: number; readonly configVersion: string } & Pick<
  MeasureResult,
  "value" | "score" | "effectiveWeight" | "contribution" | "freshness" | "asOf" | "window" | "status" | "note"
>;
export type MeasureHistory = {
  /** As the newest scorecard of these points that has the measure calls it; null when none has it. */
  readonly measure: { readonly key: string; readonly title: string; readonly unit: string } | null;
  readonly points: readonly MeasurePoint[];
};

/** `noRate`: why there is no value; by what of it there was no rate, and of which UTC day. */
export type MetricPoint = { readonly from: number; readonly to: number; readonly value: number | null; readonly noRate?: NoRate };
export type MetricSeries = {
  readonly metric: string;
  readonly unit: string;
  /** Of amounts: the reporting currency. */
  readonly currency?: string;
  readonly points: readonly MetricPoint[];
  /** Some of the values are estimates; `errorRatio` is the greatest error among them, as a share of the value. */
  readonly approximate?: true;
  readonly errorRatio?: number;
  readonly asOf: number;
};
export type MetricQuery = {
  readonly metric: string;
  readonly from: number | null;
  readonly to: number | null;
  readonly step: "5m" | "1h" | "1d" | "all";
};
export type ReadFailure =
  | { readonly failure: "not_found" }
  | { readonly failure: "moved"; readonly to: string }
  | { readonly failure: "invalid"; readonly field: string; readonly detail: string };

/** `sessions`: those that closed stand among the events. */
export type TimelinePage = { readonly limit: number; readonly before?: string; readonly type?: string; readonly sessions?: boolean };

export type TimelineEntry = {
  readonly id: string;
  readonly type: string;
  readonly occurredAt: number;
  readonly receivedAt: number;
  readonly connectionId: string;
  readonly connector: string;
  readonly userId: string | null;
  /** What the person is called: as a contact of the account now, else as the event said. Older code tells none. */
  readonly userName?: string | null;
  readonly data: Readonly<Record<string, unknown>>;
  /** `derived`: no event, but made from events: a session that closed. */
  readonly outcome: "applied" | "held" | "derived";
  /** It, or an event that it is made from, came so late that closed figures changed; see `restatements`. */
  readonly restated: boolean;
  readonly deliveryId: string | null;
};

/** `measures` (older code tells none): of the account's scorecard of now, whose windows hold the event as of which closed days. */
export type RestatementView = Restatement & { readonly measures?: readonly LookingBack[] };
export type RestatementList = { readonly items: readonly RestatementView[]; readonly total: number };
export type RestatementPage = { readonly limit: number; readonly after?: Pick<Restatement, "receivedAt" | "eventId"> };

/** Where changes go; each sink confirms for itself. */
export type ChangeSink = "readModels" | "live";

/** `released`: events that left the account. `isUnderWay`: it is being done in steps, and not over yet. */
export type ReleaseReply = { readonly released: number; readonly mergedInto: string | null; readonly isUnderWay: boolean };
/** `setAside`: it could not be folded, or not before. */
export type RefoldReply = { readonly setAside: boolean; readonly events: number; readonly isUnderWay: boolean };

/** `overdueMs`: how late the alarm was, 0 where it was not. `storedBytes`: of all it keeps. Older code tells neither. */
export type SweepReply = { readonly undone: boolean; readonly overdueMs?: number; readonly storedBytes?: number };

/** RPC surface of the object. Every method may run twice. Reads take no lock and make no write. */
export interface AccountShardRpc {
  apply(call: ApplyCall | OlderApplyCall): Promise<ApplyReply>;
  account(accountId: string): Promise<AccountDocument | ReadFailure>;
  /** `at` null: now. With `scorecard`, the key of any that is published, what the account would have by that one. */
  health(accountId: string, at: number | null, scorecard?: string): Promise<HealthReading | ReadFailure>;
  /** What the account would have now by a scorecard that is not published. */
  healthBy(accountId: string, scorecard: Scorecard): Promise<HealthDocument | ReadFailure>;
  /** The value that a measure of one's own has now. `documents`: it, by `key`, and those it refers to. */
  measureBy(accountId: string, key: string, documents: MeasureDocuments): Promise<MeasureTrial | ReadFailure>;
  healthHistory(accountId: string, query: HistoryQuery): Promise<{ points: readonly HistoryPoint[] } | ReadFailure>;
  measureHistory(accountId: string, measure: string, query: HistoryQuery): Promise<MeasureHistory | ReadFailure>;
  /** With `scorecard` by that one, as in `HistoryQuery`. */
  healthChanges(accountId: string, from: number, to: number, scorecard?: string): Promise<HealthChanges | ReadFailure>;
  metric(accountId: string, query: MetricQuery): Promise<MetricSeries | ReadFailure>;
  metricNames(accountId: string): Promise<readonly { metric: string; unit: string; title: string }[] | ReadFailure>;
  tickets(accountId: string, page: { limit: number; after?: string; status?: string }): Promise<readonly TicketRecord[] | ReadFailure>;
  /** Newest arrival first, strictly after `after`; `total` counts all there ever were. */
  restatements(accountId: string, page: RestatementPage): Promise<RestatementList | ReadFailure>;
  records(accountId: string, kind: ListedKind, page: RecordPage): Promise<readonly RecordView[] | ReadFailure>;
  notes(accountId: string, query: NoteQuery): Promise<NoteList | ReadFailure>;
  /** One note or task; null where there is none, or none any more. */
  note(accountId: string, kind: NoteKind, id: string): Promise<{ readonly note: Note | Task | null } | ReadFailure>;
  contacts(accountId: string, page: RecordPage): Promise<readonly ContactView[] | ReadFailure>;
  timeline(accountId: string, page: TimelinePage): Promise<{ items: readonly TimelineEntry[]; next: string | null } | ReadFailure>;
  /** This shard's part of an answer about usage. Rejects when it takes longer than `analysisShardMs`, or too many wait. */
  analyse(call: AnalysisCall): Promise<AnalysisPart>;
  /**
   * Gives back every event that this key (or merge, see `mergeKey`) brought at an older version: refolds without them and sends them to be
   * resolved again. What the account has passed on by a merge lies with `mergedInto`, which must be asked for the same. A large account
   * answers that it is under way, and is to be asked again until it is done.
   */
  release(accountId: string, key: string, version: number): Promise<ReleaseReply>;
  /** Gives everything to another account from now on, or (null) stands for itself again. A version that is not newer changes nothing. */
  setMerged(accountId: string, into: string | null, version: number): Promise<void>;
  /** Folds an account again (it was set aside, or differs from its archive). Of a large one the answer tells what it is until then. */
  refold(accountId: string): Promise<RefoldReply>;
  confirmChanges(sink: ChangeSink, upTo: readonly { accountId: string; epoch: number; number: number }[]): Promise<void>;
  /**
   * Its accounts by the configuration in force and by another one. Rejects when it takes longer than `analysisShardMs`, or too many wait.
   */
  compare(call: ComparisonCall): Promise<Comparison>;
  /** Current change rows, for rebuilding a read model. */
  currentChanges(page: { limit: number; after?: string }): Promise<readonly AccountChange[]>;
  /** What its accounts have to say for the statistics, a page of them after one; set aside and merged accounts say nothing. */
  observations(after: string | null): Promise<{ readonly gathered: GatheredJson; readonly next: string | null }>;
  /** At most `riskAccountsPerCallMax` accounts. */
  riskHistories(page: RiskPage): Promise<RiskHistories>;
  /**
   * The next rows of the journal for the archive, at most `journalChunkCharsMax` of text; the same ones until they are told to be there. Null: all
   * are. `period` is the run that asks.
   */
  nextJournalChunk(period: string): Promise<JournalChunk | null>;
  /** A chunk is in the archive. */
  journalArchived(range: { fromSeq: number; toSeq: number }, objects: readonly ArchivedObject[]): Promise<void>;
  /** The object of a range that was in the archive is gone or broken: the next run writes the range again. */
  journalLost(fromSeq: number): Promise<void>;
  /** Where lines of an account lie in the archive, for rows after `afterSeq` up to `upTo`, oldest first. */
  archivedRanges(accountId: string, rows: { afterSeq: number; upTo: number }): Promise<readonly ArchivedRange[]>;
  /** Accounts after one, in the order of their ids, as they stand: at most `parityAccountsPerCallMax`. */
  livePage(after: string | null): Promise<LivePage>;
  /** Lines of daily scores of these accounts are computed anew, in the background. */
  remakeScoreLines(accountIds: readonly string[]): Promise<void>;
  /** All of a generation of checkpoints is written. */
  keepCheckpoints(set: CheckpointSet): Promise<void>;
  settle(reports: readonly PackReport[]): Promise<void>;
  readPack(packId: string): Promise<string | null>;
  /** Given-back events that nobody took. */
  deadLetter(id: string): Promise<DeadLetter | null>;
  /** Gives it back once more (same id unless `asNew`). */
  replayDeadLetter(id: string, options: { asNew: boolean }): Promise<DeadLetter | null>;
  discardDeadLetter(id: string, reason: string): Promise<DeadLetter | null>;
  /** Tells of a configuration in force: the shard gets it and scores its accounts again in the background. Answers the version it has now. */
  configure(version: number): Promise<{ version: number }>;
  /** Tells of sources that are back or have ended, so that accounts they are silent about are scored again soon. */
  sourcesMoved(moved: SourceReach): Promise<void>;
  /** Sets the alarm again. */
  sweep(): Promise<SweepReply>;
}
