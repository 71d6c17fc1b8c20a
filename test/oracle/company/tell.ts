import { DAY_MS, HOUR_MS } from "../../../src/domain/time.ts";

/** Where the product's clock stands while the company is told and asked about. */
export const clockText = "2026-11-24T12:00:00Z";
export const clockMs = Date.parse(clockText);

/** Of everything that is told by chance. */
export const chanceSeed = 11;

export type Data = Readonly<Record<string, unknown>>;
/** A native event as it is sent. */
export type Told = {
  readonly id: string;
  readonly type: string;
  readonly time: string;
  readonly account?: Data;
  readonly user?: Data;
  readonly data?: Data;
};

/** An instant so long before the clock, RFC 3339; negative: after it. */
export const ago = (days: number, hours = 0): string => new Date(clockMs - days * DAY_MS - hours * HOUR_MS).toISOString();
export const dateAgo = (days: number): string => ago(days).slice(0, 10);

export type Tell = (type: string, time: string, data?: Data, user?: Data) => Told;
/** Tells events of one account; ids count up, so that the same list is the same events. */
export function teller(prefix: string, account: Data | undefined): Tell {
  let count = 0;
  return (type, time, data = {}, user) => ({
    id: `${prefix}-${count++}`,
    type,
    time,
    ...(account === undefined ? {} : { account }),
    ...(user === undefined ? {} : { user }),
    data,
  });
}
