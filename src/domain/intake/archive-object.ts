import { fromBase64, toBase64 } from "../base64.ts";
import type { Delivery, DeliveryHead } from "../delivery.ts";
import { commitDelayMaxMs } from "../limits.ts";

/**
 * Archive object: the raw deliveries of one range of an intake shard's rows, all sources together, as NDJSON under gzip.
 *
 * One line a delivery, in the order of arrival: `{"head":{…},"body":"…"}` where the body is valid UTF-8 as received,
 * `{"head":{…},"base64":"…"}` where it is not (a body that came as gzip stays gzip). The head holds no credential: it is the
 * allow-list of `DeliveryHead`.
 */
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

export function toArchiveLine(delivery: Delivery): string {
  const text = delivery.head.contentEncoding === "identity" ? textOf(delivery.body) : null;
  return JSON.stringify(text === null ? { head: delivery.head, base64: toBase64(delivery.body) } : { head: delivery.head, body: text });
}

/** Reads a line of our own writing; the body comes back byte for byte. */
export function fromArchiveLine(line: string): Delivery {
  const { head, body, base64 } = JSON.parse(line) as { head: DeliveryHead; body?: string; base64?: string };
  return { head, body: body === undefined ? fromBase64(base64 ?? "") : encoder.encode(body) };
}

function textOf(bytes: Uint8Array): string | null {
  try {
    return strict.decode(bytes);
  } catch {
    return null;
  }
}

/** Keys of all raw deliveries begin with this; by day and hour, so that a listing is in the order of time. */
export const rawRoot = "raw/v1/";

export type ArchiveRange = {
  readonly fromSeq: number;
  readonly toSeq: number;
  /** Product time at which the shard committed the first row of the range, epoch ms; all rows of a range lie in its UTC hour. */
  readonly at: number;
};

/**
 * Key of a range: `raw/v1/dt=YYYY-MM-DD/hh=HH/intake={name}/{incarnation}-{fromSeq}-{toSeq}.ndjson.gz`.
 *
 * Day and hour (UTC) are those of the commit at the shard, which is at or shortly after `receivedAt` of each delivery in it.
 * Sequence numbers are padded to 12 digits, so that a listing is in order. `sha256` is given only when the plain key is taken by
 * other content; then its first 16 digits are part of the key.
 */
export function archiveKey(shard: { readonly name: string; readonly incarnation: string }, range: ArchiveRange, sha256?: string): string {
  const iso = new Date(range.at).toISOString();
  const seq = (n: number): string => String(n).padStart(12, "0");
  const suffix = sha256 === undefined ? "" : `.${sha256.slice(0, 16)}`;
  return `${rawRoot}dt=${iso.slice(0, 10)}/hh=${iso.slice(11, 13)}/intake=${shard.name}/${shard.incarnation}-${seq(range.fromSeq)}-${seq(range.toSeq)}${suffix}.ndjson.gz`;
}

/** The hour whose commits an object holds, epoch ms; null for a key of another form. */
export function hourOfKey(key: string): { readonly start: number; readonly end: number } | null {
  const [, date, hour] = /^raw\/v1\/dt=(\d{4}-\d{2}-\d{2})\/hh=(\d{2})\//.exec(key) ?? [];
  const start = Date.parse(`${date}T${hour}:00:00Z`);
  return Number.isNaN(start) ? null : { start, end: start + 3_600_000 };
}

/**
 * What the keys of ranges begin with that may hold a delivery received at an instant: first those of the shards that are named, then of
 * all shards.
 */
export function archivePrefixes(receivedAt: number, shards: readonly string[]): string[] {
  const stamps = new Set([receivedAt, receivedAt + commitDelayMaxMs].map((at) => new Date(at).toISOString().slice(0, 13)));
  const hours = [...stamps].map((hour) => `${rawRoot}dt=${hour.slice(0, 10)}/hh=${hour.slice(11)}/`);
  return [...shards.flatMap((shard) => hours.map((hour) => `${hour}intake=${shard}/`)), ...hours];
}

/** Whether an object may hold a delivery received then, by its metadata; objects of older code do not say so. */
export function mayHold(facts: Readonly<Record<string, string>>, receivedAt: number): boolean {
  const { receivedFrom, receivedTo } = facts;
  return receivedFrom === undefined || receivedTo === undefined || (Number(receivedFrom) <= receivedAt && receivedAt <= Number(receivedTo));
}

/** The delivery of an id in the text of an object. */
export function deliveryIn(text: string, id: string): Delivery | null {
  const mark = `{"head":{"id":${JSON.stringify(id)},`;
  const from = text.startsWith(mark) ? 0 : text.indexOf(`\n${mark}`) + 1;
  if (from === 0 && !text.startsWith(mark)) return null;
  const to = text.indexOf("\n", from);
  return fromArchiveLine(text.slice(from, to < 0 ? undefined : to));
}

export type RowPlace = { readonly seq: number; readonly at: number; readonly bytes: number; readonly partsLeft: number };

/**
 * The next range: from the first row on, until `bytesMax` is reached or the hour changes, never between the parts of a delivery.
 * Null when no complete delivery is among the rows.
 */
export function nextArchiveRange(rows: Iterable<RowPlace>, bytesMax: number): ArchiveRange | null {
  let first: RowPlace | null = null;
  let end: RowPlace | null = null;
  let bytes = 0;
  for (const row of rows) {
    first ??= row;
    if (end !== null && (bytes >= bytesMax || hourOf(row.at) !== hourOf(first.at))) break;
    bytes += row.bytes;
    if (row.partsLeft === 0) end = row;
  }
  return first === null || end === null ? null : { fromSeq: first.seq, toSeq: end.seq, at: first.at };
}

const hourOf = (at: number): number => Math.floor(at / 3_600_000);
