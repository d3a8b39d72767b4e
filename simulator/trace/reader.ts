import type { ByteSource } from './batch';
import { MAGIC } from './binary-format';
import { BinaryReader } from './binary-reader';
import { Input } from './input';
import { LackeyReader } from './lackey';
import { type TraceReader, userEnd } from './records';

/** Forms of a trace; `auto` looks at the first bytes. */
export const TRACE_FORMATS = ['auto', 'lackey', 'binary'] as const;
export type TraceFormat = (typeof TRACE_FORMATS)[number];

/**
 * Reads a trace of a user program.
 * @param levels of paging: addresses must be in the user half of such a machine.
 */
export function openTrace(source: ByteSource, format: TraceFormat, levels: 4 | 5): TraceReader {
  const input = new Input(source);
  const isBinary = format === 'binary' || (format === 'auto' && startsWith(input.peek(MAGIC.length), MAGIC));
  return isBinary ? new BinaryReader(input, userEnd(levels)) : new LackeyReader(input, userEnd(levels));
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return start.every((byte, i) => bytes[i] === byte);
}
