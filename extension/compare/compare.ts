/** Compares schemes: runs a scenario or a trace once for each column, and once more at each point of a sweep. */
import { basename, resolve } from 'node:path';
import {
  COST_PROFILE_NAMES,
  costProfile,
  type Comparison,
  type CostProfile,
  type CostReport,
} from '../../simulator/index';
import type { CompareRequest } from '../protocol/comparison';
import { loadCostProfile } from '../scenario/cost-profile-file';
import { badComparison } from '../scenario/errors';
import { readColumns } from './columns';
import { jobOf, type Job } from './jobs';
import type { JobRunner } from './pool';
import { readSource, type TraceSetup } from './source';
import { readSweep } from './sweep';

export interface CompareHooks {
  /** How jobs are run: in turn, or in threads. */
  readonly run: JobRunner;
  readonly signal?: AbortSignal;
  /** @param label what is run at present. @param done of `total` steps. */
  readonly onProgress?: (label: string, done: number, total: number) => void;
}

/** How a trace is replayed, unless said otherwise. */
export const DEFAULT_TRACE: TraceSetup = { memory: 4 * 2 ** 30, warm: false };
/** Steps of progress for each job. */
const STEPS = 100;

/**
 * A run that fails gives a report with its `problem`; what is wrong with the request itself is thrown.
 * @throws UserError in words; the signal's reason if it is aborted.
 */
export async function compare(
  request: CompareRequest,
  hooks: CompareHooks,
  trace = DEFAULT_TRACE,
): Promise<Comparison> {
  const path = resolve(request.file);
  const columns = readColumns(request.columns);
  const points = request.sweep ? readSweep(request.sweep, columns) : [];
  const { source, program } = readSource(path, trace);
  const asked = request.profile === null ? null : loadCostProfile(request.profile, '.', 'profile');
  if (request.profile !== null && asked === null)
    throw badComparison(path, 'the cost profile "none" gives no cycles to compare');
  const usual = asked ?? usualProfile(program.machine.costs);
  const setup = { source, program, costs: asked, usual };
  const parameter = request.sweep?.parameter ?? '';
  const jobs = [null, ...points].flatMap((point) => columns.map((column) => jobOf(setup, column, parameter, point)));
  const ran = await hooks.run(jobs, { signal: hooks.signal, onProgress: progressOf(jobs, hooks) });
  const warning = source.kind === 'trace' ? sameProblem(ran) : null;
  const reports = warning === null ? ran : ran.map((report) => ({ ...report, problem: null }));
  const at = (row: number): typeof reports => reports.slice(row * columns.length, (row + 1) * columns.length);
  return {
    source: basename(path),
    kind: source.kind,
    profile: { name: usual.name, title: usual.title, ghz: usual.ghz },
    reports: at(0),
    sweep: request.sweep && { parameter, points: points.map(({ value }, i) => ({ value, reports: at(i + 1) })) },
    warning,
  };
}

/**
 * What all runs stopped at, after as many accesses: that is the trace's fault and no scheme's, and what was run until then
 * can be compared. Null if there is no such thing.
 */
function sameProblem(reports: readonly CostReport[]): string | null {
  const { problem, accesses } = reports[0];
  const same = reports.every((report) => report.problem === problem && report.accesses === accesses);
  return same && accesses > 0 ? problem : null;
}

/** The scenario's own, or the first of ours. */
function usualProfile(name: string | null): CostProfile {
  return costProfile(name ?? COST_PROFILE_NAMES[0])!;
}

/** Sums over all jobs, and names those that run. */
function progressOf(jobs: readonly Job[], { onProgress }: CompareHooks): (index: number, part: number) => void {
  const parts = new Map<number, number>();
  return (index, part) => {
    parts.set(index, Math.max(part, parts.get(index) ?? 0));
    const running = jobs.filter((_, i) => (parts.get(i) ?? 1) < 1).map((job) => job.label);
    const done = [...parts.values()].reduce((sum, value) => sum + value, 0);
    onProgress?.(running.join('; '), Math.floor(done * STEPS), jobs.length * STEPS);
  };
}
