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
/** What a whole body may hold before it is parsed, so that parsing cannot fill the isolate; far above 10,000 real events. */
export const jsonParseDepthMax = 20_000;
export const jsonContainersMax = 1_000_000;
export const jsonValuesMax = 4_000_000;
export const eventIdCharsMax = 256;
export const eventTypeCharsMax = 128;
export const otherIdCharsMax = 512;
export const eventAgeMaxMs = 800 * 86_400_000;
export const eventAheadMaxMs = 24 * 3_600_000;
/** The greatest instant that can be written as a date (ECMAScript, 21.4.1.1). */
export const instantMaxMs = 8.64e15;
/** Of a subscription: intervals that one price is for. */
export const intervalCountMax = 1_000;
/** Greatest quantity that an event may tell, of seats or of what is bought and used. */
export const quantityMax = 1e12;
export const webhookTimestampToleranceMs = 5 * 60_000;
export const pathCharsMax = 4_096;
export const pageLimitMax = 500;
export const pageLimitDefault = 50;

// ---- Credential cache at the door ----
export const credentialFreshMs = 60_000;
/** The API asks more often than the doors: it reads the database anyway, and a person who revokes a token expects it to be over. */
export const apiCredentialFreshMs = 5_000;
export const credentialStaleMaxMs = 24 * 3_600_000;
export const credentialCacheEntriesMax = 10_000;
/** A database that does not answer in this time counts as down: the sender's own patience is 10 s and more. */
export const credentialReadWaitMs = 2_000;
/** By then nobody takes for good any more what has been revoked or signed out of: the oldest answer that counts, and who was asking for it still. */
export const credentialEndKnownMs = apiCredentialFreshMs + credentialReadWaitMs + 1_000;
/** After a failure the database is left alone for so long by every request that has an old copy: it may hang, and each would wait for it. */
export const credentialRestMs = 5_000;
export const topologyFreshMs = 60_000;
/** An append that takes longer counts as failed, and the other shard is tried. */
export const appendWaitMs = 5_000;
/** What a door asks a sender to wait when no shard could be reached. */
export const appendRetryAfterMs = 2_000;

/** What a door refuses is counted in memory and written this often at most, for each connection and isolate. */
export const refusalsWriteEveryMs = 20_000;
/** Connections whose refusals one isolate counts at a time. */
export const refusalsCountedMax = 1_000;

// ---- Cloudflare Access ----
/** Keys of a team: rotated every six weeks with both valid for a week, so ten minutes are young. */
export const accessKeysFreshMs = 600_000;
/** A JWT by an unknown key makes the keys be fetched again, at most this often. */
export const accessKeysRestMs = 30_000;
export const accessKeysWaitMs = 3_000;
export const accessClockToleranceSeconds = 60;
export const accessJwtCharsMax = 16_384;

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
/** The last deliveries that lists look through, and those that are still told one by one: some 9 MB, and 10 ms to look through. */
export const deliveryLogPerShardMax = 2_000;
export const deliveryLogKeptMax = 20_000;
export const intakeShardsMax = 64;
/** Characters of one pack before compression: bounds the memory of cutting. */
export const packTextCharsMax = 1_000_000;
/** One `sendBatch` call of a queue: messages, and bytes with room for some 100 bytes of metadata each. */
export const queueBatchMessagesMax = 100;
export const queueBatchBytesMax = 256_000;
export const queueMessageOverheadBytes = 200;
/** A call that has not answered by then counts as failed and is made again; what it did after all is done twice. */
export const queueSendTimeoutMs = 5_000;
export const archivePutTimeoutMs = 30_000;
/** Retry of a failed archive put or dead-letter copy: doubled each time between these. */
export const intakeRetryFloorMs = 1_000;
export const intakeRetryCapMs = 60_000;
/** What a full shard asks its sender to wait. */
export const intakeFullRetryAfterMs = 5_000;
/** With a full segment waiting behind unsettled ones, `append` answers this much later at most: senders slow down before anything fills. */
export const appendHoldMaxMs = 2_000;
/** No report for so long while segments are under way, and nobody is held back any more: consumers report many times a second, or not at all. */
export const consumersSilentAfterMs = 2_000;
/** Compressed packs kept in memory for driving again; beyond it a waiting segment is mapped again when its time comes. */
export const packMemoryBytesMax = 24_000_000;
/** Bytes of rows in one segment, and rows looked at when one is closed. */
export const segmentBytesMax = 24_000_000;
export const segmentRowsMax = 10_000;
/** Segments driven again in one go, oldest first. */
export const redriveSegmentsPerRunMax = 50;
export const streamsPerShardMax = 2_000;
/** Days of receipt a stream remembers, and hours in which something of it was refused or failed. */
export const sourceDaysKept = 14;
/** UTC days by which the completeness of a source is judged: the day itself and the one before. */
export const completenessDaysCounted = 2;
/** Events that count as complete beside those that came: a handful of bad ones on a first day says little. As many as the accounts by which anchors of a segment are drawn to those of all. */
export const completenessPriorEvents = 30;
export const faultHoursKept = sourceDaysKept * 24;
export const deliveryAccountsMax = 5;
/** Reasons told of one delivery, and runs of outcomes logged of it: both are few but for a body made to have many. */
export const deliveryReasonsMax = 5;
export const deliveryRunsMax = 500;
/** Dead letters told of one delivery. */
export const deliveryLettersMax = 500;
/** Of a raw body a person is shown so much; what follows is looked through for secrets, which may lie across the cut. */
export const bodyShownBytesMax = 65_536;
export const bodyLookedBeyondBytes = 16_384;
export const deliveryEventsShownMax = 500;
/**
 * Calls that list objects of the archive (1,000 each) and objects read to find one delivery: two hours of its own two shards and all of the
 * hour; in each shard it lies in one object of two or three whose spans hold its time.
 */
