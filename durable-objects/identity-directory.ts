import { DurableObject } from "cloudflare:workers";
import { isFreeMailDomain } from "../src/domain/identity/free-mail.ts";
import { mergeKey } from "../src/domain/account/edge.ts";
import { keyKind, keyValue, type IdentityKey } from "../src/domain/identity/key.ts";
import { firstTaken, type Claim, type ClaimReply } from "../src/domain/identity/claim.ts";
import { decideMerge, decideUnmerge, type MergeDecision, type MergeRequest } from "../src/domain/identity/merge.ts";
import type {
  DirectoryTotals,
  Edge,
  IdentityDirectoryRpc,
  KeyStatus,
  LinkReply,
  LookupReply,
  ParkItem,
  ParkReply,
  Resolution,
  UnresolvedKey,
} from "../src/domain/identity/messages.ts";
import { arrivalOf, decidePark, type Taken } from "../src/domain/identity/parking.ts";
import {
  drained,
  emptyRecord,
  leadOf,
  linkKey,
  observeKey,
  unlinkKey,
  type KeyChange,
  type KeyRecord,
} from "../src/domain/identity/record.ts";
import { resolveAt } from "../src/domain/identity/resolve.ts";
import { fromLine } from "../src/domain/event.ts";
import type { DeadLetter } from "../src/domain/intake/dead-letter.ts";
import type { PackReport } from "../src/domain/intake/pack.ts";
import { alsoUnderMax, deadLetterCopiesPerCallMax, directoryItemsPerCallMax, parkedBytesMax } from "../src/domain/limits.ts";
import { invariant } from "../src/domain/result.ts";
import { MINUTE_MS, SECOND_MS } from "../src/domain/time.ts";
import type { Env } from "../src/env.ts";
import { clockFrom, wallNow, type Clock } from "../src/platform/clock.ts";
import { reportLine } from "../src/platform/report.ts";
import { within } from "../src/platform/within.ts";
import { Counters } from "./identity-directory/counters.ts";
import { DeadLetterStore } from "./identity-directory/dead-letter-store.ts";
import { FreedOutbox } from "./identity-directory/freed-outbox.ts";
import { ChangeFeed, KeyStore, viewOfRecords } from "./identity-directory/key-store.ts";
import { ParkingStore } from "./identity-directory/parking-store.ts";
import { Merges } from "./identity-directory/merges.ts";
import { directoryPorts, type DirectoryPorts } from "./identity-directory/ports.ts";
import { Releases } from "./identity-directory/releases.ts";
import { openSchema } from "./identity-directory/schema.ts";
import { Tidying } from "./identity-directory/tidying.ts";

/** A port that has not answered by then has failed; what it was to do is done again. */
const portTimeoutMs = 10 * SECOND_MS;

/**
 * The one object that ties keys to accounts, and keeps the events that belong to nobody yet.
 *
 * Each method reads, decides by a pure function of `domain/identity` and commits once, without waiting in between: parking, linking and
 * setting free exclude each other. What follows from a commit (packs to the queue, calls to accounts) is driven by the alarm until done.
 */
