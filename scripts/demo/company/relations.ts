import { DAY_MS, HOUR_MS, dayOf, startOfDay } from "../../../src/domain/time.ts";
import type { Action } from "./actions.ts";
import { type Customer, currencyOf, personOf } from "./customers.ts";
import { type Random, randomOf } from "./random.ts";
import type { Story } from "./stories.ts";

/** How a customer treats us on one day. */
type Relation = {
  readonly replyRatio: number;
  readonly attendRatio: number;
  /** People who answer and come to meetings. */
  readonly peopleInTouch: number;
  /** Middle of their NPS answers. */
  readonly npsMiddle: number;
  readonly goalsOnTimeRatio: number;
  readonly paysDaysAfterDue: number;
  /** Steps that the talk about the renewal is behind. */
  readonly renewalStepsLate: number;
  /** Of what was committed for the time that has passed. */
  readonly consumedRatio: number;
};

const steady: Relation = {
  replyRatio: 0.5,
  attendRatio: 0.85,
  peopleInTouch: 4,
  npsMiddle: 8,
  goalsOnTimeRatio: 0.75,
  paysDaysAfterDue: -4,
  renewalStepsLate: 0,
  consumedRatio: 0.85,
};
const turned = {
  steady: {},
  growing: { replyRatio: 0.65, attendRatio: 0.95, peopleInTouch: 5, npsMiddle: 9, goalsOnTimeRatio: 0.95, consumedRatio: 1 },
  silent: { replyRatio: 0, attendRatio: 0, peopleInTouch: 1, npsMiddle: 6, goalsOnTimeRatio: 0.2, renewalStepsLate: 1, consumedRatio: 0.5 },
  angry: {
    replyRatio: 0.4,
    attendRatio: 0.6,
    peopleInTouch: 3,
    npsMiddle: 4,
    goalsOnTimeRatio: 0.4,
    paysDaysAfterDue: 20,
    renewalStepsLate: 1,
  },
  churning: {
    replyRatio: 0.08,
    attendRatio: 0.25,
    peopleInTouch: 1,
    npsMiddle: 4,
    goalsOnTimeRatio: 0.2,
    paysDaysAfterDue: 40,
    renewalStepsLate: 2,
    consumedRatio: 0.4,
  },
} as const satisfies Readonly<Record<Story, Partial<Relation>>>;

const relationOf = ({ story, turnDaysAgo }: Customer, day: number, originMs: number): Relation =>
  dayOf(originMs) - day <= turnDaysAgo ? { ...steady, ...turned[story] } : steady;

type Teller = (number: number | null, hours: number, type: string, name: string, data: Readonly<Record<string, unknown>>) => Action;

/** What passed between a customer and us on one UTC day: messages, meetings, answers, goals, money and the next contract. Its product tells it all. */
export function relationsOn(seed: number, customer: Customer, day: number, originMs: number): Action[] {
  const random = randomOf(seed, `relations/${customer.index}/${day}`);
  const relation = relationOf(customer, day, originMs);
  const tell: Teller = (number, hours, type, name, data) => {
    const at = startOfDay(day) + Math.floor((hours + random.next()) * HOUR_MS);
    return {
      door: "native",
      at,
      event: {
        id: `${name}-${customer.index}-${day}`,
        type,
        time: new Date(at).toISOString(),
        account: { id: customer.id },
        ...(number === null ? {} : { user: personOf(customer, number) }),
        data,
      },
    };
  };
  const isTurnOf = (everyDays: number): boolean => (day + customer.index) % everyDays === 0;
  return [
    ...messages(relation, random, tell),
    ...(isTurnOf(meetingEveryDays) ? [meeting(relation, random, tell)] : []),
    ...(random.chance(1 / npsEveryDays) ? [answer(relation, random, tell)] : []),
    ...(isTurnOf(peopleToldEveryDays) ? people(customer, day, originMs, tell) : []),
    ...(isTurnOf(recordsToldEveryDays)
      ? [subscription(customer, day, originMs, relation, tell), ...renewal(customer, day, relation, tell)]
      : []),
    ...goals(seed, customer, day, originMs, tell),
    ...invoices(customer, day, originMs, tell),
  ];
}

const meetingEveryDays = 14;
const npsEveryDays = 12;
const peopleToldEveryDays = 28;
const recordsToldEveryDays = 7;
const messageRatio = 0.25;

function messages({ replyRatio, peopleInTouch }: Relation, random: Random, tell: Teller): Action[] {
  if (!random.chance(messageRatio)) return [];
  const person = random.between(0, peopleInTouch);
  const sent = tell(person, 7, "message.sent", "ms", {});
  return random.chance(replyRatio) ? [sent, tell(person, 10, "message.replied", "mr", {})] : [sent];
}

const meeting = ({ attendRatio, peopleInTouch }: Relation, random: Random, tell: Teller): Action =>
  tell(random.between(0, peopleInTouch), 9, random.chance(attendRatio) ? "meeting.held" : "meeting.missed", "mt", {});

function answer({ npsMiddle }: Relation, random: Random, tell: Teller): Action {
  const score = Math.min(10, Math.max(0, npsMiddle + random.between(-2, 3)));
  return tell(random.between(0, 6), 12, "survey.answered", "nps", { kind: "nps", score });
}

