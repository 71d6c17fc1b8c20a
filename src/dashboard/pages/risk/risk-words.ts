import type { RiskReport, Share } from "../../api-types.ts";
import { countText, dateOnlyText, percentText, plural, pointsText, unknownText } from "../../format.ts";
import { segmentText } from "../../words.ts";

type Forecast = RiskReport["forecasts"][number];
type Weights = RiskReport["weights"][number];

/** `12 % (8–17 %)`: how sure it is belongs to each share. */
export const intervalText = ({ low, high }: { readonly low: number; readonly high: number }, digits = 0): string =>
  `${percentText(low, digits).replace(" %", "")}–${percentText(high, digits)}`;

export const shareText = (share: Share): string => `${percentText(share.share)} (${intervalText(share)})`;
/** What a share was counted from. */
export const sampleText = ({ lost, rows, accounts }: Share): string =>
  `${countText(lost)} of ${countText(rows)} account-months, ${plural(accounts, "account")}`;

export const monthText = (period: string): string =>
  new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: "UTC" }).format(Date.parse(`${period}-01T00:00:00Z`));

export const scopeText = ({ scope, segment }: Pick<Forecast, "scope" | "segment">): string =>
  scope === "all" ? "The whole book" : scope === "pool" ? "The small segments together" : groupText(segment);
export const groupText = (segment: string | null): string => (segment === null ? "Without a segment" : segmentText(segment));

/** By what the accounts of a segment are told that has no forecast of its own, and how that did on them; null: there is nothing to say. */
export function sharedText({ shared }: Forecast): string | null {
  if (shared === null) return null;
  const whose = shared.scope === "pool" ? "the small segments teach together" : "the whole book teaches";
  const tried =
    shared.validation === null
      ? "Of its later months too little is known yet to try that on them."
      : `On its later months (${sampleOf(shared.validation.triedOn)}) ${calibrationText(shared.validation)}.`;
  if (shared.refused === null) return `Its accounts are told by what ${whose}, with a level of their own. ${tried}`;
  const flaw = shared.refused === "no_ranking_skill" ? "the accounts at risk were not told from the others" : "it was wrong";
  return `What ${whose} does not hold here: ${flaw}. ${tried}`;
}

export const sampleOf = ({
  rows,
  losses,
  accounts,
}: {
  readonly rows: number;
  readonly losses: number;
  readonly accounts: number;
}): string => `${plural(losses, "loss", "losses")} among ${plural(rows, "account-month")} of ${plural(accounts, "account")}`;

/** How a forecast was tried. */
export const triedText = ({ models, learnedFrom, triedOn, from }: NonNullable<Forecast["validation"]>): string =>
  models === 1
    ? `Learned from ${sampleOf(learnedFrom)} before ${dateOnlyText(from)}, tried on ${sampleOf(triedOn)} from then on.`
    : `Tried on ${sampleOf(triedOn)} from ${dateOnlyText(from)} on, each month by what could be learned before it: ${countText(models)} times anew, the last time from ${sampleOf(learnedFrom)}.`;

/** Why no forecast is made, in words. */
export function declinedText({ declined, validation }: Forecast): string {
  switch (declined?.reason) {
    case "too_few_losses":
      return `${plural(declined.losses, "loss", "losses")} in the history; ${declined.needed} are needed to learn anything from.`;
    case "history_too_short":
      return `${plural(declined.losses, "loss", "losses")}, but too close together in time to learn from the earlier and try on the later ones.`;
    case "nothing_measured":
      return "No dimension is measured for enough accounts to tell them apart.";
    case "no_ranking_skill":
      return validation?.auc == null
        ? "On months that it was not learned from, too few accounts were lost to tell."
        : `On months that it was not learned from, it told ${aucText(validation.auc)}. That may be chance.`;
    case "no_better_than_base_rate":
      return validation?.latestGain != null && validation.gain.value > 0
        ? "On the latest months, that it was not learned from, it foretold losses no better than the average for everybody: what held before holds no more."
        : "On months that it was not learned from, it foretold losses no better than the average for everybody.";
    case "miscalibrated":
      return validation === null
        ? ""
        : `On months that it was not learned from, ${calibrationText(validation)}. Its figures cannot be believed.`;
    case undefined:
      return "";
  }
}

