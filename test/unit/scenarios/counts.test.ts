/** What an access costs: references, exits and faults, counted by hand from the structure of the tables. */
import { describe, expect, test } from 'vitest';
import { check } from './check';

/** References of one load that misses every TLB, in user mode, after the page was touched. */
function references(machine: string, vm: string, advice = ''): Record<string, string> {
  const simulation = check(`
    machine { memory 64M tlb none ${machine} }
    vm web { memory 16M ${vm} }
    process app in web {
      let heap = mmap(2M, rw, 0x20_0000_0000)
      ${advice}
      write(heap, 1)
      let all = counter(table_references)
      let nested = counter(nested_references)
      let tags = counter(tag_lookups)
      read(heap)
      print "{counter(table_references) - all} {counter(nested_references) - nested} {counter(tag_lookups) - tags}"
    }`);
  const [all = '', nested = '', tags = ''] = simulation.takeOutput()[0].text.split(' ');
  return { all, nested, tags };
}

describe('references of a walk', () => {
  const huge = 'madvise(heap, 2M, hugepage)';
  test.each([
    // One reference for each level; without a VM nobody looks at tags.
    ['native, 4 levels', 'tags asid', 'paging native', '', { all: '4', nested: '0', tags: '0' }],
    ['native, 5 levels', 'paging 5-level', 'paging native', '', { all: '5', nested: '0', tags: '0' }],
    ['native, 2 MiB', '', 'paging native', huge, { all: '3', nested: '0', tags: '0' }],
    // The same under TPT, and a look-up for each table and for the page.
    ['tpt, 4 levels', '', 'paging tpt', '', { all: '4', nested: '0', tags: '5' }],
    ['tpt, 5 levels', 'paging 5-level', 'paging tpt', '', { all: '5', nested: '0', tags: '6' }],
    ['tpt, 2 MiB', '', 'paging tpt', huge, { all: '3', nested: '0', tags: '4' }],
    // A look-up with each reference, of the frame that its entry names: the root's was when CR3 was loaded.
    ['tpt, a look-up per reference', 'lookup per-reference', 'paging tpt', '', { all: '4', nested: '0', tags: '4' }],
    [
      'tpt, 5 levels per reference',
      'paging 5-level lookup per-reference',
      'paging tpt',
      '',
      { all: '5', nested: '0', tags: '5' },
    ],
    ['tpt, 2 MiB per reference', 'lookup per-reference', 'paging tpt', huge, { all: '3', nested: '0', tags: '3' }],
    ['tpt, tags off', 'tags off', 'paging tpt', '', { all: '4', nested: '0', tags: '0' }],
    // Under shadow paging as native, whatever the guest has the host map in parts.
    ['shadow, 4 levels', '', 'paging shadow', '', { all: '4', nested: '0', tags: '0' }],
    ['shadow, 5 levels', 'paging 5-level', 'paging shadow', '', { all: '5', nested: '0', tags: '0' }],
    ['shadow, 2 MiB in both', '', 'paging shadow backing huge', huge, { all: '3', nested: '0', tags: '0' }],
    ['shadow, 2 MiB scattered', '', 'paging shadow backing scattered', huge, { all: '4', nested: '0', tags: '0' }],
    // g guest levels, each found through h nested ones, and the page too: g(h + 1) + h.
    ['nested, 4 on 4', '', 'paging nested', '', { all: '24', nested: '20', tags: '5' }],
    ['nested, 4 on 5', '', 'paging nested nested 5-level', '', { all: '29', nested: '25', tags: '5' }],
    ['nested, 5 on 4', 'paging 5-level', 'paging nested nested 4-level', '', { all: '29', nested: '24', tags: '6' }],
    ['nested, 5 on 5', 'paging 5-level', 'paging nested', '', { all: '35', nested: '30', tags: '6' }],
    // Guest tables lie in 2 MiB of host memory too: 3 nested references each.
    ['nested, 2 MiB in both', '', 'paging nested backing huge', huge, { all: '15', nested: '12', tags: '4' }],
    ['nested, 2 MiB in the guest', '', 'paging nested', huge, { all: '19', nested: '16', tags: '4' }],
    [
      'nested, 2 MiB in both, 5 on 5',
      'paging 5-level',
      'paging nested backing huge',
      huge,
      { all: '24', nested: '20', tags: '5' },
    ],
    [
      'nested, 2 MiB in both, 4 on 5',
      '',
      'paging nested nested 5-level backing huge',
      huge,
      { all: '19', nested: '16', tags: '4' },
    ],
    [
      'nested, 2 MiB in both, 5 on 4',
      'paging 5-level',
      'paging nested nested 4-level backing huge',
      huge,
      { all: '19', nested: '15', tags: '5' },
    ],
    ['nested, 2 MiB in the host', '', 'paging nested backing huge', '', { all: '19', nested: '15', tags: '5' }],
  ])('%s', (_, machine, vm, advice, expected) => expect(references(machine, vm, advice)).toEqual(expected));
});

