import type { DebugProtocol as P } from '@vscode/debugprotocol';
import { describe, expect, test } from 'vitest';
import { TRANSPORTS, type AdapterClient } from './client';
import { launch, lineOf, stack, step, stopped, topFrame, useClient } from './driver';

/** Steps in until the innermost frame fits; gives the names of the innermost frames on the way. */
async function stepInUntil(
  client: AdapterClient,
  task: number,
  fits: (frame: P.StackFrame) => boolean,
): Promise<string[]> {
  const seen: string[] = [];
  for (let n = 0; n < 60; n++) {
    await step(client, 'stepIn', task);
    const top = await topFrame(client, task);
    seen.push(top.name);
    if (fits(top)) return seen;
  }
  throw new Error(`never came there: ${seen.join(' | ')}`);
}

describe.each(TRANSPORTS)('stepping, %s', (transport) => {
  const client = useClient(transport);

  test('over: one statement after the other, calls and faults included', async () => {
    await launch(client(), 'steps.tpt', { launch: { stopOnEntry: true } });
    const { threadId = 0 } = await stopped(client());
    const lines = [(await topFrame(client(), threadId)).line];
    for (let n = 0; n < 5; n++) {
      expect(await step(client(), 'next', threadId)).toMatchObject({ reason: 'step', threadId });
      lines.push((await topFrame(client(), threadId)).line);
    }
    expect(lines).toEqual(
      ['mmap', 'firstTouch', 'read', 'call', 'print', 'expect'].map((mark) => lineOf('steps.tpt', mark)),
    );
  });

  test('in and out of a function', async () => {
    await launch(client(), 'steps.tpt', { breakpoints: [{ line: lineOf('steps.tpt', 'call') }] });
    const { threadId = 0 } = await stopped(client());
    await step(client(), 'stepIn', threadId);
    expect(await stack(client(), threadId)).toMatchObject([
      { name: 'bump', line: lineOf('steps.tpt', 'bump') },
      { line: lineOf('steps.tpt', 'call') },
    ]);
    await step(client(), 'stepOut', threadId);
    expect(await stack(client(), threadId)).toHaveLength(1);
  });

  test('into an access: down to a walk level, with a text to stand in, and out again', async () => {
    await launch(client(), 'steps.tpt', { breakpoints: [{ line: lineOf('steps.tpt', 'firstTouch') }] });
    const { threadId = 0 } = await stopped(client());
    const seen = await stepInUntil(client(), threadId, (f) => f.source?.name === 'operation:walk');
    expect(seen.length).toBeGreaterThan(1);

    const frames = await stack(client(), threadId);
    expect(frames.length).toBeGreaterThan(2);
    expect(frames.at(-1)).toMatchObject({ line: lineOf('steps.tpt', 'firstTouch') });
    const [top] = frames;
    const reference = top?.source?.sourceReference ?? 0;
    expect(reference).toBeGreaterThan(0);
    const { content } = await client().request<{ content: string }>('source', {
      sourceReference: reference,
      source: top?.source,
    });
    expect(content.split('\n').length).toBeGreaterThanOrEqual(top?.line ?? 0);

    await step(client(), 'stepOut', threadId);
    expect((await stack(client(), threadId)).length).toBeLessThan(frames.length);
  });

  test('instruction granularity goes one micro-step, not one statement', async () => {
    await launch(client(), 'steps.tpt', { breakpoints: [{ line: lineOf('steps.tpt', 'firstTouch') }] });
    const { threadId = 0 } = await stopped(client());
    await step(client(), 'next', threadId, { granularity: 'instruction' });
    expect((await stack(client(), threadId)).length).toBeGreaterThan(1);
  });

  test('over, inside an operation, stays inside until its last step', async () => {
    await launch(client(), 'fork.tpt', { breakpoints: [{ line: lineOf('fork.tpt', 'fork') }] });
    const { threadId = 0 } = await stopped(client());
    await step(client(), 'stepIn', threadId);
    const depth = (await stack(client(), threadId)).length;
    expect(depth).toBeGreaterThan(1);
    await step(client(), 'next', threadId);
    expect((await stack(client(), threadId)).length).toBe(depth);
  });

  test('the stack comes in pages', async () => {
    await launch(client(), 'steps.tpt', { breakpoints: [{ line: lineOf('steps.tpt', 'firstTouch') }] });
    const { threadId = 0 } = await stopped(client());
    await stepInUntil(client(), threadId, (f) => f.source?.name === 'operation:walk');
    const all = await stack(client(), threadId);
    const page = await client().request<{ stackFrames: P.StackFrame[]; totalFrames: number }>('stackTrace', {
      threadId,
      startFrame: 1,
      levels: 1,
    });
    expect(page).toEqual({ stackFrames: [all[1]], totalFrames: all.length });
  });

  test('a forked child becomes a thread of its own', async () => {
    await launch(client(), 'fork.tpt', { breakpoints: [{ line: lineOf('fork.tpt', 'childWrite') }] });
    const { threadId = 0 } = await stopped(client());
    const { threads } = await client().request<{ threads: P.Thread[] }>('threads');
    expect(threads.find((t) => t.id === threadId)?.name).toMatch(/child/);
  });

  test('frames of an earlier stop are refused, not answered wrongly', async () => {
    await launch(client(), 'steps.tpt', { launch: { stopOnEntry: true } });
    const { threadId = 0 } = await stopped(client());
    const { id } = await topFrame(client(), threadId);
    await step(client(), 'next', threadId);
    expect(await client().refusal('scopes', { frameId: id })).toMatch(/frame is gone/);
  });
});
