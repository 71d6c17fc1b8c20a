import { z } from "zod";
import { checkDocument } from "../../domain/config/document.ts";
import { MeasureDocumentSchema } from "../../domain/config/measure.ts";
import { shippedMeasureSpecs } from "../../domain/config/shipped-measures.ts";
import { Key } from "../../domain/config/scorecard.ts";
import type { Measure } from "../../domain/health/measure.ts";
import { measures } from "../../domain/health/measures/index.ts";
import { configDocumentBytesMax } from "../../domain/limits.ts";
import { isoTime } from "../../domain/time.ts";
import { isReadFailure, namedFailure, windowJson } from "../account-json.ts";
import { endpoint, okJson, type Call, type Endpoint } from "../endpoint.ts";
import { measureStatus, measureWindow, time } from "../schemas.ts";

/** What only measures of one's own have: their value for an account can be looked at before they are published. */

const testInput = z.strictObject({
  /** A document, or the key of one that is published. */
  measure: z.union([z.string().max(64), z.record(z.string(), z.unknown())]),
  /** The key that the document has or will have; it must not be that of another measure that the expression reads. */
  key: Key.default("draft"),
  accountId: z.string().min(1).max(512),
});
const trialSchema = z.object({
  value: z.number().nullable(),
  unit: z.string(),
  asOf: time.nullable(),
  window: measureWindow,
  status: measureStatus,
  note: z.string().optional(),
});

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

async function test({ ports, body, identity }: Call<unknown, z.infer<typeof testInput>>) {
  const { accountId, measure } = body;
  if (identity.accountIds?.includes(accountId) === false) return { failure: "account_not_allowed", accountId } as const;
  const active = await ports.store.configuration();
  const published = Object.fromEntries(Object.entries(active?.measures ?? {}).map(([key, { document }]) => [key, document]));
  const key = typeof measure === "string" ? measure : body.key;
  const given: unknown = typeof measure !== "string" ? measure : Object.hasOwn(published, measure) ? published[measure] : undefined;
  if (given === undefined) return { failure: "invalid", pointer: "/measure", detail: "no measure of this key is published" } as const;
  const checked = checkDocument({ kind: "measures", key }, given, active);
  if (!checked.ok)
    return { failure: "faults", faults: checked.error.map((fault) => ({ ...fault, pointer: `/measure${fault.pointer}` })) } as const;
  const documents = { ...published, [key]: MeasureDocumentSchema.parse(checked.value) };
  const trial = await ports.accounts.call(accountId, (shard) => shard.measureBy(accountId, key, documents));
  if (isReadFailure(trial)) return namedFailure(trial);
  return okJson({ ...trial, asOf: isoTime(trial.asOf), window: windowJson(trial.window) });
}

export const measureEndpoints: readonly Endpoint[] = [
  endpoint({
    tag: "configuration",
    method: "get",
    path: "/measures",
    summary: "Every measure that ships, as a scorecard may begin with it",
    scope: "read",
    spansAccounts: true,
    answers: {
      200: {
        description: "By key; `spec` is what goes into a dimension",
        schema: z.object({
          items: z.array(
            z.object({ key: z.string(), title: z.string(), unit: z.string(), source: z.string(), spec: z.record(z.string(), z.unknown()) }),
          ),
        }),
      },
    },
    handle: async () =>
      okJson({
        items: [...shippedMeasureSpecs].sort(byKey).map(([key, spec]) => {
          const { unit, source } = measures.get(key) as Measure;
          return { key, title: spec.title, unit, source, spec };
        }),
      }),
  }),
  endpoint({
    tag: "configuration",
    method: "post",
    path: "/config/measures/test",
    summary: "The value that a measure has for an account",
    scope: "read",
    body: { schema: testInput, bytesMax: configDocumentBytesMax },
    answers: { 200: { description: "The value, or why there is none", schema: trialSchema } },
    handle: test,
  }),
];
