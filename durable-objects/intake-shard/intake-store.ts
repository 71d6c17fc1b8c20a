import type { RowPlace } from "../../src/domain/intake/archive-object.ts";
import type { DeadLetterCopy, DeadLetter } from "../../src/domain/intake/dead-letter.ts";
import type { DeliveryLetter } from "../../src/domain/intake/delivery-log.ts";
import type { SourceFault } from "../../src/domain/intake/source-fault.ts";
import { fromStored, type StoredStream, streamKey } from "../../src/domain/intake/stream.ts";
import { fromProgressRuns, toProgressRuns } from "../../src/domain/intake/progress.ts";
import type { IntakeRow } from "../../src/domain/intake/row.ts";
import { emptyTally } from "../../src/domain/intake/tally.ts";
import { segmentRowsMax } from "../../src/domain/limits.ts";
import { invariant } from "../../src/domain/result.ts";
import type {
  IntakeStore,
  LetterOrigin,
  Marks,
  RowsToSegment,
  StoredLetter,
  StoredSegment,
  UncopiedLetter,
  WaitingRows,
} from "../../src/ingest/intake/ports.ts";
import { schemaSteps } from "./schema.ts";

/** A letter's line is kept in parts, because a delivery kept as a unit can be longer than a row may be. */
const LETTER_PART_CHARS = 400_000;

const firstMarks: Marks = { tally: emptyTally, segmentedSeq: 0, archivedSeq: 0, range: null, lastLetter: 0 };

type RowFigures = {
  seq: number;
  items: number;
  accepted: number;
  rejected: number;
  deliveries: number;
  bytes: number;
  parts_left: number;
  wall_at: number;
  body: ArrayBuffer;
};
type SegmentRow = {
  from_seq: number;
  to_seq: number;
  items: number;
  plan: number;
  cuts: number;
  started_at: number;
  progress: ArrayBuffer;
  tries: string;
};
type LetterRow = { number: number; items: number; version: number; body: string };

/** An intake shard's database; docs/design/intake.md describes the tables. Waking reads figures, never the bodies of rows. */
export class SqlIntakeStore implements IntakeStore {
  readonly incarnation: string;
  private readonly storage: DurableObjectStorage;
  private readonly sql: SqlStorage;
  /** Streams are few and read in every commit that ends a segment. */
  private knownStreams: Map<string, StoredStream> | null = null;
  private logEntries: number | null = null;

  constructor(storage: DurableObjectStorage) {
    this.storage = storage;
    this.sql = storage.sql;
    storage.transactionSync(() => schemaSteps(this.sql));
    this.incarnation = this.sql.exec<{ incarnation: string }>("SELECT incarnation FROM standing").one().incarnation;
  }

  commit<T>(write: () => T): T {
    try {
      return this.storage.transactionSync(write);
    } catch (error) {
      this.knownStreams = null;
      this.logEntries = null;
      throw error;
    }
  }

  synced(): Promise<void> {
    return this.storage.sync();
  }

  isAlive(): boolean {
    try {
      this.sql.exec("SELECT 1").one();
      return true;
    } catch {
      return false;
    }
  }

  // ---- How far the shard has come ----

  marks(): Marks {
    const { body } = this.sql.exec<{ body: string | null }>("SELECT body FROM standing").one();
    return body === null ? firstMarks : (JSON.parse(body) as Marks);
  }

  putMarks(marks: Marks): void {
    this.sql.exec("UPDATE standing SET body = ?", JSON.stringify(marks));
  }

  /** The name by which the object is addressed, kept because an alarm does not bring it. */
  nameKept(name: string | undefined): string {
    const { name: kept } = this.sql.exec<{ name: string | null }>("SELECT name FROM standing").one();
    if (name !== undefined && name !== kept) this.sql.exec("UPDATE standing SET name = ?", name);
    const known = name ?? kept;
    invariant(known !== null, "an intake shard is addressed by name");
    return known;
  }

  // ---- Rows ----

  lastSeq(): number {
    return this.sql.exec<{ seq: number }>("SELECT coalesce(max(seq), 0) AS seq FROM row").one().seq;
  }

  heldBytes(): number {
    const { rows } = this.sql.exec<{ rows: number }>("SELECT coalesce(sum(bytes), 0) AS rows FROM row").one();
    const { letters } = this.sql
      .exec<{ letters: number }>("SELECT coalesce(sum(chars), 0) AS letters FROM dead_letter WHERE status = 'open'")
      .one();
    return rows + letters;
  }

