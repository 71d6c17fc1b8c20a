import type { Delivery } from "../domain/delivery.ts";
import type { PlanItem } from "../domain/intake/plan.ts";
import { invariant } from "../domain/result.ts";
import type { Connector, Mapped } from "./connector.ts";
import { mixpanel } from "./mixpanel/index.ts";
import { native } from "./native/index.ts";
import { pulseline } from "./pulseline/index.ts";
import { zendesk } from "./zendesk/index.ts";

/** The registry: one line per connector. */
export const connectors: readonly Connector[] = [native, pulseline, zendesk, mixpanel];

const byName: ReadonlyMap<string, Connector> = new Map(connectors.map((connector) => [connector.name, connector]));

export const connectorOf = (name: string): Connector | undefined => byName.get(name);

/**
 * Maps a delivery by the connector and form in its head. The body must be expanded already (gzip undone).
 *
 * Throws only for a connector or form that this code does not know: a delivery of newer code met by older, which must be kept, not read as empty.
 */
export function mapDelivery(delivery: Delivery): Mapped {
  const { connector, form, copy } = delivery.head;
  const mapper = byName.get(connector)?.forms[form];
  invariant(mapper !== undefined, `no mapper for ${connector}/${form}`);
  const mapped = mapper(delivery);
  if (copy === undefined) return mapped;
  return { ...mapped, items: mapped.items.map((item) => ("event" in item ? { event: { ...item.event, copy } } : item)) };
}

/** As `mapDelivery`, for a segment: where a connector can write the lines of events without making the events, they stand in their place. */
export function mapToItems(delivery: Delivery): { readonly items: readonly PlanItem[]; readonly rejections: Mapped["rejections"] } {
  const { connector, form } = delivery.head;
  const lines = byName.get(connector)?.lines?.[form]?.(delivery) ?? null;
  return lines === null ? mapDelivery(delivery) : { items: lines, rejections: [] };
}
