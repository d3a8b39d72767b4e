/** `tpt-scope compare`: one scenario or trace under several schemes, with what each one paid. */
import { cpus } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Comparison } from '../../simulator/index';
import { DEFAULT_COLUMNS } from '../compare/columns';
import { compare, DEFAULT_TRACE } from '../compare/compare';
import { runInThreads, runInTurn, type JobRunner } from '../compare/pool';
import type { CompareSweep } from '../protocol/comparison';
import { messageOf } from '../scenario/errors';
import { csvOf } from './compare-csv';
import { describeComparison, describeSummary } from './compare-table';
import { BAD_INPUT, FAILS, HOLDS, INTERRUPTED, type ExitCode } from './exit-codes';
import type { Io } from './io';
import { ProgressBar } from './progress-bar';

/** Beside the command line's own bundle. */
const WORKER = join(__dirname, '../compare/worker.js');

/** @throws Error in words for arguments that cannot be used. */
export async function compareCommand(args: string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      schemes: { type: 'string' },
      profile: { type: 'string' },
      sweep: { type: 'string' },
      memory: { type: 'string' },
      warm: { type: 'boolean', default: false },
      jobs: { type: 'string' },
      json: { type: 'boolean', default: false },
      csv: { type: 'boolean', default: false },
    },
  });
  if (positionals.length === 0) throw new Error('compare needs at least one .tpt file or trace.');
  if (values.json && values.csv) throw new Error('--json and --csv cannot both be printed.');
  const columns = values.schemes?.split(',') ?? DEFAULT_COLUMNS;
  const sweep = values.sweep === undefined ? null : sweepOf(values.sweep);
  const memory = values.memory === undefined ? DEFAULT_TRACE.memory : sizeOf(values.memory);
  const run = runner(values.jobs);
  const live = !values.json && !values.csv;

  const comparisons: Comparison[] = [];
  let worst: ExitCode = HOLDS;
  const cancel = new AbortController();
  const watch = setInterval(() => {
    if (io.interrupted()) cancel.abort(new Error('interrupted'));
  }, 100);
  for (const file of positionals) {
    const bar = new ProgressBar(io, null);
    const onProgress = (_: string, done: number, total: number): void => {
      bar.show({ label: basename(file), done, total, accesses: 0 });
    };
    try {
      const request = { file, columns, profile: values.profile ?? null, sweep };
      const comparison = await compare(
        request,
        { run, signal: cancel.signal, onProgress },
        { memory, warm: values.warm },
      );
      bar.clear();
      comparisons.push(comparison);
      if (hasProblem(comparison) && worst === HOLDS) worst = FAILS;
      if (live) await io.out(`${describeComparison(comparison)}\n`);
    } catch (error) {
      bar.clear();
      io.err(`tpt-scope: ${messageOf(error)}\n`);
      worst = BAD_INPUT;
    }
    if (cancel.signal.aborted) {
      worst = INTERRUPTED;
      break;
    }
  }
  clearInterval(watch);
  if (values.json) await io.out(`${JSON.stringify(comparisons)}\n`);
  else if (values.csv) await io.out(csvOf(comparisons));
  else if (comparisons.length > 1) await io.out(describeSummary(comparisons));
  return worst;
}

function hasProblem({ reports, sweep }: Comparison): boolean {
  return [reports, ...(sweep?.points.map((point) => point.reports) ?? [])].flat().some((report) => report.problem);
}

/** One at a time needs no thread. */
function runner(jobs: string | undefined): JobRunner {
  if (jobs !== undefined && !/^[1-9]\d{0,2}$/.test(jobs))
    throw new Error(`--jobs is "${jobs}"; it takes a whole number from 1 to 999.`);
  const threads = jobs === undefined ? cpus().length : Number(jobs);
  return threads <= 1 ? runInTurn : runInThreads(WORKER, threads);
}

function sweepOf(text: string): CompareSweep {
  const [parameter = '', values] = text.split('=', 2);
  if (values === undefined) throw new Error(`--sweep is "${text}"; it takes a parameter and values: tlb=512,1536.`);
  return { parameter: parameter.trim(), values: values.split(',') };
}

function sizeOf(text: string): number {
  const match = /^(\d{1,6})([MG])$/i.exec(text);
  if (!match) throw new Error(`--memory is "${text}"; it takes a size such as 512M or 8G.`);
  return Number(match[1]) * (match[2].toUpperCase() === 'G' ? 2 ** 30 : 2 ** 20);
}
