import type { AccountState } from "../account/state.ts";
import type { Lent, MeasureSpec, Scorecard } from "../config/scorecard.ts";
import { ownValue } from "../own-value.ts";
import { dayOf } from "../time.ts";
import { dateAttribute, textAttribute } from "./attributes.ts";

/** Accounts of a group from which on its own anchors stand alone; fewer are drawn towards the anchors of all. */
const accountsEnough = 30;

/** (n·x + 30·y) ÷ (n + 30) of a figure x from n < 30 accounts; from more it stands alone. */
export const drawnTowards = (value: number, accounts: number, towards: number): number =>
  accounts >= accountsEnough ? value : (accounts * value + accountsEnough * towards) / (accounts + accountsEnough);

/**
 * The scorecard with the anchors of the account's group: of each measure the first group that has its segment (the one it was assigned to,
 * else the attribute `segment`) and its tenure (whole UTC days since `contractStart`). A group of n < 30 accounts is blended with the anchors
 * of all, knot by knot. The very scorecard, where no group is meant.
 */
export function scorecardFor(scorecard: Scorecard, state: AccountState, at: number): Scorecard {
  if (!hasGroups(scorecard)) return scorecard;
  const segment = scorecard.segment === undefined ? textAttribute(state, "segment") : scorecard.segment;
  const start = dateAttribute(state, "contractStart");
  const tenureDays = start === null ? null : dayOf(at) - dayOf(start);
  const lent: Record<string, Lent> = { ...scorecard.lent };
  const own = (spec: MeasureSpec): MeasureSpec => {
    const group = spec.groups?.find((one) => isMeant(one, segment, tenureDays));
    if (group === undefined) return spec;
    lent[spec.key] = { ...ownValue(lent, spec.key), anchors: toLender(group) };
    return { ...spec, anchors: blended(spec.anchors, group) };
  };
  const dimensions = scorecard.dimensions.map((dimension) => ({ ...dimension, measures: dimension.measures.map(own) }));
  return { ...scorecard, dimensions, lent };
}

export const hasGroups = ({ dimensions }: Scorecard): boolean =>
  dimensions.some(({ measures }) => measures.some(({ groups }) => groups !== undefined && groups.length > 0));

type Group = NonNullable<MeasureSpec["groups"]>[number];

const toLender = ({ segment, tenureDaysFrom, tenureDaysTo, accounts }: Group): NonNullable<Lent["anchors"]> => ({
  segment: segment ?? null,
  accounts,
  tenureDaysFrom: tenureDaysFrom ?? null,
  tenureDaysTo: tenureDaysTo ?? null,
});

function isMeant({ segment, tenureDaysFrom, tenureDaysTo }: Group, own: string | null, tenureDays: number | null): boolean {
  if (segment !== undefined && segment !== own) return false;
  if (tenureDaysFrom === undefined && tenureDaysTo === undefined) return true;
  return tenureDays !== null && tenureDays >= (tenureDaysFrom ?? 0) && tenureDays < (tenureDaysTo ?? Infinity);
}

const blended = (all: MeasureSpec["anchors"], { accounts, anchors }: Group): MeasureSpec["anchors"] =>
  anchors.map(({ value, score }, i) => ({ value: drawnTowards(value, accounts, all[i]?.value ?? value), score }));
