/** Direct paging as a scenario sees it. */
import { describe, expect, test } from 'vitest';
import { checkInvariants } from '../../../simulator/invariants';
import { compileScenario } from '../../../simulator/index';
import { EXIT_REASONS, type ExitReason } from '../../../simulator/costs/causes';
import { assemble } from '../../../simulator/run/assemble';
import type { Executor } from '../../../simulator/run/executor';
import { check, faultsOf, start } from '../scenarios/check';

const direct = (body: string, vm = '', machine = ''): string =>
  `machine { memory 64M ${machine} }
   vm web { memory 16M paging direct ${vm} }
   process app in web { ${body} }`;

const VAULT = `
  vm victim { memory 16M paging direct }
  process vault in victim { let secret = mmap(4K, rw) write(secret, 7) signal ready }`;

/** Runs a scenario to its end; expectations and invariants have to hold. */
function run(text: string): Executor {
  const { program, diagnostics } = compileScenario(text, 'test');
  expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
  const x = assemble(program!, {});
  while (x.run({ mode: 'continue', task: 0, budget: 1e6 }).reason === 'budget');
  expect(x.expectations.results.filter((r) => !r.held)).toEqual([]);
  expect(checkInvariants(x)).toEqual([]);
  return x;
}
const exits = (x: Executor, reason: ExitReason): number =>
  x.vms.reduce((sum, vm) => sum + vm.events.exits[EXIT_REASONS.indexOf(reason)], 0);

describe('costs', () => {
  test('a walk has one reference for each level, and no tag look-up', () => {
    for (const [machine, levels] of [
      ['', 4],
      ['paging 5-level', 5],
    ] as const) {
      const text = direct(
        `let p = mmap(4K, rw) write(p, 1)
         let r = counter(table_references) let n = counter(nested_references) let t = counter(tag_lookups)
         read(p)
         expect counter(table_references) - r == ${levels}
         expect counter(nested_references) == n
         expect counter(tag_lookups) == t`,
        '',
        `${machine} tlb none`,
      );
      run(text);
    }
  });

  test('a first touch: each new table is protected and linked, and one entry is set', () => {
    const x = run(direct('let p = mmap(8K, rw) write(p, 1)'));
    // At the start of the task its root is loaded. Three tables are made read-only, and four entries written.
    expect(exits(x, 'mmuext-op')).toBe(1);
    expect(exits(x, 'update-va-mapping')).toBe(3);
    expect(exits(x, 'mmu-update')).toBe(4);
    expect(exits(x, 'nested-fault') + exits(x, 'tag-violation')).toBe(0);
    const y = run(direct('let p = mmap(8K, rw) write(p, 1) write(p + 4K, 1)'));
    // The tables are there: one entry more.
    expect(exits(y, 'mmu-update')).toBe(5);
    expect(exits(y, 'update-va-mapping')).toBe(3);
  });

  test('faults and system calls enter the host first, and return by a hypercall', () => {
    // mmap, and two faults on first touch: each one in, one out.
    const x = run(direct('let p = mmap(8K, rw) write(p, 1) write(p + 4K, 1) read(p)'));
    expect(exits(x, 'pv-trap')).toBe(6);
    // exit does not return; fork is a system call as others are, and its child is another task.
    expect(exits(run(direct('exit()')), 'pv-trap')).toBe(1);
    expect(exits(run(direct('fork child {}')), 'pv-trap')).toBe(2);
    // A kernel's own page fault that its handler refuses comes the same way; a kernel block is no system call.
    expect(exits(run(direct('kernel { expect fault page_fault { read(0x1000) } }')), 'pv-trap')).toBe(2);
    for (const scheme of ['native', 'nested', 'shadow', 'tpt']) {
      const text = direct('let p = mmap(8K, rw) write(p, 1)').replace('paging direct', `paging ${scheme}`);
      expect(exits(run(text), 'pv-trap')).toBe(0);
    }
  });

  test('many entries are changed with few exits', () => {
    const touch = 'let p = mmap(256K, rw) touch(p, 256K)';
    const before = run(direct(touch));
    const after = run(direct(`${touch} munmap(p, 256K)`));
    // 64 entries, 32 in a batch.
    expect(exits(after, 'mmu-update') - exits(before, 'mmu-update')).toBe(2);
    // A load of the kernel's root, an unpin; the root and three tables become writable in one multicall.
    const ended = run(direct(`${touch} munmap(p, 256K) exit()`));
    expect(exits(ended, 'mmuext-op') - exits(after, 'mmuext-op')).toBe(2);
    expect(exits(ended, 'update-va-mapping') - exits(after, 'update-va-mapping')).toBe(1);
    const forked = run(direct(`${touch} fork child {}`));
    const batches = exits(forked, 'mmu-update') - exits(before, 'mmu-update');
    // 64 entries of the parent, 64 of the child, and three tables of the child.
    expect(batches).toBeGreaterThanOrEqual(5);
    expect(batches).toBeLessThanOrEqual(8);
  });
});

