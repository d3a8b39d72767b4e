/** Host operations, whole and with each step left out: what follows is the bug that the missing step stands for. */
import { describe, expect, test } from 'vitest';
import { check, faultsOf, type Expected } from './check';
import { oneVm } from './vms';

/** `app` stores 7, the host does something, `app` goes on with `after`. */
function around(operation: string, after: string, expected: Expected = {}, vm = ''): ReturnType<typeof check> {
  const text = oneVm(
    `vm other { memory 16M }
     process app in web {
       let heap = mmap(8K, rw)
       write(heap, 7)
       signal ready
       wait done
       ${after}
     }
     host {
       wait ready
       let gpa = gpa_of(app, app.heap)
       let gfn = gpa >> 12
       let hpa = hpa_of(app, app.heap)
       ${operation}
       expect gfn + hpa + gpa > 0
       signal done
     }`,
    { vm },
  );
  return check(text, expected);
}
const READ = 'expect read(heap) == 7';
const DEAD = /app runs to its end/;

describe('migrate', () => {
  test('whole: resolved by one violation, and the old frame is clean', () => {
    around(
      `let to = migrate(web, gpa)
       expect map(web, gfn) == to
       expect owner(to << 12) == web
       expect owner(hpa) == host`,
      `${READ} write(heap, 8) expect read(heap) == 8`,
      { faults: { page_fault: 1, npf: 7, tag_violation: 1 } },
    );
  });

  test('under nested there is nothing to resolve', () => {
    around('migrate(web, gpa)', `expect no fault { ${READ} }`, { scheme: 'nested' });
  });

  test.each([
    // The entries are overwritten by the later steps: the order matters to a guest that runs meanwhile, and none does.
    ['unmap-nested', READ, { tag_violation: 1 }, []],
    ['clear-map', READ, { tag_violation: 1 }, []],
    ['free', READ, { tag_violation: 1 }, []],
    // The old frame is reached through the TLB.
    ['flush', READ, { breach: 1 }, []],
    ['copy', 'expect read(heap) == 0', { tag_violation: 1 }, []],
    // The stale entry still works, on the old frame; the kernel that derives it again walks into the host's bug.
    ['retag', READ, {}, []],
    ['retag', 'kernel { remirror(heap, 4K) } read(heap)', { tag_violation: 8, livelock: 1 }, [DEAD]],
    // The next nested access finds nothing, and the host backs the page anew: empty.
    ['map-nested', READ, { tag_violation: 1 }, []],
    ['map-nested', `write(heap + 8, 5) fork c {} write(heap, 8) expect read(heap + 8) == 0`, { tag_violation: 1 }, []],
    ['set-map', READ, { tag_violation: 1 }, []],
  ])('without %s: %s', (step, after, faults, fails) => {
    const simulation = around(`migrate(web, gpa) without ${step}`, after, { fails });
    const { page_fault: _, npf: __, ...rest } = faultsOf(simulation).counts;
    expect(rest).toEqual(faults);
  });

  test('refuses what cannot be moved, and puts everything back', () => {
    around(
      `let taken = hpa_of(app, app.heap) >> 12
       migrate(web, gpa, taken)`,
      '',
      { fails: [/host runs to its end .*is not free/, /every task ends/], deadlock: /app waits/ },
    );
    around('migrate(web, 12M)', '', { fails: [/is not backed/, /every task ends/], deadlock: /app waits/ });
    around('migrate(web, 16M)', '', { fails: [/is not memory of web/, /every task ends/], deadlock: /app waits/ });
  });
});

