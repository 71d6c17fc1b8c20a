import { z } from "zod";
import type { Event } from "../event.ts";
import {
  analysisEventDaysMax,
  analysisWindowDaysMax,
  conditionValueCharsMax,
  experimentDifferenceMax,
  experimentsListedMax,
  experimentVariantsMax,
} from "../limits.ts";
import { fail, ok } from "../result.ts";
import { DAY_MS, isoTime } from "../time.ts";
import { defineAnalysis, type AccountProfile, type EventCollector } from "./analysis.ts";
import { boundTable, emptyTable, mergeTables, type BoundedTable } from "./bounded-table.ts";
import {
  accountPart,
  emptyExperiment,
  mergeExperiments,
  noAccountVariant,
  type AccountVariant,
  type ExperimentPart,
} from "./experiment-part.ts";
import { experimentResult, verdicts } from "./experiment-result.ts";
import { instantRange, scopeShape, stepMatcher, StepSchema, stepsInText, stepText, type Range, type Step } from "./query.ts";
import { everybody, mergeSamples, type SampleSummary } from "./sample.ts";
import { intervalSchema } from "./share.ts";
import { TouchLog, type Touch } from "./touches.ts";

const name = z.string().min(1).max(conditionValueCharsMax);
const schema = z.strictObject({
  ...scopeShape,
  experiment: name.optional(),
  goal: StepSchema.optional(),
  metric: z.enum(["conversion", "count"]).optional(),
  windowDays: z.number().positive().max(analysisWindowDaysMax).optional(),
  control: name.optional(),
  split: z
    .record(name, z.number().positive())
    .refine((split) => Object.keys(split).length <= experimentVariantsMax, `at most ${experimentVariantsMax} variants`)
    .optional(),
  smallestDifference: z.number().positive().max(experimentDifferenceMax).optional(),
});

type Query = Range & {
  /** null: which experiments are there? */
  readonly experiment: string | null;
  readonly goal: Step | null;
  readonly metric: "conversion" | "count";
  readonly windowMs: number;
  readonly control: string | null;
  readonly split: Readonly<Record<string, number>> | null;
  readonly smallestDifference: number | null;
  readonly now: number;
};

type Listed = {
  readonly exposures: number;
  readonly people: number;
  readonly accounts: number;
  readonly variants: readonly string[];
  readonly firstAt: number;
  readonly lastAt: number;
};
type Part = { readonly list: BoundedTable<Listed>; readonly one: ExperimentPart; readonly sample: SampleSummary };

const exposed = "experiment.exposed";
const text = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);

/** Exposures to one experiment, and what the exposed did afterwards. */
class ExperimentCollector implements EventCollector<Part> {
  readonly mayMatter: (text: string) => boolean;
  private readonly isGoal: (event: Event) => boolean;
  private readonly log = new TouchLog("people");
  private readonly variants: string[] = [];
  /** Exposures for which there was no room, by account. */
  private readonly leftOut = new Map<number, number>();
  private readonly query: Query;

  constructor(query: Query) {
    this.query = query;
    this.mayMatter = stepsInText([
      { type: exposed, where: { experiment: query.experiment ?? "" } },
      ...(query.goal === null ? [] : [query.goal]),
    ]);
    this.isGoal = query.goal === null ? () => false : stepMatcher(query.goal);
  }

  take(account: AccountProfile, event: Event): void {
    if (event.type === exposed && event.data["experiment"] === this.query.experiment) {
      const variant = text(event.data["variant"]);
      const number = variant === null ? null : this.numberOf(variant);
      if (number !== null) return this.log.add(account, event, number);
      if (variant !== null) addOne(this.leftOut, account.number);
    }
    if (this.isGoal(event)) this.log.add(account, event, GOAL);
  }

  private numberOf(variant: string): number | null {
    const known = this.variants.indexOf(variant);
    if (known >= 0) return known;
    return this.variants.length < experimentVariantsMax ? this.variants.push(variant) - 1 : null;
  }

  forget(account: AccountProfile["number"]): void {
    this.log.forget(account);
    this.leftOut.delete(account);
  }

  part(): Part {
    let one: ExperimentPart = { ...emptyExperiment, leftOut: totalOf(this.leftOut) };
    for (const [, people] of this.log.actors()) one = mergeExperiments(one, this.ofAccount(people));
    return { list: emptyTable(), one, sample: this.log.summary() };
  }

  private ofAccount(people: Iterable<readonly Touch[]>): ExperimentPart {
    const variants = new Map<string, AccountVariant>();
    let mixed = 0;
    for (const touches of people) {
      const seen = touches.filter(({ mark }) => mark !== GOAL);
      const first = seen.find(({ at }) => at >= this.query.from && at < this.query.to);
      if (first === undefined) continue;
      if (seen.some(({ mark }) => mark !== first.mark)) {
        mixed += this.log.scale;
        continue;
      }
      const variant = this.variants[first.mark] as string;
      let of = variants.get(variant);
      if (of === undefined) variants.set(variant, (of = noAccountVariant()));
      this.addPerson(of, first, { exposures: seen.length, touches });
    }
    return accountPart(variants, mixed);
  }

