import { z } from "zod";
import {
  checkDocument,
  type ConfigDocument,
  type ConfigKind,
  configKinds,
  configStatuses,
  keyFault,
  shippedDocuments,
  withPublished,
} from "../../domain/config/document.ts";
import { configDocumentBytesMax, documentsPerKindMax, noteCharsMax } from "../../domain/limits.ts";
import { isoTime } from "../../domain/time.ts";
import { endpoint, noContent, okJson, type Call, type Endpoint } from "../endpoint.ts";
import type { Failure } from "../failure.ts";
import { fromCursor, pageAnswer, pageOf, pageQuery } from "../page.ts";
import type { ApiPorts, ConfigChange } from "../ports.ts";
import { time } from "../schemas.ts";
import { measureEndpoints } from "./measures.ts";
import { scorecardEndpoints } from "./scorecards.ts";
import { togetherEndpoints } from "./drafts-together.ts";
import { shadowEndpointsOf } from "./shadows.ts";

/** What people configure, kind by kind: drafts, publications, history, the way back. */

const stamp = {
  version: z.number(),
  status: z.enum(configStatuses),
  revision: z.number(),
  author: z.string(),
  at: time.nullable(),
  note: z.string().nullable(),
};
const documentSchema = z.object({ kind: z.enum(configKinds), key: z.string(), ...stamp, document: z.record(z.string(), z.unknown()) });
const summarySchema = z.object({
  key: z.string(),
  title: z.string(),
  published: z.object(stamp).nullable(),
  draft: z.object(stamp).nullable(),
});
const historySchema = z.object({ key: z.string(), title: z.string(), ...stamp });
const publishedSchema = documentSchema.extend({ configVersion: z.string() });

const note = z.string().max(noteCharsMax).nullish();
const content = z.record(z.string(), z.unknown());
const draftInput = z.strictObject({ document: content, note, revision: z.number().int().min(0).optional() });
const validateInput = z.strictObject({ document: content.optional() });
const publishInput = z.strictObject({ note, revision: z.number().int().optional() });
const rollbackInput = z.strictObject({ version: z.number().int().min(0), note });

const notFound: Failure = { failure: "not_found", what: "document" };
const noDraft: Failure = { failure: "not_found", what: "draft" };
const changed: Failure = { failure: "conflict", detail: "the configuration has been changed meanwhile; read it again" };

/** What ships is the published version until another is. */
const shipped = (kind: ConfigKind, key: string): ConfigDocument | null => {
  const own = shippedDocuments(kind).get(key);
  if (own === undefined) return null;
  return { kind, key, version: 0, status: "published", revision: 0, document: own, author: "pulseline", at: 0, note: "as shipped" };
};

const titleOf = ({ document: own, key }: ConfigDocument): string => {
  const { title } = own as { title?: unknown };
  return typeof title === "string" ? title : key;
};
const toStamp = ({ version, status, revision, author, at, note: said }: ConfigDocument) => ({
  version,
  status,
  revision,
  author,
  at: version === 0 ? null : isoTime(at),
  note: said,
});
const toJson = (one: ConfigDocument) => ({ kind: one.kind, key: one.key, ...toStamp(one), document: one.document });

async function list(kind: ConfigKind, { ports }: Call) {
  const documents = await ports.store.openDocuments(kind);
  const published = documents.filter(({ status }) => status === "published");
  const keys = [...new Set([...documents.map(({ key }) => key), ...shippedDocuments(kind).keys()])].sort();
  return okJson({
    items: keys.map((key) => {
      const own = published.find((one) => one.key === key) ?? shipped(kind, key);
      const draft = documents.find((one) => one.key === key && one.status !== "published") ?? null;
      return {
        key,
        title: titleOf((own ?? draft) as ConfigDocument),
        published: own === null ? null : toStamp(own),
        draft: draft === null ? null : toStamp(draft),
      };
    }),
  });
}

async function read(kind: ConfigKind, { ports, params, query }: Call<{ version?: number | "draft" | undefined }>) {
  const key = params["key"] ?? "";
  const { version } = query;
  const found =
    version === 0
      ? shipped(kind, key)
      : typeof version === "number"
        ? await ports.store.configDocument(kind, key, version)
        : version === "draft"
          ? (await ports.store.openDocument(kind, key)).draft
          : ((await ports.store.openDocument(kind, key)).published ?? shipped(kind, key));
  return found === null ? notFound : okJson(toJson(found));
}

