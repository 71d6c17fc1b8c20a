/** The JSON of the API (docs/api.md), as the pages read it. Times are RFC 3339 in UTC, money is in minor units, scores are 0..100. */
import type { AccountRow, Money } from "../domain/account-row.ts";
import type { Risk90 } from "../domain/risk/model.ts";
import type { RiskReport } from "../domain/risk/report.ts";
import type { Share } from "../domain/risk/skill.ts";
import type { JobStatus } from "../domain/jobs/job.ts";
import type { Band, HealthMove, MeasureStatus } from "../domain/health/document.ts";
import type { NextBand } from "../domain/health/next-band.ts";
import type { ConfigKind, ConfigStatus } from "../domain/config/document.ts";
import type { Fault } from "../domain/config/fault.ts";
import type { Scorecard } from "../domain/config/scorecard.ts";
import type { SegmentsDocument } from "../domain/config/segments.ts";
import type { OutcomeCounts } from "../domain/outcome.ts";
import type { TicketPriority, TicketStatus, TicketTransition } from "../domain/account/state.ts";

export type { AccountRow, Band, ConfigKind, Fault, HealthMove, Money, NextBand, SegmentsDocument };

export type Page<Item> = { readonly items: readonly Item[]; readonly nextCursor: string | null };

export type Scope = "ingest" | "read" | "write" | "admin";
export type Session = {
  readonly tokenId: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly accountIds: readonly string[] | null;
  readonly expiresAt: string | null;
};

export type Portfolio = {
  readonly accounts: number;
  readonly scored: number;
  readonly averageScore: number | null;
  readonly averageScoreDayAgo: number | null;
  readonly bands: readonly { readonly band: Band; readonly accounts: number; readonly arr: readonly Money[] }[];
  readonly segments: readonly { readonly segment: string | null; readonly accounts: number }[];
  readonly owners: readonly { readonly owner: string | null; readonly accounts: number }[];
  readonly risen: number;
  readonly fallen: number;
  readonly setAside: number;
  readonly asOf: string;
};

export type PortfolioDay = {
  /** UTC day, `2026-11-25`. */
  readonly day: string;
  readonly accounts: number;
  readonly scored: number;
  readonly averageScore: number | null;
  readonly bands: Portfolio["bands"];
  /** Nobody recorded it then: it comes from the lines of daily scores, with the accounts and the ARR of today. */
  readonly reckoned: boolean;
  readonly takenAt: string | null;
};
export type PortfolioHistory = {
  readonly from: string;
  readonly to: string;
  readonly days: readonly PortfolioDay[];
  readonly asOf: string;
};

export type AccountsPage = Page<AccountRow> & { readonly total: number; readonly asOf: string };

export type Attribute = { readonly value: unknown; readonly source: string; readonly asOf: string };
export type Account = {
  readonly id: string;
  readonly name: string | null;
  readonly domains: readonly string[];
  readonly externalIds: Readonly<Record<string, readonly string[]>>;
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly parentId: string | null;
  readonly events: number;
  readonly firstEventAt: string | null;
  readonly lastEventAt: string | null;
  readonly lastReceivedAt: string | null;
  readonly score: number | null;
  readonly computedScore: number | null;
  readonly band: Band;
  readonly confidence: number;
  readonly scoreDayAgo: number | null;
  readonly change: number | null;
  readonly moves: readonly HealthMove[];
  readonly setAside: { readonly since: string; readonly reason: string; readonly heldEvents: number } | null;
  readonly asOf: string;
  readonly configVersion: string;
};

