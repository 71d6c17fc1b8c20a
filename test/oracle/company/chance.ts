import { randomOf } from "../../../scripts/demo/company/random.ts";
import { HOUR_MS, MINUTE_MS } from "../../../src/domain/time.ts";
import { type Data, type Tell, type Told, ago, clockMs, dateAgo, teller } from "./tell.ts";

/** Features, pages and sessions of some people over the days, in every form that names a feature. */
function usage(tell: Tell, seedName: string, people: readonly Data[], days: number): Told[] {
  const random = randomOf(seed, `oracle/${seedName}`);
  return Array.from({ length: days }, (_, day) => day).flatMap((day) =>
    people.flatMap((person) => {
      if (!random.chance(0.45)) return [];
      const began = day * 24 + random.between(0, 9);
      const at = (minutes: number): string => new Date(clockMs - began * HOUR_MS + minutes * MINUTE_MS).toISOString();
      const feature = random.pick(["report", "export", "share", "alert", "theme"]);
      return [
        tell(random.pick(["session.started", "user.signed_in"]), at(0), {}, person),
        tell("feature.used", at(random.between(1, 50)), { [random.pick(["feature", "name", "event"])]: feature }, person),
        ...(random.chance(0.4) ? [tell("page.viewed", at(random.between(1, 59)), { page: `/${feature}` }, person)] : []),
        ...(random.chance(0.1) ? [tell("feature.used", at(3), {}, person), tell("page.viewed", at(4), {}, person)] : []),
      ];
    }),
  );
}
const seed = 11;

function ticketLives(tell: Tell, seedName: string, tickets: number): Told[] {
  const random = randomOf(seed, `oracle/tickets/${seedName}`);
  return Array.from({ length: tickets }, (_, number) => number).flatMap((number) => {
    const ticketId = random.chance(0.5) ? `T-${number}` : number + 100;
    let hours = random.between(2, 110 * 24);
    const priority = (): Data => (random.chance(0.4) ? { priority: random.pick(["low", "Normal", "HIGH", "urgent"]) } : {});
    const createdAt = ago(0, hours);
    const told = [
      random.chance(0.8)
        ? tell("ticket.created", createdAt, {
            ticketId,
            subject: `Case ${number}`,
            ...priority(),
            ...(random.chance(0.5) ? { status: "new" } : {}),
          })
        : tell("ticket.updated", createdAt, {
            ticketId,
            ...(random.chance(0.7) ? { status: "open" } : {}),
            ...(random.chance(0.5) ? { createdAt: ago(0, hours + random.between(1, 30)) } : {}),
            ...priority(),
          }),
    ];
    for (let steps = random.between(0, 7); steps > 0; steps--) {
      hours -= random.between(1, 60) + random.next();
      if (hours < 0) break;
      const at = ago(0, hours);
      told.push(
        random.pick([
          () =>
            tell("ticket.updated", at, { ticketId, status: random.pick(["open", "pending", "hold", "solved", "closed"]), ...priority() }),
          () => tell("ticket.updated", at, { ticketId, ...priority() }),
          () => tell("ticket.solved", at, { ticketId }),
          () => tell("ticket.solved", at, { ticketId, status: "closed" }),
          () => tell("ticket.reopened", at, { ticketId }),
          () =>
            tell(
              "ticket.commented",
              at,
              { ticketId, public: random.chance(0.7), author: { isStaff: random.chance(0.5) } },
              { id: `w${number % 3}` },
            ),
          () => tell("ticket.rated", at, { ticketId, score: random.pick(["good", "good", "Bad"]) }),
        ])(),
      );
    }
    if (random.chance(0.08)) told.push(tell("ticket.updated", ago(0, Math.max(0, hours - 1)), { ticketId, status: "deleted" }));
    return random.chance(0.3) ? told.toReversed() : told;
  });
}

