import { z } from "zod";
import { eachUser } from "../account/day-record.ts";
import type { AccountState, DayPage } from "../account/state.ts";
import { listAttribute } from "../health/attributes.ts";
import {
  analysisUnusedShown,
  analysisAccountsShown,
  analysisAccountWeightMax,
  analysisDaysMax,
  analysisItemsShownDefault,
  analysisItemsShownMax,
  analysisNamesMax,
  featuresPerAccountMax,
} from "../limits.ts";
import { ok } from "../result.ts";
import { dayOf, isoTime, startOfDay } from "../time.ts";
import { defineAnalysis, type AnalysedAccount } from "./analysis.ts";
import { boundTable, emptyTable, mergeTables, type BoundedTable } from "./bounded-table.ts";
import { dayRange, scopeShape, type Range } from "./query.ts";
import { everybody, mergeSamples, PeopleSample, type SampleSummary } from "./sample.ts";
import { shareOf } from "./share.ts";

const schema = z.strictObject({
  ...scopeShape,
  limit: z.int().min(1).max(analysisItemsShownMax).optional(),
});
type Query = Range & { readonly limit: number };

/** What one feature is to the accounts looked at. Counts of people are estimates where only a sample of them is known. */
type Feature = {
  readonly people: number;
  readonly peopleBefore: number;
  readonly accounts: number;
  readonly accountsBefore: number;
  /** Accounts whose attribute `entitledFeatures` names it, and those of them that used it; the same for `coreFeatures`. */
  readonly entitled: number;
  readonly entitledUsing: number;
  readonly core: number;
  readonly coreUsing: number;
  /** First UTC day on which anybody used it, as far as days are kept; Infinity: never. */
  readonly firstDay: number;
};

type AccountAdoption = {
  readonly accountId: string;
  readonly name: string | null;
  readonly activePeople: number;
  readonly entitled: number;
  readonly entitledUsed: number;
  readonly core: number;
  readonly coreUsed: number;
  /** The first few features that it could use and did not: of those it is entitled to; where nobody told which, of the core. */
  readonly unused: readonly string[];
};

type Part = {
  readonly people: number;
  readonly peopleBefore: number;
  readonly accounts: number;
  readonly accountsBefore: number;
  readonly features: BoundedTable<Feature>;
  /** Those that use the least of what they are entitled to. */
  readonly behind: readonly AccountAdoption[];
  readonly sample: SampleSummary;
};

const empty: Part = {
  people: 0,
  peopleBefore: 0,
  accounts: 0,
  accountsBefore: 0,
  features: emptyTable(),
  behind: [],
  sample: everybody,
};

/** What one person did in the window and in as many days before it: indexes of features. */
type Use = { active: boolean; activeBefore: boolean; readonly used: Set<number>; readonly usedBefore: Set<number> };

