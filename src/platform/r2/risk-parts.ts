import { z } from "zod";
import { riskPartsKeptMs } from "../../domain/limits.ts";
import { AccountHistorySchema } from "../../domain/risk/history.ts";
import type { RiskParts } from "../../reports/ports.ts";

const PartSchema = z.object({
  layout: z.literal(1),
  accounts: z.number(),
  withoutSubscription: z.number(),
  histories: z.array(AccountHistorySchema),
});

const ROOT = "risk/";

/** What the monthly job has read, in R2 while it is under way: `risk/2026-10/0.json`. */
export function riskParts(bucket: R2Bucket, wallNow: () => number): RiskParts {
  const keyOf = (period: string, part: number): string => `${ROOT}${period}/${part}.json`;
  return {
    async put(period, part, read) {
      await bucket.put(keyOf(period, part), JSON.stringify({ layout: 1, ...read }));
    },
    async get(period, part) {
      const found = await bucket.get(keyOf(period, part));
      if (found === null) throw new Error(`part ${part} of ${period} is not there`);
      return PartSchema.parse(JSON.parse(await found.text()));
    },
    remove: (period) => removeAll(bucket, `${ROOT}${period}/`, () => true),
    removeForgotten: () => removeAll(bucket, ROOT, ({ uploaded }) => wallNow() - uploaded.getTime() > riskPartsKeptMs),
  };
}

/** A page of keys at a time, as many as one call deletes. */
async function removeAll(bucket: R2Bucket, prefix: string, isUnwanted: (object: R2Object) => boolean): Promise<void> {
  for (let cursor: string | undefined; ;) {
    const page = await bucket.list({ prefix, ...(cursor === undefined ? {} : { cursor }) });
    const keys = page.objects.filter(isUnwanted).map(({ key }) => key);
    if (keys.length > 0) await bucket.delete(keys);
    if (!page.truncated) return;
    cursor = page.cursor;
  }
}
