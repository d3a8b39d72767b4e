/** The files that a scenario names: read from disk in pieces, synchronously, and decompressed on the way. */
import { closeSync, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { resolve } from 'node:path';
import type { ByteSource, FileOpener } from '../../simulator/index';
import { Gunzip } from './gunzip';
import { fileChanged, traceIsFolder, traceNotFound, traceUnreadable } from './errors';

const PIECE = 256 * 1024;

/** Opens files by names relative to a folder. The opener throws a UserError for a file that cannot be read. */
export function fileOpener(folder: string): FileOpener {
  return (name) => openTraceFile(resolve(folder, name));
}

/** Opens a plain or gzip file (told by its first bytes). @throws UserError that names the path. */
export function openTraceFile(path: string): ByteSource {
  const file = new FileBytes(path);
  return new Gunzip(file);
}

/**
 * The bytes of a file. It is opened for each piece anew: a run that is dropped half-way closes nothing, and so must
 * not leave anything open.
 */
class FileBytes implements ByteSource {
  readonly size: number;
  position = 0;
  private readonly buffer = new Uint8Array(PIECE);
  private readonly changed: number;

  constructor(readonly name: string) {
    const stats = this.withFile((file) => fstatSync(file));
    this.refuseFolder(stats);
    this.size = stats.size;
    this.changed = stats.mtimeMs;
  }

  read(): Uint8Array | null {
    const count = this.withFile((file) => {
      const { mtimeMs, size } = fstatSync(file);
      if (mtimeMs !== this.changed || size !== this.size) throw fileChanged(this.name);
      return readSync(file, this.buffer, 0, PIECE, this.position);
    });
    this.position += count;
    return count === 0 ? null : this.buffer.subarray(0, count);
  }

  close(): void {
    this.position = this.size;
  }

  private withFile<T>(use: (file: number) => T): T {
    let file: number;
    try {
      file = openSync(this.name, 'r');
    } catch (error) {
      throw openError(this.name, error);
    }
    try {
      return use(file);
    } catch (error) {
      throw openError(this.name, error);
    } finally {
      closeSync(file);
    }
  }

  private refuseFolder(stats: Stats): void {
    if (!stats.isFile()) throw traceIsFolder(this.name);
  }
}

function openError(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const code = String(error.code);
  if (code === 'EISDIR') return traceIsFolder(path);
  return code === 'ENOENT' || code === 'ENOTDIR' ? traceNotFound(path) : traceUnreadable(path, code);
}
