/** The JSON of the API (docs/api.md), as the pages read it. Times are RFC 3339 in UTC, money is in minor units, scores are 0..100. */
export type { AccountRow, AccountScore, Money } from "../domain/account-row.ts";
export type { BandFlow } from "../domain/config/comparison.ts";
export type { ConfigKind } from "../domain/config/document.ts";
export type { Fault } from "../domain/config/fault.ts";
export type { SegmentsDocument } from "../domain/config/segments.ts";
export type { Settings } from "../domain/config/settings.ts";
export type { ConnectorField } from "../domain/intake/connector-info.ts";
export type { Scope } from "../domain/intake/token.ts";
export type { Band, HealthMove } from "../domain/health/document.ts";
export type { Risk90 } from "../domain/risk/model.ts";
export type { RiskReport } from "../domain/risk/report.ts";
export type { Share } from "../domain/risk/skill.ts";

export type * from "./api-types/common.ts";
export type * from "./api-types/portfolio.ts";
export type * from "./api-types/account.ts";
export type * from "./api-types/health.ts";
export type * from "./api-types/risk.ts";
export type * from "./api-types/records.ts";
export type * from "./api-types/notes.ts";
export type * from "./api-types/sources.ts";
export type * from "./api-types/deliveries.ts";
export type * from "./api-types/dead-letters.ts";
export type * from "./api-types/settings.ts";
export type * from "./api-types/jobs.ts";
export type * from "./api-types/identity.ts";
export type * from "./api-types/config.ts";