function ofAccount(account: AnalysedAccount, query: Query): Part {
  const { state } = account;
  const people = usesOf(account, query);
  const scale = 1 / people.ratio;
  const counts = state.features.map(() => ({ people: 0, peopleBefore: 0 }));
  let active = 0;
  let activeBefore = 0;
  for (const [, uses] of people.entries())
    for (const [, use] of uses) {
      if (use.active) active += scale;
      if (use.activeBefore) activeBefore += scale;
      for (const index of use.used) (counts[index] as { people: number }).people += scale;
      for (const index of use.usedBefore) (counts[index] as { peopleBefore: number }).peopleBefore += scale;
    }
  const entitled = new Set(listAttribute(state, "entitledFeatures"));
  const core = new Set(listAttribute(state, "coreFeatures"));
  const firstDays = firstDaysOf(state);
  const features = new Map<string, Feature>();
  for (const name of new Set([...state.features, ...entitled, ...core])) {
    const index = state.features.indexOf(name);
    const { people: used, peopleBefore: usedBefore } = counts[index] ?? { people: 0, peopleBefore: 0 };
    const isUsed = used > 0 ? 1 : 0;
    features.set(name, {
      people: used,
      peopleBefore: usedBefore,
      accounts: isUsed,
      accountsBefore: usedBefore > 0 ? 1 : 0,
      entitled: entitled.has(name) ? 1 : 0,
      entitledUsing: entitled.has(name) ? isUsed : 0,
      core: core.has(name) ? 1 : 0,
      coreUsing: core.has(name) ? isUsed : 0,
      firstDay: firstDays[index] ?? Number.POSITIVE_INFINITY,
    });
  }
  const isUsed = (name: string): boolean => (features.get(name)?.accounts ?? 0) > 0;
  const row: AccountAdoption = {
    accountId: account.id,
    name: account.name,
    activePeople: active,
    entitled: entitled.size,
    entitledUsed: [...entitled].filter(isUsed).length,
    core: core.size,
    coreUsed: [...core].filter(isUsed).length,
    unused: [...(entitled.size > 0 ? entitled : core)].filter((name) => !isUsed(name)).slice(0, analysisUnusedShown),
  };
  return {
    people: active,
    peopleBefore: activeBefore,
    accounts: active > 0 ? 1 : 0,
    accountsBefore: activeBefore > 0 ? 1 : 0,
    // What has no name in the account may have been used by all of its people.
    features: boundTable(
      features,
      state.features.length < featuresPerAccountMax ? 0 : Math.max(active, activeBefore),
      weightOf,
      analysisNamesMax,
    ),
    behind: entitled.size + core.size > 0 ? [row] : [],
    sample: people.summary(),
  };
}

function usesOf({ state, number, personOf }: AnalysedAccount, { from, to }: Query): PeopleSample<Use> {
  const people = new PeopleSample<Use>(analysisAccountWeightMax);
  const first = dayOf(from);
  const days = dayOf(to) - first;
  for (let day = first - days; day < first + days; day++) {
    const page = state.days.get(day);
    if (page === undefined) continue;
    people.limit(page.usersBelow);
    const isBefore = day < first;
    eachUser(page, (user, did) => {
      const features = [...did.features];
      const use = people.of(number, personOf(user), newUse, 1 + features.length);
      if (use === null) return;
      if (isBefore) use.activeBefore = true;
      else use.active = true;
      for (const index of features) (isBefore ? use.usedBefore : use.used).add(index);
    });
  }
  return people;
}

const newUse = (): Use => ({ active: false, activeBefore: false, used: new Set(), usedBefore: new Set() });

/** Per feature the first day on which anybody used it. Days are looked at until all are found. */
function firstDaysOf(state: AccountState): number[] {
  const found: number[] = [];
  let missing = state.features.length;
  const pages: DayPage[] = [...state.days.values()].sort((a, b) => a.day - b.day);
  for (const page of pages) {
    if (missing === 0) break;
    eachUser(page, (_, { features }) => {
      for (const index of features)
        if (found[index] === undefined) {
          found[index] = page.day;
          missing--;
        }
    });
  }
  return found;
}

const weightOf = ({ people, peopleBefore, entitled, core }: Feature): number => Math.max(people, peopleBefore, entitled, core);

const addFeatures = (a: Feature, b: Feature): Feature => ({
  people: a.people + b.people,
  peopleBefore: a.peopleBefore + b.peopleBefore,
  accounts: a.accounts + b.accounts,
  accountsBefore: a.accountsBefore + b.accountsBefore,
  entitled: a.entitled + b.entitled,
  entitledUsing: a.entitledUsing + b.entitledUsing,
  core: a.core + b.core,
  coreUsing: a.coreUsing + b.coreUsing,
  firstDay: Math.min(a.firstDay, b.firstDay),
});