  waitingRows(afterSeq: number): WaitingRows {
    const { since, ...sums } = this.sql
      .exec<{ items: number; accepted: number; rejected: number; deliveries: number; bytes: number; since: number | null }>(
        `SELECT coalesce(sum(items), 0) AS items, coalesce(sum(accepted), 0) AS accepted, coalesce(sum(rejected), 0) AS rejected,
                coalesce(sum(deliveries), 0) AS deliveries, coalesce(sum(bytes), 0) AS bytes, min(wall_at) AS since
         FROM row WHERE seq > ?`,
        afterSeq,
      )
      .one();
    return { ...sums, since };
  }

  insertRows(firstSeq: number, rows: readonly IntakeRow[], at: number, wallAt: number): void {
    for (const [index, { body, items, accepted, rejected, deliveries, partsLeft }] of rows.entries()) {
      this.sql.exec(
        "INSERT INTO row (seq, at, wall_at, items, accepted, rejected, deliveries, bytes, parts_left, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        firstSeq + index,
        at,
        wallAt,
        items,
        accepted,
        rejected,
        deliveries,
        body.byteLength,
        partsLeft,
        body,
      );
    }
  }

  rowsToSegment(afterSeq: number, { itemsMax, bytesMax }: { itemsMax: number; bytesMax: number }): RowsToSegment | null {
    const figures = { items: 0, accepted: 0, rejected: 0, deliveries: 0, bytes: 0 };
    const bodies: Uint8Array[] = [];
    let closed: RowsToSegment | null = null;
    let fromSeq = 0;
    let since: number | null = null;
    const rows = this.sql.exec<RowFigures>(
      "SELECT seq, items, accepted, rejected, deliveries, bytes, parts_left, wall_at, body FROM row WHERE seq > ? ORDER BY seq LIMIT ?",
      afterSeq,
      segmentRowsMax,
    );
    for (const row of rows) {
      if (closed !== null && (figures.items + row.items > itemsMax || figures.bytes + row.bytes > bytesMax)) break;
      fromSeq ||= row.seq;
      since ??= row.wall_at;
      bodies.push(new Uint8Array(row.body));
      figures.items += row.items;
      figures.accepted += row.accepted;
      figures.rejected += row.rejected;
      figures.deliveries += row.deliveries;
      figures.bytes += row.bytes;
      if (row.parts_left === 0) closed = { ...figures, since, fromSeq, toSeq: row.seq, bodies: bodies.slice() };
    }
    return closed;
  }

  rowBodies(fromSeq: number, toSeq: number): Uint8Array[] {
    return this.sql
      .exec<{ body: ArrayBuffer }>("SELECT body FROM row WHERE seq BETWEEN ? AND ? ORDER BY seq", fromSeq, toSeq)
      .toArray()
      .map(({ body }) => new Uint8Array(body));
  }

  rowsWith(text: string, { afterSeq, from, to }: { afterSeq: number; from: number; to: number }): Uint8Array[] {
    const [found] = this.sql
      .exec<{ seq: number; last: number | null }>(
        `SELECT seq, (SELECT min(seq) FROM row AS ending WHERE ending.seq >= row.seq AND parts_left = 0) AS last FROM row
         WHERE seq > ? AND at BETWEEN ? AND ? AND instr(body, CAST(? AS BLOB)) > 0 ORDER BY seq LIMIT 1`,
        afterSeq,
        from,
        to,
        text,
      )
      .toArray();
    return found === undefined || found.last === null ? [] : this.rowBodies(found.seq, found.last);
  }

  newestRows(afterSeq: number, bytesMax: number): Uint8Array[] {
    const bodies: Uint8Array[] = [];
    let bytes = 0;
    const rows = this.sql.exec<{ bytes: number; parts_left: number; body: ArrayBuffer }>(
      "SELECT bytes, parts_left, body FROM row WHERE seq > ? ORDER BY seq DESC",
      afterSeq,
    );
    for (const row of rows) {
      // A row with no parts left ends a delivery: what is newer begins with a whole one.
      if (row.parts_left === 0 && bytes + row.bytes > bytesMax) break;
      bodies.push(new Uint8Array(row.body));
      bytes += row.bytes;
    }
    return bodies.reverse();
  }

  rowPlaces(afterSeq: number): RowPlace[] {
    return this.sql
      .exec<{ seq: number; at: number; bytes: number; parts_left: number }>(
        "SELECT seq, at, bytes, parts_left FROM row WHERE seq > ? ORDER BY seq LIMIT ?",
        afterSeq,
        segmentRowsMax,
      )
      .toArray()
      .map(({ seq, at, bytes, parts_left }) => ({ seq, at, bytes, partsLeft: parts_left }));
  }

  deleteRows(fromSeq: number, toSeq: number): number {
    if (toSeq < fromSeq) return 0;
    const { bytes } = this.sql
      .exec<{ bytes: number }>("SELECT coalesce(sum(bytes), 0) AS bytes FROM row WHERE seq BETWEEN ? AND ?", fromSeq, toSeq)
      .one();
    this.sql.exec("DELETE FROM row WHERE seq BETWEEN ? AND ?", fromSeq, toSeq);
    return bytes;
  }

