import { fromLine } from "../../src/domain/event.ts";
import { freedPack, takeForPack } from "../../src/domain/identity/freed-packs.ts";
import { directoryName } from "../../src/domain/identity/messages.ts";
import { arrivalOf } from "../../src/domain/identity/parking.ts";
import type { Pack, PackReport } from "../../src/domain/intake/pack.ts";
import { refusedEvents, type RefusedEvent } from "../../src/domain/intake/pack-settling.ts";
import { directoryPacksUnsettledMax, packEventsMax } from "../../src/domain/limits.ts";
import { EventOutcome } from "../../src/domain/outcome.ts";
import { PackOutbox, type PackSender } from "../../src/platform/pack-outbox.ts";
import type { Counters } from "./counters.ts";
import type { DeadLetterStore } from "./dead-letter-store.ts";
import type { ParkingStore } from "./parking-store.ts";

/** Events set free on their way to the consumer. A pack is a list of stored rows, which are deleted once it has settled. */
export class FreedOutbox {
  private readonly storage: DurableObjectStorage;
  private readonly incarnation: string;
  private readonly parking: ParkingStore;
  private readonly counters: Counters;
  private readonly dead: DeadLetterStore;
  private readonly outbox: PackOutbox;

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
    this.outbox = new PackOutbox(storage, { contentColumn: "rows", build: (id, rows) => this.build(id, rowIds(rows)) });
  }

  /** When something is to be done: now if rows wait for a pack and one more may be under way. Null: nothing. */
  dueAt(): number | null {
    const { packs, at } = this.outbox.underWay();
    return packs < directoryPacksUnsettledMax && this.parking.freeRows(1).length > 0 ? 0 : at;
  }

  /** Cuts packs, then sends those that are due; throws what the first of them failed with that could not be sent. */
  async drive(sender: PackSender, now: number): Promise<void> {
    this.cutPacks();
    const failed = await this.outbox.send(this.outbox.take(now, directoryPacksUnsettledMax), sender);
    if (failed.length > 0) throw failed[0];
  }

  private cutPacks(): void {
    this.storage.transactionSync(() => {
      let room = directoryPacksUnsettledMax - this.outbox.underWay().packs;
      while (room-- > 0) {
        const ids = takeForPack(this.parking.freeRows(packEventsMax));
        if (ids.length === 0) return;
        const number = this.counters.add("packs", 1);
        this.parking.markPacked(ids);
        this.outbox.add(`${this.incarnation}/${String(number).padStart(12, "0")}`, JSON.stringify(ids));
      }
    });
  }

  private build(id: string, ids: readonly number[]): Pack {
    return freedPack(id, directoryName, this.parking.rows(ids));
  }

  read(packId: string): string | null {
    return this.outbox.read(packId);
  }

  /** Takes a consumer's report. Inside a transaction; a report about a settled pack changes nothing. */
  settle(report: PackReport, now: number): void {
    const found = this.outbox.find(report.packId);
    if (found === null) return;
    const ids = rowIds(found.content);
    const { lines } = this.build(found.id, ids);
    const names = lines.map((line) => arrivalOf(fromLine(line)));
    const whereabouts = this.parking.whereabouts(names);
    const here = new Set(ids);
    const isHere = (i: number): boolean => here.has(whereabouts.get(names[i] as string)?.row ?? 0);
    const { settled, outcomes } = this.outbox.settle(found, report, lines.length, isHere);
    if (!settled) return;
    for (const { index, ...why } of refusedEvents(report, outcomes)) this.keepDead(why, lines[index] as string, now);
    const applied: string[] = [];
    const others: string[] = [];
    for (const [i, outcome] of outcomes.entries()) {
      if (!isHere(i)) continue;
      const name = names[i] as string;
      const counted = whereabouts.get(name)?.counted === true;
      if (counted) this.counters.add("givenBack", -1);
      else if (outcome === EventOutcome.applied) this.counters.add("drainedApplied", 1);
      (outcome === EventOutcome.applied ? applied : others).push(name);
    }
    this.parking.deliver(ids, applied, others);
  }

  private keepDead(why: Omit<RefusedEvent, "index">, line: string, now: number): void {
    const { connectionId, connector, type, id: eventId } = fromLine(line);
    this.dead.keep({ ...why, connectionId, connector, type, eventId, at: now, tries: 1, status: "open", line });
  }
}

const rowIds = (rows: string): number[] => JSON.parse(rows) as number[];
