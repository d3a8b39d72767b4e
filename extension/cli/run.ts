/** `tpt-scope run`: runs scenarios from start to end and prints what came of them. */
import { Simulation, type RunOptions, type Stop } from '../../simulator/index';
import { messageOf } from '../scenario/errors';
import { loadScenario } from '../scenario/scenario-file';
import { BAD_INPUT, FAILS, HOLDS, type ExitCode } from './exit-codes';
import type { Io } from './io';
import { describeResult } from './human';
import { allFaults, type FileResult, type RunResult } from './result';

/** Statements in one call: the machine comes back in between, so that Ctrl+C works. */
const BUDGET = 5_000_000;

/** The worst of all files decides the exit code. */
export async function runFiles(
  files: readonly string[],
  options: RunOptions,
  json: boolean,
  io: Io,
): Promise<ExitCode> {
  let worst: ExitCode = HOLDS;
  for (const file of files) {
    const result = await runFile(file, options);
    worst = worse(worst, exitCode(result));
    if (json) await io.out(`${JSON.stringify(result)}\n`);
    else if ('error' in result) io.err(`${result.error}\n`);
    else await io.out(describeResult(result));
  }
  return worst;
}

async function runFile(file: string, options: RunOptions): Promise<FileResult> {
  try {
    const { program } = loadScenario(file);
    return await finish(file, new Simulation(program, options));
  } catch (error) {
    return { file, ok: false, error: messageOf(error) };
  }
}

async function finish(file: string, simulation: Simulation): Promise<RunResult> {
  simulation.setExceptionFilters([]);
  const output: string[] = [];
  for (;;) {
    const stop = simulation.run({ mode: 'continue', task: 0, budget: BUDGET });
    // Failed expectations are said there too; the result has them with all others.
    output.push(...simulation.takeOutput().flatMap((said) => (said.category === 'stdout' ? [said.text] : [])));
    if (stop.reason === 'ended' || stop.reason === 'limit') return resultOf(file, simulation, output, stop);
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
