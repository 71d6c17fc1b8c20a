import type { SettingsDocument } from "../domain/config/settings.ts";
import type { ConnectorInfo } from "../domain/intake/connector-info.ts";
import type { Token } from "../domain/intake/token.ts";
import type { AccountListing } from "../domain/account-row.ts";
import type { ShadowReading } from "../domain/change.ts";
import type { AccountShardRpc, ComparisonCall } from "../domain/account/messages.ts";
import type { Task } from "../domain/account/notes.ts";
import type { AnalysisCall, AnalysisPart } from "../domain/analytics/analysis.ts";
import type { Configuration } from "../domain/config/active.ts";
import type { Comparison } from "../domain/config/comparison.ts";
import type { ConfigDocument, ConfigKind } from "../domain/config/document.ts";
import type { Delivery, Rejection } from "../domain/delivery.ts";
import type { Event } from "../domain/event.ts";
import { disagreementKinds } from "../domain/health/agreement.ts";
import type { Band } from "../domain/health/document.ts";
import type { Child, Rollup } from "../domain/health/rollup.ts";
import type { IdentityDirectoryRpc } from "../domain/identity/messages.ts";
import type { TokenCredential, TokenFault, Credential } from "../domain/intake/credential.ts";
import type { DeadLetter, DeadLetterCopy } from "../domain/intake/dead-letter.ts";
import type { IntakeShardRpc } from "../domain/intake/rpc.ts";
import type { Topology } from "../domain/intake/topology.ts";
import type { Rates, RatesTable } from "../domain/money/rates.ts";
import type { JobKind, JobRun } from "../domain/jobs/job.ts";
import type { CanarySighting } from "../domain/canary.ts";
import type { OverdueAlarm } from "../domain/watchdog.ts";
import type { BandEdges, BandPart, ConfigVersions, PortfolioDay, UnconvertedPart } from "../domain/portfolio-day.ts";
import type { ParityReport } from "../domain/parity/report.ts";
import type { RiskReport } from "../domain/risk/report.ts";
import type { Result } from "../domain/result.ts";

/**
 * What the API needs from outside. Every method rejects with `Unavailable` when its other side cannot be reached in time;
 * anything else that is thrown is a bug.
 */
export type ApiPorts = {
  readonly clock: {
    readonly now: () => number;
    /** For what must go on while the product's clock stands: rate limits. */ readonly wallNow: () => number;
  };
  readonly ids: { readonly token: () => string; readonly id: (prefix: string) => string };
  readonly credentials: CredentialSource;
  readonly sessions: SessionsPort;
  readonly crypto: CryptoPort;
  readonly accounts: AccountsPort;
  readonly directory: DirectoryPort;
  readonly intake: IntakePort;
  readonly archive: ArchivePort;
  readonly store: Store;
  readonly answers: AnswerStore;
  /** Number of the configuration in force, as far as this isolate knows. Never rejects. */
  readonly configVersion: () => Promise<number>;
  /** After a publication: whoever scores is told, as far as can be reached (the minute job brings the rest). Never rejects. */
  readonly spreadConfig: (version: number) => Promise<void>;
  /** What children make of a parent; `only`: those that may be seen. Never rejects. */
  readonly rollup: (parentId: string, only: readonly string[] | null) => Promise<RollupReading>;
  readonly jobs: JobsPort;
  readonly live: LivePort;
  readonly catalogue: Catalogue;
  readonly rules: { readonly publicUrl: string | null; readonly privateHostsAllowed: boolean };
};

/** A part that the answer needs cannot be reached; asking again later may help. */
export class Unavailable extends Error {
  readonly what: "database" | "account" | "analysis" | "directory" | "intake" | "archive" | "live" | "access";
  readonly retryAfterSeconds: number;
  /** What of the change was kept all the same, in words. */
  readonly kept: string | undefined;

  constructor(what: Unavailable["what"], cause: unknown, retryAfterSeconds = 5, kept?: string) {
    super(`${what} cannot be reached`, { cause });
    this.what = what;
    this.retryAfterSeconds = retryAfterSeconds;
    this.kept = kept;
  }
}

