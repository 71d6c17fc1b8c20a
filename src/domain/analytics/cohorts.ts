import { z } from "zod";
import { analysisDaysMax, attributeNameCharsMax, cohortPeriodsMax, conditionValueCharsMax } from "../limits.ts";
import { fail, ok } from "../result.ts";
import { dayOf } from "../time.ts";
import { activityOf, type Activity } from "./activity.ts";
import { defineAnalysis, type AnalysedAccount } from "./analysis.ts";
import { firstDayOf, calendarPeriodOf, periodRange, periodText, calendarUnits, type CalendarUnit } from "./calendar-periods.ts";
import { compareNames, mergeGroups, noGroups, shownGroups, type Groups } from "./groups.ts";
import { dayRange, scopeShape, type Range } from "./query.ts";
import { everybody, mergeSamples, type SampleSummary } from "./sample.ts";
import { shareOf } from "./share.ts";
import { units, type Unit } from "./touches.ts";

const schema = z.strictObject({
  ...scopeShape,
  period: z.enum(calendarUnits).optional(),
  feature: z.string().min(1).max(conditionValueCharsMax).optional(),
  unit: z.enum(units).optional(),
  by: z.string().min(1).max(attributeNameCharsMax).optional(),
});
type Query = Range & {
  readonly period: CalendarUnit;
  readonly first: number;
  readonly last: number;
  readonly feature: string | null;
  readonly unit: Unit;
  readonly by: string | null;
  readonly today: number;
};

/** One period of everybody: who came for the first time, came again, came back after a pause, and did not come again. */
type Flow = { readonly active: number; readonly fresh: number; readonly kept: number; readonly back: number; readonly lost: number };
/** One cohort: its members, and in each period how many were active, and what they did. */
type Row = { readonly size: number; readonly active: readonly number[]; readonly actions: readonly number[] };
type Part = { readonly flows: readonly Flow[]; readonly rows: Groups<Row>; readonly sample: SampleSummary };

type GrowingFlow = { -readonly [K in keyof Flow]: number };

const noFlow: Flow = { active: 0, fresh: 0, kept: 0, back: 0, lost: 0 };
const lengthOf = ({ first, last }: Query): number => last - first + 1;
/** Whoever came before the range. */
const EARLIER = "earlier";

const sumAt = (a: readonly number[], b: readonly number[]): number[] => a.map((n, k) => n + (b[k] as number));
const rules = {
  add: (a: Row, b: Row): Row => ({ size: a.size + b.size, active: sumAt(a.active, b.active), actions: sumAt(a.actions, b.actions) }),
  weightOf: ({ size }: Row): number => size,
};
const addFlows = (a: Flow, b: Flow): Flow => ({
  active: a.active + b.active,
  fresh: a.fresh + b.fresh,
  kept: a.kept + b.kept,
  back: a.back + b.back,
  lost: a.lost + b.lost,
});

function ofAccount(account: AnalysedAccount, query: Query): Part {
  const { period, first, last, by } = query;
  const known = activityOf(account, { ...query, toDay: firstDayOf(period, last + 1) });
  const scale = 1 / known.ratio;
  const flows = Array.from({ length: lengthOf(query) }, (): GrowingFlow => ({ ...noFlow }));
  const rows = new Map<string | null, { size: number; active: number[]; actions: number[] }>();
  for (const [, actors] of known.entries())
    for (const [, activity] of actors) {
      const cohort = by !== null ? account.group : activity.first < first ? EARLIER : periodText(period, activity.first);
      let row = rows.get(cohort);
      if (row === undefined) rows.set(cohort, (row = { size: 0, active: flows.map(() => 0), actions: flows.map(() => 0) }));
      row.size += scale;
      for (const [i, at] of activity.periods.entries()) {
        if (at < first || at > last) continue;
        row.active[at - first] = (row.active[at - first] as number) + scale;
        row.actions[at - first] = (row.actions[at - first] as number) + (activity.actions[i] as number) * scale;
      }
      addTo(flows, activity, first, scale);
    }
  return { flows, rows: { named: rows, others: null }, sample: known.summary() };
}

