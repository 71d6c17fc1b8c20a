import type { DeliverySummary } from "../../domain/intake/delivery-log.ts";
import type { OutcomeCounts } from "../../domain/outcome.ts";
import type { Told } from "./common.ts";

export type DeliveryStatus = DeliverySummary["status"];

/** What became of one event; `rejected`: at the door; `unknown`: not kept, or not to be asked now, as the reason says. */
export type DeliveryOutcome = keyof OutcomeCounts | "rejected" | "unknown";

export type DeliveryReason = {
  readonly outcome: DeliveryOutcome;
  readonly reason: string;
  readonly detail: string;
  readonly events: number;
};

export type DeliveryItem = Told<Omit<DeliverySummary, "settledAt" | "reasons">, "receivedAt"> & {
  readonly connectionName: string | null;
  readonly settledAt: string | null;
  /** Why events of it did not count: at most 5. */
  readonly reasons: readonly DeliveryReason[];
};

export type DeliveryEvent = {
  /** Its place in the body. */
  readonly index: number;
  readonly id: string | null;
  readonly type: string | null;
  readonly accountId: string | null;
  readonly occurredAt: string | null;
  readonly outcome: DeliveryOutcome;
  readonly reason: string | null;
  readonly detail: string | null;
  readonly deadLetterId: string | null;
};

export type DeliveryBody = {
  /** As received, expanded, secrets hidden; null where it is no text. */
  readonly text: string | null;
  /** Of the whole body, expanded. */
  readonly bytes: number;
  readonly truncated: boolean;
  /** How many values were hidden. */
  readonly masked: number;
};

/** `outcomes` is null for a delivery that no log has any more; `status` `archived`: whether it is done cannot be asked now. */
export type DeliveryDetail = Omit<DeliveryItem, "outcomes" | "status"> & {
  readonly outcomes: OutcomeCounts | null;
  readonly status: DeliveryStatus | "archived";
  readonly lane: "live" | "backfill" | null;
  readonly contentType: string | null;
  readonly contentEncoding: "identity" | "gzip" | null;
  /** Where what was received has been read from; null: it can be found nowhere (any more, or at the moment). */
  readonly source: "intake" | "archive" | null;
  /** The first 500 by their place in the body. */
  readonly events: readonly DeliveryEvent[];
  readonly eventsTotal: number;
  /** Only with `body=1`. */
  readonly body: DeliveryBody | null;
};