function conversationLives(tell: Tell, seedName: string, conversations: number): Told[] {
  const random = randomOf(seed, `oracle/conversations/${seedName}`);
  return Array.from({ length: conversations }, (_, number) => number).flatMap((number) => {
    const conversationId = `C-${number}`;
    let hours = random.between(2, 100 * 24);
    const told = [tell("conversation.created", ago(0, hours), { conversationId, priority: random.pick(["urgent", "low", "normal"]) })];
    for (let steps = random.between(0, 6); steps > 0; steps--) {
      hours -= random.between(1, 50) + random.next();
      if (hours < 0) break;
      const at = ago(0, hours);
      const author = random.pick<Data | string>([
        "customer",
        "agent",
        { type: "user" },
        { type: "admin" },
        { isStaff: true },
        { isStaff: false },
      ]);
      told.push(
        random.pick([
          () =>
            tell(
              "conversation.replied",
              at,
              { conversationId, author },
              { id: `w${number % 4}`, email: `w${number % 4}@${seedName}.example` },
            ),
          () => tell("conversation.closed", at, { conversationId }),
          () => tell("conversation.updated", at, { conversationId, status: random.pick(["open", "closed", "snoozed"]) }),
          () => tell("conversation.rated", at, { conversationId, rating: random.pick([1, 2, 3, 4, 5, "good", "bad"]) }),
        ])(),
      );
    }
    return told;
  });
}

function relations(tell: Tell, seedName: string, days: number): Told[] {
  const random = randomOf(seed, `oracle/relations/${seedName}`);
  const person = (): Data => {
    const number = random.between(0, 5);
    return random.pick<Data>([
      { id: `w${number}` },
      { id: `w${number}`, email: `W${number}@${seedName}.example` },
      { id: `w${number}@${seedName}.example` },
    ]);
  };
  return Array.from({ length: days }, (_, day) => day).flatMap((day) => {
    const at = ago(day, random.between(0, 11));
    const elsewhere = random.chance(0.3) ? { at: ago(day + random.between(0, 5)) } : {};
    const company = random.chance(0.3)
      ? { with: [{ email: `w${random.between(0, 5)}@${seedName}.example` }, `w${random.between(0, 5)}`] }
      : {};
    return [
      ...(random.chance(0.35) ? [tell("message.sent", at, elsewhere, person())] : []),
      ...(random.chance(0.15) ? [tell("message.replied", at, { ...elsewhere, ...company }, person())] : []),
      ...(random.chance(0.1)
        ? [tell(random.pick(["meeting.held", "meeting.held", "meeting.missed"]), at, { ...elsewhere, ...company }, person())]
        : []),
      ...(random.chance(0.06)
        ? [
            tell(
              "survey.answered",
              at,
              {
                kind: random.pick(["nps", "NPS", "csat", "ces"]),
                score: random.between(0, 11),
                ...(random.chance(0.3) ? { role: "CEO and founder" } : {}),
              },
              person(),
            ),
          ]
        : []),
      ...(random.chance(0.06)
        ? [
            tell("goal.updated", at, {
              goalId: `G-${random.between(0, 8)}`,
              ...(random.chance(0.7)
                ? { due: random.chance(0.5) ? dateAgo(day - random.between(-10, 30)) : ago(day - random.between(-10, 30)) }
                : {}),
              status: random.pick(["open", "done", "Achieved", "reached", "completed", "canceled", "late"]),
            }),
          ]
        : []),
      ...(random.chance(0.05)
        ? [
            tell(
              "user.identified",
              at,
              {
                ...(random.chance(0.5) ? { role: random.pick(["champion", "sponsor", "Administrator", "VP Sales"]) } : {}),
                ...(random.chance(0.2) ? { status: random.pick(["left", "active"]) } : {}),
              },
              person(),
            ),
          ]
        : []),
    ];
  });
}

