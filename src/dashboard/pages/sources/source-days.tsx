import type { SourceDay, SourceDayStatus } from "../../api-types.ts";
import { countText, dateOnlyText, plural } from "../../format.ts";

const words: Readonly<Record<SourceDayStatus, string>> = {
  complete: "everything that was sent came in",
  partial: "some was refused or could not be used",
  down: "nothing was let in",
  none: "nothing was sent",
};

/** Shape and colour both tell: full, half, crossed, hollow. */
const shapes: Readonly<Record<SourceDayStatus, string>> = {
  complete: "M1.5 1.5h9v9h-9z",
  partial: "M1.5 6h9v4.5h-9z",
  down: "M2.5 2.5l7 7M9.5 2.5l-7 7",
  none: "",
};

/** The hour of an instant in UTC, as the day is one of UTC. */
const hourText = (at: string): string => new Date(at).toISOString().slice(11, 16);

/** One day in a sentence: what came, what did not, and when the door refused. */
export function dayText(day: SourceDay): string {
  const gaps = day.gaps.map((gap) => `${hourText(gap.from)} to ${hourText(gap.to)}`);
  const parts = [
    plural(day.events, "event"),
    day.rejected === 0 ? "" : `${countText(day.rejected)} not valid`,
    day.failed === 0 ? "" : `${countText(day.failed)} set aside`,
    day.refused === 0 ? "" : `${plural(day.refused, "request")} refused${gaps.length === 0 ? "" : ` (${gaps.join(", ")} UTC)`}`,
  ];
  return `${dateOnlyText(day.day)}: ${words[day.status]}. ${parts.filter((part) => part !== "").join(", ")}.`;
}

/** The last days of one source as cells, oldest first; each says its day on hover and to a screen reader. */
export function SourceDays({ days }: { days: readonly SourceDay[] }) {
  if (days.length === 0) return <span class="quiet">–</span>;
  return (
    <ol class="days" aria-label={`The last ${days.length} days in UTC`}>
      {days.map((day) => (
        <li key={day.day} title={dayText(day)} class={`day-${day.status}`}>
          <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true" focusable="false">
            <rect x="0.5" y="0.5" width="11" height="11" rx="2" />
            <path d={shapes[day.status]} />
          </svg>
          <span class="unseen">{dayText(day)}</span>
        </li>
      ))}
    </ol>
  );
}
