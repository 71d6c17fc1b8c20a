import { eventTypes } from "./event-types.ts";
import type { DayArrivals } from "./intake/stream.ts";
import { kindTargetMs, kindVouchedForMs, pausesUntilStopped } from "./limits.ts";

/** Kinds of events whose sources are told apart: what measures read. */
export const eventKinds = ["usage", "support", "engagement", "success", "revenue"] as const;
export type EventKind = (typeof eventKinds)[number];
/** Epoch ms of each kind that was ever brought. */
export type KindTimes = Readonly<Partial<Record<EventKind, number>>>;

const isKind = (word: string): word is EventKind => (eventKinds as readonly string[]).includes(word);
const none: readonly EventKind[] = [];
/** Conversations are support and a sign of life. */
const kindsByType: ReadonlyMap<string, readonly EventKind[]> = new Map(
  eventTypes.map(({ type, category }) => [
    type,
    [...(isKind(category) ? [category] : none), ...(type.startsWith("conversation.") ? (["engagement"] as const) : none)],
  ]),
);

/** Of which kinds an event of this type is; mostly one, none for profiles and for types nobody knows. */
export const kindsOf = (type: string): readonly EventKind[] => kindsByType.get(type) ?? none;

/** What is known of a stream beside its watermark. */
export type StreamFacts = {
  /** Greatest event time of each kind; absent: older code noted none. */
  readonly kinds?: KindTimes | undefined;
  /** The longest pause that is usual between events of each kind, ms; of those of which it is known. */
  readonly usualPauses?: KindTimes | undefined;
  /** When something live last came, door's clock; null: history is all that ever came. */
  readonly liveAt: number | null;
  /** Its connection was removed or paused, its token revoked or expired, or a person has said so: nothing more is to be waited for. */
  readonly isEnded: boolean;
  /** When it last was back after a silence, its end was told, or its completeness became another: figures that hang on it are others since, our clock; 0 or absent: never. */
  readonly movedAt?: number | undefined;
  /** When its completeness last was another than told before, our clock; 0 or absent: never. One of those that make `movedAt`. */
  readonly completenessMovedAt?: number | undefined;
};

/** What is known of a stream after it was told again, perhaps as it was a moment before: what only rises does not fall. */
export function furtherFacts(known: StreamFacts | undefined, told: StreamFacts): StreamFacts {
  if (known === undefined) return told;
  const liveAt = Math.max(known.liveAt ?? 0, told.liveAt ?? 0);
  const completenessMovedAt = Math.max(known.completenessMovedAt ?? 0, told.completenessMovedAt ?? 0);
  return {
    ...told,
    kinds: told.kinds === undefined || known.kinds === undefined ? told.kinds : furthestKinds(known.kinds, told.kinds),
    liveAt: liveAt === 0 ? told.liveAt : liveAt,
    movedAt: Math.max(known.movedAt ?? 0, told.movedAt ?? 0),
    ...(completenessMovedAt > 0 && { completenessMovedAt }),
  };
}

/** The later of each. */
export function furthestKinds(a: KindTimes, b: KindTimes): KindTimes {
  const kinds: Partial<Record<EventKind, number>> = { ...a };
  for (const kind of eventKinds) {
    const at = b[kind];
    if (at !== undefined) kinds[kind] = Math.max(kinds[kind] ?? at, at);
  }
  return kinds;
}

/** How far the sources are. They belong to no account: all accounts of a shard share what it has heard. */
export type SourceReach = {
  /** Greatest event time per `connectionId/stream`, epoch ms. */
  readonly watermarks: Map<string, number>;
  /** The rest, of the streams that it is known of. */
  readonly streams: Map<string, StreamFacts>;
  /** What came through each on its last days; absent: not known. */
  readonly arrivals: Map<string, readonly DayArrivals[]>;
};

export const noSources = (): SourceReach => ({ watermarks: new Map(), streams: new Map(), arrivals: new Map() });

/** When one of the sources last moved (`movedAt`), epoch ms; 0: none ever did. */
export const lastMovedAt = ({ streams }: SourceReach): number => {
  let last = 0;
  for (const { movedAt = 0 } of streams.values()) last = Math.max(last, movedAt);
  return last;
};

/** What is to be told of the sources that have moved since an instant. */
export function movedSince({ watermarks, streams, arrivals }: SourceReach, since: number): SourceReach {
  const moved = [...streams].filter(([, { movedAt = 0 }]) => movedAt >= since);
  const keys = moved.map(([key]) => key);
  return { watermarks: knownOf(watermarks, keys), streams: new Map(moved), arrivals: knownOf(arrivals, keys) };
}

/** What is known of each of these streams. */
export const knownOf = <T>(known: ReadonlyMap<string, T>, streams: readonly string[]): Map<string, T> =>
  new Map(
    streams.flatMap((key): [string, T][] => {
      const one = known.get(key);
      return one === undefined ? [] : [[key, one]];
    }),
  );

/**
 * Event time up to which a stream is known as to one kind of event, epoch ms; null: it has never brought that kind.
 *
 * A stream that goes on with other kinds vouches for one that comes rarely, for a while after its newest event (`vouchedForMs`): a month without
 * an invoice is no outage where they come once a month.
 */
export function kindReach({ watermarkMs, kinds, usualPauses }: StreamReach, kind: EventKind): number | null {
  if (kinds === undefined) return watermarkMs;
  const own = kinds[kind];
  return own === undefined ? null : Math.max(own, Math.min(watermarkMs, own + vouchedForMs(kind, usualPauses)));
}

export type StreamReach = { readonly watermarkMs: number } & Pick<StreamFacts, "kinds" | "usualPauses">;

/**
 * For how long after its newest event a kind is vouched for by the others of its stream, ms: so many times its usual pause, and `kindVouchedForMs`
 * at most. Usage is never: invoices that go on say nothing of usage that has stopped.
 */
export function vouchedForMs(kind: EventKind, usualPauses: KindTimes = {}): number {
  const [most, usual] = [kindVouchedForMs[kind], usualPauses[kind]];
  return usual === undefined ? most : Math.min(most, Math.max(kindTargetMs[kind], pausesUntilStopped * usual));
}

/**
 * Whether what a stream has not told yet is waited for, however long it is silent: an outage does not become a silence by lasting. History and
 * what has ended are not waited for; a stream of which nothing is known but its watermark is.
 */
export const isAwaited = (facts: StreamFacts | undefined): boolean => facts === undefined || (!facts.isEnded && facts.liveAt !== null);

/** What one of several sources has reached, epoch ms, and whether it is waited for. */
export type Reached = { readonly reachedMs: number; readonly isAwaited: boolean };

/**
 * Up to when the sum of several sources is known: the least of those that are waited for; where none is, the furthest. `holding`: how many are.
 * Null without any source.
 */
export function leastReach(sources: readonly Reached[]): { readonly knownTo: number | null; readonly holding: number } {
  const held = sources.filter((one) => one.isAwaited);
  if (held.length > 0) return { knownTo: Math.min(...held.map(({ reachedMs }) => reachedMs)), holding: held.length };
  return { knownTo: sources.length === 0 ? null : Math.max(...sources.map(({ reachedMs }) => reachedMs)), holding: 0 };
}
