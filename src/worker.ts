import { Hono } from "hono";
import { z } from "zod";
import { readSources } from "./api/resources/sources.ts";
import { createApi } from "./api/routes.ts";
import type { ApiSupply } from "./platform/api-ports.ts";
import { connectors, mapDelivery } from "./connectors/index.ts";
import { eventTypes } from "./domain/event-types.ts";
import { toLine } from "./domain/event.ts";
import type { Env } from "./env.ts";
import { readDelivery } from "./ingest/intake/map.ts";
import { doorDescriptions } from "./ingest/describe-doors.ts";
import { createDoors } from "./ingest/routes.ts";
import { apiPorts } from "./platform/api-ports.ts";
import { sourcesMovedIn, tellSourcesMoved } from "./platform/tell-sources-moved.ts";
import { handleChangesBatch, handleDeadLettersBatch } from "./platform/changes-consumer.ts";
import { dashboardResponse, withSecurityHeaders } from "./platform/dashboard-pages.ts";
import { doorPorts } from "./platform/door-ports.ts";
import { handleEventsBatch } from "./platform/events-consumer.ts";
import { gunzip } from "./platform/gzip.ts";
import { jobTriggered, lookAfterJobs, startCron } from "./platform/jobs/jobs.ts";
import { problem } from "./platform/http/problem.ts";
import { pathTooLong } from "./platform/http/request-path.ts";
import { everyMinute } from "./platform/minute.ts";
import { reportLine } from "./platform/report.ts";

export { AccountShard } from "../durable-objects/account-shard.ts";
export { IdentityDirectory } from "../durable-objects/identity-directory.ts";
export { IntakeShard } from "../durable-objects/intake-shard.ts";
export { LiveHub } from "../durable-objects/live-hub.ts";
export { DailyJob } from "./platform/jobs/daily-job.ts";
export { MonthlyJob } from "./platform/jobs/monthly-job.ts";

/** What the API tells of connectors and event types, out of the very definitions that the doors use. */
const supply: ApiSupply = {
  catalogue: {
    connectors: connectors
      .filter((connector) => connector.kind === "vendor")
      .map((connector) => ({
        name: connector.name,
        title: connector.title,
        docs: connector.docs,
        settings: connector.settings.map(toField),
        secrets: connector.secrets.map(toField),
        streams: connector.streams,
        webhooks: connector.webhook?.types ?? [],
        receivesWebhooks: connector.webhook !== undefined,
        publicSecrets:
          connector.webhook === undefined ? {} : { [connector.webhook.signature.secret]: connector.webhook.signature.refusedSecrets },
      })),
    eventTypes: () =>
      eventTypes.map(({ type, title, category, profileUpdate, docs, dataSchema }) => ({
        type,
        title,
        category,
        profileUpdate,
        description: docs,
        schema: z.toJSONSchema(dataSchema, { unrepresentable: "any", io: "input" }),
      })),
  },
  linesOf: (delivery) => mapDelivery(delivery).items.flatMap((item) => ("event" in item ? [toLine(item.event)] : [])),
  read: (delivery) => {
    try {
      return readDelivery({ map: mapDelivery, codec: { gunzip } }, delivery);
    } catch {
      return null;
    }
  },
};

function toField({ key, title, required, docs }: { key: string; title: string; required: boolean; docs: string }) {
  return { key, title, required, description: docs };
}

/** What HTTP can ask of us beside the front doors: the API, and for the rest the dashboard. */
const routes = new Hono<{ Bindings: Env }>();
routes.use("/api/docs", async (context, next) => {
  await next();
  context.res = withSecurityHeaders(context.res, new URL(context.req.raw.url));
});
routes.route(
  "/",
  createApi<Env>({
    portsOf: (env) => apiPorts(env, supply),
    version: "1.0.0",
    doors: doorDescriptions,
    report: (error, requestId) =>
      reportLine("request_failed", { requestId, error: String(error), stack: error instanceof Error ? error.stack : undefined }),
  }),
);
routes.notFound((context) => dashboardResponse(context.req.raw, context.env));
// A bug of ours is told as 503 as well: no input is answered 500, and whoever sent something has to send it again.
routes.onError((error) => {
  reportLine("request_failed", { error: String(error), stack: error.stack });
  return problem(503, { reason: "unavailable" });
});

/** The doors come first and by themselves: mounted among the others, each delivery would pay for a chain of handlers. */
const doors = createDoors<Env>(doorPorts);
doors.notFound((context) => routes.fetch(context.req.raw, context.env, context.executionCtx));

export default {
  fetch(request, env, context) {
    return pathTooLong(request.url) ?? doors.fetch(request, env, context);
  },
  async queue(batch, env, context) {
    if (batch.queue === "events") await handleEventsBatch(batch, env);
    else if (batch.queue === "changes") {
      const movedAt = sourcesMovedIn(batch.messages.map(({ body }) => body));
      // Beside the changes, which are not to wait for it.
      if (movedAt !== null) context.waitUntil(tellSourcesMoved(env, movedAt));
      await handleChangesBatch(batch, env);
    } else await handleDeadLettersBatch(batch, env);
  },
  async scheduled(controller, env) {
    if (controller.cron === startCron) await lookAfterJobs(env, 0);
    if (await jobTriggered(env, controller.cron, controller.scheduledTime)) return;
    const ports = apiPorts(env, supply);
    await everyMinute(env, controller.scheduledTime, () => readSources(ports, ports.clock.now()));
  },
} satisfies ExportedHandler<Env>;
