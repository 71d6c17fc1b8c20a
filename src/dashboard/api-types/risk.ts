import type { RiskReport } from "../../domain/risk/report.ts";

/** The monthly back-test: the newest, or that of a month, and the month of the model that is in force. */
export type Risk = { readonly inForce: string | null; readonly periods: readonly string[]; readonly report: RiskReport | null };
