import type { DeliveryHead, Rejection } from "../delivery.ts";
import type { Event } from "../event.ts";
import { type EventLine, toEventLine } from "../event-line.ts";
import { hash32 } from "../hash.ts";
import { deliveryAccountsMax, packEventsMax, packGzipBytesMax, packTextCharsMax, reasonDetailCharsMax } from "../limits.ts";
import { hasStamp, receivedAtOf, type Stamp, stampOf } from "../stamp.ts";
import { dayOf } from "../time.ts";
import { addReason, type DeliveryReason } from "./delivery-log.ts";
import { EventOutcome } from "../outcome.ts";
import { type StoredStream, KindClock, mergeStream, streamKey, watermarkOf } from "./stream.ts";
import { byReference, type PackHeader, type PackOrigin, type PackRoute, toPackText } from "./pack.ts";
import { ownText } from "../own-text.ts";
import { isCanary } from "../canary.ts";
import { isReplay } from "./replay.ts";

/** One item of a delivery: an event, its line where that bears the stamp of its delivery, or something rightly without effect. */
export type PlanItem = { readonly event: Event } | EventLine | { readonly drop: string };

/** A delivery with what its mapper made of it, or why the mapper could not. */
export type MappedDelivery = {
  readonly head: DeliveryHead;
  readonly bytes: number;
  readonly mapped:
    | { readonly items: readonly PlanItem[]; readonly rejections?: readonly Rejection[] }
    | { readonly failure: string; readonly detail: string };
};

/** What the shard remembers of a delivery while its segment is under way. */
export type DeliveryFacts = {
  readonly id: string;
  readonly connectionId: string;
  readonly connector: string;
  readonly form: string;
  readonly receivedAt: number;
  readonly bytes: number;
  readonly accepted: number;
  readonly rejected: number;
  /** Its items are `firstItem` … `firstItem + accepted - 1` of the segment. */
  readonly firstItem: number;
  /** Accounts its events reached, at most 5. */
  readonly accountIds: readonly string[];
  /** What the mapping alone tells: rejected and dropped ones. Empty where only heads have been read. */
  readonly reasons: readonly DeliveryReason[];
};

export type PlannedPack = {
  readonly id: string;
  /** `itemOf[i]` is the item of the segment that event i of the pack is. */
  readonly itemOf: Uint32Array;
  /** The queue message: gzip of the pack text, or of the header alone when the event travels by reference. */
  readonly message: Uint8Array;
  /** Gzip of the whole pack text where the message has only its header. */
  readonly whole: Uint8Array | null;
};

/** What becomes of items without any consumer: drops, and deliveries that no mapper could read (`failure`). */
export type LocalOutcome = {
  readonly from: number;
  readonly to: number;
  readonly outcome: EventOutcome;
  readonly failure?: { readonly delivery: number; readonly reason: string; readonly detail: string };
};

export type SegmentPlan = {
  readonly plan: number;
  /** Hash of where the packs are cut. The same deliveries under the same code give the same cuts. */
  readonly cuts: number;
  readonly deliveries: readonly DeliveryFacts[];
  readonly packs: readonly PlannedPack[];
  readonly local: readonly LocalOutcome[];
  readonly streams: ReadonlyMap<string, StoredStream>;
};

export type PlanOptions = {
  readonly segmentId: string;
  readonly origin: PackOrigin;
  readonly plan: number;
  /** UTF-8 and gzip of a text. The same text must give the same bytes. */
  readonly compress: (text: string) => Uint8Array;
  readonly packGzipBytesMax?: number;
  readonly packEventsMax?: number;
};

/** `{incarnation}/{fromSeq}-{toSeq}`: unique, because an incarnation is made once per storage and sequence numbers are not used twice. */
export const segmentId = (incarnation: string, fromSeq: number, toSeq: number): string => `${incarnation}/${fromSeq}-${toSeq}`;

/** The parts of a pack id, or null if it is none of this kind. */
export function parsePackId(packId: string): { incarnation: string; fromSeq: number; toSeq: number; n: number } | null {
  const match = /^([^/]+)\/(\d+)-(\d+)\/(\d+)$/.exec(packId);
  return match === null
    ? null
    : { incarnation: match[1] as string, fromSeq: Number(match[2]), toSeq: Number(match[3]), n: Number(match[4]) };
}

/** How full a pack is aimed at, so that most are compressed once. */
const FILL_RATIO = 0.9;

