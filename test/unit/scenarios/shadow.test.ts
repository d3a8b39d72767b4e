/** Shadow paging: what exits, what is hidden from the guest, and what its stores to tables come to. */
import { describe, expect, test } from 'vitest';
import { drain } from '../../../simulator/history/journal';
import { checkInvariants } from '../../../simulator/invariants';
import { check, faultsOf } from './check';
import { exitsOf, run, SHADOW, workOf } from './shadow-vm';
import { inProcess, oneVm } from './vms';

describe('faults', () => {
  test('the guest’s own are reflected, with its error code; others are hidden', () => {
    const simulation = check(
      inProcess(`
        let heap = mmap(8K, r)
        expect fault page_fault at heap { write(heap, 1) }
        expect read(heap) == 0
        expect fault page_fault at heap { write(heap, 1) }`),
      SHADOW,
    );
    const rows = faultsOf(simulation).rows.filter((r) => r.gva === '0x00007f0000000000');
    expect(rows.map((r) => [r.kind, r.access, r.errorCode, r.resolution.split(':')[0]]).reverse()).toEqual([
      ['page_fault', 'write', '0x6', 'refused'],
      ['page_fault', 'read', '0x4', 'first touch'],
      ['shadow_miss', 'read', '0x4', 'entry derived'],
      // Present and read-only in the guest's own table: a shadow entry would not say so if there were none.
      ['page_fault', 'write', '0x7', 'refused'],
    ]);
  });

  test('a reflected fault shows the guest’s walk, a hidden one the shadow walk', () => {
    const simulation = check(inProcess('let p = mmap(4K, rw) write(p, 1) read(p)'), SHADOW);
    const rows = faultsOf(simulation).rows.filter((r) => r.gva === '0x00007f0000000000');
    const walks = rows.map((r) => simulation.inspect.fault(r.id)!.walk!);
    expect(walks.map((w) => [w.rootName, w.outcome.kind === 'fault' ? w.outcome.fault : ''])).toEqual([
      ['root', 'shadow miss'],
      ['native root (gPA)', '#PF'],
    ]);
    const present = simulation.inspect.walk({
      ...{ vm: 0, pid: 1, gva: '0x7f0000000000', access: 'write', user: true, root: 'active' },
    });
    expect([present.rootName, present.outcome.kind, present.steps.length]).toEqual(['shadow root', 'ok', 4]);
  });

  test('expect no fault does not count what is hidden', () => {
    check(
      inProcess('let p = mmap(8K, rw) write(p, 1) munmap(p + 4K, 4K) kernel { invlpg(p) } expect no fault { read(p) }'),
      SHADOW,
    );
    check(
      inProcess('let p = mmap(4K, rw) touch(p, 4K) expect no fault { write(p, 1) } expect counter(shadow_misses) > 0'),
      SHADOW,
    );
  });

  test('a page that the guest maps outside its memory is #GP', () => {
    check(
      inProcess(`
        let p = mmap(4K, rw)
        write(p, 1)
        kernel { set_native_pte(p, 0x10_0000, rw) invlpg(p) }
        expect fault gp at p { read(p) }
        kernel { set_native_pte(p, 0x10_0000, rw, 2) }
        expect fault gp at p { read(p) }`),
      SHADOW,
    );
  });
});

describe('accessed and dirty', () => {
  test('the first store to a clean page comes to the host, which sets the guest’s D', () => {
    run(
      inProcess(`
        let p = mmap(4K, rw)
        let entry = 0
        read(p)
        kernel { entry = get_native_pte(p) }
        expect entry & 0x60 == 0x20
        let misses = counter(shadow_misses)
        write(p, 1)
        expect counter(shadow_misses) == misses + 1
        kernel { entry = get_native_pte(p) }
        expect entry & 0x60 == 0x60
        misses = counter(shadow_misses)
        write(p, 2)
        write(p + 8, 3)
        expect counter(shadow_misses) == misses`),
    );
  });
});

