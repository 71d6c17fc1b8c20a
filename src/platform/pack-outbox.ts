import { byReference, toPackText, type Pack, type PackReport } from "../domain/intake/pack.ts";
import { type Failures, settlePack, type PackSettling } from "../domain/intake/pack-settling.ts";
import { packGzipBytesMax, redriveCapMs, redriveFloorMs } from "../domain/limits.ts";
import { backOff } from "../domain/retry.ts";
import { gzip } from "./gzip.ts";

/** One queue message, gzip. */
export type PackSender = { send(message: Uint8Array): Promise<void> };

/** `content`: what the owner stored to build the pack from. `failed`: tries of single events (`Failures`) as JSON. */
export type StoredPack = { readonly id: string; readonly content: string; readonly failed: string };
type Row = StoredPack & { readonly tries: number };

/**
 * Packs of an object on their way to the consumer, in its table `pack`. A pack is stored as what it is built from, byte for byte the same
 * each time, until the consumer has reported every event of it as settled; it is sent again until then. The queue may lose or double it.
 *
 * Names are the owner's: a report may come long after, so that none may be given twice. They are sent in the order of their names.
 */
export class PackOutbox {
  private readonly storage: DurableObjectStorage;
  private readonly columns: string;
  private readonly contentColumn: "rows" | "body";
  private readonly build: (id: string, content: string) => Pack;

  constructor(
    storage: DurableObjectStorage,
    stored: { readonly contentColumn: "rows" | "body"; readonly build: (id: string, content: string) => Pack },
  ) {
    this.storage = storage;
    this.contentColumn = stored.contentColumn;
    this.columns = `id, ${stored.contentColumn} AS content, failed, tries`;
    this.build = stored.build;
  }

  /** `at`: wall time of the next sending; null: nothing is under way. */
  underWay(): { readonly packs: number; readonly at: number | null } {
    return this.storage.sql.exec<{ packs: number; at: number | null }>("SELECT count(*) AS packs, min(next_at) AS at FROM pack").one();
  }

  /** Inside the transaction that takes the events out of where they were. */
  add(id: string, content: string): void {
    this.storage.sql.exec(`INSERT INTO pack (id, ${this.contentColumn}, failed, tries, next_at) VALUES (?, ?, '{}', 0, 0)`, id, content);
  }

  /** Those that are due, at most so many, marked as sent before they are: a send whose answer is lost is not repeated at once. */
  take(wallMs: number, packsMax: number): readonly StoredPack[] {
    const due = this.storage.sql
      .exec<Row>(`SELECT ${this.columns} FROM pack WHERE next_at <= ? ORDER BY id LIMIT ?`, wallMs, packsMax)
      .toArray();
    if (due.length === 0) return due;
    this.storage.transactionSync(() => {
      for (const { id, tries } of due) {
        const nextAt = wallMs + backOff(tries, redriveFloorMs, redriveCapMs);
        this.storage.sql.exec("UPDATE pack SET tries = ?, next_at = ? WHERE id = ?", tries + 1, nextAt, id);
      }
    });
    return due;
  }

  /**
   * A pack that could not be sent holds up no other: it is due again later, as all are.
   *
   * @param due as `take` gave them
   * @returns why packs could not be sent, one reason each
   */
  async send(due: readonly StoredPack[], sender: PackSender): Promise<readonly unknown[]> {
    const sent = await Promise.allSettled(due.map(async ({ id, content }) => sender.send(toMessage(this.build(id, content)))));
    return sent.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
  }

  find(packId: string): StoredPack | null {
    return this.storage.sql.exec<Row>(`SELECT ${this.columns} FROM pack WHERE id = ?`, packId).toArray()[0] ?? null;
  }

  read(packId: string): string | null {
    const found = this.find(packId);
    return found === null ? null : toPackText(this.build(found.id, found.content));
  }

  /**
   * Takes a consumer's report of a pack that was found. Inside the transaction that does what follows from it: a settled pack is forgotten.
   *
   * @param events, stillHere see `settlePack`
   */
  settle(found: StoredPack, report: PackReport, events: number, stillHere: (index: number) => boolean): PackSettling {
    const settling = settlePack(report, events, JSON.parse(found.failed) as Failures, stillHere);
    if (settling.settled) this.storage.sql.exec("DELETE FROM pack WHERE id = ?", found.id);
    else this.storage.sql.exec("UPDATE pack SET failed = ? WHERE id = ?", JSON.stringify(settling.failures), found.id);
    return settling;
  }
}

/** The queue's message: the pack, or its header alone where the events are too large for one. */
function toMessage(pack: Pack): Uint8Array {
  const encode = (text: string): Uint8Array => gzip(new TextEncoder().encode(text));
  const whole = encode(toPackText(pack));
  return whole.byteLength <= packGzipBytesMax ? whole : encode(toPackText(byReference(pack)));
}
