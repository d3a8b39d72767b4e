/** Going back inside a statement that takes thousands of accesses: its places are counted from breath to breath. */
import { describe, expect, test } from 'vitest';
import type { RunOptions, Simulation } from '../../simulator/index';
import { complete, start } from '../unit/scenarios/check';
import { sourceOf } from '../unit/trace/sources';
import { go, goToTick, stateOf } from './driving';

/** 60,000 accesses and more all over 64 pages. */
const TRACE = Array.from(
  { length: 60_000 },
  (_, i) => ` ${'LSM'[i % 3]} ${(0x100000 + ((i * 7919) % 0x40000)).toString(16)},1\n`,
);
const OPTIONS: RunOptions = { record: { interval: 1_000 }, files: () => sourceOf(TRACE.join('')) };

const scenario = (body: string): string => `machine { memory 64M }
vm web { memory 16M paging tpt }
process other in web {
  let h = mmap(16K, rw)
  for i in 0..4 { write(h + i * 4096, i) }
}
process p in web {
  let heap = mmap(256K, rw)
  ${body}
  write(heap, 1)
}`;

describe.each([
  ['fill', 'fill(heap, 256K, 7)'],
  ['replay', 'replay("trace")'],
])('inside %s', (_name, body) => {
  /** Stands in the middle of the statement, where it drew breath. */
  function middle(breaths: number): Simulation {
    const run = start(scenario(body), OPTIONS);
    while (!isInBody(run)) slice(run);
    for (let i = 0; i < breaths; i++) slice(run);
    return run;
  }
  test('as many steps back as forward lead to the same, also over a breath', () => {
    const run = middle(2);
    const states = [stateOf(run)];
    for (let i = 0; i < 6; i++) {
      go(run, 'in', 1);
      states.push(stateOf(run));
    }
    for (let i = 5; i > 0; i--) {
      go(run, 'back-in', 1);
      expect(stateOf(run)).toEqual(states[i]);
    }
    const before: unknown[] = [];
    for (let i = 0; i < 9; i++) {
      go(run, 'back-in', 1);
      before.push(stateOf(run));
    }
    for (let i = 7; i >= 0; i--) {
      go(run, 'in', 1);
      expect(stateOf(run)).toEqual(before[i]);
    }
  });

  test('a place is found again from anywhere', () => {
    const run = middle(3);
    for (let i = 0; i < 4; i++) go(run, 'in', 1);
    const place = run.place()!;
    const seen = stateOf(run);
    expect(place.moment).toBeGreaterThan(2 ** 26);
    complete(run);
    const end = stateOf(run);
    for (const tick of [run.tick, 0, Math.floor(place.tick / 2), place.tick + 5_000]) {
      goToTick(run, tick);
      expect(run.tick).toBeGreaterThanOrEqual(tick);
      expect(run.tick).toBeLessThan(tick + 50);
      go(run, 'goto', 1, place);
      expect(stateOf(run)).toEqual(seen);
    }
    complete(run);
    expect(stateOf(run)).toEqual(end);
  });

  test('an edit is made again where it was made, and taken back', () => {
    const run = middle(2);
    const { tick } = run;
    complete(run);
    const end = stateOf(run);
    goToTick(run, tick + 50);
    const place = run.place()!;
    for (let i = 0; i < 2; i++) expect(run.edit(EDITS[i])).toMatchObject({ ok: true });
    const edited = stateOf(run);
    complete(run);
    const otherEnd = stateOf(run);
    expect(otherEnd).not.toEqual(end);
    for (const from of [0, tick - 1_000, place.tick]) {
      goToTick(run, from);
      complete(run);
      expect(stateOf(run)).toEqual(otherEnd);
      go(run, 'goto', 1, place);
      expect(stateOf(run)).toEqual(edited);
    }
    for (let i = 0; i < 2; i++) expect(run.undoEdit()).toMatchObject({ ok: true });
    complete(run);
    expect(stateOf(run)).toEqual(end);
  });

  test('faults are found backwards, and marks gone to', () => {
    const run = middle(3);
    const home = run.tick;
    run.setExceptionFilters(['page_fault']);
    const stop = go(run, 'back-continue', 1);
    const { marks } = run.inspect.timeline({
      fromTick: null,
      untilTick: null,
      buckets: 100_000,
      kinds: ['page_fault'],
    });
    const last = marks.findLast((mark) => mark.tick < home)!;
    expect(stop).toMatchObject({ reason: 'exception', filter: 'page_fault' });
    expect(run.tick).toBe(last.tick);
    run.setExceptionFilters([]);
    goToTick(run, 0);
    go(run, 'goto', 1, { kind: 'mark', mark: last.id! });
    expect(run.tick).toBeLessThanOrEqual(last.tick);
    expect(run.tick).toBeGreaterThan(last.tick - 10);
  });
});

const EDITS = [
  { kind: 'drop-flush', vm: 0 },
  { kind: 'spurious-fault', vm: 0 },
] as const;

const isInBody = (run: Simulation): boolean => run.place()!.moment > 2 ** 26;

/** On by a statement, or inside one until the machine draws breath. */
function slice(run: Simulation): void {
  run.markStop();
  expect(run.run({ mode: 'continue', task: 1, budget: 1 }).reason).toBe('budget');
}
