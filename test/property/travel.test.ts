/** Going back in time. More runs: TPT_RUNS=200 npx vitest run --project property test/property/travel */
import { expect, test } from 'vitest';
import {
  costProfile,
  EXCEPTION_FILTERS,
  type PlaceTarget,
  type RecordOptions,
  Simulation,
} from '../../simulator/index';
import { complete } from '../unit/scenarios/check';
import { go, isOver, SCHEMES, stateOf } from './driving';
import { forPrograms } from './programs';

/** Checkpoints close to each other; and so little memory that all but a few are thinned. */
const ROOMY: RecordOptions = { interval: 40 };
const TIGHT: RecordOptions = { interval: 25, memory: 0 };

test.each(SCHEMES)('as many micro-steps back as forward lead to the same states, under %s', (scheme) =>
  forPrograms(4, { host: true, statements: 5 }, (program) => {
    for (const [skip, steps, record] of [
      [0, 60, ROOMY],
      [20, 90, TIGHT],
      [37, 40, ROOMY],
    ] as const)
      thereAndBack(new Simulation(program, { scheme, record }), skip, steps);
  }),
);

test('also with caches and costs', () =>
  forPrograms(2, { host: true, statements: 5 }, (program) =>
    thereAndBack(
      new Simulation(program, { scheme: 'tpt', costs: costProfile('skylake-sp'), nestedTlb: 16, record: ROOMY }),
      15,
      50,
    ),
  ));

test.each(SCHEMES)('every stop of a free run is found again backwards, under %s', (scheme) =>
  forPrograms(4, { host: true, statements: 5 }, (program) => {
    const simulation = new Simulation(program, { scheme, record: TIGHT });
    simulation.setExceptionFilters(EXCEPTION_FILTERS.map((f) => f.filter));
    simulation.setOperationBreakpoints(['migrate', 'reclaim', 'page_fault']);
    simulation.setBreakpoints([2, 3, 5]);
    const stops: unknown[] = [];
    for (;;) {
      const stop = go(simulation, 'continue', 0);
      if (isOver(stop) || stops.length === 1_000) break;
      stops.push([stop, stateOf(simulation)]);
    }
    const back: unknown[] = [];
    for (let i = 0; i < 40; i++) {
      const stop = go(simulation, 'back-continue', 0);
      if (stop.reason === 'beginning') break;
      back.push([stop, stateOf(simulation)]);
    }
    expect(back).toEqual(stops.reverse().slice(0, 40));
  }),
);

test.each(SCHEMES)('from any tick on, the run ends as it did, under %s', (scheme) =>
  forPrograms(4, { host: true, statements: 6 }, (program) => {
    const simulation = new Simulation(program, { scheme, record: TIGHT });
    complete(simulation);
    const [end, hash, lastTick] = [simulation.summary(), simulation.stateHash(), simulation.tick];
    for (const share of [0.9, 0.1, 0.5, 0.51, 0, 0.99]) {
      const tick = Math.floor(lastTick * share);
      simulation.markStop();
      for (;;) {
        const stop = simulation.run({ mode: 'goto', task: 0, budget: 1, target: { kind: 'tick', tick } });
        if (stop.reason !== 'budget') break;
      }
      expect(simulation.tick).toBeGreaterThanOrEqual(tick);
      complete(simulation);
      expect([simulation.summary(), simulation.stateHash()]).toEqual([end, hash]);
    }
  }),
);

test.each(SCHEMES)('a place that was noted is found again exactly, however one came there, under %s', (scheme) =>
  forPrograms(3, { host: true, statements: 5 }, (program) => {
    const simulation = new Simulation(program, { scheme, record: TIGHT });
    simulation.setExceptionFilters(EXCEPTION_FILTERS.map((f) => f.filter));
    simulation.setBreakpoints([3]);
    const noted: [PlaceTarget, unknown][] = [];
    for (let i = 0; i < 60; i++) {
      const task = simulation.tasks().find(({ state }) => state === 'ready')?.id ?? 0;
      if (isOver(go(simulation, i % 15 === 14 ? 'continue' : 'in', task))) break;
      const here = stateOf(simulation);
      noted.push([simulation.place()!, here]);
      expect(stateOf(simulation)).toEqual(here);
    }
    noted.forEach((_, i) => {
      const [target, state] = noted[(i * 37) % noted.length];
      go(simulation, 'goto', 0, target);
      expect(stateOf(simulation)).toEqual(state);
      expect(simulation.place()).toEqual(target);
    });
  }),
);

test('recording does not change the run', () =>
  forPrograms(6, { host: true, statements: 6 }, (program) => {
    const straight = new Simulation(program);
    complete(straight);
    const simulation = new Simulation(program, { record: TIGHT });
    complete(simulation);
    expect([simulation.summary(), simulation.stateHash()]).toEqual([straight.summary(), straight.stateHash()]);
  }));

function thereAndBack(simulation: Simulation, skip: number, steps: number): void {
  simulation.run({ mode: 'continue', task: 0, budget: skip });
  const first = go(simulation, 'in', 0);
  if (isOver(first) || !('task' in first)) return;
  const { task } = first;
  const states = [stateOf(simulation)];
  const start = viewsOf(simulation);
  let isThere = true;
  for (let i = 0; i < steps && isThere; i++) {
    const stop = go(simulation, 'in', task);
    isThere = !isOver(stop) && 'task' in stop && stop.task === task;
    if (isThere) states.push(stateOf(simulation));
  }
  // A task that has ended is stepped back into.
  const back = isThere ? [stateOf(simulation)] : [];
  while (back.length < states.length) {
    go(simulation, 'back-in', task);
    back.push(stateOf(simulation));
  }
  expect(back).toEqual(states.reverse());
  expect(viewsOf(simulation)).toEqual(start);
}

/** What the views show, but for what changed since the last stop, which was another, and for the timeline, which shows what lies ahead too. */
function viewsOf({ inspect }: Simulation): unknown {
  const page = { offset: 0, limit: 200 };
  const { vms } = inspect.summary(null);
  const shown = [
    ...vms.flatMap(({ index, processes }) =>
      processes.map(({ pid }) =>
        inspect.translations({
          ...page,
          vm: index,
          pid,
          root: 'both',
          mode: 'flat',
          filter: '',
          expanded: [],
          kernelHalf: true,
        }),
      ),
    ),
    inspect.frames({ first: 0, framesPerCell: 512, cells: 32 }),
    inspect.faults({ ...page, kinds: [], fromTick: null, untilTick: null, filter: '', fold: true }),
  ];
  const since = new Set(['changed', 'isNew']);
  return JSON.parse(JSON.stringify(shown, (key, value: unknown) => (since.has(key) ? undefined : value)));
}