export const archiveListCallsMax = 12;
export const archiveObjectsReadMax = 3 * intakeShardsMax;
/** A delivery is committed at most this long after its door has stamped it; doors and shards have different clocks. */
export const commitDelayMaxMs = 120_000;
/** An archive object expanded: a range of 4 MB and the one delivery that crosses the bound, in base64 at worst. */
export const archiveTextBytesMax = 32_000_000;
/** Rows behind the next segment that are read for a list of deliveries. */
export const waitingListedBytesMax = 4_000_000;
/** One row of the delivery log. */
export const deliveryLogRowBytesMax = 1_000_000;
export const reasonDetailCharsMax = 2_000;
/** Replayed and discarded letters kept for looking at; open ones are kept until somebody decides, and count as held bytes. */
export const closedDeadLettersMax = 10_000;
export const deadLetterCopiesPerCallMax = 50;

// ---- Consumer ----
export const applyConcurrencyMax = 32;
export const resolutionCacheEntriesMax = 50_000;
export const resolutionCacheMs = 60_000;
/** How often a batch asks for its keys anew because the directory said that more has changed than it can tell; then its events wait for the next drive. */
export const lookupRoundsMax = 4;
/** A pack expanded: 100 KB of gzip hold at most a thousandfold. */
export const packExpandedBytesMax = 100_000_000;
/** Pairs of person and account that an isolate knows the directory to have been told of, at eight bytes each; a power of two. */
export const observedPairsCacheMax = 2 ** 19;
/** How often a line goes round in one batch when its key moves or its account turns out to be elsewhere; then it waits for the next drive. */
export const resolveRoundsMax = 8;
/** A call to an object that has not answered by then counts as unreachable; the object is then left alone for `objectRestMs`. */
export const directoryTimeoutMs = 5_000;
export const applyTimeoutMs = 10_000;
export const originTimeoutMs = 10_000;
export const objectRestMs = 5_000;
export const objectsRestingMax = 1_024;
/** Text of one call to an object; the platform refuses 32 MiB. */
export const applyCallCharsMax = 8_000_000;
export const parkCallCharsMax = 4_000_000;
export const messageRetryMaxSeconds = 60;

// ---- Identity directory ----
export const parkedBytesMax = 256_000_000;
/** Rounds of giving up the oldest parked events in one call, so that new ones fit. */
export const parkedRoomRoundsMax = 10;
export const parkedAgeMaxMs = 35 * 86_400_000;
export const keysPerEventMax = 16;
export const edgesPerKeyMax = 8;
/** Changes of mind about one key that are remembered for events under way; older ones merge. */
export const keyErasMax = 16;
/** Merges in a chain, which then has one account more: each is a round of the consumer. */
export const mergeDepthMax = 4;
/** Keys, key sets or events in one call to the directory. */
export const directoryItemsPerCallMax = 5_000;
/** Bytes of one value of a statement, rather below the platform's 2 MB. */
export const sqlValueBytesMax = 1_900_000;
/** Text of one stored row of parked events: two of them fit a pack uncompressed, so that cutting packs need not split rows. */
export const parkedRowBytesMax = 48_000;
/** Changed keys a reader is told of one by one; beyond, it forgets what it knows. */
export const directoryChangesTold = 1_000;
/** Packs of freed events under way at a time, and calls to accounts that must give back. */
export const directoryPacksUnsettledMax = 32;
export const directoryReleasesAtOnce = 8;
/** Other keys told of one key for which events wait. */
export const alsoUnderMax = 16;
/** Rows given up or forgotten for age in one transaction. */
export const directoryRowsExpiredAtOnce = 100;
/** After a step of tidying has failed. */
export const tidyRetryMs = 60_000;
/** Open letters of events that nobody claimed: a person looks at some, not at a million. Of what comes beyond, a pointer into the archive is left. */
export const unclaimedLettersMax = 10_000;
/** How long the letter of an event that nobody claimed waits for a person; then a pointer into the archive is left. */
export const unclaimedLetterAgeMaxMs = 90 * 86_400_000;
/** How long a dead letter is kept after it was replayed or discarded, by the time it came; and what is left of events given up for age. */
export const closedDeadLetterAgeMaxMs = 90 * 86_400_000;
export const expiredPointerAgeMaxMs = 400 * 86_400_000;

