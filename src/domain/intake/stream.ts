import type { Event } from "../event.ts";
import { sourceDaysKept, webhookTimestampToleranceMs } from "../limits.ts";
import { dayOf } from "../time.ts";
import { type EventKind, eventKinds, furthestKinds, kindReach, kindsOf, type KindTimes } from "../source-reach.ts";
import { type KindRests, mergeRests, noteRests, type OlderPauses, restsOfOlder, usualPauses } from "./pauses.ts";
import { mergeSilences, noteSilences, type Silences } from "./silences.ts";

/** Freshness of one stream as one shard saw it; the API takes the greatest over all shards. */
export type StreamStatus = {
  readonly connectionId: string;
  readonly connector: string;
  readonly stream: string;
  /** Greatest event time at most 5 minutes ahead of ours, epoch ms. */
  readonly watermarkMs: number;
  /** The same of each kind of event that it has brought. Absent: older code has stored it. */
  readonly kinds?: KindTimes | undefined;
  readonly lastReceivedAt: number;
  /** When a delivery last came of which an event was taken. Absent: none was, or older code has stored it. */
  readonly acceptedAt?: number | undefined;
  /** When something live, and when history (the backfill lane), last came. Neither: older code has stored it, and all counts as live. */
  readonly liveAt?: number | undefined;
  readonly historyAt?: number | undefined;
  /** Its last silences. Absent: nothing live has come since they are noted. */
  readonly silences?: Silences | undefined;
  /** When a person said that nothing more is to be waited for (our clock); until something live comes. */
  readonly releasedAt?: number | undefined;
  /** When its completeness was last another than was told before (our clock), and what had come on its last days by then (`noteCompleteness`). Absent: it was always whole. */
  readonly partial?: { readonly movedAt: number; readonly arrivals: readonly DayArrivals[] } | undefined;
  /** Of what one segment brought: `kinds` of what came live. What is stored has it in `rests`. */
  readonly liveKinds?: KindTimes | undefined;
  /** How it rests between live events of each kind. Absent: nothing live has come. */
  readonly rests?: KindRests | undefined;
  /** The last delivery with an event too far ahead of our clock to be believed: how far, and when it came. Absent: there was none. */
  readonly ahead?: { readonly ms: number; readonly at: number };
  readonly accepted: number;
  readonly rejected: number;
};

/** Of the events that came through a stream on a UTC day of receipt, valid or not, those that cannot count. */
export type DayArrivals = readonly [day: number, came: number, lost: number];

/**
 * A stream as account shards hear of it. `arrivals`: its last `sourceDaysKept` days, oldest first. `isEnded`: its connection was removed or paused,
 * or its token revoked or outlived; `endedAt`: since when. Older code tells none of them.
 */
export type StreamStanding = StreamStatus & {
  readonly arrivals?: readonly DayArrivals[] | undefined;
  readonly isEnded?: boolean;
  readonly endedAt?: number;
};

/**
 * What came through one stream on one UTC day of receipt; `watermarkMs` as of its events, 0 where none is believed. `failed`: of what was
 * accepted that day, the events that were quarantined or ended as dead letters, told with it when their segment ends; absent: none. `delayMinMs`: the least time that lay between what
 * happened and its arrival, of live events; negative where the sender's clock is ahead; absent: there was none.
 */
export type StreamDay = {
  readonly day: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly failed?: number | undefined;
  readonly watermarkMs: number;
  readonly delayMinMs?: number | undefined;
};

/** A stream as it is stored: with its last `sourceDaysKept` days, oldest first; absent in what older code has stored. */
export type StoredStream = StreamStatus & { readonly days?: readonly StreamDay[] | undefined };

/** An event further ahead of our door's clock than this does not move a watermark: one wrong clock must not age everything else. */
const AHEAD_MAX_MS = webhookTimestampToleranceMs;

/** A stream is what one connection brings through one form of its connector (`webhook`, `track`, `events`, …). */
export const streamKey = (connectionId: string, form: string): string => `${connectionId}/${form}`;

/** The event time that this event proves its stream to have come to, or null if its clock is not believed. */
export const watermarkOf = (event: Pick<Event, "occurredAt" | "receivedAt">): number | null =>
  event.occurredAt <= event.receivedAt + AHEAD_MAX_MS ? event.occurredAt : null;

