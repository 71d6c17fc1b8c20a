import { z } from "zod";
import type { Event } from "../event.ts";
import { analysisEventDaysMax, analysisStepsMax, analysisWindowDaysMax, attributeNameCharsMax } from "../limits.ts";
import { ok } from "../result.ts";
import { QuantileSketch, type SketchJson } from "../sketch.ts";
import { DAY_MS, SECOND_MS } from "../time.ts";
import { defineAnalysis, type AccountProfile, type EventCollector } from "./analysis.ts";
import { compareNames, mergeGroups, noGroups, shownGroups, type Groups } from "./groups.ts";
import { instantRange, scopeShape, stepMatcher, StepSchema, stepsInText, stepText, type Range, type Step } from "./query.ts";
import { everybody, mergeSamples, type SampleSummary } from "./sample.ts";
import { intervalSchema, shareOf } from "./share.ts";
import { clusteredShareInterval, type Interval } from "./statistics.ts";
import { TouchLog, units, type Touch, type Unit } from "./touches.ts";

const schema = z.strictObject({
  ...scopeShape,
  steps: z.array(StepSchema).min(2, "needs two steps").max(analysisStepsMax, `at most ${analysisStepsMax} steps`),
  windowDays: z.number().positive().max(analysisWindowDaysMax).optional(),
  unit: z.enum(units).optional(),
  by: z.string().min(1).max(attributeNameCharsMax).optional(),
});
type Query = Range & {
  readonly steps: readonly Step[];
  readonly windowMs: number;
  readonly unit: Unit;
  readonly by: string | null;
  readonly now: number;
};

/** How many came to one step, and sums over accounts of products with those of other steps, for what accounts differ by. */
type Came = {
  readonly actors: number;
  readonly accounts: number;
  readonly squares: number;
  readonly withFirst: number;
  readonly withPrevious: number;
};
const nobody: Came = { actors: 0, accounts: 0, squares: 0, withFirst: 0, withPrevious: 0 };
const addCame = (a: Came, b: Came): Came => ({
  actors: a.actors + b.actors,
  accounts: a.accounts + b.accounts,
  squares: a.squares + b.squares,
  withFirst: a.withFirst + b.withFirst,
  withPrevious: a.withPrevious + b.withPrevious,
});

/** Those who came to one step. */
type Reached = Came & {
  readonly sincePrevious: SketchJson;
  readonly sinceStart: SketchJson;
};
/** Those of one group, step by step. */
type Counts = readonly Came[];
type Part = { readonly steps: readonly Reached[]; readonly groups: Groups<Counts>; readonly sample: SampleSummary };

const noTimes = new QuantileSketch().toJson();
const empty = ({ steps }: Query): Part => ({
  steps: steps.map(() => ({ ...nobody, sincePrevious: noTimes, sinceStart: noTimes })),
  groups: noGroups(),
  sample: everybody,
});

/**
 * When an actor came to each step, as far as it came. The first event in the range that fits the first step begins; each further step is the
 * first event after it that fits, not later than the window after the beginning. One event serves one step; events of one instant may be in
 * any order, and of several that fit the one with the least tie is taken.
 *
 * @param touches by time and tie; bit k of a mark says that it fits step k
 */
export function stepTimes(
  touches: readonly Touch[],
  steps: number,
  { from, to, windowMs }: Pick<Query, "from" | "to" | "windowMs">,
): number[] {
  const times: number[] = [];
  for (let i = 0; i < touches.length && times.length < steps;) {
    const { at } = touches[i] as Touch;
    let end = i;
    while (end < touches.length && (touches[end] as Touch).at === at) end++;
    if (times.length > 0 && at > (times[0] as number) + windowMs) break;
    const used = new Set<number>();
    for (let found = true; found && times.length < steps && (times.length > 0 || (at >= from && at < to));) {
      found = false;
      for (let j = i; j < end && !found; j++) {
        if (used.has(j) || ((touches[j] as Touch).mark & (1 << times.length)) === 0) continue;
        used.add(j);
        times.push(at);
        found = true;
      }
    }
    i = end;
  }
  return times;
}

