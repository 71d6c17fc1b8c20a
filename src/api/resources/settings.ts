import { z } from "zod";
import { TimeZone } from "../../domain/calendar/time-zone.ts";
import { defaultCompany } from "../../domain/config/active.ts";
import { archiveDaysDefault, intakeShardsMax } from "../../domain/limits.ts";
import { currencyCode } from "../../domain/money/currency.ts";
import type { Topology } from "../../domain/intake/topology.ts";
import { endpoint, okJson, type Call, type Endpoint } from "../endpoint.ts";
import type { SettingsDocument } from "../ports.ts";
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

const settingsInput = z.object({
  timeZone: timeZone.optional(),
  reportingCurrency: z.string().regex(currencyCode, "must be an ISO 4217 code").optional(),
  publicUrl: z
    .string()
    .max(2_048)
    .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), "must be an http or https URL")
    .transform((text) => text.replace(/\/+$/, ""))
    .nullish(),
  createAccountsFromEvents: z.boolean().optional(),
  retention: z.object({ archiveDays: z.number().int().min(1).max(36_500) }).optional(),
  intakeShards: z.number().int().min(1).max(intakeShardsMax).optional(),
  /** As it was read: 409 when somebody else has written since. */
  version: z.number().int().optional(),
});

async function change({ ports, body, identity, now }: Call<unknown, z.infer<typeof settingsInput>>) {
  const stored = await ports.store.settings();
  if (body.version !== undefined && body.version !== stored.version)
    return { failure: "conflict", detail: "the settings have been changed meanwhile" } as const;
  const current = stored.document ?? defaults;
  const document: SettingsDocument = {
    timeZone: body.timeZone ?? current.timeZone,
    reportingCurrency: body.reportingCurrency ?? current.reportingCurrency,
    publicUrl: body.publicUrl === undefined ? current.publicUrl : body.publicUrl,
    retention: body.retention ?? current.retention,
  };
  if (!(await ports.store.putSettings(document, stored.version)))
    return { failure: "conflict", detail: "the settings have been changed meanwhile" } as const;
  // Whoever scores goes by it. Where others publish at the same time the minute job brings it.
  const { reportingCurrency, timeZone: zone } = document;
  await publishCompany({ ports, by: { author: identity.tokenId, at: now } }, async () => ({
    company: { reportingCurrency, timeZone: zone },
  }));
  const { intakeShards, createAccountsFromEvents } = body;
  const topology = await ports.intake.changeTopology({
    ...(intakeShards === undefined ? {} : { intakeShards }),
    ...(createAccountsFromEvents === undefined ? {} : { createAccountsFromEvents }),
  });
  return okJson(toJson(document, topology, stored.version + 1));
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

const toJson = (document: SettingsDocument, topology: Topology, version: number) => ({
  ...document,
  createAccountsFromEvents: topology.createAccountsFromEvents,
  intakeShards: topology.intakeShards,
  accountShards: topology.accountShards,
  version,
});
