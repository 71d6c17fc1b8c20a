import { z } from "zod";
import { ConnectionIdSchema, DeliveryIdSchema } from "./ids.ts";

/**
 * Delivery: one request (later also: one polled page) as it came through a door; the first of the four nouns that travel.
 *
 * The body is kept byte for byte as received (gzip stays gzip). Everything else a mapper needs is in the head, stamped at the door,
 * so that `connector.toEvents(delivery)` is pure and can be run again years later on the archive.
 */
export const DeliveryHeadSchema = z.object({
  /** Made at the door. Time-ordered, unique. */
  id: DeliveryIdSchema,
  connectionId: ConnectionIdSchema,
  /** Registry key: `native`, `zendesk`, `mixpanel`, … */
  connector: z.string(),
  /** Which of the connector's mappers reads the body, e.g. `events`, `webhook`, `track`, `engage`, `groups`, `import`, `account`. */
  form: z.string(),
  /** Door's clock, epoch ms. */
  receivedAt: z.number(),
  lane: z.enum(["live", "backfill"]),
  contentEncoding: z.enum(["identity", "gzip"]),
  /** As the sender named it; only to be shown. Absent where none was named. */
  contentType: z.string().max(128).optional(),
  /** Request facts the mapper needs (content type, query, ce-* headers, invocation id): a short allow-list, never a credential. */
  meta: z.record(z.string(), z.string()),
  /** Non-secret connection settings at that moment (e.g. `accountKey`, `groupKey`). */
  settings: z.record(z.string(), z.unknown()),
  /** An unknown `account.id` may create the account. */
  mayCreateAccounts: z.boolean(),
  /** Only these accounts may be written by the credential used; absent = all. */
  accountIds: z.array(z.string()).optional(),
  /** Events the door counted as accepted (what `in` means in the conservation law). The mapper must find the same number. */
  accepted: z.number().int().nonnegative(),
  /** The number of this copy, from 2 on, where a shard failed that may have stored it all the same; absent: the first. */
  copy: z.number().int().min(2).optional(),
  /** Events of the body the door refused (reported to the sender). */
  rejected: z.number().int().nonnegative(),
});
export type DeliveryHead = z.infer<typeof DeliveryHeadSchema>;

export type Delivery = { readonly head: DeliveryHead; readonly body: Uint8Array };

/** Why one item of a delivery is no event. Told to the sender where the protocol allows it. */
export type Rejection = {
  readonly index: number;
  readonly id?: string | undefined;
  /** Tagged, snake_case: `time_out_of_range`, `number_out_of_range`, `missing_field`, `invalid_field`, `too_large`, … */
  readonly reason: string;
  /** Names the field, JSON-pointer style, and says what would be right. */
  readonly detail: string;
};
