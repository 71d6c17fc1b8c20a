import { z } from "zod";
import { checkDocument, shippedDocuments } from "../../domain/config/document.ts";
import type { Fault } from "../../domain/config/fault.ts";
import { ScorecardDocumentSchema, type Scorecard } from "../../domain/config/scorecard.ts";
import { evaluateValues } from "../../domain/health/evaluate.ts";
import { configDocumentBytesMax } from "../../domain/limits.ts";
import { healthJson, isReadFailure, namedFailure } from "../account-json.ts";
import { endpoint, okJson, type Call, type Endpoint } from "../endpoint.ts";
import type { Failure } from "../failure.ts";
import { healthDocument } from "../schemas.ts";

/** What only scorecards have: a document can be tried on an account, and on made-up values. */

const testInput = z
  .strictObject({
    /** A document, or the key of one that is published. */
    scorecard: z.union([z.string().max(64), z.record(z.string(), z.unknown())]),
    accountId: z.string().min(1).max(512).optional(),
    /** Raw values by measure; one that is not named is missing. */
    measures: z.record(z.string(), z.number().nullable()).optional(),
    /** With `measures`: flags that stand, so that caps can be tried. */
    flags: z.array(z.string()).max(20).default([]),
  })
  .refine(({ accountId, measures }) => (accountId === undefined) !== (measures === undefined), "name either `accountId` or `measures`");

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
  return isReadFailure(health) ? namedFailure(health) : okJson(healthJson(health));
}

const published = async (key: string, { ports }: Pick<Call, "ports">): Promise<unknown> =>
  (await ports.store.openDocument("scorecards", key)).published?.document ?? shippedDocuments("scorecards").get(key) ?? null;

const shared = { tag: "configuration" } as const;
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
];
