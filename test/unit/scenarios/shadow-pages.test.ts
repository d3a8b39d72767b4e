/** Shadow paging: what becomes of the host's tables, and what a debugger sees of them. */
import { describe, expect, test } from 'vitest';
import { Use } from '../../../simulator/host/frames';
import type { RunMode } from '../../../simulator/index';
import { check, start } from './check';
import { exitsOf, run, SHADOW } from './shadow-vm';
import { inProcess, oneVm } from './vms';

describe('the host', () => {
  test('moves and takes any frame: leaves and tables of shadow pages go, and come again', () => {
    const { x } = run(
      `machine { memory 64M }
       vm web { memory 4M vcpus 2 }
       process a in web {
         let p = mmap(64K, rw) fill(p, 64K, 5)
         signal filled wait taken
         expect read(p) == 5 write(p, 6) signal again wait moved
         expect read(p) == 6 expect read(p + 60K) == 5
       }
       kernel other in web on 1 { wait taken read(0xFFFF_8880_0000_1000) wait moved read(0xFFFF_8880_0000_1000) }
       host {
         wait filled reclaim(web, 0, 4M) signal taken wait again
         for gfn in 0..1024 { if map(web, gfn) != 0 { migrate(web, gfn << 12) } }
         signal moved
       }`,
      { every: 100 },
    );
    expect(x.vms[0].counters.get('breaches')).toBe(0);
  });

  test('flushes too late or never: an old translation is caught in the act', () => {
    const text = (without: string): string => `
      machine { memory 64M }
      vm web { memory 8M }
      process a in web { let p = mmap(4K, rw) write(p, 5) signal filled wait moved read(p) }
      host { wait filled migrate(web, gpa_of(a, a.p)) ${without} signal moved }`;
    expect(check(text(''), SHADOW).summary().counters['breaches']).toBe(0);
    expect(check(text('without flush'), SHADOW).summary().counters['breaches']).toBe(1);
    expect(check(text('without unmap-nested, flush, copy'), SHADOW).summary().counters['breaches']).toBe(1);
  });

  test('ends a VM with all of its shadow pages', () => {
    const { x, shadow } = run(`
      machine { memory 64M }
      vm web { memory 8M }
      process a in web { let p = mmap(64K, rw) fill(p, 64K, 5) signal filled wait killed }
      host { wait filled kill(web) signal killed }`);
    expect(x.vms[0].killed).toBe(true);
    expect(shadow.pages.count).toBe(0);
  });
});

describe('roots and pages', () => {
  test('a root is cached for each CR3: going back and forth derives nothing again', () => {
    const { shadow } = run(
      oneVm(`
        schedule round-robin 1
        process a in web { let p = mmap(4K, rw) write(p, 1)
          for i in 0..4 { expect read(p) == 1 } signal warm wait b.warm
          let m = counter(shadow_misses)
          for i in 0..8 { expect read(p) == 1 }
          expect counter(shadow_misses) == m }
        process b in web { let p = mmap(4K, rw) write(p, 2)
          for i in 0..4 { expect read(p) == 2 } signal warm wait a.warm
          for i in 0..8 { expect read(p) == 2 } }`),
    );
    // The kernel's own, and one for each process.
    expect([...shadow.pages.all].filter((page) => page.level === 4)).toHaveLength(3);
  });

  test('there are never more than their limit; the oldest go, and come again', () => {
    // Each area has a PD and a PT of its own.
    const ran = run(
      inProcess(`
        let base = 0x10_0000_0000
        for i in 0..60 { let p = mmap(4K, rw, base + i * 1G) write(p, i) }
        for i in 0..60 { expect read(base + i * 1G) == i }`),
      { every: 7 },
    );
    expect(ran.shadow.pages.limit).toBe(82);
    expect(ran.shadow.pages.count).toBeLessThanOrEqual(82);
    expect(ran.shadow.pages.count).toBeGreaterThan(70);
    const inUse = [...Array(ran.x.host.frames.end).keys()].filter((f) => ran.x.host.frames.useOf(f) === Use.Shadow);
    // And the empty table.
    expect(inUse).toHaveLength(ran.shadow.pages.count + 1);
  });

  test('two vCPUs share them: what one does to a table reaches the other’s TLB', () => {
    run(
      oneVm(
        `process a in web on 0 {
           let p = mmap(8K, rw)
           write(p, 1)
           signal up
           wait k.read
           // A store to the PD, emulated. No INVLPG: the host itself flushes what it takes away.
           let pd = 0
           kernel { pd = get_native_pte(p, 2) set_native_pte(p, 0, none, 2) }
           signal cleared
           wait k.faulted
           kernel { set_native_pte(p, pd >> 12, rw, 2) }
           expect read(p) == 1
         }
         kernel k in web on 1 {
           wait a.up
           load_cr3(cr3_of(a))
           expect read(a.p) == 1
           let misses = counter(tlb_misses)
           expect read(a.p) == 1
           expect counter(tlb_misses) == misses
           signal read
           wait a.cleared
           expect fault page_fault { read(a.p) }
           signal faulted
         }`,
        { vm: 'vcpus 2' },
      ),
      { honest: false },
    );
  });

  test('fork and copy-on-write: neither sees the other’s stores', () => {
    const ran = run(
      inProcess(`
        let p = mmap(64K, rw)
        fill(p, 64K, 1)
        fork child {
          expect read(p) == 1
          write(p, 2)
          expect read(p) == 2
          expect read(p + 4K) == 1
          signal wrote
          wait app.wrote
          expect read(p + 8K) == 1
          exit()
        }
        wait child.wrote
        expect read(p) == 1
        write(p + 8K, 3)
        expect read(p + 8K) == 3
        signal wrote`),
    );
    // Sixteen entries are write-protected with one exit: their table is out of sync by then.
    expect(exitsOf(ran)['shadow-write']).toBeLessThan(16);
  });
});

