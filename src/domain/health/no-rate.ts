import type { NoRate } from "../money/convert.ts";
import { isoTime, startOfDay } from "../time.ts";

/** Why a figure of several currencies has no value. */
export const noRateWords = ({ currency, day }: NoRate): string =>
  `No rate of ${currency} is known for ${isoTime(startOfDay(day)).slice(0, 10)}, so its amounts cannot be compared.`;