export interface CredentialSource {
  /** By the SHA-256 hex of its text; may be some seconds old in an isolate that has not heard of a change. */
  token(hash: string): Promise<Result<TokenCredential, TokenFault>>;
  /** As the doors know it, also with the database down; null when there is none. */
  connection(id: string): Promise<Extract<Credential, { kind: "connection" }> | null>;
  /** Who comes through Cloudflare Access; null when it is not configured or did not let this request through. */
  access(request: Request): Promise<Result<{ readonly token: TokenCredential; readonly isPerson: boolean }, "invalid"> | null>;
  /** This isolate forgets what it knew; every intake shard gets the new copy, as far as it can be reached (the minute sweep brings the rest). */
  spread(credential: Credential): Promise<void>;
}

/** Sessions of which somebody has signed out, by the SHA-256 hex of their id. */
export interface SessionsPort {
  /** At once where it was ended, elsewhere within seconds. Never rejects: while the database does not answer, a session is not ended for who has not heard of it. */
  isEnded(hash: string): Promise<boolean>;
  /** @param endsAt when it would end by itself, epoch ms: so long it is remembered */
  end(hash: string, endsAt: number): Promise<void>;
}

export interface CryptoPort {
  sha256Hex(text: string): string;
  /** Base64; the same for the same text. */
  sign(text: string): string;
  verify(text: string, signature: string): boolean;
  /** Keyed hash by which a secret is found again without being stored. */
  digest(secret: string): string;
  encrypt(values: Readonly<Record<string, string>>): Promise<string>;
  /** Null when it cannot be opened. */
  decrypt(ciphertext: string): Promise<Readonly<Record<string, string>> | null>;
}

/** Calls the shard of one account. The work may run twice. */
export interface AccountsPort {
  /** By the shard's name; null when this deployment has no shard of that name. */
  atShard<T>(name: string, work: (shard: AccountShardRpc) => Promise<T>): Promise<T | null>;
  call<T>(accountId: string, work: (shard: AccountShardRpc) => Promise<T>): Promise<T>;
  /**
   * Gives `take` each shard's part of an answer about usage; answers the shards whose part is missing, and whether that is so because the
   * time was up.
   */
  analyse(
    call: Omit<AnalysisCall, "withinMs">,
    take: (part: AnalysisPart) => void,
  ): Promise<{ readonly shards: readonly string[]; readonly isLate: boolean }>;
  /** The same of a comparison of two configurations; answers the shards whose part is missing. */
  compare(call: ComparisonCall, take: (part: Comparison) => void): Promise<readonly string[]>;
}

export interface DirectoryPort {
  call<T>(work: (directory: IdentityDirectoryRpc) => Promise<T>): Promise<T>;
}

export interface IntakePort {
  /** Durable when it resolves, and answers the delivery as it is stored; tries one other shard. */
  append(delivery: Delivery): Promise<Delivery>;
  call<T>(shard: string, work: (shard: IntakeShardRpc) => Promise<T>): Promise<T>;
  /** Every shard that was ever used. */
  each<T>(work: (shard: IntakeShardRpc) => Promise<T>): Promise<readonly T[]>;
  topology(): Promise<Topology>;
  /** Changes the topology and forgets the old one in this isolate. */
  changeTopology(change: Partial<Pick<Topology, "intakeShards" | "createAccountsFromEvents">>): Promise<Topology>;
  /** The event lines of a delivery, as the shard will write them. */
  linesOf(delivery: Delivery): readonly string[];
  /** A delivery read again, expanded and mapped by the code of today; null where it cannot be. */
  read(delivery: Delivery): ReadDelivery | null;
}

export type ReadDelivery = {
  readonly body: Uint8Array;
  readonly items: readonly ({ readonly event: Event } | { readonly drop: string })[];
  readonly rejections?: readonly Rejection[];
};

export interface ArchivePort {
  /** @param sought `receivedAt`: when its door stamped it, epoch ms; `connectionId`: of which connection or token it is, where that is known */
  delivery(sought: {
    readonly id: string;
    readonly receivedAt: number;
    readonly connectionId?: string | undefined;
  }): Promise<Delivery | null>;
}

