import { z } from "zod";
import { overrideDefaultMs, overrideMs, overrideReasonCharsMax } from "../../domain/limits.ts";
import { DAY_MS, MINUTE_MS } from "../../domain/time.ts";
import { isReadFailure, writeFailure } from "../account-json.ts";
import { endpoint, type Call, type Endpoint } from "../endpoint.ts";
import { instant } from "../time-range.ts";
import { writeFields } from "../write-account.ts";
import { answerHealth, healthAnswer } from "./health.ts";

const reason = z.string().trim().min(1, "must say why").max(overrideReasonCharsMax, `may have ${overrideReasonCharsMax} characters`);
const overrideBody = z
  .strictObject({
    value: z.number().min(0).max(100),
    reason,
    expiresAt: instant.nullish(),
    /** Another name of `expiresAt`. */
    expiry: instant.nullish(),
  })
  .refine(({ expiresAt, expiry }) => expiresAt == null || expiry == null || expiresAt === expiry, {
    path: ["expiry"],
    message: "is another time than `expiresAt`",
  });
const opinionBody = z.strictObject({ value: z.int().min(1).max(5), reason: reason.nullish() });

/** What a person says is a write to the account like any other: journalled, archived, and in no way touched by the engine. */
async function write(call: Call, fields: Readonly<Record<string, unknown>>) {
  const { ports, params, identity } = call;
  const accountId = params["accountId"] ?? "";
  const before = await ports.accounts.call(accountId, (shard) => shard.health(accountId, null));
  if (isReadFailure(before)) return writeFailure(before, accountId);
  await writeFields(accountId, fields, identity, ports);
  return answerHealth(call, null);
}

async function override(call: Call<unknown, z.infer<typeof overrideBody>>) {
  const { body, now } = call;
  const expiresAt = body.expiresAt ?? body.expiry ?? now + overrideDefaultMs;
  const detail = `must lie between ${overrideMs.min / MINUTE_MS} minute and ${overrideMs.max / DAY_MS} days from now`;
  if (expiresAt < now + overrideMs.min || expiresAt > now + overrideMs.max)
    return { failure: "invalid", pointer: body.expiresAt == null ? "/expiry" : "/expiresAt", detail } as const;
  return write(call, { override: { value: body.value, reason: body.reason, expiresAt } });
}

const answers = { 200: { description: "The health document as it is now", schema: healthAnswer } };
const common = { tag: "health", scope: "write", answers } as const;

export const verdictEndpoints: readonly Endpoint[] = [
  endpoint({
    ...common,
    method: "post",
    path: "/accounts/{accountId}/override",
    summary: "Put a value in the score's place until it expires",
    body: { schema: overrideBody },
    handle: override,
  }),
  endpoint({
    ...common,
    method: "delete",
    path: "/accounts/{accountId}/override",
    summary: "Withdraw the override",
    handle: (call) => write(call, { override: { value: null } }),
  }),
  endpoint({
    ...common,
    method: "post",
    path: "/accounts/{accountId}/opinion",
    summary: "Say how the relationship is, 1 (very bad) to 5 (very good); kept beside the score",
    body: { schema: opinionBody },
    handle: (call) => write(call, { opinion: { value: call.body.value, reason: call.body.reason ?? null } }),
  }),
  endpoint({
    ...common,
    method: "delete",
    path: "/accounts/{accountId}/opinion",
    summary: "Withdraw the opinion",
    handle: (call) => write(call, { opinion: { value: null } }),
  }),
];
