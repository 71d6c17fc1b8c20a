import { gunzipSync, gzipSync } from "node:zlib";
import type { ApplyCall, ApplyReply } from "../../src/domain/account/messages.ts";
import { fromLine, toLine, type Event } from "../../src/domain/event.ts";
import { accountShardName } from "../../src/domain/hash.ts";
import type { Edge, EdgeEvidence, KeyView, LookupReply, ParkItem, ParkReply } from "../../src/domain/identity/messages.ts";
import { arrivalOf, decidePark, waitingKeys } from "../../src/domain/identity/parking.ts";
import {
  drained,
  emptyRecord,
  leadOf,
  linkKey,
  observeKey,
  toView,
  unlinkKey,
  type KeyChange,
  type KeyRecord,
} from "../../src/domain/identity/record.ts";
import { packOfWhole, toPackText, type PackOrigin, type PackReport, type PackRoute } from "../../src/domain/intake/pack.ts";
import { EventOutcome } from "../../src/domain/outcome.ts";
import { eventsOfCall, shortLines } from "./event-lines.ts";
import { consume, newPipelineMemory, type PipelineMemory } from "../../src/pipeline/consume.ts";
import type { Accounts, EventsMessage, Evidence, KeyLookup, Origins, ParkingPlace, PipelinePorts } from "../../src/pipeline/ports.ts";

/** Builders and in-memory twins for tests of the consumer: the same pure rules, maps in place of storage, faults to order. */

export const eventWith = (over: Partial<Event> & Pick<Event, "id">): Event => ({
  contentHash: 1,
  connectionId: "c1",
  connector: "native",
  type: "feature.used",
  occurredAt: 1_000,
  receivedAt: 1_000,
  deliveryId: `d-${over.id}`,
  index: 0,
  lane: "live",
  keys: ["account|a"],
  data: {},
  ...over,
});

export class MemoryDirectory implements KeyLookup, ParkingPlace, Evidence {
  readonly records = new Map<string, KeyRecord>();
  readonly waiting = new Map<string, ParkItem>();
  readonly gone = new Set<string>();
  /** Items set free, to be packed by the test. */
  freed: ParkItem[] = [];
  readonly releases: { accountId: string; key: string; version: number }[] = [];
  readonly calls = { lookup: 0, park: 0, observe: 0, accountsExist: 0 };
  private readonly changes: string[] = [];
  now = 2_000;
  full = false;

  viewOf = (key: string): KeyView | null => {
    const record = this.records.get(key);
    return record === undefined ? null : toView(record);
  };

  async lookup(keys: readonly string[], cursor: string | null): Promise<LookupReply> {
    this.calls.lookup++;
    const changed = cursor === null ? [] : [...new Set(this.changes.slice(Number(cursor)))];
    return { views: keys.map(this.viewOf), changed: changed.flatMap((key) => this.viewOf(key) ?? []), cursor: String(this.changes.length) };
  }

  async park(items: readonly ParkItem[]): Promise<readonly ParkReply[]> {
    this.calls.park++;
    return items.map((item): ParkReply => {
      const event = fromLine(item.line);
      const name = arrivalOf(event);
      const decision = decidePark(item, event, this.waiting.has(name) ? "waiting" : this.gone.has(name) ? "gone" : "unknown", this.viewOf);
      if (decision.status !== "store") return decision;
      if (this.full) return { status: "full" };
      this.waiting.set(name, item);
      return { status: "parked" };
    });
  }

  async observe(pairs: readonly { key: string; accountId: string }[]): Promise<void> {
    this.calls.observe++;
    for (const [key, seen] of Map.groupBy(pairs, (pair) => pair.key)) {
      this.change(key, (record) =>
        observeKey(
          record,
          seen.map(({ accountId }) => accountId),
          this.now,
        ),
      );
    }
  }

  async accountsExist(accountIds: readonly string[]): Promise<void> {
    this.calls.accountsExist++;
    for (const id of accountIds) {
      const key = `account|${id}`;
      if (this.records.has(key)) continue;
      this.change(key, (record) => ({ changed: true, record, losers: [] }));
    }
  }

