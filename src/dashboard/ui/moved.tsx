import { pointsText } from "../format.ts";
import { Points } from "./figures.tsx";

/** A change in points, and how much of it the way made in which scores are made; both null where there is nothing to compare with. */
export type Change = { readonly change: number | null; readonly changeByConfiguration: number | null };

/** What customers did: the change without what scoring made of it. */
export const movedBy = ({ change, changeByConfiguration }: Change): number | null =>
  change === null ? null : change - (changeByConfiguration ?? 0);

/** Enough to be seen as figures are written. */
const isMovedByScoring = ({ changeByConfiguration }: Change): boolean => /[1-9]/.test(pointsText(changeByConfiguration));

/** What customers did, and what we did beside it, by a change of scoring or an override: the same figures and words wherever a change is told. */
export function Moved({ of, unit = false, children }: { of: Change; unit?: boolean; children?: string }) {
  return (
    <>
      <Points value={movedBy(of)} unit={unit} />
      {children === undefined ? null : <span class="quiet"> {children}</span>}
      {isMovedByScoring(of) ? (
        <span
          class="by-scoring"
          title={`${pointsText(of.changeByConfiguration)} more by how scores are made or by a person's override, not by the customer`}
        >
          by us {pointsText(of.changeByConfiguration)}
        </span>
      ) : null}
    </>
  );
}
