import type { Delivery } from "../domain/delivery.ts";
import { lackOf, lackReason } from "../domain/event-lack.ts";
import { keyKind, keyValue, type IdentityKey } from "../domain/identity/key.ts";
import {
  outcomesOfItems,
  type DeliveryLetter,
  type DeliveryReason,
  type DeliveryRecord,
  type DeliverySummary,
} from "../domain/intake/delivery-log.ts";
import { bodyLookedBeyondBytes, bodyShownBytesMax, deliveryEventsShownMax } from "../domain/limits.ts";
import { outcomeNames, type OutcomeName } from "../domain/outcome.ts";
import { redact } from "../domain/redact.ts";
import { isoTime } from "../domain/time.ts";
import type { ReadDelivery } from "./ports.ts";
import { reasonText } from "./reason-words.ts";

type Names = ReadonlyMap<string, string>;

/** A delivery in a list. */
export const toDeliveryJson = (item: DeliverySummary, names: Names) => ({
  id: item.id,
  connectionId: item.connectionId,
  connectionName: names.get(item.connectionId) ?? null,
  connector: item.connector,
  form: item.form,
  receivedAt: isoTime(item.receivedAt),
  bytes: item.bytes,
  accepted: item.accepted,
  rejected: item.rejected,
  outcomes: item.outcomes,
  status: item.status,
  settledAt: isoTime(item.settledAt ?? null),
  accountIds: item.accountIds,
  reasons: (item.reasons ?? []).map(toReasonJson),
});

const toReasonJson = ({ outcome, reason, detail, events }: DeliveryReason) => ({
  outcome,
  reason,
  detail: reasonText(reason, detail),
  events,
});

/** What is known of one delivery: what its shard remembers, its raw form from there or from the archive, and that form read again. */
export type KnownDelivery = {
  readonly record: DeliveryRecord | null;
  readonly raw: { readonly delivery: Delivery; readonly source: "intake" | "archive" } | null;
  readonly read: ReadDelivery | null;
  /** Whether every shard has answered: one that none knows has settled. */
  readonly isAskedEverywhere: boolean;
};

export function toDetailJson(
  { record, raw, read, isAskedEverywhere }: KnownDelivery,
  names: Names,
  body: ReturnType<typeof toBodyJson> | null,
) {
  const head = raw?.delivery.head ?? null;
  const logged = record?.logged ?? null;
  const isSettled = record !== null || isAskedEverywhere;
  const events = eventsOf(
    { accepted: 0, rejected: 0, ...(logged ?? head) },
    { record, read, unknown: isSettled ? "not_kept" : "not_asked" },
  );
  const facts =
    logged === null
      ? {
          ...toUnloggedJson(raw as NonNullable<typeof raw>, names),
          status: isSettled ? ("settled" as const) : ("archived" as const),
          accountIds: [...new Set(events.flatMap(({ accountId }) => (accountId === null ? [] : [accountId])))].slice(0, 5),
        }
      : toDeliveryJson(logged, names);
  return {
    ...facts,
    lane: head?.lane ?? null,
    contentType: head?.contentType ?? null,
    contentEncoding: head?.contentEncoding ?? null,
    source: raw?.source ?? null,
    events: events.slice(0, deliveryEventsShownMax),
    eventsTotal: events.length,
    body,
  };
}

/** One that no log has any more. */
const toUnloggedJson = ({ delivery: { head, body } }: NonNullable<KnownDelivery["raw"]>, names: Names) => ({
  id: head.id,
  connectionId: head.connectionId,
  connectionName: names.get(head.connectionId) ?? null,
  connector: head.connector,
  form: head.form,
  receivedAt: isoTime(head.receivedAt),
  bytes: body.byteLength,
  accepted: head.accepted,
  rejected: head.rejected,
  outcomes: null,
  settledAt: null,
  reasons: [],
});

type EventJson = {
  readonly index: number;
  readonly id: string | null;
  readonly type: string | null;
  readonly accountId: string | null;
  readonly occurredAt: string | null;
  readonly outcome: OutcomeName | "rejected" | "unknown";
  readonly reason: string | null;
  readonly detail: string | null;
  readonly deadLetterId: string | null;
};

/**
 * Its events by their place in the body: places that no rejection names are those of the accepted ones, in order. Where the body could not
 * be read again there are as many as the door counted, without names.
 */
