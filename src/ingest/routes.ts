import { Hono } from "hono";
import type { Env } from "../env.ts";
import { doorPorts } from "../platform/door-ports.ts";
import { methodNotAllowed, problem } from "../platform/http/problem.ts";
import { mixpanelRoutes } from "./mixpanel-route.ts";
import { receiveEvents } from "./native-route.ts";
import { DoorUnavailable } from "./ports.ts";
import { receiveWebhook } from "./webhook-route.ts";

/** The front doors, mounted at the root. Methods are told apart by hand, because a router would answer HEAD by GET and store an event. */
export const ingestRoutes = new Hono<{ Bindings: Env }>();

ingestRoutes.all("/v1/events", (context) => {
  const request = context.req.raw;
  return request.method === "POST" ? receiveEvents(request, new URL(request.url), doorPorts(context.env)) : methodNotAllowed("POST");
});

ingestRoutes.all("/webhooks/:connector/:connectionId", (context) => {
  const { connector, connectionId } = context.req.param();
  return receiveWebhook(context.req.raw, connector, connectionId, doorPorts(context.env));
});

ingestRoutes.route("/", mixpanelRoutes);

/** The doors' one exit for what is no answer. A bug is told as 503 as well: the sender keeps its events and comes again. */
ingestRoutes.onError((error, context) => {
  if (!(error instanceof DoorUnavailable)) doorPorts(context.env).report("door_failed", { error: String(error), stack: error.stack });
  return problem(503, { reason: "unavailable", detail: "Nothing was stored. Send it again." });
});
