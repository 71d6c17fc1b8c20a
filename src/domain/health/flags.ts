import { z } from "zod";
import type { AccountState } from "../account/state.ts";
import { addBusinessMs } from "../calendar/business-clock.ts";
import { DAY_MS, HOUR_MS, dayOf } from "../time.ts";
import { dateAttribute, positiveAttribute } from "./attributes.ts";
import { type Contact, hasRole, wasInTouch } from "./contacts.ts";
import type { MeasureSource } from "./measure.ts";
import type { ReadingClock } from "./reading-clock.ts";
import type { Facts } from "./sources.ts";
import type { SupportHours } from "./support-hours.ts";

type FlagInput = {
  readonly state: AccountState;
  /**
   * Up to when who told of it is known: what they tell is read as of then, so that one that is behind raises no flag. -Infinity: nobody was ever
   * heard of.
   */
  readonly clock: ReadingClock;
  /** The instant asked for, epoch ms: only for what does not wait for the source, as attributes and what is known of people. */
  readonly askedAt: number;
  readonly facts: Facts;
  readonly hours: SupportHours;
};

/** A point fact: since when it stands, or null while it does not. Pure. */
export type Flag = {
  readonly key: string;
  readonly source: MeasureSource;
  /** Beginnings of the types that it reads; absent: all of its source. */
  readonly events?: readonly string[];
  /** That it reads. */
  readonly attributes: readonly string[];
  readonly settings: z.ZodType;
  readonly since: (input: FlagInput, settings: unknown) => number | null;
};

const flagOf = <Settings>(definition: {
  readonly key: string;
  readonly source: MeasureSource;
  readonly events?: readonly string[];
  readonly attributes: readonly string[];
  readonly settings: z.ZodType<Settings>;
  readonly since: (input: FlagInput, settings: Settings) => number | null;
}): Flag => definition as unknown as Flag;

const slaHoursAssumed = z.number().positive();

/** An open urgent ticket is older than the agreed hours. */
const urgentTicketPastSla = flagOf({
  key: "urgent_ticket_past_sla",
  source: "support",
  attributes: ["slaHours", "calendar", "timeZone"],
  settings: z.strictObject({ slaHoursAssumed }),
  since: (input, settings) => urgentLateSince(input, settings.slaHoursAssumed, () => true),
});

/** The same, of a ticket that an executive of the customer is in: by role or title, or as the account's sponsor. */
const urgentTicketWithExecutive = flagOf({
  key: "urgent_ticket_with_executive",
  source: "support",
  attributes: ["slaHours", "calendar", "timeZone", "sponsor", "champion"],
  settings: z.strictObject({ slaHoursAssumed, executiveRoles: z.array(z.string().min(1).max(64)).max(50) }),
  since: (input, settings) => {
    const isExecutive = (person: string): boolean => {
      const contact = input.facts.contactNamed(person);
      return contact !== undefined && hasRole(contact, [...settings.executiveRoles, "sponsor"], input.askedAt);
    };
    return urgentLateSince(input, settings.slaHoursAssumed, (people) => people.some(isExecutive));
  },
});

function urgentLateSince(
  { state, clock, facts, hours }: FlagInput,
  hoursAssumed: number,
  isMeant: (people: readonly string[]) => boolean,
): number | null {
  const slaMs = (positiveAttribute(state, "slaHours") ?? hoursAssumed) * HOUR_MS;
  // Of those that are known as far as each other the oldest is late first.
  const oldest = new Map<number, number>();
  for (const { priority, people, since, at } of facts.support(clock)?.open ?? [])
    if (priority === "urgent" && isMeant(people)) oldest.set(at, Math.min(oldest.get(at) ?? Infinity, since));
  const late = [...oldest].flatMap(([at, since]) => {
    const lateAt = addBusinessMs(since, slaMs, hours.calendar);
    return lateAt !== null && lateAt <= at ? [lateAt] : [];
  });
  return late.length === 0 ? null : Math.min(...late);
}

/** A payment was refused so many days ago and has not been made since. */
const paymentFailed = flagOf({
  key: "payment_failed",
  source: "revenue",
  events: ["payment.", "invoice."],
  attributes: [],
  settings: z.strictObject({ days: z.number().int().min(0).max(366) }),
  since: ({ clock, facts }, { days }) => {
    const late = facts
      .revenue()
      .refused(clock)
      .flatMap(({ since, at }) => (since + days * DAY_MS <= at ? [since + days * DAY_MS] : []));
    return late.length === 0 ? null : Math.min(...late);
  },
});

/**
 * The customer's champion has left, and nobody else of them has been in touch in the days up to which messages and meetings are known. Where none
 * was ever heard of, nobody knows who else is there: it does not stand.
 */
const championLeft = flagOf({
  key: "champion_left",
  source: "engagement",
  attributes: ["sponsor", "champion"],
  settings: z.strictObject({ windowDays: z.number().int().positive().max(120) }),
  since: ({ clock, askedAt, facts }, { windowDays }) => {
    if (clock.least === -Infinity) return null;
    const contacts = facts.contacts();
    const champions = contacts.filter((contact) => hasRole(contact, ["champion"], askedAt));
    const left = champions.flatMap((contact) => contact.leftSince(askedAt) ?? []);
    if (champions.length === 0 || left.length < champions.length) return null;
    const after = dayOf(clock.least) - windowDays;
    const isStillThere = (contact: Contact): boolean => contact.leftSince(askedAt) === null && wasInTouch(contact, after, dayOf(clock.at));
    return contacts.some(isStillThere) ? null : Math.max(...left);
  },
});

/** The customer has said that it leaves: the attribute `noticeDate`, or every subscription is canceled. */
const noticeToLeave = flagOf({
  key: "notice_to_leave",
  source: "revenue",
  events: ["subscription."],
  attributes: ["noticeDate"],
  settings: z.strictObject({}),
  since: ({ state, askedAt, clock, facts }) => {
    const told = dateAttribute(state, "noticeDate");
    return told !== null && told <= askedAt ? told : facts.revenue().leavingSince(clock);
  },
});

export const flags: ReadonlyMap<string, Flag> = new Map(
  [urgentTicketPastSla, urgentTicketWithExecutive, paymentFailed, championLeft, noticeToLeave].map((flag) => [flag.key, flag]),
);
