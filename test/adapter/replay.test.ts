import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { syntheticTrace, type TraceReader } from '../../simulator/index';
import { binaryOf } from '../unit/trace/sources';
import { TRANSPORTS, type AdapterClient } from './client';
import { evaluate, initialize, stack, stopped, useClient, type Exited } from './driver';

/** So many that a replay takes longer than a client takes to answer. */
const RECORDS = 12_000_000;
const LINE = 4;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tpt-replay-'));
  const trace = syntheticTrace(`sequential:64K:${RECORDS}`) as TraceReader;
  writeFileSync(join(folder, 'long.tptt'), binaryOf(trace, RECORDS));
  const scenario = (name: string): string =>
    `machine { memory 64M }\nvm web { memory 16M }\nprocess p in web {\n  let n = replay("${name}")\n  expect n == ${RECORDS}\n}\n`;
  writeFileSync(join(folder, 'long.tpt'), scenario('long.tptt'));
  writeFileSync(join(folder, 'missing.tpt'), scenario('none.gz'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function launch(client: AdapterClient, name: string, supportsProgressReporting: boolean): Promise<void> {
  const capabilities = await initialize(client, { supportsProgressReporting });
  expect(capabilities.supportsCancelRequest).toBe(true);
  await client.request('launch', { scenario: join(folder, name), stopOnEntry: false });
  await client.next('initialized');
  await client.request('configurationDone');
}

const bodies = <E extends P.Event>(client: AdapterClient, event: E['event']): E['body'][] =>
  client.events.filter((e) => e.event === event).map((e) => e.body as E['body']);

describe.each(TRANSPORTS)('replay, %s', (transport) => {
  const client = useClient(transport);

  test('progress begins, goes on and ends before the run does', async () => {
    await launch(client(), 'long.tpt', true);
    const start = await client().next<P.ProgressStartEvent['body']>('progressStart');
    expect(start).toMatchObject({ title: 'Replaying long.tptt', cancellable: true });
    await stopped(client());
    const updates = bodies<P.ProgressUpdateEvent>(client(), 'progressUpdate');
    const percentages = [start.percentage!, ...updates.map(({ percentage }) => percentage!)];
    expect(percentages).toEqual([...percentages].sort((a, b) => a - b));
    expect(percentages.every((p) => p >= 0 && p <= 100)).toBe(true);
    for (const update of updates) {
      expect(update.progressId).toBe(start.progressId);
      expect(update.message).toMatch(/^[\d,]+ accesses$/);
    }
    expect(bodies<P.ProgressEndEvent>(client(), 'progressEnd')).toEqual([{ progressId: start.progressId }]);
    expect(client().order.indexOf('progressEnd')).toBeLessThan(client().order.indexOf('stopped'));
    await client().request('continue', { threadId: 1 });
    expect(await client().next<Exited>('exited')).toEqual({ exitCode: 0 });
  });

  test('cancel stands still in the replay; continue goes on to the end, with a progress of its own', async () => {
    await launch(client(), 'long.tpt', true);
    const start = await client().next<P.ProgressStartEvent['body']>('progressStart');
    await client().request('cancel', { progressId: start.progressId });
    const { reason, threadId = 0 } = await stopped(client());
    expect(reason).toBe('pause');
    expect(await client().next('progressEnd')).toEqual({ progressId: start.progressId });
    const [top] = await stack(client(), threadId);
    expect((await stack(client(), threadId)).map(({ line }) => line)).toContain(LINE);
    expect(top.name).toMatch(/^replay long\.tptt/);
    const made = Number((await evaluate(client(), threadId, 'n')).result.split(' ')[0]);
    expect(made).toBe(0);
    await client().request('continue', { threadId });
    const again = await client().next<P.ProgressStartEvent['body']>('progressStart');
    expect(again.progressId).not.toBe(start.progressId);
    // What was cancelled once cannot be cancelled again.
    await client().request('cancel', { progressId: start.progressId });
    await client().request('cancel', { requestId: 1 });
    expect((await stopped(client())).description).toMatch(/^Ended: 1 of 1/);
  });

  test('terminate ends the progress too', async () => {
    await launch(client(), 'long.tpt', true);
    const { progressId } = await client().next<P.ProgressStartEvent['body']>('progressStart');
    await client().request('terminate', {});
    expect(await client().next('progressEnd')).toEqual({ progressId });
    await client().next('terminated');
  });

  test('a client that shows no progress hears of none, and can pause', async () => {
    await launch(client(), 'long.tpt', false);
    await client().request('pause', { threadId: 1 });
    expect(await stopped(client())).toMatchObject({ reason: 'pause' });
    expect(client().order.filter((name) => name.startsWith('progress'))).toEqual([]);
  });

  test('a trace that is not there is told with its path', async () => {
    await launch(client(), 'missing.tpt', true);
    await stopped(client());
    expect(client().console()).toContain(`p ends: There is no file ${join(folder, 'none.gz')}.`);
  });
});
