import { expect, test } from "vitest";
import { sumOf, totalsLine, totalsOf } from "../../scripts/ci/totals.ts";

const report = {
  numPassedTests: 7,
  numFailedTests: 1,
  numPendingTests: 2,
  numTodoTests: 1,
  testResults: [{ status: "failed", assertionResults: [{}] }],
};

test("the last line of a run counts what vitest counted", () => {
  expect(totalsLine(totalsOf(report))).toBe("7 passed, 1 failed, 3 skipped");
});

test("runs beside each other are counted together", () => {
  expect(sumOf([totalsOf(report), { passed: 2, failed: 0, skipped: 1 }])).toEqual({ passed: 9, failed: 1, skipped: 4 });
});

test("a file that could not even be loaded is a failure", () => {
  expect(totalsOf({ ...report, testResults: [...report.testResults, { status: "failed", assertionResults: [] }] }).failed).toBe(2);
});
