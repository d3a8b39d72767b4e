import type { DebugProtocol as P } from '@vscode/debugprotocol';
import { describe, expect, test } from 'vitest';
import type { PlaceTarget } from '../../simulator/index';
import { TRANSPORTS, type AdapterClient } from './client';
import {
  evaluate,
  fixture,
  initialize,
  launch,
  lineOf,
  setBreakpoints,
  stack,
  step,
  stopped,
  threadOf,
  topFrame,
  useClient,
} from './driver';

interface Seen {
  readonly frames: readonly Omit<P.StackFrame, 'id'>[];
  readonly variables: readonly string[];
  readonly registers: readonly string[];
  readonly tick: number;
}

/** Stack, variables and registers: all that a client shows of a place. */
async function look(client: AdapterClient, task: number): Promise<Seen> {
  const frames = await stack(client, task);
  const { scopes } = await client.request<{ scopes: P.Scope[] }>('scopes', { frameId: frames[0]?.id });
  const values = async (name: string): Promise<string[]> => {
    const variablesReference = scopes.find((s) => s.name === name)?.variablesReference;
    if (variablesReference === undefined) return [];
    const { variables } = await client.request<{ variables: P.Variable[] }>('variables', { variablesReference });
    return variables.map((v) => `${v.name} = ${v.value}`);
  };
  const { result } = await client.request<{ result: { tick: number } }>('tpt/summary', {});
  return {
    // Numbers of frames are new at each stop.
    frames: frames.map(({ name, line, column, source }) => ({ name, line, column, ...(source && { source }) })),
    variables: await values('Variables'),
    registers: await values('Registers'),
    tick: result.tick,
  };
}

async function atEntry(client: AdapterClient, name: string, setup: Parameters<typeof launch>[2] = {}): Promise<number> {
  await launch(client, name, { ...setup, launch: { stopOnEntry: true, ...setup.launch } });
  const { threadId = 0 } = await stopped(client);
  return threadId;
}

async function value(client: AdapterClient, task: number, expression: string): Promise<number> {
  return Number((await evaluate(client, task, expression)).result.split(' ')[0]);
}