/** `watermarkMs`: the event time by which it moves its stream. */
type Entry = {
  readonly event: EventLine;
  readonly item: number;
  readonly stamp: Stamp;
  readonly stream: string | null;
  readonly watermarkMs: number | null;
};

/**
 * Cuts the events of a segment into packs, in arrival order: complete, deterministic, each message within the bound after compression.
 *
 * An event that does not fit alone travels by reference. A delivery that its mapper failed on, or of which the mapper now finds
 * another number of items than the door counted, is dead-lettered as a unit and blocks nobody.
 */
export function planSegment(deliveries: Iterable<MappedDelivery>, options: PlanOptions): SegmentPlan {
  const cutter = new PackCutter(options);
  const facts: DeliveryFacts[] = [];
  const local: LocalOutcome[] = [];
  const streams = new Map<string, StoredStream>();
  let stamp: Stamp | null = null;
  let item = 0;
  for (const { head, bytes, mapped } of deliveries) {
    // What a person puts on the path again says nothing about how fresh its source is.
    const stream = isReplay(head) || isCanary(head) ? null : streamKey(head.connectionId, head.form);
    const firstItem = item;
    const ownStamp = stampOf({ ...head, deliveryId: head.id }, head.form);
    const items = "items" in mapped && mapped.items.length === head.accepted ? mapped.items : null;
    let watermarkMs = 0;
    const kinds = new KindClock();
    let aheadMs = 0;
    let delayMinMs = Infinity;
    const accountIds: string[] = [];
    const reasons: DeliveryReason[] = [];
    if ("items" in mapped)
      for (const { reason, detail } of mapped.rejections ?? []) addReason(reasons, { outcome: "rejected", reason, detail, events: 1 });
    if (items === null) {
      const [reason, detail] =
        "failure" in mapped
          ? [mapped.failure, ownText(mapped.detail.slice(0, reasonDetailCharsMax))]
          : ["item_count_changed", `the door counted ${head.accepted} items, the mapper finds ${mapped.items.length}`];
      item += head.accepted;
      if (head.accepted > 0)
        local.push({ from: firstItem, to: item, outcome: EventOutcome.deadLettered, failure: { delivery: facts.length, reason, detail } });
    } else {
      for (const mappedItem of items) {
        if ("drop" in mappedItem) {
          noteDrop(local, item);
          addReason(reasons, { outcome: "dropped", reason: mappedItem.drop, detail: "", events: 1 });
        } else {
          stamp = "line" in mappedItem ? ownStamp : stampFor(mappedItem.event, head, stamp);
          const event = "line" in mappedItem ? mappedItem : toEventLine(mappedItem.event);
          const { occurredAt } = event;
          const receivedAt = receivedAtOf(stamp);
          const at = watermarkOf({ occurredAt, receivedAt });
          if (at === null) aheadMs = Math.max(aheadMs, occurredAt - receivedAt);
          else {
            watermarkMs = Math.max(watermarkMs, at);
            kinds.take(event.type, at);
          }
          delayMinMs = Math.min(delayMinMs, receivedAt - occurredAt);
          noteAccount(accountIds, event);
          cutter.add({ event, item, stamp, stream, watermarkMs: at });
        }
        item++;
      }
    }
    const { id, connectionId, connector, form, receivedAt, accepted, rejected } = head;
    facts.push({ id, connectionId, connector, form, receivedAt, bytes, accepted, rejected, firstItem, accountIds, reasons });
    if (stream !== null)
      streams.set(
        stream,
        mergeStream(streams.get(stream), {
          connectionId,
          connector,
          stream: form,
          watermarkMs,
          kinds: kinds.times,
          lastReceivedAt: receivedAt,
          ...(head.lane === "backfill" ? { historyAt: receivedAt } : { liveAt: receivedAt, liveKinds: kinds.times }),
          ...(aheadMs > 0 && { ahead: { ms: aheadMs, at: receivedAt } }),
          accepted,
          rejected,
          days: [
            {
              day: dayOf(receivedAt),
              accepted,
              rejected,
              watermarkMs,
              ...(head.lane === "live" && delayMinMs < Infinity && { delayMinMs }),
            },
          ],
        }),
      );
  }
  const packs = cutter.finish();
  return { plan: options.plan, cuts: hashOfCuts(packs, local), deliveries: facts, packs, local, streams };
}

/** The stamp of an event: that of the one before it where it is the same. */
function stampFor(event: Event, head: DeliveryHead, last: Stamp | null): Stamp {
  // What a person puts on the path again says itself by which stream it came.
  const form = isReplay(head) ? event.form : head.form;
  return last !== null && hasStamp(event, last, form) ? last : stampOf(event, form);
}

