import { z } from "zod";
import { analysisDaysMax, attributeNameCharsMax, cohortPeriodsMax, cohortRowsMax, conditionValueCharsMax } from "../limits.ts";
import { fail, ok } from "../result.ts";
import { dayOf } from "../time.ts";
import { activityOf } from "./activity.ts";
import { defineAnalysis, type AnalysedAccount } from "./analysis.ts";
import { firstDayOf, calendarPeriodOf, periodRange, periodText, calendarUnits, type CalendarUnit } from "./calendar-periods.ts";
import { compareNames, mergeGroups, noGroups, shownGroups, type Groups } from "./groups.ts";
import { dayRange, scopeShape, type Range } from "./query.ts";
import { everybody, mergeSamples, type SampleSummary } from "./sample.ts";
import { intervalSchema, shareOf } from "./share.ts";
import { clusteredShareInterval, type Interval } from "./statistics.ts";
import { units, type Unit } from "./touches.ts";

const schema = z.strictObject({
  ...scopeShape,
  period: z.enum(calendarUnits).optional(),
  periods: z.int().min(1).max(cohortPeriodsMax).optional(),
  returned: z.enum(["on", "on_or_after"]).optional(),
  feature: z.string().min(1).max(conditionValueCharsMax).optional(),
  unit: z.enum(units).optional(),
  by: z.string().min(1).max(attributeNameCharsMax).optional(),
});
type Query = Range & {
  readonly period: CalendarUnit;
  readonly periods: number;
  readonly returned: "on" | "on_or_after";
  readonly feature: string | null;
  readonly unit: Unit;
  readonly by: string | null;
  /** UTC day that is running. */
  readonly today: number;
};

/** One cohort: its size, and per number of periods after the first how many came back, of how many for whom that period is over. */
type Row = {
  readonly size: number;
  readonly returned: readonly number[];
  readonly of: readonly number[];
  readonly products: readonly Products[];
};
/** Sums over accounts of the products of how many came back (s) and could have (n), and how many accounts those are. */
type Products = { readonly accounts: number; readonly nn: number; readonly ns: number; readonly ss: number };
const noProducts: Products = { accounts: 0, nn: 0, ns: 0, ss: 0 };
const addProducts = (a: Products, b: Products): Products => ({
  accounts: a.accounts + b.accounts,
  nn: a.nn + b.nn,
  ns: a.ns + b.ns,
  ss: a.ss + b.ss,
});
/** `all` is not the sum of `rows`: of an account, people of several cohorts are as alike as those of one, so they make one product. */
type Part = { readonly rows: Groups<Row>; readonly all: Row; readonly sample: SampleSummary };

const sumAt = (a: readonly number[], b: readonly number[]): number[] => a.map((n, k) => n + (b[k] as number));
const rules = {
  add: (a: Row, b: Row): Row => ({
    size: a.size + b.size,
    returned: sumAt(a.returned, b.returned),
    of: sumAt(a.of, b.of),
    products: a.products.map((products, k) => addProducts(products, b.products[k] ?? noProducts)),
  }),
  weightOf: ({ size }: Row): number => size,
};
const daysDefault = { day: 14, week: 8 * 7, month: 183 } as const;

function ofAccount(account: AnalysedAccount, query: Query): Part {
  const { period, periods, returned: rule, by, from, to, today } = query;
  const known = activityOf(account, { ...query, toDay: today + 1 });
  const scale = 1 / known.ratio;
  const running = calendarPeriodOf(period, today);
  const rows = new Map<string | null, Counts>();
  const all = noCounts(periods);
  for (const [, actors] of known.entries())
    for (const [, activity] of actors) {
      const firstDay = firstDayOf(period, activity.first);
      if (firstDay < dayOf(from) || firstDay >= dayOf(to)) continue;
      const name = by === null ? periodText(period, activity.first) : account.group;
      let row = rows.get(name);
      if (row === undefined) rows.set(name, (row = noCounts(periods)));
      const active = new Set(activity.periods);
      const last = activity.periods.at(-1) ?? Number.NEGATIVE_INFINITY;
      for (const counts of [row, all]) counts.size += scale;
      for (let k = 0; k < periods && activity.first + k < running; k++) {
        const isBack = rule === "on" ? active.has(activity.first + k) : last >= activity.first + k;
        for (const counts of [row, all]) addOne(counts, k, { scale, isBack });
      }
    }
  const named = new Map([...rows].map(([name, counts]): [string | null, Row] => [name, rowOf(counts)]));
  return { rows: { named, others: null }, all: rowOf(all), sample: known.summary() };
}

