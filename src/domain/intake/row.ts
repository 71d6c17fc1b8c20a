import type { Delivery, DeliveryHead } from "../delivery.ts";
import { intakeRowBytesMax } from "../limits.ts";
import { invariant } from "../result.ts";
import { isCanary } from "../canary.ts";
import { isReplay } from "./replay.ts";

/**
 * Intake row: what one group commit writes; deliveries as received, one behind the other.
 *
 * Layout, integers big-endian:
 * - byte 0: version (1); byte 1: 0 = whole deliveries, 1 = a part of one delivery that is longer than a row;
 * - whole: entries of u32 length of the head, u32 length of the body, the head as JSON, the body;
 * - part: the next bytes of one such entry. The parts of a delivery lie in consecutive rows of one commit.
 */
const VERSION = 1;
const WHOLE = 0;
const PART = 1;
const ROW_PREFIX_BYTES = 2;
const ENTRY_PREFIX_BYTES = 8;

export type IntakeRow = {
  readonly body: Uint8Array;
  /** Rows that still follow with parts of the same delivery; a segment or an archive range ends only where it is 0. */
  readonly partsLeft: number;
  /**
   * Figures of the deliveries that end in this row. `items` places events within a segment; the others are what the door counted, so a
   * replay adds nothing to them: its events have been counted before. Nor does the canary: it is nobody's.
   */
  readonly items: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly deliveries: number;
};

const encoder = new TextEncoder();
const decoder = new TextDecoder();

type Figures = { items: number; accepted: number; rejected: number; deliveries: number };
const figuresOf = (deliveries: readonly Delivery[]): Figures => {
  const sum: Figures = { items: 0, accepted: 0, rejected: 0, deliveries: 0 };
  for (const { head } of deliveries) {
    sum.items += head.accepted;
    if (isReplay(head) || isCanary(head)) continue;
    sum.accepted += head.accepted;
    sum.rejected += head.rejected;
    sum.deliveries++;
  }
  return sum;
};

/** Bytes a delivery takes in a row, nearly: what the shard reserves before it encodes. */
export const approximateBytes = (delivery: Delivery): number => delivery.body.byteLength + 512;

/**
 * Packs deliveries into rows in their order; each row at most `rowBytesMax` bytes.
 * A delivery that does not fit into a row of its own is cut over as many as it needs.
 */
export function encodeRows(deliveries: readonly Delivery[], rowBytesMax: number = intakeRowBytesMax): IntakeRow[] {
  invariant(rowBytesMax > ROW_PREFIX_BYTES, "a row has room for more than its prefix");
  const rows: IntakeRow[] = [];
  let open: { delivery: Delivery; head: Uint8Array }[] = [];
  let openBytes = ROW_PREFIX_BYTES;
  const close = (): void => {
    if (open.length === 0) return;
    const body = new Uint8Array(openBytes);
    body[0] = VERSION;
    body[1] = WHOLE;
    let at = ROW_PREFIX_BYTES;
    for (const { delivery, head } of open) at = writeEntry(body, at, head, delivery.body);
    rows.push({ body, partsLeft: 0, ...figuresOf(open.map(({ delivery }) => delivery)) });
    open = [];
    openBytes = ROW_PREFIX_BYTES;
  };
  for (const delivery of deliveries) {
    const head = encoder.encode(JSON.stringify(delivery.head));
    const bytes = ENTRY_PREFIX_BYTES + head.byteLength + delivery.body.byteLength;
    if (openBytes + bytes > rowBytesMax) close();
    if (ROW_PREFIX_BYTES + bytes > rowBytesMax) {
      rows.push(...cutOverRows(delivery, head, bytes, rowBytesMax));
      continue;
    }
    open.push({ delivery, head });
    openBytes += bytes;
  }
  close();
  return rows;
}

function writeEntry(into: Uint8Array, at: number, head: Uint8Array, body: Uint8Array): number {
  const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
  view.setUint32(at, head.byteLength);
  view.setUint32(at + 4, body.byteLength);
  into.set(head, at + ENTRY_PREFIX_BYTES);
  into.set(body, at + ENTRY_PREFIX_BYTES + head.byteLength);
  return at + ENTRY_PREFIX_BYTES + head.byteLength + body.byteLength;
}

function cutOverRows(delivery: Delivery, head: Uint8Array, bytes: number, rowBytesMax: number): IntakeRow[] {
  const whole = new Uint8Array(bytes);
  writeEntry(whole, 0, head, delivery.body);
  const partBytes = rowBytesMax - ROW_PREFIX_BYTES;
  const parts = Math.ceil(bytes / partBytes);
  return Array.from({ length: parts }, (_, part) => {
    const slice = whole.subarray(part * partBytes, (part + 1) * partBytes);
    const body = new Uint8Array(ROW_PREFIX_BYTES + slice.byteLength);
    body[0] = VERSION;
    body[1] = PART;
    body.set(slice, ROW_PREFIX_BYTES);
    const partsLeft = parts - 1 - part;
    return { body, partsLeft, ...figuresOf(partsLeft === 0 ? [delivery] : []) };
  });
}

/** Reads consecutive rows, beginning and ending with whole deliveries. Bodies are views on the rows, not copies. */
export function decodeRows(bodies: readonly Uint8Array[]): Delivery[] {
  const deliveries: Delivery[] = [];
  let parts: Uint8Array[] = [];
  for (const body of bodies) {
    invariant(body[0] === VERSION, `intake row of version ${VERSION}, found ${body[0]}`);
    const payload = body.subarray(ROW_PREFIX_BYTES);
    if (body[1] === WHOLE) {
      invariant(parts.length === 0, "a delivery over several rows ends before the next begins");
      readEntries(payload, deliveries);
      continue;
    }
    parts.push(payload);
    const bytes = parts.reduce((sum, part) => sum + part.byteLength, 0);
    if (bytes < entryBytes(parts)) continue;
    const whole = new Uint8Array(bytes);
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.byteLength;
    }
    readEntries(whole, deliveries);
    parts = [];
  }
  invariant(parts.length === 0, "the last delivery is complete");
  return deliveries;
}

/** Length of the entry that these parts begin, as far as its prefix is known. */
function entryBytes(parts: readonly Uint8Array[]): number {
  const prefix: number[] = [];
  for (const part of parts) for (let i = 0; i < part.byteLength && prefix.length < ENTRY_PREFIX_BYTES; i++) prefix.push(part[i] as number);
  if (prefix.length < ENTRY_PREFIX_BYTES) return Number.POSITIVE_INFINITY;
  const view = new DataView(Uint8Array.from(prefix).buffer);
  return ENTRY_PREFIX_BYTES + view.getUint32(0) + view.getUint32(4);
}

function readEntries(payload: Uint8Array, into: Delivery[]): void {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  let at = 0;
  while (at < payload.byteLength) {
    const headBytes = view.getUint32(at);
    const bodyBytes = view.getUint32(at + 4);
    const bodyAt = at + ENTRY_PREFIX_BYTES + headBytes;
    const head = JSON.parse(decoder.decode(payload.subarray(at + ENTRY_PREFIX_BYTES, bodyAt))) as DeliveryHead;
    into.push({ head, body: payload.subarray(bodyAt, bodyAt + bodyBytes) });
    at = bodyAt + bodyBytes;
  }
}
