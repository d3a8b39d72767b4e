/** What a run costs: the caches of the walker, and cycles as counts times the profile's figures. */
import { describe, expect, test } from 'vitest';
import { CACHE_LEVELS, REFERENCE_CAUSES } from '../../../simulator/costs/causes';
import type { CostProfile } from '../../../simulator/costs/profile';
import { costProfile } from '../../../simulator/costs/profiles';
import type { CostReport, Variant } from '../../../simulator/costs/report';
import { compileScenario, Simulation, type RunOptions } from '../../../simulator/index';
import { complete } from '../scenarios/check';

const VARIANT: Variant = {
  name: 'test',
  scheme: 'tpt',
  tags: 'asid',
  lookup: 'per-frame',
  tptProfile: 'hardware',
  backing: null,
  page: '4K',
};

function run(body: string, options: RunOptions & { paging?: string; machine?: string } = {}): CostReport {
  const { paging = 'tpt', machine = '', ...rest } = options;
  const text = `
    machine { memory 128M costs skylake-sp ${machine} }
    vm web { memory 64M paging ${paging} }
    process app in web { let heap = mmap(8M, rw, 0x20_0000_0000) ${body} }`;
  const { program, diagnostics } = compileScenario(text, 'costs.tpt');
  expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
  const simulation = new Simulation(program!, rest);
  expect(complete(simulation).reason).toBe('ended');
  return simulation.costReport(VARIANT)!;
}

const count = (report: CostReport, label: string): number =>
  report.references.find((share) => share.label === label)?.count ?? 0;

// A walk each: the page's entry in the TLB is dropped, or never was there.
const WARM = 'touch(heap, 8M) kernel { invlpg(heap) } read(heap) measure()';

describe('paging-structure caches', () => {
  test('a neighbour in the same table costs one reference', () => {
    // 8 MiB have 2,048 pages, more than the TLBs hold: the first ones are gone.
    const report = run(`${WARM} read(heap + 4K)`, { paging: 'native' });
    expect(report.walks).toBe(1);
    expect(count(report, 'L1')).toBe(1);
    expect(count(report, 'L2')).toBe(0);
    expect(report.caches.find((c) => c.name === 'PD cache')).toMatchObject({ lookups: 1, misses: 0 });
  });

  test('INVLPG drops what is cached for the whole address space, also for other addresses', () => {
    const report = run(`${WARM} kernel { invlpg(heap + 1M) } read(heap + 4K)`, { paging: 'native' });
    for (const level of ['L4', 'L3', 'L2', 'L1']) expect(count(report, level)).toBe(1);
  });

  test('switched off, every level is read', () => {
    const report = run(`${WARM} read(heap + 4K)`, { paging: 'native', structureCaches: false });
    expect(['L4', 'L3', 'L2', 'L1'].map((level) => count(report, level))).toEqual([1, 1, 1, 1]);
    expect(report.byCause.structure).toBe(0);
  });

  test('with a nested table they give host frames: only leaf tables and the page are looked for in it', () => {
    const report = run(`${WARM} read(heap + 4K)`, { paging: 'nested', tags: 'off' });
    expect(count(report, 'L1')).toBe(1);
    expect(count(report, 'N1')).toBe(1);
    expect(count(report, 'N2')).toBeLessThanOrEqual(1);
    expect(count(report, 'L2') + count(report, 'L3') + count(report, 'L4')).toBe(0);
  });

  test('a nested TLB saves the nested table', () => {
    const read = 'read(heap + 4K) kernel { invlpg(heap + 4K) } read(heap + 4K)';
    const report = run(`${WARM} ${read}`, { paging: 'nested', tags: 'off', nestedTlb: 64 });
    const without = run(`${WARM} ${read}`, { paging: 'nested', tags: 'off' });
    const nested = (r: CostReport): number => ['N4', 'N3', 'N2', 'N1'].reduce((n, label) => n + count(r, label), 0);
    expect(nested(report)).toBeLessThan(nested(without));
    expect(report.caches.find((c) => c.name === 'nested TLB')?.lookups).toBeGreaterThan(0);
  });

  test('under TPT a cached table is still looked up in the tag table, but once per reference only where it is read', () => {
    const perFrame = run(`${WARM} read(heap + 4K)`);
    expect([count(perFrame, 'L1'), count(perFrame, 'tag')]).toEqual([1, 2]);
    const perReference = run(`${WARM} read(heap + 4K)`, { machine: 'lookup per-reference' });
    expect([count(perReference, 'L1'), count(perReference, 'tag')]).toEqual([1, 1]);
  });
});