export type JobRunPage = {
  readonly kind: JobKind | null;
  readonly limit: number;
  /** The run that the page before ended with. */
  readonly after: { readonly claimedAt: number; readonly period: string; readonly kind: JobKind } | null;
};
export interface JobsPort {
  /** The latest claimed first. */
  runs(page: JobRunPage): Promise<readonly JobRun[]>;
  run(kind: JobKind, period: string): Promise<JobRun | null>;
  /** Starts the kind for a period; a run that is there and has not failed is answered as it stands. Null: the row is gone meanwhile. */
  request(kind: JobKind, period: string, by: string): Promise<JobRun | null>;
}

export interface LivePort {
  open(
    /** `expiresAt`: when the feed ends unless it is ended before, epoch ms. */
    listener: { tokenId: string; accountIds: readonly string[] | null; expiresAt: number | null },
    request: { kind: "socket" | "stream"; lastEventId: string | null },
  ): Promise<Response>;
  /** Now, and once more when the end of a token or a session is known everywhere: until then others may have let it in again. */
  disconnect(tokenId: string): Promise<void>;
}

export type Catalogue = {
  readonly connectors: readonly ConnectorInfo[];
  readonly eventTypes: () => readonly EventTypeInfo[];
};
export type EventTypeInfo = {
  readonly type: string;
  readonly title: string;
  readonly category: string;
  readonly profileUpdate: boolean;
  readonly description: string;
  readonly schema: unknown;
};

/** What the canary measured, the newest first. */
export interface CanaryReader {
  canarySightings(): Promise<readonly CanarySighting[]>;
}

/** What was found of account shards since an instant. */
export interface WatchdogReader {
  /** The newest first, at most `overdueAlarmsShown`. */
  overdueAlarms(since: number): Promise<readonly OverdueAlarm[]>;
  /** How many shards had one. */
  overdueAlarmShards(since: number): Promise<number>;
  /** How many shards were nearly full. */
  fullShards(since: number): Promise<number>;
}

export type Store = CanaryReader &
  WatchdogReader &
  AccountLists &
  TaskLists &
  PortfolioHistory &
  TokenStore &
  ConnectionStore &
  SettingsStore &
  DeadLetterLists &
  IdempotencyStore &
  ConfigStore &
  RiskReports &
  ParityReports;

/** `risk`: health and risk90 rank it more than 30 percentiles apart. */
export const disagreementFilters = ["any", ...disagreementKinds, "risk"] as const;
export type DisagreementFilter = (typeof disagreementFilters)[number];

export type AccountFilter = {
  readonly bands: readonly Band[];
  /** null among them: accounts without one. */
  readonly segments: readonly (string | null)[];
  readonly owners: readonly (string | null)[];
  /** Where health and what else is known point apart; null: whether or not. */
  readonly disagreement: DisagreementFilter | null;
  /** Judged by the scorecard of this key, as their own or beside it: bands, scores and confidences are then by that one; null: by their own. */
  readonly scorecard: string | null;
  readonly q: string | null;
  /** Only these; null = all. */
  readonly accountIds: readonly string[] | null;
};
export const accountSorts = [
  "moved",
  "movedWeek",
  "change",
  "changeWeek",
  "score",
  "name",
  "events",
  "lastEventAt",
  "openTickets",
  "activeUsers28d",
  "arr",
  "renewalDate",
  "confidence",
  "risk90",
] as const;
export type AccountSort = (typeof accountSorts)[number];
export type AccountPage = {
  readonly sort: AccountSort;
  readonly descending: boolean;
  readonly limit: number;
  readonly after: { readonly value: string | number | null; readonly id: string } | null;
};
export type AccountsFound = {
  readonly items: readonly AccountListing[];
  /** The sorted value of the last item, for the next page. */
  readonly lastValue: string | number | null;
  readonly total: number;
  readonly asOf: number | null;
};
export type PortfolioFigures = {
  readonly accounts: number;
  readonly scored: number;
  readonly averageScore: number | null;
  readonly averageScoreDayAgo: number | null;
  /** Over the accounts that have a score now and had one a day ago; null where none has both. */
  readonly averageChangeByConfiguration: number | null;
  readonly risen: number;
  readonly fallen: number;
  readonly setAside: number;
  readonly bands: readonly BandPart[];
  readonly unconverted: readonly UnconvertedPart[];
  readonly segments: readonly { readonly value: string | null; readonly accounts: number }[];
  readonly owners: readonly { readonly value: string | null; readonly accounts: number }[];
  readonly items: readonly AccountListing[];
  /** Null in an empty book. */
  readonly configVersions: ConfigVersions | null;
  readonly asOf: number | null;
};
export type ChildrenPage = {
  readonly parentId: string;
  /** Only these; null = all. */
  readonly only: readonly string[] | null;
  readonly limit: number;
  readonly after: { readonly rank: number; readonly id: string } | null;
};
export type ChildrenFound = {
  readonly items: readonly Child[];
  /** What the last item is sorted by, for the next page. */
  readonly lastRank: number | null;
};
/** `rollup` null: there are no children, or (`unknown`) nobody can say. */
export type RollupReading = {
  readonly status: "known" | "last_known" | "unknown";
  readonly rollup: Rollup | null;
  readonly asOf: number | null;
};
export interface AccountLists {
  children(page: ChildrenPage): Promise<ChildrenFound>;
  accounts(filter: AccountFilter, page: AccountPage): Promise<AccountsFound>;
  portfolio(accountIds: readonly string[] | null): Promise<PortfolioFigures>;
}

