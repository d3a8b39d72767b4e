import { readSync } from 'node:fs';
import { resolve } from 'node:path';
import { isSynthetic, openTrace, syntheticTrace, type ByteSource, type TraceReader } from '../../simulator/index';
import { Gunzip } from '../scenario/gunzip';
import { openTraceFile } from '../scenario/trace-file';

/** A trace to be converted, and the source whose position tells how far reading has got. */
export interface TraceInput {
  readonly reader: TraceReader;
  readonly source: ByteSource | null;
}

/** @param name a file, `-` for standard input, or the specification of a synthetic trace. @throws Error in words. */
export function openTraceInput(name: string): TraceInput {
  if (isSynthetic(name)) {
    const reader = syntheticTrace(name);
    if (typeof reader === 'string') throw new Error(reader);
    return { reader, source: null };
  }
  const source = name === '-' ? new Gunzip(new StandardInput()) : openTraceFile(resolve(name));
  // Which machine it is for is not known yet: the widest user half there is.
  return { reader: openTrace(source, 'auto', 5), source };
}

const PIECE = 256 * 1024;
const WAIT_MS = 5;

/** Standard input, read synchronously. */
class StandardInput implements ByteSource {
  readonly name = 'standard input';
  readonly size = null;
  position = 0;
  private readonly buffer = new Uint8Array(PIECE);

  read(): Uint8Array | null {
    for (;;) {
      try {
        const count = readSync(0, this.buffer, 0, PIECE, null);
        this.position += count;
        return count === 0 ? null : this.buffer.subarray(0, count);
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? error.code : null;
        if (code === 'EOF') return null;
        if (code !== 'EAGAIN') throw error;
        // A pipe that does not block has nothing yet.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_MS);
      }
    }
  }

  close(): void {
    // Nobody else reads it.
  }
}
