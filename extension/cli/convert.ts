/** `tpt-scope convert`: traces to the binary form. */
import { closeSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { problemText, TraceBatch, traceHeader, TraceWriter, type TraceProblem } from '../../simulator/index';
import { messageOf } from '../scenario/errors';
import { BAD_INPUT, HOLDS, INTERRUPTED, type ExitCode } from './exit-codes';
import type { Io } from './io';
import { ProgressBar } from './progress-bar';
import { openTraceInput, type TraceInput } from './trace-input';

/** Batches between two looks at the outside. */
const BATCHES = 32;

/** Writes beside OUT first: what was there before stays until all is written. Throws Error in words. */
export async function convert(from: string, to: string, io: Io): Promise<ExitCode> {
  if (to === from || (from !== '-' && resolve(from) === resolve(to)))
    throw new Error(`${to} is both input and output. Name another output.`);
  const input = openTraceInput(from);
  const label = from === '-' ? 'standard input' : from;
  const output = new Output(to);
  const bar = new ProgressBar(io, 'records');
  try {
    const { problem, records, interrupted } = await copy(input, label, output, io, bar);
    bar.clear();
    if (interrupted) {
      io.err('tpt-scope: interrupted; nothing was written.\n');
      return INTERRUPTED;
    }
    if (problem !== null) io.err(`tpt-scope: ${problemText(label, problem)}\n`);
    if (records > 0) {
      const size = output.keep(records);
      const what = problem === null ? '' : ', those before the damage';
      await io.out(`${to}: ${records.toLocaleString('en-US')} records${what}, ${size.toLocaleString('en-US')} bytes\n`);
    }
    return problem === null ? HOLDS : BAD_INPUT;
  } finally {
    bar.clear();
    output.drop();
    input.source?.close();
  }
}

interface Copied {
  readonly problem: TraceProblem | null;
  readonly records: number;
  readonly interrupted: boolean;
}

async function copy(
  { reader, source }: TraceInput,
  label: string,
  output: Output,
  io: Io,
  bar: ProgressBar,
): Promise<Copied> {
  const batch = new TraceBatch();
  const writer = new TraceWriter((bytes) => output.write(bytes), reader.total);
  for (let batches = 1; ; batches++) {
    const problem = reader.next(batch);
    writer.add(batch);
    const { records } = writer;
    if (problem !== null || batch.count === 0) {
      writer.finish();
      return { problem, records, interrupted: false };
    }
    if (batches % BATCHES > 0) continue;
    const total = reader.total ?? source?.size ?? null;
    bar.show({ label, done: reader.total === null ? (source?.position ?? 0) : records, total, accesses: records });
    await new Promise(setImmediate);
    if (io.interrupted()) return { problem: null, records, interrupted: true };
  }
}

/** The file that is being written, beside its place. */
class Output {
  private readonly partial: string;
  private file: number | null;
  private size = 0;

  constructor(private readonly path: string) {
    this.partial = `${path}.part`;
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
      throw new Error(`${path} is a folder. Name the file to write.`);
    this.file = this.attempt(() => openSync(this.partial, 'w'));
  }

  write(bytes: Uint8Array): void {
    this.attempt(() => {
      for (let at = 0; at < bytes.length;) at += writeSync(this.file!, bytes, at);
    });
    this.size += bytes.length;
  }

  /** Puts the file in its place, now that its count is known. @returns its bytes. */
  keep(records: number): number {
    this.attempt(() => {
      writeSync(this.file!, traceHeader(records), 0, null, 0);
      this.close();
      renameSync(this.partial, this.path);
    });
    return this.size;
  }

  /** Takes away what was not kept. */
  drop(): void {
    this.close();
    rmSync(this.partial, { force: true });
  }

  private close(): void {
    if (this.file !== null) closeSync(this.file);
    this.file = null;
  }

  private attempt<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw new Error(`${this.path} cannot be written: ${messageOf(error)}`, { cause: error });
    }
  }
}
