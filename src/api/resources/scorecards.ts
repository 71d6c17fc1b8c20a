import { z } from "zod";
import { type Configuration, emptyConfiguration } from "../../domain/config/active.ts";
import { checkDocument, type ConfigDocument, shippedDocuments, withoutShadow, withShadow } from "../../domain/config/document.ts";
import type { Fault } from "../../domain/config/fault.ts";
import { ScorecardDocumentSchema, type Scorecard } from "../../domain/config/scorecard.ts";
import { evaluateValues } from "../../domain/health/evaluate.ts";
import { configDocumentBytesMax } from "../../domain/limits.ts";
import { healthJson, isReadFailure, readFailure } from "../account-json.ts";
import { endpoint, noContent, okJson, type Call, type Endpoint } from "../endpoint.ts";
import type { Failure } from "../failure.ts";
import { band, healthDocument } from "../schemas.ts";

/** What only scorecards have: a draft can be tried on an account, on made-up values, and in shadow on all accounts. */

const testInput = z
  .object({
    /** A document, or the key of one that is published. */
    scorecard: z.union([z.string().max(64), z.record(z.string(), z.unknown())]),
    accountId: z.string().min(1).max(512).optional(),
    /** Raw values by measure; one that is not named is missing. */
    measures: z.record(z.string(), z.number().nullable()).optional(),
    /** With `measures`: flags that stand, so that caps can be tried. */
    flags: z.array(z.string()).max(20).default([]),
  })
  .refine(({ accountId, measures }) => (accountId === undefined) !== (measures === undefined), "name either `accountId` or `measures`");

const reading = {
  score: z.number().nullable(),
  band,
  publishedScore: z.number().nullable(),
  publishedBand: band,
};
const shadowSchema = z.object({
  key: z.string(),
  version: z.number(),
  since: z.string(),
  accounts: z.number(),
  changed: z.number(),
  bands: z.array(z.object({ from: band, to: band, accounts: z.number() })),
  movers: z.array(z.object({ accountId: z.string(), name: z.string().nullable(), ...reading })),
});

const noDraft: Failure = { failure: "not_found", what: "draft" };
const noShadow: Failure = { failure: "not_found", what: "shadow" };
const changed: Failure = { failure: "conflict", detail: "the configuration has been changed meanwhile; read it again" };
const atScorecard = (faults: readonly Fault[]): Failure => ({
  failure: "faults",
  faults: faults.map((fault) => ({ ...fault, pointer: `/scorecard${fault.pointer}` })),
});

async function test(call: Call<unknown, z.infer<typeof testInput>>) {
  const { ports, body, now, identity } = call;
  const { accountId, measures, flags } = body;
  if (accountId !== undefined && identity.accountIds?.includes(accountId) === false)
    return { failure: "account_not_allowed", accountId } as const;
  const active = await ports.store.configuration();
  const document = typeof body.scorecard === "string" ? await published(body.scorecard, call) : body.scorecard;
  if (document === null) return atScorecard([{ pointer: "", detail: "no scorecard of this key is published" }]);
  const checked = checkDocument({ kind: "scorecards", key: "test" }, document, active);
  if (!checked.ok) return atScorecard(checked.error);
  const scorecard: Scorecard = {
    ...ScorecardDocumentSchema.parse(checked.value),
    version: "test",
    configVersion: String(active?.version ?? 0),
  };
  if (accountId === undefined) return okJson(healthJson(evaluateValues(scorecard, { measures: measures ?? {}, flags }, now)));
  const health = await ports.accounts.call(accountId, (shard) => shard.healthBy(accountId, scorecard));
  return isReadFailure(health) ? readFailure(health) : okJson(healthJson(health));
}

const published = async (key: string, { ports }: Pick<Call, "ports">): Promise<unknown> =>
  (await ports.store.openDocument("scorecards", key)).published?.document ?? shippedDocuments("scorecards").get(key) ?? null;

async function startShadow(call: Call) {
  const { ports, params } = call;
  const key = params["key"] ?? "";
  const { draft } = await ports.store.openDocument("scorecards", key);
  if (draft === null) return noDraft;
  if (draft.status === "shadow") return { failure: "conflict", detail: "the draft runs in shadow already" } as const;
  const active = await ports.store.configuration();
  const checked = checkDocument(draft, draft.document, active);
  if (!checked.ok) return { failure: "faults", faults: checked.error } as const;
  const next = withShadow(active, draft);
  if (!next.ok) return { failure: "faults", faults: [next.error] } as const;
  return (await put(call, next.value, draft, "shadow")) ? report(call) : changed;
}

async function endShadow(call: Call) {
  const key = call.params["key"] ?? "";
  const { draft } = await call.ports.store.openDocument("scorecards", key);
  if (draft?.status !== "shadow") return noShadow;
  const next = withoutShadow(await call.ports.store.configuration(), key);
  return (await put(call, next, draft, "draft")) ? noContent : changed;
}

async function put(
  { ports, identity, now }: Call,
  next: Configuration,
  draft: ConfigDocument,
  status: "draft" | "shadow",
): Promise<boolean> {
  const change = { draft: { document: { ...draft, status }, revision: draft.revision } };
  if (!(await ports.store.putConfiguration(next, { author: identity.tokenId, at: now }, change))) return false;
  await ports.spreadConfig(next.version);
  return true;
}

async function report({ ports, params }: Call) {
  const key = params["key"] ?? "";
  const { shadows } = (await ports.store.configuration()) ?? emptyConfiguration;
  const shadow = shadows[key];
  if (shadow === undefined) return noShadow;
  return okJson({ key, version: shadow.version, since: String(shadow.since), ...(await ports.store.shadowReport(key, shadow.since)) });
}

const shared = { tag: "configuration" } as const;
const shadow = { ...shared, path: "/config/scorecards/{key}/shadow", spansAccounts: true } as const;
const reported = { 200: { description: "What would change", schema: shadowSchema } } as const;

export const scorecardEndpoints: readonly Endpoint[] = [
  endpoint({
    ...shared,
    method: "post",
    path: "/config/scorecards/test",
    summary: "The health document that a scorecard would give",
    scope: "read",
    body: { schema: testInput, bytesMax: configDocumentBytesMax },
    answers: { 200: { description: "The health document", schema: healthDocument } },
    handle: test,
  }),
  endpoint({
    ...shadow,
    method: "post",
    summary: "Evaluate the draft beside the published scorecard, for every account that has it",
    scope: "admin",
    answers: reported,
    handle: startShadow,
  }),
  endpoint({
    ...shadow,
    method: "get",
    summary: "Who would change band, and who would move most",
    scope: "read",
    answers: reported,
    handle: report,
  }),
  endpoint({
    ...shadow,
    method: "delete",
    summary: "End the shadow; the draft stays",
    scope: "admin",
    answers: { 204: { description: "Ended" } },
    handle: endShadow,
  }),
];
