import { activeUsers } from "../account/active-users.ts";
import { numberIn, textIn } from "../account/attribute-value.ts";
import { type CountedField, fieldKey, type FieldKind, olderFieldKeys } from "../account/fields/counted-field.ts";
import { distinctIn, numbersIn, quantilesIn, wasSeen } from "../account/fields/field-window.ts";
import { type Numbers, sumOf } from "../account/fields/numbers.ts";
import { recurringAt } from "../account/revenue.ts";
import { sessionGapMs, type Sessions, sessionsIn } from "../account/sessions.ts";
import type { AccountState } from "../account/state.ts";
import { ticketMetrics } from "../account/tickets.ts";
import { isUsage } from "../event-types.ts";
import { contactsOf, hasRole } from "./contacts.ts";
import { type RevenueFacts, revenueFacts } from "./revenue-facts.ts";
import { noRateWords } from "./no-rate.ts";
import { upTo } from "./reading-clock.ts";
import { convertExactly, type Money } from "../money/convert.ts";
import { type SupportFacts, supportFacts, supportRecords } from "./support-facts.ts";
import { always } from "../config/calendars.ts";
import { expressionDaysMax, expressionSessionDaysMax } from "../limits.ts";
import { dayOf, HOUR_MS, MINUTE_MS, startOfDay } from "../time.ts";
import { lengthFault, lengthInDays, windowHours, type WindowHours, type WindowLength } from "../window-length.ts";

/** What a field may tell that is added up, in words. */
const told = { numbers: "a number", booleans: "true or false" } as const;
type Told = keyof typeof told;

/** There is no value: the measure is missing, with these words. */
export class Missing extends Error {}

/** What days count beside `events.{type}`: figures of one moment and distinct people are no sums, and have functions of their own. */
export const countedMetrics: readonly string[] = ["events", "product_events", ...Object.values(ticketMetrics)];

/** Whether days may count it: any type may still come. */
export const isCounted = (metric: string): boolean =>
  countedMetrics.includes(metric) || (metric.startsWith("events.") && metric.length > "events.".length);

/**
 * An account as of an instant, as an expression may ask for it: sums and distinct people over windows, quantiles, how its entities stand.
 * Each answer is a double or throws `Missing`. None costs more than a pass over the days of its window or over the entities of one kind,
 * all of which are bounded; what several calls share is looked up once.
 */
