import { Hono } from "hono";
import { methodNotAllowed, problem } from "../platform/http/problem.ts";
import { mixpanelForms, receiveMixpanel } from "./mixpanel-route.ts";
import { receiveEvents } from "./native-route.ts";
import { type DoorPorts, DoorUnavailable } from "./ports.ts";
import { receiveWebhook } from "./webhook-route.ts";

/**
 * The front doors, mounted at the root. Methods are told apart by hand, because a router would answer HEAD by GET and store an event.
 *
 * @param portsOf the doors' ports out of the bindings of a request
 */
export function createDoors<Env extends object>(portsOf: (env: Env) => DoorPorts): Hono<{ Bindings: Env }> {
  const doors = new Hono<{ Bindings: Env }>();

  doors.all("/v1/events", (context) => {
    const request = context.req.raw;
    return request.method === "POST" ? receiveEvents(request, portsOf(context.env)) : methodNotAllowed("POST");
  });

  doors.all("/webhooks/:connector/:connectionId", (context) => {
    const { connector, connectionId } = context.req.param();
    return receiveWebhook(context.req.raw, connector, connectionId, portsOf(context.env));
  });

  // Browsers end a path in a slash, Mixpanel's Node client does not.
  for (const form of mixpanelForms) {
    for (const path of [`/${form}`, `/${form}/`])
      doors.all(path, (context) => receiveMixpanel(context.req.raw, form, portsOf(context.env)));
  }

  // The doors' one exit for what is no answer. A bug is told as 503 as well: the sender keeps its events and comes again.
  doors.onError((error, context) => {
    if (!(error instanceof DoorUnavailable)) portsOf(context.env).report("door_failed", { error: String(error), stack: error.stack });
    return problem(503, { reason: "unavailable", detail: "nothing was stored; send it again" });
  });
  return doors;
}