/** Answers to questions about usage that were made a while ago. Neither method rejects: without it the question is answered anew. */
export interface AnswerStore {
  /** Null where there is none, or none that may be given at `now` any more. */
  answer(key: string, now: number): Promise<object | null>;
  keepAnswer(key: string, json: string, about: { readonly at: number; readonly keptUntil: number; readonly bytes: number }): Promise<void>;
}

export type TaskFilter = {
  /** null among them: nobody's. */
  readonly assignees: readonly (string | null)[];
  readonly owners: readonly (string | null)[];
  /** Due on this date or before; null: whenever, or never. */
  readonly dueBy: string | null;
  /** Accounts that may be seen; null = all. */
  readonly accountIds: readonly string[] | null;
};
export type TaskPage = {
  readonly limit: number;
  /** The task that the page before ended with. */
  readonly after: { readonly due: string | null; readonly accountId: string; readonly id: string } | null;
};
export type FoundTask = {
  readonly account: { readonly id: string; readonly name: string | null; readonly owner: string | null; readonly band: Band };
  readonly task: Task;
};
export type TasksFound = {
  readonly items: readonly FoundTask[];
  /** Of all pages. */
  readonly total: number;
  /** Open tasks of accounts that have more of them than a list knows. */
  readonly leftOut: number;
  /** Of all accounts that may be seen, whoever is asked for; the busiest first. */
  readonly assignees: readonly { readonly value: string | null; readonly tasks: number }[];
  readonly asOf: number | null;
};
export interface TaskLists {
  openTasks(filter: TaskFilter, page: TaskPage): Promise<TasksFound>;
}

/** The book by UTC day, oldest first; `from` and `to` are day numbers, half-open. */
export interface PortfolioHistory {
  recordedDays(from: number, to: number): Promise<readonly PortfolioDay[]>;
  /** From the lines of the last 90 daily scores, as the accounts are known now. */
  reckonedDays(edges: BandEdges, from: number, to: number): Promise<readonly PortfolioDay[]>;
}

export interface TokenStore {
  /** By id, the greatest first: ids begin with the time at which they were given, so what was made last comes first. */
  tokens(page: { limit: number; after: string | null }): Promise<readonly Token[]>;
  addToken(token: Token, hash: string, createdBy: string): Promise<Credential>;
  /** Ids of tokens that end with a connection, at most `sendersMax`. */
  tokensOf(connectionId: string): Promise<readonly string[]>;
  /** Of a token, revoked or not; null when there was none. */
  tokenName(id: string): Promise<string | null>;
  /** null when there is none; revoking twice keeps the first time. */
  revokeToken(id: string, at: number): Promise<Credential | null>;
}

export type Connection = {
  readonly id: string;
  readonly connector: string;
  readonly name: string;
  readonly status: "active" | "paused" | "deleted";
  readonly baseUrl: string | null;
  readonly tokenUrl: string | null;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly secretNames: readonly string[];
  readonly secretsCiphertext: string;
  /** Of a mixpanel connection: by what `/import` finds it from its API secret alone. */
  readonly apiSecretDigest: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
};
export interface ConnectionStore {
  connections(page: { limit: number; after: string | null; which: "live" | "deleted" }): Promise<readonly Connection[]>;
  connection(id: string): Promise<Connection | null>;
  /** Makes or replaces it. */
  putConnection(connection: Connection): Promise<Credential>;
}

