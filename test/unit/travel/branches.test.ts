import { expect, test } from 'vitest';
import type { RunRequest, Simulation, Stop, Target } from '../../../simulator/index';
import { complete, start } from '../scenarios/check';
import { printed, SCENARIO, text } from '../edits/support';

test('checkpoints are taken also where every one falls due in a switch of processes', () => {
  const body = (name: string): string =>
    `process ${name} in web {\n  let h = mmap(64K, rw)\n  for i in 0..40 { write(h + i % 16 * 4096, i) }\n}`;
  const scenario = `vm web { memory 16M }\nschedule round-robin 1\n${body('a')}\n${body('b')}`;
  const plain = start(scenario);
  complete(plain);
  for (let interval = 1; interval < 12; interval++) {
    const run = start(scenario, { record: { interval } });
    complete(run);
    expect(run.stateHash()).toBe(plain.stateHash());
    expect(goTo(run, { kind: 'tick', tick: 300 })).toMatchObject({ reason: 'step' });
    complete(run);
    expect(run.stateHash()).toBe(plain.stateHash());
  }
});

test('an edit that was made at the end of a run is made again there', () => {
  const run = start(SCENARIO, { record: {} });
  complete(run);
  const before = run.stateHash();
  expect(text(run.edit({ kind: 'slot', vm: 1, gfn: 0x65c, frame: 0x1000 }))).toContain('map slot');
  const edited = run.stateHash();
  expect(edited).not.toBe(before);

  goTo(run, { kind: 'tick', tick: 0 });
  complete(run);
  expect(run.stateHash()).toBe(edited);
  // A look at another tick comes back to where it was.
  const side = { vm: 0, pid: 1, root: 'native', tick: null } as const;
  run.differences({ a: { ...side, tick: 10 }, b: side });
  expect(run.stateHash()).toBe(edited);

  expect(run.undoEdit()).toMatchObject({ ok: true });
  expect(run.stateHash()).toBe(before);
});

test.each([0, 1])('a breakpoint before an edit, %i steps on, is met again in both directions', (steps) => {
  const run = start(SCENARIO, { record: {} });
  run.setBreakpoints([run.statementAtLine(8)]);
  complete(run);
  for (let i = 0; i < steps; i++) run.run({ mode: 'in', task: 0, budget: 1_000 });
  text(run.edit({ kind: 'spurious-fault', vm: 0 }));
  complete(run);
  expect(travel(run, { mode: 'back-continue', task: 0, budget: 1_000 })).toMatchObject({ reason: 'breakpoint' });
  goTo(run, { kind: 'tick', tick: 0 });
  expect(complete(run)).toMatchObject({ reason: 'breakpoint' });
  expect(complete(run)).toMatchObject({ reason: 'ended' });
});

/** The process ends by the fault of line 11. */
const KILLED = SCENARIO.replace('let y = read(heap)', 'let y = 2\n  write(0x5000_0000, y)');

test('what a statement prints is printed once, also when it is gone back into', () => {
  const run = start(KILLED, { record: {} });
  complete(run);
  expect(printed(run)).toEqual(['here', expect.stringContaining('app ends') as string]);
  travel(run, { mode: 'back-in', task: 0, budget: 1_000 });
  complete(run);
  expect(printed(run)).toEqual([]);
  // Gone back before it was printed: now it is.
  const other = start(KILLED, { record: {} });
  other.setBreakpoints([other.statementAtLine(10)]);
  complete(other);
  other.run({ mode: 'in', task: 0, budget: 1_000 });
  goTo(other, { kind: 'tick', tick: 0 });
  other.setBreakpoints([]);
  complete(other);
  expect(printed(other)).toEqual(['here', expect.stringContaining('app ends') as string]);
});

const goTo = (run: Simulation, target: Target): Stop => travel(run, { mode: 'goto', task: 0, budget: 1_000, target });

function travel(run: Simulation, request: RunRequest): Stop {
  run.markStop();
  for (;;) {
    const stop = run.run(request);
    if (stop.reason !== 'budget') return stop;
  }
}