describe('first touch', () => {
  const touch = (vm: string): string => `
    machine { memory 64M }
    vm web { memory 16M ${vm} }
    process app in web {
      let heap = mmap(4K, rw)
      let npfs = counter(npfs)
      let exits = counter(vm_exits)
      let calls = counter(hypercalls)
      write(heap, 1)
      print "{counter(page_faults)} #PF, {counter(npfs) - npfs} NPF, {counter(vm_exits) - exits} exits, {counter(hypercalls) - calls} calls"
      write(heap + 8, 2)
      expect counter(page_faults) == 1
    }`;
  test.each([
    ['native', 'paging native', '1 #PF, 0 NPF, 0 exits, 0 calls'],
    // Three tables and the page are new to the host.
    ['nested', 'paging nested', '1 #PF, 4 NPF, 4 exits, 0 calls'],
    // The #PF itself exits; each table and the page once more, where the kernel writes them and where the task does; and
    // the entry of the root that links the first table is a store to a table. No table was in use when it was filled.
    ['shadow', 'paging shadow', '1 #PF, 0 NPF, 8 exits, 0 calls'],
    // Each table has a mirror beside it.
    ['tpt', 'paging tpt', '1 #PF, 7 NPF, 7 exits, 0 calls'],
    // Whole 2 MiB were backed when the kernel booted.
    ['tpt, huge backing', 'paging tpt backing huge', '1 #PF, 0 NPF, 0 exits, 0 calls'],
    // Leave (14) when the fault enters the kernel, and enter (13) when it returns: an exit each.
    ['tpt, prototype', 'paging tpt profile prototype', '1 #PF, 7 NPF, 9 exits, 2 calls'],
  ])('%s', (_, vm, printed) => void check(touch(vm), { prints: [printed] }));
});

describe('the prototype profile', () => {
  test('crosses into the kernel with a hypercall each way', () => {
    check(
      `machine { memory 64M }
       vm web { memory 16M profile prototype }
       process app in web {
         let before = counter(hypercalls)
         let heap = mmap(8K, rw)
         expect counter(hypercalls) - before == 2
         kernel { invlpg(heap) }
         expect counter(hypercalls) - before == 4
         write(heap, 1)
         expect counter(hypercalls) - before == 6
         write(heap, 2)
         expect counter(hypercalls) - before == 6
         expect counter(tag_violations) == 0
       }`,
    );
  });

  test('says what is wrong with a hypercall', () => {
    check(
      `machine { memory 64M }
       vm web { memory 16M profile prototype }
       vm plain { memory 16M paging nested }
       process app in web {
         kernel {
           expect hypercall(15) == 0
           expect fault hypercall_failure { expect hypercall(99) == -38 }
           expect fault hypercall_failure { expect hypercall(13, 0x2000) == -22 }
           expect fault hypercall_failure { expect hypercall(13, 0xFF_FFF0_1000) == -14 }
           expect hypercall(14) == 0
         }
         let heap = mmap(4K, rw)
         write(heap, 7)
         expect read(heap) == 7
       }
       process other in plain {
         kernel { expect fault hypercall_failure { expect hypercall(15) == -38 } }
       }`,
    );
  });

  test('the hardware profile needs no hypercall at all', () => {
    check(
      `machine { memory 64M }
       vm web { memory 16M }
       process app in web { let heap = mmap(64K, rw) touch(heap, 64K) munmap(heap, 64K) }`,
      { counters: { hypercalls: 0 } },
    );
  });
});