export class IdentityDirectory extends DurableObject<Env> implements IdentityDirectoryRpc {
  private readonly clock: Clock;
  private readonly keys: KeyStore;
  private readonly parking: ParkingStore;
  private readonly counters: Counters;
  private readonly dead: DeadLetterStore;
  private readonly outbox: FreedOutbox;
  private readonly releases: Releases;
  private readonly merges: Merges;
  private readonly feed: ChangeFeed;
  private readonly tidying: Tidying;
  private driving: Promise<void> | null = null;
  private alarmAt: number | null = null;
  /** After a failure nothing is tried before this, wall time: a fault must not become a loop. */
  private quietUntil = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.clock = clockFrom(env.PULSELINE_CLOCK);
    const incarnation = openSchema(ctx.storage, () => crypto.randomUUID());
    this.keys = new KeyStore(ctx.storage.sql);
    this.parking = new ParkingStore(ctx.storage.sql);
    this.counters = new Counters(ctx.storage.sql);
    this.dead = new DeadLetterStore(ctx.storage, this.parking);
    this.outbox = new FreedOutbox(ctx.storage, incarnation, { parking: this.parking, counters: this.counters, dead: this.dead });
    this.releases = new Releases(ctx.storage);
    this.merges = new Merges(ctx.storage.sql);
    this.feed = new ChangeFeed(crypto.randomUUID());
    this.tidying = new Tidying({ parking: this.parking, counters: this.counters, dead: this.dead, commit: (run) => this.commit(run) });
    this.arm();
  }

  protected ports(): DirectoryPorts {
    return directoryPorts(this.env, this.clock);
  }

  async resolve(keySets: readonly (readonly string[])[]): Promise<readonly Resolution[]> {
    invariant(keySets.length <= directoryItemsPerCallMax, "too many key sets in a call");
    const viewOf = viewOfRecords(this.keys.read(keySets.flat()));
    return keySets.map((keys) => resolveAt(keys, viewOf, Number.MAX_SAFE_INTEGER));
  }

  async lookup(keys: readonly string[], cursor: string | null): Promise<LookupReply> {
    invariant(keys.length <= directoryItemsPerCallMax, "too many keys in a call");
    const changed = this.feed.since(cursor);
    const told = changed === "all" ? [] : changed;
    const viewOf = viewOfRecords(this.keys.read([...keys, ...told]));
    return {
      views: keys.map(viewOf),
      changed: changed === "all" ? "all" : told.flatMap((key) => viewOf(key) ?? []),
      cursor: this.feed.cursor,
    };
  }

  async park(items: readonly ParkItem[]): Promise<readonly ParkReply[]> {
    invariant(items.length <= directoryItemsPerCallMax, "too many events in a call");
    this.tidying.makeRoom(
      items.reduce((sum, { line }) => sum + line.length + 1, 0),
      this.clock.now(),
    );
    const events = items.map(({ line }) => fromLine(line));
    const viewOf = viewOfRecords(this.keys.read([...items.flatMap(({ keys }) => keys), ...events.flatMap(({ keys }) => keys)]));
    const arrivals = this.parking.arrivals(events.map(arrivalOf));
    const stored = new Map<string, Taken>();
    let bytes = this.parking.counts.parkedBytes;
    const replies = items.map((item, i): ParkReply => {
      const event = events[i] as (typeof events)[number];
      const name = arrivalOf(event);
      const decision = decidePark(item, event, stored.has(name) ? "waiting" : (arrivals.get(name)?.state ?? "unknown"), viewOf);
      if (decision.status !== "store") return decision;
      if (bytes + item.line.length > parkedBytesMax) return { status: "full" };
      bytes += item.line.length + 1;
      stored.set(name, { item, event });
      return { status: "parked" };
    });
    if (stored.size > 0) this.commitParked(stored, arrivals);
    return replies;
  }

  private commitParked(stored: ReadonlyMap<string, Taken>, arrivals: ReturnType<ParkingStore["arrivals"]>): void {
    const counted = new Set<string>();
    let givenBack = 0;
    for (const [name, { item }] of stored) {
      const known = arrivals.get(name);
      // While it is still held here, the pack that sets it free has not been settled and so has not been counted.
      const was = known?.counted === true || (item.from === "account" && known?.held !== true);
      if (was) counted.add(name);
      if (was && known?.held !== true) givenBack += 1;
    }
    this.commit(() => {
      this.parking.store([...stored.values()], (name) => counted.has(name), this.clock.now());
      if (givenBack > 0) this.counters.add("givenBack", givenBack);
    });
    this.arm();
  }

  private commit<T>(run: () => T): T {
    try {
      return this.ctx.storage.transactionSync(run);
    } catch (error) {
      this.parking.recount();
      throw error;
    }
  }

  async observe(pairs: readonly { key: string; accountId: string; at: number }[]): Promise<void> {
    const byKey = Map.groupBy(pairs, ({ key }) => key);
    this.change([...byKey.keys()], (records, now) =>
      [...byKey].map(([key, seen]) => {
        const accountIds = seen.map(({ accountId }) => accountId);
        return apply(records, observeKey(records.get(key) ?? emptyRecord(key), accountIds, now));
      }),
    );
  }

  async link(edge: Edge): Promise<LinkReply> {
    if (keyKind(edge.key as IdentityKey) === "domain" && isFreeMailDomain(keyValue(edge.key as IdentityKey)))
      return { key: edge.key, version: 0, drainedEvents: 0, released: [] };
    return this.changeOne(edge.key, (record, now) => linkKey(record, edge, now));
  }

  async claim({ keys, mayMove, ...given }: Claim): Promise<ClaimReply> {
    invariant(keys.length <= directoryItemsPerCallMax, "too many keys in a call");
    const own = { keys, accountId: given.accountId };
    const taken = mayMove ? null : firstTaken(own, this.keys.read(keys), (accountId) => this.merges.survivorOf(accountId));
    if (taken !== null) return { taken };
    const decided: KeyChange[] = [];
    const drainedEvents = this.change(keys, (records, now) => {
      for (const key of keys)
        decided.push(apply(records, linkKey(records.get(key) ?? emptyRecord(key), { key, evidence: "person", ...given }, now)));
      return decided;
    });
    return { taken: null, drainedEvents, released: [...new Set(decided.flatMap(({ losers }) => losers))] };
  }

  async unlink(key: string, accountId: string, author: string, reason: string | undefined, at: number): Promise<LinkReply> {
    return this.changeOne(key, (record, now) => unlinkKey(record, { accountId, author, reason, at }, now));
  }

  private changeOne(key: string, decide: (record: KeyRecord, now: number) => KeyChange): LinkReply {
    let decided: KeyChange | null = null;
    const drainedEvents = this.change([key], (records, now) => {
      decided = apply(records, decide(records.get(key) ?? emptyRecord(key), now));
      return [decided];
    });
    invariant(decided !== null, "a change was decided");
    const { record, losers } = decided as KeyChange;
    return { key, version: record.version, drainedEvents, released: losers };
  }

  async accountCreated(accountId: string): Promise<void> {
    await this.accountsExist([accountId]);
  }

  async accountsExist(accountIds: readonly string[]): Promise<void> {
    const keys = accountIds.map((id) => `account|${id}`);
    this.change(keys, (records) =>
      keys.map((key) => apply(records, { changed: !records.has(key), losers: [], record: records.get(key) ?? emptyRecord(key) })),
    );
  }

  /** One commit for changes of keys: the keys, what each sets free, what each account must give back. Gives the number of events set free. */
  private change(keys: readonly string[], decide: (records: Map<string, KeyRecord>, now: number) => readonly KeyChange[]): number {
    const now = this.clock.now();
    const before = this.keys.read(keys);
    const changes = decide(new Map(before), now).filter(({ changed }) => changed);
    if (changes.length === 0) return 0;
    let freedEvents = 0;
    const written = this.commit(() => {
      const records = new Map<string, KeyRecord>();
      for (const { record, losers } of changes) {
        for (const accountId of losers) this.releases.order(accountId, record.key, record.version, wallNow());
        records.set(record.key, record);
      }
      for (const [key, record] of records) {
        if (!leadsSomewhere(record)) continue;
        const freed = this.parking.free(key);
        freedEvents += freed.events;
        records.set(key, drained(record, freed.receivedBefore));
      }
      const all = [...records.values()];
      this.keys.write(all);
      return all;
    });
    this.keys.written(written, before);
    this.feed.add([...new Set(changes.map(({ record }) => record.key))]);
    this.arm();
    return freedEvents;
  }

  async merge(request: MergeRequest): Promise<MergeDecision> {
    const { from, into } = request;
    const known = { from: this.merges.of(from), into: this.merges.of(into), height: this.merges.heightOf(from) };
    return this.keep(decideMerge(request, known), () => undefined);
  }

  async unmerge(request: MergeRequest): Promise<MergeDecision> {
    const { from, into } = request;
    // A moment later than `from` is told: what comes back is then taken there at once.
    const orderRelease = (version: number): void => this.releases.order(into, mergeKey(from), version, wallNow() + SECOND_MS);
    return this.keep(decideUnmerge(request, this.merges.of(from)), orderRelease);
  }

  private keep(decision: MergeDecision, also: (version: number) => void): MergeDecision {
    if (!decision.ok || !decision.value.changed) return decision;
    const { merge } = decision.value;
    this.commit(() => {
      this.merges.put(merge, wallNow());
      also(merge.version);
    });
    this.arm();
    return decision;
  }

  async status(keys: readonly string[]): Promise<readonly KeyStatus[]> {
    const records = this.keys.read(keys);
    const waiting = this.parking.waitingUnder(keys);
    return keys.map((key) => {
      const record = records.get(key) ?? emptyRecord(key);
      const lead = leadOf(record.edges);
      const known = keyKind(key as IdentityKey) === "account" && records.has(key) ? keyValue(key as IdentityKey) : null;
      const accountId = known ?? lead.accountId;
      return {
        key,
        accountId: accountId === null ? null : this.merges.survivorOf(accountId),
        version: record.version,
        edges: record.edges,
        conflicts: lead.tied,
        waitingEvents: waiting.get(key) ?? 0,
      };
    });
  }

  async unresolved(page: { limit: number; after?: string }): Promise<readonly UnresolvedKey[]> {
    const rows = this.parking.unresolved(page);
    const keys = rows.map(({ key }) => key);
    const records = this.keys.read(keys);
    const others = this.parking.alsoUnder(keys, alsoUnderMax);
    return rows.map(({ key, events, since }) => {
      const { tied } = leadOf(records.get(key)?.edges ?? []);
      return {
        key,
        waitingEvents: events,
        since,
        status: tied.length > 0 ? "ambiguous" : "unlinked",
        accountIds: tied,
        alsoUnder: others.get(key) ?? [],
      };
    });
  }

  async settle(reports: readonly PackReport[]): Promise<void> {
    this.commit(() => {
      for (const report of reports) this.outbox.settle(report, this.clock.now());
    });
    this.arm();
  }

  async readPack(packId: string): Promise<string | null> {
    return this.outbox.read(packId);
  }

  async sweep(): Promise<{ undone: boolean }> {
    this.alarmAt = null;
    this.tidying.run(wallNow(), this.clock.now());
    this.arm();
    return { undone: this.dueAt() !== null };
  }

  async totals(): Promise<DirectoryTotals> {
    const { parkedEvents, parkedBytes, drainingEvents } = this.parking.counts;
    return {
      edges: this.keys.countEdges(),
      parkedEvents,
      parkedBytes,
      drainingEvents,
      drainedApplied: this.counters.get("drainedApplied"),
      givenBackEvents: this.counters.get("givenBack"),
      expiredEvents: this.counters.get("expired"),
      pendingReleases: this.releases.pending(),
      mergedAccounts: this.merges.count(),
    };
  }

  async deadLetters(filter: { status?: string; limit: number; before?: number }): Promise<readonly DeadLetter[]> {
    return this.dead.list(filter);
  }

  async deadLetter(id: string): Promise<DeadLetter | null> {
    return this.dead.one(id);
  }

  async replayDeadLetter(id: string, options: { asNew: boolean }): Promise<DeadLetter | null> {
    const letter = this.dead.replay(id, options.asNew, this.clock.now());
    this.arm();
    return letter;
  }

  async discardDeadLetter(id: string, reason: string): Promise<DeadLetter | null> {
    const letter = this.dead.discard(id, reason);
    this.arm();
    return letter;
  }

  /** Never fails: whatever could not be done is due again later. */
  override async alarm(): Promise<void> {
    this.alarmAt = null;
    try {
      this.driving ??= this.drive().finally(() => (this.driving = null));
      await this.driving;
    } catch (error) {
      this.quietUntil = wallNow() + SECOND_MS;
      reportLine("directory_drive_failed", { error: String(error) });
    } finally {
      this.arm();
    }
  }

  private async drive(): Promise<void> {
    const ports = this.ports();
    const now = wallNow();
    this.tidying.run(now, this.clock.now());
    const work = [this.outbox.drive({ send: (message) => within(portTimeoutMs, ports.send(message)) }, now)];
    work.push(this.releases.drive({ release: (...order) => within(portTimeoutMs, ports.release(...order)) }, now));
    work.push(this.merges.drive({ setMerged: (...order) => within(portTimeoutMs, ports.setMerged(...order)) }, now));
    work.push(this.copyDeadLetters(ports));
    const failed = (await Promise.allSettled(work)).find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  private async copyDeadLetters(ports: DirectoryPorts): Promise<void> {
    const letters = this.dead.uncopied(deadLetterCopiesPerCallMax);
    if (letters.length === 0) return;
    this.deadLettersNextAt = wallNow() + MINUTE_MS;
    await within(portTimeoutMs, ports.copyDeadLetters(letters));
    this.dead.markCopied(letters);
    this.deadLettersNextAt = 0;
  }
  private deadLettersNextAt = 0;

  /** Wall time of the next thing to do; 0 = at once; null = nothing. */
  private dueAt(): number | null {
    const dead = this.dead.hasUncopied() ? this.deadLettersNextAt : null;
    const times = [this.outbox.dueAt(), this.releases.dueAt(), this.merges.dueAt(), dead, this.tidying.dueAt()].filter((at) => at !== null);
    return times.length === 0 ? null : Math.min(...times);
  }

  /** Makes sure that an alarm stands not later than the next thing to do. Each one set is a billed row, so one that stands is left alone. */
  private arm(): void {
    const due = this.dueAt();
    if (due === null || (this.alarmAt !== null && this.alarmAt <= Math.max(due, this.quietUntil))) return;
    this.alarmAt = Math.max(due, this.quietUntil, 1);
    void this.ctx.storage.setAlarm(this.alarmAt);
  }
}

const leadsSomewhere = (record: KeyRecord): boolean =>
  keyKind(record.key as IdentityKey) === "account" || leadOf(record.edges).accountId !== null;

/** Keeps the later changes of one call on top of the earlier. */
function apply(records: Map<string, KeyRecord>, change: KeyChange): KeyChange {
  records.set(change.record.key, change.record);
  return change;
}
