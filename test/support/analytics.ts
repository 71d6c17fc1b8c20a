import type { AnalysedAccount, AccountProfile, Analysis, AnyQuery } from "../../src/domain/analytics/analysis.ts";
import { profileOf } from "../../src/domain/analytics/profile.ts";
import { fold } from "../../src/domain/account/fold.ts";
import { emptyAccount, type FoldedAccount } from "../../src/domain/account/folded.ts";
import type { Event } from "../../src/domain/event.ts";
import { hash32 } from "../../src/domain/hash.ts";
import { analyses } from "../../src/domain/analytics/index.ts";
import { event } from "./account-builders.ts";

/** Noon of a Wednesday. */
export const NOW = Date.UTC(2026, 10, 25, 12);

export type Told = { readonly account: string; readonly at: number } & Partial<Pick<Event, "id" | "type" | "user" | "data">>;

export const eventOf = ({ account, at, ...rest }: Told): Event => {
  const made = event({ occurredAt: at, keys: [`account|${account}`], ...rest });
  return { ...made, contentHash: hash32(made.id) };
};

/** A question as an account shard would answer it over these accounts and events, cut into parts that are put together in the given order. */
export class AnalysisWorld {
  private readonly states = new Map<string, FoldedAccount>();
  private readonly events: { readonly account: string; readonly event: Event }[] = [];

  account(id: string, attributes: Readonly<Record<string, unknown>> = {}): FoldedAccount {
    let state = this.states.get(id);
    if (state === undefined) this.states.set(id, (state = emptyAccount(id)));
    for (const [name, value] of Object.entries(attributes)) state.attributes.set(name, { value, source: "person:t", asOf: 1 });
    return state;
  }

  tell(...told: readonly Told[]): this {
    for (const one of told) {
      const made = eventOf(one);
      fold(this.account(one.account), made, NOW);
      this.events.push({ account: one.account, event: made });
    }
    return this;
  }

  /**
   * @param shards accounts of each part; by default all in one
   * @param givenUp accounts whose events are taken in too, and then given up (questions about events only)
   */
  ask(
    kind: string,
    given: Readonly<Record<string, unknown>> = {},
    shards: readonly (readonly string[])[] = [[...this.states.keys()]],
    givenUp: readonly string[] = [],
  ): AnswerJson {
    const { analysis, query } = questionOf(kind, given);
    const part = shards
      .map((ids) => this.part(analysis, query, ids, givenUp))
      .reduce((a, b) => analysis.merge(a, b, query), analysis.empty(query));
    return { ...analysis.answer(part, query), sample: analysis.sampleOf(part) };
  }

  /** What one shard with all accounts tells. */
  partOf(kind: string, given: Readonly<Record<string, unknown>> = {}): unknown {
    const { analysis, query } = questionOf(kind, given);
    return this.part(analysis, query, [...this.states.keys()], []);
  }

  private part(analysis: Analysis, query: AnyQuery, ids: readonly string[], givenUp: readonly string[]): unknown {
    const profiles = new Map(
      [...ids, ...givenUp].map((id, number): [string, AccountProfile] => [id, this.profile(analysis, query, id, number)]),
    );
    if (analysis.reads === "days")
      return ids
        .map((id) =>
          analysis.ofAccount({ ...(profiles.get(id) as AccountProfile), state: this.account(id) } satisfies AnalysedAccount, query),
        )
        .reduce((a, b) => analysis.merge(a, b, query), analysis.empty(query));
    const collector = analysis.collect(query);
    const { from, to } = analysis.span(query);
    for (const { account, event: one } of this.events) {
      const profile = profiles.get(account);
      if (profile === undefined || one.occurredAt < from || one.occurredAt >= to || !collector.mayMatter(JSON.stringify(one))) continue;
      collector.take(profile, one);
    }
    for (const id of givenUp) collector.forget((profiles.get(id) as AccountProfile).number);
    return collector.part();
  }

  private profile(analysis: Analysis, query: AnyQuery, id: string, number: number): AccountProfile {
    const state = this.account(id);
    const segment = state.attributes.get("segment")?.value;
    return profileOf(state, { number, segment: typeof segment === "string" ? segment : null, groupedBy: analysis.groupedBy(query) });
  }
}

function questionOf(kind: string, given: Readonly<Record<string, unknown>>): { analysis: Analysis; query: AnyQuery } {
  const analysis = analyses.get(kind) as Analysis;
  const resolved = analysis.resolve(analysis.schema.parse(given), NOW);
  if (!resolved.ok) throw new Error(`${resolved.error.field}: ${resolved.error.detail}`);
  return { analysis, query: resolved.value };
}

/** An answer, as JSON would have it. */
type AnswerJson = Record<string, unknown>;
