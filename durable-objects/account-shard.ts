import { DurableObject } from "cloudflare:workers";
import { fold, foldVersion } from "../src/domain/account/fold.ts";
import { dirtyScores, type FoldedAccount } from "../src/domain/account/folded.ts";
import type {
  AccountDocument,
  AccountShardRpc,
  ApplyCall,
  ApplyReply,
  ChangeSink,
  ComparisonCall,
  MetricQuery,
  MetricSeries,
  HealthChanges,
  HealthReading,
  HistoryPoint,
  HistoryQuery,
  MeasureHistory,
  OlderApplyCall,
  ReadFailure,
  RefoldReply,
  ReleaseReply,
  RestatementList,
  RestatementPage,
  RiskHistories,
  RiskPage,
  SweepReply,
  TimelineEntry,
  TimelinePage,
} from "../src/domain/account/messages.ts";
import { type ArchivedObject, type JournalChunk, partitionOf } from "../src/domain/account/journal-archive.ts";
import type { Note, NoteKind, NoteList, NoteQuery, Task } from "../src/domain/account/notes.ts";
import type { ListedKind, RecordPage, RecordView } from "../src/domain/account/record-view.ts";
import type { TicketRecord } from "../src/domain/account/state.ts";
import type { AnalysisCall, AnalysisPart } from "../src/domain/analytics/analysis.ts";
import type { AccountChange } from "../src/domain/change.ts";
import type { Comparison } from "../src/domain/config/comparison.ts";
import type { Scorecard } from "../src/domain/config/scorecard.ts";
import type { Event } from "../src/domain/event.ts";
import type { ContactView } from "../src/domain/health/contact-page.ts";
import type { HealthDocument } from "../src/domain/health/document.ts";
import { turnsBetween } from "../src/domain/health/rule-turns.ts";
import type { ArchivedRange, CheckpointSet, LivePage } from "../src/domain/parity/messages.ts";
import type { MeasureDocuments } from "../src/domain/health/custom-measures.ts";
import type { MeasureTrial } from "../src/domain/health/measure-trial.ts";
import type { GatheredJson } from "../src/domain/statistics/gather.ts";
import type { DeadLetter } from "../src/domain/intake/dead-letter.ts";
import type { PackReport } from "../src/domain/intake/pack.ts";
import { configureWaitMs } from "../src/domain/limits.ts";
import type { SourceReach } from "../src/domain/source-reach.ts";
import { DAY_MS } from "../src/domain/time.ts";
import type { Env } from "../src/env.ts";
import { clockFrom, wallNow, type Clock } from "../src/platform/clock.ts";
import { reach } from "../src/platform/failpoint.ts";
import { reportLine } from "../src/platform/report.ts";
import { applyCall } from "./account-shard/apply.ts";
import { type Then } from "./account-shard/config.ts";
import type { Entry } from "./account-shard/entry.ts";
import { newPaces, type Paces } from "./account-shard/pace.ts";
import { accountPorts, type AccountPorts } from "./account-shard/ports.ts";
import { shardParts, type ShardParts } from "./account-shard/parts.ts";
import { seenInstants } from "./account-shard/health-reads.ts";
import { refoldBounds, type RefoldBounds } from "./account-shard/rebuild.ts";

/** Shared by all shards of this isolate. */
const isolatePaces = newPaces();

/**
 * Keeps accounts: their journal, what is folded from it, and their scores.
 *
 * Each method that changes something decides and commits without waiting in between. What follows from a commit (changes to the sinks,
 * events given back) is driven by a timer in memory at once and by the alarm until it is done. docs/storage.md describes what is stored.
 */
