import type { Delivery, DeliveryHead } from "../delivery.ts";
import { type Event, fromLine, toLine } from "../event.ts";
import { directoryName } from "../identity/messages.ts";
import { eventIdCharsMax } from "../limits.ts";
import { fromArchiveLine, toArchiveLine } from "./archive-object.ts";
import { REPLAY_FORM } from "./replay.ts";
import type { LetterToKeep } from "./settling.ts";

/** A dead or quarantined event as kept by its shard. */
export type DeadLetter = {
  /** `{shard}-{number}`: leads back to the shard without a look-up. */
  readonly id: string;
  readonly kind: "quarantined" | "deadLettered";
  readonly reason: string;
  readonly detail: string;
  readonly connectionId: string;
  readonly connector: string;
  readonly type: string;
  readonly eventId: string;
  readonly accountId?: string | undefined;
  readonly at: number;
  readonly tries: number;
  readonly status: "open" | "replayed" | "discarded";
  /** The event line. */
  readonly line: string;
};

/** The type a dead letter bears that is not one event but a delivery which no mapper could read. */
export const DELIVERY_LETTER_TYPE = "delivery";

export type LetterPlace = { readonly shard: string; readonly number: number; readonly at: number };

export const deadLetterId = (shard: string, number: number): string => `${shard}-${number}`;

/** The number in an id of this shard, or null. */
export function deadLetterNumber(shard: string, id: string): number | null {
  const text = id.startsWith(`${shard}-`) ? id.slice(shard.length + 1) : "";
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}

export function eventLetter(place: LetterPlace, letter: LetterToKeep, line: string): DeadLetter {
  const event = fromLine(line);
  return {
    ...placed(place, letter),
    connectionId: event.connectionId,
    connector: event.connector,
    type: event.type,
    eventId: event.id,
    line,
  };
}

/** A delivery as a unit: its line is the archive's form of it, head and body. */
export function deliveryLetter(place: LetterPlace, letter: LetterToKeep, delivery: Delivery): DeadLetter {
  const { id, connectionId, connector } = delivery.head;
  return { ...placed(place, letter), connectionId, connector, type: DELIVERY_LETTER_TYPE, eventId: id, line: toArchiveLine(delivery) };
}

const placed = ({ shard, number, at }: LetterPlace, { kind, reason, detail, tries, accountId }: LetterToKeep) => ({
  id: deadLetterId(shard, number),
  kind,
  reason,
  detail,
  at,
  tries,
  status: "open" as const,
  ...(accountId === undefined ? {} : { accountId }),
});

/** What the lists know of a letter. Its line, which no queue message may have room for, stays with the object that keeps the letter. */
export type DeadLetterCopy = Omit<DeadLetter, "line">;

export function copyOf(letter: DeadLetterCopy & { readonly line?: string }): DeadLetterCopy {
  const { line: _kept, ...copy } = letter;
  return copy;
}

/**
 * The delivery that brings a kept letter again: for an event, its line as the body; for a delivery kept as a unit, that delivery.
 *
 * With the old id the account drops the event if it has it after all. `asNew` gives it an id of its own (the old one with
 * `~replay-{number}`), for an event that was quarantined because its id was taken.
 */
export function toReplay(letter: DeadLetter, number: number, options: { readonly asNew: boolean; readonly now: number }): Delivery {
  if (letter.type === DELIVERY_LETTER_TYPE) {
    const { head, body } = fromArchiveLine(letter.line);
    return { head: { ...head, meta: { ...head.meta, replayOf: letter.id } }, body };
  }
  const event = fromLine(letter.line);
  const line = options.asNew ? toLine({ ...event, ...newArrival(event, String(number)) }) : letter.line;
  const head = {
    id: `replay-${letter.id}`.slice(0, 64),
    connectionId: event.connectionId,
    connector: "pulseline",
    form: REPLAY_FORM,
    receivedAt: options.now,
    lane: event.lane,
    contentEncoding: "identity",
    meta: {},
    settings: {},
    mayCreateAccounts: event.mayCreate === true,
    accepted: 1,
    rejected: 0,
  } as unknown as DeliveryHead;
  return { head, body: new TextEncoder().encode(line) };
}

/** An id and an arrival of its own for an event that comes again as a new one. `mark` names the letter that it was. */
export function newArrival(event: Event, mark: string): Pick<Event, "id" | "deliveryId"> {
  const suffix = `~replay-${mark}`;
  return { id: `${event.id.slice(0, eventIdCharsMax - suffix.length)}${suffix}`, deliveryId: `${event.deliveryId}${suffix}`.slice(-64) };
}

/** The delivery that first brought an event, whatever replays came between; null where older code of the directory sent it again as a new one. */
export function firstDeliveryOf(event: Pick<Event, "deliveryId">): string | null {
  const [first = ""] = event.deliveryId.split("~");
  return first.startsWith(`${directoryName}-`) ? null : first;
}

/** The one event of a replay delivery. */
export const replayedEvent = (delivery: Delivery): Event => fromLine(new TextDecoder().decode(delivery.body));