export type Measure = {
  readonly key: string;
  readonly title: string;
  readonly value: number | null;
  readonly unit: string;
  readonly score: number | null;
  readonly weight: number;
  readonly effectiveWeight: number;
  readonly contribution: number;
  readonly possible: number;
  readonly asOf: string | null;
  /** What it looks back on, half-open; null where it looks at how things stand. */
  readonly window: { readonly from: string; readonly to: string } | null;
  readonly freshness: number;
  readonly status: MeasureStatus;
  readonly note?: string;
  /** What other accounts gave that it was judged by. */
  readonly fromOthers?: {
    readonly figure?: { readonly setting: string; readonly value: number; readonly segment: string | null; readonly accounts: number };
    readonly anchors?: { readonly segment: string | null; readonly accounts: number };
  };
};
export type Dimension = {
  readonly key: string;
  readonly title: string;
  readonly weight: number;
  readonly score: number | null;
  /** Points that its measures brought, and points that they could have brought beside these. */
  readonly gained: number;
  readonly couldHaveGained: number;
  readonly measures: readonly Measure[];
};
export type Verdict = {
  readonly value: number;
  readonly reason: string | null;
  readonly author: string;
  readonly at: string;
  readonly expiresAt: string;
};
export type Health = {
  readonly score: number | null;
  readonly computedScore: number | null;
  readonly scoreBeforeCaps: number | null;
  readonly band: Band;
  readonly confidence: number;
  readonly dimensions: readonly Dimension[];
  readonly caps: readonly { readonly key: string; readonly title: string; readonly max: number }[];
  readonly flags: readonly { readonly key: string; readonly title: string; readonly since: string | null }[];
  readonly override: Verdict | null;
  readonly opinion: Verdict | null;
  readonly asOf: string;
  readonly watermarks: Readonly<Record<string, string | null>>;
  readonly scorecard: string;
  readonly configVersion: string;
};

/** As it is read for itself; the documents of a comparison come without. */
export type { Risk90, RiskReport, Share };
/** The monthly back-test: the newest, or that of a month, and the month of the model that is in force. */
export type Risk = { readonly inForce: string | null; readonly periods: readonly string[]; readonly report: RiskReport | null };
export type JobRun = { readonly status: JobStatus; readonly error: string | null };
export type HealthReading = Health & {
  readonly nextBand: NextBand | null;
  /** The band that the score alone would have, while steadiness holds another, and when it follows. */
  readonly waitingBand: { readonly band: Band; readonly at: string } | null;
  readonly risk90: Risk90 | null;
  readonly agreement: Agreement | null;
  readonly rollup: Rollup | null;
};

/** Where health and what else is known point apart; `forecastArrRatio` is ARR in 90 days against now, less one. */
export type Agreement = { readonly forecastArrRatio: number | null; readonly disagreements: readonly ("forecast" | "opinion")[] };
type Named = { readonly id: string; readonly name: string | null };
/** What its children make of an account; `accounts` null: nobody can say at the moment. */
export type Rollup = {
  readonly status: "known" | "last_known" | "unknown";
  readonly score: number | null;
  readonly accounts: number | null;
  readonly weighed: number;
  readonly currency: string | null;
  readonly worst: (Named & { readonly score: number }) | null;
  readonly leftOutAccounts: number;
  readonly leftOut: readonly (Named & { readonly why: "no_score" | "no_arr" | "other_currency" })[];
  readonly asOf: string | null;
};
export type Child = Named & { readonly score: number | null; readonly band: Band; readonly arr: Money | null };

export type HistoryPoint = {
  readonly at: string;
  readonly score: number | null;
  readonly band: Band;
  readonly confidence: number;
  /** By which scorecard and configuration it was judged then. */
  readonly scorecard: string;
  readonly configVersion: string;
};
export type HealthHistory = {
  readonly from: string;
  readonly to: string;
  readonly step: "1h" | "1d";
  readonly points: readonly HistoryPoint[];
};
export type MeasurePoint = {
  readonly at: string;
  readonly value: number | null;
  readonly score: number | null;
  readonly effectiveWeight: number;
  readonly contribution: number;
  readonly freshness: number;
  readonly asOf: string | null;
  /** What it looked back on, half-open; null where it looks at how things stand. */
  readonly window: { readonly from: string; readonly to: string } | null;
  readonly status: MeasureStatus;
  readonly note?: string;
  readonly configVersion: string;
};
export type MeasureHistory = {
  readonly key: string;
  readonly title: string;
  readonly unit: string;
  readonly from: string;
  readonly to: string;
  readonly step: "1h" | "1d";
  readonly points: readonly MeasurePoint[];
};
export type HealthChanges = {
  readonly from: Health;
  readonly to: Health;
  readonly difference: number | null;
  readonly moves: readonly (HealthMove & { readonly eventIds: readonly string[]; readonly eventsTotal: number | null })[];
};

