import { z } from "zod";
import { type Configuration, togetherSince } from "../../domain/config/active.ts";
import { checkDocument, type ConfigKind, configKinds, keyFault, shadowsTogether, withPublished } from "../../domain/config/document.ts";
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
const compareInput = z.strictObject({ documents: z.array(namedDocument).min(1).max(comparedDocumentsMax) });
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
const order: readonly ConfigKind[] = ["calendars", "scorecards", "segments"];

/** A document of the list, as it would be published. `at`: where its own faults are. */
type Part = Parameters<typeof withPublished>[1] & { readonly pointer: string; readonly at: string };

async function compare(call: Call<unknown, z.infer<typeof compareInput>>) {
  const { documents } = call.body;
  const misnamed = documents.map(nameFailure).find((one) => one !== null);
  if (misnamed !== undefined) return misnamed;
  const parts: Part[] = [];
  for (const [index, one] of documents.entries()) {
    const part = await partOf(call, one, `/documents/${index}`);
    if (!part.ok) return part.error;
    parts.push(part.value);
  }
  const next = withAll(await call.ports.store.configuration(), parts);
  if (!next.ok) return next.error;
  return okJson(await comparedNow(call, { kind: "together", key: "together", configuration: JSON.stringify(next.value) }));
}

function nameFailure({ kind, key }: Named, index: number, all: readonly Named[]): Failure | null {
  const detail = keyFault(kind, key);
  if (detail !== null) return { failure: "invalid", pointer: `/documents/${index}/key`, detail };
  if (all.findIndex((one) => one.kind === kind && one.key === key) === index) return null;
  return { failure: "invalid", pointer: `/documents/${index}`, detail: "is there twice" };
}

/** The document that is given, or else the draft. */
async function partOf({ ports }: Call<unknown, unknown>, { kind, key, document }: Named, pointer: string): Promise<Result<Part, Failure>> {
  const open = await ports.store.openDocument(kind, key);
  const wanted = document ?? open.draft?.document;
  if (wanted === undefined) return fail({ failure: "invalid", pointer, detail: "has no draft: name the document" });
  const at = document === undefined ? pointer : `${pointer}/document`;
  return ok({ kind, key, version: open.lastVersion + 1, document: wanted, pointer, at });
}

/** With all of them in the place of what is in force, in whatever order they are listed. */
function withAll(active: Configuration | null, parts: readonly Part[]): Result<Configuration | null, Failure> {
  const measures = parts.filter(({ kind }) => kind === "measures");
  let configuration = active;
  // Measures may name each other, and count fields together: all are in their places before any is checked.
  for (const part of measures) {
    const next = inPlace(configuration, part);
    // What has not the form of a measure is told by its own faults.
    if (!next.ok) return fail(ownFailure(configuration, part) ?? next.error);
    configuration = next.value;
  }
  for (const part of measures) {
    const failure = ownFailure(configuration, part);
    if (failure !== null) return fail(failure);
  }
  for (const part of order.flatMap((kind) => parts.filter((one) => one.kind === kind))) {
    const checked = checkedIn(configuration, part);
    const next = checked.ok ? inPlace(configuration, { ...part, document: checked.value }) : checked;
    if (!next.ok) return next;
    configuration = next.value;
  }
  return ok(configuration);
}

function checkedIn(active: Configuration | null, part: Part): Result<unknown, Failure> {
  const checked = checkDocument(part, part.document, active);
  if (checked.ok) return checked;
  return fail({ failure: "faults", faults: checked.error.map((fault) => ({ ...fault, pointer: `${part.at}${fault.pointer}` })) });
}

function ownFailure(active: Configuration | null, part: Part): Failure | null {
  const checked = checkedIn(active, part);
  return checked.ok ? null : checked.error;
}

function inPlace(active: Configuration | null, part: Part): Result<Configuration, Failure> {
  const next = withPublished(active, part);
  return next.ok ? next : fail({ failure: "faults", faults: [{ ...next.error, pointer: part.pointer }] });
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
