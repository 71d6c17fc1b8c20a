import { publishCompany } from "../api/publish-company.ts";
import { defaultCompany } from "../domain/config/active.ts";
import type { Env } from "../env.ts";
import { configStore } from "./d1/config-store.ts";
import { setupStores } from "./d1/setup-stores.ts";
import { reportLine } from "./report.ts";
import { spreadConfigSafely } from "./spread-config.ts";

/** Two columns of two rows: the configuration itself is read only where they differ. */
const differsSql = `SELECT settings.document_json ->> 'reportingCurrency' AS currency, settings.document_json ->> 'timeZone' AS zone,
  (SELECT json_array(document_json ->> '$.company.reportingCurrency', document_json ->> '$.company.timeZone') FROM configurations ORDER BY version DESC LIMIT 1) AS inForce
FROM settings WHERE id = 1`;

/**
 * Brings the settings that scores go by into the configuration in force, where that was missed: somebody else published at the same time, the
 * process died between the two, or older code stored them. Running it twice changes nothing.
 */
export async function keepCompany(env: Env, now: number): Promise<void> {
  const row = await env.DB.prepare(differsSql).first<{ currency: string; zone: string; inForce: string | null }>();
  if (row === null) return;
  const [currency, zone] = JSON.parse(row.inForce ?? "[null,null]") as [string | null, string | null];
  const has = { reportingCurrency: currency ?? defaultCompany.reportingCurrency, timeZone: zone ?? defaultCompany.timeZone };
  if (has.reportingCurrency === row.currency && has.timeZone === row.zone) return;
  const store = { ...configStore(env.DB), ...setupStores(env.DB) };
  const ports = { store, spreadConfig: (version: number) => spreadConfigSafely(env, version) };
  const published = await publishCompany({ ports, by: { author: "pulseline", at: now } }, async () => {
    const { document } = await store.settings();
    return { company: document === null ? {} : { reportingCurrency: document.reportingCurrency, timeZone: document.timeZone } };
  });
  if (published === null || published.fault !== null)
    reportLine("settings_not_in_force", { fault: published?.fault?.detail ?? "others came first" });
}
