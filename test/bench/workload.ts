/** What is measured, and what both the machine and the C reference say of it. */

export type BenchScheme = 'native' | 'nested' | 'tpt';

/** Writes to random words of a footprint that was touched before. */
export interface Gups {
  readonly scheme: BenchScheme;
  readonly backing: 'contiguous' | 'scattered';
  readonly bytes: number;
  readonly seed: number;
  /** Accesses before the first run, which are neither timed nor counted. */
  readonly warm: number;
  readonly runs: number;
  /** Accesses of each run. */
  readonly accesses: number;
}

/** References answered by L1, L2, LLC and memory. */
export type ByCache = readonly [number, number, number, number];

export interface Counts {
  readonly accesses: number;
  readonly tlbL1Hits: number;
  readonly tlbL2Hits: number;
  readonly walks: number;
  readonly references: Readonly<Record<'data' | 'table' | 'nested' | 'tag', ByCache>>;
}

export interface Measurement {
  /** CPU time of each run. */
  readonly seconds: readonly number[];
  /** Of all runs together. */
  readonly counts: Counts;
}

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/** Millions of accesses per second of CPU time, in the median run. */
export const rate = ({ seconds, counts }: Measurement): number =>
  counts.accesses / seconds.length / median(seconds) / 1e6;
