/** One run of a comparison, in this thread. */
import {
  COST_CAUSES,
  REFERENCE_CAUSES,
  Simulation,
  type CostReport,
  type ReferenceCause,
  type Stop,
} from '../../simulator/index';
import { messageOf } from '../scenario/errors';
import type { Job } from './jobs';
import { filesOf, programOf } from './source';

export interface JobHooks {
  readonly signal?: AbortSignal;
  /** @param part of the run that is done, 0 to 1, where that is known. */
  readonly onProgress?: (part: number) => void;
}

/** Statements in one call: the thread looks at its messages in between. */
const BUDGET = 500_000;

/**
 * Runs to the end. Whatever keeps the run from its end becomes the report's `problem`, in words.
 * @throws the signal's reason if it is aborted.
 */
export async function runJob(job: Job, { signal, onProgress }: JobHooks = {}): Promise<CostReport> {
  let simulation: Simulation;
  try {
    simulation = new Simulation(programOf(job.source), { ...job.options, files: filesOf(job.source) });
    simulation.setExceptionFilters([]);
  } catch (error) {
    return brokenReport(job, messageOf(error));
  }
  for (;;) {
    let stop: Stop;
    try {
      stop = simulation.run({ mode: 'continue', task: 0, budget: BUDGET });
    } catch (error) {
      return reportOf(job, simulation, `the run broke off: ${messageOf(error)}`);
    }
    if (stop.reason === 'ended' || stop.reason === 'limit')
      return reportOf(job, simulation, problemOf(job, simulation, stop));
    simulation.takeOutput();
    const progress = simulation.progress();
    if (progress?.total) onProgress?.(Math.min(progress.done / progress.total, 1));
    await new Promise(setImmediate);
    signal?.throwIfAborted();
  }
}

/** Why the run did not come to its end; null if it did. */
function problemOf({ source }: Job, simulation: Simulation, stop: Stop): string | null {
  // Of a trace only one program runs, in a scenario that was made for it: neither needs naming.
  const isTrace = source.kind === 'trace';
  if (stop.reason === 'limit')
    return isTrace || !stop.range ? stop.text : `line ${stop.range.startLine + 1}: ${stop.text}`;
  if (stop.reason === 'ended' && stop.deadlock !== null) return stop.deadlock;
  const killed = simulation.tasks().find((task) => task.state === 'killed');
  if (killed) return isTrace ? killed.note : `${killed.name} was killed: ${killed.note}`;
  return null;
}

function reportOf(job: Job, simulation: Simulation, problem: string | null): CostReport {
  const report = simulation.costReport(job.variant);
  if (report === null) return brokenReport(job, problem ?? 'the run gave no cost report');
  return { ...report, problem };
}

/** Of a run that could not begin, or whose figures are lost. */
export function brokenReport(job: Job, problem: string): CostReport {
  const nowhere = { L1: 0, L2: 0, LLC: 0, memory: 0 };
  return {
    variant: job.variant,
    profile: job.profile,
    problem,
    accesses: 0,
    kernelAccesses: 0,
    cycles: 0,
    byCause: Object.fromEntries(COST_CAUSES.map((cause) => [cause, 0])) as CostReport['byCause'],
    exits: [],
    work: [],
    walks: 0,
    references: [],
    caches: [],
    answered: Object.fromEntries(REFERENCE_CAUSES.map((cause) => [cause, nowhere])) as Record<
      ReferenceCause,
      typeof nowhere
    >,
    counters: {},
    traceHash: '',
  };
}
