import { expect, test } from "vitest";
import { emptyAccount } from "../../../src/domain/account/folded.ts";
import { fold } from "../../../src/domain/account/fold.ts";
import { recurringAt } from "../../../src/domain/account/revenue.ts";
import { event, NOW } from "../../support/account-builders.ts";

test.each([
  [12, 12_000],
  [1.5, 96_000],
  // What doors took before counts had bounds.
  [0.5, 144_000],
  [5e-324, 144_000],
  [0, 144_000],
  [-3, 144_000],
])("a price for %s months makes %s a year, and a count below one is none", (intervalCount, amount) => {
  const state = emptyAccount("acme");
  const data = { subscriptionId: "s", amount: 12_000, currency: "USD", interval: "month", intervalCount };
  fold(state, event({ type: "subscription.created", data }), NOW);
  expect(recurringAt(state, NOW)).toEqual([{ currency: "USD", amount }]);
});