function noteAccount(accountIds: string[], event: Pick<Event, "keys">): void {
  if (accountIds.length >= deliveryAccountsMax) return;
  for (const key of event.keys) {
    if (!key.startsWith("account|")) continue;
    const accountId = key.slice("account|".length);
    // The plan outlives its lines, of whose text the key is a slice.
    if (!accountIds.includes(accountId)) accountIds.push(ownText(accountId));
    return;
  }
}

function noteDrop(local: LocalOutcome[], item: number): void {
  const last = local.at(-1);
  if (last !== undefined && last.to === item && last.outcome === EventOutcome.dropped) local[local.length - 1] = { ...last, to: item + 1 };
  else local.push({ from: item, to: item + 1, outcome: EventOutcome.dropped });
}

const hashOfCuts = (packs: readonly PlannedPack[], local: readonly LocalOutcome[]): number =>
  hash32(
    JSON.stringify([
      packs.map(({ itemOf }) => [itemOf[0], itemOf.length, itemOf.at(-1)]),
      local.map(({ from, to, outcome }) => [from, to, outcome]),
    ]),
  );

class PackCutter {
  private readonly packs: PlannedPack[] = [];
  private readonly options: PlanOptions;
  private readonly gzipBytesMax: number;
  private readonly eventsMax: number;
  private open: Entry[] = [];
  private openChars = 0;
  /** Characters aimed at, learned from the packs before: a function of the same content, so the cuts stay deterministic. */
  private charsAimed = packTextCharsMax;

  constructor(options: PlanOptions) {
    this.options = options;
    this.gzipBytesMax = options.packGzipBytesMax ?? packGzipBytesMax;
    this.eventsMax = options.packEventsMax ?? packEventsMax;
  }

  add(entry: Entry): void {
    const isFull = this.open.length >= this.eventsMax || this.openChars + entry.event.line.length > this.charsAimed;
    if (this.open.length > 0 && isFull) this.close();
    this.open.push(entry);
    this.openChars += entry.event.line.length + 1;
  }

  finish(): readonly PlannedPack[] {
    if (this.open.length > 0) this.close();
    return this.packs;
  }

  private close(): void {
    this.cut(this.open);
    this.open = [];
    this.openChars = 0;
  }

  private cut(entries: readonly Entry[]): void {
    const header = this.headerOf(entries);
    const pack = { header, lines: entries.map(({ event }) => event.line), stamps: entries.map(({ stamp }) => stamp) };
    const text = toPackText(pack);
    const gzip = this.options.compress(text);
    const charsThatFit = (text.length * this.gzipBytesMax * FILL_RATIO) / gzip.byteLength;
    this.charsAimed = Math.min(packTextCharsMax, Math.max(1, Math.floor(charsThatFit)));
    if (gzip.byteLength > this.gzipBytesMax && entries.length > 1) {
      const half = Math.ceil(entries.length / 2);
      this.cut(entries.slice(0, half));
      this.cut(entries.slice(half));
      return;
    }
    const itemOf = Uint32Array.from(entries, ({ item }) => item);
    if (gzip.byteLength <= this.gzipBytesMax) this.packs.push({ id: header.id, itemOf, message: gzip, whole: null });
    else
      this.packs.push({
        id: header.id,
        itemOf,
        message: this.options.compress(toPackText(byReference(pack))),
        whole: gzip,
      });
  }

  private headerOf(entries: readonly Entry[]): PackHeader {
    const routes: PackRoute[] = [];
    /** By the keys, apart for those that may create an account. */
    const known = { creating: new Map<string, number>(), other: new Map<string, number>() };
    const watermarks: Record<string, number> = {};
    const routeOf = entries.map(({ event: { keys, mayCreate }, stream, watermarkMs }) => {
      if (stream !== null && watermarkMs !== null && watermarkMs > (watermarks[stream] ?? 0)) watermarks[stream] = watermarkMs;
      const routeIndex = mayCreate ? known.creating : known.other;
      const name = keys.join("\n");
      let index = routeIndex.get(name);
      if (index === undefined) routeIndex.set(name, (index = routes.push({ keys, mayCreate }) - 1));
      return index;
    });
    const { segmentId: segment, origin, plan } = this.options;
    return { id: `${segment}/${this.packs.length}`, origin, plan, events: entries.length, routes, routeOf, watermarks };
  }
}