export type MetricSeries = {
  readonly metric: string;
  readonly unit: string;
  readonly points: readonly { readonly from: string; readonly to: string; readonly value: number | null }[];
  readonly asOf: string;
};

export type Ticket = {
  readonly ticketId: string;
  readonly connectionId: string;
  readonly subject: string | null;
  readonly status: TicketStatus | null;
  readonly open: boolean;
  readonly priority: TicketPriority | null;
  readonly createdAt: string | null;
  readonly updatedAt: string;
  readonly transitions: readonly { readonly at: string; readonly kind: TicketTransition["kind"] }[];
  readonly rating: { readonly score: "good" | "bad"; readonly at: string } | null;
  readonly publicComments: number;
};

/** Minor units; the currency is null where no source told it. */
export type RecordAmount = { readonly amount: number; readonly currency: string | null } | null;
type VendorRecord = {
  readonly connectionId: string;
  /** In the vendor's own words. */
  readonly status: string | null;
  readonly createdAt: string | null;
  readonly updatedAt: string;
};
export type Subscription = VendorRecord & {
  readonly subscriptionId: string;
  readonly plan: string | null;
  readonly quantity: number | null;
  readonly amount: RecordAmount;
  readonly interval: string;
  readonly intervalCount: number;
  readonly startedAt: string | null;
  readonly endsAt: string | null;
  readonly committed: number | null;
  readonly consumed: number | null;
};
export type Invoice = VendorRecord & {
  readonly invoiceId: string;
  readonly subscriptionId: string | null;
  readonly amount: RecordAmount;
  readonly due: string | null;
};
export type Opportunity = VendorRecord & {
  readonly opportunityId: string;
  readonly name: string | null;
  readonly stage: string | null;
  readonly renewal: boolean;
  readonly amount: RecordAmount;
  readonly closeDate: string | null;
};
export type Contact = {
  readonly person: string;
  readonly name: string | null;
  readonly email: string | null;
  readonly role: string | null;
  readonly title: string | null;
  readonly champion: boolean;
  readonly sponsor: boolean;
  readonly leftAt: string | null;
  readonly lastContactAt: string | null;
};

export type Conversation = VendorRecord & {
  readonly conversationId: string;
  readonly open: boolean;
  readonly subject: string | null;
  readonly priority: string | boolean | null;
  readonly rating: string | number | null;
};

export type Writer = { readonly id: string; readonly name: string };
type Written = {
  /** Rises with each change. */
  readonly revision: number;
  readonly createdAt: string;
  readonly createdBy: Writer;
  readonly updatedAt: string;
  readonly updatedBy: Writer;
};
export type Note = Written & { readonly noteId: string; readonly text: string };
export type Task = Written & {
  readonly taskId: string;
  readonly title: string;
  readonly due: string | null;
  readonly assignee: string | null;
  readonly status: "open" | "done";
  readonly doneAt: string | null;
  readonly doneBy: Writer | null;
};

export type TimelineItem = {
  readonly id: string;
  readonly type: string;
  readonly occurredAt: string;
  readonly receivedAt: string;
  readonly connectionId: string;
  readonly connector: string;
  readonly userId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
  readonly outcome: "applied" | "held";
  /** The delivery that brought it; null where it came by no delivery of its own. */
  readonly deliveryId: string | null;
};

