import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import { describe, expect, test } from 'vitest';
import { AdapterClient, TRANSPORTS } from './client';
import {
  evaluate,
  fixture,
  initialize,
  launch,
  lineOf,
  stack,
  step,
  stopped,
  threadOf,
  topFrame,
  useClient,
  type Exited,
} from './driver';

interface Revision {
  readonly revision: number;
  readonly state: string;
}

describe.each(TRANSPORTS)('control, %s', (transport) => {
  const client = useClient(transport);

  test('pause in an endless loop, look around, go on, pause again further on', async () => {
    await launch(client(), 'endless.tpt');
    const spinner = await threadOf(client(), 'spinner');
    await client().request('pause', { threadId: spinner });
    expect(await stopped(client())).toMatchObject({ reason: 'pause', threadId: spinner, allThreadsStopped: true });
    const first = Number((await evaluate(client(), spinner, 'n')).result.split(' ')[0]);
    await client().request('continue', { threadId: spinner });
    await client().request('pause', { threadId: spinner });
    await stopped(client());
    expect(Number((await evaluate(client(), spinner, 'n')).result.split(' ')[0])).toBeGreaterThan(first);
  });

  test('a step that does not end can be paused, and the next step begins where that was', async () => {
    await launch(client(), 'endless-call.tpt', { launch: { stopOnEntry: true } });
    const { threadId = 0 } = await stopped(client());
    await client().request('next', { threadId });
    await client().request('pause', { threadId });
    expect(await stopped(client())).toMatchObject({ reason: 'pause' });
    expect(await stack(client(), threadId)).toHaveLength(2);
    expect(await step(client(), 'next', threadId)).toMatchObject({ reason: 'step' });
    expect(await stack(client(), threadId)).toHaveLength(2);
  });

  test('queries and evaluation are answered while the machine runs', async () => {
    await launch(client(), 'endless.tpt');
    const { result } = await client().request<{ result: { running: boolean; vms: object[] } }>('tpt/summary', {});
    expect(result.vms).toHaveLength(1);
    expect(
      (await client().request<P.EvaluateResponse['body']>('evaluate', { expression: '1 + 1', context: 'repl' })).result,
    ).toMatch(/2/);
    expect(client().order).not.toContain('stopped');
  });

  test('terminate in mid-run ends the session', async () => {
    await launch(client(), 'endless.tpt');
    await client().request('terminate', {});
    await client().next('terminated');
    expect((await client().next<Revision>('tpt/revision', (b) => b.state === 'terminated')).state).toBe('terminated');
    expect(await client().refusal('continue', { threadId: 1 })).toMatch(/run is over/);
  });

  test('restart from a stop and from the middle of a run', async () => {
    await launch(client(), 'endless.tpt', { launch: { stopOnEntry: true } });
    const { threadId = 0 } = await stopped(client());
    const first = await client().next<Revision>('tpt/revision', (b) => b.state === 'stopped');
    await client().request('continue', { threadId });
    await client().request('restart', {});
    expect((await stopped(client())).reason).toBe('entry');
    expect((await topFrame(client(), threadId)).line).toBe(lineOf('endless.tpt', 'start'));
    const second = await client().next<Revision>('tpt/revision', (b) => b.state === 'stopped');
    expect(second.revision).toBeGreaterThan(first.revision);
  });

  test('restart reads the file again: breakpoints move with it; with errors the old run stays', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tpt-restart-'));
    const path = join(folder, 'loop.tpt');
    copyFileSync(fixture('loop.tpt'), path);
    await initialize(client());
    await client().request('launch', { scenario: path, stopOnEntry: false });
    await client().next('initialized');
    const line = lineOf('loop.tpt', 'body');
    await client().request('setBreakpoints', { source: { path }, breakpoints: [{ line }] });
    await client().request('configurationDone');
    const { threadId = 0 } = await stopped(client());

    writeFileSync(path, 'machine {\n');
    expect(await client().refusal('restart', {})).toMatch(/loop\.tpt:\d+:\d+: /);
    await step(client(), 'next', threadId);

    // The line before the marked one now carries no statement of the loop: the breakpoint must be placed anew.
    writeFileSync(
      path,
      readFileSync(fixture('loop.tpt'), 'utf8').replace(
        'total = total + i // @body',
        '// nothing\n    total = total + i',
      ),
    );
    await client().request('restart', {});
    expect((await client().next<{ breakpoint: P.Breakpoint }>('breakpoint')).breakpoint).toMatchObject({
      verified: true,
      line: line + 1,
    });
    await stopped(client());
    expect((await topFrame(client(), threadId)).line).toBe(line + 1);
    rmSync(folder, { recursive: true });
  });

  test('the end: stops once more, the machine can be looked at, then the session ends', async () => {
    await launch(client(), 'steps.tpt');
    const stop = await stopped(client());
    expect(stop).toMatchObject({ reason: 'pause', description: 'Ended: 1 of 1 expectation holds' });
    const [frame] = await stack(client(), stop.threadId ?? 0);
    expect(frame?.source?.path).toBe(fixture('steps.tpt'));
    const { scopes } = await client().request<{ scopes: P.Scope[] }>('scopes', { frameId: frame?.id });
    expect(scopes.map((s) => s.name)).toContain('Counters');
    const { result } = await client().request<{ result: { vms: object[] } }>('tpt/summary', {});
    expect(result.vms).toHaveLength(1);
    await client().request('continue', { threadId: stop.threadId });
    expect(await client().next<Exited>('exited')).toEqual({ exitCode: 0 });
    await client().next('terminated');
    expect(client().console()).toMatch(/steps\.tpt: 1 of 1 expectation holds · [\d,]+ ticks · faults: .* · trace 0x/);
  });

  test('events come after the answer that caused them, and in their order at a stop', async () => {
    await launch(client(), 'steps.tpt', { launch: { stopOnEntry: true } });
    const { threadId = 0 } = await stopped(client());
    await step(client(), 'next', threadId);
    await client().next<Revision>('tpt/revision', (b) => b.revision > 2);
    const { order } = client();
    const from = order.indexOf('next→');
    expect(order.slice(from, from + 4)).toEqual(['next→', 'tpt/revision', 'stopped', 'tpt/revision']);
  });

  test('prints come with their line', async () => {
    await launch(client(), 'steps.tpt', { launch: { stopOnEnd: false } });
    const print = await client().next<P.OutputEvent['body']>('output', (b) => b.output.startsWith('got '));
    expect(print).toMatchObject({ category: 'stdout', line: lineOf('steps.tpt', 'print') });
  });

  test('tasks that wait for each other: said, exit code 1', async () => {
    await launch(client(), 'deadlock.tpt', { launch: { stopOnEnd: false } });
    expect(await client().next<Exited>('exited')).toEqual({ exitCode: 1 });
    expect(client().console()).toMatch(/The run cannot go on: .*(one|two)/);
  });

  test('a step limit stops with the line', async () => {
    await launch(client(), 'endless.tpt', { launch: { stepLimit: 5000 } });
    const stop = await stopped(client());
    expect(stop.reason).toBe('exception');
    expect(stop.text).toMatch(/^line 1[2345]: /);
    await client().request('continue', { threadId: stop.threadId });
    expect(await client().next<Exited>('exited')).toEqual({ exitCode: 1 });
  });
});

describe('the adapter as a process', () => {
  test('leaves when the client disconnects, even in mid-run', async () => {
    const client = AdapterClient.open('stdio');
    await launch(client, 'endless.tpt');
    await client.request('disconnect', {});
    expect(await client.exited).toBe(0);
  });

  test('leaves when the client is gone', async () => {
    const client = AdapterClient.open('stdio');
    await launch(client, 'endless.tpt');
    client.process?.stdin?.end();
    expect(await client.exited).toBe(0);
  });

  test('killed in mid-run, the next one works', async () => {
    const first = AdapterClient.open('stdio');
    await launch(first, 'endless.tpt');
    first.process?.kill('SIGKILL');
    await first.exited;
    const second = AdapterClient.open('stdio');
    await launch(second, 'steps.tpt', { launch: { stopOnEntry: true } });
    expect((await stopped(second)).reason).toBe('entry');
    await second.close();
  });
});
