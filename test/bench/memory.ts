import { execFileSync } from 'node:child_process';
import type { BenchScheme } from './workload';

/** What a VM of 8 GiB with 4 GiB touched may take, in MB. */
export const MEMORY_LIMIT = 400;

export interface MemoryUse {
  /** Largest resident set of the process. */
  readonly megabytes: number;
  /** CPU time of the process, most of it for first touches. */
  readonly seconds: number;
}

/** Measures a process that holds such a VM. @param program bundled memory-run.ts */
export const memoryUse = (program: string, scheme: BenchScheme): MemoryUse =>
  JSON.parse(execFileSync(process.execPath, [program, scheme], { encoding: 'utf8' })) as MemoryUse;