// ---- Account shard ----
export const idRetentionMs = 35 * 86_400_000;
export const fiveMinuteBucketsKeptMs = 2 * 86_400_000;
export const hourBucketsKeptMs = 35 * 86_400_000;
export const dayBucketsKeptMs = 800 * 86_400_000;
export const eventTypesPerAccountMax = 1_000;
export const featuresPerAccountMax = 512;
/** Features beside these that the account's `coreFeatures` or `entitledFeatures` name when their first use comes. */
export const namedFeaturesPerAccountMax = 256;
export const usersPerDayMax = 20_000;
/** Sessions that closed on one UTC day and are told of in the timeline; and days that one page of it looks through for them. */
export const sessionsToldPerDayMax = 100;
export const timelineSessionDaysMax = 31;
/** Of a day with more people the sessions of so many are kept: 96 stretches each are 1 MB in a page. */
export const sessionUsersPerDayMax = 2_048;
/** Without usage for so long a session is over, if the account's `sessionGapMinutes` says nothing else between the other two. */
export const sessionGapDefaultMs = 30 * 60_000;
export const sessionGapMinMs = 15 * 60_000;
export const sessionGapMaxMs = 4 * 3_600_000;
/** Values a quantile is exact for; beyond, to 1 %. */
export const quantileExactValuesMax = 256;
/** How far behind its source's watermark an event may come before what it changes counts as restated. */
export const allowedLatenessMs = 7 * 86_400_000;
/** The watermark stands so far behind the greatest event time: clocks may be ahead of ours by as much. */
export const watermarkDelayMs = 5 * 60_000;
/** Restatements an account lists, the newest; all are counted. */
export const restatementsPerAccountMax = 200;
/** Late events of an account that come within so long are one backlog: of the first `restatementsPerAccountMax` the figures are looked up. */
export const restatedBacklogMs = 600_000;
export const figuresPerRestatementMax = 20;
/** People-days around the day of a late event that are looked through for it, and people of the days whose session lengths are compared. */
export const restatedPersonDaysMax = 20_000;
export const restatedLengthsPeopleMax = 2_000;
export const ticketsPerAccountMax = 5_000;
export const observationsPerTicketMax = 64;
/** What told of a ticket's public comments: the latest by the vendor's clock are remembered. */
export const commentsSeenPerTicketMax = 64;
/** How far apart two tellings of one comment may lie by the vendor's clock: a trigger fires seconds later, and may name the ticket's last change. */
export const commentTwinMs = 120_000;
export const peoplePerTicketMax = 8;
/** Records of an account beside tickets; the oldest that are done go first. */
export const conversationsPerAccountMax = 2_000;
export const subscriptionsPerAccountMax = 500;
export const invoicesPerAccountMax = 1_000;
export const paymentsPerAccountMax = 1_000;
export const opportunitiesPerAccountMax = 500;
export const goalsPerAccountMax = 500;
export const surveyAnswersPerAccountMax = 1_000;
export const contactsPerAccountMax = 1_000;
export const observationsPerRecordMax = 24;
/** A text in a record; with it a page of records stays below the platform's 2 MB a row. */
export const recordTextCharsMax = 128;
export const recordsPerPage = 16;
/** JSON of the open tasks of an account in lists over accounts, and so in a change. */
export const listedTasksCharsMax = 16_000;
/** Days on which a person was in touch, newest kept: enough for a window of 90 days at any of the last 90. */
export const contactDaysMax = 128;
/** Notes and tasks that people keep about an account. A full list takes no more notes until some are deleted; of tasks the oldest done ones go. */
export const notesPerAccountMax = 500;
export const tasksPerAccountMax = 500;
/** Text of a note in UTF-8; a page of 16 stays below the platform's 2 MB a row however it is escaped. */
export const noteBytesMax = 10_240;
export const taskTitleCharsMax = 200;
export const assigneeCharsMax = 256;
/** Messages and meetings by day: the longest window (90 days, three cadences) at the oldest score that is shown. */
export const engagementKeptMs = 400 * 86_400_000;
export const tellersPerKindMax = 32;
/** A stream that has brought nothing live for so long is shown as one that a person may have to decide about. */
export const streamIdleAfterMs = 7 * 86_400_000;
/** A source that has come as far as this before now is up to date enough to be taken to go on, when it is asked what time will change. */
export const sourceGoesOnMs = 86_400_000;
/** What each kind of event is to be no older than; a source that was silent for longer is back when it speaks again. */
export const kindTargetMs = { usage: 900_000, support: 3_600_000, engagement: 3_600_000, success: 3_600_000, revenue: 3_600_000 } as const;
/** A silence after which what was published may be wrong by as much as is told, where it did not end on a later day than it began. */
export const sourceBackAfterMs = 3 * 3_600_000;
/** An intake shard has account shards told at most so often that a source is back, wall. */
export const sourcesToldRestMs = 10_000;
/** For so long the minute's work tells every account shard that a source is back: one minute may be missed. */
export const sourceBackToldMs = 120_000;
/** A source that is back scores its accounts again at most so often: one that catches up comes back with each segment. */
export const sourceBackRestMs = 300_000;
/** Streams of which an account shard keeps how far it has heard of their movements; of others it is the newest that it has forgotten. */
export const heardStreamsMax = 2_000;
/** A published confidence is right to this. */
export const confidenceToldFrom = 0.05;
/** A stream whose completeness differs by as much from what was last told has moved: half, so that what was published on the way is right to the whole. */
export const completenessToldFrom = confidenceToldFrom / 2;
/** Such a movement scores the accounts of its stream again at most so often. */
export const completenessRestMs = 60_000;
/** Weeks of which the longest pause between events of a kind is kept, and how many must be known before a pause counts as usual. */
export const pauseWeeksKept = 8;
export const pauseWeeksLearnedFrom = 4;
/**
 * Gaps between events of a kind that an intake shard keeps of each week, beside the first, to find those that all shards share. Twice a shorter one
 * is less than the hour for which a kind is vouched for at least.
 */
export const pauseGapsKept = 12;
export const pauseGapKeptFromMs = 1_800_000;
/** A kind that rests for so many times its usual pause has stopped. */
export const pausesUntilStopped = 2;
/**
 * How long a stream that goes on vouches at most for a kind of event of which it brings none, and as long as its usual pause is not known: about
 * as long as a healthy source may have nothing to tell.
 */
