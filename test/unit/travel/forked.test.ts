import { expect, test } from 'vitest';
import type { RunMode, Simulation } from '../../../simulator/index';
import { start } from '../scenarios/check';

test('a step back in a forked task finds its statements, though the way there begins before the fork', () => {
  const child =
    'fork kid {\n  write(page, 2)\n  write(page, 3)\n  write(page, 4)\n  write(page, 5)\n  write(page, 6)\n}';
  const run = start(`vm web { memory 16M }\nprocess a in web {\n  let page = mmap(4K, rw)\n${child}\n}`, {
    record: {},
  });
  // Before the child's second store.
  run.setBreakpoints([run.statementAtLine(4)]);
  go(run, 'continue', 0);
  const kid = 1;
  const place = [run.statements, run.stateHash()];
  go(run, 'over', kid);
  go(run, 'back-over', kid);
  expect([run.statements, run.stateHash()]).toEqual(place);
});

function go(run: Simulation, mode: RunMode, task: number): void {
  run.markStop();
  while (run.run({ mode, task, budget: 1_000 }).reason === 'budget');
}
