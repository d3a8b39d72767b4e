/** Edits by hand, and the way back and forth over them. More runs: TPT_RUNS=200 npx vitest run --project property test/property/edits-travel */
import { expect, test } from 'vitest';
import { type RunMode, Simulation } from '../../simulator/index';
import { EDITS, go, goToTick, SCHEMES, stateOf } from './driving';
import { forPrograms } from './programs';

test.each(SCHEMES)('what comes after an edit comes again, and undoing brings the old future back, under %s', (scheme) =>
  forPrograms(2, { host: true, statements: 5 }, (program) => {
    const run = new Simulation(program, { scheme, record: { interval: 30 } });
    on(run, 'continue');
    const end = stateOf(run);
    const lastTick = run.tick;
    for (const [i, share] of [0, 0.3, 0.5, 0.8, 1].entries()) {
      // Also in the middle of operations and of switches of processes, and at the end.
      goToTick(run, Math.floor(lastTick * share));
      for (let n = 0; n < i * 3 && share < 1; n++) on(run, 'in');
      const place = stateOf(run);
      // Two edits at one place; one that is refused changes nothing.
      const made = [EDITS[i], EDITS[i + 1]].filter((edit) => run.edit(edit).ok).length;
      const edited = stateOf(run);
      if (made === 0) expect(edited).toEqual(place);
      const home = run.tick;
      for (let n = 0; n < 12; n++) on(run, 'in');
      on(run, 'continue');
      const otherEnd = stateOf(run);
      if (made === 0) expect(otherEnd).toEqual(end);
      for (const tick of [0, home, Math.floor(home / 2)]) {
        goToTick(run, tick);
        on(run, 'continue');
        expect(stateOf(run)).toEqual(otherEnd);
      }
      for (let n = 0; n < made; n++) expect(run.undoEdit()).toMatchObject({ ok: true });
      expect(run.undoEdit()).toMatchObject({ ok: false });
      if (made > 0) expect(stateOf(run)).toEqual(place);
      on(run, 'continue');
      expect(stateOf(run)).toEqual(end);
    }
  }),
);

/** Lets a task that can go on do so. */
function on(run: Simulation, mode: RunMode): void {
  go(run, mode, run.tasks().find(({ state }) => state === 'ready')?.id ?? 0);
}
