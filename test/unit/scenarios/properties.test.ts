/** What holds of any scenario. More runs: TPT_RUNS=500 npx vitest run --project unit test/unit/scenarios/properties */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkInvariants } from '../../../simulator/invariants';
import {
  compileScenario,
  EXCEPTION_FILTERS,
  Simulation,
  type Program,
  type RunMode,
  type Scheme,
} from '../../../simulator/index';
import { assemble } from '../../../simulator/run/assemble';
import { complete, faultsOf } from './check';
import { generateScenario } from './generate';
import { lookAtEverything } from './look';

const RUNS = Number(process.env['TPT_RUNS'] ?? 0);
const entropy = fc.array(fc.nat(), { minLength: 400, maxLength: 400, size: 'max' });

/** Checks a property of random programs; a failure prints the scenario. */
function forPrograms(
  runs: number,
  options: { host: boolean; statements: number },
  property: (p: Program) => void,
): void {
  const program = entropy.map((numbers) => generateScenario(numbers, options));
  fc.assert(
    fc.property(program, (text) => {
      const compiled = compileScenario(text, 'random');
      expect(compiled.diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
      property(compiled.program!);
    }),
    { numRuns: RUNS > 0 ? RUNS : runs, endOnFailure: true, ...(RUNS > 0 ? {} : { seed: 20 }) },
  );
}

/** The scenario's own expectations hold its model; refused accesses, and how many faults the guest saw, are compared besides. */
function outcome(program: Program, scheme: Scheme): { refused: string[]; pageFaults: number } {
  const simulation = new Simulation(program, { scheme });
  expect(complete(simulation)).toEqual({ reason: 'ended', deadlock: null });
  expect(simulation.summary().expectations.filter((e) => !e.held)).toEqual([]);
  const { rows, counts } = faultsOf(simulation);
  const refused = rows
    .filter((r) => r.resolution.startsWith('refused'))
    .map((r) => `${r.task} ${r.kind} ${r.access ?? ''} ${r.gva ?? ''} ${r.errorText}`)
    .sort();
  return { refused, pageFaults: counts['page_fault'] ?? 0 };
}

/** Direct paging has no huge pages: that a neighbour was touched does not make a page present there. */
const withoutCode = (fault: string): string => fault.replace(/(0x\w+) .*/, '$1');

describe('the schemes agree', () => {
  test('with a model of memory and with each other, on contents and on refused accesses', () =>
    forPrograms(4, { host: false, statements: 8 }, (program) => {
      const native = outcome(program, 'native');
      expect(outcome(program, 'nested')).toEqual(native);
      expect(outcome(program, 'shadow')).toEqual(native);
      expect(outcome(program, 'direct').refused.map(withoutCode)).toEqual(native.refused.map(withoutCode));
      // A TPT guest has faults of its own: entries that fell behind.
      expect(outcome(program, 'tpt').refused).toEqual(native.refused);
    }));
  test('while the host moves and takes frames all the time', () =>
    forPrograms(6, { host: true, statements: 8 }, (program) => {
      // What is backed at a time differs, so the host's task takes other turns, and so do those that share copy-on-write pages.
      const nested = outcome(program, 'nested').refused;
      expect(outcome(program, 'shadow').refused).toEqual(nested);
      expect(outcome(program, 'tpt').refused).toEqual(nested);
      expect(outcome(program, 'direct').refused.map(withoutCode)).toEqual(nested.map(withoutCode));
    }));
});

test.each(['nested', 'shadow', 'direct', 'tpt'] as const)(
  'the invariants hold after every statement, under %s',
  (scheme) =>
    forPrograms(2, { host: true, statements: 6 }, (program) => {
      const executor = assemble(program, { scheme });
      expect(checkInvariants(executor)).toEqual([]);
      while (executor.run({ mode: 'continue', task: 0, budget: 1 }).reason === 'budget') {
        expect(checkInvariants(executor)).toEqual([]);
      }
      expect(checkInvariants(executor)).toEqual([]);
    }),
);

test.each(['tpt', 'shadow', 'direct'] as const)('stepping does not change the run, under %s', (scheme) =>
  forPrograms(3, { host: true, statements: 5 }, (program) => checkStepping(program, scheme)),
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
  forPrograms(2, { host: true, statements: 4 }, (program) => lookOften(new Simulation(program, { scheme }), stops)),
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
