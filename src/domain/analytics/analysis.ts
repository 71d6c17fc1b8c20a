import type { z } from "zod";
import type { AccountState, UserKey } from "../account/state.ts";
import type { Event } from "../event.ts";
import type { Result } from "../result.ts";
import type { QueryFault, Range } from "./query.ts";
import type { SampleSummary } from "./sample.ts";

/**
 * A question about usage over many accounts.
 *
 * Each account shard makes a part over its own accounts; parts are put together in any order, and the answer is read off the whole. A part
 * is made of plain objects, arrays and maps, as it travels. Everything here is pure; who asks whom is docs/design/analytics.md.
 */
type Asked<Given, Query, Part> = {
  readonly title: string;
  /** What a person asks, with pointers to what is wrong with it. */
  readonly schema: z.ZodType<Given>;
  /** How each field is written in a URL; lists are given several times. */
  readonly urlFields: Readonly<Record<string, UrlField>>;
  /** Fills in what was not said; refuses what does not fit together. */
  readonly resolve: (given: Given, now: number) => Result<Query, QueryFault>;
  readonly empty: (query: Query) => Part;
  readonly merge: (a: Part, b: Part, query: Query) => Part;
  /** JSON, beside what every answer says (scope, range, completeness). */
  readonly answer: (part: Part, query: Query) => object;
  readonly answerSchema: z.ZodObject;
  readonly sampleOf: (part: Part) => SampleSummary;
  /** The attribute by whose values accounts are grouped; `segment` is the segment they are in. */
  readonly groupedBy: (query: Query) => string | null;
  /** Event types that the question names; those that nobody knows are refused. */
  readonly typesOf: (query: Query) => readonly { readonly type: string; readonly field: string; readonly path?: string }[];
};

export type UrlField = "text" | "nullable" | "number" | "instant" | "list" | "step" | "steps" | "weights";

/** Answered from what is kept of each day: who was active, how often, with which features. */
export type DayAnalysis<Given, Query, Part> = Asked<Given, Query, Part> & {
  readonly reads: "days";
  readonly ofAccount: (account: AnalysedAccount, query: Query) => Part;
};

/** Answered from the events themselves, because their order matters. */
export type EventAnalysis<Given, Query, Part> = Asked<Given, Query, Part> & {
  readonly reads: "events";
  /** Which events have to be read. */
  readonly span: (query: Query) => Range;
  readonly collect: (query: Query) => EventCollector<Part>;
};

export interface EventCollector<Part> {
  /** Cheap: false where nothing in the text of these events, one line or many, can matter. */
  mayMatter(text: string): boolean;
  take(account: AccountProfile, event: Event): void;
  /** As if nothing had been taken of this account, of which nothing more comes; people who were given up for room stay so. */
  forget(account: AccountProfile["number"]): void;
  part(): Part;
}

/** What is known of an account beside its events. */
export type AccountProfile = {
  /** Counted through within one shard and question. */
  readonly number: number;
  readonly id: string;
  readonly name: string | null;
  readonly segment: string | null;
  /** The value by which the question groups accounts; null where it is not known, or nothing is asked. */
  readonly group: string | null;
  readonly sessionGapMs: number;
  /** One key for a person that is known by several. */
  readonly personOf: (user: UserKey) => UserKey;
};
export type AnalysedAccount = AccountProfile & { readonly state: AccountState };

/** One that can be asked without knowing which: what travels between its methods is its own. */
export type Analysis = (DayAnalysis<unknown, AnyQuery, unknown> | EventAnalysis<unknown, AnyQuery, unknown>) & {
  readonly reads: "days" | "events";
};
export type AnyQuery = Range;

/** Forgets the types of an analysis; whoever holds one hands its parts and queries back to it alone, which is what the cast says. */
export function defineAnalysis<Given, Query extends Range, Part>(
  analysis: DayAnalysis<Given, Query, Part> | EventAnalysis<Given, Query, Part>,
): Analysis {
  return analysis as unknown as Analysis;
}

/** The question as it goes to a shard. */
export type AnalysisCall = {
  readonly kind: string;
  readonly query: AnyQuery;
  readonly accountIds: readonly string[] | null;
  /** undefined: accounts of all segments. */
  readonly segment: string | null | undefined;
  /** Event types outside the catalogue: which of them has any of the accounts ever sent? */
  readonly strangeTypes: readonly string[];
  /** So long (wall) the shard may work on its part, waiting for its turn included; accounts that cannot be read by then are left out. */
  readonly withinMs: number;
};

/** Raised with any change of what a part of any question is made of: parts of another form cannot be put together with those of this one. */
export const partForm = 2;

/** `accounts`: so many it is about; `leftOut`: so many more there was no time for. */
export type AnalysisPart = {
  /** As the code had it that made the part: while a version is rolled out some shards still run the former one (which named no form). */
  readonly form?: number;
  readonly part: unknown;
  readonly accounts: number;
  readonly leftOut: number;
  readonly knownTypes: readonly string[];
};