/** Who is who. The champion of a third of those that leave has left before. */
function people({ story, index, turnDaysAgo }: Customer, day: number, originMs: number, tell: Teller): Action[] {
  const championLeft = story === "churning" && index % 3 === 0 && dayOf(originMs) - day < turnDaysAgo - 20;
  return [
    tell(0, 5, "user.identified", "p0", { role: "champion", ...(championLeft ? { status: "left" } : {}) }),
    tell(1, 5, "user.identified", "p1", { role: "sponsor", title: "VP Operations" }),
    tell(2, 5, "user.identified", "p2", { role: "administrator" }),
  ];
}

function subscription(customer: Customer, day: number, originMs: number, { consumedRatio }: Relation, tell: Teller): Action {
  const { arrMinor, story, contractStart, renewalDate, turnDaysAgo } = customer;
  const daysAgo = dayOf(originMs) - day;
  const passed = Math.min(1, Math.max(0, 1 - daysAgo / turnDaysAgo));
  // What is paid today is the account's own figure; growth and shrinking led to it.
  const before = story === "growing" ? 0.85 : story === "churning" ? 1.15 : 1;
  const start = Date.parse(contractStart);
  const end = Date.parse(renewalDate);
  const committed = 1_000;
  return tell(null, 3, "subscription.updated", "sub", {
    subscriptionId: "main",
    status: "active",
    amount: Math.round((arrMinor * (before + (1 - before) * passed)) / 100) * 100,
    currency: currencyOf(customer),
    interval: "year",
    startedAt: contractStart,
    endsAt: renewalDate,
    committed,
    consumed: Math.max(0, Math.round((committed * consumedRatio * (startOfDay(day) - start)) / (end - start))),
  });
}

const stages = ["contacted", "proposal", "negotiation", "verbal"] as const;
const daysBeforeStage = [120, 90, 60, 30] as const;

function renewal(customer: Customer, day: number, { renewalStepsLate }: Relation, tell: Teller): Action[] {
  const { renewalDate, arrMinor } = customer;
  const daysLeft = dayOf(Date.parse(renewalDate)) - day;
  const step = daysBeforeStage.filter((before) => daysLeft <= before).length - renewalStepsLate;
  if (daysLeft > 130 || daysLeft < 0) return [];
  return [
    tell(null, 4, "opportunity.updated", "opp", {
      opportunityId: `renewal-${renewalDate}`,
      renewal: true,
      stage: step <= 0 ? "open" : stages[step - 1],
      closeDate: renewalDate,
      amount: arrMinor,
      currency: currencyOf(customer),
    }),
  ];
}

const goalEveryDays = 28;

/** A goal falls due every four weeks; it is told a week before, and again when it is reached: two days before, or ten days late. */
function goals(seed: number, customer: Customer, day: number, originMs: number, tell: Teller): Action[] {
  const goalDue = (due: number): { readonly isOnTime: boolean; readonly data: Readonly<Record<string, unknown>> } | null =>
    (due + customer.index) % goalEveryDays === 0
      ? {
          isOnTime: randomOf(seed, `goal/${customer.index}/${due}`).chance(relationOf(customer, due, originMs).goalsOnTimeRatio),
          data: { goalId: `goal-${due}`, title: "Next step of the plan", due: dateOf(due) },
        }
      : null;
  const begun = goalDue(day + 7);
  const inTime = goalDue(day + 2);
  const late = goalDue(day - 10);
  return [
    ...(begun === null ? [] : [tell(null, 8, "goal.updated", "gb", { ...begun.data, status: "open" })]),
    ...(inTime?.isOnTime === true ? [tell(null, 8, "goal.updated", "gt", { ...inTime.data, status: "done" })] : []),
    ...(late?.isOnTime === false ? [tell(null, 8, "goal.updated", "gl", { ...late.data, status: "done" })] : []),
  ];
}

const quarterDays = 91;
const daysToPay = 14;

/** Four invoices a year. Of those that leave, every fourth has its last payment refused and does not make it good. */
function invoices(customer: Customer, day: number, originMs: number, tell: Teller): Action[] {
  const startDay = dayOf(Date.parse(customer.contractStart));
  const issuedOn = (issued: number): { readonly invoiceId: string } & Readonly<Record<string, unknown>> => ({
    invoiceId: `invoice-${issued}`,
    amount: Math.round(customer.arrMinor / 4),
    currency: currencyOf(customer),
    due: dateOf(issued + daysToPay),
  });
  const isIssued = (issued: number): boolean => issued >= startDay && (issued - startDay) % quarterDays === 0;
  const dueToday = day - daysToPay;
  const isRefused = (issued: number): boolean =>
    customer.index % 4 === 0 && relationOf(customer, issued + daysToPay, originMs).paysDaysAfterDue === turned.churning.paysDaysAfterDue;
  const paidToday = [steady, turned.angry, turned.churning].flatMap(({ paysDaysAfterDue }) => {
    const due = day - paysDaysAfterDue;
    const isThen = relationOf(customer, due, originMs).paysDaysAfterDue === paysDaysAfterDue;
    return isIssued(due - daysToPay) && isThen && !isRefused(due - daysToPay) ? [due - daysToPay] : [];
  });
  return [
    ...(isIssued(day) ? [tell(null, 2, "invoice.created", "ic", issuedOn(day))] : []),
    ...(isIssued(dueToday) && isRefused(dueToday)
      ? [tell(null, 3, "payment.failed", "pf", { ...issuedOn(dueToday), paymentId: `payment-${dueToday}` })]
      : []),
    ...paidToday.map((issued) => tell(null, 3, "invoice.paid", "ip", issuedOn(issued))),
  ];
}

const dateOf = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);
