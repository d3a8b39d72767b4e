import { expect, test } from 'vitest';
import { compileScenario, Simulation } from '../../../simulator/index';

test('the present access is the last one begun, also where the TLB answers', () => {
  const { program } = compileScenario(
    `
vm web { memory 16M }
process app in web {
  let heap = mmap(16K, rw)
  write(heap, 1)
  write(heap + 4K, 2)
  expect read(heap) == 1
  write(heap + 4K, 3)
}`,
    'present.tpt',
  );
  const simulation = new Simulation(program!);
  const seen: unknown[] = [];
  for (let i = 0; i < 5; i++) {
    simulation.run({ mode: 'continue', task: 0, budget: 1 });
    const { present } = simulation.inspect.summary(0);
    seen.push(present && [present.gva.slice(-4), present.access]);
  }
  expect(seen).toEqual([null, ['0000', 'write'], ['1000', 'write'], ['0000', 'read'], ['1000', 'write']]);
});
