import { z } from "zod";
import { historyPointsMax } from "../../domain/limits.ts";
import { DAY_MS, HOUR_MS, isoTime } from "../../domain/time.ts";
import { healthJson, isReadFailure, readFailure } from "../account-json.ts";
import { endpoint, okJson, type Endpoint } from "../endpoint.ts";
import { band, healthDocument, healthReading, move, time } from "../schemas.ts";
import { instant, rangeOf, rangeQuery } from "../time-range.ts";

const historyDays = 90;
const steps = { "1h": HOUR_MS, "1d": DAY_MS } as const;

export const healthEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "get",
    path: "/accounts/{accountId}/health",
    tag: "health",
    summary: "The score, explained",
    scope: "read",
    query: z.object({ at: instant.optional(), scorecard: z.string().max(64).optional() }),
    answers: { 200: { description: "The health document", schema: healthReading } },
    async handle({ ports, params, query }) {
      const accountId = params["accountId"] ?? "";
      const health = await ports.accounts.call(accountId, (shard) => shard.health(accountId, query.at ?? null, query.scorecard));
      return isReadFailure(health) ? readFailure(health, "/health") : okJson(healthJson(health));
    },
  }),
  endpoint({
    method: "get",
    path: "/accounts/{accountId}/health/history",
    tag: "health",
    summary: "The score over time",
    scope: "read",
    query: z.object({ ...rangeQuery, step: z.enum(["1h", "1d"]).default("1d") }),
    answers: {
      200: {
        description: "Scores as the facts are known now",
        schema: z.object({
          from: time,
          to: time,
          step: z.string(),
          points: z.array(z.object({ at: time, score: z.number().nullable(), band, confidence: z.number() })),
        }),
      },
    },
    async handle({ ports, params, query, now }) {
      const range = rangeOf(query, now, historyDays);
      if (!range.ok) return range.error;
      const { from, to } = range.value;
      const stepMs = steps[query.step];
      if ((to - from) / stepMs > historyPointsMax)
        return { failure: "bad_query", pointer: "?step", detail: `gives more than ${historyPointsMax} points` };
      const accountId = params["accountId"] ?? "";
      const history = await ports.accounts.call(accountId, (shard) => shard.healthHistory(accountId, { from, to, stepMs }));
      if (isReadFailure(history)) return readFailure(history, "/health/history");
      return okJson({
        from: isoTime(from),
        to: isoTime(to),
        step: query.step,
        points: history.points.map((point) => ({ ...point, at: isoTime(point.at) })),
      });
    },
  }),
  endpoint({
    method: "get",
    path: "/accounts/{accountId}/health/changes",
    tag: "health",
    summary: "What moved the score between two instants",
    scope: "read",
    query: z.object(rangeQuery),
    answers: {
      200: {
        description: "Both documents and the attribution of their difference",
        schema: z.object({
          from: healthDocument,
          to: healthDocument,
          difference: z.number().nullable(),
          moves: z.array(move.extend({ eventIds: z.array(z.string()) })),
        }),
      },
    },
    async handle({ ports, params, query, now }) {
      const range = rangeOf(query, now, 1);
      if (!range.ok) return range.error;
      const accountId = params["accountId"] ?? "";
      const changes = await ports.accounts.call(accountId, (shard) => shard.healthChanges(accountId, range.value.from, range.value.to));
      if (isReadFailure(changes)) return readFailure(changes, "/health/changes");
      const { from, to, moves } = changes;
      return okJson({
        from: healthJson(from),
        to: healthJson(to),
        difference: from.score === null || to.score === null ? null : to.score - from.score,
        moves,
      });
    },
  }),
];
