import type {
  Account,
  AccountsPage,
  Child,
  ConfigContent,
  ConfigDocument,
  ConfigKind,
  ConfigSummary,
  ConfigVersion,
  Connection,
  ConnectionTest,
  Connector,
  Contact,
  Conversation,
  DeadLetter,
  DeadLetterDetail,
  DeadLettersPage,
  DeliveryDetail,
  DeliveryItem,
  Fault,
  FxRates,
  Health,
  HealthReading,
  HealthChanges,
  HealthHistory,
  IdentityKey,
  ImportAnswer,
  Invoice,
  JobDetail,
  JobRun,
  JobRuns,
  LinkAnswer,
  MeasureHistory,
  MeasureTrial,
  MetricSeries,
  NewToken,
  Note,
  Opportunity,
  Page,
  Portfolio,
  PortfolioHistory,
  RatesStored,
  Risk,
  Scope,
  Session,
  Settings,
  SettingsChange,
  ComparisonReport,
  ComparisonTogether,
  ShadowReport,
  ShadowsReport,
  ShippedMeasure,
  Sources,
  Subscription,
  Task,
  TasksPage,
  Ticket,
  Restatement,
  TimelineItem,
  Token,
  UnresolvedKey,
} from "./api-types.ts";

/** Longest wait for an answer. The slowest read (a year of history) takes under a second; beyond this the page shows its failed face. */
const answerWaitMsMax = 20_000;

/** An answer that is not 2xx, or none at all (`status` 0). `detail` is a sentence for people. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly pointer: string | null;
  /** All that is wrong with a document; empty where the answer names one fault or none. */
  readonly faults: readonly Fault[];
  readonly requestId: string | null;
  readonly retryAfterMs: number | null;

  constructor(fields: {
    status: number;
    title: string;
    detail: string;
    pointer?: string | null;
    faults?: readonly Fault[];
    requestId?: string | null;
    retryAfterMs?: number | null;
  }) {
    super(`${fields.title}: ${fields.detail}`);
    this.status = fields.status;
    this.title = fields.title;
    this.detail = fields.detail;
    this.pointer = fields.pointer ?? null;
    this.faults = fields.faults ?? [];
    this.requestId = fields.requestId ?? null;
    this.retryAfterMs = fields.retryAfterMs ?? null;
  }

  /** Would the same request succeed later, without anybody changing it? */
  get passes(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

type Query = Readonly<Record<string, string | number | boolean | readonly string[] | null | undefined>>;
type Call = {
  method?: string;
  query?: Query;
  json?: unknown;
  csv?: string;
  /** A question that has a body: it changes nothing, so no answer has to be kept for it. */
  asks?: true;
  /** An answer that was made for somebody a moment ago will not do. */
  isAnew?: boolean;
  signal?: AbortSignal | undefined;
};

let signedOut: () => void = () => {};
/** Who is told when an answer says that there is no session any more. */
export const onSignedOut = (listener: () => void): void => {
  signedOut = listener;
};

const path = (...parts: readonly string[]): string => `/api/v1/${parts.map(encodeURIComponent).join("/")}`;

export function withQuery(url: string, query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === undefined || value === "") continue;
    for (const one of Array.isArray(value) ? value : [value]) params.append(name, String(one));
  }
  const text = params.toString();
  return text === "" ? url : `${url}?${text}`;
}

/** `crypto.randomUUID` exists only on https and localhost; this one everywhere. */
const randomKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

async function failureOf(response: Response): Promise<ApiError> {
  const problem = (await response.json().catch(() => ({}))) as Partial<Record<"title" | "detail" | "pointer" | "requestId", string>> & {
    readonly errors?: readonly Fault[];
  };
  const retryAfterSeconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  return new ApiError({
    status: response.status,
    title: problem.title ?? (response.statusText || `Status ${response.status}`),
    detail: problem.detail ?? "The server gave no reason.",
    pointer: problem.pointer ?? null,
    faults: problem.errors ?? [],
    requestId: problem.requestId ?? response.headers.get("x-request-id"),
    retryAfterMs: Number.isFinite(retryAfterSeconds) ? retryAfterSeconds * 1000 : null,
  });
}