class FunnelCollector implements EventCollector<Part> {
  readonly mayMatter: (text: string) => boolean;
  private readonly matchers: readonly ((event: Event) => boolean)[];
  private readonly log: TouchLog;
  private readonly query: Query;

  constructor(query: Query) {
    this.query = query;
    this.mayMatter = stepsInText(query.steps);
    this.matchers = query.steps.map(stepMatcher);
    this.log = new TouchLog(query.unit);
  }

  take(account: AccountProfile, event: Event): void {
    let mark = 0;
    for (const [i, matches] of this.matchers.entries()) if (matches(event)) mark |= 1 << i;
    if (mark !== 0) this.log.add(account, event, mark);
  }

  forget(account: AccountProfile["number"]): void {
    this.log.forget(account);
  }

  part(): Part {
    const { steps } = this.query;
    const reached = steps.map(() => ({ sincePrevious: new QuantileSketch(), sinceStart: new QuantileSketch() }));
    let all: Counts = steps.map(() => nobody);
    const groups = new Map<string | null, Counts>();
    for (const [account, actors] of this.log.actors()) {
      const found = steps.map(() => 0);
      for (const touches of actors) {
        const times = stepTimes(touches, steps.length, this.query);
        for (const [k, at] of times.entries()) {
          found[k] = (found[k] as number) + 1;
          reached[k]?.sinceStart.add(at - (times[0] as number));
          reached[k]?.sincePrevious.add(at - (times[k - 1] ?? at));
        }
      }
      const counts = countsOf(found.map((n) => n * this.log.scale));
      const group = groups.get(account.group);
      groups.set(account.group, group === undefined ? counts : addCounts(group, counts));
      all = addCounts(all, counts);
    }
    return {
      steps: reached.map(({ sincePrevious, sinceStart }, k) => ({
        ...(all[k] as Came),
        sincePrevious: sincePrevious.toJson(),
        sinceStart: sinceStart.toJson(),
      })),
      groups: this.query.by === null ? noGroups() : { named: groups, others: null },
      sample: this.log.summary(),
    };
  }
}

/** One account, by how many of its people came to each step. */
const countsOf = (found: readonly number[]): Counts =>
  found.map((n, k) => ({
    actors: n,
    accounts: n > 0 ? 1 : 0,
    squares: n * n,
    withFirst: n * (found[0] as number),
    withPrevious: n * (found[k - 1] ?? 0),
  }));
const addCounts = (a: Counts, b: Counts): Counts => a.map((came, k) => addCame(came, b[k] ?? nobody));

function mergeTimes(a: SketchJson, b: SketchJson): SketchJson {
  const sketch = QuantileSketch.fromJson(a);
  sketch.merge(QuantileSketch.fromJson(b));
  return sketch.toJson();
}

const groupRules = {
  add: addCounts,
  weightOf: (counts: Counts): number => counts[0]?.actors ?? 0,
};

const merge = (a: Part, b: Part): Part => ({
  steps: a.steps.map((x, k) => {
    const y = b.steps[k] as Reached;
    return {
      ...addCame(x, y),
      sincePrevious: mergeTimes(x.sincePrevious, y.sincePrevious),
      sinceStart: mergeTimes(x.sinceStart, y.sinceStart),
    };
  }),
  groups: mergeGroups(a.groups, b.groups, groupRules),
  sample: mergeSamples(a.sample, b.sample),
});

const seconds = (times: SketchJson, share: number): number | null => {
  const ms = QuantileSketch.fromJson(times).at(share);
  return ms === null ? null : ms / SECOND_MS;
};