describe('memory', () => {
  test('areas that ask for huge pages get small ones', () => {
    run(
      direct(
        `let p = mmap(4M, rw) madvise(p, 4M, hugepage) write(p + 2M, 5)
         expect gpa_of(app, p + 2M + 4K) == 0
         expect read(p + 2M) == 5
         kernel { expect get_native_pte(p + 2M) >> 12 & 0xFFFF == gpa_of(app, p + 2M) >> 12 }`,
      ),
    );
  });

  test('all of it is backed from the start, contiguous or scattered', () => {
    for (const backing of ['contiguous', 'scattered', 'huge']) {
      run(
        direct(
          `let p = mmap(4K, rw) write(p, 1)
           expect map(web, 4095) != 0
           expect owner(map(web, 4095) << 12) == web
           expect map(web, gpa_of(app, p) >> 12) == frame_of(app, p)
           expect ${backing === 'scattered' ? 'map(web, 4095) - map(web, 0) != 4095' : 'map(web, 4095) - map(web, 0) == 4095'}`,
          `backing ${backing}`,
        ),
      );
    }
  });

  test('a machine that is too small is refused in words', () => {
    const text = 'machine { memory 32M } vm web { memory 32M paging direct } kernel k in web {}';
    expect(() => assemble(compileScenario(text, 'test').program!, {})).toThrow(/all its memory at creation/);
    const small = 'vm web { memory 4M paging direct } kernel k in web {}';
    expect(() => assemble(compileScenario(`machine { memory 8G } ${small}`, 'test').program!, {})).not.toThrow();
    expect(() => assemble(compileScenario(`machine { memory 1T } ${small}`, 'test').program!, {})).toThrow(
      /too little memory for its first tables/,
    );
  });

  test('fork copies on write, and exit gives everything back to its owner', () => {
    const x = run(
      direct(
        `let p = mmap(40K, rw) fill(p, 40K, 3)
         fork child { write(p, 4) expect read(p) == 4 expect read(p + 8K) == 3 exit() }
         expect read(p) == 3 write(p + 8K, 9) expect read(p + 8K) == 9 exit()`,
        'vcpus 2',
      ),
    );
    const { types } = x.vms[0].direct!;
    const root = x.kernels[0].initRoot;
    const pinned = Array.from({ length: x.vms[0].frames }, (_, gfn) => gfn).filter((gfn) =>
      types.isPinned(x.vms[0].direct ? mapOf(x, gfn) : 0),
    );
    // Of all roots there were, the kernel's own is left.
    expect(pinned).toEqual([root]);
  });
});
const mapOf = (x: Executor, gfn: number): number => {
  const page = x.memory.page(x.vms[0].mapFrame + Math.floor(gfn / 512));
  return page[(gfn % 512) * 2];
};

