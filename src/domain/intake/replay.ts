import type { DeliveryHead } from "../delivery.ts";

/** Form of the delivery by which a shard puts a kept event on the path again: connector `pulseline`, the body is the event line. */
export const REPLAY_FORM = "replay";

/** Whether a delivery was put on the path again by its shard: by its form, or a whole delivery by the mark in its `meta`. */
export const isReplay = (head: Pick<DeliveryHead, "connector" | "form" | "meta">): boolean =>
  (head.connector === "pulseline" && head.form === REPLAY_FORM) || head.meta["replayOf"] !== undefined;
