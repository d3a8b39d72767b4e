import type { DebugProtocol as P } from '@vscode/debugprotocol';
import { describe, expect, test } from 'vitest';
import { TRANSPORTS, type AdapterClient } from './client';
import { evaluate, launch, lineOf, scope, setBreakpoints, stack, step, stopped, useClient } from './driver';

type Info = P.DataBreakpointInfoResponse['body'];

/** Stops in redis after the first touch of its page, before the host moves it. */
async function touched(client: AdapterClient): Promise<number> {
  await launch(client, 'migration.tpt', { breakpoints: [{ line: lineOf('migration.tpt', 'touch') + 1 }] });
  const { threadId = 0 } = await stopped(client);
  await setBreakpoints(client, 'migration.tpt', []);
  return threadId;
}

async function infoOf(client: AdapterClient, task: number, args: object): Promise<Info> {
  const [top] = await stack(client, task);
  return client.request<Info>('dataBreakpointInfo', { frameId: top?.id, ...args });
}

async function setData(client: AdapterClient, breakpoints: readonly P.DataBreakpoint[]): Promise<P.Breakpoint[]> {
  return (await client.request<{ breakpoints: P.Breakpoint[] }>('setDataBreakpoints', { breakpoints })).breakpoints;
}

async function setFunctions(
  client: AdapterClient,
  ...names: (string | P.FunctionBreakpoint)[]
): Promise<P.Breakpoint[]> {
  const breakpoints = names.map((name) => (typeof name === 'string' ? { name } : name));
  return (await client.request<{ breakpoints: P.Breakpoint[] }>('setFunctionBreakpoints', { breakpoints })).breakpoints;
}

/** Line of the scenario at which a stopped task is. */
async function lineAt(client: AdapterClient, task: number): Promise<number | undefined> {
  return (await stack(client, task)).at(-1)?.line;
}

