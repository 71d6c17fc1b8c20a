import { z } from "zod";
import type { HistoryQuery } from "../../domain/account/messages.ts";
import { historyPointsMax } from "../../domain/limits.ts";
import { DAY_MS, HOUR_MS, isoTime } from "../../domain/time.ts";
import { healthChangesJson, healthReadingJson, isReadFailure, readFailure, windowJson } from "../account-json.ts";
import { endpoint, okJson, type Call, type Endpoint } from "../endpoint.ts";
import { isFailure, type Failure } from "../failure.ts";
import { rollup, rollupJson } from "./children.ts";
import { band, healthDocument, healthReading, measureStatus, measureWindow, move, time } from "../schemas.ts";
import { instant, rangeOf, rangeQuery } from "../time-range.ts";

const historyDays = 90;
const steps = { "1h": HOUR_MS, "1d": DAY_MS } as const;
/** Key of the scorecard that judges; absent: the account's own. */
const scorecardQuery = { scorecard: z.string().max(64).optional() };
const historyQuery = z.object({
  ...rangeQuery,
  ...scorecardQuery,
  step: z.enum(["1h", "1d"]).default("1d"),
  config: z.enum(["then", "now"]).default("then"),
});
const eventsFound = { eventIds: z.array(z.string()), eventsTotal: z.number().nullable() };
const historyPoint = z.object({
  at: time,
  score: z.number().nullable(),
  band,
  confidence: z.number(),
  scorecard: z.string(),
  configVersion: z.string(),
  configPending: z.string().optional(),
});
const rangeSchema = { from: time, to: time, step: z.string() };
const measurePoint = z.object({
  at: time,
  value: z.number().nullable(),
  score: z.number().nullable(),
  effectiveWeight: z.number(),
  contribution: z.number(),
  freshness: z.number(),
  asOf: time.nullable(),
  window: measureWindow,
  status: measureStatus,
  note: z.string().optional(),
  configVersion: z.string(),
});

type Steps = keyof typeof steps;
type Range = { readonly from: number; readonly to: number };

function historyOf(
  query: z.infer<typeof historyQuery>,
  now: number,
): (Range & Pick<HistoryQuery, "stepMs" | "config" | "scorecard">) | Failure {
  const range = rangeOf(query, now, historyDays);
  if (!range.ok) return range.error;
  const stepMs = steps[query.step];
  if ((range.value.to - range.value.from) / stepMs > historyPointsMax)
    return { failure: "bad_query", pointer: "?step", detail: `gives more than ${historyPointsMax} points` };
  return { ...range.value, stepMs, config: query.config, scorecard: query.scorecard };
}

const rangeJson = ({ from, to }: Range, step: Steps) => ({ from: isoTime(from), to: isoTime(to), step });

/** What `answerHealth` gives. */
export const healthAnswer = healthReading.extend({ rollup });

/** The health document of a call's account, with what its children make of it now. */
export async function answerHealth({ ports, params, identity }: Omit<Call, "query" | "body">, at: number | null, scorecard?: string) {
  const accountId = params["accountId"] ?? "";
  const [health, ofChildren] = await Promise.all([
    ports.accounts.call(accountId, (shard) => shard.health(accountId, at, scorecard)),
    ports.rollup(accountId, identity.accountIds),
  ]);
  return isReadFailure(health) ? readFailure(health, "/health") : okJson({ ...healthReadingJson(health), rollup: rollupJson(ofChildren) });
}

export const healthEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "get",
    path: "/accounts/{accountId}/health",
    tag: "health",
    summary: "The score, explained",
    scope: "read",
    query: z.object({ at: instant.optional(), ...scorecardQuery }),
    answers: { 200: { description: "The health document", schema: healthAnswer } },
    handle: (call) => answerHealth(call, call.query.at ?? null, call.query.scorecard),
  }),
  endpoint({
    method: "get",
    path: "/accounts/{accountId}/health/history",
    tag: "health",
    summary: "The score over time",
    scope: "read",
    query: historyQuery,
    answers: {
      200: {
        description: "Scores as the facts are known now, by the configuration of their time",
        schema: z.object({
          ...rangeSchema,
          points: z.array(historyPoint),
        }),
      },
    },
    async handle({ ports, params, query, now }) {
      const wanted = historyOf(query, now);
      if (isFailure(wanted)) return wanted;
      const accountId = params["accountId"] ?? "";
      const history = await ports.accounts.call(accountId, (shard) => shard.healthHistory(accountId, wanted));
      if (isReadFailure(history)) return readFailure(history, "/health/history");
      return okJson({ ...rangeJson(wanted, query.step), points: history.points.map((point) => ({ ...point, at: isoTime(point.at) })) });
    },
  }),
  endpoint({
    method: "get",
    path: "/accounts/{accountId}/measures/{measure}/history",
    tag: "health",
    summary: "One measure over time",
    scope: "read",
    query: historyQuery,
    answers: {
      200: {
        description: "Dense: a point for each step, those without a value too",
        schema: z.object({ key: z.string(), title: z.string(), unit: z.string(), ...rangeSchema, points: z.array(measurePoint) }),
      },
    },
    async handle({ ports, params, query, now }) {
      const wanted = historyOf(query, now);
      if (isFailure(wanted)) return wanted;
      const accountId = params["accountId"] ?? "";
      const key = params["measure"] ?? "";
      const history = await ports.accounts.call(accountId, (shard) => shard.measureHistory(accountId, key, wanted));
      if (isReadFailure(history)) return readFailure(history, `/measures/${encodeURIComponent(key)}/history`);
      if (history.measure === null) return { failure: "not_found", what: "measure" };
      return okJson({
        ...history.measure,
        ...rangeJson(wanted, query.step),
        points: history.points.map((point) => ({
          ...point,
          at: isoTime(point.at),
          asOf: isoTime(point.asOf),
          window: windowJson(point.window),
        })),
      });
    },
  }),
  endpoint({
    method: "get",
    path: "/accounts/{accountId}/health/changes",
    tag: "health",
    summary: "What moved the score between two instants",
    scope: "read",
    query: z.object({ ...rangeQuery, ...scorecardQuery }),
    answers: {
      200: {
        description: "Both documents and the attribution of their difference",
        schema: z.object({
          from: healthDocument,
          to: healthDocument,
          difference: z.number().nullable(),
          wholeDays: z.object({ from: z.iso.date(), to: z.iso.date() }).meta({
            description:
              "UTC days of both ends. What is counted by whole days is seen to their end, as far as it has come, or of the day up to which its source is known",
          }),
          moves: z.array(move.extend({ ...eventsFound, left: z.object({ from: time, to: time, ...eventsFound }).nullable() })),
        }),
      },
    },
    async handle({ ports, params, query, now }) {
      const range = rangeOf(query, now, 1);
      if (!range.ok) return range.error;
      const accountId = params["accountId"] ?? "";
      const changes = await ports.accounts.call(accountId, (shard) =>
        shard.healthChanges(accountId, range.value.from, range.value.to, query.scorecard),
      );
      if (isReadFailure(changes)) return readFailure(changes, "/health/changes");
      return okJson(healthChangesJson(changes));
    },
  }),
];