export const kindVouchedForMs = {
  usage: 0,
  support: 86_400_000,
  engagement: 7 * 86_400_000,
  success: 35 * 86_400_000,
  revenue: 35 * 86_400_000,
} as const;
export const anchorGroupsPerMeasureMax = 50;
/** Days in which the first value of a customer is looked for, or twice the usual days, where those are more: each of them must be unpacked. */
export const firstValueSearchDaysMin = 180;
export const peopleOfOneEventMax = 50;
export const journalAccountBytesMax = 65_536;
/** An account whose changed pages are larger than a quarter of that has a tail so many times as long as they are. */
export const journalTailPerPagedByte = 4;
/** Days of a group lie in one page up to this size: about five people a day over the group's 128 days. */
export const dayGroupBytesMax = 16_384;
/** A day's page that is longer goes on in a second row: the platform's bound is 2 MB a row, and the fullest day has 2.3 MB. */
export const dayRowBytesMax = 1_500_000;
/** Pages of days that are kept no more, deleted with one write of an account's pages. */
export const oldDayPagesPerWriteMax = 32;
export const journalShardBytesMax = 4_000_000;
export const pageCacheBytesMax = 40_000_000;
export const timersPerAlarmMax = 200;
/** Of a shard in which something is under way: instants are looked for beside what is live. */
export const timersPerBusyAlarmMax = 50;
/** Accounts whose instants are looked for in one go, some milliseconds each, before others get their turn. */
export const timersPerStepMax = 5;
/** What one evaluation of that adds to its rest while scores are under way, over the whole isolate: it takes a tenth of the time or less. */
export const timersRestPerEvaluationMs = 4;
/** An account whose instant could not be looked for is looked at again after so long. */
export const instantAgainMs = 3_600_000;
/** Then accounts that were scored so recently (wall) are left out: those that are busy are likely to be scored again first. */
export const timersBusyRestMs = 30_000;
/** While something is under way, instants that were found are written this often at most, wall: what is missed is looked for again. */
export const timersWriteRestMs = 60_000;
export const scoreDebounceMs = 1_000;
export const scoreDelayMaxMs = 10_000;
/** A change in which nothing shows but figures that every event moves comes to the lists at most so often: each is a billed row. */
export const listsRestMs = 5_000;
export const heldEventsPerAccountMax = 100_000;
/** What one step takes out of an account that gives away its events: lines, their text, and rows looked through for them. */
export const leavingLinesPerStepMax = 5_000;
export const leavingCharsPerStepMax = 1_000_000;
export const leavingRowsPerStepMax = 500;
/** Accounts of a shard of which it is kept in memory what had left before the note that is worked; of another it is made anew. */
export const leavingAccountsKept = 8;
/** Packs of given-back events under way, beyond which no more leave: they are stored twice meanwhile. */
export const leavingPacksUnsettledMax = 256;
/** Work that reads much of the journal looks at so many lines at a time, then the isolate rests for so long (wall). */
export const journalLinesPerTurn = 2_000;
export const journalTurnRestMs = 20;
/** What one step of making an account anew folds, and rows it looks through: an account with no more is made anew at once. */
export const refoldLinesPerStep = 2_000;
export const refoldRowsPerStep = 500;
/** Lines after which what was made of a larger one is stored: a crash costs no more than folding these again. */
export const refoldLinesPerCheckpoint = 50_000;
/** How long (wall) whoever asks for it waits for the end; then it is under way. */
export const refoldWaitMs = 2_000;
/** Keys that are to leave such an account, as text: 2 MB is what one row may have. More are asked for again. */
export const refoldKeysCharsMax = 500_000;
/** After an attempt has failed for another reason than its events, wall. */
export const refoldAgainMs = 10_000;
/** Text of one journal row; UTF-8 needs at most three bytes for a character, and the platform's bound is 2 MB. */
export const journalRowCharsMax = 500_000;
/** Journal rows an account's index page lists. */
export const journalIndexEntriesMax = 256;
/** Ids of an account kept open in memory before they are sealed behind a filter; an account with many ids seals larger sets. */
export const openIdsMin = 4_096;
export const openIdsMax = 65_536;
/** Ids in one page: what a probe that passes the filter has to load. */
export const idsPerPage = 1_024;
/** Pages of sealed ids an account keeps at hand. */
export const idPagesCached = 4;
export const ticketsPerPage = 32;
/** One message of the queue `changes`. */
export const changesMessageBytesMax = 100_000;
/** Accounts scored in one go, before others get their turn. */
export const scoresPerRunMax = 200;
/**
 * What one evaluated instant adds to the rest before the next run anywhere in the isolate. A score costs some 0.1 ms, and the change that
 * follows from it as much again in the queue, the read models and the live feed: together they are bounded to a fifth or so of the time.
 */
export const scoreRestPerEvaluationMs = 1;
/** An isolate whose timers come so late has more to do than it can: what is scored rests so many times as long, and leaves the time to events. */
export const busyTimerLateMs = 100;
export const busyScoreRestFactor = 2;
/**
 * Accounts to which history alone has come are scored within this time, and less densely: it comes in many parts, for many accounts at once,
 * and each would have them read again for their score. A fifth of the time or less is theirs, beside what is live.
 */
export const historyScoreDelayMaxMs = 120_000;
export const historyRestPerEvaluationMs = 4;
export const historyScoresPerRunMax = 25;
/** Days of the line of daily scores that a live change may compute again; beyond, the line waits until the background lane has time. */
export const scoreLineDaysLiveMax = 8;
/** A line of daily scores of which more days than this were evaluated is worth a write when its account leaves memory. */
export const scoreLineKeptFromEvaluations = 8;
/** How long a change that no sink has confirmed waits before it is sent again. */
export const changeRedriveFloorMs = 5_000;
export const changeRedriveCapMs = 60_000;
/** Journal rows read for one page of the timeline; a page may end early, with a cursor. */
export const timelineRowsPerCallMax = 200;
export const eventIdsPerMoveMax = 100;
/** How old the sources' watermarks may be before account shards ask the intake shards again, by the wall's clock and by the product's. */
export const sourceWatermarksFreshMs = 10_000;
/** The least between two questions, however fast the product's clock runs, and how long an answer is waited for. */
export const sourceWatermarksRestMs = 500;
export const sourceWatermarksWaitMs = 1_000;
/** Numbers of changes reserved with one write. */
export const changeNumbersReserved = 4_096;

// ---- Usage analytics ----
/** Days that one question may span: those that days are kept for, and fewer where every event in them has to be read. */
export const analysisDaysMax = 800;
export const analysisEventDaysMax = 366;
/** How long a question waits for all shards, and how long one shard works on its part: what is not there by then is named as missing. */
export const analysisDeadlineMs = 18_000;
export const analysisShardMs = 15_000;
/** So much of that is left for putting the part together and for its way; and of the time of a question about events, so much for finding the accounts. */
export const analysisAnswerMs = 3_000;
export const analysisFindAccountsRatio = 0.5;
/** Lines read before it is foretold how long all of them will take. */
export const analysisForetellLines = 20_000;
/**
 * How long an answer may be given again: one whose time is not over changes with each event, one about a time that ended a day ago only with
 * what comes late. How many are kept, and how much of them.
 */
