import document from "../../../config/scorecards/standard.json" with { type: "json" };
import { type Scorecard, ScorecardSchema } from "./scorecard.ts";

/** The profile that ships; used until another is published. */
export const standardScorecard: Scorecard = ScorecardSchema.parse(document);