/** `quiet`: nothing has come for longer than the target, but what came was in time. */
export type SourceStatus = "fresh" | "quiet" | "late" | "imported" | "waiting" | "paused";
/** `partial`: something came and something was refused or rejected; `down`: the door took nothing and refused; `none`: nothing was sent here. */
export type SourceDayStatus = "complete" | "partial" | "down" | "none";
export type SourceDay = {
  /** UTC day of receipt. */
  readonly day: string;
  readonly status: SourceDayStatus;
  readonly events: number;
  /** Events that came and were not valid. */
  readonly rejected: number;
  /** Requests that the door refused. */
  readonly refused: number;
  /** How far the stream had come by the end of that day. */
  readonly watermark: string | null;
  /** Whole hours in which the door refused. */
  readonly gaps: readonly { readonly from: string; readonly to: string; readonly refused: number }[];
};
export type SourceError = {
  readonly at: string;
  /** `refused`: a request, at the door. The others: an event that came in. */
  readonly kind: "refused" | "rejected" | "quarantined" | "deadLettered";
  readonly reason: string;
  /** Plain words, with what to do. */
  readonly detail: string;
  readonly count24h: number;
};
export type Source = {
  readonly connectionId: string;
  readonly connector: string;
  readonly name: string;
  readonly connectionStatus: "active" | "paused" | null;
  readonly stream: string | null;
  readonly watermark: string | null;
  readonly lagSeconds: number | null;
  readonly freshnessTargetSeconds: number;
  readonly lastReceivedAt: string | null;
  readonly lastSuccessAt: string | null;
  readonly accepted: number;
  readonly rejected: number;
  readonly completeness: number | null;
  /** The last 14 days, oldest first. */
  readonly completenessDays: readonly SourceDay[];
  readonly lastError: SourceError | null;
  readonly status: SourceStatus;
};
/** What an event of our own each minute measures, over a day. */
export type Canary = {
  readonly seen: number;
  readonly lastAt: string;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
};
export type Sources = { readonly items: readonly Source[]; readonly canary: Canary | null; readonly asOf: string };

export type DeliveryStatus = "settled" | "waiting" | "stuck";
/** What became of one event; `rejected`: at the door; `unknown`: too long ago to be kept. */
export type DeliveryOutcome = keyof OutcomeCounts | "rejected" | "unknown";
export type DeliveryReason = {
  readonly outcome: DeliveryOutcome;
  readonly reason: string;
  readonly detail: string;
  readonly events: number;
};
export type DeliveryItem = {
  readonly id: string;
  readonly connectionId: string;
  readonly connectionName: string | null;
  readonly connector: string;
  readonly form: string;
  readonly receivedAt: string;
  readonly bytes: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly outcomes: OutcomeCounts;
  readonly status: DeliveryStatus;
  readonly settledAt: string | null;
  readonly accountIds: readonly string[];
  /** Why events of it did not count: at most 5. */
  readonly reasons: readonly DeliveryReason[];
};
export type DeliveryEvent = {
  /** Its place in the body. */
  readonly index: number;
  readonly id: string | null;
  readonly type: string | null;
  readonly accountId: string | null;
  readonly occurredAt: string | null;
  readonly outcome: DeliveryOutcome;
  readonly reason: string | null;
  readonly detail: string | null;
  readonly deadLetterId: string | null;
};
export type DeliveryBody = {
  /** As received, expanded, secrets hidden; null where it is no text. */
  readonly text: string | null;
  /** Of the whole body, expanded. */
  readonly bytes: number;
  readonly truncated: boolean;
  /** How many values were hidden. */
  readonly masked: number;
};
/** `outcomes` is null and `status` `archived` for a delivery that only the archive remembers. */
export type DeliveryDetail = Omit<DeliveryItem, "outcomes" | "status"> & {
  readonly outcomes: OutcomeCounts | null;
  readonly status: DeliveryStatus | "archived";
  readonly lane: "live" | "backfill" | null;
  readonly contentType: string | null;
  readonly contentEncoding: "identity" | "gzip" | null;
  /** Where what was received has been read from; null: it can be found nowhere (any more, or at the moment). */
  readonly source: "intake" | "archive" | null;
  /** The first 500 by their place in the body. */
  readonly events: readonly DeliveryEvent[];
  readonly eventsTotal: number;
  /** Only with `body=1`. */
  readonly body: DeliveryBody | null;
};

export type DeadLetter = {
  readonly id: string;
  readonly kind: "quarantined" | "deadLettered";
  readonly reason: string;
  readonly detail: string;
  readonly connectionId: string;
  readonly connector: string;
  readonly type: string;
  readonly eventId: string;
  readonly accountId: string | null;
  readonly at: string;
  readonly tries: number;
  readonly status: "open" | "replayed" | "discarded";
};
export type DeadLetterDetail = DeadLetter & { readonly event: Readonly<Record<string, unknown>> };
export type DeadLetterGroup = { readonly kind: DeadLetter["kind"]; readonly reason: string; readonly open: number };
export type DeadLettersPage = Page<DeadLetter> & { readonly groups: readonly DeadLetterGroup[] };

