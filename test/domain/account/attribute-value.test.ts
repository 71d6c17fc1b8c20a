import { expect, test } from "vitest";
import { numberIn, textIn } from "../../../src/domain/account/attribute-value.ts";
import { activate, assign, emptyConfiguration } from "../../../src/domain/config/active.ts";
import { standardScorecard } from "../../../src/domain/config/standard.ts";
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