/** A draft is checked when it is saved, so that nothing is stored that could not be published. */
async function saveDraft(kind: ConfigKind, { ports, params, body, identity, now }: Call<unknown, z.infer<typeof draftInput>>) {
  const key = params["key"] ?? "";
  const wrongKey = keyFault(kind, key);
  if (wrongKey !== null) return { failure: "invalid", pointer: "", detail: wrongKey } as const;
  const checked = checkDocument({ kind, key }, body.document, await ports.store.configuration());
  if (!checked.ok)
    return { failure: "faults", faults: checked.error.map((fault) => ({ ...fault, pointer: `/document${fault.pointer}` })) } as const;
  const { draft, published, lastVersion } = await ports.store.openDocument(kind, key);
  if (draft?.status === "shadow") return { failure: "conflict", detail: "the draft runs in shadow: end that first" } as const;
  if (body.revision !== undefined && body.revision !== (draft?.revision ?? 0)) return changed;
  if (draft === null && published === null && (await keysOf(kind, ports)).size >= documentsPerKindMax)
    return { failure: "conflict", detail: `there may be at most ${documentsPerKindMax} ${kind}` } as const;
  const saved: ConfigDocument = {
    kind,
    key,
    version: draft?.version ?? lastVersion + 1,
    status: "draft",
    revision: (draft?.revision ?? 0) + 1,
    document: checked.value,
    author: identity.tokenId,
    at: now,
    note: body.note ?? null,
  };
  return (await ports.store.saveDraft(saved, draft?.revision ?? 0)) ? okJson(toJson(saved)) : changed;
}

const keysOf = async (kind: ConfigKind, ports: ApiPorts): Promise<ReadonlySet<string>> =>
  new Set((await ports.store.openDocuments(kind)).map(({ key }) => key));

async function removeDraft(kind: ConfigKind, { ports, params }: Call) {
  const { draft } = await ports.store.openDocument(kind, params["key"] ?? "");
  if (draft === null) return noDraft;
  if (draft.status === "shadow") return { failure: "conflict", detail: "the draft runs in shadow: end that first" } as const;
  return (await ports.store.removeDraft(kind, draft.key, draft.version)) ? noContent : changed;
}

async function validate(kind: ConfigKind, { ports, params, body }: Call<unknown, z.infer<typeof validateInput>>) {
  const given = body.document ?? (await ports.store.openDocument(kind, params["key"] ?? "")).draft?.document;
  if (given === undefined) return noDraft;
  const checked = checkDocument({ kind, key: params["key"] ?? "" }, given, await ports.store.configuration());
  if (checked.ok) return okJson({ valid: true });
  const at = body.document === undefined ? "" : "/document";
  return { failure: "faults", faults: checked.error.map((fault) => ({ ...fault, pointer: `${at}${fault.pointer}` })) } as const;
}

/** Checked again: what the document names may have changed since it was saved. */
async function publish(kind: ConfigKind, call: Call<unknown, z.infer<typeof publishInput>>) {
  const { ports, params, body, identity, now } = call;
  const { draft } = await ports.store.openDocument(kind, params["key"] ?? "");
  if (draft === null) return noDraft;
  if (body.revision !== undefined && body.revision !== draft.revision) return changed;
  const published = { ...draft, status: "published", author: identity.tokenId, at: now, note: body.note ?? draft.note } as const;
  return put(call, published, { draft: { document: published, revision: draft.revision } });
}

/** Publishes an older version again, under a new number: whoever ignores lower numbers takes it. */
async function rollback(kind: ConfigKind, call: Call<unknown, z.infer<typeof rollbackInput>>) {
  const { ports, params, body, identity, now } = call;
  const key = params["key"] ?? "";
  const { draft, lastVersion } = await ports.store.openDocument(kind, key);
  const old = body.version === 0 ? shipped(kind, key) : await ports.store.configDocument(kind, key, body.version);
  if (old === null || (old.status !== "retired" && old.status !== "published"))
    return { failure: "invalid", pointer: "/version", detail: "is not a version that was ever published" } as const;
  if (draft?.status === "shadow") return { failure: "conflict", detail: "the draft runs in shadow: end that first" } as const;
  const added: ConfigDocument = {
    ...old,
    version: draft?.version ?? lastVersion + 1,
    status: "published",
    author: identity.tokenId,
    at: now,
    note: body.note ?? (old.version === 0 ? "back to what ships" : `back to version ${old.version}`),
  };
  return put(call, added, { added });
}