describe('reclaim', () => {
  test('whole: the page comes back with what it held', () => {
    around(
      'reclaim(web, gpa) expect map(web, gfn) == 0 expect owner(hpa) == host expect host_read(hpa) == 0',
      `${READ} expect owner(hpa_of(app, heap)) == web`,
      { faults: { page_fault: 1, npf: 7, tag_violation: 1 } },
    );
  });

  test.each([
    // The map still gives the frame, so the guest derives the same entry for ever.
    ['clear-map', READ, { tag_violation: 8, livelock: 1 }, [DEAD]],
    ['flush', 'expect read(heap) == 0', { breach: 1 }, []],
    ['save', 'expect read(heap) == 0', { tag_violation: 1 }, []],
    // The frame is free, and still the VM's by its tag: nothing stops the stale entry.
    ['retag', 'expect read(heap) == 0', {}, []],
    ['free', READ, { tag_violation: 1 }, []],
  ])('without %s', (step, after, faults, fails) => {
    const simulation = around(`reclaim(web, gpa) without ${step}`, after, { fails });
    const { page_fault: _, npf: __, ...rest } = faultsOf(simulation).counts;
    expect(rest).toEqual(faults);
  });

  test('of every page of a VM, tables and kernel included, loses nothing', () => {
    for (const profile of ['hardware', 'prototype']) {
      for (const scheme of ['tpt', 'nested', 'shadow'] as const) {
        around(
          'reclaim(web, 0, 16M)',
          `${READ} write(heap + 4K, 9) ${READ} expect read(heap + 4K) == 9`,
          { scheme },
          `profile ${profile}`,
        );
      }
    }
  });
});

describe('retag', () => {
  test('whole: the old owner gets its page back elsewhere', () => {
    around('retag(hpa, other) expect owner(hpa) == other', READ, {
      faults: { page_fault: 1, npf: 7, tag_violation: 1 },
    });
  });
  test.each([
    ['clear-map', READ, { tag_violation: 8, livelock: 1 }, [DEAD]],
    ['flush', READ, { breach: 1 }, []],
    ['tag', READ, {}, []],
  ])('without %s', (step, after, faults, fails) => {
    const simulation = around(`retag(hpa, other) without ${step}`, after, { fails });
    const { page_fault: _, npf: __, ...rest } = faultsOf(simulation).counts;
    expect(rest).toEqual(faults);
  });
});

describe('kill', () => {
  const dead = { fails: [] };
  test('takes every frame, and the tasks with them', () => {
    const simulation = around('kill(web) expect map(web, gfn) == 0 expect owner(hpa) == host', 'expect 1 == 2', dead);
    expect(simulation.tasks().map((t) => t.state)).toEqual(['killed', 'ended']);
    const { legend } = simulation.inspect.frames({ first: 0, framesPerCell: 512, cells: 1 });
    expect(legend.map((l) => [l.owner.name, l.frames > 0])).not.toContainEqual(['web', true]);
  });
  test.each(['stop', 'unmap-nested', 'clear-map', 'flush', 'retag', 'free'])('without %s ends all the same', (step) => {
    const simulation = around(`kill(web) without ${step}`, '', {});
    expect(simulation.tasks().every((t) => t.state !== 'ready')).toBe(true);
  });
  test('twice, and of a VM that is not there any more', () => {
    around('kill(web) kill(web) reclaim(web, gpa) flush(web) back(web, gpa)', '', dead);
  });
});

test('back fills what the guest has not touched, and each step shows', () => {
  const back = (skip: string, after: string): void =>
    void check(oneVm(`host { back(web, 8M, 8K) ${skip} let hpa = map(web, 2049) << 12 ${after} }`));
  back('', 'expect hpa != 0 expect owner(hpa) == web');
  back('without retag', 'expect hpa != 0 expect owner(hpa) == host');
  back('without set-map', 'expect hpa == 0');
  back('without map-nested', 'expect hpa != 0 expect owner(hpa) == web');
});

test('what a native machine has no host for is refused by name', () => {
  for (const call of ['migrate(web, 8M)', 'reclaim(web, 8M)', 'back(web, 8M)', 'set_map(web, 8M, 1)']) {
    check(oneVm(`host { ${call} }`), { scheme: 'native', fails: [/web runs natively|is not memory of web/] });
  }
});