  /** Who saw the variant lately may still convert: such a person is exposed, and not observed yet. */
  private addPerson(of: AccountVariant, first: Touch, { exposures, touches }: { exposures: number; touches: readonly Touch[] }): void {
    const { scale } = this.log;
    const { windowMs, now } = this.query;
    of.exposures += exposures * scale;
    of.people += scale;
    if (first.at + windowMs > now) return;
    const goals = touches.filter(({ mark, at }) => mark === GOAL && at >= first.at && at <= first.at + windowMs).length;
    of.observed += scale;
    of.converted += goals > 0 ? scale : 0;
    of.total += goals * scale;
  }
}
const GOAL = -1;

/** Exposures of one account to one experiment. */
type Exposures = { exposures: number; readonly variants: Set<string>; firstAt: number; lastAt: number };

/** All experiments that people were exposed to. */
class ListCollector implements EventCollector<Part> {
  readonly mayMatter = stepsInText([{ type: exposed }]);
  private readonly log = new TouchLog("people");
  private readonly names: string[] = [];
  private readonly numbers = new Map<string, number>();
  private readonly byAccount = new Map<number, Map<number, Exposures>>();
  /** Exposures to experiments beyond the bound, by account: none of them has more people than that. */
  private readonly leftOut = new Map<number, number>();

  take(account: AccountProfile, event: Event): void {
    const experiment = text(event.data["experiment"]);
    const variant = text(event.data["variant"]);
    if (event.type !== exposed || experiment === null || variant === null) return;
    const number = this.numberOf(experiment);
    if (number === null) return addOne(this.leftOut, account.number);
    const of = this.exposuresOf(account.number, number, event.occurredAt);
    of.exposures++;
    if (of.variants.size < experimentVariantsMax) of.variants.add(variant);
    of.firstAt = Math.min(of.firstAt, event.occurredAt);
    of.lastAt = Math.max(of.lastAt, event.occurredAt);
    this.log.add(account, event, number);
  }

  private numberOf(experiment: string): number | null {
    const known = this.numbers.get(experiment);
    if (known !== undefined) return known;
    if (this.names.length >= experimentsListedMax) return null;
    const number = this.names.push(experiment) - 1;
    this.numbers.set(experiment, number);
    return number;
  }

  private exposuresOf(account: number, experiment: number, at: number): Exposures {
    let here = this.byAccount.get(account);
    if (here === undefined) this.byAccount.set(account, (here = new Map()));
    let of = here.get(experiment);
    if (of === undefined) here.set(experiment, (of = { exposures: 0, variants: new Set(), firstAt: at, lastAt: at }));
    return of;
  }

  forget(account: AccountProfile["number"]): void {
    this.log.forget(account);
    this.byAccount.delete(account);
    this.leftOut.delete(account);
  }

  part(): Part {
    const listed = new Map<string, Listed>();
    for (const here of this.byAccount.values())
      for (const [number, { variants, ...of }] of here) {
        const title = this.names[number] as string;
        const one: Listed = { ...of, people: 0, accounts: 0, variants: [...variants].sort() };
        const known = listed.get(title);
        listed.set(title, known === undefined ? one : addListed(known, one));
      }
    this.countPeople(listed);
    return {
      list: boundTable(listed, totalOf(this.leftOut), weightOf, experimentsListedMax),
      one: emptyExperiment,
      sample: this.log.summary(),
    };
  }

  /** People, and the accounts of those who are known. */
  private countPeople(listed: Map<string, Listed>): void {
    const count = (number: number, more: Pick<Listed, "people" | "accounts">): void => {
      const title = this.names[number] as string;
      const known = listed.get(title) as Listed;
      listed.set(title, { ...known, people: known.people + more.people, accounts: known.accounts + more.accounts });
    };
    for (const [, actors] of this.log.actors()) {
      const here = new Map<number, number>();
      for (const touches of actors) for (const number of new Set(touches.map(({ mark }) => mark))) addOne(here, number);
      for (const [number, people] of here) count(number, { people: people * this.log.scale, accounts: 1 });
    }
  }
}

function addOne(counts: Map<number, number>, key: number): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
const totalOf = (counts: ReadonlyMap<number, number>): number => [...counts.values()].reduce((sum, n) => sum + n, 0);

const weightOf = ({ people }: Listed): number => people;
const addListed = (a: Listed, b: Listed): Listed => ({
  exposures: a.exposures + b.exposures,
  people: a.people + b.people,
  accounts: a.accounts + b.accounts,
  variants: [...new Set([...a.variants, ...b.variants])].sort().slice(0, experimentVariantsMax),
  firstAt: Math.min(a.firstAt, b.firstAt),
  lastAt: Math.max(a.lastAt, b.lastAt),
});