/** Money over 420 days: several subscriptions and currencies, invoices and payments in all their states, a renewal. */
function money(tell: Tell, seedName: string): Told[] {
  const random = randomOf(seed, `oracle/money/${seedName}`);
  const currency = random.pick(["EUR", "USD"]);
  const told: Told[] = [];
  for (let number = 0; number < 3; number++) {
    const subscriptionId = `S-${number}`;
    let days = random.between(60, 420);
    const terms = { interval: random.pick(["month", "quarter", "year", "week", "day"]), currency: number === 2 ? "GBP" : currency };
    const begun = random.chance(0.4) ? { startedAt: dateAgo(days + 30), endsAt: dateAgo(days + 30 - 365) } : {};
    const quota = random.chance(0.5) ? { committed: 1_000, consumed: 100 } : {};
    told.push(
      tell("subscription.created", ago(days), { subscriptionId, amount: random.between(10_000, 500_000), ...terms, ...begun, ...quota }),
    );
    while ((days -= random.between(20, 120)) > 0) {
      told.push(
        tell("subscription.updated", ago(days), {
          subscriptionId,
          amount: random.between(10_000, 500_000),
          ...terms,
          ...(random.chance(0.3) ? { intervalCount: 2 } : {}),
          ...(quota === null ? {} : { consumed: random.between(100, 900) }),
          ...(random.chance(0.2) ? { status: random.pick(["active", "past_due", "trialing", "paused"]) } : {}),
        }),
      );
    }
    if (number === 1 && random.chance(0.7)) told.push(tell("subscription.canceled", ago(random.between(1, 30)), { subscriptionId }));
  }
  for (let number = 0; number < 9; number++) {
    const invoiceId = `I-${number}`;
    const days = random.between(5, 300);
    const invoice = { invoiceId, amount: random.between(1_000, 90_000), currency, due: dateAgo(days - 14) };
    told.push(tell("invoice.created", ago(days), invoice));
    const later = ago(Math.max(0, days - random.between(1, 40)), 1);
    random.pick([
      () => told.push(tell("invoice.paid", later, { invoiceId })),
      () => told.push(tell("payment.succeeded", later, { paymentId: `P-${number}`, invoiceId, amount: invoice.amount, currency })),
      () => told.push(tell("payment.failed", later, { paymentId: `P-${number}`, invoiceId, amount: invoice.amount, currency })),
      () => told.push(tell("invoice.voided", later, { invoiceId })),
      () => told.push(tell("invoice.overdue", later, { invoiceId })),
      () => told.push(tell("payment.failed", later, { paymentId: `Q-${number}`, amount: 700, currency })),
      () => told.push(tell("payment.refunded", later, { paymentId: `R-${number}`, invoiceId, amount: 100, currency })),
      () => undefined,
    ])();
  }
  for (const days of [120, 88, 60, 31, 4])
    if (random.chance(0.6))
      told.push(
        tell("opportunity.updated", ago(days), {
          opportunityId: "O-1",
          renewal: true,
          stage: random.pick(["Qualification", "proposal", "Negotiation", "verbal", "open"]),
          closeDate: dateAgo(-random.between(10, 110)),
          amount: 5_000_000,
          currency,
        }),
      );
  if (random.chance(0.3)) told.push(tell("opportunity.lost", ago(2), { opportunityId: "O-1" }));
  return told;
}

const people = (domain: string, count: number): readonly Data[] =>
  Array.from({ length: count }, (_, number) => ({ id: `w${number}`, email: `w${number}@${domain}` }));

/** All kinds of events of one account that exists only by its events, every field by chance. */
export function eventsOfChance(id: string): readonly Told[] {
  const tell = teller(`n-${id}`, { id });
  return [
    ...usage(tell, id, people(`${id}.example`, 7), 75),
    ...ticketLives(tell, id, 14),
    ...conversationLives(tell, id, 9),
    ...relations(tell, id, 130),
    ...money(tell, id),
    tell("account.updated", ago(30), { attributes: { seats: 9 + id.length, slaHours: 12, segment: "chance" } }),
    tell("account.updated", ago(10), { coreFeatures: ["report", "export", "share"], cadenceDays: 5, renewalDate: dateAgo(-70) }),
    tell("experiment.exposed", ago(9), { experiment: "blue", variant: "b" }, { id: "w1" }),
    tell("rocket.launched", ago(8), { stages: 3 }),
  ];
}
export const accountsOfChance = ["gaia-1", "gaia-2", "gaia-3", "gaia-4"] as const;
