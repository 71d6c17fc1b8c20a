import type { Money } from "./api-types.ts";

/** U+2212: as wide as a digit, so that columns of signed numbers stand straight. */
const minus = "−";
const signed = (text: string, value: number): string => (value < 0 ? `${minus}${text}` : value > 0 ? `+${text}` : text);

const decimals = new Map<number, Intl.NumberFormat>();
function fixed(value: number, digits: number): string {
  let format = decimals.get(digits);
  if (format === undefined)
    decimals.set(digits, (format = new Intl.NumberFormat("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits })));
  return format.format(value).replace("-", minus);
}

export const unknownText = "–";

export const scoreText = (score: number | null): string => (score === null ? unknownText : fixed(score, 1));
/** With the digits of the breakdown, so that its sum can be compared. */
export const exactScoreText = (score: number | null): string => (score === null ? unknownText : fixed(score, 2));

/** A difference in points, always with its sign; what rounds to nothing has none. */
export function pointsText(points: number | null, digits = 1): string {
  if (points === null) return unknownText;
  const rounded = Number(points.toFixed(digits));
  return signed(fixed(Math.abs(rounded), digits), rounded);
}

export const countText = (count: number | null): string => (count === null ? unknownText : fixed(count, 0));
export const percentText = (ratio: number | null, digits = 0): string => (ratio === null ? unknownText : `${fixed(ratio * 100, digits)} %`);

const nearEdge = 0.01;
const leastShare = 0.001;
const shareDigits = (share: number): number => ((share > 0 && share < nearEdge) || (share < 1 && share > 1 - nearEdge) ? 1 : 0);

/** A share in whole percent, near its edges to a tenth: few are not none, and most are not all. */
export function shareText(share: number | null): string {
  if (share !== null && share > 0 && share < leastShare) return `< ${percentText(leastShare, 1)}`;
  if (share !== null && share < 1 && share > 1 - leastShare) return `> ${percentText(1 - leastShare, 1)}`;
  return percentText(share, share === null ? 0 : shareDigits(share));
}

/** Where a share lies, with a tenth of a percent where both ends would be the same without. */
export function rangeText({ low, high }: { readonly low: number; readonly high: number }): string {
  const isOne = percentText(low) === percentText(high);
  const text = (share: number): string => percentText(share, isOne && share > 0 && share < 1 ? 1 : shareDigits(share));
  return `${text(low).replace(" %", "")}–${text(high)}`;
}

/** A rate of exchange with as many digits as it was told with. */
const rateFormat = new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 9 });
/** No currency needs more; the platform formats no more than 100. */
const rateDecimalsMax = 20;

/** Rates of one column, each with as many decimals as the one that has the most, so that they stand under each other. */
export function rateTexts(rates: readonly (number | null)[]): string[] {
  const decimalsOf = (rate: number | null): number => (rate === null ? 0 : (rateFormat.format(rate).split(".")[1]?.length ?? 0));
  const most = Math.min(rateDecimalsMax, Math.max(0, ...rates.map(decimalsOf)));
  const format = new Intl.NumberFormat("en-GB", { minimumFractionDigits: most, maximumFractionDigits: most });
  return rates.map((rate) => (rate === null ? unknownText : format.format(rate)));
}

const compact = new Intl.NumberFormat("en-GB", { notation: "compact", maximumFractionDigits: 1 });
export const compactText = (count: number): string => compact.format(count);

/** Minor units to words, by the currency's own number of decimals. `short` drops the cents and shortens thousands. */
export function moneyText(money: Money | null, how: "exact" | "short" = "exact"): string {
  if (money === null) return unknownText;
  try {
    const digits =
      new Intl.NumberFormat("en-GB", { style: "currency", currency: money.currency }).resolvedOptions().maximumFractionDigits ?? 2;
    const options: Intl.NumberFormatOptions = { style: "currency", currency: money.currency };
    const shortened: Intl.NumberFormatOptions = { ...options, notation: "compact", maximumFractionDigits: 1, minimumFractionDigits: 0 };
    return new Intl.NumberFormat("en-GB", how === "short" ? shortened : options).format(money.amount / 10 ** digits);
  } catch {
    // Not a currency that the browser knows: the figure still says what it is.
    return `${countText(money.amount)} ${money.currency} (minor units)`;
  }
}

/** What one of them is called, of units that measures have; another stays as it is written. */
const unitsOfOne: ReadonlyMap<string, string> = new Map(
  Object.entries({
    days: "day",
    steps: "step",
    people: "person",
    points: "point",
    cadences: "cadence",
    users: "user",
    accounts: "account",
    events: "event",
    tickets: "ticket",
  }),
);
const unitOfOne = (unit: string): string =>
  unit.replace(/^(?:weighted )?(\w+)/, (all, noun: string) => all.replace(noun, unitsOfOne.get(noun) ?? noun));

const wholeNumberMin = 100;
/** A measure's value with its unit. Ratios are read as percentages. */
export function valueText(value: number | null, unit: string): string {
  if (value === null) return unknownText;
  if (unit === "ratio" || unit === "%") return percentText(unit === "%" ? value / 100 : value, 1);
  // A natural logarithm of now to before is read as the rise or fall that it means.
  if (unit === "log ratio") {
    const rise = Number(((Math.exp(value) - 1) * 100).toFixed(1));
    return `${signed(fixed(Math.abs(rise), 1), rise)} %`;
  }
  if (unit === "standard deviations") {
    const swings = `${fixed(Math.abs(value), 1)} × usual swing`;
    return Number(value.toFixed(1)) === 0 ? swings : `${swings} ${value > 0 ? "more" : "less"}`;
  }
  const text = Number.isInteger(value) || Math.abs(value) >= wholeNumberMin ? fixed(value, 0) : fixed(value, 2);
  return unit === "" || unit === "1" ? text : `${text} ${value === 1 ? unitOfOne(unit) : unit}`;
}

const sizes = ["B", "KB", "MB"] as const;
export function bytesText(bytes: number): string {
  const step = Math.min(sizes.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${fixed(bytes / 1000 ** step, step === 0 ? 0 : 1)} ${sizes[step] ?? "B"}`;
}

const steps: readonly (readonly [seconds: number, unit: string])[] = [
  [86_400, "d"],
  [3600, "h"],
  [60, "min"],
  [1, "s"],
];
/** `90_000` → `1 min`. The largest unit alone: an age is read at a glance, the exact time is on hover. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  for (const [size, unit] of steps) if (seconds >= size) return `${Math.floor(seconds / size)} ${unit}`;
  return "0 s";
}

const dayMs = 86_400_000;
/**
 * From a day on in days of UTC, as measures count them: "22 days" of a value stands beside "22 d ago" of its last event. Whole days gone by
 * would say one less for most of a day.
 */
export function agoText(at: number, now: number): string {
  const goneMs = now - at;
  if (goneMs < 1500) return goneMs < -60_000 ? `in ${durationText(-goneMs)}` : "now";
  return goneMs < dayMs ? `${durationText(goneMs)} ago` : `${Math.floor(now / dayMs) - Math.floor(at / dayMs)} d ago`;
}

const secondsDigitsFrom = 10_000;
/** `420` → `0.4 s`. */
export const secondsText = (ms: number): string => `${fixed(ms / 1000, ms < secondsDigitsFrom ? 1 : 0)} s`;

/** Instants are told in the zone of whoever looks; pages that show them name it. */
export const zoneName = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;
/** In whose days and times points over time are told. */
export const zoneText = (step: "1h" | "1d"): string =>
  `${step === "1d" ? "Days are those of UTC. Other times" : "Times"} in ${zoneName()}.`;
const exact = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "long" });
const dayAndTime = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const dayUtc = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

export const exactTimeText = (at: number): string => exact.format(at);
export const dayTimeText = (at: number): string => dayAndTime.format(at);
export const clockText = (at: number): string => clock.format(at);
export const dayText = (at: number): string => day.format(at);
/** A date without a time (`2027-03-01`) is the same day in every zone; of an instant it is the day in UTC, as days of figures are. */
export const dateOnlyText = (date: string | null): string =>
  date === null || Number.isNaN(Date.parse(date)) ? (date ?? unknownText) : dayUtc.format(Date.parse(date));

export const plural = (count: number, one: string, many = `${one}s`): string => `${countText(count)} ${count === 1 ? one : many}`;
