import { shippedMeasureSpecs } from "../../src/domain/config/shipped-measures.ts";
import type { AccountRow } from "../../src/domain/account-row.ts";
import type { Connection, DeadLetter, DeliveryItem, Source, Token, UnresolvedKey } from "../../src/dashboard/api-types.ts";
import {
  type FixtureAccount,
  accountOf,
  bandOf,
  childrenOf,
  healthOf,
  makeAccounts,
  measureHistoryOf,
  ticketsOf,
  restatementsOf,
  timelineOf,
} from "./fixture-data.ts";
import type { HealthHistory, Verdict } from "../../src/dashboard/api-types.ts";
import { countBy, listOf, portfolioHistoryOf, portfolioOf } from "./fixture-book.ts";
import { FixtureNotes } from "./fixture-notes.ts";
import { pageOf } from "./fixture-page.ts";
import { type Answered, type Asked, Problem } from "./fixture-problem.ts";
import { FixtureConfig } from "./fixture-config.ts";
import { FixtureRates } from "./fixture-rates.ts";
import { FixtureJobs } from "./fixture-jobs.ts";
import { FixtureRisk } from "./fixture-risk.ts";
import { recordsOf } from "./fixture-records.ts";
import {
  makeConnections,
  makeDeadLetters,
  makeDeliveries,
  makeSources,
  makeTokens,
  makeUnresolved,
  connectorList,
  deliveryDetailOf,
} from "./fixture-flow.ts";
import { usageAnswer } from "./fixture-usage.ts";

type Message = { type: string; accountId?: string; data: unknown };

const dayMs = 86_400_000;

/** The account as a scorecard beside its own has it. */
function byScorecard(account: FixtureAccount, scorecard: string | null): FixtureAccount {
  const side = account.row.scores.find((one) => one.scorecard === scorecard);
  return side === undefined ? account : { ...account, override: null, row: { ...account.row, score: side.score, band: side.band } };
}

const withoutNulls = (settings: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null));

/** The API's answers over data in memory. It knows the shapes, not the rules: no token is wrong but `wrong`. */
export class FixtureApi {
  accounts: FixtureAccount[];
  /** What the person who looks may do. */
  scopes: readonly string[] = ["admin"];
  readonly risk = new FixtureRisk();
  private readonly rates = new FixtureRates();
  readonly jobs = new FixtureJobs();
  readonly config = new FixtureConfig(() => this.accounts);
  connections: Connection[];
  sources: Source[];
  deliveries: DeliveryItem[];
  deadLetters: DeadLetter[];
  unresolved: UnresolvedKey[];
  tokens: Token[];
  settings = {
    timeZone: "UTC",
    reportingCurrency: "EUR",
    publicUrl: null,
    createAccountsFromEvents: true,
    retention: { archiveDays: 800 },
    intakeShards: 1,
    accountShards: 256,
    version: 3,
  };
  private readonly publish: (message: Message) => void;
  private turn = 0;
  private readonly notes = new FixtureNotes();

  constructor(accounts: number, publish: (message: Message) => void) {
    const now = Date.now();
    this.publish = publish;
    this.accounts = makeAccounts(accounts, now);
    const empty = accounts === 0;
    this.connections = empty ? [] : makeConnections(now);
    this.sources = empty ? [] : makeSources(now);
    // A small book is for looking at every part of it: its lists are short too.
    this.deliveries = makeDeliveries(now).slice(0, accounts);
    this.deadLetters = empty ? [] : makeDeadLetters(now);
    this.unresolved = empty ? [] : makeUnresolved(now);
    this.tokens = makeTokens(now);
  }

  /** Moves one account's score and tells the live feed. */
  move(id: string, delta: number): AccountRow {
    const account = this.find(id);
    const now = Date.now();
    const score = Math.max(1, Math.min(99, (account.row.score ?? 50) + delta));
    account.row = {
      ...account.row,
      score,
      band: bandOf(score),
      scoreDayAgo: account.row.scoreDayAgo ?? 50,
      change: score - (account.row.scoreDayAgo ?? 50),
      changeWeek: account.row.scoreWeekAgo === null ? null : score - account.row.scoreWeekAgo,
      moves: [{ measure: "trend", title: "Usage trend", delta, from: 1, to: 1 + delta, cause: "data" }],
      scoreDays: [...account.row.scoreDays.slice(0, -1), score],
      events: account.row.events + 1,
      lastEventAt: new Date(now).toISOString(),
      computedAt: new Date(now).toISOString(),
      number: account.row.number + 1,
    };
    this.publish({ type: "account.changed", accountId: id, data: account.row });
    return account.row;
  }