function answer({ list, one }: Part, query: Query) {
  const { experiment, goal, metric, windowMs } = query;
  if (experiment === null || goal === null)
    return {
      experiments: [...list.entries]
        .sort(([a, x], [b, y]) => y.lastAt - x.lastAt || (a < b ? -1 : 1))
        .map(([title, { people, firstAt, lastAt, ...of }]) => ({
          experiment: title,
          ...of,
          people: Math.round(people),
          firstAt: isoTime(firstAt),
          lastAt: isoTime(lastAt),
        })),
      experimentsLeftOut: Math.round(list.leftOut),
      result: null,
    };
  const { control, smallestDifference, ratioMismatch, variants } = experimentResult(one, query);
  return {
    experiments: [],
    experimentsLeftOut: 0,
    result: {
      experiment,
      goal: stepText(goal),
      metric,
      windowDays: windowMs / DAY_MS,
      control,
      smallestDifference,
      peopleInSeveralVariants: Math.round(one.mixed),
      exposuresLeftOut: one.leftOut,
      ratioMismatch,
      variants: variants.map(({ of, ...rest }) => ({
        ...rest,
        exposures: Math.round(of.exposures),
        people: Math.round(of.people),
        accounts: of.accounts,
        observedPeople: Math.round(of.observed),
        observedAccounts: of.observedAccounts,
        convertedPeople: Math.round(of.converted),
        total: Math.round(of.total),
      })),
    },
  };
}

const count = z.number();

/** Who saw which variant, and what they did afterwards. */
export const experiments = defineAnalysis<z.infer<typeof schema>, Query, Part>({
  title: "Which experiments there are, and what one of them says",
  reads: "events",
  schema,
  urlFields: {
    experiment: "text",
    goal: "step",
    metric: "text",
    windowDays: "number",
    control: "text",
    split: "weights",
    smallestDifference: "number",
  },
  resolve: (given, now) => {
    const range = instantRange(given, now, { days: 90, daysMax: analysisEventDaysMax });
    if (!range.ok) return range;
    const { experiment = null, goal = null, metric = "conversion", windowDays = 14, control = null, split = null } = given;
    const { smallestDifference = null } = given;
    if (experiment !== null && goal === null) return fail({ field: "goal", detail: "must say which event an experiment is about" });
    if (experiment === null && goal !== null) return fail({ field: "experiment", detail: "must name an experiment" });
    return ok({ ...range.value, experiment, goal, metric, windowMs: windowDays * DAY_MS, control, split, smallestDifference, now });
  },
  span: ({ from, to, windowMs, now }) => ({ from, to: Math.max(to, Math.min(now, to + windowMs)) + 1 }),
  empty: () => ({ list: emptyTable(), one: emptyExperiment, sample: everybody }),
  collect: (query) => (query.experiment === null ? new ListCollector() : new ExperimentCollector(query)),
  merge: (a, b) => ({
    list: mergeTables(a.list, b.list, addListed, weightOf, experimentsListedMax),
    one: mergeExperiments(a.one, b.one),
    sample: mergeSamples(a.sample, b.sample),
  }),
  answer,
  answerSchema: z.object({
    experiments: z.array(
      z.object({
        experiment: z.string(),
        exposures: count,
        people: count,
        accounts: count,
        variants: z.array(z.string()),
        firstAt: z.iso.datetime(),
        lastAt: z.iso.datetime(),
      }),
    ),
    experimentsLeftOut: count,
    result: z
      .object({
        experiment: z.string(),
        goal: z.string(),
        metric: z.enum(["conversion", "count"]),
        windowDays: count,
        control: z.string().nullable(),
        smallestDifference: z.number().nullable(),
        peopleInSeveralVariants: count,
        exposuresLeftOut: count,
        ratioMismatch: z.object({ p: z.number().nullable(), isMismatch: z.boolean() }),
        variants: z.array(
          z.object({
            variant: z.string(),
            isControl: z.boolean(),
            exposures: count,
            people: count,
            accounts: count,
            observedPeople: count,
            observedAccounts: count,
            convertedPeople: count,
            total: count,
            value: z.number().nullable(),
            interval: intervalSchema,
            againstControl: z
              .object({
                difference: z.number(),
                relative: z.number().nullable(),
                interval: intervalSchema,
                verdict: z.enum(verdicts),
                timesNeeded: z.number().nullable(),
              })
              .nullable(),
          }),
        ),
      })
      .nullable(),
  }),
  sampleOf: ({ sample }) => sample,
  groupedBy: () => null,
  typesOf: ({ goal }) => (goal === null ? [] : [{ type: goal.type, field: "goal", path: "/type" }]),
});
