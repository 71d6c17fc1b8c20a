/** The last time that an account shard's alarm was found to be overdue: `at` by the product's clock, `overdueMs` of wall time. */
export type OverdueAlarm = { readonly shard: string; readonly at: number; readonly overdueMs: number };
