/** A reverse session driven by a DAP client that is not ours, over stdin and stdout of the adapter's process. */
import { DebugClient } from '@vscode/debugadapter-testsupport';
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { adapterBundle } from './bundle';
import { fixture, lineOf } from './driver';

type Stop = P.StoppedEvent['body'];

describe('the client of VS Code’s test support drives a session back', () => {
  let client: DebugClient;
  beforeEach(async () => {
    client = new DebugClient(process.execPath, adapterBundle(), 'tpt');
    await client.start();
  });
  afterEach(() => client.stop());

  /** Sends a request that leads to a stop. */
  async function until(request: () => Promise<unknown>): Promise<Stop> {
    const [event] = await Promise.all([client.waitForEvent('stopped'), request()]);
    return event.body as Stop;
  }

  /** Stops at the entry. @returns the thread */
  async function launch(name: string, more: object = {}): Promise<number> {
    await client.initializeRequest();
    const initialized = client.waitForEvent('initialized');
    await client.launchRequest({ scenario: fixture(name), ...more } as P.LaunchRequestArguments);
    await initialized;
    const { threadId = 0 } = await until(() => client.configurationDoneRequest());
    return threadId;
  }

  /** Stack and variables: without numbers that are new at each stop. */
  async function look(threadId: number): Promise<string[]> {
    const { stackFrames } = (await client.stackTraceRequest({ threadId })).body;
    const seen = stackFrames.map((f) => `${f.name} ${f.source?.name ?? ''}:${f.line}:${f.column}`);
    const { scopes } = (await client.scopesRequest({ frameId: stackFrames[0]?.id ?? 0 })).body;
    for (const { name, variablesReference } of scopes) {
      const { variables } = (await client.variablesRequest({ variablesReference })).body;
      seen.push(...variables.map((v) => `${name} ${v.name} = ${v.value}`));
    }
    return seen;
  }

  async function lineAt(threadId: number): Promise<number | undefined> {
    return (await client.stackTraceRequest({ threadId })).body.stackFrames.at(-1)?.line;
  }

  async function evaluated(threadId: number, expression: string): Promise<string> {
    const frameId = (await client.stackTraceRequest({ threadId })).body.stackFrames[0]?.id ?? 0;
    return (await client.evaluateRequest({ expression, frameId, context: 'repl' })).body.result;
  }

  test.each([
    ['statement', 5],
    ['instruction', 30],
  ] as const)(
    'N on and N back by %s is where it was: stack, variables, registers, TLB, counters',
    async (granularity, n) => {
      const threadId = await launch('migration.tpt');
      const seen: string[][] = [];
      for (let i = 0; i < n; i++) {
        seen.push(await look(threadId));
        await until(() => client.nextRequest({ threadId, granularity }));
      }
      for (const place of seen.reverse()) {
        expect((await until(() => client.stepBackRequest({ threadId, granularity }))).reason).toBe('step');
        expect(await look(threadId)).toEqual(place);
      }
    },
  );

  test('reverse continue to a line, a condition, an exception and an operation', async () => {
    const threadId = await launch('migration.tpt');
    await client.setExceptionBreakpointsRequest({ filters: ['tag_violation'] });
    await client.setFunctionBreakpointsRequest({ breakpoints: [{ name: 'migrate' }] });
    const set = (lines: readonly P.SourceBreakpoint[]): Promise<P.SetBreakpointsResponse> =>
      client.setBreakpointsRequest({ source: { path: fixture('migration.tpt') }, breakpoints: [...lines] });
    await set([
      { line: lineOf('migration.tpt', 'touch') },
      { line: lineOf('migration.tpt', 'stale'), condition: 'page_faults == 0' },
    ]);
    const forward: string[] = [];
    for (let i = 0; i < 3; i++) forward.push((await until(() => client.continueRequest({ threadId }))).reason);
    expect(forward).toEqual(['breakpoint', 'function breakpoint', 'exception']);
    expect((await until(() => client.continueRequest({ threadId }))).description).toMatch(/^Ended/);
    const back: string[] = [];
    for (let i = 0; i < 4; i++) back.push((await until(() => client.reverseContinueRequest({ threadId }))).reason);
    expect(back).toEqual(['exception', 'function breakpoint', 'breakpoint', 'entry']);
  });

  test('reverse continue to the last write of an entry, and to the last change of a frame’s owner', async () => {
    const threadId = await launch('migration.tpt');
    expect((await until(() => client.continueRequest({ threadId }))).description).toMatch(/^Ended/);
    const frameId = (await client.stackTraceRequest({ threadId })).body.stackFrames[0]?.id ?? 0;
    const { dataId } = (await client.dataBreakpointInfoRequest({ name: 'pte(0x7f0000000000)', frameId })).body;
    const data = (await client.setDataBreakpointsRequest({ breakpoints: [{ dataId: dataId ?? '' }] })).body.breakpoints;
    expect(data).toMatchObject([{ verified: true }]);
    expect(await until(() => client.reverseContinueRequest({ threadId }))).toMatchObject({
      reason: 'data breakpoint',
      hitBreakpointIds: [data[0]?.id],
    });
    expect(await lineAt(threadId)).toBe(lineOf('migration.tpt', 'stale'));
    await client.setDataBreakpointsRequest({ breakpoints: [] });
    const hpa = await evaluated(threadId, 'hpa_of(heap)');
    const owner = (await client.setFunctionBreakpointsRequest({ breakpoints: [{ name: `owner ${hpa}` }] })).body;
    const stop = await until(() => client.reverseContinueRequest({ threadId }));
    expect(stop).toMatchObject({ reason: 'function breakpoint', hitBreakpointIds: [owner.breakpoints[0]?.id] });
    expect(await lineAt(stop.threadId ?? 0)).toBe(lineOf('migration.tpt', 'migrate'));
  });

  test('pause on the way back; travel; edit, another future, undo', async () => {
    const threadId = await launch('endless.tpt');
    await client.continueRequest({ threadId });
    await new Promise((done) => setTimeout(done, 300));
    await until(() => client.pauseRequest({ threadId }));
    await client.setBreakpointsRequest({
      source: { path: fixture('endless.tpt') },
      breakpoints: [{ line: lineOf('endless.tpt', 'spin'), condition: 'n == 0 - 1' }],
    });
    await client.reverseContinueRequest({ threadId });
    expect((await until(() => client.pauseRequest({ threadId }))).reason).toBe('pause');
    await client.setBreakpointsRequest({ source: { path: fixture('endless.tpt') }, breakpoints: [] });
    expect((await until(() => client.customRequest('tpt/travel', { kind: 'tick', tick: 0 }))).reason).toBe('goto');
    await until(() => client.nextRequest({ threadId }));
    await evaluated(threadId, 'n = 1000');
    await until(() => client.nextRequest({ threadId }));
    await until(() => client.nextRequest({ threadId }));
    expect(await evaluated(threadId, 'n')).toBe('1001');
    expect(await until(() => evaluated(threadId, 'undo'))).toMatchObject({ reason: 'goto' });
    await until(() => client.nextRequest({ threadId }));
    await until(() => client.nextRequest({ threadId }));
    expect(await evaluated(threadId, 'n')).toBe('1');
  });

  test('refused in words where nothing is recorded', async () => {
    const threadId = await launch('loop.tpt', { record: false });
    await expect(client.stepBackRequest({ threadId })).rejects.toThrow(/not recorded/);
    await expect(client.reverseContinueRequest({ threadId })).rejects.toThrow(/not recorded/);
  });
});
