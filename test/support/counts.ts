/** Reads how many tests a tier ran from the file its runner left behind. */
import { existsSync, readFileSync } from 'node:fs';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const none: Counts = { passed: 0, failed: 0, skipped: 0 };

function numberAt(value: unknown, key: string): number {
  const found = (value as Readonly<Record<string, unknown>>)[key];
  return typeof found === 'number' ? found : 0;
}

function readJson(file: string): unknown {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/**
 * Vitest's JSON report. A test file that cannot be loaded counts as a failed suite with no tests in it, which must
 * not be lost.
 */
export function readVitestCounts(file: string): Counts {
  const report = readJson(file);
  if (report === undefined) return none;
  const failedTests = numberAt(report, 'numFailedTests');
  const failedSuites = numberAt(report, 'numFailedTestSuites');
  return {
    passed: numberAt(report, 'numPassedTests'),
    failed: failedTests > 0 ? failedTests : failedSuites,
    skipped: numberAt(report, 'numPendingTests') + numberAt(report, 'numTodoTests'),
  };
}

/** What test/vscode/index.ts writes after mocha has run inside the extension host. */
export function readMochaCounts(file: string): Counts {
  const report = readJson(file);
  if (report === undefined) return none;
  return {
    passed: numberAt(report, 'passed'),
    failed: numberAt(report, 'failed'),
    skipped: numberAt(report, 'skipped'),
  };
}
