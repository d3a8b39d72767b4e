import { describe, expect, test } from 'vitest';
import type { PlaceTarget, RunMode, Simulation, Stop, Target } from '../../simulator/index';
import { at, leafOf, printed } from '../unit/edits/support';
import { complete, start } from '../unit/scenarios/check';

/** Tasks that take turns, so that a statement may have a switch before it; statements without a tick; an operation of the host. */
const SCENARIO = `machine { memory 64M }
vm web { memory 16M }
schedule round-robin 2
process a in web {
  let h = mmap(64K, rw, 0x7000_0000)
  let n = 1
  n = n + 1
  write(h, n)
  print "a {n}"
  signal ready
  write(h, 5)
}
process b in web {
  let h = mmap(8K, rw)
  write(h, 3)
  let x = 2
  x = x + 3
}
host mover {
  wait a.ready
  migrate(web, gpa_of(a, a.h))
}`;

interface Noted {
  readonly place: PlaceTarget;
  readonly seen: unknown;
}

describe.each(['native', 'tpt', 'shadow'] as const)('a place that was noted, under %s', (scheme) => {
  const record = { interval: 50 };

  test('is left as it is by being noted, and is found again exactly, also where others have its tick', () => {
    const run = start(SCENARIO, { scheme, record });
    const noted = noteAll(run);
    const ticks = new Map(noted.map(({ place, seen }) => [place.tick, seen]));
    expect(printed(run)).toContain('a 2');
    // Else a tick would do.
    expect(noted.length - ticks.size).toBeGreaterThan(10);
    expect(noted.filter(({ place }) => place.moment === 0).length).toBeGreaterThan(5);
    for (const { place, seen } of shuffled(noted)) {
      expect(goTo(run, place)).toMatchObject({ reason: 'step' });
      expect(seenIn(run)).toEqual(seen);
      expect(run.place()).toEqual(place);
    }
    complete(run);
    expect(printed(run)).toEqual([]);
  });

  test('is found again in another run of the same that got as far; else that goes as far as it got', () => {
    const noted = noteAll(start(SCENARIO, { scheme, record }));
    const { place, seen } = noted[Math.floor(noted.length / 2)];
    const other = start(SCENARIO, { scheme, record });
    step(other, 0);
    const here = seenIn(other);
    goTo(other, place);
    expect(other.tick).toBeLessThan(place.tick);
    expect(seenIn(other)).toEqual(here);
    complete(other);
    goTo(other, place);
    expect(seenIn(other)).toEqual(seen);
  });
});

test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])(
  'a pause after %i statements is gone back to before the next',
  (budget) => {
    const run = start(SCENARIO, { record: {} });
    expect(run.run({ mode: 'continue', task: 0, budget })).toMatchObject({ reason: 'budget' });
    const place = run.place()!;
    expect(place).toMatchObject({ statements: budget, moment: 0, tick: run.tick });
    complete(run);
    goTo(run, place);
    expect([run.statements, run.place()]).toEqual([budget, { ...place, tick: run.tick }]);
    expect(run.tick).toBeGreaterThanOrEqual(place.tick);
  },
);