function answer({ steps, groups }: Part, query: Query) {
  const shown = shownGroups(groups, groupRules);
  return {
    unit: query.unit,
    windowDays: query.windowMs / DAY_MS,
    steps: steps.map(({ actors, accounts, sincePrevious, sinceStart }, k) => ({
      step: stepText(query.steps[k] as Step),
      count: Math.round(actors),
      accounts,
      conversion: shareOf(actors, steps[0]?.actors ?? 0),
      interval: k === 0 ? null : intervalBetween(steps[0], steps[k], "withFirst"),
      fromPrevious: k === 0 ? null : shareOf(actors, steps[k - 1]?.actors ?? 0),
      fromPreviousInterval: k === 0 ? null : intervalBetween(steps[k - 1], steps[k], "withPrevious"),
      secondsFromPrevious: k === 0 ? null : { p50: seconds(sincePrevious, 0.5), p90: seconds(sincePrevious, 0.9) },
      secondsFromStart: k === 0 ? null : { p50: seconds(sinceStart, 0.5), p90: seconds(sinceStart, 0.9) },
    })),
    groups: [...shown.named]
      .sort(([a, x], [b, y]) => groupRules.weightOf(y) - groupRules.weightOf(x) || compareNames(a, b))
      .map(([value, counts]) => toGroup(value, counts)),
    otherGroups: shown.others === null ? null : toGroup(null, shown.others).steps,
  };
}

/** How sure the share of those who came so far is, of those who came to an earlier step. */
function intervalBetween(before: Came | undefined, came: Came | undefined, product: "withFirst" | "withPrevious"): Interval | null {
  if (before === undefined || came === undefined) return null;
  const [ns, sums] = [came[product], { people: before.actors, total: came.actors }];
  return clusteredShareInterval(sums, { nn: before.squares, ns, sn: ns, ss: came.squares }, before.accounts);
}

const toGroup = (value: string | null, counts: Counts) => ({
  value,
  steps: counts.map(({ actors, accounts }, k) => ({
    count: Math.round(actors),
    accounts,
    conversion: shareOf(actors, counts[0]?.actors ?? 0),
    interval: k === 0 ? null : intervalBetween(counts[0], counts[k], "withFirst"),
  })),
});

const quantiles = z.object({ p50: z.number().nullable(), p90: z.number().nullable() }).nullable();
const groupStep = z.object({ count: z.number(), accounts: z.number(), conversion: z.number().nullable(), interval: intervalSchema });

/** Who takes steps one after the other, and where they stop. */
export const funnel = defineAnalysis<z.infer<typeof schema>, Query, Part>({
  title: "Who takes steps one after the other, and where they stop",
  reads: "events",
  schema,
  urlFields: { steps: "steps", windowDays: "number", unit: "text", by: "text" },
  resolve: (given, now) => {
    const range = instantRange(given, now, { days: 30, daysMax: analysisEventDaysMax });
    if (!range.ok) return range;
    const { steps, windowDays = 14, unit = "people", by = null } = given;
    return ok({ ...range.value, steps, windowMs: windowDays * DAY_MS, unit, by, now });
  },
  span: ({ from, to, windowMs, now }) => ({ from, to: Math.max(to, Math.min(now, to + windowMs)) + 1 }),
  empty,
  collect: (query) => new FunnelCollector(query),
  merge,
  answer,
  answerSchema: z.object({
    unit: z.enum(units),
    windowDays: z.number(),
    steps: z.array(
      z.object({
        step: z.string(),
        count: z.number(),
        accounts: z.number(),
        conversion: z.number().nullable(),
        interval: intervalSchema,
        fromPrevious: z.number().nullable(),
        fromPreviousInterval: intervalSchema,
        secondsFromPrevious: quantiles,
        secondsFromStart: quantiles,
      }),
    ),
    groups: z.array(z.object({ value: z.string().nullable(), steps: z.array(groupStep) })),
    otherGroups: z.array(groupStep).nullable(),
  }),
  sampleOf: ({ sample }) => sample,
  groupedBy: ({ by }) => by,
  typesOf: ({ steps }) => steps.map(({ type }, i) => ({ type, field: "steps", path: `/${i}/type` })),
});