describe.each(TRANSPORTS)('going back, %s', (transport) => {
  const client = useClient(transport);
  const body = lineOf('loop.tpt', 'body');

  test.each([
    ['statements', 'next', {}],
    ['micro-steps', 'stepIn', { granularity: 'instruction' }],
  ] as const)('N %s on, N back: each place looks as it did', async (_, forward, more) => {
    const task = await atEntry(client(), 'steps.tpt');
    const seen = [await look(client(), task)];
    for (let n = 0; n < 6; n++) {
      await step(client(), forward, task, more);
      seen.push(await look(client(), task));
    }
    for (let n = 5; n >= 0; n--) {
      expect(await step(client(), 'stepBack', task, more)).toMatchObject({ reason: 'step', threadId: task });
      expect(await look(client(), task)).toEqual(seen[n]);
    }
  });

  test('back from the end, where the run can only be looked at', async () => {
    await launch(client(), 'steps.tpt');
    expect((await stopped(client())).description).toMatch(/^Ended/);
    const task = await threadOf(client(), 'redis');
    await step(client(), 'stepBack', task);
    expect((await topFrame(client(), task)).line).toBe(lineOf('steps.tpt', 'expect'));
    expect((await step(client(), 'continue', task)).description).toBe('Ended: 1 of 1 expectation holds');
    expect(client().console().match(/^got /gm)).toHaveLength(1);
  });

  test('back to the beginning: said, and the run goes on from there', async () => {
    const task = await atEntry(client(), 'steps.tpt');
    const first = await look(client(), task);
    await step(client(), 'next', task);
    expect(await step(client(), 'reverseContinue', task)).toMatchObject({
      reason: 'entry',
      description: expect.stringMatching(/beginning/) as string,
    });
    expect(await look(client(), task)).toEqual(first);
    await step(client(), 'next', task);
    expect((await topFrame(client(), task)).line).toBe(lineOf('steps.tpt', 'firstTouch'));
  });

  test('a line breakpoint, backwards: the last time first', async () => {
    const [set] = await launch(client(), 'loop.tpt', { breakpoints: [{ line: lineOf('loop.tpt', 'after') }] });
    const { threadId = 0 } = await stopped(client());
    const { breakpoints } = await setBreakpoints(client(), 'loop.tpt', [{ line: body }]);
    expect(breakpoints[0]?.id).not.toBe(set?.id);
    for (const i of [9, 8, 7]) {
      expect(await step(client(), 'reverseContinue', threadId)).toMatchObject({
        reason: 'breakpoint',
        hitBreakpointIds: [breakpoints[0]?.id],
      });
      expect(await value(client(), threadId, 'i')).toBe(i);
    }
  });

  test('a condition, backwards', async () => {
    await launch(client(), 'loop.tpt', { breakpoints: [{ line: body, condition: 'i == 3' }] });
    const { threadId = 0 } = await stopped(client());
    expect((await step(client(), 'continue', threadId)).description).toMatch(/^Ended/);
    expect((await step(client(), 'reverseContinue', threadId)).reason).toBe('breakpoint');
    expect(await value(client(), threadId, 'i')).toBe(3);
    expect((await step(client(), 'reverseContinue', threadId)).reason).toBe('entry');
  });

  test('a hit count, backwards: a hit keeps its number, and none is used up', async () => {
    await launch(client(), 'loop.tpt', { breakpoints: [{ line: body, hitCondition: '%4' }] });
    const { threadId = 0 } = await stopped(client());
    expect(await value(client(), threadId, 'i')).toBe(3);
    await step(client(), 'continue', threadId);
    expect(await value(client(), threadId, 'i')).toBe(7);
    await step(client(), 'continue', threadId);
    await step(client(), 'reverseContinue', threadId);
    expect(await value(client(), threadId, 'i')).toBe(7);
    await step(client(), 'reverseContinue', threadId);
    expect(await value(client(), threadId, 'i')).toBe(3);
    await step(client(), 'continue', threadId);
    expect(await value(client(), threadId, 'i')).toBe(7);
  });

  test('a log point is silent on the way back', async () => {
    await launch(client(), 'loop.tpt', { breakpoints: [{ line: body, logMessage: 'turn {i}' }] });
    const { threadId = 0 } = await stopped(client());
    const turns = (): number =>
      client()
        .console()
        .split('\n')
        .filter((l) => l.startsWith('turn ')).length;
    expect(turns()).toBe(10);
    expect((await step(client(), 'reverseContinue', threadId)).reason).toBe('entry');
    expect(turns()).toBe(10);
  });

  test('an exception, backwards', async () => {
    await launch(client(), 'forged.tpt', { filters: ['tag_violation'] });
    const first = await stopped(client());
    expect((await step(client(), 'continue', first.threadId ?? 0)).description).toMatch(/^Ended/);
    const again = await step(client(), 'reverseContinue', first.threadId ?? 0);
    expect(again).toMatchObject({ reason: 'exception', text: first.text });
    expect((await stack(client(), again.threadId ?? 0)).at(-1)?.line).toBe(lineOf('forged.tpt', 'attack'));
    const info = await client().request<P.ExceptionInfoResponse['body']>('exceptionInfo', { threadId: again.threadId });
    expect(info.exceptionId).toBe('Tag violation');
  });

  test('an operation, backwards', async () => {
    await launch(client(), 'steps.tpt', { operations: [{ name: 'mmap' }] });
    const { threadId = 0 } = await stopped(client());
    await step(client(), 'continue', threadId);
    expect((await step(client(), 'reverseContinue', threadId)).reason).toBe('function breakpoint');
    expect((await stack(client(), threadId)).at(-1)?.line).toBe(lineOf('steps.tpt', 'mmap'));
  });

  test('pause on the way back, then on', async () => {
    await launch(client(), 'endless.tpt', { launch: { stopOnEntry: true } });
    const { threadId = 0 } = await stopped(client());
    await client().request('continue', { threadId });
    await new Promise((done) => setTimeout(done, 1500));
    await client().request('pause', { threadId });
    await stopped(client());
    const far = await value(client(), threadId, 'n');
    // A condition that never holds has the whole run searched.
    await setBreakpoints(client(), 'endless.tpt', [{ line: lineOf('endless.tpt', 'spin'), condition: 'n == 0 - 1' }]);
    await client().request('reverseContinue', { threadId });
    await client().request('pause', { threadId });
    expect(await stopped(client())).toMatchObject({ reason: 'pause' });
    expect(await value(client(), threadId, 'n')).toBeLessThanOrEqual(far);
    await setBreakpoints(client(), 'endless.tpt', []);
    await step(client(), 'next', threadId);
    expect((await step(client(), 'reverseContinue', threadId)).reason).toBe('entry');
  });

  test('travel by tick, in either direction', async () => {
    const task = await atEntry(client(), 'steps.tpt');
    const ticks: number[] = [];
    for (let n = 0; n < 4; n++) {
      await step(client(), 'next', task);
      ticks.push((await look(client(), task)).tick);
    }
    for (const tick of [ticks[0], ticks[3], ticks[1]]) {
      await client().request('tpt/travel', { kind: 'tick', tick });
      // A client that was not told would take this stop for a part of the one before.
      expect(await client().next('continued')).toEqual({ threadId: task, allThreadsContinued: true });
      expect(await stopped(client())).toMatchObject({ reason: 'goto', description: `Tick ${tick}` });
      expect((await look(client(), task)).tick).toBe(tick);
    }
    expect(client().events.filter(({ event }) => event === 'continued')).toHaveLength(3);
    expect(await client().refusal('tpt/travel', { kind: 'tick', tick: -1 })).toMatch(/"tick" must be a whole number/);
    expect(await client().refusal('tpt/travel', { kind: 'day' })).toMatch(/"kind" must be one of tick, write/);
  });

  test('travel to a place that was noted, among others of its tick', async () => {
    const task = await atEntry(client(), 'steps.tpt');
    const noted: { place: PlaceTarget; seen: Seen }[] = [];
    const note = async (): Promise<void> => {
      const { result } = await client().request<{ result: PlaceTarget }>('tpt/place', {});
      noted.push({ place: result, seen: await look(client(), task) });
    };
    await note();
    for (let n = 0; n < 12; n++) {
      await step(client(), 'stepIn', task, { granularity: 'instruction' });
      await note();
    }
    const ticks = noted.map(({ place }) => place.tick);
    expect(new Set(ticks).size).toBeLessThan(ticks.length);
    expect(ticks).toEqual(noted.map(({ seen }) => seen.tick));
    for (const n of [3, 12, 7, 0, 8, 11, 5]) {
      const { place, seen } = noted[n];
      await client().request('tpt/travel', place);
      expect(await stopped(client())).toMatchObject({ reason: 'goto', description: `Tick ${place.tick}` });
      expect(await look(client(), task)).toEqual(seen);
    }
    // What is no place of this run is its tick.
    await client().request('tpt/travel', { ...noted[7].place, statements: 9_999_999 });
    expect((await stopped(client())).description).toBe(`Tick ${ticks[7]}`);
    const bad = { kind: 'place', tick: 1, statements: -2, moment: 0 };
    expect(await client().refusal('tpt/travel', bad)).toMatch(/"statements" must be a whole number, -1 or larger/);
    expect(await client().refusal('tpt/travel', { ...bad, statements: 0, moment: 'x' })).toMatch(/"moment" must be/);
    expect(await client().refusal('tpt/travel', { ...bad, statements: 0, tick: null })).toMatch(/"tick" must be/);
    const side = { vm: 0, pid: 1, root: 'tpt', tick: 1 };
    const differences = { a: { ...side, place: { statements: 0, moment: -1 } }, b: side };
    expect(await client().refusal('tpt/differences', differences)).toMatch(/"moment" must be/);
  });

  test('goto a line: the last time that it was run, else the first time after', async () => {
    const task = await atEntry(client(), 'loop.tpt', { breakpoints: [{ line: lineOf('loop.tpt', 'after') }] });
    const target = async (line: number): Promise<P.GotoTarget> => {
      const body = { source: { path: fixture('loop.tpt') }, line };
      const { targets } = await client().request<{ targets: P.GotoTarget[] }>('gotoTargets', body);
      expect(targets).toHaveLength(1);
      return targets[0];
    };
    const go = async (line: number): Promise<number> => {
      const { id } = await target(line);
      await client().request('goto', { threadId: task, targetId: id });
      expect(await stopped(client())).toMatchObject({ reason: 'goto', description: `Line ${line}` });
      expect((await topFrame(client(), task)).line).toBe(line);
      return value(client(), task, 'i');
    };
    expect(await go(body)).toBe(0);
    await step(client(), 'continue', task);
    expect(await go(body)).toBe(9);
    expect(await client().refusal('goto', { threadId: task, targetId: 999 })).toMatch(/no goto target 999/);
  });

  test('run to a line, back and forward, with other breakpoints on the way', async () => {
    const task = await atEntry(client(), 'loop.tpt', { breakpoints: [{ line: body, condition: 'i == 5' }] });
    const after = lineOf('loop.tpt', 'after');
    const runTo = async (line: number, direction: string): Promise<P.StoppedEvent['body']> => {
      await client().request('tpt/runTo', { line, direction });
      return stopped(client());
    };
    expect((await runTo(after, 'forward')).reason).toBe('breakpoint');
    expect((await runTo(after, 'forward')).reason).toBe('goto');
    expect((await topFrame(client(), task)).line).toBe(after);
    await setBreakpoints(client(), 'loop.tpt', []);
    expect((await runTo(body, 'back')).reason).toBe('goto');
    expect(await value(client(), task, 'i')).toBe(9);
    expect(await runTo(after, 'back')).toMatchObject({
      reason: 'entry',
      description: expect.stringContaining(`Line ${after} is not run before`) as string,
    });
    expect(await client().refusal('tpt/runTo', { line: body, direction: 'up' })).toMatch(/"direction" must be/);
    expect(await client().refusal('tpt/runTo', { line: 999, direction: 'back' })).toMatch(/no statement at or after/);
  });

  test('a function call is begun again; a task and an operation are not', async () => {
    const bump = lineOf('steps.tpt', 'bump');
    await launch(client(), 'steps.tpt', { breakpoints: [{ line: bump }] });
    const { threadId = 0 } = await stopped(client());
    const frames = await stack(client(), threadId);
    expect(frames.map((f) => f.canRestart)).toEqual([true, false]);
    const before = await look(client(), threadId);
    await client().request('restartFrame', { frameId: frames[0]?.id });
    expect(await stopped(client())).toMatchObject({ reason: 'restart', description: 'bump begins again' });
    expect(await look(client(), threadId)).toEqual(before);
    const outer = (await stack(client(), threadId))[1];
    expect(await client().refusal('restartFrame', { frameId: outer?.id })).toMatch(/cannot be begun again/);
  });

  test('back from a limit, and on to it again', async () => {
    await launch(client(), 'endless.tpt', { launch: { stepLimit: 5000 } });
    const { threadId = 0, text } = await stopped(client());
    const n = await value(client(), threadId, 'n');
    await step(client(), 'stepBack', threadId);
    await step(client(), 'stepBack', threadId);
    await step(client(), 'stepBack', threadId);
    expect(await value(client(), threadId, 'n')).toBeLessThan(n);
    expect(await step(client(), 'continue', threadId)).toMatchObject({ reason: 'exception', text });
    expect(await value(client(), threadId, 'n')).toBe(n);
  });

  test('too far a tick leads to the end; a task that there is not is refused', async () => {
    const task = await atEntry(client(), 'steps.tpt');
    await step(client(), 'next', task);
    const { tick } = await look(client(), task);
    await client().request('tpt/travel', { kind: 'tick', tick: tick + 100_000 });
    expect((await stopped(client())).description).toBe(`Tick ${tick}`);
    expect(await client().refusal('stepBack', { threadId: 99 })).toMatch(/no task 99/);
    expect(await client().refusal('reverseContinue', { threadId: 99 })).toMatch(/no task 99/);
  });

  test('a forked child is gone before its fork, and comes back', async () => {
    const task = await atEntry(client(), 'fork.tpt');
    await client().request('setExceptionBreakpoints', { filters: [] });
    expect((await step(client(), 'continue', task)).description).toMatch(/^Ended/);
    await step(client(), 'reverseContinue', task);
    const { threads } = await client().request<{ threads: P.Thread[] }>('threads');
    expect(threads).toHaveLength(1);
    expect((await step(client(), 'continue', task)).description).toMatch(/^Ended/);
  });

  test('not recorded: every way back is refused in words', async () => {
    const task = await atEntry(client(), 'steps.tpt', { launch: { record: false } });
    await step(client(), 'next', task);
    for (const [command, args] of [
      ['stepBack', { threadId: task }],
      ['reverseContinue', { threadId: task }],
      ['goto', { threadId: task, targetId: 0 }],
      ['tpt/runTo', { line: 1, direction: 'back' }],
      ['tpt/travel', { kind: 'tick', tick: 0 }],
      ['tpt/undoEdit', {}],
      ['tpt/timeline', { buckets: 10 }],
      ['tpt/causes', { kind: 'fault', faultId: 0 }],
      ['evaluate', { expression: 'goto 0', context: 'repl' }],
    ] as const)
      expect(await client().refusal(command, args)).toMatch(/not recorded.*"record": true/);
    expect(await client().request('tpt/place', {})).toMatchObject({ result: null });
    expect((await stack(client(), task))[0]?.canRestart).toBe(false);
    expect((await step(client(), 'next', task)).reason).toBe('step');
  });

  test('refused while the machine runs', async () => {
    const task = await atEntry(client(), 'endless.tpt');
    await client().request('continue', { threadId: task });
    for (const [command, args] of [
      ['tpt/travel', { kind: 'tick', tick: 0 }],
      ['tpt/edit', { kind: 'drop-flush', vm: 0 }],
      ['tpt/undoEdit', {}],
      ['tpt/place', {}],
      ['tpt/runTo', { line: 1, direction: 'back' }],
      ['tpt/differences', { a: { vm: 0, pid: 1 }, b: { vm: 0, pid: 1 } }],
    ] as const)
      expect(await client().refusal(command, args)).toMatch(/machine is running. Pause it first/);
  });
});

describe('what the adapter says it can do', () => {
  const client = useClient('in process');

  test('going back, watching and jumping', async () => {
    expect(await initialize(client())).toMatchObject({
      supportsStepBack: true,
      supportsRestartFrame: true,
      supportsGotoTargetsRequest: true,
      supportsDataBreakpoints: true,
      supportsSteppingGranularity: true,
    });
  });
});
