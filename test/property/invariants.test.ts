/** What holds of a machine at any time of any scenario. More runs: TPT_RUNS=500 npx vitest run --project property test/property/invariants */
import { expect, test } from 'vitest';
import {
  costProfile,
  EXCEPTION_FILTERS,
  Simulation,
  type Program,
  type RunMode,
  type Scheme,
  type WatchSpec,
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

// Nor does what is watched: not even where the run stops for it.
test.each(['nested', 'tpt', 'shadow', 'direct'] as const)('watching changes nothing, under %s', (scheme) =>
  forPrograms(8, { host: true, statements: 5 }, (program) => {
    const expected = stateOf(finished(new Simulation(program, { scheme })));
    const watches = watchesOf(program);
    for (const record of [false, true]) {
      const simulation = new Simulation(program, { scheme, ...(record ? { record: {} } : {}) });
      // Which of them can be watched depends on the scheme.
      expect(simulation.setWatches(watches).filter((refusal) => refusal === null).length).toBeGreaterThan(6);
      expect(stateOf(finished(simulation))).toEqual(expected);
    }
  }),
);

// What a watch remembers is a function of the machine: set anew after each statement, it tells the same.
test.each(['nested', 'tpt', 'shadow', 'direct'] as const)('watches remember only what they see, under %s', (scheme) => {
  let events = 0;
  forPrograms(6, { host: true, statements: 5 }, (honest) => {
    for (const program of [honest, careless(honest)]) {
      const expected = watchedEvents(program, scheme, false);
      expect(watchedEvents(program, scheme, true)).toEqual(expected);
      events += expected.length;
    }
  });
  expect(events).toBeGreaterThan(10);
});

/** The same program with bugs: every operation forgets to mirror and to flush. */
const careless = (program: Program): Program => ({
  ...program,
  calls: program.calls.map((call) => ({ ...call, skip: ['mirror', 'invlpg', 'flush'] })),
});

/** @param anew sets the watches again after each statement */
function watchedEvents(program: Program, scheme: Scheme, anew: boolean): string[] {
  const simulation = new Simulation(program, { scheme });
  const watches = watchesOf(program);
  const events: string[] = [];
  simulation.setWatches(watches);
  for (;;) {
    const stop = simulation.run({ mode: 'continue', task: 0, budget: 1 });
    if (stop.reason === 'watch') events.push(`${simulation.tick} ${stop.watch} ${stop.text}`);
    else if (stop.reason !== 'budget') return events;
    else if (anew) simulation.setWatches(watches);
  }
}

/** Goes on over all stops. */
function finished(simulation: Simulation): Simulation {
  while (!isOver(simulation.run({ mode: 'continue', task: 0, budget: 7 }).reason));
  return simulation;
}

/** Some of every kind, for each process. */
function watchesOf(program: Program): WatchSpec[] {
  const frames = [0x14, 0x20c, 0x40c, 0xe0c];
  return [
    ...frames.flatMap((frame): WatchSpec[] => [
      { kind: 'owner', frame },
      { kind: 'reached', frame },
      { kind: 'entry', hpa: `0x${(frame * 4096).toString(16)}` },
    ]),
    ...program.vms.map(({ name }): WatchSpec => ({ kind: 'stale', vm: name })),
    ...program.tasks
      .filter(({ kind }) => kind === 'process')
      .flatMap(({ name: process, vm: index }): WatchSpec[] => {
        const vm = program.vms[index].name;
        return [
          { kind: 'translation', vm, process, gva: '0x1000001000' },
          { kind: 'translation', vm, process, gva: '0x1000200000' },
          { kind: 'diverge', vm, process, gva: null },
          { kind: 'diverge', vm, process, gva: '0x1000000000' },
          { kind: 'split', vm, process },
        ];
      }),
  ];
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
