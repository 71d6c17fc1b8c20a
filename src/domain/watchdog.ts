/** The last time that an account shard's alarm was found to be overdue: `at` by the product's clock, `overdueMs` of wall time. */
export type OverdueAlarm = { readonly shard: string; readonly at: number; readonly overdueMs: number };
/** The last time that an account shard's storage was found to be larger than it should be. */
export type FullShard = { readonly shard: string; readonly at: number; readonly bytes: number };
