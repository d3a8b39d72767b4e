import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { compare } from '../../../extension/compare/compare';
import { runInTurn } from '../../../extension/compare/pool';
import type { CompareRequest } from '../../../extension/protocol/comparison';
import { COST_CAUSES, type Comparison } from '../../../simulator/index';
import { requestFor, scenarioFolder } from './folder';

const folder = scenarioFolder();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const request = (file: string, columns: string[], more?: Partial<CompareRequest>): CompareRequest =>
  requestFor(folder, file, columns, more);
const inTurn = (asked: CompareRequest): Promise<Comparison> => compare(asked, { run: runInTurn });

describe('a comparison', () => {
  test('has a report for each column, from the machine’s own events', async () => {
    const { reports, ...rest } = await inTurn(request('loads.tpt', ['native', 'nested', 'tpt', 'tpt:off']));
    expect(rest).toEqual({
      source: 'loads.tpt',
      kind: 'scenario',
      profile: { name: 'skylake-sp', title: 'Intel Skylake-SP (Xeon Gold 6130)', ghz: 2.1 },
      sweep: null,
      warning: null,
    });
    expect(reports.map((r) => [r.variant.name, r.variant.scheme, r.variant.tags, r.problem])).toEqual([
      ['native', 'native', 'off', null],
      ['nested', 'nested', 'off', null],
      ['tpt', 'tpt', 'asid', null],
      ['tpt:off', 'tpt', 'off', null],
    ]);
    // Loads and first touches are the same under all schemes; what they cost is not.
    expect(new Set(reports.map((r) => r.accesses)).size).toBe(1);
    const [native, nested, tpt, untagged] = reports;
    expect(native.byCause.nested + native.byCause.exits + native.byCause.tag).toBe(0);
    expect(nested.byCause.nested).toBeGreaterThan(0);
    expect(nested.cycles).toBeGreaterThan(native.cycles);
    expect(tpt.counters['tag_lookups']).toBeGreaterThan(0);
    expect(untagged.counters['tag_lookups']).toBe(0);
    for (const r of reports) expect(COST_CAUSES.reduce((sum, c) => sum + r.byCause[c], 0)).toBe(r.cycles);
  });

  test('a sweep has a report for each column at each point', async () => {
    const sweep = { parameter: 'tlb', values: ['64', '1024'] };
    const { reports, sweep: swept } = await inTurn(request('loads.tpt', ['native', 'nested'], { sweep }));
    expect(swept?.points.map((point) => [point.value, ...point.reports.map((r) => r.variant.name)])).toEqual([
      ['64', 'native', 'nested'],
      ['1024', 'native', 'nested'],
    ]);
    // The scenario's own TLB, of 64 entries, stays where nothing else is asked for.
    expect(swept?.points[0]?.reports).toEqual(reports);
    const walks = swept?.points.map((point) => point.reports[0].walks) ?? [];
    // Half of 500 loads miss 64 entries; none misses 1024.
    expect(walks[0] - walks[1]).toBeGreaterThan(200);
    expect(walks[0] - walks[1]).toBeLessThan(1000);
  });

  test('a profile that is asked for brings its TLBs', async () => {
    const asked = await inTurn(request('loads.tpt', ['native'], { profile: 'zen3' }));
    expect(asked.profile.name).toBe('zen3');
    const own = await inTurn(request('loads.tpt', ['native']));
    expect(asked.reports[0].walks).toBeLessThan(own.reports[0].walks);
  });

  test('a run that fails is a report with its problem, and the others go on', async () => {
    const { reports } = await inTurn(request('attack.tpt', ['nested', 'tpt']));
    expect(reports.map((r) => r.problem)).toEqual([null, expect.stringMatching(/^redis was killed: /)]);
    expect(reports[1].accesses).toBeGreaterThan(0);
  });

  test.each([
    ['a scenario with errors', () => request('bad.tpt', ['native']), /bad\.tpt:1:27: .*raed/],
    ['no file', () => request('nowhere.tpt', ['native']), /There is no file/],
    ['a column', () => request('loads.tpt', ['netsed']), /Column "netsed"/],
    [
      'a sweep',
      () => request('loads.tpt', ['native'], { sweep: { parameter: 'x', values: ['1'] } }),
      /cannot vary "x"/,
    ],
    ['a profile', () => request('loads.tpt', ['native'], { profile: 'none' }), /gives no cycles/],
  ])('what is wrong with the request is said: %s', async (_, asked, message) => {
    await expect(inTurn(asked())).rejects.toThrow(message);
  });
});