  // ---- Segments ----

  segments(): StoredSegment[] {
    return this.sql
      .exec<SegmentRow>("SELECT from_seq, to_seq, items, plan, cuts, started_at, progress, tries FROM segment ORDER BY from_seq")
      .toArray()
      .map((row) => ({
        fromSeq: row.from_seq,
        toSeq: row.to_seq,
        items: row.items,
        plan: row.plan,
        cuts: row.cuts,
        startedAt: row.started_at,
        standing: {
          progress: fromProgressRuns(new Uint8Array(row.progress), row.items),
          tries: new Map(JSON.parse(row.tries) as [number, number][]),
        },
      }));
  }

  putSegment({ fromSeq, toSeq, items, plan, cuts, startedAt, standing }: StoredSegment): void {
    this.sql.exec(
      "INSERT OR REPLACE INTO segment (from_seq, to_seq, items, plan, cuts, started_at, progress, tries) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      fromSeq,
      toSeq,
      items,
      plan,
      cuts,
      startedAt,
      toProgressRuns(standing.progress),
      JSON.stringify([...standing.tries]),
    );
  }

  deleteSegment(fromSeq: number): void {
    this.sql.exec("DELETE FROM segment WHERE from_seq = ?", fromSeq);
  }

  // ---- Streams and the delivery log ----

  streams(): StoredStream[] {
    this.knownStreams ??= new Map(
      this.sql
        .exec<{ body: string }>("SELECT body FROM stream")
        .toArray()
        .map(({ body }) => fromStored(JSON.parse(body) as StoredStream))
        .map((status) => [streamKey(status.connectionId, status.stream), status]),
    );
    return [...this.knownStreams.values()];
  }

  putStream(key: string, status: StoredStream): void {
    this.sql.exec("INSERT OR REPLACE INTO stream (key, body) VALUES (?, ?)", key, JSON.stringify(status));
    this.knownStreams?.set(key, status);
  }

  fault(key: string): SourceFault | null {
    const [row] = this.sql.exec<{ body: string }>("SELECT body FROM source_fault WHERE key = ?", key).toArray();
    return row === undefined ? null : (JSON.parse(row.body) as SourceFault);
  }

  faults(): SourceFault[] {
    return this.sql
      .exec<{ body: string }>("SELECT body FROM source_fault")
      .toArray()
      .map(({ body }) => JSON.parse(body) as SourceFault);
  }

  putFault(key: string, fault: SourceFault, keysMax: number): void {
    this.sql.exec(
      `INSERT INTO source_fault (key, body) SELECT ?1, ?2
       WHERE (SELECT count(*) FROM source_fault) < ?3 OR EXISTS (SELECT 1 FROM source_fault WHERE key = ?1)
       ON CONFLICT (key) DO UPDATE SET body = excluded.body`,
      key,
      JSON.stringify(fault),
      keysMax,
    );
  }

  putLogRow({ fromSeq, toSeq }: { fromSeq: number; toSeq: number }, entries: number, body: string): void {
    this.logEntries ??= this.sql.exec<{ entries: number }>("SELECT coalesce(sum(entries), 0) AS entries FROM delivery_log").one().entries;
    this.sql.exec("INSERT INTO delivery_log (from_seq, to_seq, entries, body) VALUES (?, ?, ?, ?)", fromSeq, toSeq, entries, body);
    this.logEntries += entries;
  }

  logRows(entriesMax: number): string[] {
    const bodies: string[] = [];
    let entries = 0;
    for (const row of this.sql.exec<{ entries: number; body: string }>("SELECT entries, body FROM delivery_log ORDER BY from_seq DESC")) {
      bodies.push(row.body);
      entries += row.entries;
      if (entries >= entriesMax) break;
    }
    return bodies;
  }

  logRowWith(text: string): { fromSeq: number; toSeq: number | null; body: string } | null {
    const [row] = this.sql
      .exec<{ from_seq: number; to_seq: number | null; body: string }>(
        "SELECT from_seq, to_seq, body FROM delivery_log WHERE instr(body, ?) > 0 ORDER BY from_seq DESC LIMIT 1",
        text,
      )
      .toArray();
    return row === undefined ? null : { fromSeq: row.from_seq, toSeq: row.to_seq, body: row.body };
  }