describe('guest pages of 2 MiB', () => {
  const text = (vm: string): string =>
    inProcess(
      `let p = mmap(2M, rw, 0x20_0000_0000)
       madvise(p, 2M, hugepage)
       for i in 0..512 { write(p + i * 4K, i) }
       for i in 0..512 { expect read(p + i * 4K) == i }`,
      { vm },
    );
  /** Page sizes of the process's shadow entries. */
  const sizes = (simulation: ReturnType<typeof check>): Record<string, number> => {
    const query = { vm: 0, pid: 1, mode: 'pages', filter: '', expanded: [], kernelHalf: false, offset: 0 } as const;
    const { rows, wrong } = simulation.inspect.translations({ ...query, root: 'shadow', limit: 1000 });
    expect(wrong).toBe(0);
    return Object.fromEntries(['4K', '2M'].map((size) => [size, rows.filter((r) => r.pageSize === size).length]));
  };
  test.each([
    ['in parts where the host has them scattered', 'backing scattered', { '4K': 512, '2M': 0 }],
    ['whole where the host has 2 MiB', 'backing huge', { '4K': 0, '2M': 1 }],
    ['whole where 512 frames happen to be in a row', 'backing contiguous', { '4K': 0, '2M': 1 }],
  ])('are mapped %s', (_, vm, expected) => {
    expect(sizes(check(text(vm), SHADOW))).toEqual(expected);
    run(text(vm), { every: 97 });
  });

  test('and in parts again, when the host takes one of the 512', () => {
    const simulation = check(
      `machine { memory 64M }
       vm web { memory 16M backing huge }
       process a in web {
         let p = mmap(2M, rw, 0x20_0000_0000) madvise(p, 2M, hugepage) fill(p, 2M, 3)
         signal filled wait moved
         for i in 0..512 { expect read(p + i * 4K) == 3 write(p + i * 4K, 4) }
       }
       host { wait filled migrate(web, gpa_of(a, a.p) + 8K) signal moved }`,
      SHADOW,
    );
    expect(sizes(simulation)).toEqual({ '4K': 512, '2M': 0 });
  });

  test.each(['scattered', 'huge'])('one of 1 GiB is mapped in parts too, with backing %s', (backing) => {
    const ran = run(
      inProcess(
        `let p = mmap(4K, rw, 0x10_0000_0000)
         let q = mmap(4K, rw, 0x20_0000_0000)
         write(p, 6)
         write(q, 7)
         kernel {
           // P, R/W, U/S and PS in the PDPT entry of p: its GiB is all of guest memory.
           write(0xFFFF_8880_0000_0000 + (get_native_pte(p, 4) & 0xFF_FFFF_F000) + 64 * 8, 0x87)
           invlpg(p)
         }
         expect read(p + gpa_of(app, q)) == 7
         write(p + gpa_of(app, q), 8)
         expect read(q) == 8
         // A table of the guest is no more to be written here than elsewhere.
         let pt = 0
         kernel { pt = get_native_pte(q, 2) & 0xFF_FFFF_F000 }
         let writes = counter(shadow_writes)
         write(p + pt + 8, 0)
         expect counter(shadow_writes) == writes + 1
         expect fault gp { read(p + 64M) }`,
        { vm: `backing ${backing}` },
      ),
      { honest: false },
    );
    expect([...ran.shadow.pages.all].filter((page) => page.direct && page.level === 2)).toHaveLength(1);
  });
});