describe('a place that the run has not', () => {
  const run = start(SCENARIO, { record: {} });
  const noted = noteAll(run);
  const end = run.tick;
  const { tick, statements, moment } = noted.findLast(({ place }) => place.moment > 3)!.place;
  goTo(run, { kind: 'tick', tick });
  const atTick = seenIn(run);

  test.each([
    ['statements', { statements: Number.MAX_SAFE_INTEGER, moment, tick }],
    ['moment', { statements, moment: Number.MAX_SAFE_INTEGER, tick }],
    ['other statements', { statements: statements - 3, moment, tick }],
    ['the beginning, later', { statements: -1, moment: 0, tick }],
  ])('leads to its tick: %s', (_, place) => {
    goTo(run, { kind: 'tick', tick: 0 });
    expect(goTo(run, { kind: 'place', ...place })).toMatchObject({ reason: 'step' });
    expect(seenIn(run)).toEqual(atTick);
  });

  test('nor its tick, leads to the end', () => {
    goTo(run, { kind: 'place', statements, moment, tick: end + 1_000 });
    expect(run.tick).toBe(end);
  });

  test('and that never ends, leads no further than the run got', () => {
    const endless = start(`process a in web {\n  let n = 0\n  while true { n = n + 1 }\n}\nvm web { memory 16M }`, {
      record: {},
    });
    endless.run({ mode: 'continue', task: 0, budget: 1_000 });
    const { statements: made, tick: last } = endless;
    goTo(endless, { kind: 'place', statements: Number.MAX_SAFE_INTEGER, moment: 0, tick: last });
    expect(endless.statements).toBeLessThanOrEqual(made);
    goTo(endless, { kind: 'place', statements: 400, moment: 0, tick: last });
    expect(endless.statements).toBe(400);
  });

  test('since an edit changed what comes, leads to its tick; after undoing it is there again', () => {
    const noted = noteAll(run);
    const last = noted.findLast(({ place }) => place.moment > 3)!;
    goTo(run, { kind: 'tick', tick: 0 });
    for (let i = 0; i < 3; i++) step(run, 0);
    expect(run.edit({ kind: 'spurious-fault', vm: 0 })).toMatchObject({ ok: true });
    const branch = noteAll(run).slice(5);
    for (const { place, seen } of shuffled(branch)) {
      goTo(run, place);
      expect(seenIn(run)).toEqual(seen);
    }
    goTo(run, last.place);
    expect(seenIn(run)).not.toEqual(last.seen);
    expect(run.undoEdit()).toMatchObject({ ok: true });
    complete(run);
    goTo(run, last.place);
    expect(seenIn(run)).toEqual(last.seen);
  });
});

test('a run that is not recorded has no places to go to', () => {
  const run = start(SCENARIO);
  expect(run.place()).toBeNull();
  expect(run.unreachable({ kind: 'place', statements: 0, moment: 0, tick: 0 })).toMatch(/not recorded/);
});

test('differences look at the place of a side', () => {
  const run = at(8, undefined, { record: {} });
  const [before] = standTwice(run);
  const entry = leafOf(run);
  expect(run.edit({ kind: 'entry', entry, field: 'P', value: '0' })).toMatchObject({ ok: true });
  const { tick, statements, moment } = run.place()!;
  expect(before).toMatchObject({ kind: 'place', tick });
  complete(run);
  const end = seenIn(run);
  const side = { vm: 0, pid: 1, root: 'tpt', tick } as const;
  const { rows } = run.differences({ a: side, b: { ...side, place: { statements, moment } } });
  expect(rows).toMatchObject([{ gva: expect.stringContaining('70000000') as string, change: 'removed' }]);
  expect(seenIn(run)).toEqual(end);
});

/** On to where two places in a row have one tick: stands at the second. */
function standTwice(run: Simulation): readonly [PlaceTarget, PlaceTarget] {
  for (let last = run.place()!; ;) {
    expect(step(run, 0).reason).toBe('step');
    const here = run.place()!;
    if (here.tick === last.tick) return [last, here];
    last = here;
  }
}

/** Steps through the whole run, whatever task comes, and notes each place. Ends at the end. */
function noteAll(run: Simulation): Noted[] {
  const noted: Noted[] = [];
  goTo(run, { kind: 'tick', tick: 0 });
  for (let i = 0; ; i++) {
    const seen = seenIn(run);
    noted.push({ place: run.place()!, seen });
    expect(seenIn(run)).toEqual(seen);
    const ready = run.tasks().filter(({ state }) => state === 'ready');
    // Some steps of one task, then of another: what a task stands inside is left by itself.
    if (step(run, ready[Math.floor(i / 9) % ready.length]?.id ?? 0).reason === 'ended') return noted;
  }
}

const seenIn = (run: Simulation): unknown => [
  run.tick,
  run.stateHash(),
  run.statements,
  run.tasks().map(({ id, state }) => [state, run.stack(id)]),
];

const step = (run: Simulation, task: number): Stop => travel(run, 'in', task);
const goTo = (run: Simulation, target: Target): Stop => travel(run, 'goto', 0, target);

function travel(run: Simulation, mode: RunMode, task: number, target?: Target): Stop {
  run.markStop();
  for (;;) {
    const stop = run.run({ mode, task, budget: 1_000, ...(target && { target }) });
    if (stop.reason !== 'budget') return stop;
  }
}

/** In an order that goes back and forth, the same each time. */
const shuffled = <T>(all: readonly T[]): T[] => all.map((_, i) => all[(i * 7919) % all.length]);
