/** Where the command line reads and writes; tests put their own in its place. */
import { once } from 'node:events';
import type { Readable } from 'node:stream';

export interface Io {
  /** Resolves when there is room for more. */
  out(text: string): Promise<void>;
  err(text: string): void;
  /** True if stderr is a terminal, on which lines can be written over. */
  readonly terminal?: boolean;
  readonly stdin: Readable;
}

export function processIo(): Io {
  const { stdout, stderr, stdin } = process;
  for (const stream of [stdout, stderr]) stream.on('error', leaveQuietly);
  return {
    out: async (text) => {
      if (!stdout.write(text)) await once(stdout, 'drain');
    },
    err: (text) => void stderr.write(text),
    terminal: stderr.isTTY,
    stdin,
  };
}

/** `tpt-scope run … | head` closes the pipe early: that is no error of ours. */
function leaveQuietly(error: NodeJS.ErrnoException): void {
  process.exit(error.code === 'EPIPE' ? 0 : 2);
}
