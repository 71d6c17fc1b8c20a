import type { MappedItem } from "../connectors/connector.ts";
import type { Rejection } from "../domain/delivery.ts";
import { type Warning, lackOf, lackReason } from "../domain/event-lack.ts";
import { warningsShownMax } from "../domain/limits.ts";

const told = ({ index, id, reason, detail }: Rejection) => ({ index, id: id ?? null, reason, detail });

/** What a sender hears of a delivery that was stored. The body is a promise of two fields; warnings go beside it, where a page of the delivery leads on. */
export const receiptResponse = (status: 200 | 202, receipt: Receipt): Response =>
  Response.json({ accepted: receipt.accepted, rejected: receipt.rejections.map(told) }, { status, headers: headersOf(receipt) });

type Receipt = {
  /** Null: nothing was there to be stored. */
  readonly deliveryId: string | null;
  readonly accepted: number;
  readonly rejections: readonly Rejection[];
  readonly warnings: readonly Warning[];
};

/** `Pulseline-Warnings` is a list of strings as in RFC 9651, section 3.1, each with the event's place. */
function headersOf({ deliveryId, warnings }: Receipt): Record<string, string> {
  return {
    ...(deliveryId === null ? {} : { location: `/api/v1/deliveries/${deliveryId}` }),
    ...(warnings.length === 0
      ? {}
      : { "pulseline-warnings": warnings.map(({ index, detail }) => `"${detail}";index=${index}`).join(", ") }),
  };
}

/** The events among what a vendor's body was read as that count for less than their type means. */
export function warningsOf(items: readonly MappedItem[]): readonly Warning[] {
  const warnings: Warning[] = [];
  for (const item of items) {
    const detail = "event" in item ? lackOf(item.event.type, item.event.data) : null;
    if (detail === null || !("event" in item) || warnings.length >= warningsShownMax) continue;
    warnings.push({ index: item.event.index, id: item.event.id, reason: lackReason, detail });
  }
  return warnings;
}
