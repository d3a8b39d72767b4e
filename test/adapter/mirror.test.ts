/** What stops a run on the way forward stops it on the way back, in the opposite order. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import { describe, expect, test } from 'vitest';
import { EXCEPTION_FILTERS } from '../../simulator/index';
import { stack, step, stopped, initialize, useClient } from './driver';
import type { AdapterClient } from './client';

const SAMPLES = join(__dirname, '../../samples');
const MOST_STOPS = 60;

interface Place {
  readonly reason: string;
  readonly text: string | undefined;
  readonly frames: readonly string[];
  readonly tick: number;
}

async function place(client: AdapterClient, stop: P.StoppedEvent['body']): Promise<Place> {
  const frames = await stack(client, stop.threadId ?? 0);
  const { result } = await client.request<{ result: { tick: number } }>('tpt/summary', {});
  return {
    reason: stop.reason,
    text: stop.text,
    frames: frames.map((f) => `${f.name}:${f.line}`),
    tick: result.tick,
  };
}

function isSame(a: Place | undefined, b: Place): boolean {
  return a?.tick === b.tick && a.frames.join() === b.frames.join();
}

describe('stops on the way back are those of the way forward', () => {
  const client = useClient('in process');

  test.each(readdirSync(SAMPLES).filter((name) => name.endsWith('.tpt')))('%s', async (name) => {
    await initialize(client());
    await client().request('launch', { scenario: join(SAMPLES, name), stopOnEntry: true });
    await client().next('initialized');
    await client().request('setExceptionBreakpoints', {
      filters: EXCEPTION_FILTERS.map((f) => f.filter).filter((f) => !['vm_exit', 'hypercall'].includes(f)),
    });
    await client().request('configurationDone');
    const { threadId = 0 } = await stopped(client());
    const { result } = await client().request<{ result: { vms: { name: string; processes: { name: string }[] }[] } }>(
      'tpt/summary',
      {},
    );
    const names = result.vms.flatMap((vm) => [
      `stale ${vm.name}`,
      ...vm.processes.flatMap((p) => [
        `translation ${vm.name} ${p.name} 0x7f0000000000`,
        `diverge ${vm.name} ${p.name}`,
        `split ${vm.name} ${p.name}`,
      ]),
    ]);
    await client().request('setFunctionBreakpoints', {
      breakpoints: ['migrate', 'fork', 'munmap', ...names].map((n) => ({ name: n })),
    });
    const forward: Place[] = [];
    for (let n = 0; n < MOST_STOPS; n++) {
      const stop = await step(client(), 'continue', threadId);
      if (stop.description?.startsWith('Ended')) break;
      const here = await place(client(), stop);
      // Two events of one place are two stops forward, and on the way back the later one.
      if (isSame(forward.at(-1), here)) forward.pop();
      forward.push(here);
    }
    if (forward.length === MOST_STOPS) forward.pop();
    for (const was of forward.reverse())
      expect(await place(client(), await step(client(), 'reverseContinue', threadId))).toEqual(was);
    expect((await step(client(), 'reverseContinue', threadId)).reason).toBe('entry');
  });
});