/** Gathers how far each kind of event has come. */
export class KindClock {
  private readonly reached: Partial<Record<EventKind, number>> = {};

  take(type: string, at: number): void {
    for (const kind of kindsOf(type)) this.reached[kind] = Math.max(this.reached[kind] ?? at, at);
  }

  get times(): KindTimes {
    return this.reached;
  }
}

/** Adds what was brought, by one segment or through another shard. Watermarks only rise; the oldest days go. */
export const mergeStream = (known: StoredStream | undefined, brought: StoredStream): StoredStream =>
  known === undefined
    ? brought
    : {
        ...brought,
        watermarkMs: Math.max(known.watermarkMs, brought.watermarkMs),
        ...mergeKinds(known, brought),
        lastReceivedAt: Math.max(known.lastReceivedAt, brought.lastReceivedAt),
        ...newerAhead(known, brought),
        ...lanesOf(known, brought),
        ...newest("acceptedAt", lastAcceptedAt(known), lastAcceptedAt(brought)),
        ...newest("releasedAt", known.releasedAt, brought.releasedAt),
        ...mergePartial(known.partial, brought.partial),
        ...mergeLiveKinds(known.liveKinds, brought.liveKinds),
        ...mergeRests(known.rests, brought.rests),
        ...mergeSilences(known.silences, brought.silences),
        accepted: known.accepted + brought.accepted,
        rejected: known.rejected + brought.rejected,
        days: mergeDays(known.days ?? [], brought.days ?? []),
      };

/** What older code has stored counts as having brought every kind by then. */
function mergeKinds(a: StreamStatus, b: StreamStatus): Pick<StreamStatus, "kinds"> {
  if (a.kinds === undefined && b.kinds === undefined) return {};
  const kinds: Partial<Record<EventKind, number>> = {};
  for (const kind of eventKinds) {
    const at = Math.max(kindTime(a, kind), kindTime(b, kind));
    if (at > 0) kinds[kind] = at;
  }
  return { kinds };
}

function mergeLiveKinds(a: KindTimes | undefined, b: KindTimes | undefined): Pick<StreamStatus, "liveKinds"> {
  const liveKinds = a === undefined || b === undefined ? (a ?? b) : furthestKinds(a, b);
  return liveKinds === undefined ? {} : { liveKinds };
}

const kindTime = ({ kinds, watermarkMs }: StreamStatus, kind: EventKind): number =>
  kinds === undefined ? watermarkMs : (kinds[kind] ?? 0);

/** Of two views of a stream, the newer mention of a clock that is ahead. */
function newerAhead(a: StreamStatus, b: StreamStatus): Pick<StreamStatus, "ahead"> {
  const ahead = a.ahead === undefined || (b.ahead !== undefined && b.ahead.at >= a.ahead.at) ? b.ahead : a.ahead;
  return ahead === undefined ? {} : { ahead };
}

/** When something live last came; null: never, all there is was loaded as history. */
export const lastLiveAt = ({ liveAt, historyAt, lastReceivedAt }: StreamStatus): number | null =>
  liveAt ?? (historyAt === undefined ? lastReceivedAt : null);

function lanesOf(a: StreamStatus, b: StreamStatus): Pick<StreamStatus, "liveAt" | "historyAt"> {
  const liveAt = Math.max(lastLiveAt(a) ?? 0, lastLiveAt(b) ?? 0);
  const historyAt = Math.max(a.historyAt ?? 0, b.historyAt ?? 0);
  // Without either word the last receipt would pass for live: what tells of no lane (0) goes on telling of none.
  return { ...(liveAt > 0 && { liveAt }), ...((historyAt > 0 || liveAt === 0) && { historyAt }) };
}

/**
 * The least time that lay between what happened and its arrival, of what came live today and yesterday (UTC), ms; null: nothing did. Where even
 * the quickest event took long, the sender's clock is slow or it holds events back; which of both cannot be told from here.
 */
export function leastDelayMs({ days = [] }: StoredStream, now: number): number | null {
  const delays = days.flatMap(({ day, delayMinMs }) => (day < dayOf(now) - 1 || delayMinMs === undefined ? [] : [delayMinMs]));
  return delays.length === 0 ? null : Math.max(0, Math.min(...delays));
}

