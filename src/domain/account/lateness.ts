import type { Event } from "../event.ts";
import { isProfileUpdate } from "../event-types.ts";
import { allowedLatenessMs, figuresPerRestatementMax, restatedBacklogMs, restatementsPerAccountMax, watermarkDelayMs } from "../limits.ts";
import { streamKey } from "../intake/stream.ts";
import type { FoldedAccount } from "./folded.ts";
import { watchFigures } from "./restated-figures.ts";
import type { Figure, Restatement } from "./state.ts";

/**
 * Whether an event comes so far behind its source that what it changes was closed: more than the allowed lateness behind the watermark,
 * which is the greatest event time seen of its connection less a bound. History (the lane `backfill`) is never late, nor is what no figure
 * is made of.
 *
 * Each stream is judged by itself: one that brings last week's events beside a sister that is up to date is in time. Of lines of older code,
 * which do not say by which stream of their connection they came, the furthest counts.
 *
 * @param watermarks greatest event time per `connectionId/stream`, as known before this event
 * @param now of the same clock; bounds the watermarks, so that nearly every event is answered by one comparison
 */
export function isLate(event: Event, watermarks: ReadonlyMap<string, number>, now: number): boolean {
  if (event.occurredAt >= now - allowedLatenessMs || event.lane === "backfill" || isProfileUpdate(event.type)) return false;
  return event.occurredAt < reachedBefore(event, watermarks) - watermarkDelayMs - allowedLatenessMs;
}

function reachedBefore({ connectionId, form }: Event, watermarks: ReadonlyMap<string, number>): number {
  if (form !== undefined) return watermarks.get(streamKey(connectionId, form)) ?? -Infinity;
  const own = `${connectionId}/`;
  let newest = -Infinity;
  for (const [stream, at] of watermarks) if (at > newest && stream.startsWith(own)) newest = at;
  return newest;
}

/** Folds an event that comes late and notes in the ledger which figures it changed. A throw leaves the state as `fold` does. */
export function foldRestating(state: FoldedAccount, event: Event, now: number, fold: () => void): void {
  if (!isListed(state, event)) {
    fold();
    state.restatedEvents++;
    return;
  }
  const figuresOf = watchFigures(state, event, now, !isFullOf(state, event.receivedAt));
  state.figures = [];
  try {
    fold();
    note(state, event, figuresOf(summed(state.figures)));
  } finally {
    state.figures = null;
  }
}

/** Of what the ledger has no room for, nothing is looked up. */
function isListed({ restatements }: FoldedAccount, { id, receivedAt }: Event): boolean {
  const last = restatements.length < restatementsPerAccountMax ? undefined : restatements.at(-1);
  return last === undefined || compareRestatements({ receivedAt, eventId: id }, last) <= 0;
}

/**
 * Whether all that is listed has come within minutes of an event: of a backlog with more late events of an account than the ledger has room for, in
 * one delivery or in many, no more are looked up. Told by what is stored, so that refolding gives the same.
 */
function isFullOf({ restatements }: FoldedAccount, receivedAt: number): boolean {
  const [newest, oldest] = [restatements[0], restatements.at(-1)];
  if (newest === undefined || oldest === undefined || restatements.length < restatementsPerAccountMax) return false;
  return oldest.receivedAt >= receivedAt - restatedBacklogMs && newest.receivedAt <= receivedAt + restatedBacklogMs;
}

/** The ledger keeps the newest by arrival, whatever the order in which they are folded. */
function note(state: FoldedAccount, { id, connectionId, type, occurredAt, receivedAt }: Event, figures: readonly Figure[]): void {
  state.restatedEvents++;
  const entry = { eventId: id, connectionId, type, occurredAt, receivedAt, figures: figures.slice(0, figuresPerRestatementMax) };
  state.restatements = [...state.restatements, entry].sort(compareRestatements).slice(0, restatementsPerAccountMax);
}

function summed(figures: readonly Figure[]): Figure[] {
  const sums = new Map<string, Figure>();
  for (const figure of figures) {
    const name = `${figure.day}/${figure.metric}`;
    sums.set(name, { ...figure, change: (figure.change ?? 0) + (sums.get(name)?.change ?? 0) });
  }
  return [...sums.values()].filter(({ change }) => change !== 0);
}

/** Newest arrival first. */
export const compareRestatements = (
  a: Pick<Restatement, "receivedAt" | "eventId">,
  b: Pick<Restatement, "receivedAt" | "eventId">,
): number => b.receivedAt - a.receivedAt || (a.eventId < b.eventId ? 1 : a.eventId > b.eventId ? -1 : 0);
