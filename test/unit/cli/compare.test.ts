import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import zen3 from '../../../simulator/costs/profiles/zen3.json';
import { COST_CAUSES, type Comparison } from '../../../simulator/index';
import { run as runCommand, type Outcome } from './runner';

let folder = '';
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
let loads = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tpt-cli-compare-'));
  loads = file(
    'loads.tpt',
    `machine { memory 64M tags asid }
     vm web { memory 16M }
     process redis in web {
       let heap = mmap(64K, rw)
       touch(heap, 64K)
     }`,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** `tpt-scope compare` in this process, one run at a time. */
const run = (args: readonly string[]): Promise<Outcome> => runCommand(['compare', ...args, '--jobs', '1']);

/** The cells of a row of a printed table. */
const cells = (out: string, label: string): string[] => {
  const line = out.split('\n').find((candidate) => candidate.trim().startsWith(label)) ?? '';
  return line.trim().slice(label.length).trim().split(/\s+/);
};

describe('tpt-scope compare', () => {
  test('prints what each scheme paid', async () => {
    const { code, out, err } = await run([loads]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.split('\n')[0]).toBe('loads.tpt · skylake-sp: Intel Skylake-SP (Xeon Gold 6130), 2.1 GHz');
    expect(out.split('\n')[1].trim().split(/\s+/)).toEqual(['native', 'nested', 'shadow', 'direct', 'tpt', 'tpt:off']);
    // 16 first touches.
    expect(cells(out, 'page faults of the guest')).toEqual(Array(6).fill('16'));
    expect(cells(out, 'VM exits')[0]).toBe('0');
    const relative = cells(out, 'relative to native').map(Number);
    expect(relative[0]).toBe(1);
    expect(relative[1]).toBeGreaterThan(1);
    const untagged = cells(out, 'tag look-ups');
    expect(Number(untagged[4])).toBeGreaterThan(0);
    expect(untagged[5]).toBe('0');
  });

  test('--json: one array of comparisons', async () => {
    const { code, out } = await run([loads, '--schemes', 'native,tpt', '--json', '--sweep', 'tlb=64,1536']);
    expect(code).toBe(0);
    const [comparison, ...more] = JSON.parse(out) as Comparison[];
    expect(more).toEqual([]);
    expect(comparison.reports.map((report) => report.variant.name)).toEqual(['native', 'tpt']);
    expect(comparison.sweep?.points.map((point) => point.value)).toEqual(['64', '1536']);
    expect(comparison.reports[0].byCause.data).toBeGreaterThan(0);
  });

  test('--csv: one line for each run, whose causes add up', async () => {
    const { code, out } = await run([loads, '--schemes', 'native,nested', '--csv', '--sweep', 'page=4K,2M']);
    expect(code).toBe(0);
    const [head, ...lines] = out
      .trimEnd()
      .split('\n')
      .map((line) => line.split(','));
    const rows = lines.map((line) => Object.fromEntries(head.map((name, i) => [name, line[i]])));
    expect(rows.map((row) => [row['source'], row['parameter'], row['value'], row['column']])).toEqual([
      ['loads.tpt', '', '', 'native'],
      ['loads.tpt', '', '', 'nested'],
      ['loads.tpt', 'page', '4K', 'native'],
      ['loads.tpt', 'page', '4K', 'nested'],
      ['loads.tpt', 'page', '2M', 'native'],
      ['loads.tpt', 'page', '2M', 'nested'],
    ]);
    for (const row of rows) {
      const sum = COST_CAUSES.reduce((total, cause) => total + Number(row[`cycles_${cause}`]), 0);
      expect(sum).toBe(Number(row['cycles']));
      expect(row['problem']).toBe('');
    }
    expect(rows[0]['relative_to_native']).toBe('1');
    expect(Number(rows[0]['l1_tlb_lookups'])).toBeGreaterThan(0);
  });

  test('a sweep is a table of its own; a profile may be a file', async () => {
    const mine = file('mine.costs.json', JSON.stringify({ ...zen3, name: 'mine', title: 'My machine' }));
    const { code, out } = await run([
      loads,
      '--schemes',
      'native,nested',
      '--profile',
      mine,
      '--sweep',
      'nested-tlb=0,16',
    ]);
    expect(code).toBe(0);
    expect(out).toMatch(/^loads\.tpt · mine: My machine, 2\.45 GHz\n/);
    const swept = out.slice(out.indexOf('cycles per access by nested-tlb'));
    expect(
      swept
        .split('\n')
        .slice(2, 4)
        .map((line) => line.trim().split(/\s+/).length),
    ).toEqual([3, 3]);
  });

  test('several files: a summary; one that cannot be used spoils the exit code alone', async () => {
    const other = file('other.tpt', 'vm a { } process p in a { touch(mmap(8K, rw), 8K) }');
    const { code, out, err } = await run([loads, join(folder, 'nowhere.tpt'), other, '--schemes', 'native,nested']);
    expect(code).toBe(2);
    expect(err).toMatch(/There is no file .*nowhere\.tpt/);
    const summary = out.slice(out.indexOf('cycles per access (relative'));
    expect(summary).toMatch(/loads\.tpt +[\d.,]+ \(1\.00\) +[\d.,]+ \([\d.]+\)\n/);
    expect(summary).toMatch(/other\.tpt /);
  });

  test('a run that does not end: its problem, and exit code 1', async () => {
    const waits = file(
      'waits.tpt',
      'vm a { } process p in a { touch(mmap(4K, rw), 4K) wait go }\nhost { wait p.done signal go }\nprocess q in a { wait go signal done }',
    );
    const { code, out } = await run([waits, '--schemes', 'native']);
    expect(code).toBe(1);
    expect(out).toMatch(/\n! native: .*wait/);
  });

  test('Ctrl+C ends it', async () => {
    const endless = file('endless.tpt', 'vm a { } process p in a { let i = 0 while 1 { i = i + 1 } }');
    const args = ['compare', endless, loads, '--schemes', 'native', '--jobs', '1'];
    const { code, out, err } = await runCommand(args, { interruptAfter: 1 });
    expect({ code, out, err }).toEqual({ code: 130, out: '', err: 'tpt-scope: interrupted\n' });
  });

  test.each([
    ['no file', [], /compare needs at least one/],
    ['a column', ['x.tpt', '--schemes', 'tpt:of'], /Column "tpt:of" has the modifier "of"/],
    ['a sweep without values', ['x.tpt', '--sweep', 'tlb'], /--sweep is "tlb"/],
    ['a sweep of nothing', ['x.tpt', '--sweep', 'cache=1'], /cannot vary "cache"/],
    ['a memory', ['x.tpt', '--memory', 'much'], /--memory is "much"/],
    ['two forms', ['x.tpt', '--json', '--csv'], /cannot both/],
    ['a flag', ['x.tpt', '--frob'], /--frob/],
  ])('bad input, %s: exit 2 and what to do', async (_, args, message) => {
    const { code, out, err } = await run(args);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toMatch(message);
    expect(err).not.toMatch(/\n\s+at /);
  });

  test('bad jobs', async () => {
    const { code, err } = await runCommand(['compare', loads, '--jobs', 'all']);
    expect(code).toBe(2);
    expect(err).toMatch(/--jobs is "all"/);
  });
});