/** A row of one account while it is counted. */
type Counts = { size: number; readonly returned: number[]; readonly of: number[] };
const zeros = (periods: number): number[] => Array.from({ length: periods }, () => 0);
const noCounts = (periods: number): Counts => ({ size: 0, returned: zeros(periods), of: zeros(periods) });

function addOne({ returned, of }: Counts, k: number, { scale, isBack }: { scale: number; isBack: boolean }): void {
  of[k] = (of[k] as number) + scale;
  if (isBack) returned[k] = (returned[k] as number) + scale;
}

const rowOf = (counts: Counts): Row => ({ ...counts, products: counts.of.map((n, k) => productsOf(n, counts.returned[k] ?? 0)) });

const productsOf = (n: number, s: number): Products => (n === 0 ? noProducts : { accounts: 1, nn: n * n, ns: n * s, ss: s * s });

/** Of one cohort, or of all. */
function intervalAt({ returned, of, products }: Row, k: number): Interval | null {
  const { accounts, nn, ns, ss } = products[k] ?? noProducts;
  return clusteredShareInterval({ people: of[k] ?? 0, total: returned[k] ?? 0 }, { nn, ns, sn: ns, ss }, accounts);
}

const rowJson = (cohort: string | null, row: Row) => ({
  cohort,
  size: Math.round(row.size),
  periods: row.returned.map((count, k) => ({
    returned: Math.round(count),
    of: Math.round(row.of[k] as number),
    share: shareOf(count, row.of[k] as number),
    interval: intervalAt(row, k),
  })),
});

function answer({ rows, all }: Part, query: Query) {
  const shown = query.by === null ? rows : shownGroups(rows, rules);
  return {
    period: query.period,
    returned: query.returned,
    unit: query.unit,
    cohorts: [...shown.named].sort(([a], [b]) => compareNames(a, b)).map(([cohort, row]) => rowJson(cohort, row)),
    otherCohorts: shown.others === null ? null : rowJson(null, shown.others),
    all: rowJson(null, all),
  };
}

const row = z.object({
  cohort: z.string().nullable(),
  size: z.number(),
  periods: z.array(z.object({ returned: z.number(), of: z.number(), share: z.number().nullable(), interval: intervalSchema })),
});

/** Who comes back after having come for the first time. */
export const retention = defineAnalysis<z.infer<typeof schema>, Query, Part>({
  title: "Who comes back after the first time",
  reads: "days",
  schema,
  urlFields: { period: "text", periods: "number", returned: "text", feature: "text", unit: "text", by: "text" },
  resolve: (given, now) => {
    const { period = "week", periods = 8, returned = "on", feature = null, unit = "people", by = null } = given;
    const range = dayRange(given, now, { days: daysDefault[period], daysMax: analysisDaysMax });
    if (!range.ok) return range;
    // Cohorts are whole periods, so the range is made of them too.
    const first = calendarPeriodOf(period, dayOf(range.value.from));
    const last = calendarPeriodOf(period, dayOf(range.value.to) - 1);
    if (by === null && last - first >= cohortRowsMax) return fail({ field: "from", detail: `gives more than ${cohortRowsMax} cohorts` });
    return ok({ ...periodRange(period, first, last), period, periods, returned, feature, unit, by, today: dayOf(now) });
  },
  empty: ({ periods }) => ({ rows: noGroups(), all: rowOf(noCounts(periods)), sample: everybody }),
  ofAccount,
  merge: (a, b) => ({
    rows: mergeGroups(a.rows, b.rows, rules),
    all: rules.add(a.all, b.all),
    sample: mergeSamples(a.sample, b.sample),
  }),
  answer,
  answerSchema: z.object({
    period: z.enum(calendarUnits),
    returned: z.enum(["on", "on_or_after"]),
    unit: z.enum(units),
    cohorts: z.array(row),
    otherCohorts: row.nullable(),
    all: row,
  }),
  sampleOf: ({ sample }) => sample,
  groupedBy: ({ by }) => by,
  typesOf: () => [],
});
