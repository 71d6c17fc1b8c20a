import { sourceDaysKept } from "../limits.ts";
import { dayOf, HOUR_MS } from "../time.ts";
import type { FaultHour, StreamDay } from "./messages.ts";

/** `gaps`: whole UTC hours in which the door refused; beside these, events may have come all the same. */
export type SourceDay = {
  readonly day: number;
  readonly status: "complete" | "partial" | "down" | "none";
  readonly events: number;
  readonly rejected: number;
  readonly refused: number;
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
  const today = dayOf(now);
  let watermarkMs = 0;
  return Array.from({ length: sourceDaysKept }, (_, index) => {
    const day = today - sourceDaysKept + 1 + index;
    const { accepted: events = 0, rejected = 0, watermarkMs: reached = 0 } = known.get(day) ?? {};
    const hours = faultHours.filter(([hour, refused]) => Math.floor(hour / HOURS_A_DAY) === day && refused > 0);
    const refused = hours.reduce((sum, one) => sum + one[1], 0);
    watermarkMs = Math.max(watermarkMs, reached);
    return { day, status: statusOf({ events, rejected, refused }), events, rejected, refused, watermarkMs, gaps: gapsOf(hours) };
  });
}

function statusOf({ events, rejected, refused }: Pick<SourceDay, "events" | "rejected" | "refused">): SourceDay["status"] {
  if (rejected + refused === 0) return events === 0 ? "none" : "complete";
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
