/** Comparisons in worker threads: the pool, and the thread behind the view. Endless runs and threads take seconds. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import * as esbuild from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compare } from '../../extension/compare/compare';
import { runInThreads, runInTurn, type JobRunner } from '../../extension/compare/pool';
import type { CompareMessage, CompareRequest } from '../../extension/protocol/comparison';
import type { Comparison, CostReport } from '../../simulator/index';
import { requestFor, scenarioFolder } from '../unit/compare/folder';

const folder = scenarioFolder();
const worker = join(folder, 'worker.js');
beforeAll(() =>
  esbuild.build({
    entryPoints: ['worker', 'main'].map((name) => join(__dirname, `../../extension/compare/${name}.ts`)),
    bundle: true,
    platform: 'node',
    outdir: folder,
    logLevel: 'error',
  }),
);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const request = (file: string, columns: string[], more?: Partial<CompareRequest>): CompareRequest =>
  requestFor(folder, file, columns, more);
const inTurn = (asked: CompareRequest): Promise<Comparison> => compare(asked, { run: runInTurn });

describe('in threads', () => {
  test('the reports are exactly those of running in turn', async () => {
    const sweep = { parameter: 'backing', values: ['huge', 'scattered'] };
    const asked = request('loads.tpt', ['nested', 'tpt'], { sweep });
    const progress: [number, number][] = [];
    const threads = await compare(asked, {
      run: runInThreads(worker, 2),
      onProgress: (_, done, total) => progress.push([done, total]),
    });
    expect(threads).toEqual(await inTurn(asked));
    expect(progress.at(-1)).toEqual([600, 600]);
    expect(progress.map(([done]) => done)).toEqual(progress.map(([done]) => done).sort((a, b) => a - b));
  });

  test.each<[string, () => JobRunner]>([
    ['threads', () => runInThreads(worker, 2)],
    ['turn', () => runInTurn],
  ])('cancelling ends endless runs in %s', async (_, run) => {
    const cancel = new AbortController();
    const result = compare(request('endless.tpt', ['native', 'tpt']), { run: run(), signal: cancel.signal });
    setTimeout(() => {
      cancel.abort(new Error('enough'));
    }, 100);
    await expect(result).rejects.toThrow('enough');
  });

  test('a thread that dies fails its job alone', async () => {
    const dies = join(folder, 'dies.js');
    writeFileSync(
      dies,
      `const { parentPort } = require('node:worker_threads');
       parentPort.on('message', (job) => {
         if (job.label === 'nested') throw new Error('boom');
         parentPort.postMessage({ kind: 'report', report: { label: job.label } });
       });`,
    );
    const { reports } = await compare(request('loads.tpt', ['native', 'nested', 'tpt']), {
      run: runInThreads(dies, 1),
    });
    expect(reports[1]).toMatchObject({ problem: 'its thread broke off: boom', accesses: 0 });
    expect([reports[0], reports[2]]).toEqual([{ label: 'native' }, { label: 'tpt' }] as unknown as CostReport[]);
  });
});

describe('the thread behind the view', () => {
  /** Starts main.js and gives what it says until it ends. */
  async function messages(asked: CompareRequest, cancelAfter?: CompareMessage['kind']): Promise<CompareMessage[]> {
    const thread = new Worker(join(folder, 'main.js'), { workerData: asked });
    const heard: CompareMessage[] = [];
    thread.on('message', (message: CompareMessage) => {
      heard.push(message);
      if (message.kind === cancelAfter) thread.postMessage({ kind: 'cancel' });
    });
    await new Promise((resolve) => thread.once('exit', resolve));
    return heard;
  }

  test('progress, then the comparison, then it ends', async () => {
    const asked = request('loads.tpt', ['native', 'tpt']);
    const heard = await messages(asked);
    expect(heard.at(-1)).toEqual({ kind: 'done', comparison: await inTurn(asked) });
    expect(heard[0]).toEqual({ kind: 'progress', label: 'native', done: 0, total: 200 });
    expect(heard.slice(0, -1).every((message) => message.kind === 'progress')).toBe(true);
  });

  test('what went wrong, in words', async () => {
    expect(await messages(request('bad.tpt', ['native']))).toEqual([
      { kind: 'failed', message: expect.stringMatching(/raed/) as string },
    ]);
  });

  test('cancel', async () => {
    const heard = await messages(request('endless.tpt', ['native']), 'progress');
    expect(heard.at(-1)).toEqual({ kind: 'failed', message: 'The comparison was cancelled.' });
  });
});
