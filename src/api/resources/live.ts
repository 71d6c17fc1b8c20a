import { z } from "zod";
import { endpoint, type Call, type Endpoint } from "../endpoint.ts";
import { isSameOrigin } from "../session.ts";

const query = z.object({ lastEventId: z.string().max(32).optional() });
type LiveCall = Call<z.infer<typeof query>>;

/** A restricted token hears of its accounts only; the hub ends the feed when the token or the session ends. */
function open({ ports, identity, query: { lastEventId }, request }: LiveCall, kind: "socket" | "stream") {
  return ports.live.open(
    { tokenId: identity.tokenId, accountIds: identity.accountIds, expiresAt: identity.endsAt },
    { kind, lastEventId: lastEventId ?? request.headers.get("last-event-id") },
  );
}

export const liveEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "get",
    path: "/live",
    tag: "live",
    summary: "Changes as they happen, over a WebSocket",
    scope: "read",
    query,
    answers: { 101: { description: "The socket is open" } },
    async handle(call) {
      if (call.request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
        return {
          failure: "bad_query",
          pointer: "",
          detail: "this path speaks WebSocket (`Upgrade: websocket`); `live/sse` is for ordinary requests",
        };
      }
      // A browser sends cookies with a socket that any site opens; SameSite=Strict stops that, and so does this.
      if (call.identity.by === "session" && !(await isSameOrigin(call.request, call.url, call.ports))) return { failure: "cross_origin" };
      return open(call, "socket");
    },
  }),
  endpoint({
    method: "get",
    path: "/live/sse",
    tag: "live",
    summary: "Changes as they happen, as Server-Sent Events",
    scope: "read",
    query,
    answers: { 200: { description: "An endless `text/event-stream`" } },
    handle: (call) => open(call, "stream"),
  }),
];
