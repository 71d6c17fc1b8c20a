import { hash53 } from "../account/id-hash.ts";
import type { UserKey } from "../account/state.ts";
import type { Event } from "../event.ts";
import { analysisTouchesMax, analysisTouchesPerPersonMax } from "../limits.ts";
import type { AccountProfile } from "./analysis.ts";
import { PeopleSample, type SampleSummary } from "./sample.ts";

/** One event of a person, as far as a question needs it. */
export type Touch = {
  /** Vendor's clock, epoch ms. */
  readonly at: number;
  /** What it is: bits of the steps that it fits, or the number of a name. */
  readonly mark: number;
  /** Orders events of one instant, whatever the order in which they came. */
  readonly tie: number;
};

/** Who does things: each person, or each account as a whole. */
export const units = ["people", "accounts"] as const;
export type Unit = (typeof units)[number];

/** Touches of everybody in one shard, within a bound: beyond it, of a sample of them (sample.ts). */
export class TouchLog {
  private readonly sample = new PeopleSample<Touch[]>(analysisTouchesMax);
  private readonly accounts = new Map<number, AccountProfile>();
  private readonly unit: Unit;

  constructor(unit: Unit) {
    this.unit = unit;
  }

  /** Takes an event in; one that no user did has no person. */
  add(account: AccountProfile, event: Event, mark: number): void {
    const actor = this.actorOf(account, event);
    if (actor === null) return;
    const known = this.sample.of(account.number, actor, () => [], 0);
    if (known === null || known.length >= analysisTouchesPerPersonMax) return;
    const touches = this.sample.of(account.number, actor, () => [], 1);
    if (touches === null) return;
    this.accounts.set(account.number, account);
    touches.push({ at: event.occurredAt, mark, tie: tieOf(event) });
  }

  forget(account: AccountProfile["number"]): void {
    this.sample.forget(account);
  }

  private actorOf(account: AccountProfile, { user }: Event): UserKey | null {
    if (this.unit === "accounts") return hash53(account.id);
    return user === undefined ? null : account.personOf(hash53(user.id));
  }

  /** Each actor's touches by time, account by account. */
  *actors(): Generator<readonly [account: AccountProfile, actors: Iterable<readonly Touch[]>]> {
    for (const [number, people] of this.sample.entries()) yield [this.accounts.get(number) as AccountProfile, sorted(people)];
  }

  /** How many actors each of those that are known stands for. */
  get scale(): number {
    return 1 / this.sample.ratio;
  }

  summary(): SampleSummary {
    return this.sample.summary();
  }
}

/** What an event says, and its place among those of one delivery that say the same: the same however often and in whatever order it comes. */
const tieOf = ({ contentHash, index }: Event): number => (index % 2 ** 20) * 2 ** 32 + contentHash;

function* sorted(people: Iterable<readonly [UserKey, Touch[]]>): Generator<readonly Touch[]> {
  for (const [, touches] of people) yield touches.sort((a, b) => a.at - b.at || a.tie - b.tie);
}
