import { type Event, storedCopy } from "../event.ts";
import { idRetentionMs } from "../limits.ts";
import { EventOutcome } from "../outcome.ts";
import { DAY_MS, dayOf } from "../time.ts";
import { arrivalHash, hash53, type IdHasher } from "./id-hash.ts";
import type { IdSet } from "./id-set.ts";

/** What an account answers for an event it has seen; null for one it has not. See docs/adr/0001. */
export type Seen = Extract<EventOutcome, 1 | 2 | 4 | 6> | null;

let delivery = "";
let deliveryHash = 0;

/** Events of one delivery come together: its hash is made once. */
function arrivalOf(event: Event): number {
  const stored = storedCopy(event);
  if (stored !== delivery) {
    delivery = stored;
    deliveryHash = hash53(stored) | 0;
  }
  return arrivalHash(deliveryHash, event.index);
}

/**
 * Leaves the event's hash in the hasher, for `seen` and `remember`. Events of an account that was merged into this one keep ids of their own:
 * what two accounts were told under one id are two events.
 */
export const hashId = (hasher: IdHasher, event: Event, origin: string | undefined): void =>
  hasher.hash(origin === undefined ? event.connectionId : `${origin}\n${event.connectionId}`, event.id);

/** About the event that was hashed last. */
export function seen(ids: IdSet, hasher: IdHasher, event: Event, today: number): Seen {
  if (!ids.find(hasher.lo, hasher.hi, today)) return null;
  if (ids.arrival === arrivalOf(event)) return ids.held ? EventOutcome.held : EventOutcome.applied;
  return ids.content === event.contentHash ? EventOutcome.repeat : EventOutcome.quarantined;
}

/**
 * Keeps the id of the event that was hashed last. An event received longer ago than ids are kept (a replay, a long wait) is filed under
 * today: it is known again from now on, though its first arrival, if there was one, is forgotten.
 */
export function remember(ids: IdSet, hasher: IdHasher, event: Event, today: number, held: boolean): void {
  const day = dayOf(event.receivedAt);
  // A door's clock may be past midnight before ours.
  const isRefiled = day < today - idRetentionMs / DAY_MS || day > today + 1;
  ids.add(hasher.lo, hasher.hi, event.contentHash, arrivalOf(event), isRefiled ? today : day, held, isRefiled);
}
