import { kindTargetMs, sourceBackAfterMs } from "../limits.ts";
import { type EventKind, eventKinds } from "../source-reach.ts";
import { dayOf } from "../time.ts";

/**
 * Of each kind of event, what each intake shard knows that the stream comes through: up to which event time it knew the kind before its last silence
 * that lasted for longer than the kind is to be old (0: it began with that), when something live ended it (door's clock; 0: there was none),
 * and up to which event time it knows the kind now.
 */
export type Silences = Readonly<Partial<Record<EventKind, readonly ShardSilence[]>>>;
type ShardSilence = readonly [from: number, until: number, reachedMs: number];

type ReachOf = (kind: EventKind) => number | null;

/** What one shard knows after something live. */
export function noteSilences(known: Silences | undefined, before: ReachOf, after: ReachOf, receivedAt: number): Silences {
  const silences: Partial<Record<EventKind, readonly ShardSilence[]>> = {};
  for (const kind of eventKinds) {
    const to = after(kind);
    if (to === null) continue;
    const from = before(kind) ?? 0;
    const [lastFrom = 0, lastUntil = 0] = known?.[kind]?.[0] ?? [];
    silences[kind] = [to - from > kindTargetMs[kind] ? [from, receivedAt, to] : [lastFrom, lastUntil, to]];
  }
  return silences;
}

/** What several shards know, together. */
export function mergeSilences(a: Silences | undefined, b: Silences | undefined): { readonly silences?: Silences } {
  if (a === undefined || b === undefined) return a === undefined && b === undefined ? {} : { silences: a ?? b ?? {} };
  const silences: Partial<Record<EventKind, readonly ShardSilence[]>> = {};
  for (const kind of eventKinds) {
    const parts = [...(a[kind] ?? []), ...(b[kind] ?? [])];
    if (parts.length > 0) silences[kind] = parts;
  }
  return { silences };
}

/**
 * When a stream last was back, after a silence in which figures that hang on it may have become others than what was published; epoch ms, 0: never.
 * It was silent only while each of its shards was. What is measured by days becomes another at midnight UTC, and by 3 hours of age no
 * published confidence is off by what is told; tickets grow late by the hour.
 */
export function returnedAt(silences: Silences = {}): number {
  let last = 0;
  for (const kind of eventKinds) {
    const parts = silences[kind] ?? [];
    for (const [, at] of parts) {
      if (at <= last) continue;
      const from = Math.max(...parts.map((part) => silentSince(part, at)));
      if (from > 0 && mattered(kind, from, at)) last = at;
    }
  }
  return last;
}

/** Since when a shard had heard nothing further, as of `at`; `at` where it was not silent then. */
const silentSince = ([from, until, reachedMs]: ShardSilence, at: number): number => (at <= until ? from : Math.min(reachedMs, at));

function mattered(kind: EventKind, from: number, until: number): boolean {
  const lasted = until - from;
  if (lasted <= kindTargetMs[kind]) return false;
  return kind === "support" || lasted > sourceBackAfterMs || dayOf(from) !== dayOf(until);
}
