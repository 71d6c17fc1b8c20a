import { eventTypes } from "./event-types.ts";
import type { DayArrivals } from "./intake/messages.ts";
import { kindVouchedForMs, streamIdleAfterMs } from "./limits.ts";

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
  /** When something live last came, door's clock; null: history is all that ever came. */
  readonly liveAt: number | null;
  /** Its connection was removed or paused, or its token revoked: nothing more is to be waited for. */
  readonly isEnded: boolean;
  /** When it last was back after a silence, our clock; absent: it never was. */
  readonly backAt?: number | undefined;
};

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

/** When one of the sources last was back after a silence, epoch ms; 0: none ever was. */
export const lastBackAt = ({ streams }: SourceReach): number => {
  let last = 0;
  for (const { backAt = 0 } of streams.values()) last = Math.max(last, backAt);
  return last;
};

/**
 * Event time up to which a stream is known as to one kind of event, epoch ms; null: it has never brought that kind.
 *
 * A stream that goes on with other kinds vouches for one that comes rarely, for `kindVouchedForMs` after its newest event: a month without an
 * invoice is no outage. Usage is never vouched for: invoices that go on say nothing of usage that has stopped.
 */
export function kindReach(watermarkMs: number, kinds: KindTimes | undefined, kind: EventKind): number | null {
  if (kinds === undefined) return watermarkMs;
  const own = kinds[kind];
  return own === undefined ? null : Math.max(own, Math.min(watermarkMs, own + kindVouchedForMs[kind]));
}

/**
 * Until when a stream holds back what is known up to the least of several: while something of it may be missing. One that has brought nothing
 * live for `streamIdleAfterMs` is idle from then on, until it speaks again. History and what has ended hold nothing at any time; a stream of
 * which nothing is known but its watermark always does.
 */
export function holdsUntil(facts: StreamFacts | undefined): number {
  if (facts === undefined) return Infinity;
  return facts.isEnded || facts.liveAt === null ? -Infinity : facts.liveAt + streamIdleAfterMs;
}

/** What one of several sources has reached, and until when it holds the others back; epoch ms. */
export type Reached = { readonly reachedMs: number; readonly holdsUntilMs: number };

/**
 * Up to when the sum of several sources is known at an instant: the least of those that hold back then; where none does, the furthest.
 * `holding`: how many do. Null without any source.
 */
export function leastReach(sources: readonly Reached[], at: number): { readonly knownTo: number | null; readonly holding: number } {
  const held = sources.filter(({ holdsUntilMs }) => at < holdsUntilMs);
  if (held.length > 0) return { knownTo: Math.min(...held.map(({ reachedMs }) => reachedMs)), holding: held.length };
  return { knownTo: sources.length === 0 ? null : Math.max(...sources.map(({ reachedMs }) => reachedMs)), holding: 0 };
}
