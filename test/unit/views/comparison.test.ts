/** The comparison in the extension, without vscode: its worker, its files, its settings. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS, type CompareRequest } from '../../../extension/protocol/compare-view';
import { readComparisons } from '../../../extension/views/comparison-file';
import { startComparison, type CompareProgress } from '../../../extension/views/comparison-run';
import { readSettings } from '../../../extension/views/comparison-settings';
import { gups, sources } from '../../support/view-fixtures/comparisons';

const REQUEST: CompareRequest = { file: '/a.tpt', columns: ['native', 'tpt:off'], profile: null, sweep: null };

describe('a comparison in a worker', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tpt-compare-'));
  });

  /** A worker that does what `body` says; `data` is its request. */
  function script(body: string): string {
    const path = join(folder, `${Math.random().toString(36).slice(2)}.cjs`);
    writeFileSync(path, `const { parentPort: port, workerData: data } = require('node:worker_threads');\n${body}`);
    return path;
  }

  const run = (path: string, graceMs?: number) => {
    const told: CompareProgress[] = [];
    return { told, ...startComparison(path, REQUEST, (progress) => told.push(progress), graceMs) };
  };

  test('gets the request, tells progress, gives the result', async () => {
    const { told, outcome } = run(
      script(`port.postMessage({ kind: 'progress', label: data.columns.join(), done: 1, total: null });
              port.postMessage({ kind: 'done', comparison: { source: data.file } });`),
    );
    expect(await outcome).toEqual({ kind: 'done', comparison: { source: '/a.tpt' } });
    expect(told).toEqual([{ kind: 'progress', label: 'native,tpt:off', done: 1, total: null }]);
  });

  test('a failure comes with its words', async () => {
    const { outcome } = run(script(`port.postMessage({ kind: 'failed', message: 'There is no file /a.tpt.' });`));
    expect(await outcome).toEqual({ kind: 'failed', message: 'There is no file /a.tpt.' });
  });

  test('a worker that stops when it is asked to', async () => {
    const { outcome, cancel } = run(
      script(
        `port.on('message', (m) => { if (m.kind === 'cancel') port.postMessage({ kind: 'failed', message: 'stopped' }); });`,
      ),
    );
    cancel();
    expect(await outcome).toEqual({ kind: 'cancelled' });
  });

  test('one that does not is ended', async () => {
    const { outcome, cancel } = run(script('for (;;) {}'), 50);
    cancel();
    cancel();
    expect(await outcome).toEqual({ kind: 'cancelled' });
  });

  test('one that throws, ends early or is not there is told in words', async () => {
    expect(await run(script(`throw new Error('boom')`)).outcome).toMatchObject({
      kind: 'failed',
      message: expect.stringMatching(/bug of its own in the comparison: boom/) as string,
    });
    expect(await run(script('process.exit(3)')).outcome).toMatchObject({
      message: expect.stringMatching(/without a result \(exit code 3\)/) as string,
    });
    expect(await run(join(folder, 'none.cjs')).outcome).toMatchObject({
      message: expect.stringMatching(/is missing .*Install the extension again/) as string,
    });
  });
});

describe('a comparison file', () => {
  const problem = (value: unknown): string => {
    const read = readComparisons(JSON.stringify(value), 'c.json');
    return read.ok ? '' : read.problem;
  };

  test('holds one comparison or a list', () => {
    expect(readComparisons(JSON.stringify(gups), 'c.json')).toEqual({ ok: true, comparisons: [gups] });
    expect(readComparisons(JSON.stringify(sources), 'c.json')).toEqual({ ok: true, comparisons: sources });
  });

  test('is refused with file, field and what to do', () => {
    const ending = 'Write one with "tpt-scope compare FILE --json".';
    expect(problem([])).toBe(`c.json is not a comparison: the list is empty. ${ending}`);
    expect(problem([gups, 7])).toBe(`c.json is not a comparison: [1] is not an object. ${ending}`);
    expect(problem({ ...gups, reports: [] })).toMatch(/reports is empty/);
    expect(problem({ ...gups, reports: [{ ...gups.reports[0], cycles: '7' }] })).toMatch(
      /reports\[0\]\.cycles is not a number/,
    );
    expect(problem([{ ...gups, sweep: { parameter: 'tlb', points: [{ value: '1', reports: [{}] }] } }])).toMatch(
      /\[0\]\.sweep\.points\[0\]\.reports\[0\]\.variant is not an object/,
    );
    expect(problem(null)).toMatch(/it is not an object/);
    const read = readComparisons('{ "source": ', 'c.json');
    expect(read.ok ? '' : read.problem).toMatch(/^c\.json is not a comparison: it is not JSON/);
  });
});

describe('settings', () => {
  test('are as they were left', () => {
    const kept = { columns: ['tpt'], profile: 'zen3', sweep: { parameter: 'page', values: ['4K', '2M'] } };
    expect(readSettings(JSON.parse(JSON.stringify(kept)))).toEqual(kept);
  });

  test.each([undefined, null, 7, { columns: [], sweep: 'tlb' }, { columns: [1], sweep: { parameter: 'tlb' } }])(
    'are as usual where %j was left',
    (kept) => {
      expect(readSettings(kept)).toEqual(DEFAULT_SETTINGS);
    },
  );
});
