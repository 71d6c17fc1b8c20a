import { activeUsers } from "./account/active-users.ts";
import { recurringAt } from "./account/revenue.ts";
import { sessionGapMs, type Sessions, sessionsIn } from "./account/sessions.ts";
import type { AccountState } from "./account/state.ts";
import { ticketMetrics } from "./account/tickets.ts";
import { isUsage } from "./event-types.ts";
import { contactsOf, hasRole } from "./health/contacts.ts";
import { type RevenueFacts, revenueFacts } from "./health/revenue-facts.ts";
import { noRateWords } from "./health/no-rate.ts";
import { convertExactly, type Money } from "./money/convert.ts";
import { type SupportFacts, supportFacts, supportRecords } from "./health/support-facts.ts";
import { always } from "./config/calendars.ts";
import { expressionDaysMax, expressionSessionDaysMax, hourBucketsKeptMs } from "./limits.ts";
import { DAY_MS, dayOf, HOUR_MS, MINUTE_MS, startOfDay } from "./time.ts";

/** There is no value: the measure is missing, with these words. */
export class Missing extends Error {}

/** What days count beside `events.{type}`: figures of one moment and distinct people are no sums, and have functions of their own. */
export const countedMetrics: readonly string[] = ["events", "product_events", ...Object.values(ticketMetrics)];

/** Whether days may count it: any type may still come. */
export const isCounted = (metric: string): boolean =>
  countedMetrics.includes(metric) || (metric.startsWith("events.") && metric.length > "events.".length);

const hoursKeptDays = hourBucketsKeptMs / DAY_MS;

/**
 * An account as of an instant, as an expression may ask for it: sums and distinct people over windows, quantiles, how its entities stand.
 * Each answer is a double or throws `Missing`. None costs more than a pass over the days of its window or over the entities of one kind,
 * all of which are bounded; what several calls share is looked up once.
 */
export class MeasuredAccount {
  readonly state: AccountState;
  readonly at: number;
  private readonly money: Money;
  private readonly day: number;
  private readonly sessions = new Map<number, Sessions>();
  private supported: SupportFacts | null | undefined;
  private earned: RevenueFacts | undefined;

  constructor(state: AccountState, at: number, money: Money) {
    this.state = state;
    this.at = at;
    this.money = money;
    this.day = dayOf(at);
  }

  attribute(name: string): unknown {
    return this.state.attributes.get(name)?.value ?? null;
  }

  number(name: string): number {
    const raw = this.attribute(name);
    const value = typeof raw === "string" && raw.trim() !== "" ? Number(raw) : raw;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    throw new Missing(`The attribute \`${name}\` is not a known number.`);
  }

  text(name: string): string {
    const value = this.attribute(name);
    if (typeof value === "string") return value;
    throw new Missing(`The attribute \`${name}\` is not a known text.`);
  }

  /** Sum of a metric over the last whole UTC days, today included. */
  count(metric: string, days: number): number {
    const length = daysOf(days, expressionDaysMax);
    let sum = 0;
    for (let at = this.day - length + 1; at <= this.day; at++) sum += this.state.days.get(at)?.counts.get(metric) ?? 0;
    return sum;
  }

  /**
   * Sum of a metric over a window that slides with the instant. Its first day counts by whole hours (the one in which the window begins is
   * taken whole) where hours are kept, 35 days, and beyond that whole.
   */
  countFor(metric: string, lengthMs: number): number {
    if (!(lengthMs >= HOUR_MS && lengthMs <= expressionDaysMax * DAY_MS))
      throw new Missing(`A window must be 1 hour to ${expressionDaysMax} days.`);
    const from = this.at - lengthMs;
    const first = dayOf(from);
    let sum = this.hoursOf(metric, first, Math.floor((from - startOfDay(first)) / HOUR_MS));
    for (let day = first + 1; day <= this.day; day++) sum += this.state.days.get(day)?.counts.get(metric) ?? 0;
    return sum;
  }

  private hoursOf(metric: string, day: number, firstHour: number): number {
    const page = this.state.days.get(day);
    if (page === undefined) return 0;
    if (firstHour === 0 || day < this.day - hoursKeptDays) return page.counts.get(metric) ?? 0;
    let sum = 0;
    for (const [name, hours] of page.hours ?? []) {
      if (!isPartOf(metric, name)) continue;
      for (let hour = firstHour; hour < 24; hour++) sum += hours[hour] ?? 0;
    }
    return sum;
  }

  ratio(a: number, b: number): number {
    if (b === 0) throw new Missing("There is nothing to divide by.");
    return a / b;
  }

