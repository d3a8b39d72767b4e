import { describe, expect, test } from 'vitest';
import type { Edit, Simulation } from '../../../simulator/index';
import { complete, faultsOf, start } from '../scenarios/check';
import { HEAP, SCENARIO, at, printed, walk, heapFrame, refusal, text } from './support';

describe('the next flush is dropped', () => {
  const unmap = (text: string): string => SCENARIO.replace('print "here"', text);

  test.each(['tpt', 'nested', 'native', 'shadow', 'direct'] as const)("a guest's own, under %s", (scheme) => {
    const scenario = unmap('munmap(heap, 4K)');
    // Without the injection the page is gone: the next write ends the process.
    const honest = at(8, scenario, { scheme });
    complete(honest);
    expect(honest.summary().ok).toBe(false);
    const run = at(8, scenario, { scheme });
    expect(text(run.edit({ kind: 'drop-flush', vm: 0 }))).toBe('the next TLB flush for web will be dropped');
    expect(refusal(run, { kind: 'drop-flush', vm: 0 })).toBe('the next flush for web is to be dropped already');
    complete(run);
    expect(run.summary().ok).toBe(true);
    const held = run.tlb(0).flatMap(({ children }) => children ?? []);
    // Under shadow paging INVLPG is what drops the shadow entry: the table says it still.
    expect(held.some(({ value }) => value.includes('stale'))).toBe(scheme !== 'shadow');
  });

  test("the host's: a frame that it takes is still reached", () => {
    const host = `${SCENARIO.replace('print "here"', 'signal ready\n  wait taken')}
host {
  wait app.ready
  retag(hpa_of(app, app.heap), evil)
  signal taken
}`;
    const kinds = (run: Simulation): string[] => {
      complete(run);
      return faultsOf(run).rows.map(({ kind }) => kind);
    };
    expect(kinds(at(8, host))).not.toContain('breach');
    const run = at(8, host);
    run.edit({ kind: 'drop-flush', vm: 0 });
    expect(kinds(run)).toContain('breach');
  });

  test('is a state of the machine, and gone when it was used', () => {
    const run = at(8, unmap('munmap(heap, 4K)'));
    const before = run.stateHash();
    run.edit({ kind: 'drop-flush', vm: 1 });
    expect(run.stateHash()).not.toBe(before);
    expect(refusal(run, { kind: 'drop-flush', vm: 9 })).toContain('there is no VM 9');
  });
});

describe('a spurious fault', () => {
  test.each(['tpt', 'nested', 'native', 'shadow', 'direct'] as const)(
    'is fixed and tried again, under %s',
    (scheme) => {
      const run = at(9, SCENARIO, { scheme });
      const before = faultsOf(run).total;
      expect(text(run.edit({ kind: 'spurious-fault', vm: 0 }))).toBe(
        'the next access of web that its tables allow will take a spurious #PF',
      );
      expect(refusal(run, { kind: 'spurious-fault', vm: 0 })).toBe('a spurious fault is waiting for web already');
      complete(run);
      const { rows, total } = faultsOf(run);
      const fresh = rows.slice(0, total - before).reverse();
      expect(fresh[0]).toMatchObject({
        kind: 'page_fault',
        line: 9,
        gva: '0x0000000070000000',
        why: 'spurious: delivered by hand, though the tables allow the access',
        resolution:
          scheme === 'tpt' ? 'the TPT entry was derived again from the map' : 'spurious: the tables allow it by now',
      });
      expect(fresh.filter(({ kind }) => kind === 'page_fault')).toHaveLength(1);
      expect(printed(run)).toEqual(['here', '5 2']);
      expect(run.summary().ok).toBe(true);
    },
  );

  test('waits while the tables do not allow the access, and is the same when stepped', () => {
    const first = at(6);
    first.edit({ kind: 'spurious-fault', vm: 0 });
    complete(first);
    const faults = faultsOf(first).rows.filter(({ kind, line }) => kind === 'page_fault' && line === 6);
    expect(faults.map(({ why }) => why).reverse()).toEqual([
      'user write, page not present',
      'spurious: delivered by hand, though the tables allow the access',
    ]);
    const stepped = at(6);
    stepped.edit({ kind: 'spurious-fault', vm: 0 });
    while (stepped.run({ mode: 'in', task: 0, budget: 100 }).reason !== 'ended');
    expect(stepped.summary()).toEqual(first.summary());
    expect(stepped.stateHash()).toBe(first.stateHash());
  });

  test('a killed VM takes none', () => {
    const run = start('vm web { memory 16M }\nhost {\n  kill(web)\n}');
    complete(run);
    expect(refusal(run, { kind: 'spurious-fault', vm: 0 })).toContain('web is killed');
    expect(refusal(run, { kind: 'spurious-fault', vm: 4 })).toContain('there is no VM 4');
  });
});

test('a TLB entry is evicted', () => {
  const run = at(9);
  const evict = (gva: string, pid = 1): Edit => ({ kind: 'evict', vm: 0, pid, gva });
  expect(walk(run).tlb).not.toBeNull();
  expect(text(run.edit(evict(HEAP)))).toBe('translation of 0x0000000070000000 of web ▸ app evicted: 2 TLB entries');
  expect(walk(run).tlb).toBeNull();
  expect(refusal(run, evict(HEAP))).toBe(
    'no TLB of web holds a translation of 0x0000000070000000 for app: nothing was evicted',
  );
  expect(refusal(run, evict('heap'))).toContain('"heap" is not a gVA');
  expect(refusal(run, evict('0x8000000000000000'))).toContain('is not canonical under 4-level paging');
  expect(refusal(run, evict(HEAP, 7))).toBe('web has no process with pid 7');
  const misses = run.summary().counters['walks'];
  complete(run);
  expect(run.summary().counters['walks']).toBeGreaterThan(misses);
});

test('a frame is taken away: the host has it, and nobody was told', () => {
  const run = at(9);
  const frame = heapFrame(run);
  expect(text(run.edit({ kind: 'take-frame', frame }))).toBe(
    'frame 0x20c taken from web: tagged for the host and cleared; tables, map and TLBs still name it',
  );
  const detail = run.inspect.frame(frame);
  expect([detail.owner.name, detail.use]).toEqual(['host', 'host']);
  expect(detail.mappers.map(({ table }) => table)).toEqual(expect.arrayContaining(['tpt', 'native', 'nested']));
  expect([...run.readMemory(`hpa:0x20c000`, 0, 8)!]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  expect(run.evaluate('map(web, 0xc)', 0, 0)).toMatchObject({ value: '0x20c' });
  expect(refusal(run, { kind: 'take-frame', frame })).toBe(
    'frame 0x20c belongs to the host already: pick a frame of a VM',
  );
  expect(refusal(run, { kind: 'take-frame', frame: -1 })).toContain('there is no frame -1');
  complete(run);
  // It gets in through the TLB entry from before.
  expect(faultsOf(run).rows.map(({ kind, line }) => [kind, line])).toContainEqual(['breach', 9]);
  const native = at(9, SCENARIO, { scheme: 'native' });
  expect(refusal(native, { kind: 'take-frame', frame: heapFrame(native) })).toContain('web runs natively');
});
