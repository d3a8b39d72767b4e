import {
  type ByteSource,
  TraceBatch,
  type TraceProblem,
  type TraceReader,
  TraceWriter,
} from '../../../simulator/index';

/** Bytes of memory as a file, given out in pieces of a size. Each piece overwrites the one before. */
export function sourceOf(data: Uint8Array | string, piece = 1 << 20): ByteSource {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
  const buffer = new Uint8Array(Math.min(piece, bytes.length));
  let position = 0;
  return {
    name: 'test',
    size: bytes.length,
    get position() {
      return position;
    },
    read() {
      if (position === bytes.length) return null;
      const part = bytes.subarray(position, position + piece);
      buffer.set(part);
      position += part.length;
      return buffer.subarray(0, part.length);
    },
    close: () => undefined,
  };
}

/** A source that fails after its bytes. */
export function failingSource(data: string, message: string): ByteSource {
  const source = sourceOf(data);
  return {
    ...source,
    read() {
      const piece = source.read();
      if (piece === null) throw new Error(message);
      return piece;
    },
  };
}

const batch = new TraceBatch();

/** `L 1000,8` for each record, in lackey's letters, and what is wrong at the end. */
export function readAll(reader: TraceReader): { records: string[]; problem: TraceProblem | null } {
  const records: string[] = [];
  for (;;) {
    const problem = reader.next(batch);
    for (let i = 0; i < batch.count; i++) {
      const address = (BigInt(batch.hiAt(i)) << 32n) | BigInt(batch.loAt(i) >>> 0);
      records.push(`${'LSMI'[batch.kindAt(i)]} ${address.toString(16)},${batch.bytesAt(i)}`);
    }
    if (problem || batch.count === 0) return { records, problem };
  }
}

/** The binary form of what a reader gives. */
export function binaryOf(reader: TraceReader, total: number | null = null): Uint8Array {
  const parts: Uint8Array[] = [];
  const writer = new TraceWriter((bytes) => parts.push(bytes.slice()), total);
  for (;;) {
    const problem = reader.next(batch);
    if (problem) throw new Error(problem.text);
    if (batch.count === 0) break;
    writer.add(batch);
  }
  writer.finish();
  return Buffer.concat(parts);
}
