/**
 * Every named bound of the product, in one place. Units are last in a name.
 * A bound that a customer can see is fixed by the public surface (docs/api.md); the others are ours, with the reason beside them.
 */

// ---- Doors (public) ----
export const bodySentBytesMax = 10_000_000;
export const bodyExpandedBytesMax = 32_000_000;
/** After 413 the rest of the body is read and thrown away up to here, so that ordinary clients see the answer. */
export const bodyDrainBytesMax = 64_000_000;
export const eventsPerRequestMax = 10_000;
export const nativeEventBytesMax = 65_536;
export const jsonDepthMax = 32;
export const eventIdCharsMax = 256;
export const eventTypeCharsMax = 128;
export const otherIdCharsMax = 512;
export const eventAgeMaxMs = 800 * 86_400_000;
export const eventAheadMaxMs = 24 * 3_600_000;
export const webhookTimestampToleranceMs = 5 * 60_000;
export const pathCharsMax = 4_096;
export const pageLimitMax = 500;
export const pageLimitDefault = 50;

// ---- Credential cache at the door ----
export const credentialFreshMs = 60_000;
export const credentialStaleMaxMs = 24 * 3_600_000;
export const credentialCacheEntriesMax = 10_000;

// ---- Intake shard ----
export const intakeRowBytesMax = 1_000_000;
export const packGzipBytesMax = 100_000;
/** Events in one pack before compression is even tried; keeps one message's work bounded. */
export const packEventsMax = 2_000;
export const segmentEventsMax = 50_000;
export const segmentsUnsettledMax = 2;
/** The rest after a flush is as long as the flush, capped while fewer than `restCapBelowEvents` wait. */
export const flushRestMaxMs = 250;
export const restCapBelowEvents = 5_000;
export const segmentWindowMaxMs = 5_000;
export const segmentSettleWaitMaxMs = 2_000;
export const packStuckAfterMs = 60_000;
/** Bytes of rows a shard holds before its door answers 503. */
export const intakeHeldBytesMax = 512_000_000;
export const redriveFloorMs = 5_000;
export const redriveCapMs = 60_000;
export const eventTriesMax = 8;
export const archiveEveryMs = 60_000;
export const archiveBytesMax = 4_000_000;
export const deliveryLogPerShardMax = 2_000;
export const intakeShardsMax = 64;

// ---- Consumer ----
export const applyConcurrencyMax = 32;
export const resolutionCacheEntriesMax = 50_000;
export const resolutionCacheMs = 60_000;

// ---- Identity directory ----
export const parkedBytesMax = 256_000_000;
export const parkedAgeMaxMs = 35 * 86_400_000;
export const keysPerEventMax = 16;
export const edgesPerKeyMax = 8;
/** Changes of mind about one key that are remembered for events under way; older ones merge. */
export const keyErasMax = 16;
/** Keys, key sets or events in one call to the directory. */
export const directoryItemsPerCallMax = 5_000;
/** Text of one stored row of parked events: two of them fit a pack uncompressed, so that cutting packs need not split rows. */
export const parkedRowBytesMax = 48_000;
/** Changed keys a reader is told of one by one; beyond, it forgets what it knows. */
export const directoryChangesTold = 1_000;
/** Packs of freed events under way at a time, and calls to accounts that must give back. */
export const directoryPacksUnsettledMax = 32;
export const directoryReleasesAtOnce = 8;

// ---- Account shard ----
export const idRetentionMs = 35 * 86_400_000;
export const fiveMinuteBucketsKeptMs = 2 * 86_400_000;
export const hourBucketsKeptMs = 35 * 86_400_000;
export const dayBucketsKeptMs = 800 * 86_400_000;
export const eventTypesPerAccountMax = 1_000;
export const featuresPerAccountMax = 512;
export const usersPerDayMax = 20_000;
export const ticketsPerAccountMax = 5_000;
export const observationsPerTicketMax = 64;
export const journalAccountBytesMax = 65_536;
export const journalShardBytesMax = 4_000_000;
export const pageCacheBytesMax = 32_000_000;
export const timersPerAlarmMax = 200;
export const scoreDebounceMs = 1_000;
export const scoreDelayMaxMs = 10_000;
export const heldEventsPerAccountMax = 100_000;

// ---- Live ----
export const liveRingMessagesMax = 1_000;
