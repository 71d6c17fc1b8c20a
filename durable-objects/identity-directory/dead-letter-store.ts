import { fromLine, toLine } from "../../src/domain/event.ts";
import { copyOf, type DeadLetterCopy, newArrival, type DeadLetter } from "../../src/domain/intake/dead-letter.ts";
import { directoryName } from "../../src/domain/identity/messages.ts";
import { reasonDetailCharsMax, unclaimedLettersMax } from "../../src/domain/limits.ts";
import type { ParkingStore } from "./parking-store.ts";

/** Reason of the letter of an event that waited too long; the index `dead_unclaimed` holds it too. */
const UNCLAIMED = "unclaimed";

type Row = { number: number; status: string; doc: string; line: string | null };
const COLUMNS = "number, status, doc, line";

/** Events that were quarantined or died after they had been set free: kept until a person sends them again or discards them. */
export class DeadLetterStore {
  private readonly storage: DurableObjectStorage;
  private readonly parking: ParkingStore;

  constructor(storage: DurableObjectStorage, parking: ParkingStore) {
    this.storage = storage;
    this.parking = parking;
  }

  /** Inside a transaction. */
  keep({ line, ...letter }: Omit<DeadLetter, "id">): void {
    this.storage.sql.exec(
      "INSERT INTO dead (at, status, copied, doc, line) VALUES (?, ?, 0, ?, ?)",
      letter.at,
      letter.status,
      JSON.stringify(letter),
      line,
    );
  }

  /** Letters of events that nobody claimed for which there is room. */
  roomForUnclaimed(): number {
    const open = "SELECT count(*) AS n FROM dead WHERE status = 'open' AND doc ->> 'reason' = 'unclaimed'";
    return Math.max(0, unclaimedLettersMax - this.storage.sql.exec<{ n: number }>(open).one().n);
  }

  /** An event that nobody claimed in time. Inside a transaction. */
  keepUnclaimed(line: string, keys: readonly string[], now: number): void {
    const { connectionId, connector, type, id: eventId } = fromLine(line);
    const detail = `no account was found for it in time by ${keys.join(", ")}`.slice(0, reasonDetailCharsMax);
    const kept = { kind: "deadLettered", reason: UNCLAIMED, detail, at: now, tries: 1, status: "open", line } as const;
    this.keep({ ...kept, connectionId, connector, type, eventId });
  }

  /** What is left of an event that is given up: where its delivery lies in the archive. Inside a transaction. */
  keepPointer(line: string, at: number): void {
    const { keys, deliveryId, index, connectionId, receivedAt, id: eventId } = fromLine(line);
    const pointers = JSON.stringify([{ deliveryId, index, connectionId, receivedAt, eventId }]);
    this.storage.sql.exec("INSERT INTO expired (keys, at, events, pointers) VALUES (?, ?, 1, ?)", JSON.stringify(keys), at, pointers);
  }

  /** Gives up unclaimed events that nobody has looked after since, a bounded number; a pointer into the archive is left of each. */
  giveUpUnclaimed(before: number, limit: number): number {
    const rows = this.storage.sql
      .exec<Row>(
        `SELECT ${COLUMNS} FROM dead WHERE status = 'open' AND doc ->> 'reason' = 'unclaimed' AND at < ? ORDER BY at LIMIT ?`,
        before,
        limit,
      )
      .toArray();
    for (const { id, line, at } of rows.map(toDeadLetter)) {
      this.keepPointer(line, at);
      this.discard(id, "nobody has decided in time");
    }
    return rows.length;
  }

  /** Pointers of events given up long ago, a bounded number. */
  forgetExpired(before: number, limit: number): number {
    return this.storage.sql.exec("DELETE FROM expired WHERE id IN (SELECT id FROM expired WHERE at < ? ORDER BY id LIMIT ?)", before, limit)
      .rowsWritten;
  }

