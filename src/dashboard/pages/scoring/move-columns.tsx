import type { ComponentChildren } from "preact";
import type { Band } from "../../api-types.ts";
import { scoreText } from "../../format.ts";
import type { Column } from "../../ui/data-table.tsx";
import { BandMove, Points } from "../../ui/figures.tsx";

/** One account under two scorecards. */
export type Move = {
  readonly before: number | null;
  readonly after: number | null;
  readonly bandBefore: Band;
  readonly bandAfter: Band;
};

/**
 * Score, change and band of an account before and after.
 *
 * @param of null where a row has nothing to show yet
 * @param isMoved false: there is nothing to compare, both are the same scorecard
 * @param beside what stands after the band
 */
export const moveColumns = <Row,>(
  of: (row: Row) => Move | null,
  isMoved: boolean,
  beside?: (row: Row) => ComponentChildren,
): readonly Column<Row>[] => [
  {
    title: "Score",
    num: true,
    class: "preview-score",
    cell: (row) => scoresText(of(row), isMoved),
    hint: (row) => `${of(row)?.before ?? "no score"} before, ${of(row)?.after ?? "no score"} after`,
  },
  {
    title: "Change",
    num: true,
    class: "preview-change",
    label: null,
    cell: (row) => (isMoved ? <Points value={differenceOf(of(row))} /> : null),
  },
  {
    title: "Band",
    class: "preview-band wrap",
    label: null,
    cell: (row) => {
      const move = of(row);
      if (move === null) return null;
      return (
        <>
          <BandMove from={isMoved ? move.bandBefore : move.bandAfter} to={move.bandAfter} />
          {beside?.(row)}
        </>
      );
    },
  },
];

const scoresText = (move: Move | null, isMoved: boolean): string =>
  isMoved ? `${scoreText(move?.before ?? null)} → ${scoreText(move?.after ?? null)}` : scoreText(move?.after ?? null);

const differenceOf = (move: Move | null): number | null =>
  move === null || move.before === null || move.after === null ? null : move.after - move.before;
