/** Several vCPUs, tasks and processes: shoot-downs, PCIDs, turns, and what a seed decides. */
import { describe, expect, test } from 'vitest';
import { check, complete, start } from './check';
import { inProcess, oneVm } from './vms';

const TWO = { vm: 'vcpus 2' };

describe('TLBs', () => {
  test('a vCPU keeps the translations of a process over a switch, under its PCID', () => {
    check(
      oneVm(`
        process a in web { let p = mmap(4K, rw, 0x20_0000_0000) write(p, 1) signal one wait two
          let misses = counter(tlb_misses) let maps = counter(map_reads)
          expect read(p) == 1 expect counter(tlb_misses) == misses expect counter(map_reads) == maps }
        process b in web { wait one let p = mmap(4K, rw, 0x20_0000_0000) write(p, 2) expect read(p) == 2 signal two }`),
    );
  });

  test('INVLPG is for this vCPU; a system call tells the others too', () => {
    const text = (call: string): string =>
      oneVm(
        `process parent in web on 0 {
           let p = mmap(4K, rw)
           write(p, 1)
           signal one
           ${call}
           signal two
         }
         kernel other in web on 1 { wait one wait two }`,
        TWO,
      );
    check(text('mprotect(p, 4K, r) expect fault page_fault { write(p, 2) }'));
    check(text('munmap(p, 4K) expect fault page_fault { read(p) }'));
  });

  test('a host flush reaches every vCPU of the VM, and no other VM', () => {
    check(
      `machine { memory 64M }
       vm web { memory 16M vcpus 2 }
       vm db { memory 16M }
       process a in web on 0 { let p = mmap(4K, rw) write(p, 1) signal a wait flushed
         let m = counter(tlb_misses) read(p) expect counter(tlb_misses) > m signal next }
       process b in web on 1 { let p = mmap(4K, rw) write(p, 1) signal b wait flushed
         let m = counter(tlb_misses) read(p) expect counter(tlb_misses) > m }
       process c in db { let p = mmap(4K, rw) write(p, 1) signal c wait flushed
         let m = counter(tlb_misses) read(p) expect counter(tlb_misses) == m }
       host { wait a.a wait b.b wait c.c flush(web) signal flushed }`,
    );
  });

  test('INVPCID, and CR3 loads with and without the no-flush bit', () => {
    const missesAfter = (instruction: string): string => `
      kernel { ${instruction} }
      m = counter(tlb_misses)
      read(p)
      missed = counter(tlb_misses) - m`;
    check(
      inProcess(
        `let p = mmap(4K, rw)
         let m = 0
         let missed = 0
         write(p, 1)
         ${missesAfter('invpcid(3)')} expect missed == 1
         ${missesAfter('invpcid(1, 77)')} expect missed == 0
         ${missesAfter('invpcid(1, cr3_of(app) & 0xFFF)')} expect missed == 1
         ${missesAfter('invpcid(0, cr3_of(app) & 0xFFF, p)')} expect missed == 1
         ${missesAfter('load_cr3(cr3_of(app) | 1 << 63)')} expect missed == 0
         ${missesAfter('load_cr3(cr3_of(app))')} expect missed == 1`,
      ),
      { scheme: 'native' },
    );
  });

  test('a TLB without entries misses each time; a tiny one forgets', () => {
    const touch =
      'let p = mmap(64K, rw) touch(p, 64K) let m = counter(tlb_misses) touch(p, 64K) let d = counter(tlb_misses) - m';
    check(inProcess(`${touch} expect d == 16`, { machine: 'tlb none' }));
    check(inProcess(`${touch} expect d == 16`, { machine: 'tlb tiny' }));
    check(inProcess(`${touch} expect d == 0`, { machine: 'tlb skylake-sp' }));
  });
});

describe('turns', () => {
  const printer = (name: string): string => `process ${name} in web { for i in 0..3 { print "${name}{i}" } }`;
  test('in the order of the file, each until it ends', () => {
    check(oneVm(printer('a') + printer('b')), { prints: ['a0', 'a1', 'a2', 'b0', 'b1', 'b2'] });
  });
  test('round-robin counts statements, loops included', () => {
    check(oneVm(`schedule round-robin 2\n${printer('a')}${printer('b')}`), {
      prints: ['a0', 'b0', 'a1', 'a2', 'b1', 'b2'],
    });
  });
  test('round-robin counts statements that are whole operations too', () => {
    const text = (name: string): string =>
      `process ${name} in web { let p = mmap(4K, rw) write(p, 1) print "${name}1" write(p, 2) print "${name}2" }`;
    check(oneVm(`schedule round-robin 3\n${text('a')}${text('b')}`), { prints: ['a1', 'b1', 'a2', 'b2'] });
  });
  test('a child runs before its parent goes on', () => {
    check(
      inProcess(
        `print "parent" fork child { print "child" wait go print "child again" } print "parent again" signal go`,
      ),
      { prints: ['parent', 'child', 'parent again', 'child again'] },
    );
  });
});

describe('seeds', () => {
  const random = inProcess('for i in 0..4 { print "{random(1000000)}" }', { vm: 'backing scattered' });
  test('equal seeds give equal runs, others others', () => {
    const run = (seed: number): string => {
      const simulation = start(random, { seed });
      complete(simulation);
      return JSON.stringify([simulation.summary(), simulation.takeOutput(), simulation.stateHash()]);
    };
    expect(run(5)).toBe(run(5));
    expect(run(5)).not.toBe(run(6));
  });
  test('the seed of a backing decides where frames are', () => {
    const frames = (seed: number): string => {
      const simulation = start(
        inProcess('let p = mmap(4K, rw) write(p, 1) print "{hpa_of(app, p)}"', {
          vm: `backing scattered seed ${seed}`,
        }),
      );
      complete(simulation);
      return simulation.takeOutput()[0].text;
    };
    expect(frames(1)).toBe(frames(1));
    expect(frames(1)).not.toBe(frames(2));
  });
});