describe.each(TRANSPORTS)('breakpoints on events, %s', (transport) => {
  const client = useClient(transport);

  test('a data breakpoint on an entry: forward and back', async () => {
    const task = await touched(client());
    const info = await infoOf(client(), task, { name: 'pte(heap)' });
    expect(info.dataId).toMatch(/^entry 0x[0-9a-f]+$/);
    expect(info).toMatchObject({
      description: `${info.dataId} (follows the frame)`,
      accessTypes: ['write', 'readWrite'],
      canPersist: true,
    });
    const [set] = await setData(client(), [{ dataId: info.dataId!, accessType: 'write' }]);
    expect(set).toMatchObject({ verified: true });
    const stop = await step(client(), 'continue', task);
    expect(stop).toMatchObject({ reason: 'data breakpoint', hitBreakpointIds: [set?.id] });
    expect(stop.text).toMatch(/frame 0x[0-9a-f]+ → 0x[0-9a-f]+/);
    expect(await lineAt(client(), task)).toBe(lineOf('migration.tpt', 'stale'));
    expect((await step(client(), 'continue', task)).description).toMatch(/^Ended/);
    expect(await step(client(), 'reverseContinue', task)).toMatchObject({
      reason: 'data breakpoint',
      hitBreakpointIds: [set?.id],
      text: stop.text,
    });
    expect(await lineAt(client(), task)).toBe(lineOf('migration.tpt', 'stale'));
    expect((await step(client(), 'reverseContinue', task)).reason).toBe('data breakpoint');
    expect(await lineAt(client(), task)).toBe(lineOf('migration.tpt', 'touch'));
  });

  test('a function breakpoint on an owner: forward and back', async () => {
    const task = await touched(client());
    const hpa = (await evaluate(client(), task, 'hpa_of(heap)')).result;
    const [set] = await setFunctions(client(), `owner ${hpa}`);
    expect(set).toMatchObject({ verified: true });
    const stop = await step(client(), 'continue', task);
    expect(stop).toMatchObject({ reason: 'function breakpoint', hitBreakpointIds: [set?.id] });
    expect(stop.text).toMatch(/web.*host/);
    expect(await lineAt(client(), stop.threadId ?? 0)).toBe(lineOf('migration.tpt', 'migrate'));
    await step(client(), 'continue', task);
    const again = await step(client(), 'reverseContinue', task);
    expect(again).toMatchObject({ reason: 'function breakpoint', hitBreakpointIds: [set?.id], text: stop.text });
  });

  test('a condition and a hit count hold for events too', async () => {
    const task = await touched(client());
    const { dataId } = await infoOf(client(), task, { name: 'heap' });
    await setData(client(), [{ dataId: dataId!, condition: 'page_faults > 1000' }]);
    await setFunctions(client(), { name: 'stale web', hitCondition: '>99' });
    expect((await step(client(), 'continue', task)).description).toMatch(/^Ended/);
    expect((await step(client(), 'reverseContinue', task)).reason).toBe('entry');
  });

  test('what a variable, an address or an expression can be watched as', async () => {
    const task = await touched(client());
    const { reference } = await scope(client(), task, 'Variables');
    expect(await infoOf(client(), task, { variablesReference: reference, name: 'heap' })).toMatchObject({
      dataId: 'translation web redis 0x7f0000000000',
      description: 'translation web redis 0x7f0000000000 (follows the virtual address)',
      accessTypes: ['write'],
    });
    const hpa = (await evaluate(client(), task, 'hpa_of(heap)')).result;
    const cases: readonly (readonly [object, string | null, RegExp])[] = [
      [{ name: '0x7f0000000000', asAddress: true, bytes: 8 }, 'translation web redis 0x7f0000000000', /virtual/],
      [{ name: `hpa:${hpa}`, asAddress: true }, `reached ${hpa}`, /follows the frame/],
      [{ name: `owner(${hpa})` }, `owner ${hpa}`, /follows the frame/],
      [{ name: 'diverge web redis' }, 'diverge web redis', /virtual/],
      [{ name: '1 + 1' }, null, /is no address/],
      [{ name: 'nobody' }, null, /nobody/],
      [{ name: 'gpa:0:0x1000', asAddress: true }, null, /by the frame that backs it/],
      [{ name: 'nonsense', asAddress: true }, null, /not a memory reference/],
      [{ name: 'owner x' }, null, /for example owner 0x/],
    ];
    for (const [args, dataId, description] of cases) {
      const info = await infoOf(client(), task, args);
      expect(info.dataId).toBe(dataId);
      expect(info.description).toMatch(description);
    }
    const registers = await scope(client(), task, 'Registers');
    const cr3 = await infoOf(client(), task, { variablesReference: registers.reference, name: 'CR3' });
    expect(cr3.dataId).toMatch(/^entry 0x[0-9a-f]+$/);
    expect((await infoOf(client(), task, { variablesReference: registers.reference, name: 'CPL' })).dataId).toBeNull();
  });

  test('names that are wrong say how to write them; the others work', async () => {
    const task = await touched(client());
    const set = await setFunctions(
      client(),
      'mmap',
      'owner',
      'stale nobody',
      'translation web nobody 0x1000',
      'nonsense',
    );
    expect(set.map((b) => b.verified)).toEqual([true, false, false, false, false]);
    expect(set[1]?.message).toMatch(/Write owner FRAME, for example owner 0x/);
    expect(set[2]?.message).toMatch(/nobody/);
    expect(set[3]?.message).toMatch(/nobody/);
    expect(set[4]?.message).toMatch(/"nonsense" is not an operation or an event.*owner FRAME.*Operations: .*mmap/);
    expect(await setData(client(), [{ dataId: 'what' }])).toMatchObject([{ verified: false }]);
    expect((await step(client(), 'continue', task)).description).toMatch(/^Ended/);
  });

  test('the breakpoints of one kind do not touch those of the other, and a restart keeps both', async () => {
    const task = await touched(client());
    const { dataId } = await infoOf(client(), task, { name: 'heap' });
    await setData(client(), [{ dataId: dataId! }]);
    await setFunctions(client(), 'stale web');
    await setFunctions(client());
    await client().request('restart', {});
    expect((await stopped(client())).reason).toBe('data breakpoint');
  });
});
