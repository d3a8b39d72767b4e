/** A process that ends gives back all that it had. */
import { describe, expect, test } from 'vitest';
import { checkInvariants } from '../../simulator/invariants';
import { compileScenario, type Scheme } from '../../simulator/index';
import { assemble } from '../../simulator/run/assemble';
import { inProcess, oneVm } from '../unit/scenarios/vms';

/** Guest frames that are free when the scenario is over, having checked the machine as a whole. */
function freeAfter(text: string, scheme: Scheme): number {
  const executor = assemble(compileScenario(text, 'test').program!, { scheme });
  while (executor.run({ mode: 'continue', task: 0, budget: 1e7 }).reason === 'budget');
  expect(executor.expectations.results.filter((r) => !r.held)).toEqual([]);
  expect(checkInvariants(executor)).toEqual([]);
  return executor.kernels[0].frames.free;
}

describe.each(['native', 'nested', 'shadow', 'direct', 'tpt'] as const)('exit under %s gives back', (scheme) => {
  const nothing = freeAfter(oneVm('kernel idle in web {}'), scheme);
  test.each([
    ['nothing but the tables', 'exit()'],
    ['pages', 'let a = mmap(4M, rw) fill(a, 40K, 1) touch(a + 2M, 80K) exit()'],
    [
      'huge pages, whole and split',
      'let a = mmap(6M, rw) madvise(a, 6M, hugepage) touch(a, 6M) munmap(a + 8K, 4K) mprotect(a + 3M, 4K, r) exit()',
    ],
    ['hidden pages', 'let a = mmap(4M, rw) madvise(a, 4M, hugepage) touch(a, 4M) mprotect(a, 4M, none) exit()'],
    [
      'what it shares, when both are gone',
      'let a = mmap(4M, rw) madvise(a, 2M, hugepage) touch(a, 2M) fork c { write(a, 1) exit() } write(a + 4K, 1) exit()',
    ],
    [
      'areas far apart',
      'let a = mmap(4K, rw, 0x1000) let b = mmap(4K, rw, 0x7000_0000_0000) write(a, 1) write(b, 1) exit()',
    ],
  ])('%s', (_, body) => expect(freeAfter(inProcess(body), scheme)).toBe(nothing));

  test('scattered or huge backing makes no difference', () => {
    for (const backing of ['scattered', 'huge']) {
      const vm = `backing ${backing}`;
      const body = 'let a = mmap(4M, rw) madvise(a, 4M, hugepage) touch(a, 4M) munmap(a, 8K) exit()';
      expect(freeAfter(inProcess(body, { vm }), scheme)).toBe(nothing);
    }
  });
});

test('a forked child whose step is left out has nothing of its parent’s', () => {
  for (const step of ['areas', 'tables', 'copy']) {
    const text = inProcess(
      `let a = mmap(4K, rw) write(a, 1) fork c without ${step} { exit() } expect read(a) == 1 exit()`,
    );
    const executor = assemble(compileScenario(text, 'test').program!, {});
    while (executor.run({ mode: 'continue', task: 0, budget: 1e7 }).reason === 'budget');
    expect(executor.expectations.ok).toBe(true);
  }
});
