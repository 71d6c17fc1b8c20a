/** Lengths of time in ms. Inside the product every instant is epoch ms (UTC); ISO 8601 appears only at the edges. */
export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** UTC day number: whole days since 1970-01-01. */
export const dayOf = (epochMs: number): number => Math.floor(epochMs / DAY_MS);

/** Hour of the UTC day, 0..23. */
export const hourOfDay = (epochMs: number): number => Math.floor((((epochMs % DAY_MS) + DAY_MS) % DAY_MS) / HOUR_MS);

/** Second of the UTC day, 0..86399. */
export const secondOfDay = (epochMs: number): number => Math.floor((((epochMs % DAY_MS) + DAY_MS) % DAY_MS) / SECOND_MS);

/** First instant of a UTC day number, epoch ms. */
export const startOfDay = (day: number): number => day * DAY_MS;

/** An instant as it is written in JSON: RFC 3339, UTC. */
export function isoTime(epochMs: number): string;
export function isoTime(epochMs: number | null): string | null;
export function isoTime(epochMs: number | null): string | null {
  return epochMs === null ? null : new Date(epochMs).toISOString();
}
