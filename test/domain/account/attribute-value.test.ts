import { expect, test } from "vitest";
import { amountIn, numberIn, textIn } from "../../../src/domain/account/attribute-value.ts";
import { accountArr } from "../../../src/domain/account/account-money.ts";
import { activate, assign, emptyConfiguration } from "../../../src/domain/config/active.ts";
import { segmentOf } from "../../../src/domain/config/segments.ts";
import { standardScorecard } from "../../../src/domain/config/standard.ts";
import { agreementOf } from "../../../src/domain/health/agreement.ts";
import type { HealthDocument } from "../../../src/domain/health/document.ts";
import { scorecardFor } from "../../../src/domain/health/group-anchors.ts";
import { ownMoney } from "../../../src/domain/money/convert.ts";
import { MeasuredAccount } from "../../../src/domain/health/measured-account.ts";
import { NOW, anAccount } from "../../support/health-account.ts";

test.each<[unknown, number | null, string | null]>([
  [12, 12, "12"],
  [" 12.5 ", 12.5, "12.5"],
  ["smb ", null, "smb"],
  ["", null, null],
  ["  ", null, null],
  [Number.NaN, null, null],
  ["Infinity", null, "Infinity"],
  [true, null, null],
  [["smb"], null, null],
  [null, null, null],
  [undefined, null, null],
])("%j is the number %j and the text %j", (value, number, text) => expect([numberIn(value), textIn(value)]).toEqual([number, text]));

test.each([120_000, "120000", " 120000 "])("%j is the same ARR in lists, metrics, segments and the forecast", (arr) => {
  const state = anAccount({ arr, forecastArr: " 60000" });
  expect(accountArr(state, ownMoney, NOW)).toEqual({ arrMinor: 120_000, currency: "EUR" });
  const health = { computedScore: null, band: "not_enough_data", opinion: null, override: null } as HealthDocument;
  expect(agreementOf(state, health, NOW, ownMoney).forecastArrRatio).toBe(-0.5);
  const large = {
    key: "large",
    title: "Large",
    when: [{ op: "at_least", attribute: "arr", value: 120_000 }],
    scorecard: "standard",
  } as const;
  expect(segmentOf({ title: "All", scorecard: "standard", segments: [large] } as never, state.attributes, ownMoney).segment).toBe("large");
});

test("no amount is what lies beyond the whole numbers of a double", () => {
  expect([amountIn("9007199254740991"), amountIn("9007199254740993"), amountIn(-1e16), amountIn("12.5")]).toEqual([
    2 ** 53 - 1,
    null,
    null,
    12.5,
  ]);
});

test.each([" smb", "smb", 7])("the segment %j is the same one wherever it is read", (segment) => {
  const state = anAccount({ segment });
  const name = String(segment).trim();
  const scorecard = structuredClone(standardScorecard);
  const [spec] = scorecard.dimensions[0]?.measures ?? [];
  const anchors = (spec?.anchors ?? []).map(({ value, score }) => ({ value: value / 2, score }));
  Object.assign(spec ?? {}, { groups: [{ segment: name, accounts: 30, anchors }] });
  expect(assign(activate({ ...emptyConfiguration, version: 1 }), state).segment).toBe(name);
  expect(scorecardFor(scorecard, state, NOW).dimensions[0]?.measures[0]?.anchors).toEqual(anchors);
  expect(new MeasuredAccount(state, NOW, ownMoney).text("segment")).toBe(name);
});
