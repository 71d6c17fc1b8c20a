import type { Row } from "./rows.ts";
import type { Hazard, RiskModel } from "./model.ts";
import type { SegmentRows } from "./score-test.ts";
import { contradictionOf, type Flaw, flawOf, learnAndTry, tryOn, type Validation, type Verdict } from "./validate.ts";

/** A forecast that was learned from more than one segment, tried on the later months of this one; `refused` says what speaks against it there. */
export type Shared = {
  readonly scope: "pool" | "all";
  readonly refused: Flaw["reason"] | null;
  /** Null where hardly anything of those months is known. */
  readonly validation: Validation | null;
};
export type SegmentVerdict = {
  readonly segment: string | null;
  /** Learned from it alone. */
  readonly own: Verdict;
  /** What its accounts are told by; null: they get no forecast. */
  readonly takes: "own" | "pool" | "all" | null;
  /** The last one that was tried in the place of its own; null: there was none to try. */
  readonly shared: Shared | null;
};
/** Segments with too few losses for a test of their own, together. */
export type Pool = { readonly segments: readonly (string | null)[]; readonly verdict: Verdict };
export type Verdicts = { readonly all: Verdict; readonly pool: Pool | null; readonly segments: readonly SegmentVerdict[] };

/**
 * What the whole book, the small segments together and each segment can be told by.
 *
 * A segment that passes a test of its own stands for itself. One with too few losses for that takes the forecast of the pool, else that of the whole
 * book, unless its later months contradict it (`contradictionOf`). One with enough losses and no forecast of its own, whatever the reason, takes
 * that of the whole book only where that passes the same test on this segment's later months. In both shared ones each segment has a level of its
 * own, so that one that loses fewer is not told by the others' average. With one segment the whole book says all.
 */
export function verdictsOf(rows: readonly Row[], segments: readonly SegmentRows[]): Verdicts {
  const names = segments.map(({ segment }) => segment);
  if (names.length < 2) return { all: learnAndTry(rows), pool: null, segments: [] };
  const all = learnAndTry(rows, names);
  const own = segments.map((one) => ({ ...one, own: learnAndTry(one.rows) }));
  const small = own.filter((one) => isSmall(one.own));
  const pool = small.length < 2 || small.length === own.length ? null : poolOf(rows, small.map(({ segment }) => segment)); // prettier-ignore
  return { all, pool, segments: own.map((one) => segmentVerdict(one, { all, pool })) };
}

const isSmall = ({ declined }: Verdict): boolean => declined?.reason === "too_few_losses";

const poolOf = (rows: readonly Row[], segments: Pool["segments"]): Pool => ({
  segments,
  verdict: learnAndTry(
    rows.filter(({ segment }) => segments.includes(segment)),
    [...segments],
  ),
});

function segmentVerdict(
  { segment, rows, own }: { readonly segment: string | null; readonly rows: readonly Row[]; readonly own: Verdict },
  { all, pool }: Pick<Verdicts, "all" | "pool">,
): SegmentVerdict {
  if (own.hazard !== null) return { segment, own, takes: "own", shared: null };
  const offers = [
    ...(isSmall(own) && pool !== null ? [{ scope: "pool", ...pool.verdict } as const] : []),
    { scope: "all", ...all } as const,
  ];
  let shared: Shared | null = null;
  for (const { scope, hazard, trial } of offers) {
    if (hazard === null || trial === null) continue;
    const validation = tryOn(trial, rows);
    // What was not tried speaks only for those that could not show it right anyhow.
    if (validation === null && !isSmall(own)) continue;
    const flaw = validation === null ? null : isSmall(own) ? contradictionOf(validation) : flawOf(validation);
    shared = { scope, refused: flaw?.reason ?? null, validation };
    if (flaw === null) return { segment, own, takes: scope, shared };
  }
  return { segment, own, takes: null, shared };
}

/** What travels; null: nobody is told anything. */
export function modelOf(period: string, { all, pool, segments }: Verdicts): RiskModel | null {
  const model: RiskModel = {
    layout: 1,
    period,
    all: all.hazard,
    pool: segments.some(({ takes }) => takes === "pool") ? (pool?.verdict.hazard ?? null) : null,
    segments: segments.map(({ segment, own, takes }) => ({ segment, hazard: own.hazard, takes: takes ?? "own" })),
  };
  const hazards: readonly (Hazard | null)[] = [model.all, model.pool, ...model.segments.map(({ hazard }) => hazard)];
  return hazards.every((hazard) => hazard === null) ? null : model;
}
