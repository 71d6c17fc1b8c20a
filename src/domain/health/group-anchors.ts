import type { AccountState } from "../account/state.ts";
import type { MeasureSpec, Scorecard } from "../config/scorecard.ts";
import { dayOf } from "../time.ts";
import { dateAttribute, textAttribute } from "./attributes.ts";

/** Accounts of a group from which on its own anchors stand alone; fewer are drawn towards the anchors of all. */
const accountsEnough = 30;

/**
 * The scorecard with the anchors of the account's group: of each measure the first group that has its segment (attribute `segment`) and its
 * tenure (whole UTC days since `contractStart`). A group of n < 30 accounts is blended with the anchors of all: (n·a + 30·a_all) ÷ (n + 30),
 * knot by knot. The very scorecard, where no group is meant.
 */
export function scorecardFor(scorecard: Scorecard, state: AccountState, at: number): Scorecard {
  const hasGroups = scorecard.dimensions.some(({ measures }) => measures.some(({ groups }) => groups !== undefined));
  if (!hasGroups) return scorecard;
  const segment = textAttribute(state, "segment");
  const start = dateAttribute(state, "contractStart");
  const tenureDays = start === null ? null : dayOf(at) - dayOf(start);
  const own = (spec: MeasureSpec): MeasureSpec => {
    const group = spec.groups?.find((one) => isMeant(one, segment, tenureDays));
    return group === undefined ? spec : { ...spec, anchors: blended(spec.anchors, group) };
  };
  return {
    ...scorecard,
    dimensions: scorecard.dimensions.map((dimension) => ({ ...dimension, measures: dimension.measures.map(own) })),
  };
}

type Group = NonNullable<MeasureSpec["groups"]>[number];

function isMeant({ segment, tenureDaysFrom, tenureDaysTo }: Group, own: string | null, tenureDays: number | null): boolean {
  if (segment !== undefined && segment !== own) return false;
  if (tenureDaysFrom === undefined && tenureDaysTo === undefined) return true;
  return tenureDays !== null && tenureDays >= (tenureDaysFrom ?? 0) && tenureDays < (tenureDaysTo ?? Infinity);
}

function blended(all: MeasureSpec["anchors"], { accounts, anchors }: Group): MeasureSpec["anchors"] {
  if (accounts >= accountsEnough) return anchors;
  return anchors.map(({ value, score }, i) => ({
    value: (accounts * value + accountsEnough * (all[i]?.value ?? value)) / (accounts + accountsEnough),
    score,
  }));
}
