import type { Lent, MeasureSpec, Scorecard } from "../config/scorecard.ts";
import { drawnTowards, hasGroups } from "../health/group-anchors.ts";
import { measures } from "../health/measures/index.ts";
import { ownValue } from "../own-value.ts";
import { anchorsKey, type DrawnGroup, type Statistics } from "./document.ts";

/**
 * The scorecard with what other accounts lend to those of a segment: figures in the place of settings (`priorRate`, `usualDays`) and drawn
 * anchors. Of n < 30 accounts a figure is drawn towards that of all accounts, and that, if they are fewer than 30, towards what the
 * scorecard says: (n·x + 30·y) ÷ (n + 30). Groups that were written into the scorecard come before drawn ones. Another version of the
 * statistics is another content, so the scorecard's version names it.
 *
 * @param key of the scorecard
 */
export function lend(scorecard: Scorecard, key: string, statistics: Statistics | null, segment: string | null): Scorecard {
  if (statistics === null) return hasGroups(scorecard) ? { ...scorecard, segment } : scorecard;
  const lent: Record<string, Lent> = {};
  const dimensions = scorecard.dimensions.map((dimension) => ({
    ...dimension,
    measures: dimension.measures.map((spec) => {
      const figure = figureFor(spec, statistics, segment);
      const anchors = drawnFor(spec, statistics.anchors[anchorsKey(key, spec.key)] ?? [], segment);
      if (figure === null && anchors === null) return spec;
      lent[spec.key] = { ...(figure === null ? {} : { figure }), ...(anchors?.lent === undefined ? {} : { anchors: anchors.lent }) };
      return {
        ...spec,
        ...(figure === null ? {} : { settings: { ...spec.settings, [figure.setting]: figure.value } }),
        ...(anchors === null ? {} : { anchors: anchors.all, groups: [...(spec.groups ?? []), ...anchors.groups] }),
      };
    }),
  }));
  return { ...scorecard, version: `${scorecard.version}+statistics.${statistics.version}`, dimensions, lent, segment };
}

function figureFor(spec: MeasureSpec, { figures }: Statistics, segment: string | null): NonNullable<Lent["figure"]> | null {
  const setting = spec.fromOthers?.figure === false ? undefined : measures.get(spec.key)?.figure?.setting;
  const found = ownValue(figures, spec.key);
  if (setting === undefined || found === undefined) return null;
  const own = spec.settings[setting];
  const all = typeof own === "number" ? drawnTowards(found.all.value, found.all.accounts, own) : found.all.value;
  const mine = segment === null ? undefined : ownValue(found.segments, segment);
  if (mine === undefined) return { setting, value: all, segment: null, accounts: found.all.accounts };
  return { setting, value: drawnTowards(mine.value, mine.accounts, all), segment, accounts: mine.accounts };
}

type Groups = NonNullable<MeasureSpec["groups"]>;
type Drawn = { readonly all: MeasureSpec["anchors"]; readonly groups: Groups; readonly lent: Lent["anchors"] };

/** Anchors of all accounts in the place of the measure's own, and a group for each tenure and for the segment. */
function drawnFor(spec: MeasureSpec, drawn: readonly DrawnGroup[], segment: string | null): Drawn | null {
  if (spec.fromOthers?.anchors === undefined || drawn.length === 0) return null;
  const ofAll = drawn.filter((group) => group.segment === null);
  const ageless = ofAll.find(isAgeless);
  const all = ageless === undefined ? spec.anchors : (blended(spec.anchors, ageless) ?? spec.anchors);
  const groups = [
    ...drawn.filter((group) => group.segment !== null && group.segment === segment),
    ...ofAll.filter((group) => !isAgeless(group)),
  ];
  return {
    all,
    groups: groups.flatMap((group) => {
      const anchors = toAnchors(spec, group);
      // Values that do not rise are those of accounts that are all alike: they say nothing about good and bad.
      return anchors === null || blended(all, group) === null ? [] : [toGroup(group, anchors)];
    }),
    lent:
      ageless === undefined || all === spec.anchors
        ? undefined
        : { segment: null, accounts: ageless.accounts, tenureDaysFrom: null, tenureDaysTo: null },
  };
}

const isAgeless = ({ tenureDaysFrom, tenureDaysTo }: DrawnGroup): boolean => tenureDaysFrom === null && tenureDaysTo === null;

/** A group of all segments: it bears no segment, so that it fits whoever has its tenure. */
const toGroup = ({ segment, tenureDaysFrom, tenureDaysTo, accounts }: DrawnGroup, anchors: MeasureSpec["anchors"]): Groups[number] => ({
  ...(segment === null ? {} : { segment }),
  ...(tenureDaysFrom === null ? {} : { tenureDaysFrom }),
  ...(tenureDaysTo === null ? {} : { tenureDaysTo }),
  accounts,
  anchors,
});

function toAnchors(spec: MeasureSpec, { values }: DrawnGroup): MeasureSpec["anchors"] | null {
  if (values.length !== spec.anchors.length) return null;
  return spec.anchors.map(({ score }, i) => ({ value: values[i] as number, score }));
}

/** Null where the values would not rise. */
function blended(towards: MeasureSpec["anchors"], { values, accounts }: DrawnGroup): MeasureSpec["anchors"] | null {
  if (values.length !== towards.length) return null;
  const anchors = towards.map(({ value, score }, i) => ({ value: drawnTowards(values[i] as number, accounts, value), score }));
  return anchors.every(({ value }, i) => i === 0 || value > (anchors[i - 1] as { value: number }).value) ? anchors : null;
}
