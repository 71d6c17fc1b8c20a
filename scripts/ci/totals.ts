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

/** Of runs that have no test in common. */
export const sumOf = (runs: readonly Totals[]): Totals => ({
  passed: runs.reduce((sum, { passed }) => sum + passed, 0),
  failed: runs.reduce((sum, { failed }) => sum + failed, 0),
  skipped: runs.reduce((sum, { skipped }) => sum + skipped, 0),
});

export const totalsLine = ({ passed, failed, skipped }: Totals): string => `${passed} passed, ${failed} failed, ${skipped} skipped`;
