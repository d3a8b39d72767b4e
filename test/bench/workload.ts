/** What is measured, and what both the machine and the C reference say of it. */

export const BENCH_SCHEMES = ['native', 'nested', 'shadow', 'direct', 'tpt'] as const;
export type BenchScheme = (typeof BENCH_SCHEMES)[number];

/** Writes to random words of a footprint that was touched before. */
export interface Gups {
  readonly kind: 'gups';
  readonly bytes: number;
  readonly seed: number;
  /** Accesses before the first run, which are neither timed nor counted. */
  readonly warm: number;
  /** Accesses of each run. */
  readonly accesses: number;
}

/** All accesses of a binary trace (docs/traces.md); two passes before the first run are neither timed nor counted. */
export interface Trace {
  readonly kind: 'trace';
  readonly file: string;
}

/** What a recorded run does while time passes. */
export const TRAVEL_WORKLOADS = ['hits', 'random', 'mprotect'] as const;
export type TravelWorkload = (typeof TRAVEL_WORKLOADS)[number];

/** What recording and going back cost. */
export interface TravelFigures {
  /** CPU time with recording, divided by that without; medians of runs in turn. */
  readonly overhead: number;
  /** CPU milliseconds of a reverse step. */
  readonly stepMedian: number;
  readonly stepP95: number;
  /** CPU seconds to the last write of an entry, and how many ticks ago that was. */
  readonly lastWrite: number;
  readonly distance: number;
  /** What history takes. */
  readonly megabytes: number;
  readonly checkpoints: number;
}

/** One side of a measurement. */
export interface Setup {
  readonly scheme: BenchScheme;
  readonly backing: 'contiguous' | 'scattered';
  readonly workload: Gups | Trace;
}

/** References answered by L1, L2, LLC and memory. */
export type ByCache = readonly [number, number, number, number];
export const REFERENCES = ['data', 'table', 'nested', 'tag'] as const;

export interface Counts {
  readonly accesses: number;
  readonly tlbL1Hits: number;
  readonly tlbL2Hits: number;
  readonly walks: number;
  readonly structureHits: number;
  readonly nestedStructureHits: number;
  readonly references: Readonly<Record<(typeof REFERENCES)[number], ByCache>>;
}
