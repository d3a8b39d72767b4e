/** What holds of a machine at any time of any scenario. More runs: TPT_RUNS=500 npx vitest run --project property test/property/invariants */
import { expect, test } from 'vitest';
import {
  costProfile,
  EXCEPTION_FILTERS,
  Simulation,
  type Program,
  type RunMode,
  type Scheme,
} from '../../simulator/index';
import { checkInvariants } from '../../simulator/invariants';
import { assemble } from '../../simulator/run/assemble';
import { complete } from '../unit/scenarios/check';
import { lookAtEverything } from './look';
import { forPrograms } from './programs';

test.each(['nested', 'shadow', 'direct', 'tpt'] as const)(
  'the invariants hold after every statement, under %s',
  (scheme) =>
    forPrograms(6, { host: true, statements: 6 }, (program) => {
      const executor = assemble(program, { scheme });
      expect(checkInvariants(executor)).toEqual([]);
      while (executor.run({ mode: 'continue', task: 0, budget: 1 }).reason === 'budget') {
        expect(checkInvariants(executor)).toEqual([]);
      }
      expect(checkInvariants(executor)).toEqual([]);
    }),
);

test.each(['tpt', 'shadow', 'direct'] as const)('stepping does not change the run, under %s', (scheme) =>
  forPrograms(10, { host: true, statements: 5 }, (program) => checkStepping(program, scheme)),
);

function checkStepping(program: Program, scheme: Scheme): void {
  const straight = new Simulation(program, { scheme });
  complete(straight);
  const expected = stateOf(straight);
  for (const mode of ['in', 'over', 'out'] as const) expect(stepThrough(program, scheme, mode)).toEqual(expected);
  const stopped = new Simulation(program, { scheme });
  stopped.setExceptionFilters(EXCEPTION_FILTERS.map((f) => f.filter));
  stopped.setOperationBreakpoints(stopped.operationNames());
  while (!isOver(stopped.run({ mode: 'continue', task: 0, budget: 7 }).reason));
  expect(stateOf(stopped)).toEqual(expected);
}

function stepThrough(program: Program, scheme: Scheme, mode: RunMode): unknown {
  const simulation = new Simulation(program, { scheme });
  let task = 0;
  for (;;) {
    const stop = simulation.run({ mode, task, budget: 3 });
    if (isOver(stop.reason)) return stateOf(simulation);
    if ('task' in stop) task = stop.task;
  }
}

const isOver = (reason: string): boolean => reason === 'ended' || reason === 'limit';

function stateOf(simulation: Simulation): unknown {
  return [simulation.summary(), simulation.stateHash(), simulation.tasks(), simulation.takeOutput()];
}

test.each([
  ['tpt', 40],
  ['shadow', 60],
  ['direct', 200],
] as const)('looking disturbs nothing, wherever the run stands, under %s', (scheme, stops) =>
  forPrograms(6, { host: true, statements: 4 }, (program) => lookOften(new Simulation(program, { scheme }), stops)),
);

// The caches, too, are as they were: a walk answer says what a walk would cost, and costs nothing.
test.each(['nested', 'tpt'] as const)('nor with a cost profile, under %s', (scheme) =>
  forPrograms(2, { host: true, statements: 4 }, (program) =>
    lookOften(new Simulation(program, { scheme, costs: costProfile('skylake-sp'), nestedTlb: 16 }), 200),
  ),
);

/** @param stops between two looks. */
function lookOften(simulation: Simulation, stops: number): void {
  let task = 0;
  for (let i = 0; ; i++) {
    const stop = simulation.run({ mode: i % 3 === 0 ? 'over' : 'in', task, budget: 50 });
    if (isOver(stop.reason)) return;
    if ('task' in stop) task = stop.task;
    if (i % stops !== 0) continue;
    const before = simulation.stateHash();
    for (const look of lookAtEverything(simulation, task)) {
      look.ask();
      expect([look.name, simulation.stateHash()]).toEqual([look.name, before]);
    }
    simulation.markStop();
    expect(simulation.stateHash()).toBe(before);
  }
}