function addTo(flows: GrowingFlow[], { periods }: Activity, first: number, scale: number): void {
  const began = periods[0];
  const active = new Set(periods);
  for (const [k, flow] of flows.entries()) {
    const wasActive = active.has(first + k - 1);
    if (!active.has(first + k)) {
      if (wasActive) flow.lost += scale;
      continue;
    }
    flow.active += scale;
    if (began === first + k) flow.fresh += scale;
    else if (wasActive) flow.kept += scale;
    else flow.back += scale;
  }
}

const rowJson = (cohort: string | null, { size, active, actions }: Row) => ({
  cohort,
  size: Math.round(size),
  periods: active.map((count, k) => ({
    active: Math.round(count),
    share: shareOf(count, size),
    actions: Math.round(actions[k] as number),
    actionsEach: shareOf(actions[k] as number, count),
  })),
});

function answer({ flows, rows }: Part, query: Query) {
  const { period, first, unit, today } = query;
  const shown = query.by === null ? rows : shownGroups(rows, rules);
  return {
    period,
    unit,
    periods: flows.map(({ active, fresh, kept, back, lost }, k) => ({
      period: periodText(period, first + k),
      isOver: first + k < calendarPeriodOf(period, today),
      active: Math.round(active),
      new: Math.round(fresh),
      kept: Math.round(kept),
      back: Math.round(back),
      lost: Math.round(lost),
    })),
    cohorts: [...shown.named].sort(([a], [b]) => compareCohorts(a, b)).map(([cohort, row]) => rowJson(cohort, row)),
    otherCohorts: shown.others === null ? null : rowJson(null, shown.others),
  };
}

const compareCohorts = (a: string | null, b: string | null): number =>
  a === EARLIER || b === EARLIER ? (a === b ? 0 : a === EARLIER ? -1 : 1) : compareNames(a, b);

const row = z.object({
  cohort: z.string().nullable(),
  size: z.number(),
  periods: z.array(z.object({ active: z.number(), share: z.number().nullable(), actions: z.number(), actionsEach: z.number().nullable() })),
});

/** Who is active over time, by when they came or by what their account is. */
export const cohorts = defineAnalysis<z.infer<typeof schema>, Query, Part>({
  title: "Who is active over time, and who came, stayed, came back and left",
  reads: "days",
  schema,
  urlFields: { period: "text", feature: "text", unit: "text", by: "text" },
  resolve: (given, now) => {
    const { period = "week", feature = null, unit = "people", by = null } = given;
    const range = dayRange(given, now, { days: { day: 28, week: 84, month: 366 }[period], daysMax: analysisDaysMax });
    if (!range.ok) return range;
    const first = calendarPeriodOf(period, dayOf(range.value.from));
    const last = calendarPeriodOf(period, dayOf(range.value.to) - 1);
    if (last - first >= cohortPeriodsMax) return fail({ field: "from", detail: `gives more than ${cohortPeriodsMax} periods` });
    return ok({ ...periodRange(period, first, last), period, first, last, feature, unit, by, today: dayOf(now) });
  },
  empty: (query) => ({ flows: Array.from({ length: lengthOf(query) }, () => noFlow), rows: noGroups(), sample: everybody }),
  ofAccount,
  merge: (a, b) => ({
    flows: a.flows.map((flow, k) => addFlows(flow, b.flows[k] as Flow)),
    rows: mergeGroups(a.rows, b.rows, rules),
    sample: mergeSamples(a.sample, b.sample),
  }),
  answer,
  answerSchema: z.object({
    period: z.enum(calendarUnits),
    unit: z.enum(units),
    periods: z.array(
      z.object({
        period: z.iso.date(),
        isOver: z.boolean(),
        active: z.number(),
        new: z.number(),
        kept: z.number(),
        back: z.number(),
        lost: z.number(),
      }),
    ),
    cohorts: z.array(row),
    otherCohorts: row.nullable(),
  }),
  sampleOf: ({ sample }) => sample,
  groupedBy: ({ by }) => by,
  typesOf: () => [],
});