/** When an event was last taken; null: never. What was stored without it is known by its last receipt only, as is a single delivery. */
export const lastAcceptedAt = ({ acceptedAt, accepted, lastReceivedAt }: StreamStatus): number | null =>
  acceptedAt ?? (accepted > 0 ? lastReceivedAt : null);

type Instants = "acceptedAt" | "releasedAt";
/** The later of two instants, where there is one. */
function newest<Name extends Instants>(name: Name, a: number | null | undefined, b: number | null | undefined): Pick<StreamStatus, Name> {
  const at = Math.max(a ?? 0, b ?? 0);
  return (at > 0 ? { [name]: at } : {}) as Pick<StreamStatus, Name>;
}

/** Of two notes the later: each shard compares with its own. */
function mergePartial(a: StreamStatus["partial"], b: StreamStatus["partial"]): Pick<StreamStatus, "partial"> {
  const later = a === undefined || (b !== undefined && b.movedAt > a.movedAt) ? b : a;
  return later === undefined ? {} : { partial: later };
}

/** A person has said that nothing more is to be waited for, and nothing live has come since. */
export const isReleased = (stream: StreamStatus): boolean =>
  stream.releasedAt !== undefined && stream.releasedAt >= (lastLiveAt(stream) ?? 0);

/**
 * Adds what a segment brought to what is stored, and notes how long it has rested (pauses.ts) and which silences it has ended (silences.ts). History
 * ends none.
 */
export function bring(known: StoredStream | undefined, brought: StoredStream): StoredStream {
  const { liveKinds = {}, ...merged } = mergeStream(known, brought);
  if (brought.liveAt === undefined || merged.watermarkMs === 0) return merged;
  const rests = noteRests(known?.rests, liveKinds, brought.liveAt);
  const usual = usualPauses(known?.rests);
  const reachOf =
    (stream: StoredStream | undefined) =>
    (kind: EventKind): number | null =>
      stream === undefined || stream.watermarkMs === 0 ? null : kindReach({ ...stream, usualPauses: usual }, kind);
  const silences = noteSilences(known?.silences, reachOf(known), reachOf(merged), brought.liveAt);
  return { ...merged, rests, silences };
}

type OlderStream = StoredStream & { readonly pauses?: OlderPauses };

/** What is stored, as it is known: older code has stored the longest pauses alone. */
export function fromStored({ pauses, ...stream }: OlderStream): StoredStream {
  const isOlder = stream.rests === undefined && stream.kinds !== undefined && lastLiveAt(stream) !== null;
  return isOlder ? { ...stream, rests: restsOfOlder(stream.kinds ?? {}, pauses) } : stream;
}

function mergeDays(known: readonly StreamDay[], brought: readonly StreamDay[]): readonly StreamDay[] {
  const [only] = brought;
  const last = known.at(-1);
  // Nearly always: one delivery more of the day at hand.
  if (brought.length === 1 && only !== undefined && last?.day === only.day) return [...known.slice(0, -1), addDay(last, only)];
  const days = new Map(known.map((day) => [day.day, day]));
  for (const one of brought) days.set(one.day, addDay(days.get(one.day), one));
  return [...days.values()].sort((a, b) => a.day - b.day).slice(-sourceDaysKept);
}

const addDay = (known: StreamDay | undefined, brought: StreamDay): StreamDay =>
  known === undefined
    ? brought
    : {
        day: brought.day,
        accepted: known.accepted + brought.accepted,
        rejected: known.rejected + brought.rejected,
        ...failedOf(known, brought),
        watermarkMs: Math.max(known.watermarkMs, brought.watermarkMs),
        ...leastDelay(known, brought),
      };

function failedOf(a: StreamDay, b: StreamDay): Pick<StreamDay, "failed"> {
  const failed = (a.failed ?? 0) + (b.failed ?? 0);
  return failed > 0 ? { failed } : {};
}

function leastDelay(a: StreamDay, b: StreamDay): Pick<StreamDay, "delayMinMs"> {
  const delayMinMs = Math.min(a.delayMinMs ?? Infinity, b.delayMinMs ?? Infinity);
  return delayMinMs === Infinity ? {} : { delayMinMs };
}
