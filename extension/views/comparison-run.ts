/** Runs a comparison in a worker thread. No vscode here, so that it can be tested. */
import { Worker } from 'node:worker_threads';
import type { CompareCancel, CompareMessage, CompareRequest, Comparison } from '../protocol/compare-view';

export type CompareProgress = Extract<CompareMessage, { kind: 'progress' }>;

export type CompareOutcome =
  | { readonly kind: 'done'; readonly comparison: Comparison }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'cancelled' };

export interface RunningComparison {
  /** Never rejects. The worker is gone when it resolves. */
  readonly outcome: Promise<CompareOutcome>;
  readonly cancel: () => void;
}

/**
 * @param script the bundle of extension/compare/main.ts.
 * @param graceMs how long the worker may take to stop by itself once it was asked to.
 */
export function startComparison(
  script: string,
  request: CompareRequest,
  onProgress: (progress: CompareProgress) => void,
  graceMs = 1500,
): RunningComparison {
  const worker = new Worker(script, { workerData: request });
  let cancelled = false;
  let timer: NodeJS.Timeout | undefined;
  const outcome = new Promise<CompareOutcome>((resolve) => {
    worker.on('message', (message: CompareMessage) => {
      if (message.kind !== 'progress') resolve(message);
      else if (!cancelled) onProgress(message);
    });
    worker.on('error', (error) => resolve({ kind: 'failed', message: wordsFor(error, script) }));
    worker.on('exit', (code) =>
      resolve({ kind: 'failed', message: `The comparison ended without a result (exit code ${code}). Run it again.` }),
    );
  });
  return {
    outcome: outcome.then(async (found) => {
      clearTimeout(timer);
      await worker.terminate();
      return cancelled ? { kind: 'cancelled' } : found;
    }),
    cancel: () => {
      if (cancelled) return;
      cancelled = true;
      worker.postMessage({ kind: 'cancel' } satisfies CompareCancel);
      timer = setTimeout(() => void worker.terminate(), graceMs);
    },
  };
}

function wordsFor(error: unknown, script: string): string {
  const { message, code } = error as { readonly message?: string; readonly code?: string };
  if (code === 'MODULE_NOT_FOUND')
    return `The part that runs comparisons is missing (${script}). Install the extension again.`;
  if (code === 'ERR_WORKER_OUT_OF_MEMORY')
    return 'The comparison needs more memory than there is. Compare fewer columns at a time, or a smaller machine.';
  return `TPT Scope met a bug of its own in the comparison: ${message ?? String(error)}. Please report it with the file.`;
}