const merge = (a: Part, b: Part): Part => ({
  people: a.people + b.people,
  peopleBefore: a.peopleBefore + b.peopleBefore,
  accounts: a.accounts + b.accounts,
  accountsBefore: a.accountsBefore + b.accountsBefore,
  features: mergeTables(a.features, b.features, addFeatures, weightOf, analysisNamesMax),
  behind: [...a.behind, ...b.behind].sort(compareBehind).slice(0, analysisAccountsShown),
  sample: mergeSamples(a.sample, b.sample),
});

const usedShare = ({ entitled, entitledUsed, core, coreUsed }: AccountAdoption): number =>
  entitled > 0 ? entitledUsed / entitled : coreUsed / core;
const compareBehind = (a: AccountAdoption, b: AccountAdoption): number =>
  usedShare(a) - usedShare(b) || b.entitled - a.entitled || (a.accountId < b.accountId ? -1 : 1);

function answer({ people, peopleBefore, accounts, accountsBefore, features, behind }: Part, { limit }: Query) {
  const sorted = [...features.entries].sort(([a, x], [b, y]) => y.people - x.people || y.entitled - x.entitled || (a < b ? -1 : 1));
  return {
    activePeople: Math.round(people),
    activePeopleBefore: Math.round(peopleBefore),
    activeAccounts: accounts,
    activeAccountsBefore: accountsBefore,
    features: sorted.slice(0, limit).map(([feature, of]) => {
      const share = shareOf(of.people, people);
      const before = shareOf(of.peopleBefore, peopleBefore);
      return {
        feature,
        people: Math.round(of.people),
        peopleBefore: Math.round(of.peopleBefore),
        share,
        shareBefore: before,
        shareChange: share === null || before === null ? null : share - before,
        accounts: of.accounts,
        accountsBefore: of.accountsBefore,
        entitledAccounts: of.entitled,
        entitledUsing: of.entitledUsing,
        coreAccounts: of.core,
        coreUsing: of.coreUsing,
        firstUsedOn: Number.isFinite(of.firstDay) ? isoTime(startOfDay(of.firstDay)).slice(0, 10) : null,
      };
    }),
    featuresTotal: features.entries.size,
    featuresLeftOut: Math.round(features.leftOut),
    accountsBehind: behind.map((row) => ({ ...row, activePeople: Math.round(row.activePeople) })),
  };
}

const count = z.number();
const answerSchema = z.object({
  activePeople: count,
  activePeopleBefore: count,
  activeAccounts: count,
  activeAccountsBefore: count,
  features: z.array(
    z.object({
      feature: z.string(),
      people: count,
      peopleBefore: count,
      share: z.number().nullable(),
      shareBefore: z.number().nullable(),
      shareChange: z.number().nullable(),
      accounts: count,
      accountsBefore: count,
      entitledAccounts: count,
      entitledUsing: count,
      coreAccounts: count,
      coreUsing: count,
      firstUsedOn: z.iso.date().nullable(),
    }),
  ),
  featuresTotal: count,
  featuresLeftOut: count,
  accountsBehind: z.array(
    z.object({
      accountId: z.string(),
      name: z.string().nullable(),
      activePeople: count,
      entitled: count,
      entitledUsed: count,
      core: count,
      coreUsed: count,
      unused: z.array(z.string()),
    }),
  ),
});

/** Which features people and accounts use, against the window of the same length before it, and against what accounts are entitled to. */
export const adoption = defineAnalysis<z.infer<typeof schema>, Query, Part>({
  title: "Which features are used, by whom, and which are not",
  reads: "days",
  schema,
  urlFields: { limit: "number" },
  resolve: (given, now) => {
    const range = dayRange(given, now, { days: 30, daysMax: analysisDaysMax / 2 });
    return range.ok ? ok({ ...range.value, limit: given.limit ?? analysisItemsShownDefault }) : range;
  },
  empty: () => empty,
  ofAccount,
  merge,
  answer,
  answerSchema,
  sampleOf: ({ sample }) => sample,
  groupedBy: () => null,
  typesOf: () => [],
});
