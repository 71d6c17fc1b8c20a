import type { Endpoint } from "./endpoint.ts";
import { accountEndpoints } from "./resources/accounts.ts";
import { analyticsEndpoints } from "./resources/analytics.ts";
import { catalogueEndpoints } from "./resources/catalogue.ts";
import { childEndpoints } from "./resources/children.ts";
import { configEndpoints } from "./resources/config.ts";
import { connectionEndpoints } from "./resources/connections.ts";
import { deadLetterEndpoints } from "./resources/dead-letters.ts";
import { deliveryEndpoints } from "./resources/deliveries.ts";
import { healthEndpoints } from "./resources/health.ts";
import { identityEndpoints } from "./resources/identity.ts";
import { jobEndpoints } from "./resources/jobs.ts";
import { liveEndpoints } from "./resources/live.ts";
import { metricEndpoints } from "./resources/metrics.ts";
import { noteEndpoints } from "./resources/notes.ts";
import { portfolioEndpoints } from "./resources/portfolio.ts";
import { recordEndpoints } from "./resources/records.ts";
import { refoldEndpoints } from "./resources/refold.ts";
import { restatementEndpoints } from "./resources/restatements.ts";
import { riskEndpoints } from "./resources/risk.ts";
import { sessionEndpoints } from "./resources/session.ts";
import { fxRateEndpoints } from "./resources/fx-rates.ts";
import { settingsEndpoints } from "./resources/settings.ts";
import { sourceEndpoints } from "./resources/sources.ts";
import { statisticsEndpoints } from "./resources/statistics.ts";
import { taskEndpoints } from "./resources/tasks.ts";
import { ticketEndpoints } from "./resources/tickets.ts";
import { timelineEndpoints } from "./resources/timeline.ts";
import { tokenEndpoints } from "./resources/tokens.ts";
import { verdictEndpoints } from "./resources/verdicts.ts";

/** Every endpoint under `/api/v1`, one line per resource. */
export const endpoints: readonly Endpoint[] = [
  ...sessionEndpoints,
  ...portfolioEndpoints,
  ...accountEndpoints,
  ...childEndpoints,
  ...healthEndpoints,
  ...verdictEndpoints,
  ...metricEndpoints,
  ...ticketEndpoints,
  ...recordEndpoints,
  ...noteEndpoints,
  ...taskEndpoints,
  ...timelineEndpoints,
  ...refoldEndpoints,
  ...restatementEndpoints,
  ...analyticsEndpoints,
  ...sourceEndpoints,
  ...deliveryEndpoints,
  ...deadLetterEndpoints,
  ...connectionEndpoints,
  ...catalogueEndpoints,
  ...tokenEndpoints,
  ...settingsEndpoints,
  ...fxRateEndpoints,
  ...configEndpoints,
  ...statisticsEndpoints,
  ...riskEndpoints,
  ...identityEndpoints,
  ...jobEndpoints,
  ...liveEndpoints,
];
