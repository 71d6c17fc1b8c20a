import type { Event } from "../../src/domain/event.ts";
import { DAY_MS } from "../../src/domain/time.ts";
import { seededRandom } from "../seeded-random.ts";

/** How much of an account there is: people, names of events, usage in all over its days. */
export type AccountSize = { readonly users: number; readonly names: number; readonly events: number };

export const smallAccount: AccountSize = { users: 20, names: 8, events: 6_000 };
/** The largest that is promised to fit: docs/design/accounts.md. */
export const largeAccount: AccountSize = { users: 5_000, names: 500, events: 2_000_000 };
export const modelDays = 90;

const CORE_FEATURES = 8;

/** An account's events, made as they are asked for: each new, received when it happened. Half of the names are features, half types of their own. */
export class AccountModel {
  private readonly random: () => number;
  private readonly size: AccountSize;
  private readonly now: number;
  private serial = 0;

  constructor(size: AccountSize, now: number, seed = 3) {
    this.size = size;
    this.now = now;
    this.random = seededRandom(seed);
  }

  /** Usage at an instant, by anybody, of anything. */
  usage(occurredAt: number): Event {
    const name = Math.floor(this.random() * this.size.names);
    const user = { id: `user-${Math.floor(this.random() * this.size.users)}` };
    const isFeature = name % 2 === 0;
    return this.event(
      isFeature ? "feature.used" : `custom.name_${name}`,
      occurredAt,
      isFeature ? { feature: `feature-${name / 2}` } : {},
      user,
    );
  }

  /** Some instant of a day, `daysAgo` before now. */
  instantOf(daysAgo: number): number {
    return this.now - (daysAgo + this.random()) * DAY_MS;
  }

  /** Some instant of the UTC day of now, before now. */
  instantToday(): number {
    return this.now - this.random() * (this.now % DAY_MS);
  }

  /** What every dimension of the shipped scorecard is measured by, beside usage. */
  *relations(): Generator<Event> {
    const coreFeatures = Array.from({ length: CORE_FEATURES }, (_, i) => `feature-${i}`);
    const attributes = { seats: this.size.users, coreFeatures, contractStart: "2026-01-01", renewalDate: "2027-03-01", arr: 1_200_000 };
    yield this.event("account.updated", this.now - modelDays * DAY_MS, { attributes });
    const money = { amount: 100_000, currency: "usd" };
    yield this.event("subscription.created", this.now - 85 * DAY_MS, {
      subscriptionId: "s",
      interval: "month",
      status: "active",
      ...money,
    });
    for (let i = 0; i < 60; i++) {
      const at = this.now - (i + 1) * 1.4 * DAY_MS;
      const user = { id: `user-${i % 12}` };
      yield this.event("ticket.created", at, { ticketId: `t${i}`, priority: i % 5 === 0 ? "high" : "normal" });
      if (i % 3 !== 0) yield this.event("ticket.solved", at + DAY_MS / 4, { ticketId: `t${i}` });
      yield this.event("message.sent", at);
      yield this.event("message.replied", at + 1_000, {}, user);
      yield this.event("meeting.held", at, {}, user);
      if (i >= 12) continue;
      yield this.event("invoice.created", at, { invoiceId: `i${i}`, due: at + 30 * DAY_MS, ...money });
      yield this.event("invoice.paid", at + DAY_MS, { invoiceId: `i${i}`, ...money });
      yield this.event("survey.answered", at, { kind: "nps", score: i % 11 }, user);
      yield this.event("goal.updated", at, { goalId: `g${i}`, status: i % 2 === 0 ? "done" : "open" });
      yield this.event("opportunity.updated", at, { opportunityId: `o${i}`, kind: "renewal", stage: "proposal" });
      yield this.event("user.identified", at, { role: i === 0 ? "champion" : "user" }, user);
    }
  }

  private event(type: string, occurredAt: number, data: Event["data"] = {}, user?: Event["user"]): Event {
    const serial = this.serial++;
    return {
      id: `model-${serial}`,
      contentHash: serial,
      connectionId: "tok_1",
      connector: "native",
      type,
      occurredAt,
      receivedAt: occurredAt,
      deliveryId: `d${Math.floor(serial / 100)}`,
      index: serial % 100,
      lane: "live",
      keys: ["account|acme"],
      data,
      ...(user !== undefined && { user }),
    };
  }
}