  tick(): void {
    const account = this.accounts[(this.turn * 7) % Math.max(1, this.accounts.length)];
    this.turn += 1;
    if (account !== undefined && account.row.score !== null)
      this.move(account.row.id, (this.turn % 2 === 0 ? 1 : -1) * (0.2 + (this.turn % 5) / 3));
  }

  private get rows(): readonly AccountRow[] {
    return this.accounts.map((account) => account.row);
  }

  private find(id: string): FixtureAccount {
    const account = this.accounts.find((one) => one.row.id === id);
    if (account === undefined) throw new Problem(404, "No such account", `There is no account ${id}.`);
    return account;
  }

  answer(asked: Asked): Answered {
    const { method, path } = asked;
    if (path === "/api/v1/session") return this.session(asked);
    if (path.startsWith("/v1/") || path.startsWith("/webhooks/")) return this.door(asked);
    if (!(asked.headers.cookie ?? "").includes("pulseline_session=")) throw new Problem(401, "Not signed in", "Sign in first.");
    const parts = path.replace("/api/v1/", "").split("/").map(decodeURIComponent);
    const json = (asked.body.startsWith("{") ? JSON.parse(asked.body) : {}) as Record<string, never>;
    return this.route(method, parts, asked, json);
  }

  private session({ method, body, headers }: Asked): Answered {
    const session = { tokenId: "tok_fixture", name: "fixture", scopes: this.scopes, accountIds: null, expiresAt: null };
    if (method === "DELETE") return { status: 204, body: null, headers: { "set-cookie": "pulseline_session=; Max-Age=0; Path=/" } };
    if (method === "GET" && !(headers.cookie ?? "").includes("pulseline_session="))
      throw new Problem(401, "Not signed in", "Sign in first.");
    if (method === "POST" && (JSON.parse(body) as { token: string }).token === "wrong")
      throw new Problem(401, "Unknown token", "The token is not known here.");
    return { body: session, headers: { "set-cookie": "pulseline_session=1; HttpOnly; SameSite=Strict; Path=/" } };
  }

  /** A test event at a front door: its account appears or moves, a delivery is listed. */
  private door({ body, path }: Asked): Answered {
    const sent = JSON.parse(body) as { account?: { id?: string }; detail?: unknown };
    const now = Date.now();
    const id = sent.account?.id ?? "example-company";
    if (!this.accounts.some((account) => account.row.id === id)) this.addAccount(id, "Example Company", now);
    const connectionId = path.startsWith("/webhooks/") ? (path.split("/")[3] ?? "con") : (this.tokens[0]?.id ?? "tok_fixture");
    this.deliveries = [
      {
        ...makeDeliveries(now, connectionId)[0]!,
        id: `dlv_${now}`,
        receivedAt: new Date(now).toISOString(),
        accepted: 1,
        rejected: 0,
        accountIds: [id],
        status: "settled",
      },
      ...this.deliveries,
    ];
    setTimeout(() => this.move(id, 6.5), 300).unref();
    return { status: 202, body: { accepted: 1, rejected: [] } };
  }

  private addAccount(id: string, name: string, now: number): FixtureAccount {
    const [made] = makeAccounts(1, now);
    if (made === undefined) throw new Error("no account made");
    const account: FixtureAccount = {
      ...made,
      row: {
        ...made.row,
        id,
        name,
        score: null,
        band: "not_enough_data",
        change: null,
        scoreDayAgo: null,
        scoreWeekAgo: null,
        changeWeek: null,
        changeWeekByConfiguration: null,
        moves: [],
        events: 0,
        scoreDays: made.row.scoreDays.map(() => null),
        number: 1,
      },
    };
    this.accounts.push(account);
    return account;
  }

