import type { Executor } from '../run/executor';

/**
 * Moments that there can be between two breaths of a statement. The moments of a long one are counted anew from each breath: moment n of
 * stretch b has the number b * STRETCH + n, and one goes to b without a pause.
 */
export const STRETCH = 2 ** 26;

/** What tells two pauses of one statement apart: exactly, and as it can be told when they were come to in different modes of stepping. */
export interface Signature {
  readonly exact: string;
  readonly rough: string;
}

export function signature(x: Executor): Signature {
  const { journal, running } = x;
  const trail = (running?.trail ?? []).map((f) => `${f.operation.name}·${f.step}·${f.title}`);
  const rough = `${journal.tick} ${journal.faults.records.length} ${trail.join(' ')}`;
  return { rough, exact: `${rough} ${journal.passed}` };
}

/** True if a task is in the middle of an operation. */
export const isInside = (x: Executor): boolean => x.running?.pending != null;
