import { expect, test } from "vitest";
import { totalsLine, totalsOf } from "../../scripts/ci/totals.ts";

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

test("a file that could not even be loaded is a failure", () => {
  expect(totalsOf({ ...report, testResults: [...report.testResults, { status: "failed", assertionResults: [] }] }).failed).toBe(2);
});
