/** What is said about a run in words: how it ended. */
import type { RunSummary } from '../../simulator/index';

/** `3 of 3 expectations hold`, or that there are none. */
export function expectationCount(summary: RunSummary): string {
  const total = summary.expectations.length;
  const held = summary.expectations.filter((e) => e.held).length;
  if (total === 0) return 'no expectations';
  return `${held} of ${total} ${total === 1 ? 'expectation holds' : 'expectations hold'}`;
}

/** `2 page_fault, 1 tag_violation`, or `none`. */
export function faultCount(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts)
    .filter(([, n]) => n > 0)
    .map(([kind, n]) => `${n} ${kind}`);
  return parts.length > 0 ? parts.join(', ') : 'none';
}

/** The last line of a run. */
export function summaryLine(name: string, summary: RunSummary, counts: Readonly<Record<string, number>>): string {
  return `${name}: ${expectationCount(summary)} · ${summary.ticks.toLocaleString('en-US')} ticks · faults: ${faultCount(counts)} · trace ${summary.traceHash}`;
}
