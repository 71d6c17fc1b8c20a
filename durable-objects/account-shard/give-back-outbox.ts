import { cutGivenBack, givenBackPack } from "../../src/domain/account/give-back.ts";
import { settleFreed, type Failures } from "../../src/domain/identity/freed-settling.ts";
import { byReference, toPackText, type Pack, type PackReport } from "../../src/domain/intake/pack.ts";
import { packGzipBytesMax, reasonDetailCharsMax, redriveCapMs, redriveFloorMs } from "../../src/domain/limits.ts";
import { EventOutcome } from "../../src/domain/outcome.ts";
import { backOff } from "../../src/domain/retry.ts";
import { gzip } from "../../src/platform/gzip.ts";
import { reportLine } from "../../src/platform/report.ts";
import type { RefusedStore } from "./refused-store.ts";

type Row = { readonly number: number; readonly body: string; readonly failed: string; readonly tries: number };
export type EventsSender = { send(messages: readonly Uint8Array[]): Promise<void> };

const PACKS_AT_ONCE = 32;
const PREFIX = "back-";

/**
 * Events an account gave back, on their way to be resolved again. A pack is stored until the consumer has reported every event of it as
 * settled, and sent again until then; the queue may lose or double it.
 */
export class GiveBackOutbox {
  private readonly storage: DurableObjectStorage;
  private readonly shard: () => string;
  private readonly incarnation: string;
  private readonly refused: RefusedStore;

  constructor(storage: DurableObjectStorage, shard: () => string, incarnation: string, refused: RefusedStore) {
    this.storage = storage;
    this.shard = shard;
    this.incarnation = incarnation;
    this.refused = refused;
    this.look();
  }

  /** Wall time of the next sending; null: nothing is under way. Kept, because every call asks. */
  dueAt: number | null = null;
  /** Packs under way. */
  packs = 0;

  private look(): void {
    const found = this.storage.sql.exec<{ at: number | null; packs: number }>(
      "SELECT min(next_at) AS at, count(*) AS packs FROM give_back",
    );
    const { at, packs } = found.one();
    this.dueAt = at;
    this.packs = packs;
  }

  /** Inside the commit that takes the events out of their account; `added` follows once it has succeeded. */
  add(lines: readonly string[]): void {
    for (const group of cutGivenBack(lines))
      this.storage.sql.exec("INSERT INTO give_back (body, failed, tries, next_at) VALUES (?, '{}', 0, 0)", group.join("\n"));
  }

  added(): void {
    this.look();
  }

  async drive(sender: EventsSender, wallMs: number): Promise<void> {
    const due = this.storage.sql
      .exec<Row>("SELECT number, body, failed, tries FROM give_back WHERE next_at <= ? ORDER BY number LIMIT ?", wallMs, PACKS_AT_ONCE)
      .toArray();
    if (due.length === 0) return;
    this.storage.transactionSync(() => {
      for (const { number, tries } of due) {
        this.storage.sql.exec(
          "UPDATE give_back SET tries = ?, next_at = ? WHERE number = ?",
          tries + 1,
          wallMs + backOff(tries, redriveFloorMs, redriveCapMs),
          number,
        );
      }
    });
    this.look();
    // One message a call: two of them may be too large for one.
    for (const row of due) await sender.send([toMessage(this.pack(row))]);
  }

  private pack({ number, body }: Pick<Row, "number" | "body">): Pack {
    return givenBackPack(`${PREFIX}${this.incarnation}-${number}`, this.shard(), body.split("\n"));
  }

  private row(packId: string): Row | null {
    const prefix = `${PREFIX}${this.incarnation}-`;
    if (!packId.startsWith(prefix)) return null;
    return (
      this.storage.sql
        .exec<Row>("SELECT number, body, failed, tries FROM give_back WHERE number = ?", Number(packId.slice(prefix.length)))
        .toArray()[0] ?? null
    );
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
      this.storage.sql.exec("UPDATE give_back SET failed = ? WHERE number = ?", JSON.stringify(failures), row.number);
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
    this.storage.sql.exec("DELETE FROM give_back WHERE number = ?", row.number);
  }
}

function toMessage(pack: Pack): Uint8Array {
  const encode = (text: string): Uint8Array => gzip(new TextEncoder().encode(text));
  const whole = encode(toPackText(pack));
  return whole.byteLength <= packGzipBytesMax ? whole : encode(toPackText(byReference(pack)));
}
