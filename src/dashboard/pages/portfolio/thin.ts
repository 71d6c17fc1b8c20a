import type { HealthReading } from "../../api-types.ts";
import { percentText, plural } from "../../format.ts";

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

const unmeasuredToldMax = 6;

/** What keeps the band away from these accounts: how much is measured, and which dimensions of the scorecard hear from no source. */
export function thinText(thin: Thin, accounts: number): string {
  const whose = accounts === 1 ? "its" : "their";
  const unfed = thin.unfed.map(({ title }) => title).join(", ");
  if (thin.fed.length === 0) return `No source tells anything that ${whose} scorecard weighs: ${unfed}.`;
  const measured = `${accounts === 1 ? "" : "At best "}${percentText(thin.confidence)} of ${whose} scorecard is measured, 50 % are needed.`;
  if (thin.unfed.length === 0) return `${measured} ${unmeasuredText(thin, accounts)}`;
  const total = plural(thin.fed.length + thin.unfed.length, "dimension");
  return `${measured} ${thin.unfed.length} of the scorecard’s ${total} ${thin.unfed.length === 1 ? "hears" : "hear"} from no source: ${unfed}.`;
}

function unmeasuredText({ unmeasured }: Thin, accounts: number): string {
  const named = unmeasured.slice(0, unmeasuredToldMax).join(", ");
  const more = unmeasured.length > unmeasuredToldMax ? ` and ${unmeasured.length - unmeasuredToldMax} more` : "";
  if (unmeasured.length > 0) return `All dimensions of the scorecard are fed. Not measured yet: ${named}${more}.`;
  return `All dimensions of the scorecard are fed, but ${accounts === 1 ? "the account does not have" : "none of the accounts has"} enough of them.`;
}
