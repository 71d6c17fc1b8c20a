import { deserialize, serialize } from "node:v8";
import { countEvents } from "../../../src/connectors/native/to-events.ts";
import { mapToItems } from "../../../src/connectors/index.ts";
import type { ApplyCall, ApplyReply } from "../../../src/domain/account/messages.ts";
import type { Delivery } from "../../../src/domain/delivery.ts";
import { toArchiveLine } from "../../../src/domain/intake/archive-object.ts";
import { planSegment } from "../../../src/domain/intake/plan.ts";
import { decodeRows, encodeRows } from "../../../src/domain/intake/row.ts";
import { packExpandedBytesMax } from "../../../src/domain/limits.ts";
import { consume, newPipelineMemory } from "../../../src/pipeline/consume.ts";
import type { PipelinePorts } from "../../../src/pipeline/ports.ts";
import { gunzip, gzip } from "../../../src/platform/gzip.ts";
import { sha256OfBytes } from "../../../src/platform/sha256.ts";
import { eventSource } from "../events.ts";
import type { Figure } from "../report.ts";
import { NOW, Shelf } from "./account.ts";

const ROUNDS = 60;
/** Code is compiled and accounts are made in them. */
const WARM_ROUNDS = 20;
const DELIVERIES = 40;
const DELIVERY_EVENTS = 100;

/**
 * What each step of the path costs an event, µs of CPU: the product's own code alone in this process, a segment of 4,000 events at a time, SQLite
 * under the accounts. Without HTTP, calls between objects, scores and what the platform does. Tells where the time goes, also on a busy machine.
 */
export async function steps(): Promise<{ figures: Figure[]; splits: Record<string, unknown> }> {
  const splits: Record<string, unknown> = {};
  for (const accounts of [100, 1_000]) {
    const costs = await stepsAt(accounts);
    splits[`steps at ${accounts} accounts, µs an event`] = costs;
    const all = Object.values(costs).reduce((sum, us) => sum + us, 0);
    const told = Object.entries(costs).map(([step, us]) => `${step} ${us.toFixed(2)}`);
    console.log(`${accounts} accounts, µs of CPU an event by step: ${told.join(", ")}; together ${all.toFixed(1)}`);
  }
  return { figures: [], splits };
}

async function stepsAt(accounts: number): Promise<Record<string, number>> {
  const meter = new Meter();
  const path = new Path(accounts, meter);
  for (let round = 0; round < ROUNDS; round++) {
    if (round === WARM_ROUNDS) meter.reset();
    await path.segment(round);
  }
  return meter.perEvent((ROUNDS - WARM_ROUNDS) * DELIVERIES * DELIVERY_EVENTS);
}

/** CPU of this thread by step; what a step asks another for is the other's. */
class Meter {
  private readonly ms = new Map<string, number>();
  private open: string[] = [];
  private since = 0;

  async spend<T>(step: string, work: () => T | Promise<T>): Promise<T> {
    this.enter(step);
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  now<T>(step: string, work: () => T): T {
    this.enter(step);
    try {
      return work();
    } finally {
      this.leave();
    }
  }

  reset(): void {
    this.ms.clear();
  }

  perEvent(events: number): Record<string, number> {
    return Object.fromEntries([...this.ms].map(([step, ms]) => [step, (ms * 1_000) / events]));
  }

  private enter(step: string): void {
    this.settle();
    this.open.push(step);
  }

  private leave(): void {
    this.settle();
    this.open.pop();
  }

  private settle(): void {
    const { user, system } = process.threadCpuUsage();
    const now = (user + system) / 1_000;
    const step = this.open.at(-1);
    if (step !== undefined) this.ms.set(step, (this.ms.get(step) ?? 0) + now - this.since);
    this.since = now;
  }
}

/** The path of an event from the door to its account's commit, with nothing between the steps. */
class Path {
  private readonly meter: Meter;
  private readonly source: ReturnType<typeof eventSource>;
  private readonly shelves: readonly Shelf[];
  private readonly memory = newPipelineMemory(() => NOW);
  private deliveries = 0;

  constructor(accounts: number, meter: Meter) {
    this.meter = meter;
    this.source = eventSource({ accounts, seed: 3, run: "s", time: () => NOW });
    this.shelves = Array.from({ length: accounts / 100 }, () => new Shelf());
  }

  async segment(round: number): Promise<void> {
    const { meter } = this;
    const bodies = Array.from({ length: DELIVERIES }, () => Uint8Array.from(this.source(DELIVERY_EVENTS).json));
    meter.now("door", () => {
      for (const body of bodies) {
        const count = countEvents(body, { receivedAt: NOW, meta: { mode: "json" } });
        if (!count.ok || count.value.accepted !== DELIVERY_EVENTS) throw new Error("the door did not take all events");
      }
    });
    const rows = meter.now("rows", () => encodeRows(bodies.map((body) => this.delivery(body))));
    const read = meter.now("rows", () => decodeRows(rows.map(({ body }) => body)));
    const mapped = meter.now("map", () => read.map((one) => ({ head: one.head, bytes: one.body.byteLength, mapped: mapToItems(one) })));
    const plan = meter.now("pack", () =>
      planSegment(mapped, {
        segmentId: `steps/${round}-${round}`,
        origin: { kind: "intake", name: "0" },
        plan: 1,
        compress: (text) => meter.now("gzip", () => gzip(new TextEncoder().encode(text))),
      }),
    );
    meter.now("archive", () => {
      const ndjson = new TextEncoder().encode(read.map((one) => `${toArchiveLine(one)}\n`).join(""));
      return [gzip(ndjson), sha256OfBytes(ndjson)];
    });
    const messages = plan.packs.map(({ message }) => ({ body: message, attempts: 1, ack: () => undefined, retry: () => undefined }));
    await meter.spend("consume", () => consume(messages, this.ports(), this.memory));
  }

  private delivery(body: Uint8Array): Delivery {
    const id = `0mikn4v2c-${String(this.deliveries++).padStart(20, "0")}`;
    const head = {
      id,
      connectionId: "tok_1",
      connector: "native",
      form: "events",
      receivedAt: NOW,
      lane: "live",
      contentEncoding: "identity",
      contentType: "application/json",
      meta: { mode: "json" },
      settings: {},
      mayCreateAccounts: true,
      accepted: DELIVERY_EVENTS,
      rejected: 0,
    };
    return { head: head as unknown as Delivery["head"], body };
  }

  private ports(): PipelinePorts {
    const done = async (): Promise<void> => undefined;
    return {
      keys: { lookup: async (keys) => ({ views: keys.map(() => null), changed: [], cursor: "1" }) },
      parking: { park: () => Promise.reject(new Error("every event names its account")) },
      evidence: { accountsExist: done, observe: done },
      accounts: { shards: async () => this.shelves.length, apply: async (shard, call) => this.apply(Number(shard), call) },
      origins: { settle: done, readPack: async () => null },
      expand: (body) => this.meter.now("expand", () => new TextDecoder().decode(gunzip(body, packExpandedBytesMax))),
      now: () => NOW,
      configVersion: () => "0",
      note: (what, facts) => {
        throw new Error(`${what}: ${JSON.stringify(facts)}`);
      },
    };
  }

  private apply(shard: number, call: ApplyCall): ApplyReply {
    const received = this.meter.now("call", () => deserialize(serialize(call)) as ApplyCall);
    const reply = this.meter.now("apply", () => (this.shelves[shard] as Shelf).apply(received));
    return this.meter.now("call", () => deserialize(serialize(reply)) as ApplyReply);
  }
}