export class AccountShard extends DurableObject<Env> implements AccountShardRpc {
  private readonly clock: Clock;
  private readonly parts: ShardParts;
  private readonly journal: ShardParts["journal"];
  private readonly book: ShardParts["book"];
  private readonly config: ShardParts["config"];
  private readonly counting: ShardParts["counting"];
  private readonly outbox: ShardParts["outbox"];
  private readonly givenBack: ShardParts["givenBack"];
  private readonly refolding: ShardParts["refolding"];
  private readonly timers: ShardParts["timers"];
  private readonly returns: ShardParts["returns"];
  private readonly reads: ShardParts["reads"];
  private readonly healthReads: ShardParts["healthReads"];
  private readonly drive: ShardParts["drive"];

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.clock = clockFrom(env.PULSELINE_CLOCK);
    const parts = shardParts({
      storage: ctx.storage,
      clock: this.clock,
      name: ctx.id.name,
      paces: this.paces(),
      ports: () => this.ports(),
      fold: (...of) => this.fold(...of),
      foldVersion: () => this.foldVersion(),
      refoldBounds: () => this.refoldBounds(),
      learn: () => this.learn(),
      counted: () => this.counted(),
      refolded: (entry) => this.follow([entry], this.clock.now(), null),
    });
    this.parts = parts;
    this.journal = parts.journal;
    this.book = parts.book;
    this.config = parts.config;
    this.counting = parts.counting;
    this.outbox = parts.outbox;
    this.givenBack = parts.givenBack;
    this.refolding = parts.refolding;
    this.timers = parts.timers;
    this.returns = parts.returns;
    this.reads = parts.reads;
    this.healthReads = parts.healthReads;
    this.drive = parts.drive;
    this.markUndone();
    void ctx.blockConcurrencyWhile(() => this.drive.start());
  }

  /** What was under way when the object's life before this one ended. */
  private markUndone(): void {
    const { undelivered, background } = this.timers.read(
      (seq) => new Set(this.journal.headsAfter(seq).flatMap(({ head }) => head.parts.map(({ account }) => account))),
    );
    for (const entry of undelivered) this.outbox.mark(entry, wallNow());
    this.outbox.markBackground(background);
    if (!this.config.isRecomputed) this.outbox.markBackground(this.book.byNumber.values());
  }

  protected paces(): Paces {
    return isolatePaces;
  }

  protected ports(): AccountPorts {
    return accountPorts(this.env, this.clock);
  }

  protected fold(state: FoldedAccount, event: Event, now: number, late: boolean, origin?: string): void {
    fold(state, event, now, late, origin);
  }

  protected refoldBounds(): RefoldBounds {
    return refoldBounds;
  }

  /** Accounts that were set aside by an older one are folded again. */
  protected foldVersion(): number {
    return foldVersion;
  }

  async apply(call: ApplyCall | OlderApplyCall): Promise<ApplyReply> {
    const reached = reach(this.env, "apply:before-commit");
    if (reached !== undefined) await reached;
    const now = this.clock.now();
    const parts = {
      storage: this.ctx.storage,
      book: this.book,
      journal: this.journal,
      hasher: this.parts.hasher,
      fold: (state: FoldedAccount, event: Event, at: number, late: boolean, origin?: string) => this.fold(state, event, at, late, origin),
    };
    const { reply, touched, live } = applyCall(call, parts, now);
    this.config.hear(Number(call.configVersion));
    if (touched.length > 0) this.follow(touched, now, { live });
    const committed = reach(this.env, "apply:after-commit");
    if (committed !== undefined) await committed;
    return reply;
  }

  /**
   * After a commit: what changed is to be sent, long tails are paged, memory is kept bounded, and an alarm stands for all that.
   *
   * @param applied events in the journal have changed it, of which some were live in these accounts; null: something else has, and the mark
   *   that it is to be sent is written now, to outlive a crash
   */
  private follow(touched: Iterable<Entry>, now: number, applied: { readonly live: ReadonlySet<Entry> } | null): void {
    const wallMs = wallNow();
    for (const entry of touched) this.book.measure(entry);
    for (const entry of touched) this.outbox.mark(entry, wallMs, applied === null || applied.live.has(entry) ? "live" : "history");
    this.timers.changed = true;
    if (this.book.pageWhatIsDue(touched, now) === "all" || applied === null) this.timers.write(this.journal.lastSeq, this.outbox);
    this.book.evict(now, true);
    this.drive.afterCommit(wallMs);
  }

  /** What scores depend on besides the accounts: how far the sources are, and the configuration. */
  private async learn(): Promise<void> {
    this.book.learnSources(await this.ports().sources());
    this.hearSources();
    if (await this.config.learn(wallNow(), ({ fields }) => this.counting.isReady(fields))) {
      this.outbox.markBackground(this.book.byNumber.values());
      this.drive.arm();
    }
    // Older code may have put it in use and counted a field of it under another key.
    if (this.config.pending === null) this.counting.isReady(this.config.active.fields);
  }

  async sourcesMoved(moved: SourceReach): Promise<void> {
    this.ports().sourcesMoved(moved);
    this.book.learnSources(moved);
    this.hearSources();
  }

  /** Accounts that a source moves by being back, or by having ended, are scored beside what is live, at a fifth of the time or less. What is written outlives a crash. */
  private hearSources(): void {
    const moved = this.returns.hear(this.clock.now(), wallNow());
    for (const entry of moved) this.outbox.mark(entry, wallNow(), "history");
    if (moved.length > 0) {
      this.timers.write(this.journal.lastSeq, this.outbox);
      this.drive.scoreSoon();
    }
    if (moved.length > 0 || this.returns.dueAt !== null) this.drive.arm();
  }

  /** A configuration that had to wait until the accounts have counted what it reads need not wait any more; by one in use they are told anew. */
  private counted(): void {
    this.config.askAtOnce();
    if (this.config.pending === null && !this.counting.isUndone) {
      this.config.recompute();
      this.outbox.markBackground(this.book.byNumber.values());
    }
    this.learn().then(
      () => {
        this.drive.scoreSoon();
        this.drive.arm();
      },
      (error: unknown) => reportLine("account_configuration_failed", { shard: this.parts.shard(), error: String(error) }),
    );
  }

  async configure(version: number): Promise<{ version: number }> {
    this.config.hear(version);
    await this.learn();
    if (this.config.pending !== null) {
      await Promise.race([this.counting.current, new Promise((resolve) => setTimeout(resolve, configureWaitMs))]);
      await this.learn();
    }
    this.drive.arm();
    this.drive.scoreSoon();
    return { version: this.config.wholeVersion };
  }

  async account(accountId: string): Promise<AccountDocument | ReadFailure> {
    return this.readThen(
      (then) => this.healthReads.account(accountId, then),
      (now) => [...this.changeInstants(now - DAY_MS, now), ...this.heldInstants(accountId)],
    );
  }

  async health(accountId: string, at: number | null, scorecard?: string): Promise<HealthReading | ReadFailure> {
    return this.readThen(
      (then) => this.healthReads.health(accountId, at, then, scorecard),
      (now) => (at === null ? [now, ...this.heldInstants(accountId)] : [at]),
    );
  }

  private heldInstants(accountId: string): readonly number[] {
    return this.book.byId.get(accountId)?.rulesHeldBy ?? [];
  }

  async healthBy(accountId: string, scorecard: Scorecard): Promise<HealthDocument | ReadFailure> {
    return this.readThen((then) => this.healthReads.healthBy(accountId, scorecard, then));
  }

  async measureBy(accountId: string, key: string, documents: MeasureDocuments): Promise<MeasureTrial | ReadFailure> {
    const missing = await this.read((now) => this.reads.uncounted(accountId, documents, now));
    if ("failure" in missing) return missing;
    const counted = await this.parts.fieldTrials.count(accountId, missing, this.clock.now());
    return this.read((now) => this.reads.measureBy(accountId, { key, documents, counted }, now));
  }

  async healthHistory(accountId: string, query: HistoryQuery): Promise<{ points: readonly HistoryPoint[] } | ReadFailure> {
    return this.readThen(
      (then) => this.healthReads.healthHistory(accountId, query, then),
      (now) => seenInstants(query, now),
    );
  }

  async measureHistory(accountId: string, measure: string, query: HistoryQuery): Promise<MeasureHistory | ReadFailure> {
    return this.readThen(
      (then) => this.healthReads.measureHistory(accountId, measure, query, then),
      (now) => seenInstants(query, now),
    );
  }

  async healthChanges(accountId: string, from: number, to: number, scorecard?: string): Promise<HealthChanges | ReadFailure> {
    return this.readThen(
      (then) => this.healthReads.healthChanges(accountId, { from, to, scorecard }, then),
      () => this.changeInstants(from, to),
    );
  }

  /** Whose configurations say why a score is another. */
  private changeInstants(from: number, to: number): readonly number[] {
    return [from, ...turnsBetween(this.config.active, from, to), to];
  }

  async metric(accountId: string, query: MetricQuery): Promise<MetricSeries | ReadFailure> {
    return this.read((now) => this.reads.metric(accountId, query, now));
  }

  async metricNames(accountId: string): Promise<readonly { metric: string; unit: string; title: string }[] | ReadFailure> {
    return this.read((now) => this.reads.metricNames(accountId, now));
  }

  async tickets(
    accountId: string,
    page: { limit: number; after?: string; status?: string },
  ): Promise<readonly TicketRecord[] | ReadFailure> {
    return this.read((now) => this.reads.tickets(accountId, page, now));
  }

  async records(accountId: string, kind: ListedKind, page: RecordPage): Promise<readonly RecordView[] | ReadFailure> {
    return this.read((now) => this.reads.records(accountId, kind, page, now));
  }

  async notes(accountId: string, query: NoteQuery): Promise<NoteList | ReadFailure> {
    return this.read((now) => this.reads.notes(accountId, query, now));
  }

  async note(accountId: string, kind: NoteKind, id: string): Promise<{ readonly note: Note | Task | null } | ReadFailure> {
    return this.read((now) => this.reads.note(accountId, kind, id, now));
  }

  async contacts(accountId: string, page: RecordPage): Promise<readonly ContactView[] | ReadFailure> {
    return this.read((now) => this.reads.contacts(accountId, page, now));
  }

  async restatements(accountId: string, page: RestatementPage): Promise<RestatementList | ReadFailure> {
    return this.read((now) => this.reads.restatements(accountId, page, now));
  }

  async timeline(accountId: string, page: TimelinePage): Promise<{ items: readonly TimelineEntry[]; next: string | null } | ReadFailure> {
    return this.read(() => this.reads.timeline(accountId, page, this.clock.now()));
  }

  async analyse(call: AnalysisCall): Promise<AnalysisPart> {
    await this.learn();
    return this.parts.analyses.run(call);
  }

  async compare(call: ComparisonCall): Promise<Comparison> {
    await this.learn();
    return this.parts.comparisons.run(call);
  }

  /** What is read depends on how far the sources are: an account that is silent must know that they are well. */
  private async read<T>(look: (now: number) => T): Promise<T> {
    return this.readThen(({ now }) => look(now));
  }

  /** The same for what depends on the configuration that was in force at these instants. */
  private async readThen<T>(look: (then: Then) => T, instants: (now: number) => readonly number[] = () => []): Promise<T> {
    await this.learn();
    const now = this.clock.now();
    const then = await this.config.at(instants(now), now, wallNow());
    try {
      return look(then);
    } finally {
      this.book.measureNewest();
      this.book.evict(now, false);
    }
  }

  async release(accountId: string, key: string, version: number): Promise<ReleaseReply> {
    const entry = this.book.byId.get(accountId);
    if (entry === undefined) return { released: 0, mergedInto: null, isUnderWay: false };
    const { left } = await this.followed(this.refolding.release(entry, key, version));
    return { released: left ?? 0, mergedInto: entry.mergedInto, isUnderWay: left === null };
  }

  async setMerged(accountId: string, into: string | null, version: number): Promise<void> {
    const entry = this.book.byId.get(accountId);
    if (entry !== undefined) this.refolding.setMerged(entry, into, version);
  }

  async refold(accountId: string): Promise<RefoldReply> {
    const entry = this.book.byId.get(accountId);
    if (entry === undefined) return { setAside: false, events: 0, isUnderWay: false };
    const { left } = await this.followed(this.refolding.refold(entry));
    const { events } = this.book.loadForReading(entry, this.clock.now()).state;
    return { setAside: entry.setAside !== null, events, isUnderWay: left === null };
  }

  /** What goes on in steps is looked after by the alarm. */
  private followed<T>(refolded: Promise<T>): Promise<T> {
    if (this.refolding.dueAt(wallNow()) !== null) this.drive.arm();
    return refolded;
  }

  async confirmChanges(sink: ChangeSink, upTo: readonly { accountId: string; epoch: number; number: number }[]): Promise<void> {
    this.outbox.confirm(sink, upTo);
  }

  async currentChanges(page: { limit: number; after?: string }): Promise<readonly AccountChange[]> {
    const { after } = page;
    const ids = [...this.book.byId.keys()].sort();
    const start = after === undefined ? 0 : ids.findIndex((id) => id > after);
    if (start < 0) return [];
    const entries = ids.slice(start, start + page.limit).map((id) => this.book.byId.get(id) as Entry);
    return this.readThen(
      (then) => entries.map((entry) => this.outbox.compute(entry, then, { wallMs: wallNow() })),
      (now) => this.outbox.instantsOf(entries, now),
    );
  }

  async observations(after: string | null): Promise<{ gathered: GatheredJson; next: string | null }> {
    return this.read((now) => this.reads.observations(after, now));
  }

  async riskHistories(page: RiskPage): Promise<RiskHistories> {
    return this.read((now) => this.reads.riskHistories(page, now));
  }

  async nextJournalChunk(period: string): Promise<JournalChunk | null> {
    const chunk = this.parts.archiving.next(period);
    return chunk === null ? null : { ...chunk, shard: this.parts.shard(), incarnation: this.parts.incarnation };
  }

  async journalArchived(range: { fromSeq: number; toSeq: number }, objects: readonly ArchivedObject[]): Promise<void> {
    this.parts.archiving.done(range, objects);
  }

  async journalLost(fromSeq: number): Promise<void> {
    this.parts.archiving.lost(fromSeq);
  }

  async archivedRanges(accountId: string, rows: { afterSeq: number; upTo: number }): Promise<readonly ArchivedRange[]> {
    const entry = this.book.byId.get(accountId);
    return entry === undefined ? [] : this.parts.archiving.rangesOf(entry, partitionOf(accountId), rows);
  }

  async livePage(after: string | null): Promise<LivePage> {
    return this.readThen(
      (then) => this.parts.parity.page(after, then),
      () => this.parts.parity.pageInstants(after),
    );
  }

  async remakeScoreLines(accountIds: readonly string[]): Promise<void> {
    const entries = accountIds.flatMap((id) => this.book.byId.get(id) ?? []);
    const now = this.clock.now();
    for (const entry of entries) {
      dirtyScores(this.book.loadForReading(entry, now).state, 0);
      // Nobody asks again before the next night: it outlives a crash.
      entry.headChanged = true;
      this.book.page(entry, now);
    }
    this.outbox.markBackground(entries);
    this.timers.write(this.journal.lastSeq, this.outbox);
    this.drive.arm();
    this.drive.scoreSoon();
  }

  async keepCheckpoints(set: CheckpointSet): Promise<void> {
    this.parts.parity.keep(set);
  }

  async settle(reports: readonly PackReport[]): Promise<void> {
    this.givenBack.settle(reports, this.clock.now());
    this.drive.arm();
  }

  async readPack(packId: string): Promise<string | null> {
    return this.givenBack.read(packId);
  }

  async sweep(): Promise<Required<SweepReply>> {
    const overdueMs = this.drive.armAnew();
    await this.learn();
    return { overdueMs, storedBytes: this.ctx.storage.sql.databaseSize, undone: this.drive.isUndone };
  }

  async deadLetter(id: string): Promise<DeadLetter | null> {
    return this.parts.refused.one(id);
  }

  async replayDeadLetter(id: string, { asNew }: { asNew: boolean }): Promise<DeadLetter | null> {
    const letter = this.parts.refused.replay(id, asNew, (lines) => this.givenBack.add(lines));
    this.givenBack.added();
    this.drive.arm();
    return letter;
  }

  async discardDeadLetter(id: string, reason: string): Promise<DeadLetter | null> {
    const letter = this.parts.refused.discard(id, reason);
    this.drive.arm();
    return letter;
  }

  /** Never fails: whatever could not be done is due again later. */
  override async alarm(): Promise<void> {
    await this.drive.run();
  }
}