  /** Without their lines, which may be a megabyte each. */
  uncopied(limit: number): DeadLetterCopy[] {
    return this.storage.sql
      .exec<Row>(
        "SELECT number, status, json_remove(doc, '$.line') AS doc, NULL AS line FROM dead WHERE copied = 0 ORDER BY number LIMIT ?",
        limit,
      )
      .toArray()
      .map(toDeadLetter)
      .map(copyOf);
  }

  hasUncopied(): boolean {
    return this.storage.sql.exec("SELECT 1 FROM dead WHERE copied = 0 LIMIT 1").toArray().length > 0;
  }

  /** In the standing that was sent: one that a person has closed meanwhile is sent again. */
  markCopied(letters: readonly DeadLetterCopy[]): void {
    for (const { id, status } of letters)
      this.storage.sql.exec("UPDATE dead SET copied = 1 WHERE number = ? AND status = ?", numberOf(id), status);
  }

  list(filter: { status?: string; limit: number; before?: number }): DeadLetter[] {
    return this.storage.sql
      .exec<Row>(
        `SELECT ${COLUMNS} FROM dead WHERE at < ?1 AND (?2 = '' OR status = ?2) ORDER BY number DESC LIMIT ?3`,
        filter.before ?? Number.MAX_SAFE_INTEGER,
        filter.status ?? "",
        filter.limit,
      )
      .toArray()
      .map(toDeadLetter);
  }

  one(id: string): DeadLetter | null {
    const row = this.storage.sql.exec<Row>(`SELECT ${COLUMNS} FROM dead WHERE number = ?`, numberOf(id)).toArray()[0];
    return row === undefined ? null : toDeadLetter(row);
  }

  /** Puts the event on the path again, under its own id or a new one. A letter that is not open stays as it is. */
  replay(id: string, asNew: boolean, now: number): DeadLetter | null {
    return this.close(id, "replayed", (letter) => {
      const event = fromLine(letter.line);
      const line = asNew ? toLine({ ...event, ...newArrival(event, `d${numberOf(letter.id)}`) }) : letter.line;
      this.parking.setFree(line, event.mayCreate === true, now);
      return letter.detail;
    });
  }

  discard(id: string, reason: string): DeadLetter | null {
    return this.close(id, "discarded", (letter) =>
      reason === "" ? letter.detail : `${letter.detail} (discarded: ${reason})`.slice(0, reasonDetailCharsMax),
    );
  }

  /** @param effect gives the letter's new detail */
  private close(id: string, status: DeadLetter["status"], effect: (letter: DeadLetter) => string): DeadLetter | null {
    const letter = this.one(id);
    if (letter === null || letter.status !== "open") return letter;
    return this.storage.transactionSync(() => {
      const closed = { ...letter, status, detail: effect(letter) };
      const { id: _, line, ...doc } = closed;
      this.storage.sql.exec(
        "UPDATE dead SET status = ?, copied = 0, doc = ?, line = ? WHERE number = ?",
        status,
        JSON.stringify(doc),
        line,
        numberOf(id),
      );
      return closed;
    });
  }

  /** Forgets letters that were closed, are copied and came before an instant, a bounded number. Open ones wait for a person. */
  forgetClosed(before: number, limit: number): number {
    return this.storage.sql.exec(
      "DELETE FROM dead WHERE number IN (SELECT number FROM dead WHERE status <> 'open' AND copied = 1 AND at < ? ORDER BY number LIMIT ?)",
      before,
      limit,
    ).rowsWritten;
  }
}

const numberOf = (id: string): number => (id.startsWith(`${directoryName}-`) ? Number(id.slice(directoryName.length + 1)) : -1);
const toDeadLetter = ({ number, status, doc, line }: Row): DeadLetter => ({
  ...(JSON.parse(doc) as DeadLetter),
  ...(line !== null && { line }),
  id: `${directoryName}-${number}`,
  status: status as DeadLetter["status"],
});