  trimLog(entriesMax: number): void {
    while (this.logEntries !== null && this.logEntries > entriesMax) {
      const [oldest] = this.sql
        .exec<{ from_seq: number; entries: number }>("SELECT from_seq, entries FROM delivery_log ORDER BY from_seq LIMIT 1")
        .toArray();
      // The ring is kept full: the oldest row goes only when the others fill it.
      if (oldest === undefined || this.logEntries - oldest.entries < entriesMax) return;
      this.sql.exec("DELETE FROM delivery_log WHERE from_seq = ?", oldest.from_seq);
      this.logEntries -= oldest.entries;
    }
  }

  // ---- Dead letters ----

  insertLetter({ number, items, version, letter }: StoredLetter, { deliveryId, item }: LetterOrigin): number {
    const { line, ...rest } = letter;
    this.sql.exec(
      "INSERT INTO dead_letter (number, status, at, items, chars, version, copied, body, delivery, item) VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?)",
      number,
      letter.status,
      letter.at,
      items,
      line.length,
      version,
      JSON.stringify(rest),
      deliveryId,
      item,
    );
    for (let part = 0; part * LETTER_PART_CHARS < line.length; part++) {
      this.sql.exec(
        "INSERT INTO dead_letter_part (number, part, text) VALUES (?, ?, ?)",
        number,
        part,
        line.slice(part * LETTER_PART_CHARS, (part + 1) * LETTER_PART_CHARS),
      );
    }
    return line.length;
  }

  letter(number: number): StoredLetter | null {
    const [row] = this.sql.exec<LetterRow>("SELECT number, items, version, body FROM dead_letter WHERE number = ?", number).toArray();
    return row === undefined ? null : this.withLine(row);
  }

  letters({ status, before, limit }: { status?: string | undefined; before?: number | undefined; limit: number }): StoredLetter[] {
    return this.sql
      .exec<LetterRow>(
        "SELECT number, items, version, body FROM dead_letter WHERE (?1 IS NULL OR status = ?1) AND (?2 IS NULL OR at < ?2) ORDER BY at DESC, number DESC LIMIT ?3",
        status ?? null,
        before ?? null,
        limit,
      )
      .toArray()
      .map((row) => this.withLine(row));
  }

  lettersOf(deliveryIds: readonly string[], limit: number): (DeliveryLetter & { deliveryId: string })[] {
    return this.sql
      .exec<{ body: string; items: number; delivery: string; item: number }>(
        "SELECT body, items, delivery, item FROM dead_letter WHERE delivery IN (SELECT value FROM json_each(?)) ORDER BY number LIMIT ?",
        JSON.stringify(deliveryIds),
        limit,
      )
      .toArray()
      .map(({ body, items, delivery, item }) => {
        const { id, kind, reason, detail, accountId = null } = JSON.parse(body) as DeadLetterCopy;
        return { id, kind, reason, detail, accountId, items, item, deliveryId: delivery };
      });
  }

  updateLetter({ number, version, letter }: StoredLetter): void {
    const { line: _kept, ...rest } = letter;
    this.sql.exec(
      "UPDATE dead_letter SET status = ?, version = ?, body = ? WHERE number = ?",
      letter.status,
      version,
      JSON.stringify(rest),
      number,
    );
  }

  uncopiedLetters(limit: number): UncopiedLetter[] {
    return this.sql
      .exec<{ number: number; version: number; body: string }>(
        "SELECT number, version, body FROM dead_letter WHERE copied < version ORDER BY number LIMIT ?",
        limit,
      )
      .toArray()
      .map(({ number, version, body }) => ({ number, version, letter: JSON.parse(body) as DeadLetterCopy }));
  }

  hasUncopiedLetters(): boolean {
    return this.sql.exec("SELECT 1 FROM dead_letter WHERE copied < version LIMIT 1").toArray().length > 0;
  }

  markCopied(letters: readonly { number: number; version: number }[]): void {
    for (const { number, version } of letters)
      this.sql.exec("UPDATE dead_letter SET copied = ?1 WHERE number = ?2 AND copied < ?1", version, number);
  }

  trimClosedLetters(max: number): void {
    const old = this.sql
      .exec<{ number: number }>(
        "SELECT number FROM dead_letter WHERE status <> 'open' AND copied = version ORDER BY number DESC LIMIT 100 OFFSET ?",
        max,
      )
      .toArray();
    for (const { number } of old) {
      this.sql.exec("DELETE FROM dead_letter WHERE number = ?", number);
      this.sql.exec("DELETE FROM dead_letter_part WHERE number = ?", number);
    }
  }

  private withLine({ number, items, version, body }: LetterRow): StoredLetter {
    const parts = this.sql.exec<{ text: string }>("SELECT text FROM dead_letter_part WHERE number = ? ORDER BY part", number).toArray();
    const letter: DeadLetter = { ...(JSON.parse(body) as DeadLetterCopy), line: parts.map(({ text }) => text).join("") };
    return { number, items, version, letter };
  }
}
