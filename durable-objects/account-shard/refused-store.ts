import { hash32 } from "../../src/domain/hash.ts";
import { copyOf, type DeadLetterCopy, newArrival, type DeadLetter } from "../../src/domain/intake/dead-letter.ts";
import { fromLine, toLine } from "../../src/domain/event.ts";
import { changeRedriveFloorMs, closedDeadLettersMax, deadLetterCopiesPerCallMax } from "../../src/domain/limits.ts";
import { reportLine } from "../../src/platform/report.ts";

export type Refused = Pick<DeadLetter, "kind" | "reason" | "detail" | "accountId" | "tries"> & {
  readonly at: number;
  readonly line: string;
};
type More = Partial<Pick<DeadLetter, "kind" | "detail" | "accountId" | "tries">>;
type Row = {
  readonly number: number;
  readonly at: number;
  readonly reason: string;
  readonly line: string;
  readonly status: string;
  readonly more: string;
};
export type LettersSender = { send(letters: readonly DeadLetterCopy[]): Promise<void> };

const COLUMNS = "number, at, reason, line, status, more";

/**
 * Given-back events that nobody took, as dead letters: kept here until a person sends them again or discards them, with copies for the
 * lists, sent until the queue has taken them.
 */
export class RefusedStore {
  private readonly storage: DurableObjectStorage;
  private readonly shard: () => string;
  private nextCopyAt = 0;
  /** Kept, because each call asks. */
  private hasUncopied: boolean;

  constructor(storage: DurableObjectStorage, shard: () => string) {
    this.storage = storage;
    this.shard = shard;
    this.hasUncopied = this.uncopied(1).length > 0;
  }

  /** Wall time of the next copying; null: the lists know everything. */
  get copyDueAt(): number | null {
    return this.hasUncopied ? this.nextCopyAt : null;
  }

  /** Inside the commit that ends the event's pack. */
  keep({ at, line, reason, ...more }: Refused): void {
    this.storage.sql.exec(
      "INSERT INTO refused (at, reason, line, more) VALUES (?, ?, ?, ?)",
      at,
      reason,
      line,
      JSON.stringify(more satisfies More),
    );
    this.hasUncopied = true;
  }

  /** Sends copies of what the lists do not know; marks them in the standing that was sent. A failed send is tried again later. */
  async copy(sender: LettersSender, wallMs: number): Promise<void> {
    if (!this.hasUncopied || wallMs < this.nextCopyAt) return;
    this.nextCopyAt = wallMs + changeRedriveFloorMs;
    const letters = this.uncopied(deadLetterCopiesPerCallMax);
    try {
      await sender.send(letters);
    } catch (error) {
      reportLine("dead_letters_not_copied", { object: `account shard ${this.shard()}`, letters: letters.length, error: String(error) });
      return;
    }
    this.storage.transactionSync(() => {
      for (const { id, status } of letters)
        this.storage.sql.exec("UPDATE refused SET copied = 1 WHERE number = ? AND status = ?", this.numberOf(id), status);
    });
    this.nextCopyAt = 0;
    this.hasUncopied = this.uncopied(1).length > 0;
  }

  one(id: string): DeadLetter | null {
    const [row] = this.storage.sql.exec<Row>(`SELECT ${COLUMNS} FROM refused WHERE number = ?`, this.numberOf(id)).toArray();
    return row === undefined ? null : this.toLetter(row);
  }

  /** Closes a letter that is open, in one commit with `giveBack`; one that is closed stays as it is. */
  replay(id: string, asNew: boolean, giveBack: (lines: readonly string[]) => void): DeadLetter | null {
    return this.close(id, "replayed", (letter) => {
      const event = fromLine(letter.line);
      giveBack([asNew ? toLine({ ...event, ...newArrival(event, `a${hash32(letter.id).toString(36)}`) }) : letter.line]);
      return letter.detail;
    });
  }

  discard(id: string, reason: string): DeadLetter | null {
    return this.close(id, "discarded", ({ detail }) => `${detail} (discarded: ${reason})`.trim());
  }

  private close(id: string, status: DeadLetter["status"], detailAfter: (letter: DeadLetter) => string): DeadLetter | null {
    const letter = this.one(id);
    if (letter === null || letter.status !== "open") return letter;
    const detail = this.storage.transactionSync(() => {
      const text = detailAfter(letter);
      this.storage.sql.exec(
        "UPDATE refused SET status = ?, copied = 0, more = json_set(more, '$.detail', ?) WHERE number = ?",
        status,
        text,
        this.numberOf(id),
      );
      this.storage.sql.exec(
        "DELETE FROM refused WHERE number IN (SELECT number FROM refused WHERE status <> 'open' AND copied = 1 ORDER BY number DESC LIMIT 100 OFFSET ?)",
        closedDeadLettersMax,
      );
      return text;
    });
    this.hasUncopied = true;
    return { ...letter, status, detail };
  }

  /** One line at a time is in memory. */
  private uncopied(limit: number): DeadLetterCopy[] {
    const rows = this.storage.sql.exec<Row>(`SELECT ${COLUMNS} FROM refused WHERE copied = 0 ORDER BY number LIMIT ?`, limit);
    return Array.from(rows, (row) => copyOf(this.toLetter(row)));
  }

  private numberOf(id: string): number {
    const prefix = `account-${this.shard()}-`;
    return id.startsWith(prefix) ? Number(id.slice(prefix.length)) : -1;
  }

  /** What older code has kept was quarantined, as far as it says. */
  private toLetter({ number, at, reason, line, status, more }: Row): DeadLetter {
    const { kind = "quarantined", detail = "", accountId, tries = 0 } = JSON.parse(more) as More;
    const { connectionId, connector, type, id: eventId } = fromLine(line);
    return {
      id: `account-${this.shard()}-${number}`,
      kind,
      reason,
      detail,
      connectionId,
      connector,
      type,
      eventId,
      at,
      tries,
      status: status as DeadLetter["status"],
      line,
      ...(accountId === undefined ? {} : { accountId }),
    };
  }
}
