import { completenessDaysCounted, completenessPriorEvents, completenessToldFrom, sourceDaysKept } from "../limits.ts";
import { dayOf, HOUR_MS } from "../time.ts";
import type { DayArrivals, StoredStream, StreamDay } from "./stream.ts";
import type { FaultHour } from "./source-fault.ts";

/** What account shards are told of the days of a stream. */
export const toArrivals = (days: readonly StreamDay[]): readonly DayArrivals[] =>
  days.map(({ day, accepted, rejected, failed = 0 }) => [day, accepted + rejected, rejected + failed]);

/** The same days as several shards saw them, each with its part, as one. */
export function mergeArrivals(known: readonly DayArrivals[], part: readonly DayArrivals[]): readonly DayArrivals[] {
  if (known.length === 0) return part;
  const days = new Map(known.map((one) => [one[0], one]));
  for (const [day, came, lost] of part) {
    const [, cameBefore, lostBefore] = days.get(day) ?? [day, 0, 0];
    days.set(day, [day, cameBefore + came, lostBefore + lost]);
  }
  return [...days.values()].sort((a, b) => a[0] - b[0]);
}

/**
 * The completeness of a source for a UTC day: of the events that its streams brought on that day and the one before, the share that can count,
 * 0..1. Two days, so that a young day is not judged by its first events. Null: nothing came, or it is not known any more.
 */
export function completenessOf(streams: Iterable<readonly DayArrivals[]>, day: number): number | null {
  const { came, counted } = arrivedBy(streams, day);
  return came === 0 ? null : counted / came;
}

/**
 * The same, as far as so many events prove it: drawn to 1 as though `completenessPriorEvents` more had come and all counted; 1 where nothing
 * came. What confidence in scores goes by.
 */
export function provenCompleteness(streams: Iterable<readonly DayArrivals[]>, day: number): number {
  const { came, counted } = arrivedBy(streams, day);
  return (counted + completenessPriorEvents) / (came + completenessPriorEvents);
}

function arrivedBy(streams: Iterable<readonly DayArrivals[]>, day: number): { readonly came: number; readonly counted: number } {
  let [came, lost] = [0, 0];
  for (const arrivals of streams)
    for (const one of arrivals) {
      if (one[0] > day || one[0] <= day - completenessDaysCounted) continue;
      came += one[1];
      lost += one[2];
    }
  // Older code told of a letter before it told what had come with it.
  return { came, counted: Math.max(0, came - lost) };
}

/**
 * Notes that the completeness of a stream, today's or yesterday's, is another than was last told, up or down: accounts that bring nothing
 * have to hear of it. One shard knows its own part only, so it goes by the plain share of that: rather once too often. As shares only
 * move by as much when so many more events came, that is a few times for a day and not for each segment.
 *
 * @param now product clock
 */
export function noteCompleteness(stream: StoredStream, now: number): StoredStream {
  const { partial, days = [] } = stream;
  const arrivals = otherCompleteness(toArrivals(days), partial?.arrivals, now);
  if (arrivals === null) return stream;
  // A clock that stands must not hide the second of two.
  return { ...stream, partial: { movedAt: Math.max(now, (partial?.movedAt ?? 0) + 1), arrivals } };
}

/**
 * What has come on the days that count, where the completeness of today's or yesterday's is off by `completenessToldFrom` from what was told then;
 * else null. `told` undefined: that it was whole.
 */
export function otherCompleteness(
  arrivals: readonly DayArrivals[],
  told: readonly DayArrivals[] | undefined,
  now: number,
): readonly DayArrivals[] | null {
  const today = dayOf(now);
  if (told === undefined && !arrivals.some(([day, , lost]) => lost > 0 && day >= today - completenessDaysCounted)) return null;
  const recent = arrivals.filter(([day]) => day >= today - completenessDaysCounted);
  const share = (of: readonly DayArrivals[], day: number): number => completenessOf([of], day) ?? 1;
  const differs = (day: number): boolean => Math.abs(share(recent, day) - share(told ?? [], day)) >= completenessToldFrom;
  return differs(today) || differs(today - 1) ? recent : null;
}

/** `gaps`: whole UTC hours in which the door refused; beside these, events may have come all the same. */
export type SourceDay = {
  readonly day: number;
  readonly status: "complete" | "partial" | "down" | "none";
  readonly events: number;
  readonly rejected: number;
  /** Quarantined or dead, of `events`. */
  readonly failed: number;
  readonly refused: number;
  /** For this day and the one before (`completenessOf`). */
  readonly completeness: number | null;
  /** How far the stream had come by the end of the day, as far as these days tell; 0 where they do not. */
  readonly watermarkMs: number;
  readonly gaps: readonly { readonly from: number; readonly to: number; readonly refused: number }[];
};

const HOURS_A_DAY = 24;

/**
 * The last `sourceDaysKept` UTC days of receipt, oldest first, from what is really known: what came, what of it was not valid, what the
 * door refused. docs/design/doors.md says what that proves and what it cannot.
 */
export function completenessDays(days: readonly StreamDay[], faultHours: readonly FaultHour[], now: number): SourceDay[] {
  const known = new Map(days.map((day) => [day.day, day]));
  const arrivals = toArrivals(days);
  const today = dayOf(now);
  let watermarkMs = 0;
  return Array.from({ length: sourceDaysKept }, (_, index) => {
    const day = today - sourceDaysKept + 1 + index;
    const { accepted: events = 0, rejected = 0, failed = 0, watermarkMs: reached = 0 } = known.get(day) ?? {};
    const hours = faultHours.filter(([hour, refused]) => Math.floor(hour / HOURS_A_DAY) === day && refused > 0);
    const refused = hours.reduce((sum, one) => sum + one[1], 0);
    watermarkMs = Math.max(watermarkMs, reached);
    return {
      day,
      status: statusOf({ events, rejected, failed, refused }),
      events,
      rejected,
      failed,
      refused,
      completeness: completenessOf([arrivals], day),
      watermarkMs,
      gaps: gapsOf(hours),
    };
  });
}

function statusOf({
  events,
  rejected,
  failed,
  refused,
}: Pick<SourceDay, "events" | "rejected" | "failed" | "refused">): SourceDay["status"] {
  if (rejected + failed + refused === 0) return events === 0 ? "none" : "complete";
  return events + rejected === 0 ? "down" : "partial";
}

/** Hours one after the other are one gap. */
function gapsOf(hours: readonly FaultHour[]): { from: number; to: number; refused: number }[] {
  const gaps: { from: number; to: number; refused: number }[] = [];
  for (const [hour, refused] of hours) {
    const from = hour * HOUR_MS;
    const last = gaps.at(-1);
    if (last !== undefined && last.to === from) gaps[gaps.length - 1] = { ...last, to: from + HOUR_MS, refused: last.refused + refused };
    else gaps.push({ from, to: from + HOUR_MS, refused });
  }
  return gaps;
}
