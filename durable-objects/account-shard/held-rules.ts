import type { Band } from "../../src/domain/health/document.ts";
import type { HeldBand, RulesName, SetDownBand } from "../../src/domain/health/held-band.ts";
import type { Entry } from "./entry.ts";

/** By index, in stored values: only ever appended to. */
export const storedBands: readonly Band[] = ["healthy", "watch", "at_risk", "critical", "not_enough_data"];
/** Added to the index of a band that an override gives. */
const OVERRIDE = 16;
export const NOT_LEFT = -1;

/** A band as a number, and back; undefined: this code knows none of that number. */
export const bandNumber = ({ band, isOverride }: Pick<HeldBand, "band" | "isOverride">): number =>
  storedBands.indexOf(band) + (isOverride === true ? OVERRIDE : 0);
export function bandOfNumber(number: number): Pick<HeldBand, "band" | "isOverride"> | undefined {
  const isOverride = number >= OVERRIDE;
  const band = storedBands[isOverride ? number - OVERRIDE : number];
  return band === undefined ? undefined : { band, ...(isOverride && { isOverride }) };
}

/**
 * By which rules held bands were looked at, as JSON. `rules`: since when, and the name of their content; the newest first. `others`: bands
 * that were looked at by other rules than the first, or beside which others are set down: number of the account, index of the scorecard among
 * `keys` (−1: the account's own), of the rules (−1: not known), and for each that is set down five numbers: its rules, band, since when, since
 * when it was being left, and when it was set down.
 */
export type StoredRules = {
  readonly keys: readonly string[];
  readonly rules: readonly (readonly [since: number, written: number])[];
  readonly others: readonly (readonly number[])[];
};

const OWN = -1;
const UNKNOWN = -1;
const HEAD_FIELDS = 3;
const SET_DOWN_FIELDS = 5;

type Held = { readonly number: number; readonly key: string | null; readonly held: HeldBand };

const heldBands = (entries: Iterable<Entry>): readonly Held[] =>
  [...entries].flatMap(({ number, heldBand, heldBeside }) => [
    ...(heldBand === null ? [] : [{ number, key: null, held: heldBand }]),
    ...[...heldBeside].map(([key, held]) => ({ number, key, held })),
  ]);

export function toStoredRules(entries: Iterable<Entry>): StoredRules {
  const all = heldBands(entries);
  const named = ({ since, written }: RulesName): string => `${since}/${written}`;
  const known = new Map<string, RulesName>();
  for (const { held } of all)
    for (const rules of [held.rules, ...(held.setDown ?? []).map((one) => one.rules)])
      if (rules !== undefined) known.set(named(rules), rules);
  const rules = [...known.values()].sort((a, b) => b.since - a.since);
  const at = new Map(rules.map((one, i) => [named(one), i]));
  const indexOf = (one: RulesName | undefined): number => (one === undefined ? UNKNOWN : (at.get(named(one)) ?? UNKNOWN));
  const keys = [...new Set(all.flatMap(({ key }) => key ?? []))];
  const keyAt = new Map(keys.map((key, i) => [key, i]));
  return {
    keys,
    rules: rules.map(({ since, written }) => [since, written]),
    others: all.flatMap(({ number, key, held }) => {
      const [index, setDown] = [indexOf(held.rules), held.setDown ?? []];
      if (index === 0 && setDown.length === 0) return [];
      const more = setDown.flatMap((one) => [indexOf(one.rules), bandNumber(one), one.since, one.leftAt ?? NOT_LEFT, one.at]);
      return [[number, key === null ? OWN : (keyAt.get(key) ?? OWN), index, ...more]];
    }),
  };
}

/** Puts it into accounts whose held bands are read already. */
export function putStoredRules({ keys, rules, others }: StoredRules, entries: Iterable<Entry>): void {
  const nameOf = (index: number): RulesName | undefined => {
    const [since, written] = rules[index] ?? [];
    return since === undefined || written === undefined ? undefined : { since, written };
  };
  const told = new Map(others.map((row) => [`${row[0]}/${row[1] === OWN ? "" : keys[row[1] as number]}`, row]));
  const completed = (held: HeldBand, number: number, key: string): HeldBand => {
    const row = told.get(`${number}/${key}`);
    const by = nameOf(row?.[2] ?? 0);
    const setDown = row === undefined ? [] : setDownOf(row, nameOf);
    return { ...held, ...(by !== undefined && { rules: by }), ...(setDown.length > 0 && { setDown }) };
  };
  for (const entry of entries) {
    if (entry.heldBand !== null) entry.heldBand = completed(entry.heldBand, entry.number, "");
    if (entry.heldBeside.size > 0)
      entry.heldBeside = new Map([...entry.heldBeside].map(([key, held]) => [key, completed(held, entry.number, key)]));
  }
}

function setDownOf(row: readonly number[], nameOf: (index: number) => RulesName | undefined): readonly SetDownBand[] {
  const found: SetDownBand[] = [];
  for (let i = HEAD_FIELDS; i + SET_DOWN_FIELDS <= row.length; i += SET_DOWN_FIELDS) {
    const [index, number, since, leftAt, at] = row.slice(i, i + SET_DOWN_FIELDS) as [number, number, number, number, number];
    const [rules, band] = [nameOf(index), bandOfNumber(number)];
    if (rules !== undefined && band !== undefined) found.push({ ...band, since, leftAt: leftAt === NOT_LEFT ? null : leftAt, rules, at });
  }
  return found;
}