describe('data caches', () => {
  test('the second load of a line is answered by the first level', () => {
    const report = run(`${WARM} read(heap + 4K) read(heap + 4K + 8)`, { paging: 'native' });
    expect(report.answered.data.L1).toBe(1);
    expect(report.accesses).toBe(2);
  });

  test('switched off, every reference goes to memory', () => {
    const report = run(`${WARM} read(heap + 4K) read(heap + 4K)`, { paging: 'native', dataCaches: false });
    expect(report.answered.data).toEqual({ L1: 0, L2: 0, LLC: 0, memory: 2 });
    expect(report.answered.table.memory).toBe(1);
  });
});

describe('a report', () => {
  const profile = costProfile('skylake-sp')!;
  const body = 'for i in 0..600 { write(heap + i * 12K % 8M, i) } mprotect(heap, 64K, r) munmap(heap, 1M)';
  const schemes = ['native', 'nested', 'shadow', 'direct', 'tpt'] as const;

  test.each(schemes)('under %s is counts times figures, and nothing else', (paging) => {
    const report = run(body, { paging });
    const { caches, cycles, structureCaches } = profile;
    const latency = { L1: caches.l1.latency, L2: caches.l2.latency, LLC: caches.llc.latency, memory: caches.memory };
    let sum = 0;
    for (const cause of REFERENCE_CAUSES) {
      for (const level of CACHE_LEVELS) sum += report.answered[cause][level] * latency[level];
    }
    sum += report.counters['tlb_l2_hits'] * cycles.tlbL2Hit;
    sum += report.exits.reduce((n, exit) => n + exit.count * cycles.exit, 0);
    sum += report.work.reduce((n, work) => n + work.count * cycles.work[work.kind], 0);
    expect(report.byCause.structure % structureCaches.hit).toBe(0);
    expect(report.cycles).toBe(sum + report.byCause.structure);
    expect(Object.values(report.byCause).reduce((a, b) => a + b)).toBe(report.cycles);
    expect(report.accesses).toBe(600);
    // Tries that faulted were made again, or their store was made by the host.
    const faulted = ['page_faults', 'npfs', 'shadow_misses', 'shadow_writes'].reduce(
      (n, name) => n + report.counters[name],
      0,
    );
    expect(report.counters['accesses']).toBe(report.accesses + report.kernelAccesses + faulted);
    expect(report.exits.reduce((n, exit) => n + exit.count, 0)).toBe(report.counters['vm_exits']);
    expect(report.counters['vm_exits'] === 0).toBe(paging === 'native');
    // The machine's own counters say the same as the meter.
    const tables = report.references.filter((share) => share.cause !== 'tag').reduce((n, share) => n + share.count, 0);
    expect(tables).toBe(report.counters['table_references']);
    expect(count(report, 'tag')).toBe(report.counters['tag_lookups']);
  });

  test('begins anew at measure(), with the caches as they are', () => {
    const report = run(`${WARM} read(heap)`, { paging: 'nested' });
    expect([report.accesses, report.walks, report.cycles]).toEqual([1, 0, 4]);
    expect(report.work).toEqual([]);
  });

  test('there is none without a profile', () => {
    const { program } = compileScenario('vm a { memory 4M } process p in a { }', 'none.tpt');
    expect(new Simulation(program!).costReport(VARIANT)).toBeNull();
  });

  test('costs change nothing but the number of references', () => {
    const contents = (costs: CostProfile | null): unknown => {
      const { program } = compileScenario(
        `machine { memory 64M } vm a { memory 16M }
         process p in a { let h = mmap(64K, rw) for i in 0..16 { write(h + i * 4K, i) }
           fork c { write(h, 9) expect read(h) == 9 } expect read(h) == 0 expect read(h + 60K) == 15 }`,
        'same.tpt',
      );
      const simulation = new Simulation(program!, { costs });
      complete(simulation);
      return [
        simulation.summary().ok,
        simulation.inspect.walk({ vm: 0, pid: 1, gva: '0x7f0000000000', access: 'read', user: true, root: 'active' })
          .outcome,
      ];
    };
    expect(contents(profile)).toEqual(contents(null));
  });
});
