import { z } from "zod";
import { type Configuration, togetherSince } from "../../domain/config/active.ts";
import { checkDocument, type ConfigKind, configKinds, shadowsTogether, withPublished } from "../../domain/config/document.ts";
import { comparedDocumentsMax, configDocumentBytesMax } from "../../domain/limits.ts";
import { type Result, fail, ok } from "../../domain/result.ts";
import { endpoint, okJson, type Call, type Endpoint } from "../endpoint.ts";
import type { Failure } from "../failure.ts";
import { comparedNow, comparedNowSchema, comparisonJson, comparisonSchema } from "./shadows.ts";

/** What several drafts would do together: each by itself may be harmless, or undo what another does. */

const draftSchema = z.object({ kind: z.enum(configKinds), key: z.string(), version: z.number(), since: z.string() });
const shadowsSchema = z.object({
  drafts: z.array(draftSchema),
  together: z.object(comparisonSchema).extend({ since: z.string() }).nullable(),
});

const namedDocument = z.strictObject({
  kind: z.enum(configKinds),
  key: z.string(),
  document: z.record(z.string(), z.unknown()).optional(),
});
const compareInput = z.object({ documents: z.array(namedDocument).min(1).max(comparedDocumentsMax) });
type Named = z.infer<typeof namedDocument>;

async function report({ ports }: Call) {
  const active = await ports.store.configuration();
  const drafts = shadowsTogether(active).map(({ since, ...draft }) => ({ ...draft, since: String(since) }));
  const since = active === null ? null : togetherSince(active);
  if (since === null) return okJson({ drafts, together: null });
  const found = await ports.store.shadowReport({ kind: "together", key: "together", since });
  return okJson({ drafts, together: { ...comparisonJson(found), since: String(since) } });
}

/** What others name comes before them, so that a draft of segments may name a scorecard that is no more than a draft. */
const order: readonly ConfigKind[] = ["measures", "calendars", "scorecards", "segments"];

async function compare(call: Call<unknown, z.infer<typeof compareInput>>) {
  const { documents } = call.body;
  const twice = documents.findIndex(({ kind, key }, i) => documents.findIndex((one) => one.kind === kind && one.key === key) < i);
  if (twice >= 0) return { failure: "invalid", pointer: `/documents/${twice}`, detail: "is there twice" } as const;
  const sorted = documents.map((one, index) => ({ one, index })).sort((a, b) => order.indexOf(a.one.kind) - order.indexOf(b.one.kind));
  let configuration = await call.ports.store.configuration();
  for (const { one, index } of sorted) {
    const next = await withNamed(call, configuration, one, `/documents/${index}`);
    if (!next.ok) return next.error;
    configuration = next.value;
  }
  return okJson(await comparedNow(call, { kind: "together", key: "together", configuration: JSON.stringify(configuration) }));
}

/** With one more of them in the place of what is in force. */
async function withNamed(
  { ports }: Call<unknown, unknown>,
  active: Configuration | null,
  { kind, key, document }: Named,
  pointer: string,
): Promise<Result<Configuration, Failure>> {
  const open = await ports.store.openDocument(kind, key);
  const wanted = document ?? open.draft?.document;
  if (wanted === undefined) return fail({ failure: "invalid", pointer, detail: "has no draft: name the document" });
  const at = document === undefined ? pointer : `${pointer}/document`;
  const checked = checkDocument({ kind, key }, wanted, active);
  if (!checked.ok)
    return fail({ failure: "faults", faults: checked.error.map((fault) => ({ ...fault, pointer: `${at}${fault.pointer}` })) });
  const next = withPublished(active, { kind, key, version: open.lastVersion + 1, document: checked.value });
  return next.ok ? ok(next.value) : fail({ failure: "faults", faults: [{ ...next.error, pointer }] });
}

const shared = { tag: "configuration", spansAccounts: true } as const;

export const togetherEndpoints: readonly Endpoint[] = [
  endpoint({
    ...shared,
    method: "get",
    path: "/config/shadow",
    summary: "All drafts in shadow, and what they would do together",
    scope: "read",
    answers: { 200: { description: "What would change", schema: shadowsSchema } },
    handle: report,
  }),
  endpoint({
    ...shared,
    method: "post",
    path: "/config/compare",
    summary: "Who would change band, and who would move most, if all of these were published now",
    scope: "write",
    body: { schema: compareInput, bytesMax: comparedDocumentsMax * configDocumentBytesMax },
    answers: { 200: { description: "What would change", schema: comparedNowSchema } },
    handle: compare,
  }),
];