  private route(method: string, parts: string[], asked: Asked, json: Record<string, never>): Answered {
    const [resource, id, action] = parts;
    const read = method === "GET";
    if (resource === "portfolio" && id === "history") return { body: portfolioHistoryOf(this.rows, Date.now()) };
    if (resource === "portfolio") return { body: portfolioOf(this.rows) };
    if (resource === "accounts") return this.accountRoute(method, parts, asked, json);
    if (resource === "tasks") return { body: this.notes.openTasks(this.accounts, asked.query, Date.now()) };
    if (resource === "analytics") return { body: usageAnswer(id ?? "", asked.query) };
    if (resource === "risk") {
      const found = this.risk.answer(asked.query.get("period"));
      if (found === null) throw new Problem(404, "Not found", "this month was not tested");
      return { body: found };
    }
    if (resource === "jobs" && id === "monthly") return { body: read ? this.risk.look() : this.risk.run() };
    if (resource === "jobs" && !read) return { body: this.jobs.run() };
    if (resource === "jobs") {
      const found = id === undefined ? this.jobs.list() : this.jobs.detail(id, action ?? "");
      if (found === null) throw new Problem(404, "Not found", "there is no such job run");
      return { body: found };
    }
    if (resource === "config") return this.config.answer(asked, parts, json);
    if (resource === "sources" && action === "release")
      this.sources = this.sources.map((one) => (one.connectionId === id ? { ...one, awaited: false, status: "ended" as const } : one));
    if (resource === "sources")
      return { body: { items: this.sources, canary: this.canary(), overdueAlarms: [], asOf: new Date().toISOString() } };
    if (resource === "deliveries" && id !== undefined) {
      const delivery = this.deliveries.find((one) => one.id === id);
      if (delivery === undefined) throw new Problem(404, "Not found", "there is no such delivery");
      return { body: deliveryDetailOf(delivery, asked.query.get("body") === "1") };
    }
    if (resource === "deliveries") {
      const connection = asked.query.get("connection");
      const status = asked.query.get("status");
      return {
        body: pageOf(
          this.deliveries.filter(
            (one) => (connection === null || one.connectionId === connection) && (status === null || one.status === status),
          ),
          asked.query,
        ),
      };
    }
    if (resource === "dead-letters") return this.deadLetterRoute(id, action, asked, json);
    if (resource === "identity") {
      if (id === "unresolved") return { body: pageOf(this.unresolved, asked.query) };
      const key = json["key"] as unknown as UnresolvedKey["key"];
      const waiting = this.unresolved.find((one) => one.key.value === key.value);
      this.unresolved = this.unresolved.filter((one) => one !== waiting);
      return { body: { key, accountId: json["accountId"], version: 2, drainedEvents: waiting?.waitingEvents ?? 0, released: [] } };
    }
    if (resource === "measures")
      return { body: { items: [...shippedMeasureSpecs].map(([key, spec]) => ({ key, title: spec.title, unit: "", spec })) } };
    if (resource === "connectors") return { body: { items: connectorList } };
    if (resource === "connections") return this.connectionRoute(method, id, action, asked, json);
    if (resource === "tokens") {
      if (action === "name") return { body: { id, name: this.tokens.find((token) => token.id === id)?.name ?? "Robin Sand" } };
      if (read) return { body: pageOf(this.tokens, asked.query) };
      if (method === "DELETE") {
        this.tokens = this.tokens.map((token) => (token.id === id ? { ...token, revokedAt: new Date().toISOString() } : token));
        return { status: 204, body: null };
      }
      const token: Token = {
        id: `tok_${this.tokens.length}`,
        name: json["name"] as unknown as string,
        scopes: json["scopes"] as unknown as Token["scopes"],
        connectionId: null,
        accountIds: null,
        expiresAt: null,
        createdAt: new Date().toISOString(),
        revokedAt: null,
      };
      this.tokens = [token, ...this.tokens];
      return { status: 201, body: { ...token, token: "pl_fixture_5f2c9e7a41d84b0e" } };
    }
    if (resource === "settings") {
      const zone: string = json["timeZone"] ?? "UTC";
      if (zone !== "UTC" && !Intl.supportedValuesOf("timeZone").includes(zone))
        throw new Problem(422, "Invalid", "is not an IANA time zone", "/timeZone");
      if (!read && (json["version"] ?? this.settings.version) !== this.settings.version)
        throw new Problem(409, "Conflict", "the settings have been changed meanwhile");
      if (!read) this.settings = { ...this.settings, ...json, version: this.settings.version + 1 };
      return { body: this.settings };
    }
    if (resource === "fx-rates") return { body: this.rates.answer(read ? null : asked.body, this.settings.reportingCurrency) };
    throw new Problem(404, "Unknown path", asked.path);
  }

  private canary(): unknown {
    return this.sources.length === 0
      ? null
      : { seen: 1_431, lastAt: new Date(Date.now() - 25_000).toISOString(), p50Ms: 420, p95Ms: 900, p99Ms: 1_900 };
  }

