import type { DebugProtocol as P } from '@vscode/debugprotocol';
import { describe, expect, test } from 'vitest';
import { TRANSPORTS } from './client';
import {
  evaluate,
  fixture,
  launch,
  lineOf,
  setBreakpoints,
  stack,
  step,
  stopped,
  topFrame,
  useClient,
  type Exited,
} from './driver';

describe.each(TRANSPORTS)('breakpoints, %s', (transport) => {
  const client = useClient(transport);
  const body = lineOf('loop.tpt', 'body');

  test('on a line: stops before its statement, and says which was hit', async () => {
    const [set] = await launch(client(), 'steps.tpt', { breakpoints: [{ line: lineOf('steps.tpt', 'read') }] });
    const stop = await stopped(client());
    expect(stop).toMatchObject({ reason: 'breakpoint', hitBreakpointIds: [set?.id] });
    expect((await topFrame(client(), stop.threadId ?? 0)).line).toBe(lineOf('steps.tpt', 'read'));
  });

  test('on a line without a statement: moves to the next one; after the last: says so', async () => {
    const set = await launch(client(), 'steps.tpt', {
      launch: { stopOnEntry: true },
      breakpoints: [{ line: 2 }, { line: 99 }],
    });
    expect(set).toMatchObject([{ verified: true, line: lineOf('steps.tpt', 'bump') }, { verified: false }]);
    expect(set[1]?.message).toMatch(/no statement at or after line 99/);
  });

  test('removed while stopped: no longer hit', async () => {
    await launch(client(), 'loop.tpt', { breakpoints: [{ line: body }] });
    const { threadId = 0 } = await stopped(client());
    await setBreakpoints(client(), 'loop.tpt', [{ line: lineOf('loop.tpt', 'after') }]);
    await step(client(), 'continue', threadId);
    expect((await topFrame(client(), threadId)).line).toBe(lineOf('loop.tpt', 'after'));
  });

  test('set while running: hit', async () => {
    await launch(client(), 'endless.tpt');
    await setBreakpoints(client(), 'endless.tpt', [{ line: lineOf('endless.tpt', 'spin') }]);
    expect((await stopped(client())).reason).toBe('breakpoint');
  });

  test('condition: stops only where it holds', async () => {
    await launch(client(), 'loop.tpt', { breakpoints: [{ line: body, condition: 'i == 7' }] });
    const { threadId = 0 } = await stopped(client());
    expect(await evaluate(client(), threadId, 'total == 21')).toMatchObject({
      result: expect.stringMatching(/^(1|0x1|true)\b/) as string,
    });
    await step(client(), 'continue', threadId);
    expect(client().events.filter((e) => e.event === 'stopped')).toHaveLength(2);
  });

  test('condition that cannot be evaluated: stops and says why', async () => {
    await launch(client(), 'loop.tpt', { breakpoints: [{ line: body, condition: 'nobody > 1' }] });
    const stop = await stopped(client());
    expect(stop.reason).toBe('breakpoint');
    expect(stop.text).toMatch(/condition "nobody > 1" cannot be evaluated: .*nobody/);
  });

  test('a condition that does not hold does not swallow the end of a step', async () => {
    await launch(client(), 'loop.tpt', {
      launch: { stopOnEntry: true },
      breakpoints: [{ line: body, condition: 'i == 99' }],
    });
    const { threadId = 0 } = await stopped(client());
    const seen: number[] = [];
    for (let n = 0; n < 4; n++) {
      expect(await step(client(), 'next', threadId)).toMatchObject({ reason: 'step' });
      seen.push((await topFrame(client(), threadId)).line);
    }
    expect(seen).toContain(body);
  });

  test.each([
    ['3', 2],
    ['== 3', 2],
    ['>= 9', 8],
    ['%4', 3],
  ])('hit count %s', async (hitCondition, turn) => {
    await launch(client(), 'loop.tpt', { breakpoints: [{ line: body, hitCondition }] });
    const { threadId = 0 } = await stopped(client());
    expect(await evaluate(client(), threadId, `i == ${turn}`)).toMatchObject({
      result: expect.stringMatching(/^(1|0x1|true)\b/) as string,
    });
  });

  test('hit count that cannot be read: the breakpoint says so and is not hit', async () => {
    const [set] = await launch(client(), 'loop.tpt', { breakpoints: [{ line: body, hitCondition: 'often' }] });
    expect(set).toMatchObject({ verified: false });
    expect(set?.message).toMatch(/"often" is not understood/);
    expect((await stopped(client())).description).toMatch(/^Ended/);
  });

  test('log point: writes and goes on', async () => {
    await launch(client(), 'loop.tpt', { breakpoints: [{ line: body, logMessage: 'turn {i} of \\{10\\}, {nobody}' }] });
    expect((await stopped(client())).description).toMatch(/^Ended/);
    const lines = client()
      .console()
      .split('\n')
      .filter((l) => l.startsWith('turn '));
    expect(lines).toHaveLength(10);
    expect(lines[3]).toMatch(/^turn (3|0x3)\b.* of \{10\}, \{nobody: .*\}$/);
  });

  test('on an operation', async () => {
    await launch(client(), 'steps.tpt', { operations: [{ name: 'mmap' }] });
    const stop = await stopped(client());
    expect(stop.reason).toBe('function breakpoint');
    expect(stop.hitBreakpointIds).toHaveLength(1);
    const frames = await stack(client(), stop.threadId ?? 0);
    expect(frames.at(-1)?.line).toBe(lineOf('steps.tpt', 'mmap'));
  });

  test('on an operation that does not exist', async () => {
    await launch(client(), 'steps.tpt', { launch: { stopOnEntry: true } });
    const { breakpoints } = await client().request<{ breakpoints: P.Breakpoint[] }>('setFunctionBreakpoints', {
      breakpoints: [{ name: 'nmap' }, { name: 'write' }],
    });
    expect(breakpoints).toMatchObject([{ verified: false }, { verified: true }]);
    expect(breakpoints[0]?.message).toMatch(/"nmap" is not an operation.*mmap/);
  });

  test('on an event: stops at the first page fault and explains it', async () => {
    await launch(client(), 'steps.tpt', { filters: ['page_fault'] });
    const stop = await stopped(client());
    expect(stop.reason).toBe('exception');
    const frames = await stack(client(), stop.threadId ?? 0);
    expect(frames.at(-1)?.line).toBe(lineOf('steps.tpt', 'firstTouch'));
    const info = await client().request<P.ExceptionInfoResponse['body']>('exceptionInfo', { threadId: stop.threadId });
    expect(info).toMatchObject({ exceptionId: '#PF', breakMode: 'always' });
    expect(info.details?.stackTrace).toMatch(/redis/);
  });

  test('on an event, with a condition', async () => {
    await launch(client(), 'steps.tpt', { filterOptions: [{ filterId: 'page_fault', condition: '0 == 1' }] });
    expect((await stopped(client())).description).toMatch(/^Ended/);
  });

  test('tag violation: names the statement of the attack', async () => {
    await launch(client(), 'forged.tpt', { filters: ['tag_violation'] });
    const stop = await stopped(client());
    expect(stop.reason).toBe('exception');
    expect((await stack(client(), stop.threadId ?? 0)).at(-1)?.line).toBe(lineOf('forged.tpt', 'attack'));
  });

  test('failed expectation: stops there, and the run ends with exit code 1', async () => {
    await launch(client(), 'fails.tpt', { filters: ['failed_expect'], launch: { stopOnEnd: false } });
    const stop = await stopped(client());
    expect(stop.reason).toBe('exception');
    expect((await topFrame(client(), stop.threadId ?? 0)).line).toBe(lineOf('fails.tpt', 'wrong'));
    await client().request('continue', { threadId: stop.threadId });
    expect(await client().next<Exited>('exited')).toEqual({ exitCode: 1 });
    const said = await client().next<P.OutputEvent['body']>('output', (b) => b.category === 'stderr');
    expect(said).toMatchObject({ line: lineOf('fails.tpt', 'wrong'), source: { path: fixture('fails.tpt') } });
  });

  test('locations: every statement in a range of lines', async () => {
    await launch(client(), 'steps.tpt', { launch: { stopOnEntry: true } });
    const first = lineOf('steps.tpt', 'mmap');
    const { breakpoints } = await client().request<{ breakpoints: P.BreakpointLocation[] }>('breakpointLocations', {
      source: { path: fixture('steps.tpt') },
      line: first - 1,
      endLine: first + 2,
    });
    expect(breakpoints.map((b) => b.line)).toEqual([first, first + 1, first + 2]);
  });
});
