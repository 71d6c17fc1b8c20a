import { countText, dateOnlyText, shareText } from "../../format.ts";
import type { Column } from "../../ui/data-table.tsx";
import type { Adoption } from "./usage-types.ts";

export type Feature = Adoption["features"][number];

/** By how many people, and by which share of those who used anything. */
export const peopleColumns = (activePeople: number): readonly Column<Feature>[] => [
  { title: "People", num: true, cell: ({ people }) => countText(people) },
  {
    title: "Of active people",
    num: true,
    cell: ({ share }) => shareText(share),
    hint: ({ people }) => `${countText(people)} of ${countText(activePeople)}`,
  },
];

export const firstUsedColumn: Column<Feature> = { title: "First used", num: true, cell: ({ firstUsedOn }) => dateOnlyText(firstUsedOn) };
