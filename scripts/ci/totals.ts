/** The part of vitest's JSON report that is counted. */
export type VitestReport = {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
};

export type Totals = { readonly passed: number; readonly failed: number; readonly skipped: number };

/** A file that failed before it had a test (it could not be loaded) is one failure; the report's own figures leave it out. */
export function totalsOf(report: VitestReport): Totals {
  const filesWithoutTests = report.testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
  ).length;
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + filesWithoutTests,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

export const totalsLine = ({ passed, failed, skipped }: Totals): string => `${passed} passed, ${failed} failed, ${skipped} skipped`;
