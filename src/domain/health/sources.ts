import { keyRoles } from "../account/people.ts";
import type { AccountState } from "../account/state.ts";
import { dayOf, startOfDay } from "../time.ts";
import { type Contact, contactsByName, contactsOf } from "./contacts.ts";
import { type EngagementFacts, engagementFacts } from "./engagement-facts.ts";
import { type MarketFacts, marketFacts } from "./market-facts.ts";
import type { Instant, MeasureSource } from "./measure.ts";
import { type ReadingClock, upTo } from "./reading-clock.ts";
import { type RevenueFacts, revenueFacts } from "./revenue-facts.ts";
import { type SuccessFacts, successFacts } from "./success-facts.ts";
import { type SupportFacts, supportFacts, supportRecords } from "./support-facts.ts";
import type { SupportHours } from "./support-hours.ts";
import { type UsageFacts, usageFacts } from "./usage-facts.ts";

/** One source's say about one account. */
type SourceReader = {
  /** Event time of its newest fact up to an instant, epoch ms; null when there was none. */
  readonly newestAt: (at: number) => number | null;
  /** What its measures read; null when it had said nothing by then. */
  readonly facts: (clock: ReadingClock) => object | null;
  /** Why its measures have no value then. */
  readonly silence: string;
};

/** The facts of all sources, each looked up only when somebody asks, and shared by all instants. The state must not change meanwhile. */
export type Facts = {
  /** Null while there was none by then. */
  readonly usage: (at: number) => UsageFacts | null;
  readonly support: (clock: ReadingClock) => SupportFacts | null;
  readonly engagement: () => EngagementFacts | null;
  readonly success: () => SuccessFacts;
  readonly revenue: () => RevenueFacts;
  readonly market: () => MarketFacts | null;
  readonly contacts: () => readonly Contact[];
  /** Whom an id or e-mail names. */
  readonly contactNamed: (name: string) => Contact | undefined;
};

/**
 * The same for every view of one account, that is the account with the attributes of some time: what does not depend on those that differ is
 * looked up once for all.
 */
export function factsOfViews(account: AccountState): (view: AccountState) => Facts {
  const tickets = once(() => supportRecords(account));
  const support = lately((clock) => supportFacts(tickets(), clock));
  const usageOf = perAttributes(["coreFeatures"], usageFacts);
  const contactsFor = perAttributes(keyRoles, contactsOf);
  const engagementOf = perAttributes(keyRoles, (view) => engagementFacts(view, () => contactsFor(view)));
  const contactNames = perAttributes(keyRoles, (view) => contactsByName(contactsFor(view)));
  const successOf = perAttributes(keyRoles, (view) => {
    const contacts = once(() => contactNames(view));
    return successFacts(view, (name) => contacts().get(name));
  });
  const revenueOf = perAttributes(["currency"], revenueFacts);
  const market = once(() => marketFacts(account));
  const made = new Map<AccountState, Facts>();
  return (view) => {
    const known = made.get(view);
    if (known !== undefined) return known;
    const usage = once(() => usageOf(view));
    const contacts = once(() => contactNames(view));
    const facts: Facts = {
      usage: (at) => {
        const found = usage();
        return found !== null && found.firstDay <= dayOf(at) ? found : null;
      },
      support,
      engagement: once(() => engagementOf(view)),
      success: once(() => successOf(view)),
      revenue: once(() => revenueOf(view)),
      market,
      contacts: once(() => contactsFor(view)),
      contactNamed: (name) => contacts().get(name),
    };
    made.set(view, facts);
    return facts;
  };
}

/** Made once for each set of values of the attributes that it reads. */
function perAttributes<T>(names: readonly string[], make: (view: AccountState) => T): (view: AccountState) => T {
  const made = new Map<string, { readonly value: T }>();
  return (view) => {
    const key = JSON.stringify(names.map((name) => view.attributes.get(name)?.value ?? null));
    let known = made.get(key);
    if (known === undefined) made.set(key, (known = { value: make(view) }));
    return known.value;
  };
}

export function sourceReaders(
  { usage, support, engagement, success, revenue, market }: Facts,
  hours: SupportHours,
): Readonly<Record<MeasureSource, SourceReader>> {
  /** What is kept by the hour of a day may lie ahead of an instant within it. */
  const usageNewest = (at: number): number | null => {
    const newest = usage(at)?.newestAt(dayOf(at)) ?? null;
    return newest === null ? null : Math.min(newest, at);
  };
  return {
    usage: {
      newestAt: usageNewest,
      facts: ({ at }) => {
        const facts = usage(at);
        return facts === null ? null : { usage: facts };
      },
      silence: "No usage has been seen yet.",
    },
    support: {
      newestAt: (at) => support(upTo(at))?.newestAt ?? null,
      facts: (clock) => {
        const facts = support(clock);
        const { at } = clock;
        const activeUsers = (days: number): number => usage(at)?.window(dayOf(at), days).activeUsers ?? 0;
        return facts === null ? null : { support: facts, hours, activeUsers };
      },
      silence: "No ticket has been seen yet.",
    },
    engagement: {
      newestAt: (at) => {
        const day = engagement()?.newestDay(dayOf(at)) ?? null;
        return day === null ? null : startOfDay(day);
      },
      facts: ({ at }) => {
        const facts = engagement();
        return facts === null || facts.firstDay > dayOf(at) ? null : { engagement: facts };
      },
      silence: "No message or meeting has been seen yet.",
    },
    success: {
      newestAt: (at) => success().newestAt(at),
      facts: ({ at }) => (success().newestAt(at) === null ? null : { success: success() }),
      silence: "No survey answer and no goal has been seen yet.",
    },
    revenue: {
      newestAt: (at) => revenue().newestAt(at),
      facts: ({ at }) => (revenue().newestAt(at) === null ? null : { revenue: revenue() }),
      silence: "No subscription, invoice or opportunity has been seen yet.",
    },
    market: {
      newestAt: (at) => {
        const day = market()?.newestDay(dayOf(at)) ?? null;
        return day === null ? null : startOfDay(day);
      },
      facts: ({ at }) => {
        const facts = market();
        return facts === null || facts.firstDay > dayOf(at) ? null : { market: facts };
      },
      silence: "No news, review or mention of a competitor has been seen yet.",
    },
    lifecycle: {
      // Without usage nothing is behind: there is nothing that could have been told.
      newestAt: (at) => usageNewest(at) ?? at,
      facts: ({ at }) => ({ usage: usage(at) }),
      silence: "",
    },
  };
}

type SourceReaders = ReturnType<typeof sourceReaders>;

/** What a measure reads of its source as of an instant; null when the source had said nothing by then. */
export function inputOf(readers: SourceReaders, source: MeasureSource, instant: Instant): Instant | null {
  const facts = readers[source].facts(instant.clock);
  return facts === null ? null : { ...instant, ...facts };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}

/** Remembers the last few answers: the measures of one document ask for the same two or three. */
function lately<T>(answer: (clock: ReadingClock) => T): (clock: ReadingClock) => T {
  const known = new Map<string, T>();
  return (clock) => {
    const { key } = clock;
    if (known.has(key)) return known.get(key) as T;
    if (known.size >= answersKept) known.clear();
    const value = answer(clock);
    known.set(key, value);
    return value;
  };
}
const answersKept = 8;
