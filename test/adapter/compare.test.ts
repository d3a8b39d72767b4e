/** The bundles: the command line finds its worker threads, and their reports are those of one thread. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Comparison } from '../../simulator/index';

const root = join(__dirname, '../..');
const comparisons = (...args: string[]): Comparison[] => {
  const program = [join(root, 'out/cli/main.js'), 'compare', 'samples/10-nested-vs-tpt.tpt', '--json', ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, program, { cwd: root, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout) as Comparison[];
};

test('tpt-scope compare in two threads', () => {
  const [comparison] = comparisons('--jobs', '2');
  expect(comparison.reports.map((report) => report.problem)).toEqual(Array(6).fill(null));
  expect(comparisons('--jobs', '1')).toEqual([comparison]);
});
