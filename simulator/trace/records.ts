import { hex64 } from '../units';
import type { TraceBatch } from './batch';

/** What is wrong with a trace, and where. Bytes are counted from 0 in what decompressing gives, lines from 1. */
export interface TraceProblem {
  readonly unit: 'line' | 'byte';
  readonly at: number;
  readonly text: string;
  /** Records before it, all of which were given. */
  readonly records: number;
}

/** The records of a trace, batch by batch. */
export interface TraceReader {
  /** Records in all, if that is known before the end. */
  readonly total: number | null;
  /**
   * Replaces what is in the batch by the next records; a count of 0 is the end.
   * @returns what is wrong with the trace behind the records in the batch; every later call returns it again, with none.
   */
  next(batch: TraceBatch): TraceProblem | null;
}

/** Bytes of the largest access that a record may have. */
export const LARGEST_ACCESS = 4096;

/** High half of the first address behind the user half of a machine with so many levels of paging. */
export const userEnd = (levels: 4 | 5): number => (levels === 5 ? 0x100_0000 : 0x8000);

/** Why an address cannot be one of a user program. Precondition: its high half is `end` or larger. */
export function addressProblem(hi: number, lo: number, end: number): string {
  const address = hex64(hi, lo);
  return hi >>> 0 >= 2 ** 32 - end
    ? `${address} is an address of the kernel half; traces are of user programs`
    : `${address} is not a canonical address`;
}

/** One line that tells it all: `redis.gz, line 7: … (6 records before it)`. */
export function problemText(name: string, problem: TraceProblem): string {
  const { unit, at, text, records } = problem;
  const before = records === 0 ? 'no record' : records === 1 ? '1 record' : `${records} records`;
  return `${name}, ${unit} ${at}: ${text} (${before} before it)`;
}
