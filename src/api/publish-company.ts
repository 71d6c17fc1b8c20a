import type { Company, Configuration } from "../domain/config/active.ts";
import type { Fault } from "../domain/config/fault.ts";
import { withCompany } from "../domain/config/document.ts";
import { companyTriesMax } from "../domain/limits.ts";
import type { Result } from "../domain/result.ts";
import type { ApiPorts, ConfigChange, ConfigStore } from "./ports.ts";

/** What is to be changed, and what is stored with it. */
type CompanyChange = { readonly company: Partial<Company>; readonly stored?: ConfigChange };
type Publishing = {
  readonly ports: { readonly store: Pick<ConfigStore, "configuration" | "putConfiguration"> } & Pick<ApiPorts, "spreadConfig">;
  readonly by: { readonly author: string; readonly at: number };
};

/**
 * Puts what all accounts share in force under the next number, and tells whoever scores; tried again where somebody else publishes at the same
 * time. Answers the number that is in force then; null where others came first each time.
 */
export async function publishCompany(
  { ports, by }: Publishing,
  change: () => Promise<CompanyChange>,
): Promise<{ readonly version: number; readonly fault: Fault | null } | null> {
  for (let tries = 0; tries < companyTriesMax; tries++) {
    const active = await ports.store.configuration();
    const { company, stored = {} } = await change();
    const next: Result<Configuration | null, Fault> = withCompany(active, company);
    if (!next.ok) return { version: active?.version ?? 0, fault: next.error };
    if (next.value === null) return { version: active?.version ?? 0, fault: null };
    if (await ports.store.putConfiguration(next.value, by, stored)) {
      await ports.spreadConfig(next.value.version);
      return { version: next.value.version, fault: null };
    }
  }
  return null;
}