export const answerFreshMs = 300_000;
export const answerOfPastFreshMs = 3_600_000;
export const answersKeptMax = 200;
export const answersKeptBytesMax = 20_000_000;
export const answerBytesMax = 500_000;
/** Shards asked at a time by one question, and questions under way in one isolate; more are asked to come again. */
export const analysisConcurrencyMax = 8;
export const analysesAtOnceMax = 4;
export const analysisRetryAfterSeconds = 2;
/** Questions that wait for their turn at one shard, which answers one at a time. */
export const analysesWaitingMax = 8;
/** Shards asked by one question; only a deployment with an object for each account has more. */
export const analysisShardsMax = 1_000;
export const analysisShardsNamedMax = 100;
/** Names of shards that one statement reads, and all that are read: whoever asks is told how many were not asked. */
export const shardNamesPerRead = 5_000;
export const shardNamesMax = 100_000;
/** People-days, or pairs of person and feature, that one account may bring to an answer; events, for all accounts of a shard together. */
export const analysisAccountWeightMax = 400_000;
export const analysisTouchesMax = 200_000;
/** Events of one person that are looked at: beyond, it is a program, and must not push everybody else out of the sample. */
export const analysisTouchesPerPersonMax = 5_000;
/** Lines or people looked at before whoever else waits for the shard gets their turn. */
export const analysisRestEvery = 10_000;
export const analysisStepsMax = 10;
export const analysisConditionsPerStepMax = 5;
export const conditionValueCharsMax = 512;
export const attributeNameCharsMax = 128;
/** Conversion windows. */
export const analysisWindowDaysMax = 90;
/** Names of features, paths and groups that one part carries; an answer lists fewer. */
export const analysisNamesMax = 2_000;
export const analysisGroupsMax = 500;
export const analysisGroupsShown = 20;
export const analysisItemsShownMax = 500;
/** Features of an entitlement that nobody used, named in an answer. */
export const analysisUnusedShown = 20;
export const analysisItemsShownDefault = 100;
/** Accounts listed beside an answer about all of them. */
export const analysisAccountsShown = 50;
export const pathDepthMax = 5;
/** Periods of a retention grid or a table of cohorts, and rows of either. */
export const cohortPeriodsMax = 60;
export const cohortRowsMax = 60;
export const experimentVariantsMax = 10;
export const experimentsListedMax = 200;
/** Below so many people, accounts, people who converted and who did not in a variant no difference is called one, and below so many accounts (as if of one size) none has an interval. */
export const experimentPeopleMin = 100;
export const experimentAccountsMin = 20;
export const experimentConversionsMin = 10;
export const clustersMin = 5;
/** The largest difference of a count, each person, that may be asked to matter. */
export const experimentDifferenceMax = 1_000_000;

// ---- Windows ----
/** Sliding windows one event may lie in. */
export const windowsPerEventMax = 1_000;
/** Windows kept by one job over all its keys; an event that needs one more is refused and told. */
export const windowsPerJobMax = 10_000;
/** Firings of one window by one step of the watermark. */
export const windowFiringsPerStepMax = 1_000;

// ---- Calendars ----
export const calendarBlocksPerDayMax = 24;
export const calendarHolidaysMax = 1_000;
/** Time zones kept in memory with their changes. */
export const zonesCachedMax = 512;
/** Instants between which a zone's changes are followed: 1970 to 2100. */
export const zoneKnownFromMs = 0;
export const zoneKnownToMs = 4_102_444_800_000;

// ---- Risk ----
/** Ends of months that the back-test looks at: with the 56 days of a trend they lie within the 800 days that are kept. */
export const riskMonthsMax = 24;
/** What is forecast: a loss within so many days, in periods of 30. */
export const riskHorizonDays = 90;
export const riskPeriodDays = 30;
/** A fall by less is no contraction: amounts that are metered tremble. */
export const contractionShareMin = 0.01;
/** A fall counts when it has lasted so long: a plan is changed by ending one subscription and beginning another. */
export const lossHoldDays = 7;
/** How far back from a loss it is looked for warnings, and how often. */
export const warningDaysMax = 182;
export const warningStepDays = 7;
/** Losses that a segment, or the whole book, must have had before anything is learned from it. */
export const riskLossesMin = 50;
/** Of these, losses that learning must be kept from, so that what was learned can be tested on them. */
export const riskTestLossesMin = 15;
/** Models that are learned one after the other, each tried on the months up to the next. */
export const riskTrialsMax = 4;
/** Other weights are proposed only where they were tried so often at least, and told losses better in such a share of the trials. */
export const weightTrialsMin = 3;
export const weightTrialsWonMin = 2 / 3;
/** A dimension, or a measure, that is measured in a smaller share of the rows is left out. */
export const riskDimensionShareMin = 0.3;
/** Spreads from the mean within which a dimension's score counts: hardly anybody was further out when it was learned what that means. */
export const riskSpreadsMax = 4;
/** Draws by which the interval of a proposed weight is told. */
export const weightDrawsMax = 400;
/** Observed over expected losses outside of these: what was learned does not fit the later months. */
export const riskCalibration = { min: 0.67, max: 1.5 };
/** Rows that one back-test reads; of a greater book a part of the accounts stands for all. With 22 measures each they take half of an isolate's memory. */
export const riskRowsMax = 30_000;
export const riskAccountsPerCallMax = 10;
/** Account shards that one step of the back-test reads, how many of them at a time, and steps. */
export const riskShardsPerStepMax = 32;
export const riskShardsAtOnceMax = 4;
export const riskStepsMax = 1_000;
/** One call for accounts of a shard: each is evaluated at up to 24 instants, and some more for each loss. */
export const riskCallWaitMs = 20_000;
/** Back-tests that are kept. */
export const riskReportsKept = 60;
/** What a run has read of customers is removed by then also where the run was broken off without an end; none is under way as long. */
export const riskPartsKeptMs = 7 * 24 * 60 * 60_000;
export const riskSegmentsMax = 20;
/** Newton steps of a fit, and halvings of one; a fit that has not come to rest by then is refused. */
export const fitStepsMax = 100;
export const fitHalvingsMax = 40;

