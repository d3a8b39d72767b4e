/** Requests at any moment, in any order: each is answered once, none by an internal error, and the machine can be stopped at the end. */
import { expect, test } from 'vitest';
import { fixture, launch, lineOf, setBreakpoints, useClient } from './driver';

const openClient = useClient('in process');

const COMMANDS: readonly (readonly [string, (random: (below: number) => number) => object])[] = [
  ['next', () => ({ threadId: 1 })],
  ['next', () => ({ threadId: 1, granularity: 'instruction' })],
  ['stepIn', (r) => ({ threadId: 1 + r(2) })],
  ['stepOut', () => ({ threadId: 1 })],
  ['stepBack', (r) => ({ threadId: 1, granularity: r(2) === 0 ? 'instruction' : 'statement' })],
  ['reverseContinue', () => ({ threadId: 1 })],
  ['continue', () => ({ threadId: 1 })],
  ['pause', () => ({ threadId: 1 })],
  ['threads', () => ({})],
  ['stackTrace', () => ({ threadId: 1 })],
  ['restartFrame', (r) => ({ frameId: r(40) })],
  ['goto', (r) => ({ threadId: 1, targetId: r(5) })],
  ['gotoTargets', (r) => ({ source: { path: fixture('migration.tpt') }, line: r(20) })],
  [
    'setBreakpoints',
    (r) => ({
      source: { path: fixture('migration.tpt') },
      breakpoints: r(2) === 0 ? [] : [{ line: lineOf('migration.tpt', 'touch') }],
    }),
  ],
  [
    'setFunctionBreakpoints',
    (r) => ({ breakpoints: [[], [{ name: 'page_fault' }], [{ name: 'stale guest' }], [{ name: 'migrate' }]][r(4)] }),
  ],
  ['setExceptionBreakpoints', (r) => ({ filters: r(2) === 0 ? [] : ['page_fault', 'cr3'] })],
  ['tpt/travel', (r) => ({ kind: 'tick', tick: r(300) })],
  ['tpt/travel', (r) => ({ kind: 'write', write: r(2_000) })],
  ['tpt/travel', (r) => ({ kind: 'place', statements: r(12) - 1, moment: r(20), tick: r(300) })],
  ['tpt/place', () => ({})],
  ['tpt/edit', () => ({ kind: 'spurious-fault', vm: 0 })],
  ['tpt/undoEdit', () => ({})],
  ['tpt/summary', () => ({})],
  [
    'evaluate',
    (r) => ({
      context: 'repl',
      expression: [
        'goto 40',
        'undo',
        'timeline',
        'why',
        'back',
        'history 0x1000',
        '1 + 1',
        'drop-flush',
        'help',
        'goto write 999999',
      ][r(10)],
    }),
  ],
  ['restart', () => ({})],
];

test.each([1, 2, 3])('requests in random order, seed %i', { timeout: 30_000 }, async (seed) => {
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const client = openClient();
  await launch(client, 'migration.tpt', { launch: { stopOnEntry: true } });
  const bugs: string[] = [];
  const asked: Promise<unknown>[] = [];
  for (let i = 0; i < 150; i++) {
    const [command, args] = COMMANDS[random(COMMANDS.length)];
    const answer = client.answer(command, args(random)).then(({ message }) => {
      if (message?.includes('a bug of its own')) bugs.push(message);
    });
    asked.push(answer);
    // Some wait for the answer, some for a slice or two of the run, some for nothing.
    if (random(3) > 0) await answer;
    if (random(4) === 0) await new Promise((resolve) => setTimeout(resolve, random(40)));
  }
  await Promise.all(asked);
  expect(bugs).toEqual([]);
  expect(client.console()).not.toContain('a bug of its own');
  const answers = client.order.filter((what) => what.endsWith('→'));
  // With those of `launch`: initialize, launch, setBreakpoints, setExceptionBreakpoints, configurationDone.
  expect(answers).toHaveLength(150 + 5);

  // It still runs, stops and ends.
  await client.request('restart', {});
  const begun = client.order.length;
  await setBreakpoints(client, 'migration.tpt', []);
  await client.request('setFunctionBreakpoints', { breakpoints: [] });
  for (let i = 0; i < 100 && !client.order.includes('exited', begun); i++) {
    // Refused while it is over, harmless while it runs.
    await client.answer('continue', { threadId: 1 });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(client.order.slice(begun)).toContain('exited');
});