export interface SettingsStore {
  settings(): Promise<{ readonly document: SettingsDocument | null; readonly version: number }>;
  /** False when somebody else has written since `version`. */
  putSettings(document: SettingsDocument, version: number): Promise<boolean>;
}

export type DeadLetterFilter = { readonly status: string; readonly reason: string | null; readonly connectionId: string | null };
export interface DeadLetterLists {
  deadLetters(
    filter: DeadLetterFilter,
    page: { limit: number; after: { at: number; id: string } | null },
  ): Promise<readonly DeadLetterCopy[]>;
  deadLetterGroups(): Promise<readonly { readonly kind: string; readonly reason: string; readonly open: number }[]>;
  keepDeadLetters(letters: readonly DeadLetter[]): Promise<void>;
}

export type StoredAnswer = { readonly requestHash: string; readonly status: number | null; readonly bodyCiphertext: string | null };
export interface IdempotencyStore {
  /** Takes the key, or answers what was stored under it by somebody else. */
  takeIdempotencyKey(id: string, requestHash: string, now: number, keptMs: number): Promise<StoredAnswer | null>;
  keepAnswer(id: string, status: number, bodyCiphertext: string): Promise<void>;
  freeIdempotencyKey(id: string): Promise<void>;
}

/** Monthly back-tests: that of a month, or (null) the newest, and the months there are, the newest first. */
export interface RiskReports {
  riskReport(period: string | null): Promise<{ readonly report: RiskReport | null; readonly periods: readonly string[] }>;
}

/** What the nightly check has found on a day; null: it has not run, or is forgotten. */
export interface ParityReports {
  parityReport(period: string): Promise<ParityReport | null>;
}

export interface ConfigStore {
  /** Per key what is published and what is a draft or in shadow, by key. */
  openDocuments(kind: ConfigKind): Promise<readonly ConfigDocument[]>;
  /** The same of one key, with the greatest version it ever had. */
  openDocument(
    kind: ConfigKind,
    key: string,
  ): Promise<{ readonly published: ConfigDocument | null; readonly draft: ConfigDocument | null; readonly lastVersion: number }>;
  configDocument(kind: ConfigKind, key: string, version: number): Promise<ConfigDocument | null>;
  /** Newest first; `before` is the version that the page before ended with. */
  configHistory(kind: ConfigKind, key: string, page: { limit: number; before: number | null }): Promise<readonly ConfigDocument[]>;
  /** What a draft in shadow would change, as far as accounts have been scored since it began. */
  shadowReport(shadow: Pick<ShadowReading, "kind" | "key" | "since">): Promise<Comparison>;
  /** False when the draft is no longer of `revision` (0: there must be none). */
  saveDraft(draft: ConfigDocument, revision: number): Promise<boolean>;
  /** False when there is no draft of that version. */
  removeDraft(kind: ConfigKind, key: string, version: number): Promise<boolean>;
  /** What is in force; null before the first publication. */
  configuration(): Promise<Configuration | null>;
  /** The table of rates in force, and when it was put there; null before the first. */
  rates(): Promise<StoredRates | null>;
  /**
   * Puts a configuration in force, and its documents into the statuses that go with it, all or nothing. The row now published of their key
   * is retired when one of them is published. False when another configuration came first, or a draft changed.
   */
  putConfiguration(configuration: Configuration, by: { author: string; at: number }, changed: ConfigChange): Promise<boolean>;
}
/**
 * `newest` is the number of the one in force; where that cannot be read, `rates` is the last of the kept ones that can, or the empty table of
 * number 0.
 */
export type StoredRates = { readonly rates: RatesTable; readonly newest: number; readonly at: number | null };
export type ConfigChange = {
  /** Row of the draft that changes its status. */
  readonly draft?: { readonly document: ConfigDocument; readonly revision: number };
  /** A copy of an older version that is published; a draft makes room for its version. */
  readonly added?: ConfigDocument;
  /** The table of rates that the configuration names from now on. */
  readonly rates?: Rates;
};
