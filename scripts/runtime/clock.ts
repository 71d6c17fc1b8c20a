import { RuntimeFailure } from "./failure.ts";

/** The product's clock for rehearsals: where it starts and how fast it runs. Null in ordinary runs: the wall clock. */
export type RehearsalClock = { readonly productMs: number; readonly wallMs: number; readonly rate: number };

export const clockRateMax = 100_000;

/** `--clock` and `--clock-rate` as a setting; either may be missing. */
export function rehearsalClock(start: string | undefined, rate: string | undefined, wallMs: number): RehearsalClock | null {
  if (start === undefined && rate === undefined) return null;
  const productMs = start === undefined ? wallMs : Date.parse(start);
  if (Number.isNaN(productMs)) throw new RuntimeFailure(`--clock must be a time such as 2026-11-20T00:00:00Z, not "${start}".`);
  const speed = rate === undefined ? 1 : Number(rate);
  if (!(speed >= 0 && speed <= clockRateMax))
    throw new RuntimeFailure(`--clock-rate must be a number from 0 to ${clockRateMax}, not "${rate}".`);
  return { productMs, wallMs, rate: speed };
}

export const productNow = (clock: RehearsalClock | null, wallMs: number): number =>
  clock === null ? wallMs : Math.floor(clock.productMs + (wallMs - clock.wallMs) * clock.rate);
