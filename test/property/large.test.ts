import { expect, test } from 'vitest';
import { compileScenario, Simulation } from '../../simulator/index';

const SCENARIO = `
machine { memory 1T }
vm big { memory 64G }
vm small { memory 32M backing scattered }
process p in big {
  let heap = mmap(1M, rw)
  write(heap, 1)
}
process q in small {
  let heap = mmap(1M, rw)
  write(heap, 1)
}`;

/** A machine of the largest size, run to its end. */
function largest(): Simulation {
  const { program } = compileScenario(SCENARIO, 'large.tpt');
  if (program === null) throw new Error('the scenario has errors');
  const machine = new Simulation(program);
  while (machine.run({ mode: 'continue', task: 0, budget: 1000 }).reason === 'budget');
  return machine;
}

test('a machine of 1 TiB boots, runs, and every frame of it is accounted for at each zoom', () => {
  const { inspect } = largest();
  for (const framesPerCell of [1, 512, 262144] as const) {
    const page = inspect.frames({ first: 0, framesPerCell, cells: 1024 });
    const owned = page.legend.reduce((sum, { frames }) => sum + frames, 0);
    expect(owned + page.free).toBe(2 ** 28);
    for (const { shares } of page.cells) {
      expect((shares ?? [{ frames: framesPerCell }]).reduce((sum, { frames }) => sum + frames, 0)).toBe(framesPerCell);
    }
  }
});

test('blocks say what their frames say one by one', () => {
  const { inspect } = largest();
  const block = inspect.frames({ first: 0, framesPerCell: 512, cells: 1 }).cells[0];
  const singles = inspect.frames({ first: 0, framesPerCell: 1, cells: 512 }).cells;
  const count = (asid: number, free: boolean): number =>
    singles.filter((cell) => (cell.use === 'free') === free && (free || cell.asid === asid)).length;
  for (const { asid, frames } of block.shares ?? []) expect(frames).toBe(count(asid, asid === -1));
});