describe('isolation', () => {
  const attack = (statement: string): string => `machine { memory 64M }
    vm web { memory 16M paging direct }
    ${VAULT}
    process attacker in web {
      wait ready
      let page = mmap(4K, rw)
      write(page, 1)
      let entry = (table_frame(attacker, page) << 12) + ((page >> 12) & 511) * 8
      let value = (frame_of(vault, vault.secret) << 12) | 7
      ${statement}
    }`;

  test.each([
    ['set_pte', 'set_pte(page, frame_of(vault, vault.secret), rw)'],
    ['set_pte of an upper level', 'set_pte(page, table_frame(vault, vault.secret), rw, 2)'],
    ['mmu_update', 'expect mmu_update(entry, value) == -1'],
    ['update_va_mapping', 'expect update_va_mapping(page, value) == -1'],
    ['a root', 'load_cr3(cr3_of(vault))'],
    ['mmuext_op new_baseptr', 'expect mmuext_op(5, cr3_of(vault) >> 12) == -1'],
  ])('%s cannot reach another VM', (_, call) => {
    run(
      attack(
        `kernel { expect fault hypercall_failure { ${call} } invlpg(page) }
         expect no fault { expect read(page) == 1 }`,
      ),
    );
  });

  test('the history says which rule was broken', () => {
    const simulation = check(attack('kernel { set_pte(page, frame_of(vault, vault.secret), rw) }'));
    const row = faultsOf(simulation).rows.find((r) => r.kind === 'hypercall_failure');
    expect(row?.why).toMatch(/^mmu_update: frame 0x\w+ belongs to victim$/);
    expect(row?.resolution).toBe('the guest gets -1');
    expect([row?.expectedOwner?.name, row?.foundOwner?.name]).toEqual(['web', 'victim']);
  });

  test('without the check the attack succeeds: nothing else isolates', () => {
    const text = attack(
      `kernel { expect mmu_update(entry, value) without validate == 0 invlpg(page) }
       expect fault breach { expect read(page) == 7 }`,
    );
    check(text, { faults: { page_fault: 2, breach: 1 } });
  });

  test('the guest cannot write its tables, nor the maps', () => {
    run(
      direct(
        `let p = mmap(4K, rw) write(p, 1)
         let table = get_table(p)
         kernel {
           let at = 0xFFFF_8880_0000_0000 + table
           expect no fault { read(at) }
           expect fault page_fault { write(at, 7) }
           expect fault page_fault { write(0xFFFF_C900_0000_0000, 7) }
           expect fault page_fault { write(0xFFFF_8000_0000_0000, 7) }
         }
         expect read(p) == 1
       }
       fn get_table(p) {
         let hfn = table_frame(app, p)
         for gfn in 0..4096 { if map(web, gfn) == hfn { return gfn << 12 } }
       }
       process other in web {`,
      ),
    );
  });

  test('a table cannot be mapped writable, and what is mapped writable cannot become a table', () => {
    run(
      direct(
        `let p = mmap(8K, rw) write(p, 1)
         kernel {
           expect fault hypercall_failure { set_pte(p + 4K, table_frame(app, p), rw) }
           expect fault hypercall_failure { expect mmuext_op(0, frame_of(app, p)) == -22 }
           set_pte(p + 4K, table_frame(app, p), r)
         }
         expect (read(p + 4K) >> 12) & 0xFFFF == frame_of(app, p)
         kernel { set_pte(p + 4K, 0, none) invlpg(p + 4K) }`,
      ),
    );
  });
});

