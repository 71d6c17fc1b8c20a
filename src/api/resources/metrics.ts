import { z } from "zod";
import { metricPointsMax } from "../../domain/limits.ts";
import { DAY_MS, HOUR_MS, isoTime, MINUTE_MS, startOfDay } from "../../domain/time.ts";
import type { MetricPoint } from "../../domain/account/messages.ts";
import { isReadFailure, readFailure } from "../account-json.ts";
import { endpoint, okJson, type Endpoint } from "../endpoint.ts";
import { time } from "../schemas.ts";
import { rangeOf, rangeQuery } from "../time-range.ts";

const defaultDays = 30;
const stepMs = { "5m": 5 * MINUTE_MS, "1h": HOUR_MS, "1d": DAY_MS } as const;

/** What every account has, in words; the accounts themselves say which `events.{type}` they hold. */
const definitions = [
  { metric: "events", unit: "events", title: "Events", definition: "All events applied, profile updates excluded" },
  { metric: "events.{type}", unit: "events", title: "Events of one type", definition: "Events of this type applied" },
  {
    metric: "product_events",
    unit: "events",
    title: "Product events",
    definition: "Events of the usage category: features, pages, sessions, sign-ins",
  },
  {
    metric: "active_users_1d",
    unit: "users",
    title: "Active users, 1 day",
    definition: "Distinct users with usage in the day that ends with the bucket",
  },
  {
    metric: "active_users_7d",
    unit: "users",
    title: "Active users, 7 days",
    definition: "Distinct users with usage in the 7 days that end with the bucket",
  },
  {
    metric: "active_users_28d",
    unit: "users",
    title: "Active users, 28 days",
    definition: "Distinct users with usage in the 28 days that end with the bucket",
  },
  {
    metric: "sessions",
    unit: "sessions",
    title: "Sessions",
    definition:
      "Stretches of usage of one person without a pause of 30 minutes (`sessionGapMinutes`), by their beginning, once they are over",
  },
  {
    metric: "session_length_p50",
    unit: "seconds",
    title: "Session length, median",
    definition: "From the first usage to the last of the sessions that began in the bucket",
  },
  {
    metric: "session_length_p90",
    unit: "seconds",
    title: "Session length, 90th percentile",
    definition: "From the first usage to the last of the sessions that began in the bucket",
  },
  {
    metric: "tickets_created",
    unit: "tickets",
    title: "Tickets created",
    definition: "Tickets by the time of their creation, each counted once",
  },
  { metric: "tickets_solved", unit: "tickets", title: "Tickets solved", definition: "Times at which a ticket became solved" },
  { metric: "ticket_backlog", unit: "tickets", title: "Ticket backlog", definition: "Tickets open at the bucket's end" },
  {
    metric: "mrr",
    unit: "minor units",
    title: "Monthly recurring revenue",
    definition: "In minor units of the reporting currency at the bucket's end, by the rates of that day",
  },
  {
    metric: "arr",
    unit: "minor units",
    title: "Annual recurring revenue",
    definition: "In minor units of the reporting currency at the bucket's end, by the rates of that day",
  },
] as const;

const noRate = z.object({ currency: z.string(), date: z.iso.date() });
const pointJson = ({ from, to, value, noRate: lacks }: MetricPoint) => ({
  from: isoTime(from),
  to: isoTime(to),
  value,
  ...(lacks === undefined ? {} : { noRate: { currency: lacks.currency, date: isoTime(startOfDay(lacks.day)).slice(0, 10) } }),
});

const named = { metric: z.string(), unit: z.string(), title: z.string() };

export const metricEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "get",
    path: "/metrics",
    tag: "metrics",
    summary: "Metrics and what they mean",
    scope: "read",
    answers: { 200: { description: "All metrics", schema: z.object({ items: z.array(z.object({ ...named, definition: z.string() })) }) } },
    handle: async () => okJson({ items: definitions }),
  }),
  endpoint({
    method: "get",
    path: "/accounts/{accountId}/metrics",
    tag: "metrics",
    summary: "Metrics that this account has",
    scope: "read",
    answers: { 200: { description: "Names", schema: z.object({ items: z.array(z.object(named)) }) } },
    async handle({ ports, params }) {
      const accountId = params["accountId"] ?? "";
      const names = await ports.accounts.call(accountId, (shard) => shard.metricNames(accountId));
      return isReadFailure(names) ? readFailure(names, "/metrics") : okJson({ items: names });
    },
  }),
  endpoint({
    method: "get",
    path: "/accounts/{accountId}/metrics/{metric}",
    tag: "metrics",
    summary: "One metric over time",
    scope: "read",
    query: z.object({ ...rangeQuery, step: z.enum(["5m", "1h", "1d", "all"]).default("1d") }),
    answers: {
      200: {
        description: "A dense series of half-open UTC buckets",
        schema: z.object({
          metric: z.string(),
          unit: z.string(),
          currency: z.string().optional(),
          points: z.array(z.object({ from: time, to: time, value: z.number().nullable(), noRate: noRate.optional() })),
          approximate: z.literal(true).optional(),
          errorRatio: z.number().optional(),
          asOf: time,
        }),
      },
    },
    async handle({ ports, params, query, now }) {
      const { accountId = "", metric = "" } = params;
      // `all` without a range is everything ever counted; only the account knows since when.
      const unbounded = query.step === "all" && query.from === undefined && query.to === undefined;
      const range = rangeOf(query, now, defaultDays);
      if (!range.ok) return range.error;
      const { from, to } = range.value;
      if (query.step !== "all" && (to - from) / stepMs[query.step] > metricPointsMax)
        return { failure: "bad_query", pointer: "?step", detail: `gives more than ${metricPointsMax} points` };
      const wanted = { metric, step: query.step, from: unbounded ? null : from, to: unbounded ? null : to };
      const series = await ports.accounts.call(accountId, (shard) => shard.metric(accountId, wanted));
      if (isReadFailure(series))
        return series.failure === "invalid" && series.field === "metric"
          ? { failure: "not_found", what: "metric" }
          : readFailure(series, `/metrics/${encodeURIComponent(metric)}`);
      return okJson({
        ...series,
        points: series.points.map(pointJson),
        asOf: isoTime(series.asOf),
      });
    },
  }),
];
