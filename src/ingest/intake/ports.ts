import type { Delivery, Rejection } from "../../domain/delivery.ts";
import type { ArchiveRange, RowPlace } from "../../domain/intake/archive-object.ts";
import type { DeadLetterCopy, DeadLetter } from "../../domain/intake/dead-letter.ts";
import type { DeliveryLetter } from "../../domain/intake/delivery-log.ts";
import type { SourceFault } from "../../domain/intake/source-fault.ts";
import type { StoredStream } from "../../domain/intake/stream.ts";
import type { PlanItem } from "../../domain/intake/plan.ts";
import type { IntakeRow } from "../../domain/intake/row.ts";
import type { Standing } from "../../domain/intake/settling.ts";
import type { Tally } from "../../domain/intake/tally.ts";

/** One call = one `sendBatch`. Resolves when the queue has taken all of them; may fail, hang until its own timeout, lose or double. */
export type EventsQueuePort = { send(messages: readonly Uint8Array[]): Promise<void> };

/** `sha256`: of the uncompressed text. `otherKey`: where it goes if other content has taken `key`; it holds the hash. */
export type ArchiveObject = {
  readonly key: string;
  readonly otherKey: string;
  readonly bytes: Uint8Array;
  readonly sha256: string;
  readonly facts: Readonly<Record<string, string>>;
};

/** Create-once: what is there is left as it is. Answers the key that holds the object; rejects when both are taken by other content. */
export type ArchivePort = { put(object: ArchiveObject): Promise<string> };

export type DeadLetterPort = { send(letters: readonly DeadLetterCopy[]): Promise<void> };

/** `now` is the product's clock (what events and keys bear); `wallNow` measures our own waiting, which a rehearsal does not speed up. */
export type IntakeClock = { now(): number; wallNow(): number };

export type CodecPort = {
  gzip(bytes: Uint8Array): Uint8Array;
  /** Throws when the bytes are no gzip or expand to more than `bytesMax`. */
  gunzip(bytes: Uint8Array, bytesMax: number): Uint8Array;
  sha256(bytes: Uint8Array): string;
};

/** What a connector makes of an expanded delivery. Throws what it does not know. */
export type Mapper = (delivery: Delivery) => { readonly items: readonly PlanItem[]; readonly rejections?: readonly Rejection[] };

export type Step =
  | "append:before-commit"
  | "append:after-commit"
  | "flush:segment-committed"
  | "flush:packs-sent"
  | "archive:before-put"
  | "archive:after-put"
  | "settle:before-commit"
  | "settle:after-commit";

export type IntakePorts = {
  readonly queue: EventsQueuePort;
  readonly archive: ArchivePort;
  readonly deadLetters: DeadLetterPort;
  readonly clock: IntakeClock;
  readonly codec: CodecPort;
  /** Has account shards told that a source is back or has ended. May fail, be lost, come twice. */
  sourcesMoved(at: number): Promise<void>;
  readonly map: Mapper;
  /** Tells a kill test where the code is; nothing outside tests. */
  reach(step: Step): Promise<unknown> | undefined;
  /** One structured line for a person. */
  report(what: string, facts: Readonly<Record<string, unknown>>): void;
};

/** The one row that says how far the shard has come. */
export type Marks = {
  readonly tally: Tally;
  /** Rows up to here are in a segment. */
  readonly segmentedSeq: number;
  /** Rows up to here are in the archive. */
  readonly archivedSeq: number;
  /** The range that is on its way to the archive, committed before the first attempt. */
  readonly range: ArchiveRange | null;
  readonly lastLetter: number;
};

export type StoredSegment = {
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly items: number;
  readonly plan: number;
  readonly cuts: number;
  /** Wall ms. */
  readonly startedAt: number;
  readonly standing: Standing;
};

/** Rows that wait for a segment, or for the archive. */
export type WaitingRows = {
  readonly items: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly deliveries: number;
  readonly bytes: number;
  readonly since: number | null;
};

export type RowsToSegment = WaitingRows & { readonly fromSeq: number; readonly toSeq: number; readonly bodies: readonly Uint8Array[] };

/** A letter as the lists are told of it: its line is not read for that. */
export type UncopiedLetter = { readonly number: number; readonly version: number; readonly letter: DeadLetterCopy };

export type StoredLetter = { readonly number: number; readonly items: number; readonly version: number; readonly letter: DeadLetter };

/** Of which delivery a letter is a part: its id, and the place among its accepted items. */
export type LetterOrigin = { readonly deliveryId: string; readonly item: number };

/** The shard's database. Every method is synchronous; those that write are called inside `commit`. */
export interface IntakeStore {
  /** All writes of `write` or none. */
  commit<T>(write: () => T): T;
  /** Resolves when everything committed so far is on disk. */
  synced(): Promise<void>;

  /** False once this life of the object has been ended from outside: its successor goes on. */
  isAlive(): boolean;

  readonly incarnation: string;
  marks(): Marks;
  segments(): StoredSegment[];
  lastSeq(): number;
  waitingRows(afterSeq: number): WaitingRows;
  heldBytes(): number;

  putMarks(marks: Marks): void;
  insertRows(firstSeq: number, rows: readonly IntakeRow[], at: number, wallAt: number): void;
  rowsToSegment(afterSeq: number, bounds: { itemsMax: number; bytesMax: number }): RowsToSegment | null;
  rowBodies(fromSeq: number, toSeq: number): Uint8Array[];
  /** Rows of the delivery whose row holds this text, committed between two instants (epoch ms); empty where there is none. */
  rowsWith(text: string, range: { afterSeq: number; from: number; to: number }): Uint8Array[];
  /** The newest whole deliveries, in order of arrival: rows of at most so many bytes together. */
  newestRows(afterSeq: number, bytesMax: number): Uint8Array[];
  rowPlaces(afterSeq: number): RowPlace[];
  /** Answers the bytes that were freed. */
  deleteRows(fromSeq: number, toSeq: number): number;

  putSegment(segment: StoredSegment): void;
  deleteSegment(fromSeq: number): void;

  streams(): StoredStream[];
  putStream(key: string, status: StoredStream): void;

  fault(key: string): SourceFault | null;
  faults(): SourceFault[];
  /** Nothing is written for a new key when there are `keysMax`. */
  putFault(key: string, fault: SourceFault, keysMax: number): void;

  putLogRow(range: { fromSeq: number; toSeq: number }, entries: number, body: string): void;
  logRows(entriesMax: number): string[];
  /** The row whose body holds this text, and the range of rows its segment had; `toSeq` is null where older code wrote it. */
  logRowWith(text: string): { readonly fromSeq: number; readonly toSeq: number | null; readonly body: string } | null;
  trimLog(entriesMax: number): void;

  insertLetter(letter: StoredLetter, origin: LetterOrigin): number;
  /** Letters of these deliveries, at most `limit`, without their lines. */
  lettersOf(deliveryIds: readonly string[], limit: number): (DeliveryLetter & { readonly deliveryId: string })[];
  letter(number: number): StoredLetter | null;
  letters(filter: { status?: string | undefined; before?: number | undefined; limit: number }): StoredLetter[];
  updateLetter(letter: StoredLetter): void;
  uncopiedLetters(limit: number): UncopiedLetter[];
  hasUncopiedLetters(): boolean;
  markCopied(letters: readonly { number: number; version: number }[]): void;
  trimClosedLetters(max: number): void;
}
