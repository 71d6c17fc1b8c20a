import { z } from "zod";

/**
 * Branded ids. A brand keeps an account id from being passed where a connection id is meant; at run time it is a plain string.
 * Lengths are those of the public surface: account and vendor ids up to 512 characters, event ids up to 256.
 */

export const ConnectionIdSchema = z.string().min(1).max(128).brand<"ConnectionId">();
export type ConnectionId = z.infer<typeof ConnectionIdSchema>;

export const DeliveryIdSchema = z.string().min(1).max(64).brand<"DeliveryId">();
export type DeliveryId = z.infer<typeof DeliveryIdSchema>;

/** What a path may ask for: ids of doors, of the API's writes and of replays. */
const DELIVERY_ID = /^[\w~.-]{1,64}$/;
export const isDeliveryId = (text: string): text is DeliveryId => DELIVERY_ID.test(text);

/** When a delivery was stamped, epoch ms, as its id tells (9 or 8 characters of time in base 36); null for an id of another making. */
export function deliveryTime(id: string): number | null {
  const digits = /^(?:([0-9a-z]{9})-[0-9a-f]{20}$|api_([0-9a-z]{8}))/.exec(id);
  return digits === null ? null : Number.parseInt(digits[1] ?? digits[2] ?? "", 36);
}
