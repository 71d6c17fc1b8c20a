import { cutGivenBack, givenBackPack } from "../../src/domain/account/give-back.ts";
import type { PackReport } from "../../src/domain/intake/pack.ts";
import { refusedEvents } from "../../src/domain/intake/pack-settling.ts";
import { PackOutbox, type PackSender } from "../../src/platform/pack-outbox.ts";
import { reportLine } from "../../src/platform/report.ts";
import type { MetaStore } from "./meta-store.ts";
import type { RefusedStore } from "./refused-store.ts";

const PACKS_AT_ONCE = 32;
/** Of the name of a pack, in the order in which they were made. Those of older code begin with `back-`. */
const PREFIX = "given-";
const DIGITS = 12;

/** Events an account gave back, on their way to be resolved again: stored as their lines, one pack a row. */
export class GiveBackOutbox {
  private readonly storage: DurableObjectStorage;
  private readonly meta: MetaStore;
  private readonly shard: () => string;
  private readonly incarnation: string;
  private readonly refused: RefusedStore;
  private readonly outbox: PackOutbox;

  constructor(parts: { storage: DurableObjectStorage; meta: MetaStore; shard: () => string; incarnation: string; refused: RefusedStore }) {
    this.storage = parts.storage;
    this.meta = parts.meta;
    this.shard = parts.shard;
    this.incarnation = parts.incarnation;
    this.refused = parts.refused;
    this.outbox = new PackOutbox(parts.storage, {
      contentColumn: "body",
      build: (id, body) => givenBackPack(id, this.shard(), body.split("\n")),
    });
    this.look();
  }

  /** Wall time of the next sending; null: nothing is under way. Kept, because every call asks. */
  dueAt: number | null = null;
  /** Packs under way. */
  packs = 0;

  private look(): void {
    const { at, packs } = this.outbox.underWay();
    this.dueAt = at;
    this.packs = packs;
  }

  /** Inside the commit that takes the events out of their account; `added` follows once it has succeeded. */
  add(lines: readonly string[]): void {
    const groups = cutGivenBack(lines);
    if (groups.length === 0) return;
    let number = this.meta.number("packs");
    for (const group of groups) {
      this.outbox.add(`${PREFIX}${this.incarnation}-${String(++number).padStart(DIGITS, "0")}`, group.join("\n"));
    }
    this.meta.put("packs", number);
  }

  added(): void {
    this.look();
  }

  async drive(sender: PackSender, wallMs: number): Promise<void> {
    const due = this.outbox.take(wallMs, PACKS_AT_ONCE);
    if (due.length === 0) return;
    this.look();
    const failed = await this.outbox.send(due, sender);
    if (failed.length > 0)
      reportLine("packs_not_sent", { object: `account shard ${this.shard()}`, packs: failed.length, error: String(failed[0]) });
  }

  read(packId: string): string | null {
    return this.outbox.read(packId);
  }

  /** Takes consumers' reports. What nobody took is kept for a person. */
  settle(reports: readonly PackReport[], now: number): void {
    this.storage.transactionSync(() => {
      for (const report of reports) this.settleOne(report, now);
    });
    this.look();
  }

  private settleOne(report: PackReport, now: number): void {
    const found = this.outbox.find(report.packId);
    if (found === null) return;
    const lines = found.content.split("\n");
    const { settled, outcomes, failures } = this.outbox.settle(found, report, lines.length, () => false);
    if (!settled) return;
    for (const { index, ...why } of refusedEvents(report, outcomes)) {
      this.refused.keep({ at: now, ...why, tries: failures[index] ?? 0, line: lines[index] as string });
      reportLine("given_back_event_refused", { shard: this.shard(), reason: why.reason });
    }
  }
}
