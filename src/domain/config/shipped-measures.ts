import optional from "../../../config/measures/optional.json" with { type: "json" };
import { type MeasureSpec, MeasureSpecSchema } from "./scorecard.ts";
import { shippedScorecards } from "./standard.ts";

/**
 * Every measure that ships, by key, as one would begin with it in a scorecard: as the first shipped scorecard that has it does, else with the
 * weight 0. A scorecard may name others, which people have defined.
 */
export const shippedMeasureSpecs: ReadonlyMap<string, MeasureSpec> = new Map(
  [
    ...optional.map((spec) => MeasureSpecSchema.parse(spec)),
    ...[...shippedScorecards.values()].toReversed().flatMap(({ dimensions }) => dimensions.flatMap((dimension) => dimension.measures)),
  ].map((spec) => [spec.key, spec]),
);