// ---- Live ----
export const liveRingMessagesMax = 1_000;
/** Bytes of one stored row of the ring; far below the platform's 2 MB. */
export const liveRowBytesMax = 500_000;
export const liveSocketsMax = 5_000;
export const liveStreamsMax = 500;
/** What a slow reader of a stream may leave unread before it is cut off (it resumes by its last id). */
export const liveStreamBacklogBytesMax = 1_000_000;
export const liveStreamHeartbeatMs = 20_000;
/** A restricted token's account ids travel in the socket's attachment, which the platform bounds at 16 KB. */
export const liveAttachmentBytesMax = 12_000;

// ---- Projections ----
/** JSON of one statement's parameter; the platform's bound is 2 MB. */
export const projectionStatementBytesMax = 1_000_000;
export const projectionSinkTimeoutMs = 10_000;
export const confirmConcurrencyMax = 16;
/** One part of the minute job; the next minute tries again. */
export const minuteCallWaitMs = 20_000;
/** Account shards the minute sweep visits, in turn: 256 of them are all seen within 8 minutes, whether or not a list of them can be had. */
export const sweepAccountShardsPerMinuteMax = 32;

/** What the canary measured is kept for a day: one each minute, and room for a clock that runs fast. */
export const canaryKeptMs = 86_400_000;
export const canarySightingsMax = 2_880;
/** An alarm that is overdue by more than this is reported when the minute's sweep finds it; objects under load are some seconds late. */
export const alarmOverdueMs = 120_000;
/** How long it is told of, and of how many shards. */
export const overdueAlarmsKeptMs = 86_400_000;
export const overdueAlarmsShown = 20;
export const fullShardsKeptMs = 86_400_000;
/** An account shard whose storage is larger is reported: an object may have 10 GB, and its journal only grows. */
export const shardBytesWarn = 7e9;
/** How often the record of a day is written anew: one row, and one pass over the accounts. */
export const portfolioRecordMinutes = 15;

// ---- API ----
export const apiBodyBytesMax = 1_000_000;
/** Entries of one list or map in a body: more than any resource takes, and few enough that each may be complained of. */
export const bodyEntriesMax = 10_000;
/** Four calls a row stay below the platform's 10,000 calls a request. */
export const importRowsMax = 2_000;
/** Twice as many as an account has attributes, and its keys beside them. */
export const importColumnsMax = 500;
export const importRejectionsShown = 100;
export const importBodyBytesMax = 5_000_000;
export const resolveKeysMax = 100;
/** Keys of an import that are asked for in one call to the directory. */
export const keysAskedAtOnce = 1_000;
export const sessionMs = 12 * 3_600_000;
/** Sessions of which an isolate remembers whether somebody has signed out. */
export const sessionsRememberedMax = 10_000;
export const idempotencyKeptMs = 24 * 3_600_000;
export const idempotencyKeyCharsMax = 255;
export const apiRequestsPerMinuteMax = 60_000;
export const metricPointsMax = 10_000;
export const historyPointsMax = 1_000;
/** How far back a history goes unless told. */
export const historyDaysDefault = 90;
export const portfolioDaysMax = 800;
/** Lines of daily scores that one statement reads: some 2 MB. */
export const scoreLinesPerRead = 2_000;
/** How long an isolate gives the same answer for days that must be reckoned from all accounts' lines. */
export const reckonedDaysFreshMs = 60_000;
export const domainsPerAccountMax = 100;
export const externalIdsPerAccountMax = 100;
export const attributesPerAccountMax = 200;
/** Values of one attribute that newer ones have replaced, and JSON of all of them in an account: what the past is judged by. */
export const attributePastValuesMax = 16;
export const attributePastCharsMax = 40_000;
/** Overrides, and opinions, that an account remembers; the oldest go first. */
export const verdictsPerAccountMax = 50;
export const overrideReasonCharsMax = 2_000;
export const overrideDefaultMs = 30 * 86_400_000;
export const overrideMs = { min: 60_000, max: 366 * 86_400_000 };
/** A person's opinion says nothing any more after so long. */
export const opinionValidMs = 90 * 86_400_000;
export const attributeBytesMax = 8_192;
/** JSON of a connection's settings: it travels in the head of every delivery of that connection. */
export const connectionSettingsBytesMax = 8_192;
/** The list of an account's domains, or of its ids in one system: 100 of the longest. */
export const keyListCharsMax = 65_536;
/** External ids of an account in lists, and so in a change. */
export const listedIdsCharsMax = 10_000;
/** All attributes and keys of an account, persons' and sources' together, with the ids of the events that told them: three bytes a character still fit into a row of 2 MB. */
export const attributesCharsMax = 600_000;
/** Connections and tokens whose names lists can show; removed connections have as many places of their own. */
export const sendersMax = 500;
export const totalsCacheMs = 1_000;
/** One call of the API to an object or to D1; then the part counts as not reachable. */
export const apiCallWaitMs = 5_000;

// ---- Configuration ----
/** One document as JSON, and all that is active together: it is stored whole in one row of D1 and of each account shard. */
export const configDocumentBytesMax = 100_000;
export const configurationBytesMax = 1_000_000;
export const documentsPerKindMax = 100;
export const noteCharsMax = 2_000;
export const segmentsMax = 100;
/** Scorecards by which an account is judged beside its own: each is one more evaluation with every change of it. */
export const sideScorecardsMax = 3;

/** Publications between two instants at which an account is judged by the rules before and after, to tell what each did: the newest. */
export const ruleTurnsMax = 32;

