import { setTimeout as pause } from "node:timers/promises";

type Json = Record<string, unknown>;

/** What the product says of one metric of an account, by UTC day from `fromDay` on. */
export type MetricReading = {
  readonly account: string;
  readonly metric: string;
  readonly fromDay: number;
  readonly values: readonly (number | null)[];
  readonly errorRatio: number;
};
/** The product's health document of an account by a scorecard at an instant (epoch ms). */
export type HealthReading = { readonly account: string; readonly scorecard: string; readonly at: number; readonly document: unknown };
export type Readings = { readonly metrics: readonly MetricReading[]; readonly health: readonly HealthReading[] };
/** What is asked: days half-open, as numbers since the epoch; instants in epoch ms. */
export type Question = {
  readonly days: { readonly from: number; readonly to: number };
  readonly instants: readonly number[];
  readonly scorecards: readonly string[];
};

const settleWaitMs = 60_000;
/** The totals of `/metrics` may be as old. */
const totalsAgeMaxMs = 1_200;
const dayMs = 86_400_000;
const accountsMax = 500;

/** The running product, as anyone with a token sees it. */
export class Product {
  readonly url: URL;
  private readonly token: string;

  constructor(url: string, token: string) {
    this.url = new URL(url);
    this.token = token;
  }

  write(path: string, body: Json, method = "POST"): Promise<Json> {
    return this.json(method, path, JSON.stringify(body), "application/json");
  }

  writeCsv(path: string, body: string): Promise<Json> {
    return this.json("POST", path, body, "text/csv");
  }

  async metricTotal(name: string): Promise<number> {
    const text = await this.ask("GET", "/metrics");
    return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1]);
  }

  /** Resolves when nothing waits any more: every delivery has settled, and what a link has set free has come to its account. */
  async settled(): Promise<void> {
    await pause(totalsAgeMaxMs);
    for (const end = Date.now() + settleWaitMs; Date.now() < end; await pause(100)) {
      const totals = await Promise.all(["pulseline_events_waiting", "pulseline_draining_events"].map((name) => this.metricTotal(name)));
      if (totals.every((total) => total === 0)) return;
    }
    throw new Error(`events still wait after ${settleWaitMs} ms`);
  }

  async accounts(): Promise<readonly string[]> {
    const { items, total } = await this.read<{ items: { id: string }[]; total: number }>(`accounts?limit=${accountsMax}`);
    if (items.length < total) throw new Error("more accounts than one page tells");
    return items.map(({ id }) => id);
  }

  /** Everything the product says of these accounts that the question asks for. */
  async readings(accounts: readonly string[], question: Question): Promise<Readings> {
    const of = await Promise.all(
      accounts.map(async (account) => ({
        metrics: await this.metricsOf(account, question),
        health: await this.healthOf(account, question),
      })),
    );
    return { metrics: of.flatMap(({ metrics }) => metrics), health: of.flatMap(({ health }) => health) };
  }

  private async metricsOf(account: string, { days }: Question): Promise<readonly MetricReading[]> {
    const { items } = await this.read<{ items: { metric: string }[] }>(`accounts/${account}/metrics`);
    const range = `from=${new Date(days.from * dayMs).toISOString()}&to=${new Date(days.to * dayMs).toISOString()}`;
    return await Promise.all(
      items.map(async ({ metric }) => {
        const series = await this.read<{ points: { value: number | null }[]; errorRatio?: number }>(
          `accounts/${account}/metrics/${encodeURIComponent(metric)}?${range}`,
        );
        return { account, metric, fromDay: days.from, values: series.points.map(({ value }) => value), errorRatio: series.errorRatio ?? 0 };
      }),
    );
  }

  private healthOf(account: string, { instants, scorecards }: Question): Promise<readonly HealthReading[]> {
    const asked = instants.flatMap((at) => scorecards.map((scorecard) => ({ at, scorecard })));
    return Promise.all(
      asked.map(async ({ at, scorecard }) => {
        const path = `accounts/${account}/health?at=${new Date(at).toISOString()}&scorecard=${scorecard}`;
        return { account, scorecard, at, document: await this.read<unknown>(path) };
      }),
    );
  }

  private async read<T>(path: string): Promise<T> {
    return (await this.json("GET", path)) as T;
  }

  private async json(method: string, path: string, body?: string, type?: string): Promise<Json> {
    return JSON.parse(await this.ask(method, `/api/v1/${path}`, body, type)) as Json;
  }

  private async ask(method: string, path: string, body?: string, type?: string): Promise<string> {
    const response = await fetch(new URL(path, this.url), {
      method,
      headers: { authorization: `Bearer ${this.token}`, ...(type === undefined ? {} : { "content-type": type }) },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 500)}`);
    return text;
  }
}