  activeUsers(days: number): number {
    return activeUsers(this.state.days, daysOf(days, expressionDaysMax), this.day);
  }

  featuresUsed(days: number): number {
    const used = new Set<number>();
    for (let at = this.day - daysOf(days, expressionDaysMax) + 1; at <= this.day; at++)
      for (const { features } of this.state.days.get(at)?.users.values() ?? []) for (const feature of features) used.add(feature);
    return used.size;
  }

  sessionCount(days: number): number {
    return this.sessionsOf(days).count;
  }

  /** Minutes, of sessions that began in the window and are over. */
  sessionMinutes(share: number, days: number): number {
    return this.quantile(this.sessionsOf(days).lengths.at(shareOf(share)), MINUTE_MS, "No session has ended in that time.");
  }

  /** Hours of the wall clock from the creation to the last solving of the tickets that were solved in the window. */
  resolutionHours(share: number, days: number): number {
    const lengths = [...(this.support()?.resolutionsMs(daysOf(days, expressionDaysMax), always) ?? [])].sort((a, b) => a - b);
    const rank = Math.ceil(shareOf(share) * (lengths.length - 1) - 0.5);
    return this.quantile(lengths[Math.max(0, rank)] ?? null, HOUR_MS, "No ticket was solved in that time.");
  }

  private quantile(valueMs: number | null, unitMs: number, silence: string): number {
    if (valueMs === null) throw new Missing(silence);
    return valueMs / unitMs;
  }

  /** Tickets and conversations that are open, of one priority or of any. */
  openTickets(priority: string | null): number {
    return (this.support()?.open ?? []).filter((ticket) => priority === null || ticket.priority === priority).length;
  }

  /** Open deals, of one stage (without regard to case) or of any. */
  openDeals(stage: string | null): number {
    const wanted = stage?.trim().toLowerCase() ?? null;
    const isOpen = (status: string | null): boolean => status !== "won" && status !== "lost";
    return (this.revenue().deals(this.at) ?? []).filter((deal) => isOpen(deal.status) && (wanted === null || deal.stage === wanted)).length;
  }

  overdueInvoices(): number {
    return this.revenue().overdue(this.at)?.length ?? 0;
  }

  daysOverdue(): number {
    return Math.max(0, ...(this.revenue().overdue(this.at) ?? []).map(({ days }) => days));
  }

  runningSubscriptions(): number {
    return this.revenue().running(this.at);
  }

  /** Exact minor units of the reporting currency a month, as far as subscriptions tell, by the rates of the day. */
  mrr(): number {
    const recurring = recurringAt(this.state, this.at);
    if (recurring === null) throw new Missing("No subscription has been seen yet.");
    const yearly = convertExactly(recurring, this.money, this.day);
    if (!yearly.ok) throw new Missing(noRateWords(yearly.error));
    return yearly.value / 12;
  }

  /** People of the account that have not left, of one role or of any. */
  contacts(role: string | null): number {
    return contactsOf(this.state).filter(
      (contact) => contact.leftSince(this.at) === null && (role === null || hasRole(contact, [role.toLowerCase()])),
    ).length;
  }

  private support(): SupportFacts | null {
    return this.supported === undefined ? (this.supported = supportFacts(supportRecords(this.state), this.at)) : this.supported;
  }

  private revenue(): RevenueFacts {
    return (this.earned ??= revenueFacts(this.state));
  }

  private sessionsOf(days: number): Sessions {
    const length = daysOf(days, expressionSessionDaysMax);
    let known = this.sessions.get(length);
    if (known === undefined) {
      const range = { from: startOfDay(this.day - length + 1), to: startOfDay(this.day + 1) };
      known = sessionsIn(this.state.days, [range], sessionGapMs(this.state), this.at)[0] as Sessions;
      this.sessions.set(length, known);
    }
    return known;
  }
}

/** `events` and `product_events` have no hours of their own: theirs are sums over the types. */
function isPartOf(metric: string, name: string): boolean {
  if (metric === "events") return name.startsWith("events.");
  if (metric === "product_events") return name.startsWith("events.") && isUsage(name.slice("events.".length));
  return name === metric;
}

function daysOf(days: number, most: number): number {
  if (!(days >= 1 && days <= most)) throw new Missing(`Days must be 1 to ${most}.`);
  return days;
}

function shareOf(share: number): number {
  if (!(share >= 0 && share <= 1)) throw new Missing("A share must be 0.0 to 1.0.");
  return share;
}
