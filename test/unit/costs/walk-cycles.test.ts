import { describe, expect, test } from 'vitest';
import { costProfile, type RunOptions, type Scheme } from '../../../simulator/index';
import { complete, start } from '../scenarios/check';

/** Pages far apart, so that walks read lines that are cold, warm and shared. */
const TEXT = `
machine { memory 64M tlb none }
vm web { memory 16M }
vm other { memory 16M }
process idle in web { }
process app in other {
  let a = mmap(4M, rw, 0x10_0000_0000)
  let b = mmap(4M, rw, 0x20_0000_0000)
  touch(a, 64K)
  touch(b, 64K)
  read(a + 8K)
  read(b + 60K)
  read(a + 8K)
}`;
/** What is read, in order. */
const ADDRESSES = ['0x1000002000', '0x200000f000', '0x1000002000'];
const lookAt = (gva: string) => ({ vm: 1, pid: 1, gva, access: 'read', user: true, root: 'active' }) as const;
const VARIANT = { name: '', tptProfile: 'hardware', backing: null, page: '4K' } as const;

describe.each<[Scheme, RunOptions]>([
  ['native', {}],
  ['nested', {}],
  ['shadow', {}],
  ['direct', {}],
  ['tpt', { tags: 'asid' }],
  ['tpt', { tags: 'rmp', lookup: 'per-reference' }],
  ['tpt', { tags: 'rmp', dataCaches: false }],
])('a walk answer under %s, %o', (scheme, options) => {
  test('says what the walk then costs, reference by reference', () => {
    const simulation = start(TEXT, {
      scheme,
      costs: costProfile('skylake-sp'),
      structureCaches: false,
      tlb: [],
      ...options,
    });
    const first = TEXT.split('\n').findIndex((line) => line.includes('read('));
    simulation.setBreakpoints([simulation.statementAtLine(first)]);
    const spent = (): number => {
      const { byCause } = simulation.costReport({ ...VARIANT, scheme, tags: 'off', lookup: 'per-frame' })!;
      return byCause.table + byCause.nested + byCause.tag;
    };
    let stop = simulation.run({ mode: 'continue', task: 0, budget: 1e6 });
    expect(stop.reason).toBe('breakpoint');
    const said = ADDRESSES.map((gva) => {
      const walk = simulation.inspect.walk(lookAt(gva));
      expect(walk.outcome.kind).toBe('ok');
      expect(walk.steps.every((step) => step.cycles! > 0)).toBe(true);
      const before = spent();
      stop = simulation.run({ mode: 'over', task: 'task' in stop ? stop.task : 0, budget: 1e6 });
      expect(walk.cycles).toBe(spent() - before);
      expect(walk.cycles).toBe(walk.steps.reduce((sum, step) => sum + step.cycles!, 0));
      return walk.cycles!;
    });
    // The third read finds the lines of the first in the caches, if there are any.
    const references = simulation.inspect.walk(lookAt(ADDRESSES[0])).steps.length;
    const { caches } = costProfile('skylake-sp')!;
    if (options.dataCaches === false) expect(said[2]).toBe(references * caches.memory);
    else expect(said[2]).toBeLessThan(references * caches.l2.latency);
  });
});

test('without a cost profile nothing is said of cycles', () => {
  const simulation = start(TEXT, { scheme: 'nested' });
  complete(simulation);
  const walk = simulation.inspect.walk({
    vm: 1,
    pid: 1,
    gva: ADDRESSES[0],
    access: 'read',
    user: true,
    root: 'active',
  });
  expect(walk.outcome.kind).toBe('ok');
  expect([walk.cycles, ...walk.steps.map((step) => step.cycles)].every((cycles) => cycles === undefined)).toBe(true);
});
