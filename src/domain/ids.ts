import { z } from "zod";

/**
 * Branded ids. A brand keeps an account id from being passed where a connection id is meant; at run time it is a plain string.
 * Lengths are those of the public surface: account and vendor ids up to 512 characters, event ids up to 256.
 */

export const ConnectionIdSchema = z.string().min(1).max(128).brand<"ConnectionId">();
export type ConnectionId = z.infer<typeof ConnectionIdSchema>;

export const DeliveryIdSchema = z.string().min(1).max(64).brand<"DeliveryId">();
export type DeliveryId = z.infer<typeof DeliveryIdSchema>;
