import { z } from "zod";
import type { ComparisonCall } from "../../domain/account/messages.ts";
import type { Configuration } from "../../domain/config/active.ts";
import { changedIn, type Comparison, emptyComparison, mergeComparisons } from "../../domain/config/comparison.ts";
import {
  checkDocument,
  type ConfigDocument,
  type ConfigKind,
  faultsBesideShadows,
  shadowOf,
  withoutShadow,
  withPublished,
  withShadow,
} from "../../domain/config/document.ts";
import { analysisShardsNamedMax, configDocumentBytesMax } from "../../domain/limits.ts";
import { isoTime } from "../../domain/time.ts";
import { endpoint, noContent, okJson, type Call, type Endpoint } from "../endpoint.ts";
import type { Failure } from "../failure.ts";
import { band, time } from "../schemas.ts";

/** What a draft of any kind would do to all accounts: asked for at once, or watched in shadow while events come. */

export const comparisonSchema = {
  accounts: z.number(),
  changed: z.number(),
  bands: z.array(z.object({ from: band, to: band, accounts: z.number() })),
  movers: z.array(
    z.object({
      accountId: z.string(),
      name: z.string().nullable(),
      score: z.number().nullable(),
      band,
      publishedScore: z.number().nullable(),
      publishedBand: band,
    }),
  ),
};
const key = z.string();
const shadowSchema = z.object({ key, ...comparisonSchema, version: z.number(), since: z.string() });
export const comparedNowSchema = z.object({
  ...comparisonSchema,
  complete: z.boolean(),
  shardsMissing: z.array(z.string()),
  asOf: time,
});
const compareSchema = comparedNowSchema.extend({ key });
const compareInput = z.strictObject({ document: z.record(z.string(), z.unknown()).optional() });

const noDraft: Failure = { failure: "not_found", what: "draft" };
const noShadow: Failure = { failure: "not_found", what: "shadow" };
const changed: Failure = { failure: "conflict", detail: "the configuration has been changed meanwhile; read it again" };

export const comparisonJson = ({ accounts, bands, movers }: Comparison) => ({
  accounts,
  changed: changedIn({ bands }),
  bands,
  movers: movers.map(({ accountId, name, score, band: next, publishedScore, publishedBand }) => ({
    accountId,
    name,
    score,
    band: next,
    publishedScore,
    publishedBand,
  })),
});

async function start(kind: ConfigKind, call: Call) {
  const { ports, params } = call;
  const { draft } = await ports.store.openDocument(kind, params["key"] ?? "");
  if (draft === null) return noDraft;
  if (draft.status === "shadow") return { failure: "conflict", detail: "the draft runs in shadow already" } as const;
  const active = await ports.store.configuration();
  const checked = checkDocument(draft, draft.document, active);
  if (!checked.ok) return { failure: "faults", faults: checked.error } as const;
  const [beside] = faultsBesideShadows(draft, draft.document, active);
  if (beside !== undefined)
    return { failure: "conflict", detail: `it could not be published together with the measures in shadow: ${beside.detail}` } as const;
  const next = withShadow(active, draft);
  if (!next.ok) return { failure: "conflict", detail: next.error.detail } as const;
  return (await put(call, next.value, draft, "shadow")) ? report(kind, call) : changed;
}

async function end(kind: ConfigKind, call: Call) {
  const named = call.params["key"] ?? "";
  const { draft } = await call.ports.store.openDocument(kind, named);
  if (draft?.status !== "shadow") return noShadow;
  const next = withoutShadow(await call.ports.store.configuration(), kind, named);
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

async function report(kind: ConfigKind, { ports, params }: Call) {
  const named = params["key"] ?? "";
  const shadow = shadowOf(await ports.store.configuration(), kind, named);
  if (shadow === null) return noShadow;
  const found = await ports.store.shadowReport({ kind, key: named, since: shadow.since });
  return okJson({ key: named, ...comparisonJson(found), version: shadow.version, since: String(shadow.since) });
}

/** A document, or the draft, beside what is in force, on every account at this moment. Nothing is stored. */
async function compare(kind: ConfigKind, call: Call<unknown, z.infer<typeof compareInput>>) {
  const { ports, params, body } = call;
  const named = params["key"] ?? "";
  const open = await ports.store.openDocument(kind, named);
  const document = body.document ?? open.draft?.document;
  if (document === undefined) return noDraft;
  const at = body.document === undefined ? "" : "/document";
  const active = await ports.store.configuration();
  const checked = checkDocument({ kind, key: named }, document, active);
  if (!checked.ok)
    return { failure: "faults", faults: checked.error.map((fault) => ({ ...fault, pointer: `${at}${fault.pointer}` })) } as const;
  const next = withPublished(active, { kind, key: named, version: open.lastVersion + 1, document: checked.value });
  if (!next.ok) return { failure: "faults", faults: [next.error] } as const;
  return okJson({ key: named, ...(await comparedNow(call, { kind, key: named, configuration: JSON.stringify(next.value) })) });
}

/** Every account by what is in force and by another configuration, as far as its shard answers in time. */
export async function comparedNow({ ports, now }: Call<unknown, unknown>, asked: ComparisonCall) {
  let found = emptyComparison;
  const missing = await ports.accounts.compare(asked, (part) => {
    found = mergeComparisons(found, part);
  });
  return {
    ...comparisonJson(found),
    complete: missing.length === 0,
    shardsMissing: missing.slice(0, analysisShardsNamedMax),
    asOf: isoTime(now),
  };
}

/** Of one kind. */
export const shadowEndpointsOf = (kind: ConfigKind): readonly Endpoint[] => {
  const shared = { tag: "configuration", spansAccounts: true } as const;
  const shadow = { ...shared, path: `/config/${kind}/{key}/shadow` };
  const reported = { 200: { description: "What would change", schema: shadowSchema } } as const;
  return [
    endpoint({
      ...shared,
      method: "post",
      path: `/config/${kind}/{key}/compare`,
      summary: "Who would change band, and who would move most, if this were published now",
      scope: "write",
      body: { schema: compareInput, bytesMax: configDocumentBytesMax, optional: true },
      answers: { 200: { description: "What would change", schema: compareSchema } },
      handle: (call) => compare(kind, call),
    }),
    endpoint({
      ...shadow,
      method: "post",
      summary: "Evaluate the draft beside what is in force, for every account that it judges",
      scope: "admin",
      answers: reported,
      handle: (call) => start(kind, call),
    }),
    endpoint({
      ...shadow,
      method: "get",
      summary: "Who would change band, and who would move most",
      scope: "read",
      answers: reported,
      handle: (call) => report(kind, call),
    }),
    endpoint({
      ...shadow,
      method: "delete",
      summary: "End the shadow; the draft stays",
      scope: "admin",
      answers: { 204: { description: "Ended" } },
      handle: (call) => end(kind, call),
    }),
  ];
};
