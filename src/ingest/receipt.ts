import type { MappedItem } from "../connectors/connector.ts";
import type { Rejection } from "../domain/delivery.ts";
import { type Warning, lackOf, lackReason } from "../domain/event-lack.ts";
import { warningsShownMax } from "../domain/limits.ts";

const told = ({ index, id, reason, detail }: Rejection) => ({ index, id: id ?? null, reason, detail });

/** What a sender hears of a delivery that was stored. `warnings` is there only where there are any: the first `warningsShownMax`. */
export const toReceipt = (accepted: number, rejections: readonly Rejection[], warnings: readonly Warning[]) => ({
  accepted,
  rejected: rejections.map(told),
  ...(warnings.length === 0 ? {} : { warnings: warnings.map(told) }),
});

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
