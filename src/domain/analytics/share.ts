import { z } from "zod";

/** Null where there is nothing to take a share of. */
export const shareOf = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);

/** How sure a figure is (95 of 100), with people of one account taken to be alike; null where there are too few accounts to say. */
export const intervalSchema = z.object({ low: z.number(), high: z.number() }).nullable();
