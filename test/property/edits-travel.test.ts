/** Edits by hand, and the way back and forth over them. More runs: TPT_RUNS=200 npx vitest run --project property test/property/edits-travel */
import { expect, test } from 'vitest';
import { Simulation, type Edit, type RunMode, type Stop, type Target } from '../../simulator/index';
import { forPrograms } from './programs';

const SCHEMES = ['native', 'nested', 'shadow', 'direct', 'tpt'] as const;
const EDITS: readonly Edit[] = [
  { kind: 'spurious-fault', vm: 0 },
  { kind: 'drop-flush', vm: 1 },
  { kind: 'take-frame', frame: 0x2e0c },
  { kind: 'slot', vm: 1, gfn: 0x65c, frame: 0x287e },
  { kind: 'tag', frame: 0x2d00, field: 'owner', value: 'db' },
  { kind: 'memory', reference: 'gpa:0:0x200000', offset: 8, bytes: [1, 2, 3] },
];

test.each(SCHEMES)('what comes after an edit comes again, and undoing brings the old future back, under %s', (scheme) =>
  forPrograms(2, { host: true, statements: 5 }, (program) => {
    const run = new Simulation(program, { scheme, record: { interval: 30 } });
    go(run, 'continue');
    const end = stateOf(run);
    const lastTick = run.tick;
    for (const [i, share] of [0, 0.3, 0.5, 0.8, 1].entries()) {
      // Also in the middle of operations and of switches of processes, and at the end.
      goTo(run, Math.floor(lastTick * share));
      for (let n = 0; n < i * 3 && share < 1; n++) go(run, 'in');
      const place = stateOf(run);
      // Two edits at one place; one that is refused changes nothing.
      const made = [EDITS[i], EDITS[i + 1]].filter((edit) => run.edit(edit).ok).length;
      const edited = stateOf(run);
      if (made === 0) expect(edited).toEqual(place);
      const home = run.tick;
      for (let n = 0; n < 12; n++) go(run, 'in');
      go(run, 'continue');
      const otherEnd = stateOf(run);
      if (made === 0) expect(otherEnd).toEqual(end);
      for (const tick of [0, home, Math.floor(home / 2)]) {
        goTo(run, tick);
        go(run, 'continue');
        expect(stateOf(run)).toEqual(otherEnd);
      }
      for (let n = 0; n < made; n++) expect(run.undoEdit()).toMatchObject({ ok: true });
      expect(run.undoEdit()).toMatchObject({ ok: false });
      if (made > 0) expect(stateOf(run)).toEqual(place);
      go(run, 'continue');
      expect(stateOf(run)).toEqual(end);
    }
  }),
);

function go(run: Simulation, mode: RunMode, target?: Target): Stop {
  run.markStop();
  const task = run.tasks().find(({ state }) => state === 'ready')?.id ?? 0;
  for (;;) {
    const stop = run.run({ mode, task, budget: 1_000, ...(target ? { target } : {}) });
    if (stop.reason !== 'budget') return stop;
  }
}

const goTo = (run: Simulation, tick: number): Stop => go(run, 'goto', { kind: 'tick', tick });

const stateOf = (run: Simulation): unknown => [
  run.tick,
  run.statements,
  run.stateHash(),
  run.tasks().map(({ id }) => run.stack(id)),
  run.summary(),
];