export class MeasuredAccount {
  readonly state: AccountState;
  readonly at: number;
  private readonly money: Money;
  /** The greatest error of what was asked for, as a share of it; 0: all is exact. */
  errorRatio = 0;
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
    const value = numberIn(this.attribute(name));
    if (value === null) throw new Missing(`The attribute \`${name}\` is not a known number.`);
    return value;
  }

  text(name: string): string {
    const value = textIn(this.attribute(name));
    if (value === null) throw new Missing(`The attribute \`${name}\` is not a known text.`);
    return value;
  }

  /**
   * Sum of a metric over a window. Where it slides with the instant its first and last day count by whole hours (those in which it begins
   * and ends are taken whole) where hours are kept, 35 days, and beyond that whole.
   */
  count(metric: string, length: WindowLength): number {
    const { firstDay, firstHour, lastDay, lastHour } = this.hours(length);
    let sum = 0;
    for (let day = firstDay; day <= lastDay; day++)
      sum += this.countOf(metric, day, day === firstDay ? firstHour : 0, day === lastDay ? lastHour : 23);
    return sum;
  }

  private countOf(metric: string, day: number, firstHour: number, lastHour: number): number {
    const page = this.state.days.get(day);
    if (page === undefined) return 0;
    let sum = page.counts.get(metric) ?? 0;
    if ((firstHour === 0 && lastHour === 23) || page.hours === undefined || page.hasHours === false) return sum;
    // What lies outside is taken away: the day counts types that its hours have no name for.
    for (const [name, hours] of page.hours) {
      if (!isPartOf(metric, name)) continue;
      for (let hour = 0; hour < 24; hour++) if (hour < firstHour || hour > lastHour) sum -= hours[hour] ?? 0;
    }
    return sum;
  }

  /** Events that had a number in that field. */
  values(type: string, field: string, length: WindowLength): number {
    return this.numbers(type, field, length)?.count ?? 0;
  }

  sum(type: string, field: string, length: WindowLength): number {
    const numbers = this.numbers(type, field, length);
    return numbers === null ? 0 : sumOf(numbers);
  }

  mean(type: string, field: string, length: WindowLength): number {
    const numbers = this.known(type, field, this.numbers(type, field, length));
    return sumOf(numbers) / numbers.count;
  }

  min(type: string, field: string, length: WindowLength): number {
    return this.known(type, field, this.numbers(type, field, length)).min;
  }

  max(type: string, field: string, length: WindowLength): number {
    return this.known(type, field, this.numbers(type, field, length)).max;
  }

  /** Of the event that happened last. */
  last(type: string, field: string, length: WindowLength): number {
    return this.known(type, field, this.numbers(type, field, length)).last.value;
  }

  quantileOf(type: string, field: string, share: number, length: WindowLength): number {
    const key = this.counted("quantile", type, field);
    const sketch = quantilesIn(this.state.fields, key, this.hours(length));
    this.estimated(sketch.errorRatio);
    return this.known(type, field, sketch.at(shareOf(share)));
  }

  /** Different values of a field. */
  distinct(type: string, field: string, length: WindowLength): number {
    const key = this.counted("distinct", type, field);
    const counter = distinctIn(this.state.fields, key, this.hours(length));
    if (counter.count === 0) this.mustBeSeen(key, `No \`${type}\` with a value in \`${field}\` has been seen yet.`);
    this.estimated(counter.errorRatio);
    return counter.count;
  }

  /** Events in which that field was true. */
  countTrue(type: string, field: string, length: WindowLength): number {
    const numbers = this.numbers(type, field, length, "booleans");
    return numbers === null ? 0 : sumOf(numbers);
  }

  /** Of the events that had true or false there. */
  shareTrue(type: string, field: string, length: WindowLength): number {
    const numbers = this.known(type, field, this.numbers(type, field, length, "booleans"), "booleans");
    return sumOf(numbers) / numbers.count;
  }

  /** Null: none in the window, but there was one before. */
  private numbers(type: string, field: string, length: WindowLength, kind: Told = "numbers"): Numbers | null {
    const key = this.counted(kind, type, field);
    const numbers = numbersIn(this.state.fields, key, this.hours(length));
    if (numbers === null) this.mustBeSeen(key, `No \`${type}\` with ${told[kind]} in \`${field}\` has been seen yet.`);
    return numbers;
  }

  /** Silence is a zero from the first event on; before it nothing is known. */
  private mustBeSeen(key: string, silence: string): void {
    if (!wasSeen(this.state.fields, key, this.day)) throw new Missing(silence);
  }

  private known<T>(type: string, field: string, value: T | null, kind: Told = "numbers"): T {
    if (value === null) throw new Missing(`No \`${type}\` with ${told[kind]} in \`${field}\` in that time.`);
    return value;
  }

  /** Until a field is counted as it is now, what older code has counted of it is told. */
  private counted(kind: FieldKind, type: string, field: string): string {
    const asked: CountedField = { kind, type, field };
    const { keys } = this.state.fields;
    const key = [fieldKey(asked), ...olderFieldKeys(asked)].find((one) => keys.has(one));
    if (key === undefined) throw new Missing(`The field \`${field}\` of \`${type}\` is still being counted.`);
    return key;
  }

  private estimated(errorRatio: number): void {
    this.errorRatio = Math.max(this.errorRatio, errorRatio);
  }

  private hours(length: WindowLength): WindowHours {
    const fault = lengthFault(length);
    if (fault !== null) throw new Missing(`${fault[0]?.toUpperCase()}${fault.slice(1)}.`);
    return windowHours(length, this.at);
  }

  /** A day's share of a figure of a window. */
  rate(figure: number, length: WindowLength): number {
    return figure / lengthInDays(length);
  }

  ratio(a: number, b: number): number {
    if (b === 0) throw new Missing("There is nothing to divide by.");
    return a / b;
  }

  activeUsers(days: number): number {
    const { value, errorRatio } = activeUsers(this.state.days, daysOf(days, expressionDaysMax), this.day);
    this.estimated(errorRatio);
    return value;
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
    return (this.revenue().deals(upTo(this.at)) ?? []).filter((deal) => isOpen(deal.status) && (wanted === null || deal.stage === wanted))
      .length;
  }

  overdueInvoices(): number {
    return this.revenue().overdue(upTo(this.at))?.length ?? 0;
  }

  daysOverdue(): number {
    return Math.max(0, ...(this.revenue().overdue(upTo(this.at)) ?? []).map(({ days }) => days));
  }

  runningSubscriptions(): number {
    return this.revenue().running(upTo(this.at));
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
      (contact) => contact.leftSince(this.at) === null && (role === null || hasRole(contact, [role.toLowerCase()], this.at)),
    ).length;
  }

  private support(): SupportFacts | null {
    return this.supported === undefined ? (this.supported = supportFacts(supportRecords(this.state), upTo(this.at))) : this.supported;
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
