import { Readable } from 'node:stream';
import { command } from '../../../extension/cli/command';

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Surroundings {
  readonly stdin?: string;
  /** Whether stderr is a terminal. */
  readonly terminal?: boolean;
  /** Ctrl+C is pressed before it is asked for so many times. */
  readonly interruptAfter?: number;
}

/** Runs the command line in this process. */
export async function run(args: readonly string[], around: Surroundings = {}): Promise<Outcome> {
  const { stdin = '', terminal = false, interruptAfter = Infinity } = around;
  let out = '';
  let err = '';
  let asked = 0;
  const io = {
    out: (text: string) => {
      out += text;
      return Promise.resolve();
    },
    err: (text: string) => {
      err += text;
    },
    stdin: Readable.from([stdin]),
    errIsTerminal: terminal,
    interrupted: () => asked++ >= interruptAfter,
  };
  const code = await command(args, io);
  return { code, out, err };
}