describe('hypercalls that a scenario makes', () => {
  test('pin and unpin, maps and flushes', () => {
    run(
      direct(
        `let p = mmap(8K, rw) write(p, 1) write(p + 4K, 2)
         let entry = (table_frame(app, p) << 12) + ((p >> 12) & 511) * 8
         let mine = host_frame(p)
         kernel {
           expect mmu_update(entry, mine << 12 | 5) == 0
           expect mmuext_op(7, p) == 0
           expect get_pte(p) & 2 == 0
           expect update_va_mapping(p, mine << 12 | 7) == 0
           expect mmuext_op(6) == 0
           expect mmuext_op(10) == 0
           expect mmuext_op(11, p) == 0
           expect mmuext_op(5, cr3_of(app) >> 12) == 0
           expect fault hypercall_failure { expect mmuext_op(4, mine) == -22 }
           expect fault hypercall_failure { expect mmuext_op(9) == -22 }
           expect fault hypercall_failure { expect mmu_update(entry + 4, 0) == -22 }
           expect fault hypercall_failure { expect update_va_mapping(0x1000, 0) == -22 }
           expect fault hypercall_failure { expect hypercall(14) == -38 }
           expect fault hypercall_failure { expect hypercall(15) == -38 }
         }
         write(p, 3)
         expect read(p) == 3
       }
       fn host_frame(p) { return frame_of(app, p) }
       process other in web {`,
      ),
    );
  });

  test('are unknown to other guests', () => {
    check(
      `machine { memory 64M } vm web { memory 16M }
      process app in web { kernel {
        expect fault hypercall_failure { expect mmu_update(0x1000, 0) == -38 }
        expect fault hypercall_failure { expect update_va_mapping(0x1000, 0) == -38 }
        expect fault hypercall_failure { expect mmuext_op(6) == -38 }
      } }`,
    );
  });

  test('TLB instructions are hypercalls', () => {
    const x = run(direct('let p = mmap(4K, rw) write(p, 1) kernel { invpcid(2) invpcid(0, 0, p) invlpg(p) } read(p)'));
    // The three, and the load of the root at the start.
    expect(exits(x, 'mmuext-op')).toBe(4);
  });

  test('the kernel ends a task for whom it was refused a table', () => {
    // The page is free by the kernel's books, but still mapped writable: it cannot become a table.
    const text = direct(
      'let p = mmap(8M, rw) touch(p, 8M) munmap(p, 8M) without clear let q = mmap(12M, rw, 0x10_0000_0000) touch(q, 12M)',
    );
    check(text, { fails: [/the kernel of web was refused a page-table update: .*mapped writable: it cannot become/] });
  });
});

test('a debugger can stand before the check, and see what is asked', () => {
  const simulation = start(direct('let p = mmap(4K, rw) write(p, 1)'));
  simulation.setOperationBreakpoints(['mmu_update']);
  let stop = simulation.run({ mode: 'continue', task: 0, budget: 1e6 });
  expect(stop).toMatchObject({ reason: 'operation', operation: 'mmu_update' });
  const [before] = simulation.stack(0);
  expect(before.name).toMatch(/^update the entry at 0x/);
  const steps: string[] = [];
  for (;;) {
    stop = simulation.run({ mode: 'in', task: 0, budget: 1e6 });
    const [frame] = simulation.stack(0);
    if (stop.reason !== 'step' || !frame.name.startsWith(before.name)) break;
    steps.push(frame.name.slice(before.name.length + 3));
    if (steps.at(-1) !== 'validate') continue;
    const values = Object.fromEntries(frame.values.map((v) => [v.name, v.value]));
    expect(values['entry']).toBe('0x0000000000000000');
    expect(values['newEntry']).toMatch(/^0x0000000000\w{3}027$/);
    expect(values['tableFrame']).toMatch(/: L4 table, 2 type references, 3 in all, pinned$/);
  }
  expect(steps).toEqual(['exit', 'validate', 'apply', 'flush', 'resume']);
});

