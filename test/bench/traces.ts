/** Traces that the bench replays. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ByteSource } from '../../simulator/trace/batch';

export interface TraceFile {
  readonly name: string;
  /** In the binary form. */
  readonly file: string;
}

/** The traces of a folder, converted to the binary form by the command line where they are text. */
export function tracesIn(folder: string, temporary: string): TraceFile[] {
  const names = readdirSync(folder).filter((name) => /\.(tptt|lackey|lackey\.gz)$/.test(name));
  return names.map((name) => {
    const file = join(folder, name);
    const short = basename(name).replace(/\..*/, '');
    if (name.endsWith('.tptt')) return { name: short, file };
    const converted = join(temporary, `${short}.tptt`);
    execFileSync(process.execPath, ['out/cli/main.js', 'convert', file, converted], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return { name: short, file: converted };
  });
}

const PIECE = 256 * 1024;

/** A file's bytes, read at once, so that a replay spends its time on the trace and not on the disk. */
export function bytesOf(file: string): ByteSource {
  const bytes = contents(file);
  let position = 0;
  return {
    name: file,
    size: bytes.length,
    get position() {
      return position;
    },
    read() {
      if (position === bytes.length) return null;
      const piece = bytes.subarray(position, position + PIECE);
      position += piece.length;
      return piece;
    },
    close() {
      position = bytes.length;
    },
  };
}

const read = new Map<string, Uint8Array>();

function contents(file: string): Uint8Array {
  const bytes = read.get(file) ?? readFileSync(file);
  read.set(file, bytes);
  return bytes;
}