  private accountRoute(method: string, [, id, what, more]: string[], asked: Asked, json: Record<string, never>): Answered {
    const now = Date.now();
    if (id === undefined && method === "POST") {
      const name = String(json["id"]);
      const known = this.accounts.some((account) => account.row.id === name);
      const account = known ? this.find(name) : this.addAccount(name, json["name"] ?? name, now);
      return { status: known ? 200 : 201, body: accountOf(account, now) };
    }
    if (id === undefined) return { body: listOf(this.rows, asked.query) };
    if (what === "refold") {
      this.jobs.refolded.push(id);
      return { body: { setAside: false, events: 1, underWay: false } };
    }
    if (id === "import") {
      const lines = asked.body.trim().split(/\r?\n/).slice(1);
      const good = lines.filter((line) => line.split(",")[0] !== "");
      for (const line of good) this.addAccount(line.split(",")[0] ?? "", line.split(",")[1] ?? "", now);
      return {
        body: {
          imported: good.length,
          rejected: lines.flatMap((line, index) =>
            line.startsWith(",") ? [{ line: index + 2, id: null, pointer: "/id", detail: "The column id is empty." }] : [],
          ),
          rejectedRows: lines.length - good.length,
        },
      };
    }
    const account = this.find(id);
    if (what === undefined) return { body: accountOf(account, now) };
    if (what === "override" || what === "opinion") {
      const said = { reason: null, expiresAt: new Date(now + 90 * dayMs).toISOString(), ...json } as Partial<Verdict>;
      account[what] = method === "DELETE" ? null : ({ ...said, author: "tok_1", at: new Date(now).toISOString() } as Verdict);
      return { body: healthOf(account) };
    }
    if (what === "tickets")
      return {
        body: pageOf(
          ticketsOf(account, now).filter((ticket) => !asked.query.has("status") || ticket.status === asked.query.get("status")),
          asked.query,
        ),
      };
    if (what === "notes" || what === "tasks") return this.notes.answer(method, account, what, more, json, now);
    if (what === "children") return { body: pageOf(childrenOf(account), asked.query) };
    const records = recordsOf(account, now)[what];
    if (records !== undefined) return { body: pageOf(records, asked.query) };
    if (what === "restatements") {
      const late = restatementsOf(account, now);
      return { body: { ...pageOf(late, asked.query), total: late.length } };
    }
    if (what === "timeline")
      return {
        body: pageOf(
          timelineOf(account, now).filter((item) => !asked.query.has("type") || item.type === asked.query.get("type")),
          asked.query,
        ),
      };
    if (what === "metrics")
      return {
        body: {
          metric: more,
          unit: "users",
          points: [{ from: new Date(now - dayMs).toISOString(), to: new Date(now).toISOString(), value: account.row.activeUsers28d }],
          asOf: new Date(now).toISOString(),
        },
      };
    if (what === "measures") return { body: measureHistoryOf(account, more ?? "", this.history(account, asked.query, now)) };
    if (more === "history") return { body: this.history(account, asked.query, now) };
    if (more === "changes") return { body: this.changes(account, asked.query, now) };
    return { body: healthOf(byScorecard(account, asked.query.get("scorecard"))) };
  }

  private history(account: FixtureAccount, query: URLSearchParams, now: number): HealthHistory {
    const from = Date.parse(query.get("from") ?? new Date(now - 90 * dayMs).toISOString());
    const hourly = query.get("step") === "1h";
    const stepMs = hourly ? 3_600_000 : dayMs;
    const count = Math.floor((now - from) / stepMs);
    const points = Array.from({ length: count }, (_, index) => {
      const back = count - 1 - index;
      const at = back === 0 ? now : Math.ceil((now - back * stepMs) / stepMs) * stepMs - (hourly ? 0 : 1);
      const day = 89 - Math.floor((now - at) / dayMs);
      const score = account.row.scoreDays[day] ?? null;
      const judged = { scorecard: account.row.configVersion, configVersion: account.row.configVersion };
      return { at: new Date(at).toISOString(), score, band: bandOf(score), confidence: score === null ? 0 : 0.8, ...judged };
    });
    return { from: new Date(from).toISOString(), to: new Date(now).toISOString(), step: hourly ? "1h" : "1d", points };
  }