async function put({ ports, identity, now }: Call, document: ConfigDocument, change: ConfigChange) {
  const active = await ports.store.configuration();
  const checked = checkDocument(document, document.document, active);
  if (!checked.ok) return { failure: "faults", faults: checked.error } as const;
  const next = withPublished(active, document);
  if (!next.ok) return { failure: "faults", faults: [next.error] } as const;
  if (!(await ports.store.putConfiguration(next.value, { author: identity.tokenId, at: now }, change))) return changed;
  await ports.spreadConfig(next.value.version);
  return okJson({ ...toJson(document), configVersion: String(next.value.version) });
}

const versionQuery = z.object({
  version: z
    .union([
      z.literal("draft"),
      z
        .string()
        .regex(/^\d{1,9}$/, "must be a version or `draft`")
        .transform(Number),
    ])
    .optional(),
});

const endpointsOf = (kind: ConfigKind): readonly Endpoint[] => {
  const shared = { tag: "configuration", spansAccounts: true } as const;
  const one = { 200: { description: "The document", schema: documentSchema } } as const;
  const path = `/config/${kind}/{key}`;
  const putInForce = { 200: { description: "The document, in force", schema: publishedSchema } } as const;
  return [
    endpoint({
      ...shared,
      method: "get",
      path: `/config/${kind}`,
      summary: `All ${kind}: what is published and what is a draft`,
      scope: "read",
      answers: { 200: { description: "By key", schema: z.object({ items: z.array(summarySchema) }) } },
      handle: (call) => list(kind, call),
    }),
    endpoint({
      ...shared,
      method: "get",
      path,
      summary: "The published document, another version, or the draft",
      scope: "read",
      query: versionQuery,
      answers: one,
      handle: (call) => read(kind, call),
    }),
    endpoint({
      ...shared,
      method: "get",
      path: `${path}/history`,
      summary: "Every version, the newest first",
      scope: "read",
      query: z.object(pageQuery),
      answers: { 200: { description: "A page of versions", schema: pageOf(historySchema) } },
      async handle({ ports, params, query, url }) {
        const cursor = fromCursor(query.cursor, z.object({ version: z.number() }));
        if (!cursor.ok) return cursor.error;
        const found = await ports.store.configHistory(kind, params["key"] ?? "", {
          limit: query.limit + 1,
          before: cursor.value?.version ?? null,
        });
        const items = found.slice(0, query.limit);
        return pageAnswer(
          url,
          items.map((item) => ({ key: item.key, title: titleOf(item), ...toStamp(item) })),
          found.length <= query.limit ? null : { version: items.at(-1)?.version },
        );
      },
    }),
    endpoint({
      ...shared,
      method: "put",
      path: `${path}/draft`,
      summary: "Save the draft",
      scope: "write",
      body: { schema: draftInput, bytesMax: configDocumentBytesMax },
      answers: one,
      handle: (call) => saveDraft(kind, call),
    }),
    endpoint({
      ...shared,
      method: "delete",
      path: `${path}/draft`,
      summary: "Throw the draft away",
      scope: "write",
      answers: { 204: { description: "Gone" } },
      handle: (call) => removeDraft(kind, call),
    }),
    endpoint({
      ...shared,
      method: "post",
      path: `${path}/validate`,
      summary: "All that is wrong with a document, or with the draft",
      scope: "write",
      body: { schema: validateInput, bytesMax: configDocumentBytesMax, optional: true },
      answers: { 200: { description: "It could be published", schema: z.object({ valid: z.literal(true) }) } },
      handle: (call) => validate(kind, call),
    }),
    endpoint({
      ...shared,
      method: "post",
      path: `${path}/publish`,
      summary: "Put the draft in force",
      scope: "admin",
      body: { schema: publishInput, optional: true },
      answers: putInForce,
      handle: (call) => publish(kind, call),
    }),
    endpoint({
      ...shared,
      method: "post",
      path: `${path}/rollback`,
      summary: "Put an older version in force again, under a new number",
      scope: "admin",
      body: { schema: rollbackInput },
      answers: putInForce,
      handle: (call) => rollback(kind, call),
    }),
    ...shadowEndpointsOf(kind),
  ];
};

export const configEndpoints: readonly Endpoint[] = [
  ...configKinds.flatMap(endpointsOf),
  ...togetherEndpoints,
  ...scorecardEndpoints,
  ...measureEndpoints,
];