function eventsOf(
  { accepted, rejected }: { readonly accepted: number; readonly rejected: number },
  { record, read, unknown }: Pick<KnownDelivery, "record" | "read"> & { readonly unknown: UnknownReason },
): EventJson[] {
  const items = read !== null && read.items.length === accepted ? read.items : Array.from({ length: accepted }, () => null);
  const rejections = read?.rejections ?? Array.from({ length: rejected }, (_, i) => unnamed(accepted + i));
  const outcomes = record === null || record.logged === null ? [] : outcomesOfItems(record.logged);
  const rejectedAt = new Map(rejections.map((rejection) => [rejection.index, rejection]));
  const events: EventJson[] = [];
  for (let index = 0, item = 0; item < items.length || rejectedAt.size > 0; index++) {
    const rejection = rejectedAt.get(index);
    if (rejection !== undefined) {
      rejectedAt.delete(index);
      events.push({ ...blank(index), id: rejection.id ?? null, outcome: "rejected", ...reasonOf(rejection.reason, rejection.detail) });
      continue;
    }
    if (item >= items.length) {
      // Nothing is left but rejections: the next place is the next of theirs.
      index = Math.min(...rejectedAt.keys()) - 1;
      continue;
    }
    const outcome = outcomes[item] ?? null;
    const letter = letterOf(record, item);
    const name = outcome === null ? null : (outcomeNames[outcome] ?? null);
    events.push(toEventJson(index, items[item] ?? null, { outcome: name ?? letter?.kind ?? "unknown", unknown, letter }));
    item++;
  }
  return events;
}

/** Why it is not known what became of an event. */
type UnknownReason = "not_kept" | "not_asked";

const unnamed = (index: number) => ({ index, id: undefined, reason: "not_readable", detail: "" });
const blank = (index: number) => ({ index, id: null, type: null, accountId: null, occurredAt: null, deadLetterId: null });
const reasonOf = (reason: string, detail: string) => ({ reason, detail: reasonText(reason, detail) });

const letterOf = (record: DeliveryRecord | null, item: number): DeliveryLetter | undefined =>
  record?.letters.find((letter) => letter.item <= item && item < letter.item + letter.items);

function toEventJson(
  index: number,
  item: ReadDelivery["items"][number] | null,
  {
    outcome,
    unknown,
    letter,
  }: { readonly outcome: OutcomeName | "unknown"; readonly unknown: UnknownReason; readonly letter: DeliveryLetter | undefined },
): EventJson {
  const event = item !== null && "event" in item ? item.event : null;
  const accountKey = event?.keys.find((key) => keyKind(key as IdentityKey) === "account");
  return {
    ...blank(index),
    id: event?.id ?? null,
    type: event?.type ?? null,
    accountId: letter?.accountId ?? (accountKey === undefined ? null : keyValue(accountKey as IdentityKey)),
    occurredAt: isoTime(event?.occurredAt ?? null),
    outcome,
    ...(letter === undefined ? reasonOfOutcome(outcome, item, unknown) : reasonOf(letter.reason, letter.detail)),
    deadLetterId: letter?.id ?? null,
  };
}

function reasonOfOutcome(outcome: OutcomeName | "unknown", item: ReadDelivery["items"][number] | null, unknown: UnknownReason) {
  switch (outcome) {
    case "dropped":
      return item !== null && "drop" in item ? reasonOf(item.drop, "") : { reason: null, detail: null };
    case "parked":
      return reasonOf("no_account", "");
    case "held":
      return reasonOf("account_set_aside", "");
    case "repeat":
      return reasonOf("repeat", "");
    case "applied":
      return lackReasonOf(item);
    case "unknown":
      return reasonOf(unknown, "");
    default:
      return { reason: null, detail: null };
  }
}

/** It counted, for less than its type means. */
function lackReasonOf(item: ReadDelivery["items"][number] | null) {
  const lack = item !== null && "event" in item ? lackOf(item.event.type, item.event.data) : null;
  return lack === null ? { reason: null, detail: null } : reasonOf(lackReason, lack);
}

/**
 * The body for a person: text with secrets hidden, then cut. It is looked through further than it is shown, so that no secret that lies across
 * the cut stands there by half. No text where it is not UTF-8, or where `secrets` is null: what must be hidden is not known then.
 */
export function toBodyJson(body: Uint8Array, secrets: readonly string[] | null) {
  const text = secrets === null ? null : textOf(body.subarray(0, bodyShownBytesMax + bodyLookedBeyondBytes));
  if (text === null || secrets === null) return { text: null, bytes: body.byteLength, truncated: false, masked: 0 };
  const shown = redact(text, secrets);
  return {
    text: shown.text.slice(0, bodyShownBytesMax).toWellFormed(),
    bytes: body.byteLength,
    truncated: body.byteLength > bodyShownBytesMax + bodyLookedBeyondBytes || shown.text.length > bodyShownBytesMax,
    masked: shown.masked,
  };
}

/** A character that is cut in two at the end is left out. */
function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true });
  } catch {
    return null;
  }
}
