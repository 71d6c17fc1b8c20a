import type { HealthReading } from "../../api-types.ts";

/** What the scorecard for usage and support weighs. */
const narrowDimensions: readonly string[] = ["usage", "support"];

type Dimension = { readonly key: string; readonly title: string };
export type Thin = {
  readonly fed: readonly Dimension[];
  readonly unfed: readonly Dimension[];
  /** Titles of measures that count and that none of the accounts has, the weightiest first. */
  readonly unmeasured: readonly string[];
  readonly confidence: number;
};

function unmeasuredOf(readings: readonly HealthReading[]): string[] {
  const weights = new Map<string, number>();
  const measured = new Set<string>();
  for (const dimension of readings.flatMap(({ dimensions }) => dimensions))
    for (const { title, weight, status } of dimension.measures) {
      if (status !== "missing") measured.add(title);
      else if (weight * dimension.weight > 0) weights.set(title, Math.max(weights.get(title) ?? 0, weight * dimension.weight));
    }
  return [...weights]
    .filter(([title]) => !measured.has(title))
    .sort(([, a], [, b]) => b - a)
    .map(([title]) => title);
}

/** Which dimensions of the scorecard hear from no source, and which measures have no value, in any of these accounts. */
export function thinOf(readings: readonly HealthReading[]): Thin {
  const dimensions = new Map(readings.flatMap(({ dimensions: all }) => all.map(({ key, title }) => [key, { key, title }] as const)));
  const isFed = ({ key }: Dimension): boolean =>
    readings.some((reading) =>
      reading.dimensions.some((one) => one.key === key && one.measures.some(({ status }) => status !== "missing")),
    );
  const weighed = [...dimensions.values()].filter(({ key }) =>
    readings.some((reading) => reading.dimensions.some((one) => one.key === key && one.weight > 0)),
  );
  return {
    fed: weighed.filter(isFed),
    unfed: weighed.filter((one) => !isFed(one)),
    unmeasured: unmeasuredOf(readings),
    confidence: Math.max(0, ...readings.map(({ confidence }) => confidence)),
  };
}

/** Could the scorecard for usage and support help? Only where one of the two is fed and nothing else is. */
export const mayNarrow = ({ fed, unfed }: Thin): boolean =>
  unfed.length > 0 &&
  fed.length > 0 &&
  fed.every(({ key }) => narrowDimensions.includes(key)) &&
  unfed.some(({ key }) => !narrowDimensions.includes(key));