/** Bands of an account that publications took the place of and that a roll-back finds again: the newest. */
export const bandsSetDownMax = 2;
export const conditionsPerSegmentMax = 20;
export const conditionValuesMax = 100;
/** How long an isolate that consumes events goes without asking which configuration is in force, and how long it waits for an answer. */
export const configVersionFreshMs = 10_000;
export const configReadWaitMs = 2_000;
/** How long a shard that could not get a configuration goes without asking again. */
export const configAskAgainMs = 5_000;
/** Text of the configurations an isolate keeps read: the one in force, and those that past instants are judged by. One at least is kept. */
export const configCacheBytesMax = 4_000_000;
/** Of it, what one look at past instants may take: the one in force stays beside them, whatever its size. */
export const configPastBytesMax = configCacheBytesMax - configurationBytesMax;
/** How long one look may take: a wait for the database, and one for the copies. */
export const configsReadWaitMs = 2 * configReadWaitMs;
/** Configurations asked of the database in one go. */
export const configsPerQueryMax = 8;
/** Publications by people whose time in force is remembered; an older instant is judged by the oldest of them. */
export const configurationsRememberedMax = 400;
/**
 * The same of what jobs publish, each night perhaps: all of more than the 90 days that accounts show, and before them one a week, so that they
 * reach back as far as days are kept.
 */
export const learnedConfigurationsWholeMax = 120;
export const learnedConfigurationsApartMs = 7 * 86_400_000;
export const learnedConfigurationsRememberedMax = 240;
/** Configurations that are looked through for what is remembered, where older code has stored the newest. */
export const configurationsLookedUpMax = 2_000;
/** Account shards told of a new configuration in one go (a publication, then each minute), and how many at a time. */
export const configToldShardsMax = 1_000;
export const configSpreadConcurrencyMax = 8;
/** Accounts scored again for a new configuration in one go, in the background lane. */
export const recomputesPerRunMax = 5;
/** What one evaluated instant of the background lane adds to its rest, over the whole isolate: it takes a tenth of the time or less. */
export const recomputeRestPerEvaluationMs = 2;
/** And each account of it, as its change has to be carried to the lists. */
export const recomputeRestPerAccountMs = 20;
/** How long the background lane of a shard may go without being looked after by its alarm. */
export const recomputeAlarmMs = 10_000;
/** Drafts of segments, calendars and measures in shadow at a time: each is one more evaluation with every change of every account. */
export const shadowDocumentsMax = 5;
/** Documents that one comparison may put in the place of what is in force, all together. */
export const comparedDocumentsMax = 8;
/** Accounts of which a comparison names the ones that move most. */
export const comparisonMoversShown = 20;
/** An expression of a measure: its text, its tree, and the days that one call may read. */
export const expressionCharsMax = 2_000;
export const expressionNodesMax = 100;
export const expressionDepthMax = 20;
export const expressionDaysMax = 366;
/** Days over which one call may go through the sessions of people, and how many calls of an expression may. */
export const expressionSessionDaysMax = 92;
export const expressionSessionCallsMax = 4;
/** Calls of an expression that put together sketches of days: quantiles and distinct values of a field. */
export const expressionSketchCallsMax = 4;
/** Fields of events that all measures together may have counted, and how many of them as sketches; each costs room in every day. */
export const fieldsCountedMax = 64;
export const fieldSketchesMax = 16;
/** Those of older configurations are counted on, for past instants, while there are no more than this. */
export const fieldsKeptMax = 128;
export const fieldNameCharsMax = 128;
/** Names of a path to a field that lies in objects: `properties.cart.total` has three. */
export const fieldPathDepthMax = 5;
/** Numbers beyond it, either way, are not counted: sums stay exact. */
export const fieldNumberMax = 1e12;
/** Different values of a day that are kept one by one; of more there are sketches. */
export const fieldDistinctPerDayMax = 4_096;
/** Different values of a window that are counted one by one, where its days have kept them all. */
export const distinctExactMax = 8_192;
/** Accounts whose past is counted in one pass over the journal: it bounds what is held in memory until they are done. */
export const fieldCountAccountsPerPass = 64;
/** Events of an account that are looked at, the newest first, to try a measure whose fields nobody counts yet. */
export const fieldTrialLinesMax = 100_000;
/** So long (wall) may be read for that, however long it has waited for its turn. */
export const fieldTrialMsMin = 3_000;
/** So long (wall) the fields of the last account are kept that a measure was tried on. */
export const fieldTrialKeptMs = 10_000;
/** A pass that failed is made again after this, wall. */
export const fieldCountAgainMs = 10_000;
/** Where sessions end one after the other, or hours leave windows, an account is scored again for it this often at most. */
export const turnSpacingMs = 2_000;
/** A shard that is told of a configuration answers after this, wall, though it may not be ready for it yet. */
export const configureWaitMs = 500;
/** Faults told of one document. */
/** Events of one request that count for less than their type means, of which its sender is told: in a header, so they are few. */
export const warningsShownMax = 10;
export const faultsShownMax = 100;

// ---- Money ----
/** Days and currencies of the table of rates: the 800 days that figures go back, and as many more as a rate may be old. It stays below 400 kB. */
export const fxDaysMax = 840;
export const fxCurrenciesMax = 60;
/** How old the last rate before a day may be to stand for it: tables that are kept by month are enough. */
export const fxRateAgeDaysMax = 35;
export const fxRate = { min: 1e-9, max: 1e9 };
/** One upload: the whole history of the European Central Bank's file is some 2 MB and 280,000 rates. */
export const fxBodyBytesMax = 5_000_000;
export const fxRowsMax = 10_000;
/** Its file has 42 columns, and no more than `fxCurrenciesMax` currencies are kept. */
export const fxColumnsMax = 100;
export const fxRatesPerUploadMax = 400_000;
/** Tables that are kept beside the one in use, for whoever asks for one that was just replaced. */
export const fxTablesKept = 8;
/** How often a change of what the whole company shares is tried when somebody else publishes at the same time. */
export const companyTriesMax = 3;

// ---- Agreement ----
/** Measures that are named together where no single one leads to the next band: more are no plan. */
export const bandStepsMax = 5;
/** From where on health and what else is known point apart (posthog.com issue 19726 has the pattern). */
export const disagreement = { healthyFrom: 70, forecastArrRatioMax: -0.1, illBelow: 50, opinionMin: 4, rankShareMin: 0.3 } as const;
export const forecastAheadMs = 90 * 86_400_000;

