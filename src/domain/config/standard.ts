import selfServe from "../../../config/scorecards/self-serve.json" with { type: "json" };
import document from "../../../config/scorecards/standard.json" with { type: "json" };
import strategic from "../../../config/scorecards/strategic.json" with { type: "json" };
import usageSupport from "../../../config/scorecards/usage-support.json" with { type: "json" };
import { type Scorecard, ScorecardSchema } from "./scorecard.ts";

/** The profile that ships; used until another is published. */
export const standardScorecard: Scorecard = ScorecardSchema.parse(document);

/** What can be used without publishing anything, by key. A published document of the same key takes its place. */
export const shippedScorecards: ReadonlyMap<string, Scorecard> = new Map([
  ["standard", standardScorecard],
  ["self_serve", ScorecardSchema.parse(selfServe)],
  ["strategic", ScorecardSchema.parse(strategic)],
  ["usage_support", ScorecardSchema.parse(usageSupport)],
]);
