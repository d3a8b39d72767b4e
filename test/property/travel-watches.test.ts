import { describe, expect, test } from 'vitest';
import type { RunMode, Simulation, Stop, WatchSpec } from '../../simulator/index';
import { complete, start } from '../unit/scenarios/check';

/** Stale entries come at the end of a turn, and at the end of the run. */
const process = (name: string, last: string): string => `process ${name} in web {
  let page = mmap(4K, rw, 0x10_0000_0000)
  write(page, 1)
  mprotect(page, 4K, r) without invlpg
  ${last}
}`;
const SCENARIO = [
  'machine { memory 64M }',
  'vm web { memory 16M }',
  'schedule round-robin 1',
  process('a', 'read(page) read(page)'),
  process('b', 'read(page) munmap(page, 4K) read(page + 0) read(page + 8)'),
  'process c in web {',
  '  let page = mmap(4K, rw, 0x10_0000_0000)',
  '  write(page, 1) read(page) read(page) read(page) read(page) read(page) read(page)',
  '  munmap(page, 4K) without invlpg',
  '}',
].join('\n');
const WATCHES: readonly WatchSpec[] = [
  { kind: 'stale', vm: 'web' },
  ...['a', 'b', 'c'].map((name): WatchSpec => ({ kind: 'translation', vm: 'web', process: name, gva: '0x1000000000' })),
];

describe.each(['native', 'nested', 'shadow', 'direct', 'tpt'] as const)('watched events under %s', (scheme) => {
  const machine = (): Simulation => start(SCENARIO, { scheme, record: { interval: 1 } });

  test('leave the turns of the tasks as they are', () => {
    const plain = machine();
    complete(plain);
    const run = machine();
    run.setWatches(WATCHES);
    expect(forwards(run).length).toBeGreaterThan(5);
    expect(run.stateHash()).toBe(plain.stateHash());
  });

  test('are found again backwards from the end, and forwards from the beginning', () => {
    const run = machine();
    run.setWatches(WATCHES);
    const stops = forwards(run);
    expect(backwards(run)).toEqual([...stops].reverse());
    expect(forwards(run)).toEqual(stops);
  });

  test('are found backwards also when they were not watched on the way there', () => {
    const watched = machine();
    watched.setWatches(WATCHES);
    const stops = forwards(watched);
    const run = machine();
    complete(run);
    run.setWatches(WATCHES);
    expect(backwards(run)).toEqual([...stops].reverse());
  });

  test('stop nobody who goes to a tick', () => {
    const run = machine();
    complete(run);
    run.setWatches(WATCHES);
    const end = run.tick;
    for (let tick = end; tick >= 0; tick -= 7) {
      go(run, 'goto', tick);
      const there = [run.tick, run.stateHash()];
      run.setWatches([]);
      go(run, 'goto', tick);
      expect([run.tick, run.stateHash()]).toEqual(there);
      run.setWatches(WATCHES);
    }
  });

  test('and other ticks looked at from there leave the machine where it is, also when the question is bad', () => {
    const run = machine();
    run.setWatches(WATCHES);
    const wanted = machine();
    wanted.setWatches(WATCHES);
    const side = { vm: 0, pid: 1, root: 'native', tick: null } as const;
    const stops: Found[] = [];
    for (let stop = go(run, 'continue'); stop.reason !== 'ended'; stop = go(run, 'continue')) {
      stops.push([stop, run.stateHash()]);
      run.differences({ a: { ...side, tick: 1 }, b: side });
      expect(() => run.differences({ a: { ...side, pid: 99, tick: 1 }, b: side })).toThrow('99');
      expect(run.stateHash()).toBe(stops.at(-1)![1]);
    }
    expect(distinct(stops).map(([, hash]) => hash)).toEqual(forwards(wanted).map(([, hash]) => hash));
  });

  test('are come to with the edit that was made there', () => {
    const run = machine();
    run.setWatches(WATCHES);
    const stops: unknown[] = [];
    let made = 0;
    for (let stop = go(run, 'continue'); stop.reason === 'watch' && stops.length < 5; stop = go(run, 'continue')) {
      // Where a statement has ended, the edit is made before the next one, which may come after a switch of processes.
      const isInside = run.stack(stop.task).length > 1;
      if (isInside && run.edit({ kind: 'spurious-fault', vm: 0 }).ok) made++;
      stops.push([stop, run.stateHash()]);
    }
    expect(made).toBeGreaterThan(0);
    complete(run);
    go(run, 'goto', 0);
    const again: unknown[] = [];
    while (again.length < stops.length) again.push([go(run, 'continue'), run.stateHash()]);
    expect(again).toEqual(stops);
    go(run, 'continue');
    const back: unknown[] = [];
    while (back.length < stops.length) back.push([go(run, 'back-continue'), run.stateHash()]);
    expect(back).toEqual(stops.reverse());
  });
});

type Found = readonly [Stop, string];

/** The stops from here to the end. */
function forwards(run: Simulation): Found[] {
  const stops: Found[] = [];
  for (let stop = go(run, 'continue'); stop.reason !== 'ended'; stop = go(run, 'continue'))
    stops.push([stop, run.stateHash()]);
  return distinct(stops);
}

/** Of several stops at one place the last, which is the one found backwards. */
const distinct = (stops: readonly Found[]): Found[] => stops.filter(([, hash], i) => stops[i + 1]?.[1] !== hash);

function backwards(run: Simulation): Found[] {
  const stops: Found[] = [];
  for (let stop = go(run, 'back-continue'); stop.reason !== 'beginning'; stop = go(run, 'back-continue'))
    stops.push([stop, run.stateHash()]);
  return stops;
}

function go(run: Simulation, mode: RunMode, tick = 0): Stop {
  run.markStop();
  for (;;) {
    const stop = run.run({ mode, task: 0, budget: 1_000, target: { kind: 'tick', tick } });
    if (stop.reason !== 'budget') return stop;
  }
}