async function send(url: string, call: Call): Promise<Response> {
  const headers: Record<string, string> = { accept: "application/json" };
  const init: RequestInit = { method: call.method ?? "GET", credentials: "same-origin", headers };
  if (call.isAnew === true) headers["cache-control"] = "no-cache";
  if (call.csv !== undefined) {
    headers["content-type"] = "text/csv";
    init.body = call.csv;
  } else if (call.json !== undefined) {
    headers["content-type"] = "application/json";
    init.body = JSON.stringify(call.json);
  }
  if (init.body !== undefined && call.asks !== true) headers["idempotency-key"] = randomKey();
  const timeout = AbortSignal.timeout(answerWaitMsMax);
  init.signal = call.signal === undefined ? timeout : AbortSignal.any([call.signal, timeout]);
  try {
    return await fetch(withQuery(url, call.query), init);
  } catch (cause) {
    if (call.signal?.aborted === true) throw cause;
    throw new ApiError({
      status: 0,
      title: timeout.aborted ? "No answer in time" : "The server cannot be reached",
      detail: timeout.aborted
        ? `Nothing came back within ${answerWaitMsMax / 1000} seconds.`
        : "Check your connection, or whether Pulseline is running.",
    });
  }
}

async function request<Answer>(url: string, call: Call = {}): Promise<Answer> {
  const response = await send(url, call);
  if (!response.ok) {
    const failure = await failureOf(response);
    if (failure.status === 401) signedOut();
    throw failure;
  }
  return (response.status === 204 ? undefined : await response.json()) as Answer;
}

export type AccountsQuery = {
  readonly band?: readonly string[];
  readonly segment?: readonly string[];
  readonly disagreement?: string | null;
  readonly owner?: readonly string[];
  readonly q?: string;
  readonly sort?: string;
  readonly limit?: number;
  readonly cursor?: string | null;
};

type Paging = { readonly limit?: number; readonly cursor?: string | null };
type Signal = AbortSignal | undefined;

/** Key of the scorecard that is to judge; absent: the account's own. */
type ByScorecard = { readonly scorecard?: string | undefined };

