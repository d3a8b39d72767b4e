/** What cannot go on stops clearly, at a line; nothing hangs and nothing throws. */
import { describe, expect, test } from 'vitest';
import { check, complete, start } from './check';
import { inProcess, oneVm } from './vms';

describe('runs without an end', () => {
  test('an endless loop meets the step limit, at its line', () => {
    check(`vm web {}\nprocess app in web {\n  let i = 1\n  while i {\n    i = i + 1\n  }\n}`, {
      stepLimit: 10_000,
      limit: { line: 5, text: /10000 steps/ },
    });
  });
  test('a loop without a statement is a statement all the same', () => {
    check('vm web {}\nprocess app in web {\n  while true {}\n}', {
      stepLimit: 1000,
      limit: { line: 3, text: /1000 steps/ },
    });
  });
  test('endless recursion stops where it calls itself', () => {
    check('vm web {}\nfn f(n) {\n  return f(n + 1)\n}\nprocess app in web {\n  f(0)\n}', {
      limit: { line: 3, text: /f calls itself more than/ },
    });
  });
  test('tasks that wait for each other are a deadlock, with who waits for what', () => {
    check(oneVm(`process a in web { wait b.y signal x } process b in web { wait a.x signal y }`), {
      deadlock: /a waits for b.y; b waits for a.x/,
      fails: [/every task ends/],
    });
  });
  test('who has stopped stays stopped', () => {
    const simulation = start('vm web {}\nprocess app in web {\n  while true {}\n}', { stepLimit: 10 });
    expect(complete(simulation)).toEqual(complete(simulation));
    expect(simulation.summary().ok).toBe(false);
  });
});

describe('sizes', () => {
  test('10^12 bytes are an area like any other, until they are touched', () => {
    check(
      inProcess(
        'let a = mmap(1_000_000_000_000, rw) write(a + 900_000_000_000, 1) munmap(a, 1_000_000_000_000) expect fault page_fault { read(a) }',
      ),
    );
  });
  test('what the user half cannot hold is refused', () => {
    check(inProcess('let size = 200 << 40\n mmap(size, rw)'), { fails: [/app runs to its end .*user half/] });
    check(inProcess('let size = 0\n mmap(size, rw)'), { fails: [/app runs to its end .*empty/] });
    check(inProcess('let size = -1\n mmap(size, rw)'), { fails: [/app runs to its end/] });
  });
  test('ranges of system calls may be absurd', () => {
    check(inProcess('let a = mmap(8K, rw) write(a, 1) let n = -1 munmap(a, n) expect fault page_fault { read(a) }'));
    check(
      inProcess(
        'let a = mmap(8K, rw) write(a, 1) let n = 1 << 60 mprotect(a, n, r) expect fault page_fault { write(a, 1) }',
      ),
    );
    check(inProcess('let a = mmap(8K, rw) write(a, 1) let n = 1 << 60 madvise(a, n, dontneed) expect read(a) == 0'));
  });
  test('a walk over far too much stops at the first page that is not there', () => {
    check(inProcess('let a = mmap(8K, rw) let n = 1 << 60 touch(a, n)'), { fails: [/no area of the process/] });
    check(inProcess('let a = mmap(8K, rw) let n = 1 << 60 fill(a, n, 1)'), { fails: [/no area of the process/] });
    check(inProcess('let a = mmap(8K, rw) write(a, 1) let n = 1 << 60 kernel { remirror(a, n) } expect read(a) == 1'));
  });
});

describe('memory that runs out', () => {
  const fill = 'let a = mmap(64M, rw) touch(a, 64M)';
  test('of the guest: the task that asks for more ends, others go on', () => {
    const text = `machine { memory 256M }
      vm web { memory 8M }
      process hog in web { ${fill} }
      process small in web { print "still here" }`;
    for (const scheme of ['native', 'nested', 'shadow', 'direct', 'tpt'] as const) {
      check(text, { scheme, fails: [/hog runs to its end .*the guest has no free frame/], prints: ['still here'] });
    }
  });
  test('of the guest: a fork without room leaves nothing behind', () => {
    // 8 MiB hold 2048 frames: some for the kernel, the rest for data, and no root for the child.
    check(
      `machine { memory 64M }
       vm web { memory 8M }
       process app in web {
         let a = mmap(8M, rw)
         let i = 0
         while counter(page_faults) < 2009 { write(a + i * 4K, i) i = i + 1 }
         fork child { print "never" }
       }`,
      { fails: [/app runs to its end .*no memory for page tables/] },
    );
  });
  test('of the host: back says so, and so does a touch', () => {
    // The guests’ memory fits the machine, but the machine’s own tables need room too.
    const text = `machine { memory 8M }
      vm web { memory 8M }
      process hog in web { let a = mmap(8M, rw) touch(a, 8M) }`;
    check(text, {
      scheme: 'tpt',
      fails: [/hog runs to its end .*(host is out of memory|no free frame|could not reach)/],
    });
    check(text.replace('process hog in web { let a = mmap(8M, rw) touch(a, 8M) }', 'host { back(web, 0, 8M) }'), {
      fails: [/host runs to its end .*the host has no free frame/],
    });
  });
  test('of the machine, before anything runs: an error in words', () => {
    expect(() => start('machine { memory 2M } vm a { memory 4M } process p in a {}')).toThrow();
  });
});

describe('bad arguments', () => {
  test.each([
    ['read(a, 3)', /1, 2, 4 or 8 bytes/],
    ['kernel { set_pte(a, 1, rw, level) }', /level 9/],
    ['let z = 0 let q = 1 / z', /division by zero/],
  ])('%s', (call, why) => {
    check(inProcess(`let a = mmap(4K, rw) let level = 9 write(a, level) let w = 3 ${call.replace('3)', 'w)')}`), {
      fails: [why],
    });
  });
  test.each(['owner(x)', 'map(web, x)', 'host_read(x)', 'host_write(x, 1)', 'psmash(x)', 'random(x)'])(
    '%s takes any number',
    (call) => void check(oneVm(`host { let x = -1 ${call} x = 1 << 52 ${call} x = 0 ${call} }`)),
  );
  test.each([
    'retag(x, web)',
    'back(web, x)',
    'back(web, 0, x)',
    'reclaim(web, x)',
    'migrate(web, x)',
    'set_map(web, x, 1)',
  ])(
    '%s refuses what is no memory',
    (call) => void check(oneVm(`host { let x = 1 << 52 ${call} }`), { fails: [/host runs to its end/] }),
  );
});