  link(key: string, accountId: string, evidence: EdgeEvidence = "person"): void {
    const edge: Edge = { key, accountId, evidence, author: "test", at: this.now };
    this.change(key, (record) => linkKey(record, edge, this.now));
  }

  unlink(key: string, accountId: string): void {
    this.change(key, (record) => unlinkKey(record, { accountId, author: "test", at: this.now }, this.now));
  }

  private change(key: string, decide: (record: KeyRecord) => KeyChange): void {
    const { changed, record, losers } = decide(this.records.get(key) ?? emptyRecord(key));
    if (!changed) return;
    for (const accountId of losers) this.releases.push({ accountId, key, version: record.version });
    this.records.set(key, record);
    this.changes.push(key);
    if (!key.startsWith("account|") && leadOf(record.edges).accountId === null) return;
    for (const [name, item] of this.waiting) {
      if (!waitingKeys(item.keys).includes(key)) continue;
      this.waiting.delete(name);
      this.gone.add(name);
      this.freed.push(item);
      this.records.set(key, drained(this.records.get(key) as KeyRecord, fromLine(item.line).receivedAt + 1));
    }
  }
}

type Held = { readonly line: string; readonly key: string; readonly version: number };

/** Accounts as the consumer sees them: exist or not, take an arrival once, refuse an edge they have released. */
export class MemoryAccounts implements Accounts {
  shardCount = 4;
  readonly accounts = new Map<string, Map<string, Held>>();
  readonly movedTo = new Map<string, string>();
  readonly applied: { shard: string; call: ApplyCall }[] = [];
  private readonly released = new Map<string, number>();

  async shards(): Promise<number> {
    return this.shardCount;
  }

  async apply(shard: string, call: ApplyCall): Promise<ApplyReply> {
    this.applied.push({ shard, call });
    const created: string[] = [];
    const elsewhere: ApplyReply["elsewhere"][number][] = [];
    const outcomes = eventsOfCall(call).map((event, index): EventOutcome => {
      const { id, mayCreate } = call.accounts[call.accountOf[index] as number] as { id: string; mayCreate: boolean };
      const edge = call.edges[call.edgeOf[index] as number] as { key: string; version: number };
      if (accountShardName(id, this.shardCount) !== shard) throw new Error(`account ${id} does not live in shard ${shard}`);
      const to = this.movedTo.get(id);
      if (to !== undefined) {
        elsewhere.push({ index, why: "moved", to });
        return EventOutcome.waiting;
      }
      if (edge.version < (this.released.get(`${id} ${edge.key}`) ?? 0)) {
        elsewhere.push({ index, why: "old_edge" });
        return EventOutcome.waiting;
      }
      let held = this.accounts.get(id);
      if (held === undefined) {
        if (!mayCreate) {
          elsewhere.push({ index, why: "unknown" });
          return EventOutcome.waiting;
        }
        this.accounts.set(id, (held = new Map()));
        created.push(id);
      }
      const name = arrivalOf(event);
      if (!held.has(name)) {
        const repeat = [...held.values()].some((other) => fromLine(other.line).id === event.id);
        if (repeat) return EventOutcome.repeat;
        held.set(name, { line: toLine(event), ...edge });
      }
      return EventOutcome.applied;
    });
    return { outcomes, reasons: [], elsewhere, created, appliedAt: 5_000 };
  }

  /** The lines the account gives back. */
  release(accountId: string, key: string, version: number): string[] {
    const name = `${accountId} ${key}`;
    this.released.set(name, Math.max(version, this.released.get(name) ?? 0));
    const held = this.accounts.get(accountId) ?? new Map<string, Held>();
    const back = [...held].filter(([, one]) => one.key === key && one.version < version);
    for (const [arrival] of back) held.delete(arrival);
    return back.map(([, { line }]) => line);
  }

  exist(...ids: string[]): void {
    for (const id of ids) if (!this.accounts.has(id)) this.accounts.set(id, new Map());
  }

  ids(accountId: string): string[] {
    return [...(this.accounts.get(accountId)?.values() ?? [])].map(({ line }) => fromLine(line).id).sort();
  }
}

