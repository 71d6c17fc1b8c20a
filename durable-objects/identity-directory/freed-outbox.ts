import { fromLine, type Event } from "../../src/domain/event.ts";
import { freedPack, takeForPack } from "../../src/domain/identity/freed-packs.ts";
import { settleFreed, type Failures } from "../../src/domain/identity/freed-settling.ts";
import { directoryName } from "../../src/domain/identity/messages.ts";
import { arrivalOf } from "../../src/domain/identity/parking.ts";
import { byReference, toPackText, type Pack, type PackReport } from "../../src/domain/intake/pack.ts";
import {
  directoryPacksUnsettledMax,
  packEventsMax,
  packGzipBytesMax,
  reasonDetailCharsMax,
  redriveCapMs,
  redriveFloorMs,
} from "../../src/domain/limits.ts";
import { EventOutcome } from "../../src/domain/outcome.ts";
import { backOff } from "../../src/domain/retry.ts";
import { gzip } from "../../src/platform/gzip.ts";
import type { Counters } from "./counters.ts";
import type { DeadLetterStore } from "./dead-letter-store.ts";
import type { ParkingStore } from "./parking-store.ts";

type PackRow = { readonly id: string; readonly rows: string; readonly failed: string; readonly tries: number };
export type EventsSender = { send(message: Uint8Array): Promise<void> };

/**
 * Events set free on their way to the consumer. A pack is a list of stored rows, so that it is built again, byte for byte the same, until
 * the consumer reports it settled; only then are its rows deleted. The queue may lose or double it.
 */
export class FreedOutbox {
  private readonly storage: DurableObjectStorage;
  private readonly incarnation: string;
  private readonly parking: ParkingStore;
  private readonly counters: Counters;
  private readonly dead: DeadLetterStore;

  constructor(
    storage: DurableObjectStorage,
    incarnation: string,
    stores: { parking: ParkingStore; counters: Counters; dead: DeadLetterStore },
  ) {
    this.storage = storage;
    this.incarnation = incarnation;
    this.parking = stores.parking;
    this.counters = stores.counters;
    this.dead = stores.dead;
  }

  /** When something is to be done: now if rows wait for a pack and one more may be under way. Null: nothing. */
  dueAt(): number | null {
    const { n, at } = this.storage.sql.exec<{ n: number; at: number | null }>("SELECT count(*) AS n, min(next_at) AS at FROM pack").one();
    return n < directoryPacksUnsettledMax && this.parking.freeRows(1).length > 0 ? 0 : at;
  }

  /** Cuts packs, then sends those that are due. They are marked as sent first: a send whose answer is lost is not repeated at once. */
  async drive(sender: EventsSender, now: number): Promise<void> {
    this.cutPacks(now);
    const due = this.storage.sql.exec<PackRow>("SELECT id, rows, failed, tries FROM pack WHERE next_at <= ? ORDER BY id", now).toArray();
    if (due.length === 0) return;
    this.storage.transactionSync(() => {
      for (const { id, tries } of due) {
        this.storage.sql.exec(
          "UPDATE pack SET tries = ?, next_at = ? WHERE id = ?",
          tries + 1,
          now + backOff(tries, redriveFloorMs, redriveCapMs),
          id,
        );
      }
    });
    const sent = await Promise.allSettled(due.map((row) => sender.send(toMessage(this.build(row)))));
    const failed = sent.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  private cutPacks(now: number): void {
    this.storage.transactionSync(() => {
      let room = directoryPacksUnsettledMax - this.storage.sql.exec<{ n: number }>("SELECT count(*) AS n FROM pack").one().n;
      while (room-- > 0) {
        const ids = takeForPack(this.parking.freeRows(packEventsMax));
        if (ids.length === 0) return;
        const number = this.counters.add("packs", 1);
        this.parking.markPacked(ids);
        this.storage.sql.exec(
          "INSERT INTO pack (id, rows, failed, tries, next_at) VALUES (?, ?, '{}', 0, ?)",
          `${this.incarnation}/${String(number).padStart(12, "0")}`,
          JSON.stringify(ids),
          now,
        );
      }
    });
  }

  private build(row: Pick<PackRow, "id" | "rows">): Pack {
    return freedPack(row.id, directoryName, this.parking.rows(JSON.parse(row.rows) as number[]));
  }

  read(packId: string): string | null {
    const row = this.storage.sql.exec<PackRow>("SELECT id, rows, failed, tries FROM pack WHERE id = ?", packId).toArray()[0];
    return row === undefined ? null : toPackText(this.build(row));
  }

  /** Takes a consumer's report. Inside a transaction; a report about a settled pack changes nothing. */
  settle(report: PackReport, now: number): void {
    const row = this.storage.sql.exec<PackRow>("SELECT id, rows, failed, tries FROM pack WHERE id = ?", report.packId).toArray()[0];
    if (row === undefined) return;
    const ids = JSON.parse(row.rows) as number[];
    const events = this.build(row).lines.map((line) => ({ line, event: fromLine(line) }));
    const names = events.map(({ event }) => arrivalOf(event));
    const whereabouts = this.parking.whereabouts(names);
    const here = new Set(ids);
    const isHere = (i: number): boolean => here.has(whereabouts.get(names[i] as string)?.row ?? 0);
    const { settled, outcomes, failures } = settleFreed(report, events.length, JSON.parse(row.failed) as Failures, isHere);
    if (!settled) {
      this.storage.sql.exec("UPDATE pack SET failed = ? WHERE id = ?", JSON.stringify(failures), row.id);
      return;
    }
    const applied: string[] = [];
    const others: string[] = [];
    for (const [i, outcome] of outcomes.entries()) {
      const name = names[i] as string;
      if (outcome === EventOutcome.quarantined || outcome === EventOutcome.deadLettered)
        this.keepDead(report, i, outcome, events[i] as { line: string; event: Event }, now);
      if (!isHere(i)) continue;
      const counted = whereabouts.get(name)?.counted === true;
      if (counted) this.counters.add("givenBack", -1);
      else if (outcome === EventOutcome.applied) this.counters.add("drainedApplied", 1);
      (outcome === EventOutcome.applied ? applied : others).push(name);
    }
    this.parking.deliver(ids, applied, others);
    this.storage.sql.exec("DELETE FROM pack WHERE id = ?", row.id);
  }

  private keepDead(
    report: PackReport,
    index: number,
    outcome: EventOutcome,
    { line, event }: { line: string; event: Event },
    now: number,
  ): void {
    const reason = report.reasons.find((known) => known.index === index);
    this.dead.keep({
      kind: outcome === EventOutcome.quarantined ? "quarantined" : "deadLettered",
      reason: reason?.reason ?? "unknown",
      detail: (reason?.detail ?? "").slice(0, reasonDetailCharsMax),
      accountId: reason?.accountId,
      connectionId: event.connectionId,
      connector: event.connector,
      type: event.type,
      eventId: event.id,
      at: now,
      tries: 1,
      status: "open",
      line,
    });
  }
}

/** The queue's message: the pack, or its header alone where the events are too large for one. */
function toMessage(pack: Pack): Uint8Array {
  const encode = (text: string): Uint8Array => gzip(new TextEncoder().encode(text));
  const whole = encode(toPackText(pack));
  return whole.byteLength <= packGzipBytesMax ? whole : encode(toPackText(byReference(pack)));
}
