import { z } from "zod";

/**
 * Event: what a connector makes of a delivery; one of the four nouns that travel.
 *
 * It is written once as one JSON line (`toLine`) by the intake shard and is forwarded, journalled and archived as that very text.
 * Pure function of (delivery, index): no clock, no randomness, so that mapping again gives the same events.
 */
export const EventSchema = z.object({
  /** The sender's id, or one derived from content. Idempotent within (connectionId, account) for 35 days of `receivedAt`. */
  id: z.string().min(1).max(256),
  /** u32 hash of the vendor's canonical item (not of the mapped output, not of retry counters): same id, other hash = conflict. */
  contentHash: z.number().int().min(0).max(0xffffffff),
  connectionId: z.string(),
  connector: z.string(),
  /** `object.past_tense`; unknown types are kept, counted and shown. */
  type: z.string().min(1).max(128),
  /** Vendor's clock, epoch ms. */
  occurredAt: z.number(),
  /** Our door's clock, epoch ms. */
  receivedAt: z.number(),
  /** Delivery, its copy and position in it: names this very arrival, so that a repeat of the work is told from a repeat by the sender. */
  deliveryId: z.string(),
  copy: z.number().int().min(2).optional(),
  index: z.number().int().nonnegative(),
  lane: z.enum(["live", "backfill"]),
  /** Form of the delivery, with the connection the stream it came by. Absent: older code has written it. */
  form: z.string().optional(),
  /** Identity keys (`kind|value`), strongest first, at most 16. */
  keys: z.array(z.string()),
  /** Whether an unknown `account|…` key may create the account. */
  mayCreate: z.boolean().optional(),
  user: z.object({ id: z.string(), email: z.string().optional(), name: z.string().optional() }).optional(),
  /** What the type means, by the catalogue's schema for it (src/domain/event-types.ts). Vendors are normalised to it by their connector. */
  data: z.record(z.string(), z.unknown()),
});
export type Event = z.infer<typeof EventSchema>;

export const toLine = (event: Event): string => JSON.stringify(event);

/** Lines are our own writing, so they are parsed without a schema; `EventSchema` guards the doors and the tests. */
export const fromLine = (line: string): Event => JSON.parse(line) as Event;

/** Names the stored copy of a delivery that an event came by. */
export const storedCopy = ({ deliveryId, copy }: Pick<Event, "deliveryId" | "copy">): string =>
  copy === undefined ? deliveryId : `${deliveryId}~${copy}`;