export class MemoryOrigins implements Origins {
  readonly reports: { origin: PackOrigin; report: PackReport }[] = [];
  readonly settleCalls: string[] = [];
  readonly large = new Map<string, string>();

  async settle(origin: PackOrigin, reports: readonly PackReport[]): Promise<void> {
    this.settleCalls.push(`${origin.kind}/${origin.name}`);
    for (const report of reports) this.reports.push({ origin, report });
  }

  async readPack(_origin: PackOrigin, packId: string): Promise<string | null> {
    return this.large.get(packId) ?? null;
  }

  last(packId: string): PackReport | undefined {
    return this.reports.findLast(({ report }) => report.packId === packId)?.report;
  }
}

export const packText = (
  id: string,
  events: readonly Event[],
  options: { kind?: PackOrigin["kind"]; name?: string; mayCreate?: boolean } = {},
): string => {
  const routes: PackRoute[] = events.map(({ keys }) => ({ keys, mayCreate: options.mayCreate ?? true }));
  const origin: PackOrigin = { kind: options.kind ?? "intake", name: options.name ?? "0" };
  const header = {
    id,
    origin,
    plan: 0,
    events: events.length,
    routes,
    routeOf: routes.map((_, i) => i),
    watermarks: { "c1/events": Math.max(...events.map((e) => e.occurredAt)) },
  };
  return toPackText(origin.kind === "intake" ? { header, ...shortLines(events) } : packOfWhole(header, events.map(toLine)));
};

export type TestMessage = EventsMessage & { state: "acked" | "retried" | "none"; delaySeconds: number };

export function messageOf(text: string | Uint8Array, attempts = 1): TestMessage {
  const message: TestMessage = {
    body: typeof text === "string" ? gzipSync(text) : text,
    attempts,
    state: "none",
    delaySeconds: 0,
    ack: () => void (message.state = "acked"),
    retry: (delaySeconds) => {
      message.state = "retried";
      message.delaySeconds = delaySeconds;
    },
  };
  return message;
}

export class World {
  readonly directory = new MemoryDirectory();
  readonly accounts = new MemoryAccounts();
  readonly origins = new MemoryOrigins();
  readonly notes: string[] = [];
  clock = 10_000;
  memory: PipelineMemory = newPipelineMemory(() => this.clock);
  /** Replaces ports, e.g. by ones that fail. */
  over: { -readonly [Name in keyof PipelinePorts]?: PipelinePorts[Name] } = {};

  ports(): PipelinePorts {
    return {
      keys: this.directory,
      parking: this.directory,
      evidence: this.directory,
      accounts: this.accounts,
      origins: this.origins,
      expand: (body) => new TextDecoder().decode(gunzipSync(body)),
      now: () => this.clock,
      configVersion: () => "v1",
      note: (what) => void this.notes.push(what),
      ...this.over,
    };
  }

  async consume(...messages: TestMessage[]): Promise<TestMessage[]> {
    await consume(messages, this.ports(), this.memory);
    return messages;
  }

  /** Works one pack and gives its last report's outcomes. */
  async work(
    id: string,
    events: readonly Event[],
    options: Parameters<typeof packText>[2] = {},
  ): Promise<readonly EventOutcome[] | undefined> {
    await this.consume(messageOf(packText(id, events, options)));
    return this.origins.last(id)?.outcomes;
  }

  /** Plays the directory's and the accounts' outboxes until nothing is under way: releases, then packs of what was set free. */
  async drive(): Promise<void> {
    for (let i = 0; i < 10 && this.directory.releases.length + this.directory.freed.length > 0; i++) {
      for (const { accountId, key, version } of this.directory.releases.splice(0)) {
        const back = this.accounts.release(accountId, key, version).map(fromLine);
        if (back.length > 0)
          await this.work(`release-${accountId}-${version}-${i}`, back, { kind: "account", name: accountId, mayCreate: false });
      }
      const freed = this.directory.freed.splice(0);
      if (freed.length > 0)
        await this.work(
          `freed-${i}`,
          freed.map(({ line }) => fromLine(line)),
          { kind: "directory", name: "directory", mayCreate: false },
        );
    }
  }
}
