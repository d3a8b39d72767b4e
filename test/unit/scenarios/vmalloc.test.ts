import { describe, expect, test } from 'vitest';
import { checkInvariants } from '../../../simulator/invariants';
import { compileScenario } from '../../../simulator/index';
import { assemble } from '../../../simulator/run/assemble';
import { check, faultsOf } from './check';
import { inProcess, oneVm } from './vms';

const ALL = ['tpt', 'native', 'nested', 'shadow', 'direct'] as const;
const LEVELS = ['4-level', '5-level'] as const;

/** A mapping made after two processes were, used on the roots of both, and of one that is forked later. */
const USE = `
  process other in web {
    wait app.mapped
    kernel {
      expect read(app.buffer) == 7
      load_cr3(cr3_of(other))
      write(app.buffer + 8K, 8)
    }
  }
  process app in web {
    let buffer = 0
    kernel {
      buffer = vmalloc(12K)
      write(buffer, 7)
      load_cr3(cr3_of(app))
      expect read(buffer) == 7
    }
    signal mapped
    fork child {
      kernel { load_cr3(cr3_of(child)) expect read(buffer) == 7 write(buffer, 7) }
    }
    expect fault page_fault { read(buffer) }
  }`;

describe.each(ALL)('vmalloc under %s', (scheme) => {
  test.each(LEVELS)('is there on every root, %s, and for the kernel alone', (levels) => {
    check(oneVm(USE, { machine: `paging ${levels}` }), { scheme });
  });

  test('leaves the books of the guest in order', () => {
    const x = assemble(compileScenario(oneVm(USE), 'test').program!, { scheme });
    while (x.run({ mode: 'continue', task: 0, budget: 1_000_000 }).reason === 'budget');
    expect(checkInvariants(x)).toEqual([]);
  });

  test('a guest without memory for it says so', () => {
    check(inProcess('kernel { vmalloc(64M) }'), { scheme, fails: [/app runs to its end .*no memory for it/] });
  });
});

test.each(['prototype', 'hardware'])(
  '%s: a kernel page that the host moved comes back, and its tables too',
  (profile) => {
    const simulation = check(
      oneVm(
        `process app in web {
         let buffer = 0
         kernel { buffer = vmalloc(4K) write(buffer, 7) }
         signal mapped
         wait mover.moved
         kernel { load_cr3(cr3_of(app)) expect read(buffer) == 7 }
       }
       host mover {
         wait mapped
         for gfn in 0..64 { if map(web, gfn) != 0 { migrate(web, gfn << 12) } }
         signal moved
       }`,
        { vm: `profile ${profile}` },
      ),
    );
    expect(faultsOf(simulation).rows.map((r) => r.resolution)).toContainEqual(
      expect.stringMatching(/gfn .* was moved or taken/),
    );
  },
);

test('without mirror the mapping is missing on TPT roots, and nowhere else', () => {
  const text = inProcess(`
    kernel {
      let buffer = vmalloc(4K) without mirror
      write(buffer, 7)
      expect read(buffer) == 7
      load_cr3(cr3_of(app))
      expect fault page_fault at buffer { read(buffer) }
    }`);
  const simulation = check(text);
  const denied = faultsOf(simulation).rows.filter((r) => r.resolution === 'refused: a kernel address');
  expect(denied).toHaveLength(1);
  for (const scheme of ALL.slice(1)) check(text, { scheme, fails: [/fault page_fault at buffer/] });
});
