import type { ComponentChildren } from "preact";
import type { Band } from "../api-types.ts";
import { useNow } from "../clock.ts";
import { agoText, exactTimeText, pointsText, scoreText, unknownText } from "../format.ts";
import { bandWords } from "../words.ts";
import { Icon, type IconName } from "./icons.tsx";

/** A band always bears colour, icon and word. */
export function BandBadge({ band }: { band: Band }) {
  return (
    <span class={`badge band-${band}`}>
      <Icon name={band} />
      {bandWords[band]}
    </span>
  );
}

/** From one band to another; one that stays is told once. */
export const BandMove = ({ from, to }: { from: Band; to: Band }) => (
  <>
    {from === to ? null : (
      <>
        <BandBadge band={from} /> <span aria-hidden="true">→</span>
        <span class="unseen"> to </span>{" "}
      </>
    )}
    <BandBadge band={to} />
  </>
);

export type Tone = "good" | "warn" | "bad" | "none";
const toneIcons: Readonly<Record<Tone, IconName>> = { good: "healthy", warn: "late", bad: "alert", none: "not_enough_data" };
/** A state that is not a band: source, delivery, connection. */
export function StateBadge({ tone, icon, children, title }: { tone: Tone; icon?: IconName; children: ComponentChildren; title?: string }) {
  return (
    <span class={`badge tone-${tone}`} title={title}>
      <Icon name={icon ?? toneIcons[tone]} />
      {children}
    </span>
  );
}

/** How old something is; the exact time with its zone on hover. */
export function Age({ at, never = unknownText }: { at: string | null; never?: string }) {
  const now = useNow();
  if (at === null) return <span class="quiet">{never}</span>;
  const time = Date.parse(at);
  return (
    <time dateTime={at} title={exactTimeText(time)}>
      {agoText(time, now)}
    </time>
  );
}

/** A difference in points: sign, arrow and digits; colour only doubles what the sign says. */
export function Points({ value, digits = 1, unit = false }: { value: number | null; digits?: number; unit?: boolean }) {
  const text = pointsText(value, digits);
  const tone = value === null || !/[1-9]/.test(text) ? "flat" : value > 0 ? "up" : "down";
  return (
    <span class={`points points-${tone}`} title={value === null ? undefined : `${value} points`}>
      {text}
      {unit && value !== null ? " points" : ""}
    </span>
  );
}

export function Score({ value }: { value: number | null }) {
  return <span title={value === null ? "No score: nothing is measured yet" : `${value} of 100`}>{scoreText(value)}</span>;
}

const width = 96;
const height = 22;
const inset = 3;
/** The least range that a line spans, so that noise of half a point does not look like a cliff. */
const spanMin = 20;

/** Daily scores as a line; days without a score are gaps. The words of the label carry the same figures. */
export function Sparkline({ days, band }: { days: readonly (number | null)[]; band: Band }) {
  const known = days.filter((score) => score !== null);
  const last = known.at(-1);
  const first = known[0];
  if (first === undefined || last === undefined) return <span class="quiet">No history yet</span>;
  const low = Math.min(...known);
  const high = Math.max(...known);
  const middle = (low + high) / 2;
  const span = Math.max(spanMin, high - low);
  const bottom = Math.min(Math.max(0, middle - span / 2), 100 - span);
  const x = (index: number): number => inset + (index / Math.max(1, days.length - 1)) * (width - 2 * inset);
  const y = (score: number): number => height - inset - ((score - bottom) / span) * (height - 2 * inset);
  let path = "";
  let pen = false;
  days.forEach((score, index) => {
    if (score !== null) path += `${pen ? "L" : "M"}${x(index).toFixed(1)} ${y(score).toFixed(1)}`;
    pen = score !== null;
  });
  const label = `Score over ${days.length} days: from ${scoreText(first)} to ${scoreText(last)}, lowest ${scoreText(low)}, highest ${scoreText(high)}`;
  return (
    <svg class="spark" viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="img" aria-label={label}>
      <title>{label}</title>
      <path d={path} />
      <circle class={`fill-${band}`} cx={x(days.findLastIndex((score) => score !== null))} cy={y(last)} r="2.2" />
    </svg>
  );
}
