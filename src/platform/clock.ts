/**
 * The product's clock. In production it is the wall clock; rehearsals start it elsewhere and let it run faster or stand still.
 * Only this file reads `Date.now()`.
 */
export type Clock = {
  /** Product time, epoch ms. */
  now(): number;
  /** Wall time at which the product clock will show `productMs`, for alarms. With a standing clock: one minute from now, to look again. */
  wallTimeOf(productMs: number): number;
};

/** Wall time, epoch ms: for retries and alarms, which a rehearsal's clock must neither stop nor hurry. */
export const wallNow = (): number => Date.now();

type ClockSetting = { readonly productMs: number; readonly wallMs: number; readonly rate: number };

const STANDING_CLOCK_RECHECK_MS = 60_000;

export function clockFrom(setting: string | undefined): Clock {
  if (setting === undefined || setting === "") return { now: () => Date.now(), wallTimeOf: (productMs) => productMs };
  const { productMs, wallMs, rate } = JSON.parse(setting) as ClockSetting;
  return {
    now: () => Math.floor(productMs + (Date.now() - wallMs) * rate),
    wallTimeOf: (target) => (rate === 0 ? Date.now() + STANDING_CLOCK_RECHECK_MS : Math.ceil(wallMs + (target - productMs) / rate)),
  };
}
