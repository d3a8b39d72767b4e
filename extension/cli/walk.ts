/** `tpt-scope walk`: answers walk vectors, so that others can check our walker against theirs. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { walkVector, type VectorInput } from '../../simulator/index';
import { messageOf } from '../scenario/errors';
import { BAD_INPUT, HOLDS, type ExitCode } from './exit-codes';
import type { Io } from './io';
import { readVector } from './vector';

/** One answer for each line that is not blank, in order. A line that is no vector gets `{"error": …}`. */
export async function walkVectors(file: string, io: Io): Promise<ExitCode> {
  let code: ExitCode = HOLDS;
  let number = 0;
  for await (const line of lines(file, io)) {
    number++;
    if (line.trim() === '') continue;
    const answer = answerLine(line);
    if ('error' in answer) {
      code = BAD_INPUT;
      io.err(`${file}:${number}: ${answer.error}\n`);
    }
    await io.out(`${JSON.stringify(answer)}\n`);
  }
  if (number > 0) return code;
  io.err(`${file} is empty: there is nothing to answer.\n`);
  return BAD_INPUT;
}

function answerLine(line: string): object & { readonly error?: string } {
  try {
    const input: VectorInput = readVector(line);
    return walkVector(input);
  } catch (error) {
    return { error: messageOf(error) };
  }
}

async function* lines(file: string, io: Io): AsyncGenerator<string> {
  const raw = file === '-' ? io.stdin : createReadStream(file);
  const source: Readable = file.endsWith('.gz') ? raw.pipe(createGunzip()) : raw;
  // readline swallows errors of its input, and a pipe does not hand them on.
  const failed = new Promise<never>((_, reject) => {
    for (const stream of [raw, source])
      stream.once('error', (error: Error) => reject(new Error(`${file} cannot be read: ${error.message}`)));
  });
  failed.catch(() => undefined);
  const reader = createInterface({ input: source, crlfDelay: Infinity })[Symbol.asyncIterator]();
  for (;;) {
    const next = await Promise.race([reader.next(), failed]);
    if (next.done === true) return;
    yield next.value;
  }
}