/** Every request that the pages make. */
export const api = {
  session: (signal?: Signal) => request<Session>(path("session"), { signal }),
  signIn: (token: string) => request<Session>(path("session"), { method: "POST", json: { token } }),
  signOut: () => request<void>(path("session"), { method: "DELETE" }),

  portfolio: (signal?: Signal) => request<Portfolio>(path("portfolio"), { signal }),
  portfolioHistory: (query: { from?: string; to?: string }, signal?: Signal) =>
    request<PortfolioHistory>(path("portfolio", "history"), { query, signal }),
  /** A question about usage; its answer is what docs/api.md says of it. */
  analytics: <Answer>(question: string, query: Query, { isAnew, signal }: { isAnew: boolean; signal: Signal }) =>
    request<Answer>(path("analytics", question), { query, isAnew, signal }),
  accounts: (query: AccountsQuery, signal?: Signal) => request<AccountsPage>(path("accounts"), { query, signal }),
  account: (id: string, signal?: Signal) => request<Account>(path("accounts", id), { signal }),
  saveAccount: (account: {
    id: string;
    name?: string;
    domains?: readonly string[];
    externalIds?: Record<string, string>;
    attributes?: Record<string, unknown>;
  }) => request<Account>(path("accounts"), { method: "POST", json: account }),
  importAccounts: (csv: string, moveKeys: boolean) =>
    request<ImportAnswer>(path("accounts", "import"), { method: "POST", csv, query: moveKeys ? { moveKeys } : {} }),
  health: (id: string, query: ByScorecard, signal?: Signal) => request<HealthReading>(path("accounts", id, "health"), { query, signal }),
  override: (id: string, json: { value: number; reason: string; expiresAt: string }) =>
    request<HealthReading>(path("accounts", id, "override"), { method: "POST", json }),
  withdrawOverride: (id: string) => request<HealthReading>(path("accounts", id, "override"), { method: "DELETE" }),
  opinion: (id: string, json: { value: number; reason?: string }) =>
    request<HealthReading>(path("accounts", id, "opinion"), { method: "POST", json }),
  withdrawOpinion: (id: string) => request<HealthReading>(path("accounts", id, "opinion"), { method: "DELETE" }),
  history: (id: string, query: ByScorecard & { from?: string; to?: string; step?: "1h" | "1d" }, signal?: Signal) =>
    request<HealthHistory>(path("accounts", id, "health", "history"), { query, signal }),
  measureHistory: (id: string, measure: string, query: ByScorecard & { from?: string; to?: string; step?: "1h" | "1d" }, signal?: Signal) =>
    request<MeasureHistory>(path("accounts", id, "measures", measure, "history"), { query, signal }),
  changes: (id: string, query: ByScorecard & { from?: string | undefined; to?: string | undefined }, signal?: Signal) =>
    request<HealthChanges>(path("accounts", id, "health", "changes"), { query, signal }),
  metric: (id: string, metric: string, query: { from?: string; to?: string; step?: string }, signal?: Signal) =>
    request<MetricSeries>(path("accounts", id, "metrics", metric), { query, signal }),
  tickets: (id: string, query: Paging & { status?: string | undefined }, signal?: Signal) =>
    request<Page<Ticket>>(path("accounts", id, "tickets"), { query, signal }),
  children: (id: string, query: Paging, signal?: Signal) => request<Page<Child>>(path("accounts", id, "children"), { query, signal }),
  contacts: (id: string, query: Paging, signal?: Signal) => request<Page<Contact>>(path("accounts", id, "contacts"), { query, signal }),
  subscriptions: (id: string, query: Paging, signal?: Signal) =>
    request<Page<Subscription>>(path("accounts", id, "subscriptions"), { query, signal }),
  invoices: (id: string, query: Paging, signal?: Signal) => request<Page<Invoice>>(path("accounts", id, "invoices"), { query, signal }),
  opportunities: (id: string, query: Paging, signal?: Signal) =>
    request<Page<Opportunity>>(path("accounts", id, "opportunities"), { query, signal }),
  conversations: (id: string, query: Paging, signal?: Signal) =>
    request<Page<Conversation>>(path("accounts", id, "conversations"), { query, signal }),
  notes: (id: string, query: Paging, signal?: Signal) => request<Page<Note>>(path("accounts", id, "notes"), { query, signal }),
  addNote: (id: string, json: { text: string }) => request<Note>(path("accounts", id, "notes"), { method: "POST", json }),
  changeNote: (id: string, noteId: string, json: { text: string; revision: number }) =>
    request<Note>(path("accounts", id, "notes", noteId), { method: "PATCH", json }),
  deleteNote: (id: string, noteId: string) => request<void>(path("accounts", id, "notes", noteId), { method: "DELETE" }),
  tasks: (id: string, query: Paging, signal?: Signal) => request<Page<Task>>(path("accounts", id, "tasks"), { query, signal }),
  allTasks: (query: Paging & { assignee?: readonly string[]; dueBy?: string | null }, signal?: Signal) =>
    request<TasksPage>(path("tasks"), { query, signal }),
  addTask: (id: string, json: { title: string; due: string | null; assignee: string | null }) =>
    request<Task>(path("accounts", id, "tasks"), { method: "POST", json }),
  changeTask: (
    id: string,
    taskId: string,
    json: { title?: string; due?: string | null; assignee?: string | null; status?: Task["status"]; revision?: number },
  ) => request<Task>(path("accounts", id, "tasks", taskId), { method: "PATCH", json }),
  deleteTask: (id: string, taskId: string) => request<void>(path("accounts", id, "tasks", taskId), { method: "DELETE" }),
  restatements: (id: string, query: Paging, signal?: Signal) =>
    request<Page<Restatement> & { readonly total: number }>(path("accounts", id, "restatements"), { query, signal }),
  timeline: (id: string, query: Paging & { type?: string | undefined }, signal?: Signal) =>
    request<Page<TimelineItem>>(path("accounts", id, "timeline"), { query: { ...query, sessions: 1 }, signal }),

  sources: (signal?: Signal) => request<Sources>(path("sources"), { signal }),
  deliveries: (query: Paging & { connection?: string | undefined; status?: string | undefined }, signal?: Signal) =>
    request<Page<DeliveryItem>>(path("deliveries"), { query, signal }),
  delivery: (id: string, query: { body?: "1" }, signal?: Signal) => request<DeliveryDetail>(path("deliveries", id), { query, signal }),

  deadLetters: (
    query: Paging & { status?: string | undefined; reason?: string | undefined; connection?: string | undefined },
    signal?: Signal,
  ) => request<DeadLettersPage>(path("dead-letters"), { query, signal }),
  deadLetter: (id: string, signal?: Signal) => request<DeadLetterDetail>(path("dead-letters", id), { signal }),
  replayDeadLetter: (id: string, asNew = false) =>
    request<DeadLetter>(path("dead-letters", id, "replay"), { method: "POST", json: { asNew } }),
  discardDeadLetter: (id: string, reason: string) =>
    request<DeadLetter>(path("dead-letters", id, "discard"), { method: "POST", json: { reason } }),

  unresolved: (query: Paging, signal?: Signal) => request<Page<UnresolvedKey>>(path("identity", "unresolved"), { query, signal }),
  link: (key: IdentityKey, accountId: string, reason: string) =>
    request<LinkAnswer>(path("identity", "link"), { method: "POST", json: { key, accountId, ...(reason === "" ? {} : { reason }) } }),

  connectors: (signal?: Signal) => request<{ readonly items: readonly Connector[] }>(path("connectors"), { signal }),
  connections: (query: Paging, signal?: Signal) => request<Page<Connection>>(path("connections"), { query, signal }),
  connection: (id: string, signal?: Signal) => request<Connection>(path("connections", id), { signal }),
  createConnection: (connection: { connector: string; name: string; settings: Record<string, unknown>; secrets: Record<string, string> }) =>
    request<Connection>(path("connections"), { method: "POST", json: connection }),
  changeConnection: (id: string, change: { name?: string; settings?: Record<string, unknown>; secrets?: Record<string, string | null> }) =>
    request<Connection>(path("connections", id), { method: "PATCH", json: change }),
  deleteConnection: (id: string) => request<void>(path("connections", id), { method: "DELETE" }),
  testConnection: (id: string) => request<ConnectionTest>(path("connections", id, "test"), { method: "POST", json: {} }),
  releaseSource: (connectionId: string) => request<unknown>(path("sources", connectionId, "release"), { method: "POST", json: {} }),
  pauseConnection: (id: string) => request<Connection>(path("connections", id, "pause"), { method: "POST", json: {} }),
  resumeConnection: (id: string) => request<Connection>(path("connections", id, "resume"), { method: "POST", json: {} }),

  tokens: (query: Paging, signal?: Signal) => request<Page<Token>>(path("tokens"), { query, signal }),
  createToken: (token: { name: string; scopes: readonly Scope[]; expiresAt?: string }) =>
    request<NewToken>(path("tokens"), { method: "POST", json: token }),
  tokenName: (id: string) => request<{ readonly name: string }>(path("tokens", id, "name")),
  revokeToken: (id: string) => request<void>(path("tokens", id), { method: "DELETE" }),

  settings: (signal?: Signal) => request<Settings>(path("settings"), { signal }),
  rates: (page: { limit: number }, signal?: Signal) => request<FxRates>(path("fx-rates"), { query: page, signal }),
  putRates: (csv: string) => request<RatesStored>(path("fx-rates"), { method: "PUT", csv }),
  saveSettings: (change: SettingsChange) => request<Settings>(path("settings"), { method: "PUT", json: change }),

  configs: (kind: ConfigKind, signal?: Signal) => request<{ readonly items: readonly ConfigSummary[] }>(path("config", kind), { signal }),
  config: (kind: ConfigKind, key: string, version: number | "draft" | "published", signal?: Signal) =>
    request<ConfigDocument>(path("config", kind, key), { query: version === "published" ? {} : { version }, signal }),
  configHistory: (kind: ConfigKind, key: string, query: Paging, signal?: Signal) =>
    request<Page<ConfigVersion>>(path("config", kind, key, "history"), { query, signal }),
  saveDraft: (kind: ConfigKind, key: string, json: { document: ConfigContent; revision: number }) =>
    request<ConfigDocument>(path("config", kind, key, "draft"), { method: "PUT", json }),
  discardDraft: (kind: ConfigKind, key: string) => request<void>(path("config", kind, key, "draft"), { method: "DELETE" }),
  validateConfig: (kind: ConfigKind, key: string, document: ConfigContent, signal?: Signal) =>
    request<{ readonly valid: true }>(path("config", kind, key, "validate"), { method: "POST", json: { document }, asks: true, signal }),
  publishDraft: (kind: ConfigKind, key: string, json: { revision: number; note?: string }) =>
    request<ConfigDocument & { readonly configVersion: string }>(path("config", kind, key, "publish"), { method: "POST", json }),
  rollBackConfig: (kind: ConfigKind, key: string, json: { version: number; note?: string }) =>
    request<ConfigDocument & { readonly configVersion: string }>(path("config", kind, key, "rollback"), { method: "POST", json }),
  testScorecard: (
    json: { scorecard: ConfigContent } & ({ accountId: string } | { measures: Readonly<Record<string, number>> }),
    signal?: Signal,
  ) => request<Health>(path("config", "scorecards", "test"), { method: "POST", json, asks: true, signal }),
  /** What a measure of one's own is for an account; nothing is stored. */
  testMeasure: (json: { measure: ConfigContent; key: string; accountId: string }, signal?: Signal) =>
    request<MeasureTrial>(path("config", "measures", "test"), { method: "POST", json, asks: true, signal }),
  shippedMeasures: (signal?: Signal) => request<{ readonly items: readonly ShippedMeasure[] }>(path("measures"), { signal }),
  risk: (period: string | null, signal?: Signal) => request<Risk>(path("risk"), { signal, query: period === null ? {} : { period } }),
  jobs: (limit: number, signal?: Signal) => request<JobRuns>(path("jobs"), { signal, query: { limit: String(limit) } }),
  job: (kind: string, period: string, signal?: Signal) => request<JobDetail>(path("jobs", kind, period), { signal }),
  refold: (id: string) => request<void>(path("accounts", id, "refold"), { method: "POST", json: {} }),
  /** Asked for again it answers the run that is there. */
  runJob: (kind: string) => request<JobRun>(path("jobs", kind, "run"), { method: "POST", json: {} }),
  /** What would change for all accounts if this document were published now. */
  compare: (kind: ConfigKind, key: string, document: ConfigContent, signal?: Signal) =>
    request<ComparisonReport>(path("config", kind, key, "compare"), { method: "POST", json: { document }, asks: true, signal }),
  /** The same of several drafts at once. */
  compareTogether: (documents: readonly { readonly kind: ConfigKind; readonly key: string }[], signal?: Signal) =>
    request<ComparisonTogether>(path("config", "compare"), {
      method: "POST",
      json: { documents: documents.map(({ kind, key }) => ({ kind, key })) },
      asks: true,
      signal,
    }),
  shadows: (signal?: Signal) => request<ShadowsReport>(path("config", "shadow"), { signal }),
  shadow: (kind: ConfigKind, key: string, signal?: Signal) => request<ShadowReport>(path("config", kind, key, "shadow"), { signal }),
  startShadow: (kind: ConfigKind, key: string) => request<ShadowReport>(path("config", kind, key, "shadow"), { method: "POST", json: {} }),
  endShadow: (kind: ConfigKind, key: string) => request<void>(path("config", kind, key, "shadow"), { method: "DELETE" }),

  /** A test through a front door, as a sender would make it. The door answers, not the API. */
  sendThroughDoor: async (door: string, headers: Record<string, string>, body: string): Promise<void> => {
    const response = await fetch(door, {
      method: "POST",
      credentials: "omit",
      headers: { "content-type": "application/json", ...headers },
      body,
    });
    if (!response.ok) throw await failureOf(response);
  },
};

/** Reads every page of a list, up to `itemsMax`. */
export async function readAll<Item>(read: (cursor: string | null) => Promise<Page<Item>>, itemsMax: number): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<Item> = await read(cursor);
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null && items.length < itemsMax);
  return items.slice(0, itemsMax);
}