// ---- Parents ----
/** Children whose scores make a parent's roll-up, the greatest ARR first; and how many of those without a part are named. */
export const rollupChildrenMax = 1_000;
export const rollupLeftOutShown = 20;
/** How long a read of one account waits for the lists that know its children; then the last roll-up known here is shown, or that none is. */
export const rollupWaitMs = 1_000;
/** Last roll-ups an isolate keeps. */
export const rollupsCachedMax = 2_000;

// ---- Scorecards ----
/** What a person may publish: far above any use, and far below where sums of numbers lose their digits. Stored documents may have more. */
export const scorecardWeightMax = 1e9;
/** Raw values of anchors either way of zero: amounts may be minor units of a small currency. */
export const anchorValueMax = 1e15;
/** A measure that lost half its weight within a day would be noise. */
export const halfLifeDaysMin = 1;

// ---- Statistics ----
/** Segments with figures of their own; accounts of more count among all. */
export const statisticsSegmentsMax = 100;
/** A segment of a longer name has no figures of its own: it is the account's own word, of any length. */
export const statisticsSegmentCharsMax = 512;
/** Groups (measure, segment, tenure) for which anchors are drawn; with up to 4 kB each they stay within one answer of a step. */
export const statisticsGroupsMax = 150;
export const tenuresPerMeasureMax = 4;
/** Accounts that one call of a shard looks at, and shards of one step, some at a time. */
export const statisticsAccountsPerCallMax = 25;
export const statisticsShardsPerStep = 32;
export const statisticsConcurrencyMax = 4;
/** Statistics that differ by no more than this from those in force are not published: a rate, a share of a median, a share of a measure's span. */
export const statisticsRateTolerance = 0.005;
export const statisticsMedianToleranceRatio = 0.02;
export const statisticsAnchorToleranceRatio = 0.01;

// ---- Jobs ----
/** Missed windows of one kind that are caught up; older ones are given up. */
export const jobCatchUpPeriodsMax = 31;
/** Of these so many are started in one minute. */
export const jobStartsPerMinuteMax = 4;
/** A step of a job: one page of shards, or one write. */
export const jobStepTimeoutMs = 120_000;
export const jobStepRetriesMax = 4;
export const jobStepRetryDelayMs = 5_000;
/** A run that has said nothing for longer than a step can take with all its retries is looked at. Wall time. */
export const jobSilentMs = 20 * 60_000;
/** Runs that are looked at in one minute. */
export const jobWatchedPerMinuteMax = 20;
export const jobErrorCharsMax = 2_000;
/** Runs are kept so long; the newest of each kind always. */
export const jobRunsKeptMs = 400 * 86_400_000;

// ---- Compacted journal and parity ----
/** Folders of the compacted journal, by hash of the account. Part of the keys: never changed. */
export const journalPartitions = 64;
/** Rows of one shard that are compacted at a time; whole, their events have some 8 million characters. One call carries them (32 MiB at most). */
export const journalChunkCharsMax = 3_000_000;
export const journalChunkRowsMax = 20_000;
/** How long a step goes on with the next piece of work, wall time; one piece more may be under way. */
export const archiveStepMs = 20_000;
/** Steps of one run, of the compaction and of the check each: some 5 hours. */
export const archiveStepsMax = 1_000;
/** One call to a shard, or one object of the bucket. */
export const archiveCallWaitMs = 30_000;
/** Accounts that one call of a shard gives to the check, and bytes of pages and lines after which it gives no more. */
export const parityAccountsPerCallMax = 25;
export const parityCallBytesMax = 4_000_000;
/**
 * An account with more, in pages and the lines behind them or behind the archive, does not fit with its neighbours into one call (32 MiB) and the
 * memory of its check: of its days so much is compared each time that it is its turn. One with more in other pages or in lines is not compared.
 * The same goes for lines in more rows of the journal, which take a second or two to read.
 */
export const parityAccountBytesMax = 16_000_000;
export const parityDaysBytesMax = 6_000_000;
/** Lines of an account that are folded in one go; one with more is not compared. Some 15 s. */
export const parityAccountLinesMax = 3_000_000;
export const parityTailRowsMax = 20_000;
/** What a line behind them has beside its text: row, edge, marks and their names. */
export const parityTailLineBytes = 100;
/** Ids of an account, sealed ones included, that the check looks at: 20 bytes each are read. */
export const parityIdsMax = 250_000;
/** Ranges of journals found to be lost that one run tells of. */
export const parityLostRangesMax = 1_000;
/** Each account is recomputed from its first line once in so many nights. */
export const parityNightsPerRound = 30;
/** Lines folded by one run; accounts that would need more wait for the next, and are counted. */
export const parityLinesMax = 20_000_000;
/** Objects of the archive read at a time for one account. */
export const parityReadsAtOnceMax = 4;
/** Differences that a report lists; all are counted. */
export const parityDifferencesShown = 200;
export const parityDifferencesPerAccount = 20;
/** Lines of a sampled account whose delivery is looked for in the raw archive, and how old a line must be: by then it is there. */
export const parityDeliveriesPerAccount = 5;
export const parityDeliveryAgeMinMs = 15 * 60_000;
export const parityReportsKept = 400;
/** One checkpoint, and one account's lines in one object, expanded. */
export const archivedTextBytesMax = 64_000_000;
/** The index of an object is read together with its last bytes. */
export const archivedIndexBytes = 65_536;
/** Objects of the raw archive that one run removes for age, and one step: a page of a listing, which one call deletes. */
export const archiveRemovalsPerRunMax = 50_000;
export const archiveRemovalsPerStepMax = 1_000;
/** Days that raw deliveries are kept where the settings say nothing: as long as an event's time may lie back. */
export const archiveDaysDefault = 800;
