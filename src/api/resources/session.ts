import { z } from "zod";
import { sessionMs } from "../../domain/limits.ts";
import { isoTime, SECOND_MS } from "../../domain/time.ts";
import { endpoint, okJson, type Endpoint, type Identity } from "../endpoint.ts";
import { endSession, hasScope, identify, makeSession, setCookie } from "../session.ts";

const sessionSchema = z.object({
  tokenId: z.string(),
  name: z.string(),
  scopes: z.array(z.enum(["ingest", "read", "write", "admin"])),
  accountIds: z.array(z.string()).nullable(),
  expiresAt: z.string().nullable(),
});
const toJson = ({ tokenId, name, scopes, accountIds, expiresAt }: Identity) => ({
  tokenId,
  name,
  scopes,
  accountIds,
  expiresAt: isoTime(expiresAt),
});

export const sessionEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "post",
    path: "/session",
    tag: "session",
    summary: "Sign in: a token for a session cookie",
    scope: "none",
    body: { schema: z.strictObject({ token: z.string().min(1).max(512) }) },
    answers: { 200: { description: "Signed in", schema: sessionSchema } },
    async handle({ ports, body, request, url, now }) {
      // A sign-in from another site would put its visitor into a stranger's session.
      if (request.headers.get("sec-fetch-site") === "cross-site") return { failure: "cross_origin" };
      const identity = await identify(ports.crypto.sha256Hex(body.token), "session", ports);
      if (!identity.ok) return identity.error;
      if (!hasScope(identity.value, "read")) return { failure: "scope_missing", scope: "read" };
      return okJson(toJson(identity.value), { "set-cookie": setCookie(makeSession(body.token, ports, now), url, sessionMs / SECOND_MS) });
    },
  }),
  endpoint({
    method: "get",
    path: "/session",
    tag: "session",
    summary: "Who asks",
    scope: null,
    answers: { 200: { description: "The token behind this request", schema: sessionSchema } },
    handle: async ({ identity }) => okJson(toJson(identity)),
  }),
  endpoint({
    method: "delete",
    path: "/session",
    tag: "session",
    summary: "Sign out: the session is over, wherever its cookie is",
    scope: "none",
    answers: { 204: { description: "Signed out" } },
    async handle({ request, url, ports, now }) {
      if (request.headers.get("sec-fetch-site") === "cross-site") return { failure: "cross_origin" };
      await endSession(request, ports, now);
      return { status: 204, headers: { "set-cookie": setCookie("", url, 0) } };
    },
  }),
];