describe('the host', () => {
  const around = (operation: string): Executor =>
    run(`machine { memory 64M }
      vm web { memory 16M paging direct }
      vm db { memory 16M }
      process app in web { let p = mmap(4K, rw) write(p, 7) signal ready wait done expect no fault { expect read(p) == 7 } }
      host { wait ready
        let gpa = gpa_of(app, app.p) let hpa = hpa_of(app, app.p)
        ${operation}
        expect hpa_of(app, app.p) == hpa expect owner(hpa) == web
        signal done }`);

  test.each([
    ['reclaim', 'reclaim(web, gpa)'],
    ['reclaim of all', 'reclaim(web, 0, 16M)'],
    ['migrate', 'expect migrate(web, gpa) == 0'],
    ['retag', 'retag(hpa, db)'],
    ['back', 'back(web, gpa)'],
  ])('%s changes nothing', (name, operation) => {
    const x = around(operation);
    const said = x.output.filter((o) => o.text.includes('do not move')).length;
    expect(said).toBe(name === 'back' ? 0 : 1);
  });

  test('kills a VM, frames, maps and books included', () => {
    const x = run(`machine { memory 64M }
      vm web { memory 16M paging direct vcpus 2 }
      vm db { memory 16M paging direct }
      process app in web { let p = mmap(40K, rw) fill(p, 40K, 7) signal ready wait never }
      process other in db { let p = mmap(4K, rw) write(p, 1) wait host.done expect read(p) == 1 signal never }
      host { wait app.ready let hpa = hpa_of(app, app.p) kill(web) expect owner(hpa) == host expect host_read(hpa) == 0 signal done }`);
    const { types, reverseMap } = x.vms[0].direct!;
    const left = (x.tags.firstFrame as number) - 1;
    for (let frame = 1; frame <= left; frame++) {
      if (x.tags.ownerOf(frame) === 2) continue;
      expect([types.typeOf(frame), types.referencesOf(frame)]).toEqual([0, 0]);
      expect(x.memory.page(reverseMap.frame + Math.floor(frame / 512))[(frame % 512) * 2]).toBe(0);
    }
  });
});

describe('views', () => {
  test('show both addresses, a one-dimensional walk, and the page type', () => {
    const simulation = check(direct('let p = mmap(8K, rw, 0x10_0000_0000) write(p, 1) write(p + 4K, 2)'));
    const space = { vm: 0, pid: 1 };
    const page = simulation.inspect.translations({
      ...space,
      root: 'native',
      mode: 'pages',
      filter: '',
      expanded: [],
      kernelHalf: false,
      offset: 0,
      limit: 10,
    });
    expect(page.rows.map((r) => [r.gva, r.owner?.name, r.wrong])).toEqual([
      ['0x0000001000000000', 'web', []],
      ['0x0000001000001000', 'web', []],
    ]);
    const [row] = page.rows;
    expect(row.gpa).not.toBe(row.hpa);
    const walk = simulation.inspect.walk({ ...space, gva: row.gva, access: 'read', user: true, root: 'active' });
    expect(walk.steps.map((s) => [s.kind, s.level])).toEqual([4, 3, 2, 1].map((level) => ['entry', level]));
    expect(walk.outcome).toMatchObject({ kind: 'ok', hpa: row.hpa });
    const frame = simulation.inspect.frame(Number(BigInt(row.hpa!) >> 12n));
    expect(frame.useText).toMatch(/data of a guest; page type: writable, 2 type references, 2 in all/);
    expect(frame.backs?.gpa).toBe(row.gpa);
    expect(frame.mappers.map((m) => m.gva)).toEqual([row.gva]);
    const table = simulation.inspect.frame(Number(BigInt(walk.steps[3].address) >> 12n));
    expect(table.useText).toMatch(/paging structure of a guest; page type: L1 table, 1 type references, 2 in all/);
  });

  test('evaluate memory and entries', () => {
    const simulation = check(direct('let p = mmap(4K, rw, 0x10_0000_0000) write(p, 77)'));
    expect(simulation.evaluate('*p', 0, 0)).toMatchObject({ ok: true, value: '77' });
    const bits = (text: string): bigint => {
      const value = simulation.evaluate(text, 0, 0);
      return value.ok ? BigInt(value.value) : -1n;
    };
    expect(bits('(pte(p) >> 12) & 0xFFFFFF')).toBe(bits('frame_of(app, p)'));
    expect(bits('hpa_of(p)')).toBe(bits('frame_of(p)') << 12n);
    expect(bits('map(gpa_of(p) >> 12)')).toBe(bits('frame_of(p)'));
    expect(bits('gpa_of(p)')).not.toBe(bits('hpa_of(p)'));
  });
});
