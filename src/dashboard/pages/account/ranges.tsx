import { Segments } from "../../ui/segments.tsx";

/** How far back a history goes, and how close its points lie. */
export type Range = { readonly key: string; readonly word: string; readonly days: number; readonly step: "1h" | "1d" };

const quarter: Range = { key: "90d", word: "90 days", days: 90, step: "1d" };
const ranges: readonly Range[] = [
  { key: "7d", word: "7 days", days: 7, step: "1h" },
  { key: "30d", word: "30 days", days: 30, step: "1d" },
  quarter,
  { key: "1y", word: "1 year", days: 365, step: "1d" },
];

/** The one that the address names; 90 days unless told. */
export const rangeOf = (key: string | null): Range => ranges.find((one) => one.key === key) ?? quarter;

export const RangeChoice = ({ chosen, onChoose }: { chosen: Range; onChoose: (key: string) => void }) => (
  <Segments label="Range" options={ranges} chosen={chosen.key} onChoose={onChoose} />
);
