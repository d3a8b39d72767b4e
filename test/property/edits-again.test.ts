/** Edits by hand anywhere, and the same requests again. More runs: TPT_RUNS=200 npx vitest run --project property test/property/edits-again */
import { expect, test } from 'vitest';
import { EXCEPTION_FILTERS, type RunMode, Simulation } from '../../simulator/index';
import { EDITS, go, goToTick, isOver, SCHEMES, stateOf } from './driving';
import { type Choose, forPrograms } from './programs';

const OPTIONS = { host: true, statements: 5 };
const RECORD = { interval: 40 };

test.each(SCHEMES)('as many micro-steps back as forward lead over edits to the same states, under %s', (scheme) =>
  forPrograms(6, OPTIONS, (program, choose) => {
    const run = new Simulation(program, { scheme, record: RECORD });
    run.run({ mode: 'continue', task: 0, budget: choose(60) });
    const first = go(run, 'in', 0);
    if (isOver(first) || !('task' in first)) return;
    const { task } = first;
    const states = [stateOf(run)];
    let isThere = true;
    for (let i = 0; i < 40 && isThere; i++) {
      if (editsSometimes(run, choose)) states[states.length - 1] = stateOf(run);
      const stop = go(run, 'in', task);
      isThere = !isOver(stop) && 'task' in stop && stop.task === task;
      if (isThere) states.push(stateOf(run));
    }
    const back = isThere ? [stateOf(run)] : [];
    while (back.length < states.length) {
      go(run, 'back-in', task);
      back.push(stateOf(run));
    }
    expect(back.reverse()).toEqual(states);
    const again = [stateOf(run)];
    while (again.length < states.length) {
      go(run, 'in', task);
      again.push(stateOf(run));
    }
    expect(again).toEqual(states);
  }),
);

test.each(SCHEMES)('the same requests stop at the same places when edits are made again, under %s', (scheme) =>
  forPrograms(6, OPTIONS, (program, choose) => {
    const run = new Simulation(program, { scheme, record: RECORD });
    setStops(run, choose);
    goToTick(run, 0);
    const requests: { mode: RunMode; task: number }[] = [];
    const stops: unknown[] = [];
    for (let i = 0; i < 50; i++) {
      const ready = run.tasks().filter(({ state }) => state === 'ready');
      const request = {
        mode: (['in', 'in', 'in', 'over', 'out', 'continue'] as const)[choose(6)],
        task: ready.length > 0 ? ready[choose(ready.length)].id : 0,
      };
      const stop = go(run, request.mode, request.task);
      editsSometimes(run, choose);
      requests.push(request);
      stops.push([stop, stateOf(run)]);
      if (isOver(stop)) break;
    }
    for (const from of [0, choose(run.tick + 1)]) {
      goToTick(run, from);
      goToTick(run, 0);
      const again = requests.map(({ mode, task }) => [go(run, mode, task), stateOf(run)]);
      expect(again).toEqual(stops);
    }
  }),
);

test.each(SCHEMES)('every stop of a free run is found again backwards over edits, under %s', (scheme) =>
  forPrograms(6, OPTIONS, (program, choose) => {
    const run = new Simulation(program, { scheme, record: RECORD });
    setStops(run, choose);
    const stops: unknown[] = [];
    for (let i = 0; i < 300; i++) {
      const stop = go(run, 'continue', 0);
      if (isOver(stop)) break;
      editsSometimes(run, choose);
      stops.push([stop, stateOf(run)]);
    }
    if (stops.length === 300) stops.pop();
    const back: unknown[] = [];
    while (back.length < Math.min(40, stops.length)) back.push([go(run, 'back-continue', 0), stateOf(run)]);
    expect(back).toEqual(stops.reverse().slice(0, 40));
  }),
);

function setStops(run: Simulation, choose: Choose): void {
  const some = <T>(all: readonly T[]): T[] => all.filter(() => choose(3) === 0);
  run.setExceptionFilters(some(EXCEPTION_FILTERS).map(({ filter }) => filter));
  run.setOperationBreakpoints(some(['migrate', 'reclaim', 'page_fault', 'mmap']));
  run.setBreakpoints(some([2, 3, 5, 9, 12, 20, 21, 30]));
}

/** @returns true if an edit was made. */
const editsSometimes = (run: Simulation, choose: Choose): boolean =>
  choose(7) === 0 && run.edit(EDITS[choose(EDITS.length)]).ok;