describe('a debugger', () => {
  test('can stand in each step of a hidden fault, and at its filters', () => {
    const simulation = start(inProcess('let p = mmap(4K, rw) write(p, 1)'), SHADOW);
    simulation.setOperationBreakpoints(['shadow_fault']);
    simulation.setExceptionFilters(['shadow_write']);
    const seen: string[] = [];
    const steps = new Set<string>();
    for (let task = 0, mode: RunMode = 'continue'; ;) {
      const stop = simulation.run({ mode, task, budget: 100_000 });
      if (stop.reason === 'ended') break;
      if (stop.reason === 'operation' || stop.reason === 'exception') seen.push(stop.reason);
      if ('task' in stop) ({ task } = stop);
      for (const { name } of simulation.stack(task))
        if (name.startsWith('look into the page fault')) steps.add(name.split(' · ')[1] ?? '');
      mode = 'in';
    }
    expect(new Set(seen)).toEqual(new Set(['operation', 'exception']));
    expect([...steps].filter((s) => s !== '').sort()).toEqual(
      ['back', 'emulate', 'exit', 'fill', 'reflect', 'resume', 'walk-guest'].sort(),
    );
    expect(simulation.registers(0).map((r) => r.name)).toContain('guest CR3');
  });

  test('sees shadow and native tables side by side, and whose frames they are in', () => {
    const simulation = check(inProcess('let p = mmap(12K, rw) write(p, 1) read(p + 4K) munmap(p + 8K, 4K)'), SHADOW);
    const [{ processes }] = simulation.inspect.summary(null).vms;
    expect(processes[0].roots.map((r) => r.kind)).toEqual(['shadow', 'native']);
    const root = Number(BigInt(processes[0].roots[0].hpa) >> 12n);
    expect(simulation.inspect.frame(root)).toMatchObject({ use: 'shadow-table', owner: { asid: 0 } });
    const query = { vm: 0, pid: 1, mode: 'pages', filter: '', expanded: [], kernelHalf: false, offset: 0 } as const;
    const { rows } = simulation.inspect.translations({ ...query, root: 'both', limit: 10 });
    expect(rows.map((r) => [r.perm.text, r.other?.perm.text, r.agreement?.state])).toEqual([
      ['rw-u', 'rw-u', 'same'],
      // Clean: the first store is still to come to the host.
      ['r--u', 'rw-u', 'same'],
    ]);
    const [row] = rows;
    expect(row.hpa).toBe(row.other?.hpa);
    const mappers = simulation.inspect.frame(Number(BigInt(row.hpa!) >> 12n)).mappers;
    expect(mappers.map((m) => m.table)).toEqual(['shadow', 'native', 'nested']);
    expect([...simulation.readMemory('gva:0:1:0x00007f0000000000', 0, 2)!]).toEqual([1, 0]);
  });

  test('sees what has not been derived yet', () => {
    const simulation = check(
      `machine { memory 64M }
       vm web { memory 8M }
       process a in web { let p = mmap(4K, rw) write(p, 5) signal filled wait moved }
       host { wait filled migrate(web, gpa_of(a, a.p)) signal moved }`,
      SHADOW,
    );
    const at = { vm: 0, pid: 1, gva: '0x7f0000000000' } as const;
    const { outcome } = simulation.inspect.walk({ ...at, access: 'read', user: true, root: 'active' });
    expect(outcome).toMatchObject({ kind: 'fault', fault: 'shadow miss' });
    expect(
      simulation.inspect.walk({ ...at, gva: '0x1000', access: 'read', user: true, root: 'active' }).outcome,
    ).toMatchObject({ kind: 'fault', fault: '#PF' });
    expect([...simulation.readMemory('gva:0:1:0x00007f0000000000', 0, 1)!]).toEqual([5]);
  });
});
