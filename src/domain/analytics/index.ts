import { adoption } from "./adoption.ts";
import type { Analysis } from "./analysis.ts";
import { cohorts } from "./cohorts.ts";
import { experiments } from "./experiments.ts";
import { funnel } from "./funnel.ts";
import { paths } from "./paths.ts";
import { retention } from "./retention.ts";

/** Every question about usage, by the name it has in the API. */
export const analyses: ReadonlyMap<string, Analysis> = new Map(
  Object.entries({ adoption, cohorts, experiments, funnel, paths, retention }),
);