  private changes(account: FixtureAccount, query: URLSearchParams, now: number): unknown {
    const to = healthOf(account);
    const from = { ...to, score: account.row.scoreDayAgo, asOf: query.get("from") ?? new Date(now - dayMs).toISOString() };
    const asOf = query.get("to") ?? new Date(now).toISOString();
    return {
      from,
      to: { ...to, asOf },
      wholeDays: { from: from.asOf.slice(0, 10), to: asOf.slice(0, 10) },
      difference: account.row.change,
      moves: account.row.moves.map((move, index) => ({
        ...move,
        eventIds: Array.from({ length: 3 - index }, (_, one) => `con_product/ev_${account.seed}_${one}`),
        eventsTotal: 3 - index,
        left:
          index === 0
            ? {
                from: new Date(now - 29 * dayMs).toISOString(),
                to: new Date(now - 28 * dayMs).toISOString(),
                eventIds: [`con_product/ev_${account.seed}_gone`],
                eventsTotal: 1,
              }
            : null,
      })),
    };
  }

  private deadLetterRoute(id: string | undefined, action: string | undefined, asked: Asked, json: Record<string, never>): Answered {
    if (id === undefined) {
      const reason = asked.query.get("reason");
      const status = asked.query.get("status") ?? "open";
      const open = this.deadLetters.filter((letter) => letter.status === "open");
      const groups = [...countBy(open.map((letter) => `${letter.kind} ${letter.reason}`))].map(([key, count]) => ({
        kind: key?.split(" ")[0],
        reason: key?.split(" ")[1],
        open: count,
      }));
      return {
        body: {
          ...pageOf(
            this.deadLetters.filter((letter) => letter.status === status && (reason === null || letter.reason === reason)),
            asked.query,
          ),
          groups,
        },
      };
    }
    const letter = this.deadLetters.find((one) => one.id === id);
    if (letter === undefined) throw new Problem(404, "No such dead letter", id);
    if (action === undefined)
      return {
        body: {
          ...letter,
          event: {
            id: letter.eventId,
            type: letter.type,
            account: { id: letter.accountId },
            data: { ticketId: "9001", status: "open", subject: "<img src=x onerror=alert(1)>" },
          },
        },
      };
    if (action === "discard" && (json["reason"] ?? "") === "")
      throw new Problem(422, "A reason is missing", "Say why this is thrown away.");
    const after: DeadLetter = { ...letter, status: action === "replay" ? "replayed" : "discarded" };
    this.deadLetters = this.deadLetters.map((one) => (one === letter ? after : one));
    return { body: after };
  }

  private connectionRoute(
    method: string,
    id: string | undefined,
    action: string | undefined,
    asked: Asked,
    json: Record<string, never>,
  ): Answered {
    if (id === undefined && method === "GET") return { body: pageOf(this.connections, asked.query) };
    if (id === undefined) {
      const [made] = makeConnections(Date.now());
      if (made === undefined) throw new Error("no connection made");
      const newId = `con_${this.connections.length + 1}`;
      const connection: Connection = {
        ...made,
        id: newId,
        connector: String(json["connector"]),
        name: String(json["name"]),
        settings: json["settings"] ?? {},
        secrets: Object.keys(json["secrets"] ?? {}),
        webhookUrl: connectorList.find(({ name }) => name === json["connector"])?.receivesWebhooks
          ? `http://${asked.headers.host}/webhooks/${String(json["connector"])}/${newId}`
          : null,
      };
      this.connections = [...this.connections, connection];
      return { status: 201, body: connection };
    }
    const connection = this.connections.find((one) => one.id === id);
    if (connection === undefined) throw new Problem(404, "No such connection", id ?? "");
    if (method === "DELETE") {
      this.connections = this.connections.filter((one) => one !== connection);
      return { status: 204, body: null };
    }
    if (action === "test")
      return {
        body: {
          ok: connection.secrets.length > 0,
          missing:
            connection.secrets.length > 0
              ? []
              : [{ kind: "secret", name: "webhookSecret", detail: "Without it no webhook can be checked." }],
          lastReceivedAt: null,
        },
      };
    const after: Connection = {
      ...connection,
      ...(action === "pause"
        ? { status: "paused" as const }
        : action === "resume"
          ? { status: "active" as const }
          : {
              name: json["name"] ?? connection.name,
              settings: withoutNulls({ ...connection.settings, ...(json["settings"] as object | undefined) }),
            }),
    };
    this.connections = this.connections.map((one) => (one === connection ? after : one));
    this.sources = this.sources.map((source) =>
      source.connectionId === id
        ? { ...source, connectionStatus: after.status, status: after.status === "paused" ? "paused" : "fresh" }
        : source,
    );
    return { body: after };
  }
}
