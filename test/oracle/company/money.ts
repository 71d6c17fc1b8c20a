import { type Random, randomOf } from "../../../scripts/demo/company/random.ts";
import { type Tell, type Told, ago, chanceSeed, dateAgo } from "./tell.ts";

/** Money over 420 days: several subscriptions and currencies, invoices and payments in all their states, deals and a renewal. */
export function money(tell: Tell, seedName: string): readonly Told[] {
  const random = randomOf(chanceSeed, `oracle/money/${seedName}`);
  const currency = random.pick(["EUR", "USD", "JPY"]);
  return [
    ...[0, 1, 2].flatMap((number) => subscription(tell, random, `S-${number}`, number === 2 ? "GBP" : currency)),
    ...Array.from({ length: 12 }, (_, number) => debt(tell, random, number, currency)).flat(),
    ...["O-1", "O-2"].flatMap((opportunityId) => deal(tell, random, opportunityId)),
  ];
}

function subscription(tell: Tell, random: Random, subscriptionId: string, currency: string): readonly Told[] {
  let days = random.between(60, 420);
  const terms = { interval: random.pick(["month", "quarter", "year", "week", "day", "annual"]), currency };
  const startedAgo = days + random.between(-20, 60);
  const begun = random.chance(0.5)
    ? { startedAt: dateAgo(startedAgo), endsAt: dateAgo(startedAgo - random.pick([90, 365, 365, 400])) }
    : {};
  const quota = random.chance(0.5) ? { committed: 1_000, consumed: 100 } : {};
  const amount = (): number => random.between(10_000, 500_000);
  const told = [
    tell(random.pick(["subscription.created", "subscription.updated"]), ago(days), {
      subscriptionId,
      amount: amount(),
      ...terms,
      ...begun,
      ...quota,
    }),
  ];
  while ((days -= random.between(20, 120)) > 0) {
    told.push(
      tell("subscription.updated", ago(days), {
        subscriptionId,
        ...(random.chance(0.8) ? { amount: amount(), ...terms } : { amount: null }),
        ...(random.chance(0.3) ? { intervalCount: random.pick([2, 6, 1]) } : {}),
        ...(random.chance(0.5) ? { consumed: random.between(100, 900) } : {}),
        ...(random.chance(0.3) ? { status: random.pick(["active", "Past_Due", "trialing", "paused", "ended", "canceled"]) } : {}),
        ...(random.chance(0.2) ? { cancelAtPeriodEnd: random.chance(0.5) } : {}),
        ...(random.chance(0.1) ? { endsAt: dateAgo(random.between(-100, 60)) } : {}),
      }),
    );
  }
  if (random.chance(0.3)) told.push(tell("subscription.canceled", ago(random.between(1, 30)), { subscriptionId }));
  return told;
}

/** An invoice or a payment, and what became of it. */
function debt(tell: Tell, random: Random, number: number, currency: string): readonly Told[] {
  const invoiceId = random.chance(0.5) ? `I-${number}` : number;
  const days = random.between(5, 300);
  const amount = random.between(1_000, 90_000);
  const due = random.chance(0.8) ? { due: dateAgo(days - random.between(0, 40)) } : {};
  const later = (hours: number): string => ago(Math.max(0, days - random.between(1, 40)), hours);
  const paying = { paymentId: `P-${number}`, invoiceId, amount, currency };
  const outcomes: readonly (readonly Told[])[] = [
    [tell("invoice.paid", later(1), { invoiceId })],
    [tell("payment.succeeded", later(1), paying)],
    [tell("payment.failed", later(2), paying), tell("payment.succeeded", later(1), paying)],
    [tell("payment.failed", later(1), paying)],
    [tell("payment.succeeded", later(1), { ...paying, amount: Math.round(amount / 3) })],
    [
      tell("payment.failed", later(3), { ...paying, paymentId: `P2-${number}` }),
      tell("payment.succeeded", later(1), paying),
      tell("payment.refunded", ago(0, 1), paying),
    ],
    [tell("invoice.voided", later(1), { invoiceId })],
    [tell("invoice.overdue", later(1), { invoiceId })],
    [tell("invoice.updated", later(1), { invoiceId, status: random.pick(["draft", "credited", "open"]) })],
    [tell("payment.failed", later(1), { paymentId: `Q-${number}`, amount: 700, currency })],
    [
      tell("payment.failed", later(9), { paymentId: `Q-${number}`, amount: 500, currency }),
      tell("payment.succeeded", later(1), { paymentId: `R-${number}`, amount: 500, currency }),
    ],
    [],
  ];
  const made = random.chance(0.9) ? [tell("invoice.created", ago(days), { invoiceId, amount, currency, ...due })] : [];
  return [...made, ...random.pick(outcomes)];
}

function deal(tell: Tell, random: Random, opportunityId: string): readonly Told[] {
  const marks = random.pick([{ renewal: true }, { kind: "Renewal" }, { renewal: "TRUE" }, {}, { renewal: false }]);
  const told = [120, 88, 60, 31, 4].flatMap((days) =>
    random.chance(0.5)
      ? [
          tell("opportunity.updated", ago(days, random.between(0, 5)), {
            opportunityId,
            ...marks,
            stage: random.pick(["Qualification", "proposal", "Negotiation", "verbal", "open"]),
            ...(random.chance(0.8) ? { closeDate: dateAgo(-random.between(-30, 200)) } : {}),
          }),
        ]
      : [],
  );
  if (random.chance(0.3)) told.push(tell(random.pick(["opportunity.lost", "opportunity.won"]), ago(2), { opportunityId }));
  return told;
}
