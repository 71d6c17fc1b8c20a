import fc from "fast-check";
import { HOUR_MS } from "../../src/domain/time.ts";
import { anAccount, daysAgo, ticket, told, used } from "./health-account.ts";

/** Random customers: any people on any days, any tickets, any knowledge of the sources. */
export const customers = fc
  .record({
    seats: fc.option(fc.integer({ min: 1, max: 500 })),
    core: fc.option(fc.subarray(["a", "b", "c"], { minLength: 1 })),
    usage: fc.array(
      fc.record({
        user: fc.integer({ min: 0, max: 9 }),
        day: fc.integer({ min: 0, max: 99 }),
        feature: fc.constantFrom("a", "b", "c", "d"),
      }),
      { maxLength: 60 },
    ),
    tickets: fc.array(
      fc.record({
        day: fc.integer({ min: 0, max: 120 }),
        priority: fc.constantFrom("low" as const, "normal" as const, "high" as const, "urgent" as const, undefined),
        solvedAfterHours: fc.option(fc.integer({ min: 0, max: 200 })),
        rating: fc.option(fc.constantFrom("good" as const, "bad" as const)),
      }),
      { maxLength: 12 },
    ),
    told: fc.array(
      fc.record({
        day: fc.integer({ min: 0, max: 120 }),
        type: fc.constantFrom(
          "message.sent",
          "message.replied",
          "meeting.held",
          "meeting.missed",
          "survey.answered",
          "goal.updated",
          "subscription.created",
          "subscription.canceled",
          "invoice.created",
          "invoice.paid",
          "payment.failed",
          "opportunity.updated",
          "conversation.created",
          "conversation.closed",
          "user.identified",
        ),
        person: fc.constantFrom("ana", "ben@acme.example", undefined),
        data: fc.record({
          subscriptionId: fc.constantFrom("1", "2"),
          invoiceId: fc.constantFrom("1", "2"),
          paymentId: fc.constantFrom("1", "2"),
          opportunityId: fc.constantFrom("1", "2"),
          goalId: fc.constantFrom("1", "2"),
          conversationId: fc.constantFrom("1", "2"),
          amount: fc.integer({ min: 0, max: 100_000 }),
          due: fc.integer({ min: -20, max: 100 }).map((day) => daysAgo(day)),
          kind: fc.constantFrom("nps", "csat"),
          score: fc.integer({ min: 0, max: 10 }),
          status: fc.constantFrom("open", "done", "left", "active"),
          role: fc.constantFrom("champion", "CEO", "user"),
          committed: fc.constantFrom(0, 100),
          consumed: fc.integer({ min: 0, max: 200 }),
        }),
      }),
      { maxLength: 25 },
    ),
    usageBehindDays: fc.integer({ min: 0, max: 30 }),
    supportBehindDays: fc.integer({ min: 0, max: 30 }),
  })
  .map(({ seats, core, usage, tickets, told: tales, usageBehindDays, supportBehindDays }) => {
    const state = anAccount({ ...(seats === null ? {} : { seats }), ...(core === null ? {} : { coreFeatures: core }) });
    for (const { user, day, feature } of usage) used(state, user, daysAgo(day), [feature]);
    tickets.forEach(({ day, priority, solvedAfterHours, rating }, i) =>
      ticket(state, {
        id: String(i),
        at: daysAgo(day, 1),
        ...(priority === undefined ? {} : { priority }),
        ...(solvedAfterHours === null ? {} : { solvedAt: daysAgo(day, 1) + solvedAfterHours * HOUR_MS }),
        ...(rating === null ? {} : { rating: { score: rating, at: daysAgo(day) } }),
      }),
    );
    for (const { day, type, person, data } of tales) told(state, daysAgo(day, 2), type, data, person);
    state.watermarks.set("mix/track", daysAgo(usageBehindDays)).set("zen/webhook", daysAgo(supportBehindDays));
    return state;
  });
