/** `tpt-scope run`: runs scenarios from start to end and prints what came of them. */
import { dirname } from 'node:path';
import { Simulation, type RunOptions, type Stop } from '../../simulator/index';
import { messageOf } from '../scenario/errors';
import { loadScenario } from '../scenario/scenario-file';
import { fileOpener } from '../scenario/trace-file';
import { BAD_INPUT, FAILS, HOLDS, INTERRUPTED, type ExitCode } from './exit-codes';
import type { Io } from './io';
import { describeResult } from './human';
import { ProgressBar } from './progress-bar';
import { allFaults, type FileResult, type RunResult } from './result';

/** Statements in one call: the machine comes back in between, so that Ctrl+C works. */
const BUDGET = 5_000_000;

/** The worst of all files decides the exit code. Ctrl+C ends with what was done so far. */
export async function runFiles(
  files: readonly string[],
  options: RunOptions,
  json: boolean,
  io: Io,
): Promise<ExitCode> {
  let worst: ExitCode = HOLDS;
  for (const file of files) {
    const result = await runFile(file, options, io);
    worst = io.interrupted() ? INTERRUPTED : worse(worst, exitCode(result));
    if (json) await io.out(`${JSON.stringify(result)}\n`);
    else if ('error' in result) io.err(`${result.error}\n`);
    else await io.out(describeResult(result));
    if (worst === INTERRUPTED) break;
  }
  return worst;
}

async function runFile(file: string, options: RunOptions, io: Io): Promise<FileResult> {
  try {
    const { program } = loadScenario(file);
    const files = fileOpener(dirname(file));
    return await finish(file, new Simulation(program, { ...options, files }), io);
  } catch (error) {
    return { file, ok: false, error: messageOf(error) };
  }
}

async function finish(file: string, simulation: Simulation, io: Io): Promise<RunResult> {
  simulation.setExceptionFilters([]);
  const output: string[] = [];
  const bar = new ProgressBar(io, 'accesses');
  for (;;) {
    const stop = simulation.run({ mode: 'continue', task: 0, budget: BUDGET });
    // Failed expectations are said there too; the result has them with all others.
    output.push(...simulation.takeOutput().flatMap((said) => (said.category === 'stdout' ? [said.text] : [])));
    const done = stop.reason === 'ended' || stop.reason === 'limit' || io.interrupted();
    bar.show(done ? null : simulation.progress());
    if (done) return resultOf(file, simulation, output, stop);
    await new Promise(setImmediate);
  }
}

function resultOf(file: string, simulation: Simulation, output: readonly string[], stop: Stop): RunResult {
  const { ok, ticks, traceHash, expectations, counters } = simulation.summary();
  const stopped = stopText(stop);
  return {
    file,
    ok: ok && stopped === null,
    ticks,
    traceHash,
    stopped,
    expectations,
    faults: allFaults(simulation),
    counters,
    output,
  };
}

/** Why the run did not come to its end; null if it did. */
function stopText(stop: Stop): string | null {
  if (stop.reason === 'budget') return 'interrupted';
  if (stop.reason === 'limit') return `${stop.range ? `line ${stop.range.startLine + 1}: ` : ''}${stop.text}`;
  return stop.reason === 'ended' ? stop.deadlock : null;
}

function exitCode(result: FileResult): ExitCode {
  if ('error' in result) return BAD_INPUT;
  return result.ok ? HOLDS : FAILS;
}

function worse(a: ExitCode, b: ExitCode): ExitCode {
  return a > b ? a : b;
}
