import { z } from "zod";
import { TimeZone } from "../../domain/calendar/time-zone.ts";
import { defaultCompany } from "../../domain/config/active.ts";
import type { Settings, SettingsDocument } from "../../domain/config/settings.ts";
import { archiveDaysDefault, intakeShardsMax } from "../../domain/limits.ts";
import { currencyCode } from "../../domain/money/currency.ts";
import type { Topology } from "../../domain/intake/topology.ts";
import { endpoint, okJson, type Call, type Endpoint } from "../endpoint.ts";
import { Unavailable } from "../ports.ts";
import { publishCompany } from "../publish-company.ts";

const defaults: SettingsDocument = {
  timeZone: defaultCompany.timeZone,
  reportingCurrency: defaultCompany.reportingCurrency,
  publicUrl: null,
  retention: { archiveDays: archiveDaysDefault },
};

const timeZone = z
  .string()
  .max(64)
  .refine((name) => TimeZone.named(name) !== null, "is not an IANA time zone");
const settingsSchema = z.object({
  timeZone: z.string(),
  reportingCurrency: z.string(),
  publicUrl: z.string().nullable(),
  createAccountsFromEvents: z.boolean(),
  retention: z.object({ archiveDays: z.number() }),
  intakeShards: z.number(),
  accountShards: z.number(),
  version: z.number(),
});

const settingsInput = z.strictObject({
  timeZone: timeZone.optional(),
  reportingCurrency: z.string().regex(currencyCode, "must be an ISO 4217 code").optional(),
  publicUrl: z
    .string()
    .max(2_048)
    .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), "must be an http or https URL")
    .transform((text) => text.replace(/\/+$/, ""))
    .nullish(),
  createAccountsFromEvents: z.boolean().optional(),
  retention: z.strictObject({ archiveDays: z.number().int().min(1).max(36_500) }).optional(),
  intakeShards: z.number().int().min(1).max(intakeShardsMax).optional(),
  /** As it was read, so that what `GET` answers can be sent back; it cannot be changed. */
  accountShards: z.number().int().optional(),
  /** As it was read: 409 when somebody else has written since. */
  version: z.number().int().optional(),
});
type Input = z.infer<typeof settingsInput>;

/**
 * One object keeps how many shards there are and the database the rest, so there are two commits. What the first keeps may be sent again without
 * harm, and the version rises with the second alone: after a 503 the same request can be repeated as it stands. One whose answer was lost finds
 * everything as it asks and is no conflict.
 */
async function change({ ports, body, identity, now }: Call<unknown, Input>) {
  const [stored, known] = await Promise.all([ports.store.settings(), ports.intake.topology()]);
  const current = stored.document ?? defaults;
  const document = withChanges(current, body);
  if (body.version !== undefined && body.version !== stored.version)
    return stored.version === body.version + 1 && isSaid(body, current, known)
      ? okJson(toJson(current, known, stored.version))
      : changedMeanwhile;
  if (body.accountShards !== undefined && body.accountShards !== known.accountShards)
    return { failure: "invalid", pointer: "/accountShards", detail: `is ${known.accountShards} and cannot be changed` } as const;
  const counts = countsIn(body);
  const kept = Object.keys(counts);
  const topology = kept.length === 0 ? known : await ports.intake.changeTopology(counts);
  const isStored = await ports.store.putSettings(document, stored.version).catch((error: unknown) => {
    if (error instanceof Unavailable && kept.length > 0) throw new Unavailable(error.what, error, error.retryAfterSeconds, keptAlone(kept));
    throw error;
  });
  if (!isStored)
    return kept.length === 0 ? changedMeanwhile : { ...changedMeanwhile, detail: `${changedMeanwhile.detail}; ${keptAlone(kept)}` };
  await putInForce(document, { ports, by: { author: identity.tokenId, at: now } });
  return okJson(toJson(document, topology, stored.version + 1));
}

const changedMeanwhile = { failure: "conflict", detail: "the settings have been changed meanwhile" } as const;
const keptAlone = (names: readonly string[]): string => `of this change ${names.map((name) => `\`${name}\``).join(" and ")} alone was kept`;

const withChanges = (current: SettingsDocument, body: Input): SettingsDocument => ({
  timeZone: body.timeZone ?? current.timeZone,
  reportingCurrency: body.reportingCurrency ?? current.reportingCurrency,
  publicUrl: body.publicUrl === undefined ? current.publicUrl : body.publicUrl,
  retention: body.retention ?? current.retention,
});

/** What of the change the topology holds. */
const countsIn = ({
  intakeShards,
  createAccountsFromEvents,
}: Input): Partial<Pick<Topology, "intakeShards" | "createAccountsFromEvents">> => ({
  ...(intakeShards === undefined ? {} : { intakeShards }),
  ...(createAccountsFromEvents === undefined ? {} : { createAccountsFromEvents }),
});

/** Whether everything that is named stands so already. */
function isSaid(body: Input, current: SettingsDocument, topology: Topology): boolean {
  const asked = { ...withChanges(current, body), ...topology, ...countsIn(body) };
  return JSON.stringify(asked) === JSON.stringify({ ...current, ...topology });
}

/** Whoever scores goes by it. Where others publish at the same time, or the database has gone since, the minute's work brings it. */
async function putInForce(
  { reportingCurrency, timeZone: zone }: SettingsDocument,
  publishing: Parameters<typeof publishCompany>[0],
): Promise<void> {
  const company = { reportingCurrency, timeZone: zone };
  await publishCompany(publishing, async () => ({ company })).catch((error: unknown) => {
    if (!(error instanceof Unavailable)) throw error;
  });
}

export const settingsEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "get",
    path: "/settings",
    tag: "settings",
    summary: "Settings",
    scope: "read",
    spansAccounts: true,
    answers: { 200: { description: "The settings", schema: settingsSchema } },
    async handle({ ports }) {
      const [{ document, version }, topology] = await Promise.all([ports.store.settings(), ports.intake.topology()]);
      return okJson(toJson(document ?? defaults, topology, version));
    },
  }),
  endpoint({
    method: "put",
    path: "/settings",
    tag: "settings",
    summary: "Change the settings that are named",
    scope: "admin",
    spansAccounts: true,
    body: { schema: settingsInput },
    answers: { 200: { description: "The settings", schema: settingsSchema } },
    handle: change,
  }),
];

const toJson = (document: SettingsDocument, topology: Topology, version: number): Settings => ({
  ...document,
  createAccountsFromEvents: topology.createAccountsFromEvents,
  intakeShards: topology.intakeShards,
  accountShards: topology.accountShards,
  version,
});