/** The area under the curve as a count of pairs. */
export const aucText = ({ value, low, high }: { readonly value: number; readonly low: number; readonly high: number }): string =>
  `the right one of a lost and a kept account in ${countText(Math.round(value * 100))} of 100 pairs (${Math.round(low * 100)} to ${Math.round(high * 100)}; 50 is chance)`;

export const calibrationText = ({ calibration }: NonNullable<Forecast["validation"]>): string =>
  `${countText(calibration.observed)} of the account-months ended in a loss where ${countText(Math.round(calibration.expected))} were foretold`;

/** Why a scorecard keeps its weights. */
export function keptText({ kept, losses, gain, latestGain }: Weights): string {
  switch (kept) {
    case "too_few_losses":
      return `${plural(losses, "loss", "losses")} among its accounts: too few to propose anything.`;
    case "history_too_short":
      return "Its losses lie too close together in time to try other weights on later months.";
    case "nothing_measured":
      return "Too few of its dimensions are measured to weigh them against each other.";
    case "no_relation":
      return "No dimension has anything to do with the losses.";
    case "no_better_than_own":
      return latestGain !== null && (gain?.low ?? 0) > 0
        ? "Other weights told later losses better, but not those of the latest months: what held before holds no more. It keeps its own."
        : "Other weights would not have told later losses better, beyond chance. It keeps its own.";
    case "not_steady":
      return "Other weights told later losses better in all trials together, but in too few of them. It keeps its own.";
    case null:
      return "";
  }
}

type Gain = NonNullable<Weights["gain"]>;

/** `−3.1 % (−5.8 to −0.4)`: by how much the error of other weights differs from that of the scorecard's own; below 0 they are closer. */
export function errorText({ value, low, high, own }: Gain): string {
  if (own === null || own === 0) return unknownText;
  // Weights that hardly differ from today's: who reads "better" sees by how little.
  const digits = Math.abs(value) < 0.001 * own ? 2 : 1;
  const partText = (gain: number): string => pointsText((-100 * gain) / own, digits);
  return low === null || high === null ? `${partText(value)} %` : `${partText(value)} % (${partText(high)} to ${partText(low)})`;
}

/** The first and the last month's end that a trial looked at. */
export const trialDaysText = ({ from, to }: { readonly from: string; readonly to: string }): string =>
  from === to ? dateOnlyText(from) : `${dateOnlyText(from)} to ${dateOnlyText(to)}`;

/** In how many trials other weights told better what came, and by how much in all of them together. */
export function trialsText({ won, needed, trials }: NonNullable<Weights["tried"]>, { gain }: Pick<Weights, "gain">): string {
  const together =
    gain === null
      ? ""
      : ` In all together their error, how far what is foretold lies from what comes, differs by ${errorText(gain)}, 95 % sure; below 0 is better.`;
  return `Better than today's weights in ${won} of ${plural(trials.length, "trial")}; ${needed} are needed.${together}`;
}

/** What a measure's weight was learned from, or why it keeps its part of its dimension. */
export function measureText({
  kept,
  rows,
  losses,
}: Pick<NonNullable<Weights["weights"]>[number]["measures"][number], "kept" | "rows" | "losses">): string {
  switch (kept) {
    case null:
      return `${plural(losses, "loss", "losses")} among ${plural(rows, "account-month")}`;
    case "no_weight":
      return "Has no weight: that is for you to say.";
    case "hardly_measured":
      return rows === 0 ? "Kept: it was never measured." : `Kept: measured in only ${plural(rows, "account-month")}.`;
    case "same_for_all":
      return "Kept: it is the same for nearly everybody.";
    case "too_few_losses":
      return `Kept: measured for only ${plural(losses, "loss", "losses")}.`;
  }
}

/** What became of a proposal. */
export const draftText = ({ draft }: Weights): string =>
  draft === "saved"
    ? "It was saved as the scorecard's draft."
    : draft === "other_draft"
      ? "It was not saved: there was a draft of somebody, or one that runs in shadow."
      : "It was not saved.";
