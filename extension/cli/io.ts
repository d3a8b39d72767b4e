/** Where the command line reads and writes; tests put their own in its place. */
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { isatty } from 'node:tty';

export interface Io {
  /** Resolves when there is room for more. */
  out(text: string): Promise<void>;
  err(text: string): void;
  readonly stdin: Readable;
  /** Somebody reads stderr as it comes. */
  readonly errIsTerminal: boolean;
  /** Whether Ctrl+C was pressed since the first call; before that, and the second time, it ends the process. */
  interrupted(): boolean;
}

export function processIo(): Io {
  const { stdout, stderr } = process;
  let interrupted: boolean | null = null;
  for (const stream of [stdout, stderr]) stream.on('error', leaveQuietly);
  return {
    out: async (text) => {
      if (!stdout.write(text)) await once(stdout, 'drain');
    },
    err: (text) => void stderr.write(text),
    // Not before somebody asks: Node makes it non-blocking, and "convert" reads it synchronously.
    get stdin() {
      return process.stdin;
    },
    errIsTerminal: isatty(stderr.fd),
    interrupted: () => {
      if (interrupted === null) {
        interrupted = false;
        process.once('SIGINT', () => (interrupted = true));
      }
      return interrupted;
    },
  };
}

/** `tpt-scope run … | head` closes the pipe early: that is no error of ours. */
function leaveQuietly(error: NodeJS.ErrnoException): void {
  process.exit(error.code === 'EPIPE' ? 0 : 2);
}