describe('a trace', () => {
  const trace = join(__dirname, '../trace/fixtures/redis.lackey.gz');

  test('is replayed by one process, under each scheme alike', async () => {
    const asked = { ...request('', ['native', 'nested', 'tpt']), file: trace };
    const { source, kind, reports, warning } = await inTurn(asked);
    expect({ source, kind, warning }).toEqual({ source: 'redis.lackey.gz', kind: 'trace', warning: null });
    expect(reports.map((r) => r.problem)).toEqual([null, null, null]);
    expect(new Set(reports.map((r) => r.accesses)).size).toBe(1);
    expect(reports[0].accesses).toBeGreaterThan(1000);
    expect(reports[1].byCause.nested).toBeGreaterThan(0);
    // 2 MiB pages: fewer faults for the same accesses.
    const [huge] = (await inTurn({ ...asked, columns: ['native:2M'] })).reports;
    expect(huge.accesses).toBe(reports[0].accesses);
    expect(huge.counters['page_faults']).toBeLessThan(reports[0].counters['page_faults']);
  });

  test('that is damaged is compared up to there, with a warning', async () => {
    writeFileSync(join(folder, 'torn.lackey'), ' L 1ffeffe7e0,8\n S 1ffeffe7e8,8\nI  04001000,3\n L 1ffe\n L 1000,8\n');
    const { reports, warning } = await inTurn(request('torn.lackey', ['native', 'tpt']));
    expect(warning).toMatch(/^torn\.lackey, line 4: .*3 records before it/);
    expect(reports.map((r) => [r.problem, r.accesses])).toEqual([
      [null, 3],
      [null, 3],
    ]);
  });

  test('that is replayed once before counting has no first touches left', async () => {
    const pages = Array.from({ length: 200 }, (_, i) => ` S ${(0x10000000 + i * 4096).toString(16)},8\n`);
    writeFileSync(join(folder, 'warm.lackey'), pages.join(''));
    const faults = async (warm: boolean): Promise<[number, number][]> => {
      const asked = request('warm.lackey', ['native', 'nested']);
      const { reports } = await compare(asked, { run: runInTurn }, { memory: 64 * 2 ** 20, warm });
      return reports.map((report) => [report.accesses, report.counters['page_faults']]);
    };
    expect(await faults(false)).toEqual([
      [200, 200],
      [200, 200],
    ]);
    const warm = await compare(
      request('warm.lackey', ['nested']),
      { run: runInTurn },
      { memory: 64 * 2 ** 20, warm: true },
    );
    expect(warm.reports[0]).toMatchObject({ accesses: 200, exits: [], kernelAccesses: 0, problem: null });
  });

  test('that wants more than its VM has: each run says how far it came', async () => {
    const pages = Array.from({ length: 2000 }, (_, i) => ` S ${(0x10000000 + i * 4096).toString(16)},8\n`);
    writeFileSync(join(folder, 'wide.lackey'), pages.join(''));
    const asked = request('wide.lackey', ['native', 'tpt']);
    const { reports, warning } = await compare(asked, { run: runInTurn }, { memory: 4 * 2 ** 20, warm: false });
    expect(warning).toBeNull();
    for (const report of reports) {
      expect(report.problem).toMatch(/the guest has no free frame$/);
      expect(report.accesses).toBeGreaterThan(500);
      expect(report.accesses).toBeLessThan(1100);
    }
  });

  test('progress follows the file', async () => {
    const seen: number[] = [];
    const lines = ' L 1ffeffe7e0,8\n'.repeat(200_000);
    writeFileSync(join(folder, 'long.lackey'), lines);
    const onProgress = (_: string, done: number): void => void seen.push(done);
    await compare(request('long.lackey', ['native']), { run: runInTurn, onProgress });
    expect(seen.some((done) => done > 0 && done < 100)).toBe(true);
    expect(seen.at(-1)).toBe(100);
  });

  test.each([
    ['no file', 'nowhere.gz', 4 * 2 ** 30, /There is no file .*nowhere\.gz/],
    ['no memory', 'loads.lackey', 3 * 2 ** 20, /memory from 4M to 512G/],
  ])('what is wrong is said: %s', async (_, name, memory, message) => {
    writeFileSync(join(folder, 'loads.lackey'), ' L 1000,8\n');
    await expect(compare(request(name, ['native']), { run: runInTurn }, { memory, warm: false })).rejects.toThrow(
      message,
    );
  });
});
