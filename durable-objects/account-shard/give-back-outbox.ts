import { cutGivenBack, givenBackPack } from "../../src/domain/account/give-back.ts";
import { settleFreed, type Failures } from "../../src/domain/identity/freed-settling.ts";
import { byReference, toPackText, type Pack, type PackReport } from "../../src/domain/intake/pack.ts";
import { packGzipBytesMax, reasonDetailCharsMax, redriveCapMs, redriveFloorMs } from "../../src/domain/limits.ts";
import { EventOutcome } from "../../src/domain/outcome.ts";
import { backOff } from "../../src/domain/retry.ts";
import { gzip } from "../../src/platform/gzip.ts";
import { reportLine } from "../../src/platform/report.ts";
import type { MetaStore } from "./meta-store.ts";
import type { RefusedStore } from "./refused-store.ts";

type Row = { readonly id: string; readonly body: string; readonly failed: string; readonly tries: number };
export type EventsSender = { send(messages: readonly Uint8Array[]): Promise<void> };

const PACKS_AT_ONCE = 32;
/** Of the name of a pack, in the order in which they were made. Those of older code begin with `back-`. */
const PREFIX = "given-";
const DIGITS = 12;

/**
 * Events an account gave back, on their way to be resolved again. A pack is stored until the consumer has reported every event of it as
 * settled, and sent again until then; the queue may lose or double it, and reports may come long after: no name is given twice.
 */
export class GiveBackOutbox {
  private readonly storage: DurableObjectStorage;
  private readonly meta: MetaStore;
  private readonly shard: () => string;
  private readonly incarnation: string;
  private readonly refused: RefusedStore;

  constructor(parts: { storage: DurableObjectStorage; meta: MetaStore; shard: () => string; incarnation: string; refused: RefusedStore }) {
    this.storage = parts.storage;
    this.meta = parts.meta;
    this.shard = parts.shard;
    this.incarnation = parts.incarnation;
    this.refused = parts.refused;
    this.look();
  }

  /** Wall time of the next sending; null: nothing is under way. Kept, because every call asks. */
  dueAt: number | null = null;
  /** Packs under way. */
  packs = 0;

  private look(): void {
    const found = this.storage.sql.exec<{ at: number | null; packs: number }>("SELECT min(next_at) AS at, count(*) AS packs FROM pack");
    const { at, packs } = found.one();
    this.dueAt = at;
    this.packs = packs;
  }

  /** Inside the commit that takes the events out of their account; `added` follows once it has succeeded. */
  add(lines: readonly string[]): void {
    const groups = cutGivenBack(lines);
    if (groups.length === 0) return;
    let number = this.meta.number("packs");
    for (const group of groups) {
      const id = `${PREFIX}${this.incarnation}-${String(++number).padStart(DIGITS, "0")}`;
      this.storage.sql.exec("INSERT INTO pack (id, body, failed, tries, next_at) VALUES (?, ?, '{}', 0, 0)", id, group.join("\n"));
    }
    this.meta.put("packs", number);
  }

  added(): void {
    this.look();
  }

  /** A pack that could not be sent holds up no other: it is due again later, as all are. */
  async drive(sender: EventsSender, wallMs: number): Promise<void> {
    const due = this.storage.sql
      .exec<Row>("SELECT id, body, failed, tries FROM pack WHERE next_at <= ? ORDER BY id LIMIT ?", wallMs, PACKS_AT_ONCE)
      .toArray();
    if (due.length === 0) return;
    this.storage.transactionSync(() => {
      for (const { id, tries } of due) {
        this.storage.sql.exec(
          "UPDATE pack SET tries = ?, next_at = ? WHERE id = ?",
          tries + 1,
          wallMs + backOff(tries, redriveFloorMs, redriveCapMs),
          id,
        );
      }
    });
    this.look();
    // One message a call: two of them may be too large for one.
    const sent = await Promise.allSettled(due.map(async (row) => sender.send([toMessage(this.pack(row))])));
    const failed = sent.filter((result) => result.status === "rejected");
    if (failed.length > 0)
      reportLine("packs_not_sent", { object: `account shard ${this.shard()}`, packs: failed.length, error: String(failed[0]?.reason) });
  }

  private pack({ id, body }: Pick<Row, "id" | "body">): Pack {
    return givenBackPack(id, this.shard(), body.split("\n"));
  }

  private row(packId: string): Row | null {
    return this.storage.sql.exec<Row>("SELECT id, body, failed, tries FROM pack WHERE id = ?", packId).toArray()[0] ?? null;
  }

  read(packId: string): string | null {
    const row = this.row(packId);
    return row === null ? null : toPackText(this.pack(row));
  }

  /** Takes consumers' reports. What nobody took is kept for a person. */
  settle(reports: readonly PackReport[], now: number): void {
    this.storage.transactionSync(() => {
      for (const report of reports) this.settleOne(report, now);
    });
    this.look();
  }

  private settleOne(report: PackReport, now: number): void {
    const row = this.row(report.packId);
    if (row === null) return;
    const lines = row.body.split("\n");
    const { settled, outcomes, failures } = settleFreed(report, lines.length, JSON.parse(row.failed) as Failures, () => false);
    if (!settled) {
      this.storage.sql.exec("UPDATE pack SET failed = ? WHERE id = ?", JSON.stringify(failures), row.id);
      return;
    }
    for (const [i, outcome] of outcomes.entries()) {
      if (outcome !== EventOutcome.quarantined && outcome !== EventOutcome.deadLettered) continue;
      const { reason = "unknown", detail = "", accountId } = report.reasons.find(({ index }) => index === i) ?? {};
      const kind = outcome === EventOutcome.quarantined ? "quarantined" : "deadLettered";
      this.refused.keep({
        at: now,
        kind,
        reason,
        detail: detail.slice(0, reasonDetailCharsMax),
        accountId,
        tries: failures[i] ?? 0,
        line: lines[i] as string,
      });
      reportLine("given_back_event_refused", { shard: this.shard(), reason });
    }
    this.storage.sql.exec("DELETE FROM pack WHERE id = ?", row.id);
  }
}

function toMessage(pack: Pack): Uint8Array {
  const encode = (text: string): Uint8Array => gzip(new TextEncoder().encode(text));
  const whole = encode(toPackText(pack));
  return whole.byteLength <= packGzipBytesMax ? whole : encode(toPackText(byReference(pack)));
}