export type ConnectorField = { readonly key: string; readonly title: string; readonly required: boolean; readonly description: string };
export type Connector = {
  readonly name: string;
  readonly title: string;
  readonly docs: string | null;
  readonly settings: readonly ConnectorField[];
  readonly secrets: readonly ConnectorField[];
  readonly streams: readonly { readonly name: string }[];
  readonly webhooks: readonly string[];
  readonly receivesWebhooks: boolean;
};
export type Connection = {
  readonly id: string;
  readonly connector: string;
  readonly name: string;
  readonly status: "active" | "paused";
  readonly settings: Readonly<Record<string, unknown>>;
  readonly secrets: readonly string[];
  readonly webhookUrl: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
};
export type ConnectionTest = {
  readonly ok: boolean;
  readonly missing: readonly { readonly kind: "secret" | "setting"; readonly name: string; readonly detail: string }[];
  readonly lastReceivedAt: string | null;
};

export type Token = {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly connectionId: string | null;
  readonly accountIds: readonly string[] | null;
  readonly expiresAt: string | null;
  readonly createdAt: string;
  readonly revokedAt: string | null;
};
export type NewToken = Token & { readonly token: string };

export type Settings = {
  readonly timeZone: string;
  readonly reportingCurrency: string;
  readonly publicUrl: string | null;
  readonly createAccountsFromEvents: boolean;
  readonly retention: { readonly archiveDays: number };
  readonly intakeShards: number;
  readonly accountShards: number;
  readonly version: number;
};
export type SettingsChange = Partial<
  Pick<Settings, "timeZone" | "reportingCurrency" | "publicUrl" | "createAccountsFromEvents" | "retention">
>;

export type IdentityKey = { readonly kind: string; readonly value: string };
export type UnresolvedKey = {
  readonly key: IdentityKey;
  readonly waitingEvents: number;
  readonly since: string;
  readonly status: "unlinked" | "ambiguous";
  readonly accountIds: readonly string[];
  /** Other keys under which some of the same events wait: linking either lets them go. */
  readonly alsoUnder: readonly IdentityKey[];
};
export type LinkAnswer = {
  readonly key: IdentityKey;
  readonly accountId: string;
  readonly drainedEvents: number;
  readonly released: readonly string[];
};
export type ImportAnswer = {
  readonly imported: number;
  /** The first 100. */
  readonly rejected: readonly { readonly line: number; readonly id: string | null; readonly pointer: string; readonly detail: string }[];
  readonly rejectedRows: number;
};

/** A scorecard as people write it (src/domain/config/scorecard.ts). */
export type ScorecardDocument = Omit<Scorecard, "version" | "configVersion">;
export type ConfigStamp = {
  /** 0: as shipped. */
  readonly version: number;
  readonly status: ConfigStatus;
  readonly revision: number;
  readonly author: string;
  readonly at: string | null;
  readonly note: string | null;
};
export type ConfigSummary = {
  readonly key: string;
  readonly title: string;
  readonly published: ConfigStamp | null;
  readonly draft: ConfigStamp | null;
};
export type ConfigVersion = ConfigStamp & { readonly key: string; readonly title: string };
export type ConfigContent = Readonly<Record<string, unknown>>;
export type ConfigDocument = ConfigStamp & { readonly kind: ConfigKind; readonly key: string; readonly document: ConfigContent };
export type ShadowReport = {
  readonly key: string;
  readonly version: number;
  /** Number of the configuration with which it began. */
  readonly since: string;
  /** Those that have been scored since. */
  readonly accounts: number;
  readonly changed: number;
  readonly bands: readonly { readonly from: Band; readonly to: Band; readonly accounts: number }[];
  readonly movers: readonly {
    readonly accountId: string;
    readonly name: string | null;
    readonly score: number | null;
    readonly band: Band;
    readonly publishedScore: number | null;
    readonly publishedBand: Band;
  }[];
};
