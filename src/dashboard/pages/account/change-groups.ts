import type { Health, HealthChanges, HealthMove } from "../../api-types.ts";
import { weekStart } from "../../zone.ts";

/** In the order in which people ask: what did the customer do, what do we no longer know, what did we ourselves change. */
const causeOrder = ["data", "missing", "staleness", "configuration", "override"] as const;

export type ChangeGroup<Move> = {
  readonly cause: HealthMove["cause"];
  /** Sum of its lines, points. */
  readonly points: number;
  /** The strongest first, as they came. */
  readonly moves: readonly Move[];
  /** Those whose points are nothing as they are written: a source that is a little late moves all the others a little. */
  readonly slight: readonly Move[];
};

/** With two digits it is written as 0.00. */
const slightPointsMax = 0.005;

/** The lines of a comparison by their cause; the points of all groups sum to the difference. */
export function groupsOf<Move extends Pick<HealthMove, "cause" | "delta">>(moves: readonly Move[]): ChangeGroup<Move>[] {
  return causeOrder.flatMap((cause) => {
    const own = moves.filter((move) => move.cause === cause);
    if (own.length === 0) return [];
    const isSlight = ({ delta }: Move): boolean => Math.abs(delta) < slightPointsMax;
    const points = own.reduce((sum, { delta }) => sum + delta, 0);
    return [{ cause, points, moves: own.filter((move) => !isSlight(move)), slight: own.filter(isSlight) }];
  });
}

const dayMs = 86_400_000;

type Measure = Pick<Health["dimensions"][number]["measures"][number], "key" | "window" | "status">;
type Measured = { readonly dimensions: readonly { readonly measures: readonly Measure[] }[] };
type Ends = Pick<HealthChanges, "wholeDays"> & { readonly from: Measured; readonly to: Measured };

/**
 * The UTC date of both ends of a comparison, where what is counted by whole days is the same at both; else null. A source that is behind is held
 * on an earlier day, and may catch up between the two.
 */
export function wholeDayOfBoth({ from, to, wholeDays }: Ends): string | null {
  if (wholeDays === undefined || wholeDays.from !== wholeDays.to) return null;
  const measuresOf = ({ dimensions }: Measured) => dimensions.flatMap(({ measures }) => measures);
  const before = new Map(measuresOf(from).map((measure) => [measure.key, measure]));
  const isWhole = (edge: string): boolean => Date.parse(edge) % dayMs === 0;
  const isOther = ({ key, window, status }: Measure): boolean => {
    const was = before.get(key);
    if (status === "stale" || was?.status === "stale") return true;
    return window != null && was?.window != null && isWhole(window.to) && window.to !== was.window.to;
  };
  return measuresOf(to).some(isOther) ? null : wholeDays.to;
}

/** From Monday to Monday of the week before, in the zone in which times are shown. */
export const lastWeek = (now: number): { readonly from: number; readonly to: number } => ({
  from: weekStart(now, 1),
  to: weekStart(now, 0),
});

/** Monday to Monday, as the two ends of a comparison. */
export function weekQuery(now: number): { readonly from: string; readonly to: string } {
  const { from, to } = lastWeek(now);
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}

export const daysBefore = (now: number, days: number): string => new Date(now - days * dayMs).toISOString();
