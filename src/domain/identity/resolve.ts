import { joins } from "./free-mail.ts";
import { keyStrength, type IdentityKey } from "./key.ts";
import type { KeyView, Resolution } from "./messages.ts";

/** Views by key; null = tied to nothing. */
export type ViewOf = (key: string) => KeyView | null;

type Candidate = {
  readonly key: string;
  readonly version: number;
  readonly accountId: string;
  readonly strength: number;
  readonly priority: number;
  readonly from: number;
};

/**
 * Where an event belongs, as a pure function of what its keys have led to over time and of when it was received:
 *
 * 1. the strongest key that led to one account when the event was received (then the better evidence, then the order of the keys);
 * 2. else the first link made after that among its keys: the one that set it free if it was waiting.
 *
 * Later links of other keys therefore never move an event, and working it again finds the same account as long as the edge that decided
 * stands. A key of kind `account` leads to itself at any time.
 *
 * Given up: the instants are those of two clocks, the door's and the directory's. An event received within their difference (milliseconds)
 * of a link of a *stronger* key, worked twice around that link, may go to either account.
 *
 * @param receivedAt door's clock, epoch ms
 */
export function resolveAt(keys: readonly string[], viewOf: ViewOf, receivedAt: number): Resolution {
  let best: Candidate | null = null;
  let next: Candidate | null = null;
  const elsewhere: { key: string; accountId: string }[] = [];
  let ambiguous: KeyView | null = null;
  for (const key of keys) {
    const strength = keyStrength(key as IdentityKey);
    if (strength === 0) {
      const candidate = { key, version: 0, accountId: key.slice("account|".length), strength, priority: 0, from: 0 };
      best ??= candidate;
      continue;
    }
    const view = joins(key) ? viewOf(key) : null;
    if (view === null) continue;
    if (view.tied.length > 0) ambiguous ??= view;
    const then = eraAt(view, receivedAt);
    const later = then === null ? view.eras.find((era) => era.from > receivedAt && era.accountId !== null) : undefined;
    const era = then ?? later;
    if (era === undefined || era.accountId === null) continue;
    const candidate = { key, version: view.version, accountId: era.accountId, strength, priority: era.priority, from: era.from };
    elsewhere.push({ key, accountId: era.accountId });
    if (then !== null) best = best === null || stronger(candidate, best) ? candidate : best;
    else next = next === null || earlier(candidate, next) ? candidate : next;
  }
  const chosen = best ?? next;
  if (chosen === null)
    return ambiguous === null ? { status: "unlinked" } : { status: "ambiguous", key: ambiguous.key, accountIds: ambiguous.tied };
  const conflicts = elsewhere.filter((other) => other.accountId !== chosen.accountId);
  const linked = { status: "linked" as const, accountId: chosen.accountId, key: chosen.key, version: chosen.version };
  return conflicts.length === 0 ? linked : { ...linked, conflicts };
}

const stronger = (a: Candidate, b: Candidate): boolean => a.strength < b.strength || (a.strength === b.strength && a.priority < b.priority);
const earlier = (a: Candidate, b: Candidate): boolean => a.from < b.from || (a.from === b.from && stronger(a, b));

function eraAt(view: KeyView, receivedAt: number): (KeyView["eras"][number] & { accountId: string }) | null {
  for (let i = view.eras.length - 1; i >= 0; i--) {
    const era = view.eras[i] as KeyView["eras"][number];
    if (era.from <= receivedAt) return era.accountId === null ? null : { ...era, accountId: era.accountId };
  }
  return null;
}

/** How the events of one route resolve. `receivedAt` of each is needed only where `byTime`; those received before `offerBefore` are offered to `park` first. */
export type RouteResolution = { readonly byTime: boolean; readonly resolution: Resolution; readonly offerBefore: number };

/** The resolution of a route for an event received now, and whether it is the same for every event that may still be under way. */
export function resolveRoute(keys: readonly string[], viewOf: ViewOf): RouteResolution {
  const first = keys[0];
  if (first !== undefined && keyStrength(first as IdentityKey) === 0) {
    const accountId = first.slice("account|".length);
    return {
      byTime: false,
      resolution: { status: "linked", accountId, key: first, version: 0 },
      offerBefore: viewOf(first)?.drainedBefore ?? 0,
    };
  }
  const resolution = resolveAt(keys, viewOf, Number.MAX_SAFE_INTEGER);
  let linkedKeys = 0;
  let changed = false;
  let offerBefore = 0;
  for (const key of keys) {
    const view = joins(key) ? viewOf(key) : null;
    if (view === null) continue;
    offerBefore = Math.max(offerBefore, view.drainedBefore);
    if (view.eras.length > 0) linkedKeys += 1;
    changed ||= view.eras.some((era) => era.accountId !== view.eras[0]?.accountId);
  }
  // Two linked keys may agree on the account today; which of them decided must be exact all the same, or the account would not know
  // what to give back when one of them moves.
  return { byTime: changed || linkedKeys > 1, resolution, offerBefore };
}
