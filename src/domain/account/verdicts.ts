import type { Event } from "../event.ts";
import { opinionValidMs, overrideReasonCharsMax, verdictsPerAccountMax } from "../limits.ts";
import type { FoldedAccount } from "./folded.ts";

/**
 * What people say about an account's health beside what is computed: an override stands in for the score until it expires or is
 * withdrawn, an opinion is kept apart and never averaged in. The engine writes neither.
 */
export type Verdict = {
  /** Our clock, epoch ms. */
  readonly at: number;
  /** Breaks ties deterministically (the event id). */
  readonly tie: string;
  /** Override: 0..100. Opinion: 1 (very bad) to 5 (very good). Null: withdrawn. */
  readonly value: number | null;
  readonly reason: string | null;
  /** Id of the token that wrote it. */
  readonly author: string;
  /** Epoch ms; not counted from then on. */
  readonly expiresAt: number;
};

export type Verdicts = { readonly overrides: Verdict[]; readonly opinions: Verdict[] };

export const noVerdicts = (): Verdicts => ({ overrides: [], opinions: [] });

/** The verdict that stands at an instant: the last one said by then, unless it was withdrawn or has expired. */
export function standingAt(verdicts: readonly Verdict[], at: number): (Verdict & { readonly value: number }) | null {
  const last = verdicts.findLast((verdict) => verdict.at <= at);
  return last === undefined || last.value === null || last.expiresAt <= at ? null : { ...last, value: last.value };
}

/** The next instant after `at` at which a verdict begins or ends; null: none. */
export function nextVerdictChange(verdicts: readonly Verdict[], at: number): number | null {
  const instants = verdicts.flatMap((verdict) => [verdict.at, verdict.expiresAt]).filter((instant) => instant > at);
  return instants.length === 0 ? null : Math.min(...instants);
}

/** Takes in the parts `override` and `opinion` of a write of a person. Anything else than what the API accepts is left out. */
export function foldVerdicts(state: FoldedAccount, event: Event): boolean {
  const overrides = verdictOf(event, event.data["override"], { from: 0, to: 100 });
  const opinions = verdictOf(event, event.data["opinion"], { from: 1, to: 5 });
  if (overrides !== null) insert(state.verdicts.overrides, overrides);
  if (opinions !== null) insert(state.verdicts.opinions, opinions);
  return overrides !== null || opinions !== null;
}

function verdictOf(event: Event, said: unknown, { from, to }: { from: number; to: number }): Verdict | null {
  if (typeof said !== "object" || said === null) return null;
  const { value, reason, expiresAt } = said as Readonly<Record<string, unknown>>;
  const isWithdrawn = value === null;
  if (!isWithdrawn && !(typeof value === "number" && value >= from && value <= to)) return null;
  return {
    at: event.occurredAt,
    tie: event.id,
    value: isWithdrawn ? null : value + 0,
    reason: typeof reason === "string" ? reason.slice(0, overrideReasonCharsMax) : null,
    author: event.connectionId,
    expiresAt: typeof expiresAt === "number" ? expiresAt : event.occurredAt + opinionValidMs,
  };
}

/** Sorted by (at, tie); a full list keeps the newest, whatever the order of arrival. */
function insert(verdicts: Verdict[], verdict: Verdict): void {
  const place = verdicts.findIndex(({ at, tie }) => at > verdict.at || (at === verdict.at && tie >= verdict.tie));
  if (place === -1) verdicts.push(verdict);
  else if (verdicts[place]?.tie !== verdict.tie || verdicts[place]?.at !== verdict.at) verdicts.splice(place, 0, verdict);
  if (verdicts.length > verdictsPerAccountMax) verdicts.shift();
}
