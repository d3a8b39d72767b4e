/** Runs jobs in worker threads, or one after the other in this one: the reports are the same. */
import { Worker } from 'node:worker_threads';
import type { CostReport } from '../../simulator/index';
import { messageOf } from '../scenario/errors';
import type { Job } from './jobs';
import { brokenReport, runJob, type JobHooks } from './run-job';

/** What a worker thread tells of its job. */
export type FromWorker =
  { readonly kind: 'progress'; readonly part: number } | { readonly kind: 'report'; readonly report: CostReport };

export interface JobsHooks {
  readonly signal?: AbortSignal | undefined;
  /** @param index of the job. @param part of it that is done, 0 to 1. */
  readonly onProgress: (index: number, part: number) => void;
}

/** Reports in the order of the jobs. @throws the signal's reason if it is aborted. */
export type JobRunner = (jobs: readonly Job[], hooks: JobsHooks) => Promise<CostReport[]>;

export const runInTurn: JobRunner = async (jobs, hooks) => {
  const reports: CostReport[] = [];
  for (const [index, job] of jobs.entries()) {
    hooks.signal?.throwIfAborted();
    hooks.onProgress(index, 0);
    reports.push(await runJob(job, hooksOf(hooks, index)));
    hooks.onProgress(index, 1);
  }
  return reports;
};

/**
 * @param script the bundle of worker.ts.
 * @param threads at most.
 */
export function runInThreads(script: string, threads: number): JobRunner {
  return async (jobs, hooks) => {
    hooks.signal?.throwIfAborted();
    const reports: CostReport[] = [];
    const queue = jobs.entries();
    const lanes = Array.from({ length: Math.min(threads, jobs.length) }, async () => {
      const lane = new Lane(script);
      const stop = (): void => {
        void lane.end();
      };
      hooks.signal?.addEventListener('abort', stop);
      try {
        for (const [index, job] of queue) {
          hooks.onProgress(index, 0);
          reports[index] = await lane.run(job, hooksOf(hooks, index));
          hooks.signal?.throwIfAborted();
          hooks.onProgress(index, 1);
        }
      } finally {
        hooks.signal?.removeEventListener('abort', stop);
        await lane.end();
      }
    });
    await Promise.all(lanes);
    return reports;
  };
}

const hooksOf = ({ signal, onProgress }: JobsHooks, index: number): JobHooks => ({
  ...(signal && { signal }),
  onProgress: (part) => {
    onProgress(index, part);
  },
});

/** One thread after another: a job that ends its thread (out of memory) is followed in a new one. */
class Lane {
  private worker: Worker | null = null;
  /** What is done with what the thread says of its present job. */
  private hear: (message: FromWorker) => void = () => undefined;
  private fail: (why: string) => void = () => undefined;

  constructor(private readonly script: string) {}

  run(job: Job, hooks: JobHooks): Promise<CostReport> {
    const worker = (this.worker ??= this.start());
    return new Promise((resolve) => {
      this.hear = (message) => {
        if (message.kind === 'progress') hooks.onProgress?.(message.part);
        else resolve(message.report);
      };
      this.fail = (why) => {
        this.worker = null;
        resolve(brokenReport(job, why));
      };
      worker.postMessage(job);
    });
  }

  async end(): Promise<void> {
    await this.worker?.terminate();
  }

  /** Listeners stay for the thread's life: a port whose last listener goes is not heard again. */
  private start(): Worker {
    const worker = new Worker(this.script);
    // A thread that broke off still says that it has ended, when another may have the lane.
    const lost = (why: string): void => {
      if (this.worker === worker) this.fail(why);
    };
    worker.on('message', (message: FromWorker) => {
      this.hear(message);
    });
    worker.on('error', (error) => {
      lost(`its thread broke off: ${messageOf(error)}`);
    });
    worker.on('exit', () => {
      lost('its thread was ended');
    });
    return worker;
  }
}
