/** What is compared: a scenario, or a trace, for which a scenario is made that replays it. */
import { basename, dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compileScenario, type FileOpener, type Program } from '../../simulator/index';
import { badComparison } from '../scenario/errors';
import { loadScenario } from '../scenario/scenario-file';
import { fileOpener, openTraceFile } from '../scenario/trace-file';

/** Plain data, since it goes to worker threads. */
export interface CompareSource {
  readonly kind: 'scenario' | 'trace';
  /** Absolute. */
  readonly path: string;
  /** Of the scenario. */
  readonly text: string;
}

const MiB = 2 ** 20;
const MOST_MEMORY = 512 * 2 ** 30;

/** How a trace is replayed. */
export interface TraceSetup {
  /** Bytes of the VM. */
  readonly memory: number;
  /** Replay it once before anything is counted, so that first touches and cold caches are left out. */
  readonly warm: boolean;
}

/**
 * Reads a `.tpt` file; anything else is taken for a trace.
 * @throws UserError with the first problem of a scenario.
 */
export function readSource(
  path: string,
  trace: TraceSetup,
): { readonly source: CompareSource; readonly program: Program } {
  if (/\.tpt$/i.test(path)) {
    const { text, program } = loadScenario(path);
    return { source: { kind: 'scenario', path, text }, program };
  }
  const source: CompareSource = { kind: 'trace', path, text: traceScenario(path, trace) };
  // A file that is not there is said once, not by every run.
  openTraceFile(path).close();
  return { source, program: programOf(source) };
}

/** Compiles a source that was read. It has compiled before, so that problems are our own bugs. */
export function programOf(source: CompareSource): Program {
  const { program, diagnostics } = compileScenario(source.text, pathToFileURL(source.path).toString());
  if (!program) throw new Error(diagnostics.map((d) => d.message).join('; '));
  return program;
}

/** Opens what the scenario names; the one made for a trace names nothing else. */
export function filesOf(source: CompareSource): FileOpener {
  return source.kind === 'trace' ? () => openTraceFile(source.path) : fileOpener(dirname(source.path));
}

/**
 * One process that replays the trace. The host needs frames of its own beside the VM's: nested or shadow tables and the
 * gfn→hfn map, all small parts of the VM's memory. A quarter more is plenty, and frames that nobody touches cost nothing.
 */
function traceScenario(path: string, { memory, warm }: TraceSetup): string {
  if (memory % (2 * MiB) !== 0 || memory < 4 * MiB || memory > MOST_MEMORY)
    throw badComparison(path, 'its VM needs memory from 4M to 512G, in multiples of 2M (--memory)');
  const machine = Math.ceil((memory * 1.25) / (2 * MiB)) * 2 + 64;
  const replay = `replay("${traceName(path)}")`;
  return [
    `machine { memory ${machine}M tags asid tlb skylake-sp }`,
    `vm guest { memory ${memory / MiB}M }`,
    `process program in guest { ${warm ? `${replay} measure() ` : ''}${replay} }`,
    '',
  ].join('\n');
}

/** The trace's name as the scenario says it: only for the eye, since the file is opened by its path. */
function traceName(path: string): string {
  return basename(path).replace(/[^\w.+-]/g, '_');
}