describe('stores to guest tables', () => {
  test('an upper one is emulated each time, and zapped when three come in a row', () => {
    // Three areas 1 GiB apart: three PDPT entries for tables that are new.
    const text = (areas: number, between: string): string =>
      inProcess(`
        let a = mmap(4K, rw, 0x10_0000_0000)
        let b = mmap(4K, rw, 0x10_4000_0000)
        let c = mmap(4K, rw, 0x10_8000_0000)
        let d = mmap(4K, rw, 0x10_C000_0000)
        write(a, 1)
        ${['b', 'c', 'd']
          .slice(0, areas)
          .map((n, i) => `write(${n}, ${i + 2}) ${between}`)
          .join('\n')}
        expect read(a) == 1 expect read(b) == ${areas > 0 ? 2 : 0}`);
    const used = run(text(3, ''));
    // Each store is followed by the access that uses it, so none is taken for a flood.
    expect(workOf(used, 'shadow-emulate')).toBeGreaterThanOrEqual(3);
    expect(exitsOf(used)['shadow-write']).toBeGreaterThanOrEqual(3);
  });

  test('three stores to an upper table without a walk through it: its shadow page goes', () => {
    const simulation = check(
      inProcess(`
        let p = mmap(4K, rw)
        write(p, 7)
        kernel {
          let pd = get_native_pte(p, 2)
          set_native_pte(p + 2M, pd >> 12, rw, 2)
          set_native_pte(p + 4M, pd >> 12, rw, 2)
          set_native_pte(p + 6M, pd >> 12, rw, 2)
          set_native_pte(p + 8M, pd >> 12, rw, 2)
          expect get_native_pte(p + 8M, 2) >> 12 == pd >> 12
        }
        expect read(p) == 7
        expect read(p + 2M) == 7
        expect read(p + 8M) == 7`),
      SHADOW,
    );
    const writes = faultsOf(simulation)
      .rows.filter((r) => r.kind === 'shadow_write')
      .reverse();
    expect(writes.map((r) => r.resolution.replace(/.*(emulated|3 stores in a row|table of level 1).*/, '$1'))).toEqual([
      // The new page's first table is linked by a store to the root.
      'emulated',
      'emulated',
      'emulated',
      '3 stores in a row',
    ]);
  });

  test('one of level 1 is left to the guest, and compared at INVLPG', () => {
    const ran = run(
      inProcess(`
        let p = mmap(8K, rw)
        write(p, 1)
        write(p + 4K, 2)
        let gfn = gpa_of(app, p + 4K) >> 12
        kernel {
          set_native_pte(p, gfn, r)
          let writes = counter(shadow_writes)
          set_native_pte(p, gfn, rw)
          expect counter(shadow_writes) == writes
          // Nothing has told the host: the shadow entry is old, as a TLB's would be.
          expect read(p) == 1
          invlpg(p)
          expect read(p) == 2
          expect counter(shadow_writes) == writes
        }`),
      { honest: false },
    );
    expect(exitsOf(ran)).toMatchObject({ invlpg: 1 });
    // One entry at INVLPG; both of the table when CR3 is loaded on the way out of the kernel.
    expect(workOf(ran, 'shadow-resync')).toBe(3);
  });

  test('and all of it at a CR3 load, which protects it again', () => {
    const { shadow } = run(
      inProcess(`
        let p = mmap(8K, rw)
        write(p, 1)
        write(p + 4K, 2)
        let gfn = gpa_of(app, p + 4K) >> 12
        kernel { set_native_pte(p, gfn, rw) load_cr3(cr3_of(app)) }
        expect read(p) == 2
        let writes = counter(shadow_writes)
        kernel { set_native_pte(p, gfn, r) }
        expect counter(shadow_writes) == writes + 1
        kernel { invpcid(3) }
        expect fault page_fault { write(p, 1) }
        kernel { set_native_pte(p, gfn, rw) invpcid(1, cr3_of(app) & 0xFFF) }
        write(p, 3)`),
      { honest: false },
    );
    expect([...shadow.pages.unsync]).toHaveLength(0);
  });

  test('and when it is linked again, since for that a guest needs no INVLPG', () => {
    run(
      inProcess(`
        let p = mmap(8K, rw, 0x10_0000_0000)
        write(p, 1)
        write(p + 4K, 2)
        kernel {
          let pd = get_native_pte(p, 2)
          let pt = 0xFFFF_8880_0000_0000 + (pd & 0xFF_FFFF_F000)
          write(pt, read(pt))
          set_native_pte(p, 0, none, 2)
          write(pt, read(pt + 8))
          set_native_pte(p, pd >> 12, rw, 2)
          expect read(p) == 2
        }`),
      { honest: false },
    );
  });

  test('one of a whole page to a table that the store itself needs is emulated, for ever', () => {
    const { x, shadow } = run(oneVm('kernel k in web {}'));
    const [kernel] = x.kernels;
    const [cpu] = kernel.vm.vcpus;
    // The PD of the direct map, through the direct map.
    const gfn = 3;
    drain(kernel.memory.loadEntry(cpu, gfn, 0));
    expect(shadow.pages.of(gfn).map((page) => page.level)).toEqual([2]);
    for (let i = 0; i < 5; i++) {
      drain(kernel.memory.copy(cpu, gfn, gfn));
      expect(checkInvariants(x)).toEqual([]);
    }
    expect(x.journal.faults.counts).toMatchObject({ shadow_write: 5 });
    expect(x.journal.faults.counts['livelock']).toBeUndefined();
    // What was derived from it is derived again.
    drain(kernel.memory.loadEntry(cpu, gfn, 0));
    expect(kernel.memory.lo & 1).toBe(1);
  });

  test('a store over the end of a table hits both that it touches', () => {
    // A PD and the PT after it: 8 bytes across their border, through the direct map.
    check(
      inProcess(`
        let p = mmap(4K, rw, 0x10_0000_0000)
        let q = mmap(4K, rw, 0x10_3FE0_0000)
        write(p, 7)
        write(q, 8)
        let at = 0
        let was = 0
        kernel {
          let pd = get_native_pte(p, 3) & 0xFF_FFFF_F000
          expect get_native_pte(p, 2) & 0xFF_FFFF_F000 == pd + 4K
          at = 0xFFFF_8880_0000_0000 + pd + 4092
          was = read(at)
          // The high half of the last PD entry, and the low half of the first PT entry: not present any more.
          write(at, (was & 0xFFFF_FFFE_FFFF_FFFF) | 0x100)
          invlpg(p)
        }
        expect fault gp at q { read(q) }
        kernel { write(at, was) invlpg(p) }
        expect read(p) == 7
        expect read(q) == 8`),
      SHADOW,
    );
  });

  test('a table that becomes data is a table no more', () => {
    run(
      oneVm(`
        process a in web { let p = mmap(64K, rw) fill(p, 64K, 1) exit() }
        process b in web { let p = mmap(1M, rw) fill(p, 1M, 2) expect read(p + 1020K) == 2 }`),
    );
  });
});
