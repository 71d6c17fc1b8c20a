import { noteCharsMax } from "../limits.ts";
import type { RiskReport } from "./report.ts";

type Proposal = RiskReport["weights"][number];
type Weight = NonNullable<Proposal["weights"]>[number]["measures"][number];

/** What the draft says of itself: the sample, the trials, and each weight that it changes with its interval, the greatest change first; at most `noteCharsMax`. */
export function proposalNote(
  period: string,
  { rows, losses, tried, weights }: Pick<Proposal, "rows" | "losses" | "tried" | "weights">,
): string {
  const trials = tried === null ? "" : ` Better than today's in ${tried.won} of ${tried.trials.length} trials on later months.`;
  const said = `Weights proposed by the back-test of ${period}, learned from ${losses} losses among ${rows} account-months.${trials}`;
  const changes = (weights ?? [])
    .flatMap(({ measures }) => measures)
    .filter(isChanged)
    .sort((a, b) => Math.abs(b.proposed - b.own) - Math.abs(a.proposed - a.own))
    .map(changeText);
  let note = said;
  for (const [i, change] of changes.entries()) {
    const left = ` And ${changes.length - i} more.`;
    if (note.length + change.length + left.length + 1 > noteCharsMax) return note + left;
    note += ` ${change}`;
  }
  return note;
}

/** By half a tenth of a percent of the score: less is the rounding. */
const isChanged = ({ own, proposed }: Pick<Weight, "own" | "proposed">): boolean => Math.abs(proposed - own) >= 0.0005;

const changeText = ({ title, own, proposed, low, high, rows, losses }: Weight): string => {
  const why =
    low === null || high === null
      ? "with its dimension: too little data of its own"
      : `${tenths(low)} to ${tenths(high)}; ${losses} losses among ${rows}`;
  return `${title}: ${tenths(own)} → ${tenths(proposed)} % (${why}).`;
};
const tenths = (share: number): string => (share * 100).toFixed(1);
