import { adoption } from "./adoption.ts";
import type { Analysis } from "./analysis.ts";

/** Every question about usage, by the name it has in the API. */
export const analyses: ReadonlyMap<string, Analysis> = new Map([["adoption", adoption]]);
