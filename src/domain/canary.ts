import type { DeliveryHead } from "./delivery.ts";
import type { Event } from "./event.ts";
import { identityKey } from "./identity/key.ts";

/**
 * The canary: an event of our own each minute that takes the path of all events, from an intake shard to the lists. What it measures is true
 * of every deployment at every hour, also where no customer sends anything. It counts in no total, is in no list, no log and no archive.
 */
export const canaryConnectionId = "pulseline-canary";
/** The account it belongs to; nobody else may write to it. */
export const canaryAccountId = "pulseline-canary";

/** Whether an account is a customer's. Where accounts are listed, counted or learned from, only these are. */
export const isCustomer = (accountId: string): boolean => accountId !== canaryAccountId;

/** What only the canary itself may bring: whoever else names its account (an id in an event, a key that is tied to it) brings nothing. */
export const isPretending = ({ keys, connectionId }: Pick<Event, "keys" | "connectionId">): boolean =>
  keys[0] === canaryKey && !isCanary({ connectionId });
const canaryKey = identityKey("account", canaryAccountId);

export const isCanary = ({ connectionId }: { readonly connectionId: DeliveryHead["connectionId"] | string }): boolean =>
  connectionId === canaryConnectionId;

/** One canary that came through: when it entered (our clock, epoch ms), and how long it took to be visible. */
export type CanarySighting = { readonly receivedAt: number; readonly visibleMs: number };

export type CanaryFigures = {
  /** How many came through in the last 24 hours. */
  readonly seen: number;
  readonly lastReceivedAt: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly sumMs: number;
};

/** Null where none has come through. Quantiles are exact, by nearest rank. */
export function canaryFigures(sightings: readonly CanarySighting[]): CanaryFigures | null {
  if (sightings.length === 0) return null;
  const sorted = sightings.map(({ visibleMs }) => visibleMs).sort((a, b) => a - b);
  const rank = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return {
    seen: sorted.length,
    lastReceivedAt: Math.max(...sightings.map(({ receivedAt }) => receivedAt)),
    p50Ms: rank(0.5),
    p95Ms: rank(0.95),
    p99Ms: rank(0.99),
    sumMs: sorted.reduce((sum, ms) => sum + ms, 0),
  };
}
